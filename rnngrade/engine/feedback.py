"""Write the feedback pages of a class.

The pages are those of ``nbgrader generate_feedback``, in the same folders. The
gradebook is read once for all students, with what a person has scored and written;
a page is written only where it has changed, and in one step.

How a page looks is the matter of :mod:`rnngrade.feedback`.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader import api, utils
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import select

from rnngrade.engine.store import write_whole
from rnngrade.feedback import render
from rnngrade.folders import SECRET, TIME, chosen
from rnngrade.preprocessors import ClearHiddenTestsOfChecks
from rnngrade.source import grade_id

Where = tuple[str, str]  # a student and a notebook


@dataclass
class Grades:
    """What the gradebook says of one student's notebook.

    Attributes
    ----------
    score, max_score, penalty : float
        Of the whole notebook; the penalty is what it costs to be late.
    scores : dict of str to float
        For each graded cell.
    points : dict of str to float
        For each graded cell, what can be earned.
    comments : dict of str to str
        For each answer that has one.
    unfinished : bool
        Whether a person still has to score something.
    """

    score: float = 0.0
    max_score: float = 0.0
    penalty: float = 0.0
    scores: dict[str, float] = field(default_factory=dict)
    points: dict[str, float] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    unfinished: bool = False


def write_pages(
    folders: CourseDirectory, assignment: str, log: logging.Logger
) -> tuple[int, int]:
    """Write the pages of all students who have been graded.

    Parameters
    ----------
    folders : nbgrader.coursedir.CourseDirectory
        The course; its ``student_id`` chooses students.
    assignment : str
        The assignment.
    log : logging.Logger
        Is told of notebooks that cannot be read.

    Returns
    -------
    written : int
        Number of pages that are new or have changed.
    same : int
        Number of those that were there already.
    """
    written = same = 0
    for (student, name), grades in sorted(read_grades(folders, assignment).items()):
        if not chosen(folders, student):
            continue
        graded, target = (
            Path(folders.format_path(step, student, assignment))
            for step in (folders.autograded_directory, folders.feedback_directory)
        )
        path = target / f"{name}.html"
        page = _page(graded / f"{name}.ipynb", student, name, grades, log)
        if not page:
            continue
        for about in (TIME, SECRET):
            _copy(graded / about, target / about)
        if _differs(path, page):
            write_whole(path, page)
            written += 1
        else:
            same += 1
    return written, same


def _copy(source: Path, target: Path) -> None:
    # `nbgrader release_feedback` reads both beside the page.
    if not source.is_file():
        target.unlink(missing_ok=True)  # of an earlier submission
        return
    text = source.read_text(encoding="utf-8")
    if _differs(target, text):
        write_whole(target, text)


def _differs(path: Path, text: str) -> bool:
    return not path.is_file() or path.read_bytes() != text.encode()


def read_grades(folders: CourseDirectory, assignment: str) -> dict[Where, Grades]:
    """Read all grades of an assignment.

    Parameters
    ----------
    folders : nbgrader.coursedir.CourseDirectory
        Says where the gradebook is.
    assignment : str
        The assignment.

    Returns
    -------
    dict
        Student and notebook, and their grades.
    """
    found: defaultdict[Where, Grades] = defaultdict(Grades)
    with api.Gradebook(folders.db_url, folders.course_id) as gradebook:
        for student, name, score, most, penalty in _rows(
            gradebook,
            assignment,
            api.SubmittedNotebook.score,
            api.SubmittedNotebook.max_score,
            api.SubmittedNotebook.late_submission_penalty,
        ):
            one = found[student, name]
            one.penalty, one.max_score = penalty or 0.0, most
            one.score = score - one.penalty
        for student, name, cell, score, points, open_still in _cells(
            gradebook,
            assignment,
            api.Grade,
            api.Grade.score,
            api.Grade.max_score,
            api.Grade.needs_manual_grade,
        ):
            found[student, name].scores[cell] = score
            found[student, name].points[cell] = points
            found[student, name].unfinished |= open_still
        for student, name, cell, comment in _cells(
            gradebook, assignment, api.Comment, api.Comment.comment
        ):
            found[student, name].comments[cell] = comment
    return dict(found)


def _rows(gradebook: api.Gradebook, assignment: str, *columns: Any) -> Iterator:
    query = (
        select(api.SubmittedAssignment.student_id, api.Notebook.name, *columns)
        .select_from(api.SubmittedNotebook)
        .join(
            api.SubmittedAssignment,
            api.SubmittedNotebook.assignment_id == api.SubmittedAssignment.id,
        )
        .join(api.Notebook, api.SubmittedNotebook.notebook_id == api.Notebook.id)
        .join(api.Assignment, api.Notebook.assignment_id == api.Assignment.id)
        .where(api.Assignment.name == assignment)
    )
    yield from gradebook.db.execute(query)


def _cells(
    gradebook: api.Gradebook, assignment: str, table: Any, *values: Any
) -> Iterator:
    query = (
        select(
            api.SubmittedAssignment.student_id,
            api.Notebook.name,
            api.BaseCell.name,
            *values,
        )
        .select_from(table)
        .join(api.BaseCell, table.cell_id == api.BaseCell.id)
        .join(api.SubmittedNotebook, table.notebook_id == api.SubmittedNotebook.id)
        .join(
            api.SubmittedAssignment,
            api.SubmittedNotebook.assignment_id == api.SubmittedAssignment.id,
        )
        .join(api.Notebook, api.SubmittedNotebook.notebook_id == api.Notebook.id)
        .join(api.Assignment, api.Notebook.assignment_id == api.Assignment.id)
        .where(api.Assignment.name == assignment)
    )
    yield from gradebook.db.execute(query)


def _page(
    path: Path, student: str, name: str, grades: Grades, log: logging.Logger
) -> str:
    try:
        text = path.read_text(encoding="utf-8")
        notebook = nbformat.v4.reads_json(text)
    except FileNotFoundError:
        return ""  # not handed in
    except (OSError, ValueError, AttributeError) as error:
        log.error("%s cannot be read (%s). Grade it again.", path, error)
        return ""
    for cell in notebook.cells:
        _add_grades(cell, grades)
    notebook, _ = ClearHiddenTestsOfChecks().preprocess(notebook, {})
    about = {
        "student": student,
        "notebook": name,
        "score": grades.score,
        "max_score": grades.max_score,
        "late_penalty": grades.penalty,
    }
    return render(notebook, about)


def _add_grades(cell: NotebookNode, grades: Grades) -> None:
    # As nbgrader's GetGrades does.
    identifier = grade_id(cell)
    if utils.is_solution(cell) or utils.is_task(cell):
        cell.metadata.nbgrader["comment"] = grades.comments.get(identifier)
    if utils.is_grade(cell) or utils.is_task(cell):
        cell.metadata.nbgrader["score"] = grades.scores.get(identifier)
        if identifier in grades.points:
            cell.metadata.nbgrader["points"] = grades.points[identifier]
