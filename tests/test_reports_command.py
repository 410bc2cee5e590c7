"""The two reports, as commands, on verdict files that were written before."""

import csv
import os
import stat
import sys

import nbformat
import pytest
from nbgrader.api import Gradebook

from rnngrade.cli import main
from rnngrade.engine.record import Check, NotebookRecord, Record
from rnngrade.engine.store import Store
from tests import assignment

WRONG = "def halve(x):\n    y = x\n" + "".join(f"    y = y + {n}\n" for n in range(20))


@pytest.fixture
def course(tmp_path, monkeypatch):
    programs = os.path.dirname(sys.executable)
    monkeypatch.setenv("PATH", programs + os.pathsep + os.environ["PATH"])
    monkeypatch.chdir(tmp_path)
    source = tmp_path / "source" / "hw" / "small.ipynb"
    assignment.write(assignment.instructor(), source)
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as gradebook:
        gradebook.add_assignment("hw")
        for student in ("ada", "bob", "eve"):
            gradebook.add_student(student)
    store = Store(tmp_path, "hw", None)
    for student, points in (("ada", 4.0), ("bob", 1.0)):
        check = Check(points, 4.0, ("ADDED",) if points < 4 else ())
        handed_in = assignment.submission(halve_it=WRONG)
        notebook = NotebookRecord(
            "small",
            nbformat.writes(handed_in),
            {"halve-it-check": points},
            {"halve-it": True},
            {"halve-it": check},
        )
        store.write(Record("hw", student, "f", "", (notebook,), seconds=0.1))
        path = tmp_path / "submitted" / student / "hw" / "small.ipynb"
        assignment.write(handed_in, path)
    return tmp_path


def run(course, command, name="hw"):
    return main([command, name, f"--CourseDirectory.root={course}"])


def private(path):
    return stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_class_report_is_a_page_and_two_tables(course, capsys):
    assert run(course, "report") == 0
    folder = course / "reports" / "hw"
    assert str(folder / "report.html") in capsys.readouterr().out
    page = (folder / "report.html").read_text()
    assert "ADDED" in page
    assert "eve" in page, "who has handed nothing in"
    with open(folder / "answers.csv", newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [(row["student"], float(row["points"])) for row in rows] == [
        ("ada", 4.0),
        ("bob", 1.0),
    ]
    assert all(map(private, folder.iterdir()))


def test_equal_answers_are_shown_side_by_side(course, capsys):
    assert run(course, "similar") == 0
    page = course / "reports" / "hw" / "similar_small.html"
    assert str(page) in capsys.readouterr().out
    text = page.read_text()
    assert "ada, bob" in text
    assert "It accuses nobody" in text
    assert private(page)


@pytest.mark.parametrize("command", ["report", "similar"])
def test_nothing_graded_is_told_with_the_remedy(course, command, caplog):
    assert run(course, command, "other") == 1
    assert not (course / "reports" / "other").exists()


def test_without_an_assignment_the_form_is_told(course):
    assert main(["report", f"--CourseDirectory.root={course}"]) == 1
