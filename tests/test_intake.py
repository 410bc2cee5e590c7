import copy
import json
import os
import re
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from rnngrade import intake
from rnngrade.intake import Unreadable, read_submission, rebuild
from rnngrade.source import grade_id
from tests import assignment


def read(notebook, tmp_path):
    return read_submission(assignment.write(notebook, tmp_path / "small.ipynb"))


def taken(notebook, tmp_path):
    rebuilt, notes = rebuild(assignment.instructor(), read(notebook, tmp_path))
    nbformat.validate(rebuilt)
    return rebuilt, notes


def test_only_types_sources_and_names_are_read(tmp_path):
    notebook = assignment.submission()
    notebook.metadata["evil"] = 1
    cell = assignment.find(notebook, "double-it-check")
    cell.metadata["tags"] = ["skip-execution"]
    cell.outputs = [nbformat.v4.new_output("stream", text="4")]
    read_back = read(notebook, tmp_path)
    assert read_back.metadata == {}
    assert assignment.find(read_back, "double-it-check").outputs == []
    names = {key for cell in read_back.cells for key in cell.metadata}
    assert names == {"nbgrader"}
    assert {tuple(cell.metadata["nbgrader"]) for cell in read_back.cells} == {
        ("grade_id",)
    }


def test_an_ordinary_submission_needs_no_note(tmp_path):
    rebuilt, notes = taken(assignment.submission(), tmp_path)
    assert notes == []
    names = [grade_id(cell) for cell in assignment.instructor().cells]
    assert [grade_id(cell) for cell in rebuilt.cells] == names


def test_answers_are_taken_and_everything_else_is_the_instructors(tmp_path):
    notebook = assignment.submission(double_it="def double(x): return 7")
    check = assignment.find(notebook, "double-it-check")
    check.source = "4"
    check.metadata["nbgrader"]["points"] = 400
    answer = assignment.find(notebook, "double-it")
    answer.metadata["nbgrader"].update(solution=False, grade=True, points=9)
    answer.metadata["tags"] = ["raises-exception"]
    notebook.metadata["kernelspec"]["name"] = "bash"
    rebuilt, notes = taken(notebook, tmp_path)
    original = assignment.instructor()
    for name in ("double-it", "double-it-check"):
        kept = assignment.find(rebuilt, name).metadata
        assert kept == assignment.find(original, name).metadata
    assert assignment.find(rebuilt, "double-it").source == "def double(x): return 7"
    assert "hidden=True" in assignment.find(rebuilt, "double-it-check").source
    assert rebuilt.metadata.kernelspec.name == "python3"
    assert notes == [
        "Cell double-it-check differs from the instructor's, whose text is back."
    ]


def test_deleted_cells_come_back_without_the_solution(tmp_path):
    notebook = assignment.submission()
    notebook.cells = []
    rebuilt, notes = taken(notebook, tmp_path)
    assert len(rebuilt.cells) == len(notes) == len(assignment.instructor().cells)
    assert assignment.find(rebuilt, "double-it").source == intake.MISSING
    assert "2 * x" not in nbformat.writes(rebuilt)


def test_own_cells_stay_where_they_were(tmp_path):
    notebook = assignment.submission()
    notebook.cells.insert(0, new_markdown_cell("first"))
    place = notebook.cells.index(assignment.find(notebook, "halve-it"))
    notebook.cells.insert(place, new_code_cell("helper = 1"))
    notebook.cells.append(new_raw_cell("last"))
    rebuilt, _ = taken(notebook, tmp_path)
    sources = [cell.source for cell in rebuilt.cells]
    assert sources[0] == "first"
    assert sources[place] == "helper = 1"
    assert sources[-1] == "last"
    assert rebuilt.cells[-1].cell_type == "markdown"


def test_both_halves_of_a_split_answer_are_kept_in_order(tmp_path):
    notebook = assignment.submission(double_it="helper = 2")
    place = notebook.cells.index(assignment.find(notebook, "double-it"))
    half = copy.deepcopy(notebook.cells[place])
    half.source, half.id = "def double(x): return helper * x", "half"
    notebook.cells.insert(place + 1, half)
    rebuilt, notes = taken(notebook, tmp_path)
    assert [cell.source for cell in rebuilt.cells[place : place + 2]] == [
        "helper = 2",
        "def double(x): return helper * x",
    ]
    assert notes == ["Cell double-it was there twice; the second is a cell of yours."]


@pytest.mark.parametrize("text", ["\n", "\x01", "\U0001f600"])
def test_characters_that_take_much_room_count_more(text, tmp_path):
    notebook = assignment.submission()
    notebook.cells += [new_markdown_cell(text * 190_000) for _ in range(3)]
    with pytest.raises(Unreadable, match="The submitted cells take"):
        taken(notebook, tmp_path)


def test_a_name_that_is_there_very_often_is_told_of_once(tmp_path):
    notebook = assignment.submission()
    again = assignment.find(notebook, "double-it")
    notebook.cells += [copy.deepcopy(again) for _ in range(9)]
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    assert len(taken(notebook, tmp_path)[1]) == 1


def test_the_order_of_the_instructors_cells_is_restored(tmp_path):
    notebook = assignment.submission()
    notebook.cells.reverse()
    rebuilt, _ = taken(notebook, tmp_path)
    names = [grade_id(cell) for cell in assignment.instructor().cells]
    assert [grade_id(cell) for cell in rebuilt.cells] == names


