"""Folders of submissions, read by nbgrader as if nobody had tampered with them.

A student's folder may hold anything: a time that is none, a pipe that never ends, a
link to another student's file, ten thousand files. nbgrader reads and copies all of it
before it looks at the notebook. Here is what it does instead: it takes the notebooks
and the time, and nothing else. What is in a notebook is the matter of
:mod:`rnngrade.intake`.
"""

import datetime
import filecmp
import os
import re
import shutil
import warnings
from fnmatch import fnmatchcase
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import find_all_files, parse_utc

from rnngrade.intake import Unreadable, read_plain_file

TIME = "timestamp.txt"
# nbgrader's exchange derives from it where the student finds the feedback.
SECRET = "submission_secret.txt"
_SECRET = re.compile(r"[0-9a-f]{32,256}", re.ASCII)
# Digits, marks, and the name of a time zone. dateutil looks for a zone in the file of
# that name, wherever it is: no path may get there.
_DATE = re.compile(r"[\w:., +-]*(?:[A-Za-z_]+/)*[A-Za-z_]*", re.ASCII)
_SHOWN = 3  # names of files in a message
_ANY = "\0"  # in the place of a student's name


class NotebooksOnly(CourseDirectory):
    """The folders of a course, of which no file is copied along with a notebook."""

    @classmethod
    def like(cls, folders: CourseDirectory) -> "NotebooksOnly":
        """Take over all settings but one.

        Parameters
        ----------
        folders : nbgrader.coursedir.CourseDirectory
            The folders of the running command.

        Returns
        -------
        NotebooksOnly
            The same folders.
        """
        settings = {
            name: getattr(folders, name) for name in folders.traits(config=True)
        }
        return cls(parent=folders.parent, **{**settings, "ignore": ["*"]})


def student_folders(
    folders: CourseDirectory, step: str, assignment: str
) -> dict[str, Path]:
    """List the folders of an assignment.

    Parameters
    ----------
    folders : nbgrader.coursedir.CourseDirectory
        Its ``student_id`` (a pattern) and ``student_id_exclude`` choose students.
    step : str
        Such as ``folders.submitted_directory``.
    assignment : str
        The assignment.

    Returns
    -------
    dict of str to Path
        Students in alphabetical order, and their folders. A name that cannot be
        printed is left out with a warning.
    """
    # Not a glob: a name may hold its special characters.
    path = folders.format_path(step, _ANY, assignment)
    parent, _, inside = path.partition(_ANY)
    students = sorted(os.listdir(parent)) if os.path.isdir(parent) else []
    found = {
        student: Path(f"{parent}{student}{inside}")
        for student in students
        if os.path.isdir(f"{parent}{student}{inside}") and chosen(folders, student)
    }
    # nbgrader would stop at a line end, and the database at what is no character.
    for student in [name for name in found if not name.isprintable()]:
        folders.log.warning(
            "%r is no name for a student, so it is left out. Rename the folder in %s.",
            student,
            parent,
        )
        del found[student]
    return found


def chosen(folders: CourseDirectory, student: str) -> bool:
    """Tell whether a student is among those that a command was given.

    Parameters
    ----------
    folders : nbgrader.coursedir.CourseDirectory
        Its ``student_id`` (a pattern) and ``student_id_exclude``.
    student : str
        A student.

    Returns
    -------
    bool
        Whether it is so.
    """
    excluded = folders.student_id_exclude.split(",")
    wanted = folders.student_id
    named = wanted == student or fnmatchcase(student, wanted)
    return named and not student.startswith(".") and student not in excluded


def notebooks_to_grade(folders: CourseDirectory) -> dict[str, list[str]]:
    """List what nbgrader is to grade; it replaces nbgrader's own list.

    Parameters
    ----------
    folders : nbgrader.coursedir.CourseDirectory
        The folders of the running command.

    Returns
    -------
    dict of str to list of str
        Folders of students, and in each the notebooks of the assignment. Where there
        is none of them, all are listed: what is not there is graded with the reason,
        and not passed over.
    """
    assignment = folders.assignment_id
    source = folders.format_path(folders.source_directory, ".", assignment)
    names = sorted(p.name for p in Path(source).glob(f"{folders.notebook_id}.ipynb"))
    found = student_folders(folders, folders.submitted_directory, assignment)
    return {
        str(folder): [str(folder / name) for name in _there(folder, names) or names]
        for folder in found.values()
        if names
    }


