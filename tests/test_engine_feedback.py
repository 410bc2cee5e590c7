"""The pages of a class are those that nbgrader's own command writes."""

import logging
import shutil
from pathlib import Path

import pytest
from nbgrader import api
from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import GetGrades
from sqlalchemy import Engine, event
from traitlets.config import Config

from rnngrade.cli import main
from rnngrade.engine.converters import FeedbackWriter
from rnngrade.engine.feedback import Summary, read_grades, write_pages
from rnngrade.engine.store import DRAFT
from rnngrade.feedback import FeedbackExporter
from rnngrade.preprocessors import ClearHiddenTestsOfChecks
from tests.second_grader import WORK
from tests.test_engine_gradebook import FULL, HALF, LATE, PROGRAMS, Course, by_hand

LOG = logging.getLogger("pages")
CLASS = {
    "good": {"one": FULL, "two": HALF},
    "silent": {"one": {"points": 0}, "two": {"points": 1}},
    "late": {"time": LATE, "one": FULL, "two": HALF},
    "partial": {"one": FULL},
}
PAGES = 2 * len(CLASS) - 1


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Return a class that nbgrader and a person have graded."""
    root = tmp_path_factory.mktemp("graded")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", PROGRAMS)
        course = Course(root, f"sqlite:///{root}/gradebook.db").release()
        for student, given in CLASS.items():
            course.submit(student, **given)
            course.autograde(student)
    by_hand(course.url, "good")
    by_hand(course.url, "late")
    return course


class Pages:
    """The pages of a course that may be changed."""

    def __init__(self, root):
        self.root, self.url = root, f"sqlite:///{root}/gradebook.db"

    def folders(self, **settings):
        given = {"root": str(self.root), "assignment_id": WORK, **settings}
        return CourseDirectory(db_url=self.url, course_id="rnn", **given)

    def write(self, **settings):
        self.done = write_pages(self.folders(**settings), WORK, LOG)
        return self.done.written, self.done.same

    def stock(self, writer=FeedbackExporter, steps=(GetGrades,)):
        """Write the pages by nbgrader's command, somewhere else."""
        config = Config()
        config.GenerateFeedback.preprocessors = [*steps, ClearHiddenTestsOfChecks]
        config.GenerateFeedback.exporter_class = writer
        shutil.rmtree(self.root / "stock", ignore_errors=True)
        folders = self.folders(feedback_directory="stock", config=config)
        GenerateFeedback(coursedir=folders, config=config).start()
        return self.found("stock")

    def found(self, step="feedback"):
        folder = self.root / step
        pages = sorted(folder.glob("*/*/*.html"))
        return {str(path.relative_to(folder)): path.read_bytes() for path in pages}

    def page(self, student, name="one"):
        return self.root / "feedback" / student / WORK / f"{name}.html"

    def notebook(self, student, name="one"):
        return self.root / "autograded" / student / WORK / f"{name}.ipynb"

    def book(self):
        return api.Gradebook(self.url, "rnn")


@pytest.fixture
def pages(graded, tmp_path):
    for name in ("autograded", "gradebook.db"):
        copy = shutil.copytree if name == "autograded" else shutil.copy
        copy(graded.root / name, tmp_path / name)
    return Pages(tmp_path)


@pytest.mark.filterwarnings("ignore:Object of type")
def test_every_page_is_byte_for_byte_the_one_of_nbgrader(pages):
    assert pages.write() == (PAGES, 0)
    found = pages.found()
    assert len(found) == PAGES
    assert found == pages.stock()
    assert found == pages.stock(FeedbackWriter, steps=())
    good, late = (pages.page(student).read_text() for student in ("good", "late"))
    assert "8 of 9 points" in good  # 4 + 0.5 of the test, 2.5, 1
    assert "Nice." in good
    assert "late penalty of" in late
    assert "No response." in pages.page("silent").read_text()


def test_nbgraders_command_says_who_is_not_in_the_gradebook(pages, caplog):
    with pages.book() as gradebook:
        gradebook.remove_submission(WORK, "good")
    with pytest.raises(NbGraderException):
        pages.stock(FeedbackWriter, steps=())
    assert "no grades of 'good' for the notebook 'one'" in caplog.text
    pages.write()
    rest = {name: page for name, page in pages.found().items() if "good" not in name}
    assert pages.found("stock") == rest


def test_the_time_lies_beside_the_page(pages):
    # nbgrader release_feedback reads it there.
    pages.write()
    for student in CLASS:
        [path] = (pages.root / "autograded" / student / WORK).glob("timestamp.txt")
        beside = pages.page(student).with_name("timestamp.txt")
        assert beside.read_bytes() == path.read_bytes()


def change_by_hand(pages, student, score):
    with pages.book() as book:
        book.find_grade("why", "one", WORK, student).manual_score = score
        book.find_grade("why", "one", WORK, student).needs_manual_grade = False
        book.db.commit()


def test_only_what_has_changed_is_written(pages):
    pages.write()
    files = sorted((pages.root / "feedback").glob("*/*/*"))
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in files}
    assert pages.write() == (0, PAGES)
    change_by_hand(pages, "good", 1.25)
    assert pages.write() == (1, PAGES - 1)
    changed = [
        path
        for path, was in before.items()
        if (path.stat().st_ino, path.stat().st_mtime_ns) != was
    ]
    assert changed == [pages.page("good")]
    assert "1.25 of 3" in pages.page("good").read_text()


