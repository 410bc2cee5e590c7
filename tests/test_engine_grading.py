"""Grade one submission: bytes in, a record out."""

import pickle
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader import utils
from nbgrader.converters import Autograde

from rnngrade.engine import grading
from rnngrade.engine.grading import (
    Assignment,
    OtherVersion,
    as_text,
    code_fingerprint,
    grade,
    grade_shared,
)
from rnngrade.engine.instructor import prepare
from rnngrade.engine.record import dumps, loads
from rnngrade.engine.submissions import Submission, read_folder
from rnngrade.grader import CannotGrade, GradeSettings
from rnngrade.sandbox import SandboxUnavailable, check_available
from rnngrade.sandbox.channel import Confinement
from rnngrade.session import SessionLimits
from rnngrade.source import grade_id, released_source
from tests.assignment import EXERCISES, instructor, marked, released, submission
from tests.test_engine_converters import course  # noqa: F401 - a fixture

ROOT = Path(__file__).parents[1]
FULL = {"double-it-check": 4.0, "halve-it-check": 4.0, "twice-it-check": 4.0}
WRONG = "def double(x):\n    return x + 2"
PLAIN = ("assert double(2) == 4", "double(2) / 4")


@pytest.fixture
def sandboxed(monkeypatch):
    try:
        check_available()
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    monkeypatch.setattr(grading, "EXERCISES", EXERCISES)


def prepared(notebook=None):
    """Return the text of an instructor's notebook, as the release left it."""
    notebook = notebook or instructor()
    for cell in filter(grade_id, notebook.cells):
        shown = nbformat.from_dict({**cell, "source": released_source(cell)})
        cell.metadata["nbgrader"]["checksum"] = utils.compute_checksum(shown)
    return as_text(notebook)


def assignment(*texts, **settings):
    names = ("small", "second", "third")
    limits = SessionLimits(cell_seconds=settings.pop("cell_seconds", 5))
    notebooks = tuple(zip(names, texts or (prepared(),), strict=False))
    code = code_fingerprint(notebooks)
    return Assignment("hw", notebooks, GradeSettings(limits, **settings), {}, code)


def submitted(notebook, **refused):
    data = notebook if isinstance(notebook, bytes) else as_text(notebook).encode()
    return Submission("ada", "2026-01-01T10:00:00", {"small": data}, refused, "f")


def graded(notebook, given=None):
    return grade(given or assignment(), submitted(notebook)).notebooks[0]


@pytest.mark.usefixtures("sandboxed")
def test_all_that_was_found_out_is_in_the_record():
    given = assignment()
    record = grade(given, submitted(submission(double_it=WRONG)))
    [notebook] = record.notebooks
    assert (record.assignment, record.student, record.fingerprint) == ("hw", "ada", "f")
    assert (record.submitted, record.version) == ("2026-01-01T10:00:00", given.version)
    assert notebook.scores == {**FULL, "double-it-check": 0.0}
    assert [check.points for check in notebook.checks.values()] == [0, 4, 4]
    assert {check.max_points for check in notebook.checks.values()} == {4}
    assert notebook.checks["double-it"].mistakes == ("ADDED",)
    assert notebook.readable
    assert (notebook.notes, notebook.losses) == ((), ())
    assert record.memory > 1 << 20
    assert record.seconds > 0
    assert record.cpu_seconds > 0
    assert loads(dumps(record)) == record


@pytest.mark.usefixtures("sandboxed")
def test_an_answer_is_one_that_differs_from_the_release():
    half = {"halve_it": "", "twice_it": released().cells[8].source}
    notebook = graded(submission(**half))
    assert notebook.answered == {"double-it": True, "halve-it": True, "twice-it": False}
    assert notebook.scores == {**FULL, "halve-it-check": 0, "twice-it-check": 0}
    assert not any(graded(released()).answered.values())


@pytest.mark.usefixtures("sandboxed")
@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"{", "not JSON"), (b"\xff\xfe", "not"), (b"", "not JSON"), (b"[]", "notebook")],
)
def test_what_is_no_notebook_is_a_zero_with_the_reason(data, reason):
    notebook = graded(data)
    assert notebook.scores == dict.fromkeys(FULL, 0.0)
    assert not notebook.readable
    [note] = notebook.notes
    assert reason in note
    [told] = nbformat.reads(notebook.text, 4).metadata.rnngrade.notes
    assert told == note


@pytest.mark.usefixtures("sandboxed")
def test_each_notebook_of_an_assignment_counts_by_itself():
    whole = prepared()
    handed_in = submitted(submission(), second="It is a link.")
    first, second, third = grade(assignment(whole, whole, whole), handed_in).notebooks
    assert [first.name, second.name, third.name] == ["small", "second", "third"]
    assert first.scores == FULL
    assert second.scores == third.scores == dict.fromkeys(FULL, 0.0)
    assert [first.readable, second.readable, third.readable] == [True, False, False]
    # What was refused has a page with the reason; what is not there has none.
    assert second.notes == ("It is a link.",)
    assert "It is a link." in second.text
    assert (third.text, third.checks, third.answered) == ("", {}, {})
    assert "not handed in" in third.notes[0]


