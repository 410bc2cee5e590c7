import logging
import os

import pytest
from nbgrader.coursedir import CourseDirectory

from rnngrade.engine.submissions import read_folder
from rnngrade.folders import student_folders

LOG = logging.getLogger("submissions")


@pytest.fixture
def course(tmp_path):
    for student in ("zoe", "ada", "b[o]b", "-x", "ä b"):
        folder = tmp_path / "submitted" / student / "hw"
        folder.mkdir(parents=True)
        (folder / "hw.ipynb").write_bytes(student.encode())
    (tmp_path / "submitted" / "late" / "other").mkdir(parents=True)
    (tmp_path / "submitted" / "file").write_text("")
    source = tmp_path / "source" / "hw"
    source.mkdir(parents=True)
    (source / "hw.ipynb").write_text("{}")
    return CourseDirectory(root=str(tmp_path), assignment_id="hw")


def find_folders(course, assignment):
    return student_folders(course, course.submitted_directory, assignment)


def read(course, student, names=("hw",)):
    return read_folder(student, find_folders(course, "hw")[student], names, LOG)


def test_folders_of_the_assignment_are_found_whatever_students_are_called(course):
    assert [*find_folders(course, "hw")] == ["-x", "ada", "b[o]b", "zoe", "ä b"]
    assert find_folders(course, "nothing") == {}


def test_the_bytes_and_the_time_are_read(course):
    time = find_folders(course, "hw")["ada"] / "timestamp.txt"
    time.write_text("2026-01-01 10:00:00 UTC")
    seen = read(course, "ada")
    assert seen.files == {"hw": b"ada"}
    assert (seen.submitted, seen.refused) == ("2026-01-01T10:00:00", {})


def test_the_fingerprint_follows_from_what_is_handed_in(course):
    before = read(course, "ada").fingerprint
    assert read(course, "ada").fingerprint == before
    folder = find_folders(course, "hw")["ada"]
    (folder / "more.txt").write_text("not looked at")
    assert read(course, "ada").fingerprint == before
    (folder / "hw.ipynb").write_bytes(b"adb")
    changed = read(course, "ada").fingerprint
    (folder / "timestamp.txt").write_text("2026-01-01 10:00:00 UTC")
    late = read(course, "ada").fingerprint
    assert len({before, changed, late}) == 3


def test_a_link_is_refused_and_not_followed(course):
    folders = find_folders(course, "hw")
    path = folders["ada"] / "hw.ipynb"
    path.unlink()
    path.symlink_to(folders["zoe"] / "hw.ipynb")
    seen = read(course, "ada")
    assert seen.files == {}
    assert "cannot be opened" in seen.refused["hw"]


def test_a_missing_notebook_beside_others_is_just_missing(course):
    seen = read(course, "ada", ("hw", "second"))
    assert (seen.files, seen.refused) == ({"hw": b"ada"}, {})


def test_a_notebook_under_another_name_is_refused_with_the_remedy(course):
    folder = find_folders(course, "hw")["ada"]
    os.rename(folder / "hw.ipynb", folder / "mine.ipynb")
    assert "'mine.ipynb', expected 'hw.ipynb'" in read(course, "ada").refused["hw"]
    os.unlink(folder / "mine.ipynb")
    assert "holds no notebook" in read(course, "ada").refused["hw"]
