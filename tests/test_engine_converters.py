"""nbgrader's own commands, in process, on a course of one small assignment."""

import os
import stat
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from rnngrade import preprocessors, sandbox
from rnngrade.config import configure
from rnngrade.engine import converters, grading, instructor
from rnngrade.engine.store import Store
from rnngrade.sandbox import SandboxUnavailable, check_available
from tests import assignment
from tests.assignment import EXERCISES, find


class Course:
    """A course, and nbgrader's commands on it."""

    def __init__(self, root, config):
        self.root, self.config = root, config

    def command(self, kind, **settings):
        folders = CourseDirectory(
            root=str(self.root), assignment_id="small", config=self.config
        )
        return kind(coursedir=folders, config=self.config, **settings)

    def release(self):
        assignment.write(assignment.instructor(), self.path("source", "."))
        self.command(GenerateAssignment, create_assignment=True, force=True).start()

    def submit(self, student, notebook):
        return assignment.write(notebook, self.path("submitted", student))

    def path(self, step, student):
        return self.root / step / student / "small" / "small.ipynb"

    def points(self):
        with Gradebook(f"sqlite:///{self.root}/gradebook.db") as gradebook:
            return {
                each.student.id: each.score
                for each in gradebook.assignment_submissions("small")
            }

    def read(self, student):
        return Store(self.root, "small", converters.__name__).read(student)


@pytest.fixture
def course(tmp_path, monkeypatch):
    try:
        check_available()
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    for module in (preprocessors, grading, instructor):
        monkeypatch.setattr(module, "EXERCISES", EXERCISES)
    monkeypatch.setattr(CourseDirectory, "get_existing_timestamp", None)
    programs = os.path.dirname(sys.executable)
    monkeypatch.setenv("PATH", programs + os.pathsep + os.environ["PATH"])
    config = Config()
    configure(config, tmp_path / "nothing")
    config.CourseDirectory.root = str(tmp_path)
    config.Grade.timeout = 5
    course = Course(tmp_path, config)
    course.release()
    course.submit("ada", assignment.submission())
    wrong = "def double(x):\n    return x + 2"
    course.submit("bob", assignment.submission(double_it=wrong))
    return course


def test_a_verdict_file_is_kept_as_the_class_command_does(course):
    course.command(Autograde).start()
    assert course.points() == {"ada": 12, "bob": 8}
    record = course.read("bob")
    [notebook] = record.notebooks
    assert notebook.checks["double-it"].mistakes == ("ADDED",)
    assert notebook.scores["double-it-check"] == 0
    assert notebook.text == course.path("autograded", "bob").read_text()
    parent = course.command(Autograde)
    same = instructor.prepare(parent, parent.coursedir, "small").version
    assert record.version == same


def test_what_a_killed_command_has_left_is_done_again(course, caplog):
    course.command(Autograde).start()
    whole = course.path("autograded", "bob").read_text()
    # Killed while it wrote, before the verdict file, and with no trouble at all.
    torn = course.path("autograded", "ada")
    torn.chmod(0o644)
    torn.write_text(whole[:50])
    Store(course.root, "small", None).path("bob").unlink()
    course.command(Autograde).start()
    assert course.points() == {"ada": 12, "bob": 8}
    assert nbformat.read(torn, 4).cells
    assert course.read("bob").notebooks
    before = torn.stat().st_mtime_ns
    course.command(Autograde).start()
    assert torn.stat().st_mtime_ns == before, "graded again without need"


def test_a_command_that_stops_after_the_gradebook_leaves_nothing_that_counts(
    course, monkeypatch
):
    class Killed(BaseException):
        """Nobody handles it."""

    def stop(*_, **__):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(converters.WholeFiles, "write", stop)
        with pytest.raises(Killed):
            course.command(Autograde).start()
    course.command(Autograde).start()
    assert course.points() == {"ada": 12, "bob": 8}


def test_an_unreadable_file_and_another_name_are_zeros_with_a_reason(course):
    course.submit("dan", '{"cells": [')
    path = course.submit("eve", assignment.submission())
    path.rename(path.with_name("mine.ipynb"))
    course.command(Autograde).start()
    assert course.points() == {"ada": 12, "bob": 8, "dan": 0, "eve": 0}
    for student, reason in (("dan", "not JSON"), ("eve", "'mine.ipynb', expected")):
        [notebook] = course.read(student).notebooks
        assert reason in notebook.notes[0]
        assert not notebook.readable
    assert course.read("ada").notebooks[0].readable


def warned(caplog):
    return [each.getMessage() for each in caplog.records if each.levelname != "INFO"]


