"""The writer of nbgrader's gradebook.

It leaves in the tables what ``nbgrader autograde`` would leave there: the student, the
submission and its time, a grade for each graded cell, a comment for each answer, the
penalty for being late. What a person has entered, scores, extra credit and comments,
is never touched. A submission is one transaction, and saving it twice is saving it
once: where nothing has changed, nothing is written.

Two things differ on purpose. Where a notebook was handed in once and is missing now,
nbgrader keeps its penalty and its automatic comments; here they go, so that grades do
not depend on what was graded before. And where the verdict and the gradebook do not
have the same cells, nbgrader loses points with a warning; here it is an error.

No grade is decided here.
"""

import datetime
import logging
from types import TracebackType

from nbgrader import api
from nbgrader.plugins import BasePlugin
from nbgrader.utils import parse_utc
from sqlalchemy import Connection, and_, select

from rnngrade.engine.database import Database, GradebookError, Trouble
from rnngrade.engine.record import NotebookRecord, Record
from rnngrade.engine.tables import (
    COMMENT,
    GRADE,
    STUDENT,
    SUBMISSION,
    SUBMITTED,
    Key,
    Released,
    ReleasedNotebook,
    Rows,
    Values,
    ensure,
    load,
    make_tables,
)

__all__ = ["GradebookError", "GradebookWriter"]

PATIENCE = 300.0
NO_RESPONSE = "No response."

# A released notebook, the row of the submitted one, and what was found out about it.
Part = tuple[ReleasedNotebook, str, NotebookRecord | None]


class GradebookWriter:
    """What writes the grades of one assignment.

    It is a context manager, which closes its connections at the end.

    Parameters
    ----------
    db_url : str
        As in ``c.CourseDirectory.db_url``.
    course_id : str
        As in ``c.CourseDirectory.course_id``.
    late_plugin : nbgrader.plugins.BasePlugin
        What ``AssignLatePenalties.plugin_class`` names; it is asked about late
        submissions.
    log : logging.Logger
        Is told what is waited for, and which penalties were out of bounds.
    patience : float, optional
        Seconds to wait for another program that holds the gradebook.

    Raises
    ------
    GradebookError
        If the address cannot be used.
    """

    def __init__(
        self,
        db_url: str,
        course_id: str,
        late_plugin: BasePlugin,
        log: logging.Logger,
        patience: float = PATIENCE,
    ) -> None:
        self._course, self._late, self._log = course_id, late_plugin, log
        self._database = Database(db_url, log, patience)
        self._assignment: Released | None = None

    def __enter__(self) -> "GradebookWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()

    def prepare(self, assignment: str) -> None:
        """Make the tables if they are not there, and look the assignment up.

        Parameters
        ----------
        assignment : str
            Its name in nbgrader.

        Raises
        ------
        GradebookError
            If it is not in the gradebook, or the gradebook cannot be used.
        """
        transact = self._database.transact
        other = transact(lambda connection: make_tables(connection, self._course))
        if other:
            raise self._database.failure(Trouble.OUTDATED, other)
        self._assignment = transact(lambda connection: load(connection, assignment))
        if self._assignment is None:
            raise GradebookError(
                f"There is no assignment {assignment!r} in the gradebook "
                f"{self._database.name}. Release it with `nbgrader generate_assignment "
                f"{assignment} --create`, and grade again."
            )

    def save(self, record: Record, again: bool = False) -> None:
        """Write one graded submission, in one transaction.

        Parameters
        ----------
        record : rnngrade.engine.record.Record
            Of the prepared assignment.
        again : bool
            Whether it is known, and only what is missing is to be put right: what a
            person has decided about the same score since then stays.

        Raises
        ------
        GradebookError
            If it cannot be written; then nothing of it has been.
        """
        released = self._released()
        _check(released, record)
        self._database.transact(
            lambda connection: self._write(connection, released, record, again)
        )

    def _released(self) -> Released:
        if self._assignment is None:
            raise ValueError("No assignment is prepared. Call prepare(assignment).")
        return self._assignment

    def _write(
        self,
        connection: Connection,
        released: Released,
        record: Record,
        again: bool,
    ) -> None:
        submission = _submission(connection, released, record)
        notebooks = _notebooks(connection, released, submission["id"])
        handed_in = {each.name: each for each in record.notebooks if each.text}
        parts: list[Part] = [
            (notebook, notebooks.found[notebook.id, submission["id"]]["id"], given)
            for name, notebook in released.notebooks.items()
            for given in [handed_in.get(name)]
        ]
        _write_cells(connection, parts, again)
        late = _seconds_late(released, submission)
        for notebook, row, given in parts:
            late_here = late if given else 0.0
            penalty = self._penalty(connection, record.student, row, late_here)
            values = {"late_submission_penalty": penalty}
            notebooks.merge({(notebook.id, submission["id"]): values})

    def _penalty(
        self, connection: Connection, student: str, row: str, late: float
    ) -> float | None:
        if late <= 0:
            return None
        # nbgrader's own sum, made by the database: a plug-in gets the same number.
        sums = select(api.SubmittedNotebook.score)
        score = connection.scalar(sums.where(api.SubmittedNotebook.id == row))
        penalty = self._ask(student, score, late)
        if penalty is None or 0 <= penalty <= score:
            return penalty
        bounded = 0.0 if penalty < 0 else score
        self._log.warning(
            "The late penalty of %s is %s, expected 0 to the score, %s; %s is taken. "
            "Mend c.AssignLatePenalties.plugin_class.",
            student,
            penalty,
            score,
            bounded,
        )
        return bounded

    def _ask(self, student: str, score: float, late: float) -> float | None:
        name = f"{type(self._late).__name__}.late_submission_penalty"
        try:
            penalty = self._late.late_submission_penalty(student, score, late)
            return None if penalty is None else float(penalty)
        except Exception as error:
            raise GradebookError(
                f"{name}({student!r}, {score}, {late}) failed ({type(error).__name__}: "
                f"{error}), expected a number or None. Mend the plug-in, which "
                "c.AssignLatePenalties.plugin_class names, and run the same command "
                "again."
            ) from error


