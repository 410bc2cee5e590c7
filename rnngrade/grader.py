"""Grade one notebook: student cells in a sandbox, verdicts outside of it.

The cells are run in order by a :class:`~rnngrade.session.Session`. At the check of an
exercise, the student's function is called through the pipe with inputs that are drawn
here, and what comes back is judged here. Nothing that the worker prints has any bearing
on the score of an exercise.

A graded cell without an exercise is a plain test. It is refused, unless the instructor
allows it: then it runs in the worker, beside the student's code, and nbgrader reads the
points from what the worker says. The machine is as safe as before; the points are not.
"""

import ast
import logging
import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from nbformat import NotebookNode
from nbgrader import utils

from rnngrade import cells
from rnngrade.exercise import Exercise
from rnngrade.feedback import plain
from rnngrade.judge import evaluate
from rnngrade.sandbox.channel import Confinement
from rnngrade.sandbox.observation import Observation
from rnngrade.sandbox.values import clean, written_size
from rnngrade.session import Session, SessionLimits
from rnngrade.source import grade_id, released_source
from rnngrade.trial import CallFailed
from rnngrade.verdict import Verdict

CHECK = "-check"
MAX_TEXT = 40_000  # characters of one output, whatever the worker claims to have seen
MAX_TEXTS = 1_000_000  # characters of all outputs of a notebook
# nbgrader sets it, and cells may look at it; no name is left in the notebook.
ENVIRONMENT = "__import__('os').environ['NBGRADER_EXECUTION'] = 'autograde'"
_CALLS_CHECK = re.compile(r"(?<![\w.])check\(")
log = logging.getLogger(__name__)


class CannotGrade(ValueError):
    """The instructor's notebook cannot be graded; the text says why."""


@dataclass(frozen=True)
class GradeSettings:
    """How notebooks are graded; can be sent to another process.

    Attributes
    ----------
    limits : rnngrade.session.SessionLimits
        How long it may take.
    confinement : rnngrade.sandbox.channel.Confinement
        What the student's code may use.
    plain_tests : bool
        Whether graded cells without an exercise run beside the student's code.
    """

    limits: SessionLimits = field(default_factory=SessionLimits)
    confinement: Confinement = field(default_factory=Confinement)
    plain_tests: bool = False


@dataclass(frozen=True)
class Grading:
    """What was found about one notebook.

    Attributes
    ----------
    verdicts : dict
        ``grade_id`` of the check of each exercise, and its verdict.
    losses : tuple of str
        Cells and calls that hung or ended their process, each with the reason.
    memory : int
        Largest resident memory of the process of the student's code, in bytes.
    cpu_seconds : float
        Processor time of the student's code.
    """

    verdicts: dict[str, Verdict]
    losses: tuple[str, ...] = ()
    memory: int = 0
    cpu_seconds: float = 0.0


def grade_notebook(
    notebook: NotebookNode, exercises: Mapping[str, Exercise], settings: GradeSettings
) -> Grading:
    """Run a rebuilt notebook, judge its answers, and write the outputs into it.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        What :func:`rnngrade.intake.rebuild` returned; its outputs are replaced.
    exercises : mapping
        Exercise ids and exercises.
    settings : GradeSettings
        How to grade it.

    Returns
    -------
    Grading
        The verdicts on exercises, and what it took. The points of plain tests are in
        the notebook: :func:`nbgrader.utils.determine_grade` reads them.

    Raises
    ------
    CannotGrade
        If a graded cell has no exercise and plain tests are not allowed.
    """
    check_exercises(notebook, exercises, settings.plain_tests)
    verdicts: dict[str, Verdict] = {}
    room = MAX_TEXTS
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    with Session(settings.limits, settings.confinement) as session:
        session.run(ENVIRONMENT, "environment")
        for count, cell in enumerate(code, start=1):
            cell.execution_count = count
            exercise = _exercise(cell, exercises)
            if exercise:
                verdict = verdicts[grade_id(cell)] = _judge(exercise, session)
                cell.outputs = _graded(verdict, count)
                continue
            answer = session.run(cell.source, f"cell {count}")
            answer = _cut(answer, min(MAX_TEXT, room))
            if _is_check(cell):
                answer = _within(answer, cell.metadata["nbgrader"]["points"])
            cell.outputs = _shown(answer, count)
            room = max(room - sum(map(written_size, answer.values())), 20)
    losses = tuple(session.losses)
    return Grading(verdicts, losses, session.memory, session.cpu_seconds)