def test_what_is_wrong_with_a_submission_is_said_once(course, caplog):
    course.submit("dan", '{"cells": [')
    course.submit("ada", assignment.submission()).with_name("timestamp.txt").write_text(
        "yesterday"
    )
    for again in (False, True):
        caplog.clear()
        course.command(Autograde, force=again).start()
        said = warned(caplog)
        for part in ("timestamp.txt is no date", "dan: The submitted file is not JSON"):
            assert len([each for each in said if part in each]) == 1, said
        assert len(set(said)) == len(said)
    caplog.clear()
    course.command(Autograde).start()  # nothing is graded
    assert len(warned(caplog)) == 1


def test_who_is_late_is_named_once_and_pays(course, caplog):
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        gradebook.update_or_create_assignment("small", duedate="2026-01-01 10:00 UTC")
    for student in ("ada", "bob"):
        stamp = course.path("submitted", student).with_name("timestamp.txt")
        stamp.write_text("2026-01-01 11:00:00 UTC")
    course.config.LateSubmissionPlugin.penalty_method = "zero"
    course.command(Autograde).start()
    said = warned(caplog)
    for student in ("ada", "bob"):
        late = [each for each in said if each.endswith("late") and student in each]
        assert len(late) == 1, said
    assert "Late submission penalty: 12.0" in said
    assert course.points() == {"ada": 12, "bob": 8}
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        submission = gradebook.find_submission("small", "ada")
        assert submission.late_submission_penalty == 12


def test_what_is_not_released_has_one_line_and_nothing_is_touched(course, caplog):
    before = course.path("release", ".").read_bytes()
    notebook = assignment.instructor()
    find(notebook, "double-it-check").metadata["nbgrader"]["points"] = 40
    assignment.write(notebook, course.path("source", "."))
    caplog.clear()
    with pytest.raises(NbGraderException):
        course.command(GenerateAssignment, force=True).start()
    assert warned(caplog) == [
        "Nothing has been released. small.ipynb: The graded cell 'double-it-check' has "
        "40 points, but its exercise has 4. Write `points: 4`."
    ]
    assert course.path("release", ".").read_bytes() == before


def test_feedback_is_whole_and_follows_the_grades(course):
    course.command(Autograde).start()
    course.command(GenerateFeedback).start()
    page = course.path("feedback", "bob").with_suffix(".html")
    text = page.read_text()
    assert text.endswith("</html>\n") or text.endswith("</html>")
    page.unlink()  # killed before it was written
    course.command(GenerateFeedback).start()
    assert page.read_text() == text
    course.submit("bob", assignment.submission())
    course.command(Autograde, force=True).start()
    course.command(GenerateFeedback).start()
    assert "12 of 12" in page.read_text()


def test_a_page_is_written_in_one_step(course, monkeypatch):
    seen = []
    real = converters.write_whole

    def watched(path, text, *rest, **named):
        seen.append(path.exists())
        real(path, text, *rest, **named)

    monkeypatch.setattr(converters, "write_whole", watched)
    course.command(Autograde).start()
    assert len(seen) == 4  # rebuilt and graded, of two students
    mode = course.path("autograded", "ada").stat().st_mode
    assert stat.S_IMODE(mode) == 0o444


def refused(course, match):
    with pytest.raises(NbGraderException, match=match):
        course.command(Autograde).start()
    assert not Path(course.root, "autograded").exists()


def test_without_a_sandbox_nothing_is_begun(course, monkeypatch, caplog):
    monkeypatch.setattr(sandbox, "missing", lambda kind: f"{kind} is missing.")
    refused(course, "landlock is missing")
    course.config.Grade.trusted_classroom = True
    course.command(Autograde)


def test_nothing_is_graded_without_running_it(course):
    # Every check would earn all points: no output says that it has failed.
    course.config.Execute.enabled = False  # what --no-execute sets
    refused(course, "Leave out --no-execute")


def test_an_assignment_that_cannot_be_graded_is_not_begun(course, monkeypatch):
    without = {name: e for name, e in EXERCISES.items() if name != "halve-it"}
    monkeypatch.setattr(instructor, "EXERCISES", without)
    refused(course, "halve-it-check")


def test_a_source_that_changed_after_the_release_is_graded_as_released(course):
    notebook = assignment.instructor()
    find(notebook, "double-it-check").metadata["nbgrader"]["points"] = 40
    find(notebook, "double-it-check").source = "print('changed')"
    assignment.write(notebook, course.path("source", "."))
    course.command(Autograde).start()
    assert course.points() == {"ada": 12, "bob": 8}


def test_an_assignment_that_is_not_released_is_told_with_the_remedy(course):
    parent = course.command(Autograde)
    with pytest.raises(instructor.NotReleased, match="generate_assignment other"):
        instructor.prepare(parent, parent.coursedir, "other")
    course.path("source", ".").unlink()
    with pytest.raises(instructor.NotReleased, match="is missing"):
        instructor.prepare(parent, parent.coursedir, "small")