# --- nbgrader's rules -----------------------------------------------------------------


def with_more(*cells):
    notebook = instructor()
    notebook.cells += cells
    return notebook


def by_hand(text):
    flags = {"grade": True, "solution": True, "locked": False, "points": 3}
    return marked(new_markdown_cell(text), "why", **flags)


def answering(whole, **answers):
    """Answer an instructor's notebook, also in the cells that a person scores."""
    notebook = submission()
    notebook.cells += [
        marked(new_markdown_cell(answers.get(name, released_source(cell))), name)
        for cell in whole.cells
        for name in [grade_id(cell)]
        if name in ("why", "essay")
    ]
    return notebook


@pytest.mark.usefixtures("sandboxed")
def test_a_person_scores_what_only_a_person_can():
    task = marked(new_markdown_cell("Write."), "essay", task=True, points=2)
    whole = with_more(by_hand("Why?"), task)
    given = assignment(prepared(whole))
    answered = graded(answering(whole, why="Because."), given)
    silent = graded(answering(whole), given)
    # None waits for a person; without an answer there is nothing to wait for.
    assert answered.scores == {**FULL, "why": None}
    assert silent.scores == {**FULL, "why": 0}
    assert answered.answered["why"]
    assert not silent.answered["why"]
    # Nobody can tell whether a task was worked on.
    assert answered.answered["essay"]
    assert silent.answered["essay"]


@pytest.mark.usefixtures("sandboxed")
@pytest.mark.parametrize(
    ("answer", "scores"),
    [(None, (2, 1)), (WRONG.replace("2", "3"), (0, 1.25)), ("", (0, 0))],
)
def test_plain_tests_are_scored_where_they_are_allowed(answer, scores):
    cells = [
        marked(new_code_cell(text), f"plain-{n}", grade=True, points=2)
        for n, text in enumerate(PLAIN)
    ]
    text = prepared(with_more(*cells))
    given = {} if answer is None else {"double_it": answer}
    notebook = graded(submission(**given), assignment(text, plain_tests=True))
    assert (notebook.scores["plain-0"], notebook.scores["plain-1"]) == scores
    assert set(notebook.checks) == set(EXERCISES)
    with pytest.raises(CannotGrade, match="plain-0"):
        graded(submission(), assignment(text))


# --- what grading took ----------------------------------------------------------------


@pytest.mark.usefixtures("sandboxed")
def test_what_was_lost_is_told_and_costs_its_own_points():
    leaving = "import os\ndef halve(x):\n    os._exit(3)"
    endless = {"twice_it": "while True: pass"}
    notebook = graded(
        submission(halve_it=leaving, **endless), assignment(cell_seconds=1)
    )
    assert notebook.scores == {**FULL, "halve-it-check": 0, "twice-it-check": 0}
    whole = "\n".join(notebook.losses)
    assert "exit code 3" in whole
    assert "longer than 1 s" in whole
    assert "exit code 3" in notebook.checks["halve-it"].failure


# --- outputs --------------------------------------------------------------------------

LOUD = new_code_cell("for n in range(50):\n    print('line', n)")
DEEP = new_code_cell("def f(n): 1 / n; f(n - 1)\ng = lambda n: f(n)\ng(6)")


def outputs(**output):
    notebook = submission()
    notebook.cells += [LOUD, DEEP]
    given = replace(assignment(), output=output)
    cells = nbformat.reads(graded(notebook, given).text, 4).cells
    return cells[-2].outputs[0].text.split("\n"), cells[-1].outputs[-1].traceback


@pytest.mark.usefixtures("sandboxed")
def test_outputs_are_cut_as_nbgrader_is_configured():
    lines, trace = outputs()
    short, cut = outputs(LimitOutput={"max_lines": 5, "max_traceback": 4})
    assert len(lines) >= 50
    assert [*lines[:4], "... Output truncated ..."] == short
    assert len(trace) > 4 == len(cut)
    assert "... Traceback truncated ..." in cut


@pytest.mark.usefixtures("sandboxed")
def test_a_step_that_is_switched_off_does_nothing():
    whole = outputs()
    limits = {"max_lines": 5, "max_traceback": 4, "enabled": False}
    assert outputs(LimitOutput=limits) == whole


# --- the same as nbgrader's command ---------------------------------------------------


def masked(text):
    """Leave out the digits that follow from inputs, which are drawn anew."""
    return re.sub(r"\d+(\.\d+)?e[-+]?\d+|\d+\.\d+", "#", text)


def judged(record):
    """Return a record without what it took, and without those digits."""
    return masked(dumps(replace(record, seconds=0, cpu_seconds=0, memory=0)))


