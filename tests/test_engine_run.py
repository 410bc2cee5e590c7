"""The run, with a gradebook and a cluster that only take notes."""

import logging
import stat
from dataclasses import replace

import nbformat
import pytest
from nbgrader.coursedir import CourseDirectory

from rnngrade.engine import grading
from rnngrade.engine.command import as_text
from rnngrade.engine.grading import Assignment, OtherVersion, code_fingerprint
from rnngrade.engine.run import Run, Summary
from rnngrade.grader import GradeSettings
from rnngrade.sandbox import SandboxUnavailable, check_available
from rnngrade.session import SessionLimits
from tests.assignment import EXERCISES, instructor, raw, released, submission, write

LOG = logging.getLogger("run")
LOG.setLevel(logging.INFO)
SETTINGS = GradeSettings(SessionLimits(cell_seconds=5))


@pytest.fixture(autouse=True)
def exercises(monkeypatch):
    try:
        check_available()
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    monkeypatch.setattr(grading, "EXERCISES", EXERCISES)


class Writer:
    """A gradebook in memory."""

    def __init__(self):
        self.records, self.fails = {}, 0

    def save(self, record, again=False):
        if self.fails:
            self.fails -= 1
            raise RuntimeError("the gradebook is gone")
        self.records[record.student] = record


