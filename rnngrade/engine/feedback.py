"""Write the feedback pages of a class.

The pages are those of ``nbgrader generate_feedback``, in the same folders. The
gradebook is read once for all students, with what a person has scored and written;
a page is written only where it has changed, and in one step. What a killed run has left
half written is removed by the next one.

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

from rnngrade.engine.store import DRAFT, write_whole
from rnngrade.feedback import render
from rnngrade.folders import SECRET, TIME, chosen, student_folders
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


@dataclass
class Summary:
    """What was done for a class.

    Attributes
    ----------
    written : int
        Number of pages that are new or have changed.
    same : int
        Number of those that were there already.
    unreadable : set of str
        Students with a graded notebook that cannot be read. Its page is as it was.
    """

    written: int = 0
    same: int = 0
    unreadable: set[str] = field(default_factory=set)


def write_pages(
    folders: CourseDirectory, assignment: str, log: logging.Logger
) -> Summary:
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
    Summary
        How many, and who has to be graded again.

    Raises
    ------
    OSError
        If a page cannot be written; what was there before is still there.
    """
    _remove_drafts(folders, assignment)
    done, clear = Summary(), ClearHiddenTestsOfChecks()
    for (student, name), grades in sorted(read_grades(folders, assignment).items()):
        if not chosen(folders, student):
            continue
        graded, target = (
            Path(folders.format_path(step, student, assignment))
            for step in (folders.autograded_directory, folders.feedback_directory)
        )
        path = graded / f"{name}.ipynb"
        try:
            notebook = nbformat.v4.reads_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue  # not handed in
        except (OSError, ValueError, TypeError, AttributeError) as error:
            log.error("%s cannot be read (%s).", path, error)
            done.unreadable.add(student)
            continue
        _copy(graded, target)
        page = _page(notebook, student, name, grades, clear)
        if _write(target / f"{name}.html", page):
            done.written += 1
        else:
            done.same += 1
    return done


def _remove_drafts(folders: CourseDirectory, assignment: str) -> None:
    found = student_folders(folders, folders.feedback_directory, assignment)
    for folder in found.values():
        for draft in folder.glob(f"{DRAFT}*"):
            draft.unlink(missing_ok=True)  # of a run that was killed


def _copy(graded: Path, target: Path) -> None:
    # `nbgrader release_feedback` reads both beside the page.
    for name in (TIME, SECRET):
        if (graded / name).is_file():
            _write(target / name, (graded / name).read_text(encoding="utf-8"))
        else:
            (target / name).unlink(missing_ok=True)  # of an earlier submission


def _write(path: Path, text: str) -> bool:
    """Write a file unless it is there already; tell whether it was written."""
    if path.is_file() and path.read_bytes() == text.encode():
        return False
    write_whole(path, text)
    return True


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
    notebook: NotebookNode,
    student: str,
    name: str,
    grades: Grades,
    clear: ClearHiddenTestsOfChecks,
) -> str:
    totals = add_grades(notebook, grades)
    notebook, _ = clear.preprocess(notebook, {})
    return render(notebook, {"student": student, "notebook": name, **totals})


def add_grades(notebook: NotebookNode, grades: Grades) -> dict[str, float]:
    """Put grades and comments into a notebook, as nbgrader's ``GetGrades`` does.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        The graded notebook; its cells get what is known of them.
    grades : Grades
        What the gradebook says.

    Returns
    -------
    dict
        ``score``, ``max_score`` and ``late_penalty``.
    """
    for cell in notebook.cells:
        _add_to_cell(cell, grades)
    return {
        "score": grades.score,
        "max_score": grades.max_score,
        "late_penalty": grades.penalty,
    }


def _add_to_cell(cell: NotebookNode, grades: Grades) -> None:
    identifier = grade_id(cell)
    if utils.is_solution(cell) or utils.is_task(cell):
        cell.metadata.nbgrader["comment"] = grades.comments.get(identifier)
    if utils.is_grade(cell) or utils.is_task(cell):
        cell.metadata.nbgrader["score"] = grades.scores.get(identifier)
        if identifier in grades.points:
            cell.metadata.nbgrader["points"] = grades.points[identifier]