@pytest.mark.filterwarnings("ignore:Object of type")
def test_points_that_were_changed_after_grading_are_those_of_the_gradebook(pages):
    with pages.book() as book:
        book.find_graded_cell("why", "one", WORK).max_score = 30
        book.db.commit()
    pages.write()
    assert "2.5 of 30" in pages.page("good").read_text()
    assert pages.found() == pages.stock()


def test_who_has_handed_in_nothing_has_no_page(pages, caplog):
    pages.write()
    assert pages.page("partial").exists()
    assert not pages.page("partial", "two").exists()
    assert caplog.text == ""


TORN = ["", '{"cells": [', "[]", "{}", '{"cells": [1], "metadata": {}}']


def tear(path, text='{"cells": ['):
    path.chmod(0o644)
    path.write_text(text)


@pytest.mark.parametrize("torn", TORN)
def test_a_torn_notebook_is_told_and_the_rest_goes_on(pages, caplog, torn):
    pages.write()
    whole = pages.page("late").read_bytes()
    tear(pages.notebook("late"), torn)
    change_by_hand(pages, "silent", 3)
    assert pages.write() == (1, PAGES - 2)
    assert pages.page("late").read_bytes() == whole
    [line] = caplog.messages
    assert str(pages.notebook("late")) in line
    assert pages.done.unreadable == {"late"}


@pytest.fixture
def typed(pages, monkeypatch, capsys):
    """Return what runs ``rnngrade feedback`` in this process."""
    monkeypatch.setenv("JUPYTER_NO_CONFIG", "1")
    monkeypatch.chdir(pages.root)

    def run(code):
        given = (f"--CourseDirectory.root={pages.root}", f"--db={pages.url}")
        assert main(["feedback", WORK, *given]) == code
        return capsys.readouterr()

    return run


def test_the_command_fails_where_a_notebook_is_torn(pages, typed):
    tear(pages.notebook("late"))
    tear(pages.notebook("partial"))
    said = typed(code=1)
    assert f"{WORK}: {PAGES - 2} pages written, 0 were up to date" in said.out
    assert "not written: late, partial." in said.err
    assert f"`rnngrade autograde {WORK}` writes the notebooks again" in said.err
    assert not pages.page("late").exists()
    assert pages.page("late", "two").exists()


def test_the_command_says_so_where_all_are_torn(pages, typed):
    for path in pages.root.glob("autograded/*/*/*.ipynb"):
        tear(path)
    said = typed(code=1)
    assert f"not written: {', '.join(sorted(CLASS))}." in said.err
    assert "Check both names" not in said.err


def test_the_command_succeeds_where_all_are_whole(typed):
    said = typed(code=0)
    assert f"{PAGES} pages written" in said.out
    assert "cannot be read" not in said.err


def test_what_a_killed_run_has_left_is_removed(pages):
    pages.write()
    draft = pages.page("good").with_name(f"{DRAFT}a1")
    other = draft.parents[1] / "other" / draft.name
    other.parent.mkdir()
    for path in (draft, other):
        path.write_text("<!DOCTYPE html>")
    pages.write(student_id="la*")
    assert draft.exists(), "another student's"
    assert pages.write() == (0, PAGES)
    assert not draft.exists()
    assert other.exists(), "of another assignment"


def test_a_damaged_page_is_written_again(pages):
    pages.write()
    whole = pages.page("good").read_bytes()
    pages.page("good").write_bytes(whole[:100] + b"\xff")
    assert pages.write() == (1, PAGES - 1)
    assert pages.page("good").read_bytes() == whole


def test_students_can_be_chosen(pages):
    assert pages.write(student_id="la*") == (2, 0)
    assert set(pages.found()) == {f"late/{WORK}/{name}.html" for name in ("one", "two")}
    assert pages.write(student_id_exclude="late,good") == (3, 0)
    assert not pages.page("good").exists()
    assert pages.write(student_id="nobody") == (0, 0)


def statements(pages):
    found = []

    def note(connection, cursor, statement, *rest):
        if "FROM" in statement and "sqlite_master" not in statement:
            found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        pages.write()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return len(found)


@pytest.mark.filterwarnings("ignore:Object of type")
def test_a_larger_class_takes_no_more_queries(pages):
    before = statements(pages)
    with pages.book() as book:
        for number in range(20):
            book.add_student(f"more{number}")
            book.add_submission(WORK, f"more{number}")
    assert statements(pages) == before <= 5


def test_the_numbers_are_nbgraders(pages):
    found = read_grades(pages.folders(), WORK)
    assert len(found) == 2 * len(CLASS)
    with pages.book() as book:
        for (student, name), grades in found.items():
            one = book.find_submission_notebook(name, WORK, student)
            penalty = one.late_submission_penalty or 0
            assert grades.score == one.score - penalty
            assert (grades.max_score, grades.penalty) == (one.max_score, penalty)
            assert grades.scores == {each.name: each.score for each in one.grades}
            comments = {each.name: each.comment for each in one.comments}
            assert grades.comments == comments
            assert grades.unfinished == one.needs_manual_grade
    assert found["good", "one"].scores == {"f-check": 4.5, "why": 2.5, "essay": 1.0}
    assert found["late", "two"].penalty > 0
    assert {grades.unfinished for grades in found.values()} == {True, False}


def test_nothing_of_another_assignment_is_read(pages):
    with pages.book() as book:
        book.add_assignment("other")
    assert read_grades(pages.folders(), "other") == {}
    assert write_pages(pages.folders(), "other", LOG) == Summary()
    assert not Path(pages.root, "feedback").exists()
