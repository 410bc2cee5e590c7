"""Folders of submissions, read by nbgrader as if nobody had tampered with them.

A student's folder may hold anything: a time that is none, a pipe that never ends, a
link to another student's file, ten thousand files. nbgrader reads and copies all of it
before it looks at the notebook. Here is what it does instead: it takes the notebooks
and the time, and nothing else. What is in a notebook is the matter of
:mod:`rnngrade.intake`.
"""

import datetime
import os
import shutil
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from rnngrade.intake import Unreadable, read_plain_file

TIME = "timestamp.txt"


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
        text = read_plain_file(file, 1_000).decode().strip()
        return parse_utc(text) if text else None
    except (ValueError, ArithmeticError, TypeError) as error:
        given = "not a plain file" if isinstance(error, Unreadable) else "no date"
        folders.log.warning(
            "%s is %s, expected one line such as 2026-01-31 12:00:00 UTC. The "
            "submission is graded as if it had no time. Mend the file and grade "
            "it again with --force.",
            file,
            given,
        )
        return None


def other_names(found: list[str], source: str | os.PathLike) -> str:
    """Say what to do where no submitted notebook has the name of a released one.

    Parameters
    ----------
    found : list of str
        The notebooks in a student's folder.
    source : path-like
        The folder of the instructor's notebooks.

    Returns
    -------
    str
        A warning; empty where nothing is wrong.
    """
    expected = sorted(path.name for path in Path(source).glob("*.ipynb"))
    given = sorted(Path(path).name for path in found)
    if not expected or set(given) & set(expected):
        return ""
    return (
        f"{Path(found[0]).parent}: it holds {', '.join(map(repr, given))}, expected "
        f"{' or '.join(map(repr, expected))}. Rename the notebook and grade again."
    )


def keep_notebooks_only(
    graded: str | os.PathLike, time: datetime.datetime | None
) -> None:
    """Remove all files but the notebooks, and write down the time.

    Parameters
    ----------
    graded : path-like
        The student's folder under ``autograded``. nbgrader would copy everything in it
        into the feedback.
    time : datetime.datetime, optional
        When it was handed in, in UTC; nbgrader compares it with that of a later
        submission.
    """
    for entry in os.scandir(graded) if os.path.isdir(graded) else ():
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        elif not entry.name.endswith(".ipynb"):
            os.unlink(entry.path)
    if time:
        os.makedirs(graded, exist_ok=True)
        Path(graded, TIME).write_text(f"{time} UTC\n")