def check_exercises(
    notebook: NotebookNode,
    exercises: Mapping[str, Exercise],
    plain_tests: bool = False,
) -> None:
    """Make sure that a notebook can be graded.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        The instructor's notebook, or one rebuilt from it.
    exercises : mapping
        Exercise ids and exercises.
    plain_tests : bool
        Whether graded cells without an exercise may run beside the student's code.

    Raises
    ------
    CannotGrade
        If it cannot, with the cell's name and the remedy.
    """
    _check_language(notebook)
    locked = filter(utils.is_locked, notebook.cells)  # no text of a student's
    imported = any("rnngrade" in cell.source for cell in locked)
    for cell in filter(_is_check, notebook.cells):
        exercise = _exercise(cell, exercises)
        if exercise:
            _check_points(cell, exercise)
        # In the worker, check() decides nothing: the cell would be worth all points.
        elif not plain_tests or (imported and _CALLS_CHECK.search(cell.source)):
            raise CannotGrade(
                f"The graded cell {grade_id(cell)!r} belongs to no exercise, so it "
                "would have to run unprotected together with the student's code. Name "
                f"it after an exercise of rnngrade.exercises (such as "
                f"{_example(exercises)!r}), or add the exercise there, as "
                "CONTRIBUTING.md says. If it does without check(), and a student's "
                "code may read it and forge its points, set `c.Grade.plain_tests = "
                "True`."
            )


def check_release(notebook: NotebookNode, exercises: Mapping[str, Exercise]) -> None:
    """Make sure that students see of a notebook what grading will ask of them.

    Grading does not run the check of an exercise: it asks the exercise, whatever the
    cell says. But students run the cell.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        The instructor's notebook, for which `check_exercises` has raised nothing.
    exercises : mapping
        Exercise ids and exercises.

    Raises
    ------
    CannotGrade
        If a check asks for something else, its function has no place above it, or an
        answer has no check.
    """
    above = ""
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        exercise = _exercise(cell, exercises)
        above += f"{cell.source}\n"
        if exercise:
            _check_call(cell, exercise)
            _check_above(grade_id(cell), exercise.function, above)
    checks = {grade_id(cell) for cell in filter(_is_check, notebook.cells)}
    for name in filter(exercises.get, map(grade_id, notebook.cells)):
        if f"{name}{CHECK}" not in checks:
            raise CannotGrade(
                f"The answer {name!r} has no graded cell {name + CHECK!r}, so nobody "
                "would get points for it. Add the cell, with `grade: true`; if it is "
                "there, see that the cell before it is closed."
            )


def _check_call(cell: NotebookNode, exercise: Exercise) -> None:
    asked = f"check({exercise.function})"
    hidden = f"check({exercise.function}, hidden=True)"
    shown, whole = _statements(released_source(cell)), _statements(cell.source)
    if shown != [asked] or whole not in ([asked], [asked, hidden]):
        raise CannotGrade(
            f"The graded cell {grade_id(cell)!r} says\n\n{cell.source}\n\nexpected "
            f"`{asked}`, and between `### BEGIN HIDDEN TESTS` and `### END HIDDEN "
            f"TESTS` `{hidden}`. Grading always asks the exercise for all of this and "
            "runs nothing else that the cell holds; students would run something else "
            "than what counts. Mend it, and move what else there is to another cell."
        )


def _statements(source: str) -> list[str]:
    try:
        found = [ast.unparse(node) for node in ast.parse(source).body]
    except SyntaxError:
        return [source]
    if source.rstrip().endswith(";"):
        found.append(";")  # it hides the points, and nbgrader's Validate gives them all
    return [line for line in found if line != "from rnngrade import check"]