class Inline:
    """A cluster that has no process but this one."""

    def __init__(self):
        self.calls, self.before = [], lambda student: None

    def __call__(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def map(self, function, names, arguments):
        for name in names:
            self.calls.append(name)
            try:
                outcome = function(*arguments(name))
            except Exception as error:
                outcome = error
            self.before(name)
            yield name, outcome


def assignment(**notebooks):
    given = tuple(notebooks.items())
    return Assignment("hw", given, SETTINGS, {}, code_fingerprint(given))


class Course:
    """A course of one small assignment."""

    def __init__(self, root):
        self.root = root
        self.folders = CourseDirectory(root=str(root), assignment_id="hw")
        self.writer, self.cluster = Writer(), Inline()
        write(instructor(), root / "source" / "hw" / "small.ipynb")

    def submit(self, student, notebook):
        return write(notebook, self.path("submitted", student))

    def path(self, step, student):
        return self.root / step / student / "hw" / "small.ipynb"

    def grade(self, **options):
        text = nbformat.writes(instructor())
        given = options.pop("assignment", None) or assignment(small=text)
        run = Run(self.folders, given, self.writer, self.cluster, LOG, **options)
        self.cluster.calls.clear()
        return run.start()

    def points(self, student):
        [notebook] = self.writer.records[student].notebooks
        return sum(notebook.scores.values())


@pytest.fixture
def course(tmp_path):
    course = Course(tmp_path)
    course.submit("ada", submission())
    course.submit("bob", submission(double_it="def double(x):\n    return x + 2"))
    course.submit("eve", released())
    return course


def test_a_class_is_graded(course):
    summary = course.grade()
    assert summary == Summary(graded=["ada", "bob", "eve"])
    assert [course.points(student) for student in ("ada", "bob", "eve")] == [12, 8, 0]
    [notebook] = course.writer.records["bob"].notebooks
    assert notebook.checks["double-it"].mistakes == ("ADDED",)
    assert notebook.answered == {"double-it": True, "halve-it": True, "twice-it": True}


def test_graded_notebooks_are_where_nbgrader_has_them(course):
    course.grade()
    path = course.path("autograded", "bob")
    assert nbformat.read(path, 4).cells[3].outputs[0].text.startswith("double: 0 of")
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    (path.parent / "left_over.txt").write_text("of an earlier grading")
    (path.parent / "folder").mkdir()
    (course.root / "source" / "hw" / "table.csv").write_text("the instructor's")
    path.unlink()
    path.symlink_to(course.path("submitted", "ada"))
    course.grade()
    names = sorted(each.name for each in path.parent.iterdir())
    assert names == ["small.ipynb", "table.csv"]
    assert not path.is_symlink()


def test_a_second_run_has_nothing_to_do(course):
    course.grade()
    summary = course.grade()
    assert summary == Summary(kept=["ada", "bob", "eve"])
    assert course.cluster.calls == []


def test_what_is_new_or_has_changed_is_graded(course):
    course.grade()
    course.submit("bob", submission())
    course.submit("new", submission())
    summary = course.grade()
    assert summary == Summary(graded=["bob", "new"], kept=["ada", "eve"])
    assert course.points("bob") == 12


def test_force_grades_all_again(course):
    course.grade()
    assert course.grade(force=True).graded == ["ada", "bob", "eve"]


def test_other_exercises_are_told_and_do_not_change_grades_silently(course):
    course.grade()
    text = nbformat.writes(instructor())
    slower = GradeSettings(SessionLimits(cell_seconds=6))
    other = replace(assignment(small=text), settings=slower)
    summary = course.grade(assignment=other)
    assert summary == Summary(
        kept=["ada", "bob", "eve"], outdated=["ada", "bob", "eve"]
    )
    assert "--force" in as_text("hw", summary, 1.0)


def test_a_run_that_was_stopped_is_completed(course):
    course.writer.fails = 1
    with pytest.raises(RuntimeError):
        course.grade()
    assert course.writer.records == {}
    summary = course.grade()
    # Its verdict was kept: it is not graded again, and reaches the gradebook.
    assert summary == Summary(graded=["bob", "eve"], kept=["ada"])
    assert course.points("ada") == 12


def test_a_gradebook_that_was_lost_is_filled_again(course):
    course.grade()
    course.writer.records.clear()
    assert course.grade().kept == ["ada", "bob", "eve"]
    assert [course.points(student) for student in ("ada", "bob", "eve")] == [12, 8, 0]


def test_a_torn_notebook_and_a_damaged_verdict_are_mended(course):
    course.grade()
    graded = course.path("autograded", "ada")
    text = graded.read_text()
    graded.chmod(0o644)
    graded.write_text(text[:100])
    verdict = course.root / "verdicts" / "bob" / "hw.json"
    verdict.write_text(verdict.read_text()[:100])
    assert course.grade() == Summary(graded=["bob"], kept=["ada", "eve"])
    assert graded.read_text() == text


def test_a_submission_that_changes_meanwhile_is_graded_again(course, caplog):
    def hand_in_again(student):
        if student == "bob" and course.cluster.calls.count("bob") == 1:
            course.submit("bob", submission())

    course.cluster.before = hand_in_again
    assert course.grade() == Summary(graded=["ada", "eve", "bob"])
    assert course.points("bob") == 12
    assert "changed while it was graded" in caplog.text


def test_one_that_changes_for_ever_does_not_hold_up_the_run(course):
    count = iter(range(100))

    def hand_in_again(student):
        if student == "bob":
            course.submit("bob", submission(halve_it=f"x = {next(count)}"))

    course.cluster.before = hand_in_again
    assert "bob" in course.grade().graded
    assert course.cluster.calls.count("bob") == 3


def test_what_cannot_be_read_is_a_zero_with_a_reason(course):
    course.submit("dan", '{"cells": [')
    summary = course.grade()
    assert summary.unreadable == ["dan"]
    assert course.points("dan") == 0
    [notebook] = course.writer.records["dan"].notebooks
    assert "not JSON" in notebook.notes[0]
    assert (
        "not JSON"
        in nbformat.read(course.path("autograded", "dan"), 4).metadata.rnngrade.notes[0]
    )
    assert "dan" in as_text("hw", summary, 1.0)


def test_a_submission_that_cannot_be_graded_is_told_and_the_rest_goes_on(
    course, monkeypatch
):
    whole = grading.grade

    def grade(assignment, submission):
        if submission.student == "bob":
            raise ChildProcessError("no process")
        return whole(assignment, submission)

    monkeypatch.setattr(grading, "grade", grade)
    summary = course.grade()
    assert summary.graded == ["ada", "eve"]
    assert "no process" in summary.failed["bob"]
    assert "not graded: bob" in as_text("hw", summary, 1.0)
    monkeypatch.setattr(grading, "grade", whole)
    assert course.grade() == Summary(graded=["bob"], kept=["ada", "eve"])


def test_another_version_on_a_worker_is_refused(course):
    text = nbformat.writes(instructor())
    other = Assignment("hw", (("small", text),), SETTINGS, {}, "another code")
    summary = course.grade(assignment=other)
    assert sorted(summary.failed) == ["ada", "bob", "eve"]
    assert OtherVersion.__name__ in summary.failed["ada"]


def test_a_missing_notebook_beside_another_scores_nothing(course):
    text = nbformat.writes(instructor())
    course.grade(assignment=assignment(second=text, small=text))
    first, second = course.writer.records["ada"].notebooks
    assert (set(first.scores.values()), first.text) == ({0.0}, "")
    assert sum(second.scores.values()) == 12


def test_workers_may_read_the_folders_themselves(course):
    sent = course.grade()
    read = course.grade(force=True, shared=True)
    assert read == sent
    assert [course.points(student) for student in ("ada", "bob", "eve")] == [12, 8, 0]
    assert course.grade() == Summary(kept=["ada", "bob", "eve"])


def test_the_time_is_kept(course):
    folder = course.path("submitted", "ada").parent
    (folder / "timestamp.txt").write_text("2026-01-01 11:00:00 CET")
    course.grade()
    assert course.writer.records["ada"].submitted == "2026-01-01T10:00:00"
    placed = course.path("autograded", "ada").with_name("timestamp.txt")
    assert placed.read_text() == "2026-01-01 10:00:00 UTC\n"


def test_metadata_of_a_submission_reaches_nothing(course):
    notebook = raw(submission())
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["skip-execution"]
        cell["metadata"].get("nbgrader", {})["points"] = 400
    course.submit("mallory", nbformat.writes(nbformat.from_dict(notebook)))
    course.grade()
    assert course.points("mallory") == 12
    assert "skip-execution" not in course.path("autograded", "mallory").read_text()