def graded_notebooks(folders: CourseDirectory) -> dict[str, list[str]]:
    """List what nbgrader gives feedback on; it replaces nbgrader's own list.

    Parameters
    ----------
    folders : nbgrader.coursedir.CourseDirectory
        The folders of the running command.

    Returns
    -------
    dict of str to list of str
        Folders of students, and in each the graded notebooks.
    """
    step = folders.autograded_directory
    found = student_folders(folders, step, folders.assignment_id)
    return {
        str(folder): notebooks
        for folder in found.values()
        if (notebooks := sorted(map(str, folder.glob(f"{folders.notebook_id}.ipynb"))))
    }


def _there(folder: Path, names: list[str]) -> list[str]:
    return [name for name in names if os.path.lexists(folder / name)]


def why_missing(notebook: str | os.PathLike) -> str:
    """Say why there is nothing to grade.

    Parameters
    ----------
    notebook : path-like
        Where a student's notebook should be.

    Returns
    -------
    str
        The reason and the remedy; empty where there is a file of this name.
    """
    notebook = Path(notebook)
    if os.path.lexists(notebook):
        return ""
    names = [entry.name for entry in os.scandir(notebook.parent)]
    given = sorted(name for name in names if name.endswith(".ipynb"))
    if not given:
        return "The submitted folder holds no notebook. Submit the notebook itself."
    return (
        f"The submitted folder holds {_some(given)}, expected {notebook.name!r}. "
        "Rename the notebook and submit again."
    )


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(repr, names[:_SHOWN])) + more


def submitted_time(
    folders: CourseDirectory, path: str | os.PathLike
) -> datetime.datetime | None:
    """Read when a folder was handed in; it replaces nbgrader's own way.

    Parameters
    ----------
    folders : nbgrader.coursedir.CourseDirectory
        What nbgrader calls this on, as its method.
    path : path-like
        The folder.

    Returns
    -------
    datetime.datetime or None
        The time in UTC; None where there is none that can be read.
    """
    file = os.path.join(path, TIME)
    if not os.path.lexists(file):
        return None
    try:
        return _time(read_plain_file(file, 200).decode().strip())
    except (ValueError, ArithmeticError, TypeError, OSError) as error:
        given = "not a plain file" if isinstance(error, Unreadable) else "no date"
        folders.log.warning(
            "%s is %s, expected one line such as 2026-01-31 12:00:00 UTC. The "
            "submission is graded as if it had no time. Mend the file and grade "
            "again.",
            file,
            given,
        )
        return None


def _time(text: str) -> datetime.datetime | None:
    if not _DATE.fullmatch(text):
        raise ValueError("no date")
    with warnings.catch_warnings():
        # It would name a zone that dateutil does not know: text of a student's.
        warnings.simplefilter("ignore")
        return parse_utc(text) if text else None


def submission_secret(path: str | os.PathLike) -> str:
    """Read what only the student and the instructor know of a submission.

    Parameters
    ----------
    path : path-like
        The submitted folder.

    Returns
    -------
    str
        Hexadecimal digits; empty where it was not handed in through the exchange.
    """
    try:
        text = read_plain_file(os.path.join(path, SECRET), 1000).decode()
    except (ValueError, OSError):
        return ""
    return text if _SECRET.fullmatch(text) else ""


def keep_notebooks_only(
    graded: str | os.PathLike, time: datetime.datetime | None, secret: str = ""
) -> None:
    """Remove all files but the notebooks, and write down the time and the secret.

    Parameters
    ----------
    graded : path-like
        The student's folder under ``autograded``. nbgrader would copy everything in it
        into the feedback.
    time : datetime.datetime, optional
        When it was handed in, in UTC; nbgrader compares it with that of a later
        submission.
    secret : str
        What :func:`submission_secret` has read.
    """
    for entry in os.scandir(graded) if os.path.isdir(graded) else ():
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        elif not entry.name.endswith(".ipynb"):
            os.unlink(entry.path)
    about = {TIME: f"{time} UTC\n" if time else "", SECRET: secret}
    for name, text in about.items():
        if text:
            os.makedirs(graded, exist_ok=True)
            Path(graded, name).write_text(text)


def copy_own_files(
    source: str | os.PathLike, graded: str | os.PathLike, ignored: list[str]
) -> list[Path]:
    """Put the instructor's other files beside a graded notebook, as nbgrader does.

    Parameters
    ----------
    source : path-like
        The folder of the instructor's notebooks.
    graded : path-like
        The student's folder under ``autograded``.
    ignored : list of str
        The patterns of ``CourseDirectory.ignore``.

    Returns
    -------
    list of Path
        What has been copied, as seen from `graded`.
    """
    paths = find_all_files(str(source), [*ignored, "*.ipynb"])
    names = [Path(path).relative_to(source) for path in paths]
    for name in names:
        target = Path(graded, name)
        if not target.exists() or not filecmp.cmp(Path(source, name), target):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            shutil.copy2(Path(source, name), target)
    return names
