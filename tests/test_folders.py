import datetime
import os

import pytest
from nbgrader.converters.base import find_all_files
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from rnngrade.folders import (
    NotebooksOnly,
    graded_notebooks,
    keep_notebooks_only,
    notebooks_to_grade,
    student_folders,
    submission_secret,
    submitted_time,
    why_missing,
)

NOON = datetime.datetime(2026, 1, 31, 12)


def test_no_file_is_copied_and_all_other_settings_stay(tmp_path):
    config = Config()
    config.CourseDirectory.ignore = ["*.tmp"]
    config.CourseDirectory.student_id = "ada"
    folders = CourseDirectory(config=config, root=str(tmp_path), assignment_id="small")
    only = NotebooksOnly.like(folders)
    assert (only.root, only.assignment_id, only.student_id) == (
        str(tmp_path),
        "small",
        "ada",
    )
    (tmp_path / "ada" / "deep").mkdir(parents=True)
    (tmp_path / "ada" / "deep" / "file").write_text("")
    os.mkfifo(tmp_path / "ada" / "pipe")
    folder = str(tmp_path / "ada")
    assert len(find_all_files(folder, folders.ignore)) == 2
    assert find_all_files(folder, only.ignore) == []


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-01-31 12:00:00 UTC\n", NOON),
        ("2026-01-31T12:00:00Z", NOON),
        ("2026-01-31 12:00:00.000000 UTC", NOON),
        ("2026-01-31 13:00:00 Europe/Berlin", NOON),
        ("2026-01-31T13:00:00+01:00", NOON),
        ("2026-01-31T12:00:00 ZZZ", NOON),
        ("", None),
    ],
)
def test_the_time_is_read(tmp_path, text, time):
    (tmp_path / "timestamp.txt").write_text(text)
    assert submitted_time(CourseDirectory(), tmp_path) == time


def test_there_may_be_no_time(tmp_path):
    assert submitted_time(CourseDirectory(), tmp_path) is None


BAD = {
    "no date": lambda path: path.write_text("yesterday"),
    "no text": lambda path: path.write_bytes(b"\xff\xfe"),
    "no such year": lambda path: path.write_text("9999-12-31 23:59:59 -9999999999"),
    "too long": lambda path: path.write_text("2026-01-31 12:00:00 UTC" + " " * 2000),
    "a file's name": lambda path: path.write_text(f"{NOON} {path}"),
    "a file above": lambda path: path.write_text(f"{NOON} Europe/../../../passwd"),
    "no file's name": lambda path: path.write_text("12 12 " + "x" * 190),
    "a hundred hours": lambda path: path.write_text("2026-01-31 12:00:00+9999"),
    "folder": lambda path: path.mkdir(),
    "pipe": lambda path: os.mkfifo(path),
    "link": lambda path: path.symlink_to("/dev/zero"),
    "link to nothing": lambda path: path.symlink_to("/nowhere"),
}


@pytest.mark.parametrize("make", BAD.values(), ids=BAD)
def test_a_bad_time_is_none_and_the_remedy_is_said(tmp_path, make, caplog):
    make(tmp_path / "timestamp.txt")
    folders = CourseDirectory()
    folders.log.propagate = True
    assert submitted_time(folders, tmp_path) is None
    for part in ("timestamp.txt is no", "2026-01-31 12:00:00 UTC", "grade again"):
        assert part in caplog.text