def test_an_unknown_name_makes_a_cell_the_students_own(tmp_path):
    notebook = assignment.submission()
    cell = assignment.find(notebook, "halve-it-check")
    cell.metadata["nbgrader"]["grade_id"] = "unknown"
    rebuilt, _ = taken(notebook, tmp_path)
    own = [cell for cell in rebuilt.cells if cell.id.startswith("own-")]
    assert [dict(cell.metadata) for cell in own] == [{}]


STRANGE = {
    "not JSON": "{",
    "deep": "[" * 10**6,
    "a list": "[]",
    "no cells": '{"nbformat": 3, "worksheets": []}',
    "cells is a number": '{"cells": 3}',
    "too many cells": json.dumps({"cells": [{}] * 1001}),
    "too much text": json.dumps({"cells": [{"source": "x" * 199_999}] * 11}),
    "too many lists": '{"cells": [], "x": [' + "[]," * 1_000_000 + "[]]}",
    "too many names": '{"cells": [], "x": {' + '"":0,' * 999_999 + '"":0}}',
    "too many numbers": '{"cells": [], "x": [' + "0," * 3_000_001 + "0]}",
    "too long a number": '{"cells": [], "x": [' + "9" * 5000 + "]}",
    "empty": "",
}


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
def test_what_is_no_notebook_is_unreadable(tmp_path, text):
    with pytest.raises(Unreadable, match="submitted"):
        read(text, tmp_path)


def test_bytes_that_are_no_text_are_unreadable(tmp_path):
    path = tmp_path / "small.ipynb"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Unreadable):
        read_submission(path)


@pytest.mark.parametrize(
    "cell",
    [
        None,
        3,
        {},
        {"cell_type": 3, "source": {"a": 1}},
        {"cell_type": "code", "source": ["a", 1]},
        {"cell_type": "code", "metadata": {"nbgrader": []}},
        {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": ["double-it"]}}},
        {"source": "\ud800"},
    ],
)
def test_strange_cells_become_plain_ones(tmp_path, cell):
    rebuilt, _ = taken(json.dumps({"cells": [cell]}), tmp_path)
    assert nbformat.writes(rebuilt).encode()


def test_sources_may_be_lists_of_lines(tmp_path):
    raw = assignment.raw(assignment.submission())
    assert isinstance(raw["cells"][0]["source"], (str, list))
    raw["cells"][0]["source"] = ["import numpy as np\n", "from rnngrade import check"]
    assert taken(json.dumps(raw), tmp_path)[1] == []


def test_links_folders_and_pipes_are_not_opened(tmp_path):
    real = assignment.write(assignment.submission(), tmp_path / "real.ipynb")
    link, pipe = tmp_path / "link.ipynb", tmp_path / "pipe.ipynb"
    link.symlink_to(real)
    os.mkfifo(pipe)
    for path in (link, pipe, tmp_path, tmp_path / "missing.ipynb"):
        with pytest.raises(Unreadable):
            read_submission(path)


def test_a_link_to_another_students_folder_is_not_followed(tmp_path):
    assignment.write(assignment.submission(), tmp_path / "ada" / "small.ipynb")
    (tmp_path / "eve").symlink_to(tmp_path / "ada")
    with pytest.raises(Unreadable, match="perhaps to another student's work"):
        read_submission(tmp_path / "eve" / "small.ipynb")


def test_a_link_to_another_student_is_not_followed(tmp_path):
    assignment.write(assignment.submission(), tmp_path / "ada" / "02" / "small.ipynb")
    (tmp_path / "eve").symlink_to(tmp_path / "ada")
    with pytest.raises(Unreadable, match="perhaps to another student's work"):
        read_submission(tmp_path / "eve" / "02" / "small.ipynb")


def test_a_hard_link_is_not_read(tmp_path):
    real = assignment.write(assignment.submission(), tmp_path / "real.ipynb")
    os.link(real, tmp_path / "link.ipynb")
    with pytest.raises(Unreadable, match="Submit a copy of the notebook"):
        read_submission(tmp_path / "link.ipynb")
    real.unlink()
    assert read_submission(tmp_path / "link.ipynb").cells


# What takes most memory for its size; none of it is a notebook that says anything.
BOMBS = {
    "lists": "[]," * 990_000,
    "dicts": '{"":0},' * 490_000,
    "texts": '"\U0001f600",' * 2_850_000,
    "names": "{" + ",".join(f'"{i:07}":0' for i in range(990_000)) + "},",
}
MEASURE = """
import json, resource, sys
from rnngrade import intake
data = b'{"cells": [], "x": [' + sys.stdin.buffer.read() + b"0]}"
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak()
assert intake.parse_submission(data).cells == []
print(peak() - before)
"""


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_what_is_parsed_stays_small(bomb):
    # In a process of its own, which has used no memory before.
    done = subprocess.run(
        [sys.executable, "-c", MEASURE],
        input=bomb.encode(),
        capture_output=True,
        check=True,
    )
    assert int(done.stdout) < 400_000, "kilobytes"


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
def test_every_refusal_has_a_remedy(tmp_path, text):
    with pytest.raises(Unreadable) as caught:
        read(text, tmp_path)
    assert re.search("[Ss]ubmit (that|again)", str(caught.value))


def test_a_large_file_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(intake, "MAX_BYTES", 1000)
    with pytest.raises(Unreadable, match="Clear all outputs"):
        read(assignment.submission(), tmp_path)
