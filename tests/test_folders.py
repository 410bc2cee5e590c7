import datetime
import os

import pytest
from nbgrader.converters.base import find_all_files
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from rnngrade.folders import (
    NotebooksOnly,
    keep_notebooks_only,
    other_names,
    submitted_time,
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
    for part in ("timestamp.txt is no", "2026-01-31 12:00:00 UTC", "--force"):
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


def test_another_name_is_said_with_the_remedy(tmp_path):
    assert other_names(["eve/small/a.ipynb"], tmp_path) == ""
    (tmp_path / "small.ipynb").write_text("")
    assert other_names(["eve/small/a.ipynb", "eve/small/small.ipynb"], tmp_path) == ""
    warning = other_names(["eve/small/small (1).ipynb"], tmp_path)
    for part in ("eve/small", "'small (1).ipynb'", "expected 'small.ipynb'", "Rename"):
        assert part in warning