def _check_above(check: str, function: str, above: str) -> None:
    given = rf"^\s*def {function}\b|^{function}\s*=(?!=)"
    if not re.search(given, above, re.MULTILINE):
        raise CannotGrade(
            f"The graded cell {check!r} asks for {function}, which no cell above it "
            f"defines, so nobody could answer. Put the answer, `def {function}(…)`, "
            "above it."
        )
    if "rnngrade" not in above:
        raise CannotGrade(
            f"The graded cell {check!r} calls check, which nothing before imports. "
            "Begin the notebook with a locked cell that holds `from rnngrade import "
            "check`."
        )


def _check_language(notebook: NotebookNode) -> None:
    language = notebook.metadata.get("kernelspec", {}).get("language") or "python"
    if language != "python":
        raise CannotGrade(
            f"The notebook is for a kernel of {language!r}, expected 'python': nothing "
            "else is run here. Choose a Python kernel for it in Jupyter and save it."
        )


def _check_points(cell: NotebookNode, exercise: Exercise) -> None:
    points = cell.metadata["nbgrader"]["points"]
    if points != exercise.max_points:
        raise CannotGrade(
            f"The graded cell {grade_id(cell)!r} has {points} points, but its exercise "
            f"has {exercise.max_points:g}. Write `points: {exercise.max_points:g}`."
        )


def _exercise(cell: NotebookNode, exercises: Mapping[str, Exercise]) -> Exercise | None:
    name = grade_id(cell)
    if not _is_check(cell) or not name.endswith(CHECK):
        return None
    return exercises.get(name.removesuffix(CHECK))


def _example(exercises: Mapping[str, Exercise]) -> str:
    return f"{next(iter(exercises), 'my-exercise')}{CHECK}"


def _is_check(cell: NotebookNode) -> bool:
    graded = utils.is_grade(cell) and not utils.is_solution(cell)
    return graded and cell.cell_type == "code"


def _judge(exercise: Exercise, session: Session) -> Verdict:
    def call(args: tuple) -> Observation:
        return session.call(exercise.function, args)

    try:
        # A student's 1e308 must not print warnings on the instructor's screen.
        with np.errstate(all="ignore"):
            return evaluate(exercise, call, np.random.default_rng(), hidden=True)
    except Exception as error:
        # A value that trips the comparison must not stop the batch for everybody.
        # Its message may quote what was returned: no screen gets that uncleaned.
        trace = plain(traceback.format_exc())
        log.warning("%s could not be judged\n%s", exercise.id, trace)
        reason = f"{type(error).__name__} while the returned values were compared"
        failed = CallFailed(f"{exercise.function}: {reason}; tell your instructor.")
        return evaluate(exercise, _failing(failed), np.random.default_rng())


def _failing(error: CallFailed) -> Callable[[tuple], Observation]:
    def call(_: tuple) -> Observation:
        raise error

    return call


def _graded(verdict: Verdict, count: int) -> list[NotebookNode]:
    about = {"rnngrade": {"mistakes": list(verdict.mistakes)}}
    return [
        cells.printed(verdict.text + "\n"),
        cells.result(f"{verdict.points:.10g}", count, about),
    ]


def _cut(answer: dict[str, Any], limit: int) -> dict[str, str]:
    return {name: clean(answer[name], limit) for name in ("text", "result", "error")}


def _within(answer: dict[str, str], points: float) -> dict[str, str]:
    """Turn what nbgrader would raise an exception on into an error of the cell."""
    if answer["error"]:
        return {**answer, "result": ""}
    try:
        result = float(answer["result"])
    except ValueError:  # no number: nbgrader gives all points
        return answer
    if not result > points:
        return answer
    error = (
        f"ValueError: the last line of this test is {result:g}, expected at most its "
        f"{points:g} points. Tell your instructor."
    )
    return {**answer, "result": "", "error": error}


def _shown(answer: dict[str, str], count: int) -> list[NotebookNode]:
    outputs = []
    if answer["text"]:
        outputs.append(cells.printed(answer["text"]))
    if answer["result"]:
        outputs.append(cells.result(answer["result"], count))
    if answer["error"].splitlines():
        outputs.append(cells.raised(answer["error"].splitlines()))
    return outputs
