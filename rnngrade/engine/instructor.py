"""The instructor's side of grading: what students' answers are put into.

The notebooks are those of ``source``, with points, checksums and locked cells as the
gradebook has them since the release, by nbgrader's own step. What cannot be graded is
refused here, once: before it is released, and before any submission is looked at.
"""

from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import IgnorePattern, LimitOutput, OverwriteCells
from traitlets.config import Configurable

from rnngrade.engine.grading import Assignment, as_text, code_fingerprint
from rnngrade.exercises import EXERCISES
from rnngrade.grader import CannotGrade, check_exercises, check_release
from rnngrade.preprocessors import NOT_EXECUTED, Grade
from rnngrade.sandbox import check_available
from rnngrade.source import SourceError, check_source


class NotReleased(ValueError):
    """The assignment is not in the gradebook, or its notebooks are not in source."""


def check_sources(parent: Configurable, paths: Iterable[str]) -> None:
    """Make sure that notebooks can be released, and graded afterwards.

    Parameters
    ----------
    parent : traitlets.config.Configurable
        The running command, whose configuration holds.
    paths : iterable of str
        The instructor's notebooks.

    Raises
    ------
    rnngrade.grader.CannotGrade
        If one of them cannot, with its name and the remedy.
    """
    plain_tests = Grade(parent=parent).plain_tests
    for path in paths:
        try:
            notebook = nbformat.read(path, as_version=4)
            check_source(notebook)
            check_exercises(notebook, EXERCISES, plain_tests)
            check_release(notebook, EXERCISES)
        except (CannotGrade, SourceError) as error:
            raise CannotGrade(f"{Path(path).name}: {error}") from None


def prepare(parent: Configurable, folders: CourseDirectory, name: str) -> Assignment:
    """Read an assignment, and make sure that it can be graded.

    Parameters
    ----------
    parent : traitlets.config.Configurable
        The running command, whose configuration holds.
    folders : nbgrader.coursedir.CourseDirectory
        The course.
    name : str
        The assignment.

    Returns
    -------
    Assignment
        What :func:`rnngrade.engine.grading.grade` needs.

    Raises
    ------
    NotReleased
        If there is no such assignment.
    rnngrade.grader.CannotGrade, rnngrade.sandbox.SandboxUnavailable
        If it cannot be graded.
    """
    step = Grade(parent=parent)
    if not step.enabled:
        raise CannotGrade(NOT_EXECUTED)
    settings = step.settings()
    if settings.confinement.protected:
        check_available(settings.confinement.sandbox)
    notebooks = []
    for notebook in _released(folders, name):
        source = folders.format_path(folders.source_directory, ".", name)
        path = Path(source, f"{notebook}.ipynb")
        if not path.is_file():
            raise NotReleased(
                f"{path} is missing, but the notebook is in the gradebook. Put it "
                f"back, or release the assignment again: `nbgrader generate_assignment "
                f"{name} --create --force`."
            )
        about = {"notebook": notebook, "assignment": name, "db_url": folders.db_url}
        content, _ = OverwriteCells(parent=parent).preprocess(
            nbformat.read(path, as_version=4), {"nbgrader": about}
        )
        check_exercises(content, EXERCISES, settings.plain_tests)
        notebooks.append((notebook, as_text(content)))
    output = {
        step.__name__: dict(parent.config.get(step.__name__, {}))
        for step in (IgnorePattern, LimitOutput)
    }
    kept = tuple(notebooks)
    return Assignment(name, kept, settings, output, code_fingerprint(kept))


def _released(folders: CourseDirectory, name: str) -> list[str]:
    with Gradebook(folders.db_url, folders.course_id) as gradebook:
        try:
            found = gradebook.find_assignment(name)
        except MissingEntry:
            known = ", ".join(each.name for each in gradebook.assignments) or "none"
            raise NotReleased(
                f"There is no assignment {name!r} in the gradebook; released are: "
                f"{known}. Release it with `nbgrader generate_assignment {name} "
                "--create`."
            ) from None
        return sorted(notebook.name for notebook in found.notebooks)