def _check(released: Released, record: Record) -> None:
    if record.assignment != released.name:
        raise ValueError(f"{record.assignment!r} given, prepared is {released.name!r}.")
    for each in record.notebooks:
        notebook = released.notebooks.get(each.name)
        if notebook and not each.text:
            continue
        odd = sorted(_odd(notebook, each)) if notebook else ["the whole notebook"]
        if odd:
            raise GradebookError(
                f"Notebook {each.name!r} as it was graded is not the one in the "
                f"gradebook; only one of them has {', '.join(odd)}. Release it "
                f"again with `nbgrader generate_assignment {released.name} --create "
                "--force`, and grade again."
            )


def _odd(notebook: ReleasedNotebook, record: NotebookRecord) -> set[str]:
    graded, scored = (
        notebook.graded.keys(),
        record.scores.keys() - notebook.tasks.keys(),
    )
    return (graded ^ scored) | (notebook.solutions.keys() - record.answered.keys())


def _submission(connection: Connection, released: Released, record: Record) -> Values:
    ensure(connection, STUDENT, record.student)
    key = (released.id, record.student)
    same = SUBMISSION.c.student_id == record.student
    which = and_(SUBMISSION.c.assignment_id == released.id, same)
    rows = Rows(connection, SUBMISSION, ("assignment_id", "student_id"), which)
    # Without a time, an earlier one stays, as with nbgrader.
    time = {"timestamp": parse_utc(record.submitted)} if record.submitted else {}
    rows.merge({key: time})
    return rows.found[key]


def _notebooks(connection: Connection, released: Released, submission: str) -> Rows:
    which = SUBMITTED.c.assignment_id == submission
    rows = Rows(connection, SUBMITTED, ("notebook_id", "assignment_id"), which)
    rows.merge({(each.id, submission): {} for each in released.notebooks.values()})
    return rows


def _write_cells(connection: Connection, parts: list[Part], again: bool) -> None:
    ids = [row for _, row, _ in parts]
    for table, values in ((GRADE, _grades), (COMMENT, _comments)):
        which = table.c.notebook_id.in_(ids)
        rows = Rows(connection, table, ("cell_id", "notebook_id"), which)
        for part in parts:
            wanted = values(*part, rows.found)
            if again:
                _keep_decisions(wanted, rows.found)
            rows.merge(wanted)


def _grades(
    notebook: ReleasedNotebook,
    row: str,
    record: NotebookRecord | None,
    found: dict[Key, Values],
) -> dict[Key, Values]:
    if record is None:
        zero = {"auto_score": 0.0, "needs_manual_grade": False}
        cells = (*notebook.graded.values(), *notebook.tasks.values())
        return {(cell, row): zero for cell in cells}
    wanted = {
        (cell, row): {"auto_score": record.scores[name], "needs_manual_grade": False}
        for name, cell in notebook.graded.items()
    }
    for key, values in wanted.items():
        by_hand = found.get(key, {}).get("manual_score") is not None
        values["needs_manual_grade"] = by_hand or values["auto_score"] is None
    # A person alone scores a task: its row has to be there, and is left as it is.
    new = {"auto_score": None, "needs_manual_grade": True}
    tasks = [(cell, row) for cell in notebook.tasks.values()]
    return wanted | {key: new for key in tasks if key not in found}


def _keep_decisions(wanted: dict[Key, Values], found: dict[Key, Values]) -> None:
    # What a person has looked at since it was graded need not be looked at again.
    for key, values in wanted.items():
        row = found.get(key, {})
        scored = "auto_score" in values and row.get("manual_score") is not None
        if scored and row["auto_score"] == values["auto_score"]:
            values["needs_manual_grade"] = row["needs_manual_grade"]


def _comments(
    notebook: ReleasedNotebook,
    row: str,
    record: NotebookRecord | None,
    found: dict[Key, Values],
) -> dict[Key, Values]:
    wanted = {(cell, row): {"auto_comment": None} for cell in notebook.tasks.values()}
    for name, cell in notebook.solutions.items():
        silent = record is not None and not record.answered[name]
        wanted[cell, row] = {"auto_comment": NO_RESPONSE if silent else None}
    return wanted


def _seconds_late(released: Released, submission: Values) -> float:
    time, due = submission.get("timestamp"), released.duedate
    if time is None or due is None:
        return 0.0
    extension = submission.get("extension") or datetime.timedelta()
    return (time - due - extension).total_seconds()
