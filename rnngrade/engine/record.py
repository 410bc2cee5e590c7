"""The record of one graded submission: all that grading it has found out.

A record is text and numbers, and can be written to a file as JSON. It is made by
:mod:`rnngrade.engine.grading`, kept by :mod:`rnngrade.engine.store`, and written to
nbgrader's gradebook by :mod:`rnngrade.engine.gradebook`. Reports are made from records.

This module opens no file.
"""

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

FORMAT = 1


@dataclass(frozen=True)
class Check:
    """What was found about one exercise.

    Attributes
    ----------
    points, max_points : float
        Earned and possible.
    mistakes : tuple of str
        Names of the recognized mistakes.
    failure : str
        Why nothing could be compared; empty when it could.
    """

    points: float
    max_points: float
    mistakes: tuple[str, ...] = ()
    failure: str = ""


@dataclass(frozen=True)
class NotebookRecord:
    """One graded notebook of a submission.

    Attributes
    ----------
    name : str
        The notebook's name in nbgrader, such as ``"05_bptt"``.
    text : str
        The graded notebook as the JSON of an ``.ipynb``; empty where none was
        submitted.
    scores : dict of str to (float or None)
        For each graded cell its automatic score; None where a person has to decide.
    answered : dict of str to bool
        For each cell that students fill in, whether it differs from the release.
    checks : dict of str to Check
        For each exercise, by its id.
    notes : tuple of str
        What was put right, or why it is unreadable.
    losses : tuple of str
        Cells and calls that hung or ended their process.
    readable : bool
        Whether the submitted file was a notebook.
    """

    name: str
    text: str
    scores: dict[str, float | None]
    answered: dict[str, bool]
    checks: dict[str, Check]
    notes: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()
    readable: bool = True


@dataclass(frozen=True)
class Record:
    """One graded submission.

    Attributes
    ----------
    assignment, student : str
        Their names in nbgrader.
    fingerprint : str
        Of the submitted files and of the time.
    submitted : str
        When it was handed in, as ISO 8601 in UTC; empty where that is not known.
    notebooks : tuple of NotebookRecord
        One for each notebook of the assignment.
    seconds : float
        Wall time that grading it took.
    cpu_seconds : float
        Processor time of grader and student code.
    memory : int
        Largest resident memory of the process of the student's code, in bytes.
    version : str
        Fingerprint of what it was graded with: the instructor's notebooks, the
        exercises, the settings.
    """

    assignment: str
    student: str
    fingerprint: str
    submitted: str
    notebooks: tuple[NotebookRecord, ...]
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory: int = 0
    version: str = ""


def dumps(record: Record) -> str:
    """Write a record as JSON.

    Parameters
    ----------
    record : Record
        Any record.

    Returns
    -------
    str
        One line.
    """
    return json.dumps({"format": FORMAT, **asdict(record)})


def loads(text: str) -> Record:
    """Read what `dumps` has written.

    Parameters
    ----------
    text : str
        JSON.

    Returns
    -------
    Record
        The record.

    Raises
    ------
    ValueError
        If it is no record of this format.

    Examples
    --------
    >>> record = Record("05_bptt", "ada", "f", "", ())
    >>> loads(dumps(record)) == record
    True
    """
    try:
        data = json.loads(text)
        found = data.pop("format")
        if found != FORMAT:
            raise ValueError(f"format {found}, expected {FORMAT}")
        notebooks = tuple(map(_notebook, data.pop("notebooks")))
        return Record(**data, notebooks=notebooks)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(
            f"This is no record of a graded submission ({type(error).__name__}: "
            f"{error}). Delete the file; the submission is then graded again."
        ) from None


def _notebook(data: dict[str, Any]) -> NotebookRecord:
    checks = {name: _of(Check, check) for name, check in data.pop("checks").items()}
    return _of(NotebookRecord, {**data, "checks": checks})


def _of(kind: type, data: dict[str, Any]) -> Any:
    # JSON has lists where a record has tuples.
    tuples = {field.name for field in fields(kind) if "tuple" in str(field.type)}
    given = {name: tuple(v) if name in tuples else v for name, v in data.items()}
    return kind(**given)
