"""Grade one submission: bytes in, a record out.

``grade`` needs no file, no gradebook and no other submission, so it runs in any
process, on any machine that has this package; ``grade_shared`` reads the submission
from a folder that all machines see. The student's code runs in the sandbox,
as :mod:`rnngrade.grader` does it.

Nothing is written here.
"""

import hashlib
import json
import logging
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import IgnorePattern, LimitOutput
from traitlets.config import Config

import rnncore
from rnngrade.engine.record import Check, NotebookRecord, Record
from rnngrade.engine.submissions import Submission, read_folder
from rnngrade.exercises import CHAPTERS, EXERCISES
from rnngrade.grader import CHECK, GradeSettings, Grading, grade_notebook
from rnngrade.intake import Unreadable, parse_submission, rebuild
from rnngrade.source import grade_id

LOG = logging.getLogger(__name__)


class OtherVersion(RuntimeError):
    """The process that grades has other exercises than the one that asks for it."""


@dataclass(frozen=True)
class Assignment:
    """What a process needs to grade the submissions of an assignment.

    Attributes
    ----------
    name : str
        Its name in nbgrader.
    notebooks : tuple of (str, str)
        Name and text of the instructor's notebooks, with the points and checksums of
        the gradebook.
    settings : rnngrade.grader.GradeSettings
        Time, memory, sandbox.
    output : dict
        The configuration of nbgrader's ``IgnorePattern`` and ``LimitOutput``.
    code : str
        Fingerprint of the code that judges.
    """

    name: str
    notebooks: tuple[tuple[str, str], ...]
    settings: GradeSettings
    output: dict[str, dict[str, Any]]
    code: str

    @property
    def version(self) -> str:  # numpydoc ignore=RT01
        """Fingerprint of everything that grades follow from but the submission."""
        judged = self.notebooks, asdict(self.settings), self.output, self.code
        text = json.dumps(judged, default=str, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def grade(assignment: Assignment, submission: Submission) -> Record:
    """Grade what one student has handed in.

    Parameters
    ----------
    assignment : Assignment
        The instructor's side.
    submission : rnngrade.engine.submissions.Submission
        The student's side.

    Returns
    -------
    Record
        All that was found out.

    Raises
    ------
    OtherVersion
        If this process would judge by other exercises.
    ChildProcessError, rnngrade.sandbox.SandboxUnavailable
        If student code cannot be run here: no student's fault.
    """
    if assignment.code != code_fingerprint(assignment.notebooks):
        raise OtherVersion(
            "This process has other exercises, or another version of rnngrade or "
            "rnncore, than the one that asks it to grade. Install the same on all "
            "machines and start the workers again."
        )
    wall, cpu = time.monotonic(), time.process_time()
    notebooks, memory, student_cpu = [], 0, 0.0
    for name, text in assignment.notebooks:
        if name in submission.files or name in submission.refused:
            record, grading = _grade_notebook(assignment, submission, name, text)
            memory = max(memory, grading.memory)
            student_cpu += grading.cpu_seconds
        else:
            record = _missing(name, text)
        notebooks.append(record)
    return Record(
        assignment.name,
        submission.student,
        submission.fingerprint,
        submission.submitted,
        tuple(notebooks),
        round(time.monotonic() - wall, 4),
        round(time.process_time() - cpu + student_cpu, 4),
        memory,
        assignment.version,
    )


def grade_shared(assignment: Assignment, student: str, folder: Path) -> Record:
    """Grade what lies in a folder that this process can read.

    Parameters
    ----------
    assignment : Assignment
        The instructor's side.
    student : str
        The student.
    folder : Path
        What was handed in.

    Returns
    -------
    Record
        As of `grade`, which says what is raised.
    """
    names = [name for name, _ in assignment.notebooks]
    return grade(assignment, read_folder(student, folder, names, LOG))


def notebook_record(
    name: str, notebook: NotebookNode, grading: Grading, text: str, readable: bool
) -> NotebookRecord:
    """Sum up a graded notebook.

    Parameters
    ----------
    name : str
        Its name in nbgrader.
    notebook : nbformat.NotebookNode
        With the outputs of its checks.
    grading : rnngrade.grader.Grading
        The verdicts.
    text : str
        The notebook as it is kept.
    readable : bool
        Whether the submitted file was one.

    Returns
    -------
    NotebookRecord
        Scores by nbgrader's own rules.
    """
    named = [cell for cell in notebook.cells if grade_id(cell)]
    graded = filter(utils.is_grade, named)
    asked = [cell for cell in named if utils.is_solution(cell) or utils.is_task(cell)]
    checks = {
        name.removesuffix(CHECK): Check(v.points, v.max_points, v.mistakes, v.failure)
        for name, v in grading.verdicts.items()
    }
    return NotebookRecord(
        name,
        text,
        {grade_id(cell): utils.determine_grade(cell)[0] for cell in graded},
        {grade_id(cell): _answered(cell) for cell in asked},
        checks,
        tuple(notebook.metadata.get("rnngrade", {}).get("notes", ())),
        grading.losses,
        readable,
    )


def as_text(notebook: NotebookNode) -> str:
    """Write a notebook as nbgrader keeps it.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        A notebook of version 4.

    Returns
    -------
    str
        JSON, and a line end.
    """
    return nbformat.v4.writes_json(notebook) + "\n"


@lru_cache(maxsize=8)
def code_fingerprint(notebooks: tuple[tuple[str, str], ...]) -> str:
    """Fingerprint the code that judges the answers in some notebooks.

    Parameters
    ----------
    notebooks : tuple of (str, str)
        Name and text of the instructor's notebooks.

    Returns
    -------
    str
        Of the chapters of their exercises, of what compares, and of the reference.
    """
    here = Path(__file__).parents[1]
    folders = [here, here / "sandbox", Path(rnncore.__file__).parent]
    folders += [Path(chapter.__file__).parent for chapter in _chapters(notebooks)]
    return _fingerprint_files(
        path for folder in folders for path in sorted(folder.glob("*.py"))
    )


def _chapters(notebooks: tuple[tuple[str, str], ...]) -> list[ModuleType]:
    cells = [cell for _, text in notebooks for cell in _parsed(text).cells]
    asked = {grade_id(cell).removesuffix(CHECK) for cell in cells}
    return [
        chapter
        for chapter in CHAPTERS
        if asked & {exercise.id for exercise in chapter.EXERCISES}
    ]


def _fingerprint_files(paths: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for path in paths:
        whole.update(path.name.encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _grade_notebook(
    assignment: Assignment, submission: Submission, name: str, text: str
) -> tuple[NotebookRecord, Grading]:
    reason = submission.refused.get(name, "")
    submitted = nbformat.v4.new_notebook()
    try:
        if not reason:
            submitted = parse_submission(submission.files[name])
    except Unreadable as error:
        reason = str(error)
    notebook, notes = rebuild(_parsed(text), submitted)
    # That every cell is missing from what cannot be read goes without saying.
    notebook.metadata["rnngrade"] = {"notes": [reason] if reason else notes}
    grading = grade_notebook(notebook, EXERCISES, assignment.settings)
    for step in (IgnorePattern, LimitOutput):
        given = {step.__name__: assignment.output.get(step.__name__, {})}
        notebook, _ = step(config=Config(given))(notebook, {})  # unless disabled
    kept = as_text(notebook)
    return notebook_record(name, notebook, grading, kept, not reason), grading


def _missing(name: str, text: str) -> NotebookRecord:
    """Give a notebook that is not there, beside others that are, no points."""
    named = [cell for cell in _parsed(text).cells if grade_id(cell)]
    scores = {grade_id(cell): 0.0 for cell in named if utils.is_grade(cell)}
    note = "This notebook was not handed in."
    return NotebookRecord(name, "", scores, {}, {}, (note,), readable=False)


def _answered(cell: NotebookNode) -> bool:
    released = cell.metadata["nbgrader"].get("checksum")
    return utils.is_task(cell) or released != utils.compute_checksum(cell)


@lru_cache(maxsize=8)
def _parsed(text: str) -> NotebookNode:
    return nbformat.reads(text, as_version=4)