def test_only_notebooks_and_the_time_stay(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("of another student")
    folder = tmp_path / "autograded"
    (folder / "data" / "deep").mkdir(parents=True)
    (folder / "data" / "file").write_text("")
    for name in ("small.ipynb", "timestamp.txt", "notes.txt", ".hidden"):
        (folder / name).write_text("")
    os.symlink(secret, folder / "link")
    os.symlink(tmp_path, folder / "folder")
    keep_notebooks_only(folder, NOON)
    assert sorted(os.listdir(folder)) == ["small.ipynb", "timestamp.txt"]
    assert submitted_time(CourseDirectory(), folder) == NOON
    assert secret.read_text() == "of another student"
    keep_notebooks_only(folder, None)
    assert os.listdir(folder) == ["small.ipynb"]


@pytest.mark.parametrize("time", [None, NOON])
def test_a_folder_that_is_not_there_yet(tmp_path, time):
    keep_notebooks_only(tmp_path / "ada", time)
    assert (tmp_path / "ada").exists() == bool(time)


STUDENTS = ["ada", "[ada]", "a*", "b c", "Zoë", "o'brien", "-x", ".git"]


@pytest.fixture
def course(tmp_path):
    (tmp_path / "source" / "small").mkdir(parents=True)
    (tmp_path / "source" / "small" / "one.ipynb").write_text("")
    (tmp_path / "source" / "small" / "two.ipynb").write_text("")
    for student in STUDENTS:
        (tmp_path / "submitted" / student / "small").mkdir(parents=True)
    (tmp_path / "submitted" / "notes.txt").write_text("")
    (tmp_path / "submitted" / "other" / "large").mkdir(parents=True)
    return CourseDirectory(root=str(tmp_path), assignment_id="small")


def students(folders):
    return list(student_folders(folders, "submitted", "small"))


def test_any_name_may_be_a_students(course):
    assert students(course) == sorted(set(STUDENTS) - {".git"})
    folder = student_folders(course, "submitted", "small")["[ada]"]
    assert folder.is_dir()
    assert student_folders(course, "autograded", "small") == {}


def test_students_are_chosen_by_name_by_pattern_and_by_exclusion(course):
    course.student_id = "[ada]"
    assert students(course) == ["[ada]"]
    course.student_id = "a*"
    assert students(course) == ["a*", "ada"]
    course.student_id, course.student_id_exclude = "*", "ada,a*,Zoë"
    assert students(course) == ["-x", "[ada]", "b c", "o'brien"]


def test_names_that_cannot_be_printed_are_left_out(course, tmp_path, caplog):
    for name in ("new\nline", "\udcff", "\x1b[2J"):
        (tmp_path / "submitted" / name / "small").mkdir(parents=True)
    course.log.propagate = True
    assert students(course) == sorted(set(STUDENTS) - {".git"})
    assert "'new\\nline' is no name for a student" in caplog.text
    assert "\x1b" not in caplog.text


def test_known_notebooks_are_graded_and_where_there_is_none_all_are(course, tmp_path):
    folder = tmp_path / "submitted" / "ada" / "small"
    for name in ("one.ipynb", "bonus.ipynb", "\x1b]0;x.ipynb"):
        (folder / name).write_text("")
    listed = notebooks_to_grade(course)
    assert listed[str(folder)] == [str(folder / "one.ipynb")]
    nothing = tmp_path / "submitted" / "[ada]" / "small"
    both = [str(nothing / "one.ipynb"), str(nothing / "two.ipynb")]
    assert listed[str(nothing)] == both
    course.notebook_id = "two"
    assert notebooks_to_grade(course)[str(nothing)] == both[1:]


def test_why_there_is_nothing_to_grade(tmp_path):
    path = tmp_path / "small.ipynb"
    assert "holds no notebook" in why_missing(path)
    (tmp_path / "small (1).ipynb").write_text("")
    reason = why_missing(path)
    assert "holds 'small (1).ipynb', expected 'small.ipynb'. Rename" in reason
    path.symlink_to("/nowhere")
    assert why_missing(path) == ""


def test_feedback_is_given_on_what_has_been_graded(course, tmp_path):
    folder = tmp_path / "autograded" / "[ada]" / "small"
    folder.mkdir(parents=True)
    for name in ("two.ipynb", "one.ipynb", "timestamp.txt"):
        (folder / name).write_text("")
    both = [str(folder / "one.ipynb"), str(folder / "two.ipynb")]
    assert graded_notebooks(course) == {str(folder): both}
    course.notebook_id = "two"
    assert graded_notebooks(course) == {str(folder): both[1:]}


def test_the_secret_of_the_exchange_is_read_and_nothing_else(tmp_path):
    assert submission_secret(tmp_path) == ""
    file = tmp_path / "submission_secret.txt"
    for text in ("0f" * 32, "0f" * 64):
        file.write_text(text)
        assert submission_secret(tmp_path) == text
    for text in (
        "",
        "0f",
        "x" * 64,
        "0f" * 32 + "\n",
        "../" * 20,
        "0f" * 5000,
        "ä" * 40,
    ):
        file.write_text(text)
        assert submission_secret(tmp_path) == ""
    file.unlink()
    (tmp_path / "other").write_text("0f" * 32)
    file.symlink_to(tmp_path / "other")
    assert submission_secret(tmp_path) == ""


def test_time_and_secret_go_with_the_graded_notebook(tmp_path):
    (tmp_path / "hw.ipynb").write_text("{}")
    (tmp_path / "mine.txt").write_text("the student's")
    keep_notebooks_only(tmp_path, NOON, "0f" * 32)
    texts = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert texts == {
        "hw.ipynb": "{}",
        "submission_secret.txt": "0f" * 32,
        "timestamp.txt": "2026-01-31 12:00:00 UTC\n",
    }