def test_nbgraders_own_command_writes_the_same(course):  # noqa: F811
    loud = submission(double_it="def double(x):\n    return 1 / 0")
    loud.cells.insert(2, new_code_cell("print('mine')\n1 + 1"))
    course.submit("loud", loud)
    course.submit("untouched", released())
    course.submit("broken", "{")
    copied = submission()
    again = [{**cell, "id": f"{cell.id}-2"} for cell in copied.cells[2:4]]
    copied.cells += [*map(nbformat.from_dict, again), new_markdown_cell("### BEGIN")]
    course.submit("copied", copied)
    parent = course.command(Autograde)
    parent.start()
    given = prepare(parent, parent.coursedir, "small")
    for student in ("ada", "bob", "loud", "untouched", "broken", "copied"):
        folder = course.path("submitted", student).parent
        record = grade(given, read_folder(student, folder, ["small"], parent.log))
        written = course.path("autograded", student).read_text()
        assert masked(record.notebooks[0].text) == masked(written), student
        assert judged(record) == judged(course.read(student)), student
        shared = grade_shared(given, student, folder)
        assert judged(shared) == judged(record)


# --- fingerprints ---------------------------------------------------------------------

SETTINGS = GradeSettings()
OTHERS = {
    "text": {"notebooks": (("small", prepared(with_more(by_hand("Why?")))),)},
    "name": {"notebooks": (("other", prepared()),)},
    "time": {"settings": replace(SETTINGS, limits=SessionLimits(cell_seconds=1))},
    "memory": {
        "settings": replace(SETTINGS, confinement=Confinement(packages=("scipy",)))
    },
    "plain tests": {"settings": replace(SETTINGS, plain_tests=True)},
    "output": {"output": {"LimitOutput": {"max_lines": 5}}},
    "code": {"code": "other"},
}
ASSIGNMENT = Assignment("hw", (("small", prepared()),), SETTINGS, {}, "code")


def test_the_version_follows_from_each_part():
    versions = {replace(ASSIGNMENT, **other).version for other in OTHERS.values()}
    assert len(versions | {ASSIGNMENT.version}) == len(OTHERS) + 1


def test_the_version_follows_from_nothing_else():
    lines, trace = {"max_lines": 5}, {"max_traceback": 4}
    one, two = (
        replace(ASSIGNMENT, output={"LimitOutput": {**a, **b}}, name=name)
        for a, b, name in ((lines, trace, "hw"), (trace, lines, "new"))
    )
    assert one.version == two.version


ELSEWHERE = """
import pickle, sys
from rnngrade.engine.grading import code_fingerprint
assignment, submission = pickle.load(sys.stdin.buffer)
code = code_fingerprint(assignment.notebooks)
print(assignment.version, code, submission.fingerprint)
"""


def test_another_process_finds_the_same():
    handed_in = submitted(submission())
    given = replace(ASSIGNMENT, output={"LimitOutput": {"max_lines": 5}})
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        input=pickle.dumps((given, handed_in)),
        cwd=ROOT,
        env={"PYTHONHASHSEED": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
    )
    code = code_fingerprint(given.notebooks)
    expected = f"{given.version} {code} {handed_in.fingerprint}\n"
    assert done.stdout.decode() == expected, done.stderr


@pytest.mark.usefixtures("sandboxed")
def test_what_is_sent_between_machines_arrives_whole():
    handed_in = submitted(submission())
    for each in (assignment(), handed_in, grade(assignment(), handed_in)):
        assert pickle.loads(pickle.dumps(each)) == each


@pytest.fixture
def code(tmp_path, monkeypatch):
    """Return a place of code that judges, and of other code."""
    for name in CODE:
        path = tmp_path / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("before")
    monkeypatch.setattr(grading, "__file__", str(tmp_path / "engine" / "grading.py"))
    monkeypatch.setattr(grading.rnncore, "__file__", str(tmp_path / "c" / "ops.py"))
    for chapter in grading.CHAPTERS:
        package = chapter.__name__.rpartition(".")[2]
        path = tmp_path / "exercises" / package / "__init__.py"
        monkeypatch.setattr(chapter, "__file__", str(path))
    return tmp_path


CODE = {
    "judge": True,
    "sandbox/observation": True,
    "exercises/bptt/recursion": True,
    "c/ops": True,
    "exercises/__init__": False,
    "exercises/rnn_equations/step": False,
    "engine/run": False,
    "reports/page": False,
}


@pytest.mark.parametrize(("name", "judges"), CODE.items())
def test_only_code_that_judges_has_a_fingerprint(code, name, judges):
    cell = new_code_cell(metadata={"nbgrader": {"grade_id": "bptt-full-check"}})
    notebooks = (("05_bptt", as_text(new_notebook(cells=[cell]))),)
    fingerprint = code_fingerprint.__wrapped__
    before = fingerprint(notebooks)
    assert fingerprint(notebooks) == before
    (code / f"{name}.py").write_text("after")
    assert (fingerprint(notebooks) != before) == judges


def test_no_chapter_imports_from_another():
    for chapter in grading.CHAPTERS:
        others = {each.__name__ for each in grading.CHAPTERS} - {chapter.__name__}
        for path in Path(chapter.__file__).parent.glob("*.py"):
            assert not any(name in path.read_text() for name in others), path


def test_other_code_than_that_of_who_asks_is_refused():
    with pytest.raises(OtherVersion, match="Install the same on all machines"):
        grade(ASSIGNMENT, submitted(submission()))
