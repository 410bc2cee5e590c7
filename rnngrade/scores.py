"""The scores of a class, read from nbgrader's gradebook in a handful of queries.

nbgrader asks the database for each student and assignment on its own. Here the number
of queries does not depend on the class. A score is what nbgrader says: points less the
late penalty, and never below zero.

Nothing is written here.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from nbgrader.api import (
    Assignment,
    Grade,
    Gradebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import case, func, select

SHOWN = 10  # names in a message


class CannotExport(ValueError):
    """Nothing has been written; the text says why."""


@dataclass(frozen=True)
class Result:
    """One student's submission of one assignment.

    Attributes
    ----------
    timestamp : datetime.datetime or None
        When it was handed in, in UTC.
    raw_score : float
        Points, extra credit included.
    penalty : float
        Points lost for being late.
    unfinished : bool
        Whether a part of it still waits for a person's grade.
    """

    timestamp: datetime.datetime | None = None
    raw_score: float = 0.0
    penalty: float = 0.0
    unfinished: bool = False

    @property
    def score(self) -> float:
        """The points that count."""  # numpydoc ignore=RT01
        return max(0.0, self.raw_score - self.penalty)


@dataclass(frozen=True)
class Grades:
    """What is to be exported.

    Attributes
    ----------
    assignments : list of nbgrader.api.Assignment
        In nbgrader's order.
    students : list of nbgrader.api.Student
        In nbgrader's order.
    results : dict
        For the ids of an assignment and a student, their `Result`.
    """

    assignments: list[Assignment]
    students: list[Student]
    results: dict[tuple[str, str], Result]

    def of(self, student: Student) -> list[Result | None]:
        """Return the results of one student.

        Parameters
        ----------
        student : nbgrader.api.Student
            One of the class.

        Returns
        -------
        list of (Result or None)
            For each assignment; None where nothing was submitted.
        """
        return [self.results.get((a.id, student.id)) for a in self.assignments]


def read_grades(
    gradebook: Gradebook, assignments: Iterable[str] = (), students: Iterable[str] = ()
) -> Grades:
    """Read a gradebook, in a number of queries that does not depend on its size.

    Parameters
    ----------
    gradebook : nbgrader.api.Gradebook
        An open gradebook.
    assignments, students : iterable of str, optional
        Names of those that are wanted; all where none is given.

    Returns
    -------
    Grades
        Their results.

    Raises
    ------
    CannotExport
        If one of the names is not in the gradebook.
    """
    found = {assignment.name: assignment for assignment in gradebook.assignments}
    known = {student.id: student for student in gradebook.students}
    return Grades(
        _selected(found, assignments, "assignment"),
        _selected(known, students, "student"),
        _results(gradebook),
    )


def some(names: Iterable[str]) -> str:
    """Name the first of many.

    Parameters
    ----------
    names : iterable of str
        Any names.

    Returns
    -------
    str
        At most ten, in quotes, safe to be shown in a terminal.

    Examples
    --------
    >>> print(some("abcdefghijkl"))
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j' and 2 more
    """
    names = list(names)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(map(repr, names[:SHOWN])) + more


def _selected(known: dict[str, object], wanted: Iterable[str], kind: str) -> list:
    names = set(wanted)
    unknown = sorted(names - set(known))
    if unknown:
        raise CannotExport(
            f"The gradebook has no {kind} {some(unknown)}, expected "
            f"{some(known) or 'none, for it is empty'}. Mend --{kind}."
        )
    return [one for name, one in known.items() if not names or name in names]


def _results(gradebook: Gradebook) -> dict[tuple[str, str], Result]:
    of = SubmittedNotebook.assignment_id
    unfinished = func.max(case((Grade.needs_manual_grade, 1), else_=0))
    scores = select(of, func.coalesce(func.sum(Grade.score), 0.0), unfinished)
    scores = scores.join(Grade, Grade.notebook_id == SubmittedNotebook.id).group_by(of)
    penalty = func.coalesce(func.sum(SubmittedNotebook.late_submission_penalty), 0.0)
    graded = {row[0]: row[1:] for row in gradebook.db.execute(scores)}
    late = dict(gradebook.db.execute(select(of, penalty).group_by(of)).all())
    submitted = select(
        SubmittedAssignment.id,
        SubmittedAssignment.assignment_id,
        SubmittedAssignment.student_id,
        SubmittedAssignment.timestamp,
    )
    results = {}
    for own, assignment, student, timestamp in gradebook.db.execute(submitted):
        score, waits = graded.get(own, (0.0, 0))
        result = Result(timestamp, score, late.get(own, 0.0), bool(waits))
        results[assignment, student] = result
    return results
