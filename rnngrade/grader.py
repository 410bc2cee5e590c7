"""Grade one notebook: student cells in a sandbox, verdicts outside of it.

The cells are run in order by a :class:`~rnngrade.session.Session`. At the check of an
exercise, the student's function is called through the pipe with inputs that are drawn
here, and what comes back is judged here.

Nothing that the worker prints has any bearing on the score.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from nbformat import NotebookNode
from nbformat.v4 import new_output

from rnngrade.channel import Confinement
from rnngrade.exercise import Exercise
from rnngrade.judge import evaluate
from rnngrade.observation import Observation
from rnngrade.session import Session, SessionLimits
from rnngrade.source import grade_id
from rnngrade.trial import CallFailed
from rnngrade.values import clean
from rnngrade.verdict import Verdict

CHECK = "-check"
MAX_TEXT = 40_000  # characters of one output, whatever the worker claims to have seen
MAX_TEXTS = 1_000_000  # characters of all outputs of a notebook
log = logging.getLogger(__name__)


class CannotGrade(ValueError):
    """A graded cell of the instructor's has no exercise; the text names the cell."""


def grade_notebook(
    notebook: NotebookNode,
    exercises: Mapping[str, Exercise],
    limits: SessionLimits,
    confinement: Confinement,
) -> dict[str, Verdict]:
    """Run a rebuilt notebook, judge its answers, and write the outputs into it.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        What :func:`rnngrade.intake.rebuild` returned; its outputs are replaced.
    exercises : mapping
        Exercise ids and exercises.
    limits : rnngrade.session.SessionLimits
        How long it may take.
    confinement : rnngrade.channel.Confinement
        What the student's code may use.

    Returns
    -------
    dict
        ``grade_id`` of each check and its verdict.

    Raises
    ------
    CannotGrade
        If a graded cell has no exercise.
    """
    check_exercises(notebook, exercises)
    verdicts: dict[str, Verdict] = {}
    room = MAX_TEXTS
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    with Session(limits, confinement) as session:
        for count, cell in enumerate(code, start=1):
            cell.execution_count = count
            if not _is_check(cell):
                answer = session.run(cell.source, f"cell {count}")
                cell.outputs = _shown(_cut(answer, min(MAX_TEXT, room)), count)
                room = max(room - len(str(cell.outputs)), 100)
                continue
            exercise = exercises[grade_id(cell).removesuffix(CHECK)]
            verdict = verdicts[grade_id(cell)] = _judge(exercise, session)
            cell.outputs = _graded(verdict, count)
    return verdicts


def check_exercises(notebook: NotebookNode, exercises: Mapping[str, Exercise]) -> None:
    """Make sure that every graded code cell can be judged outside of the worker.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        The instructor's notebook, or one rebuilt from it.
    exercises : mapping
        Exercise ids and exercises.

    Raises
    ------
    CannotGrade
        If one cannot, with the cell's name and the remedy.
    """
    for cell in filter(_is_check, notebook.cells):
        name = grade_id(cell)
        exercise = exercises.get(name.removesuffix(CHECK))
        if exercise is None or not name.endswith(CHECK):
            raise CannotGrade(
                f"The graded cell {name!r} belongs to no exercise, so it would have to "
                "run unprotected together with the student's code. Name it after an "
                f"exercise of rnngrade.exercises (such as {_example(exercises)!r}), or "
                "add the exercise there."
            )
        points = cell.metadata["nbgrader"]["points"]
        if points != exercise.max_points:
            raise CannotGrade(
                f"The graded cell {name!r} has {points} points, but its exercise has "
                f"{exercise.max_points:g}. Write `points: {exercise.max_points:g}`."
            )


def _example(exercises: Mapping[str, Exercise]) -> str:
    return f"{next(iter(exercises), 'my-exercise')}{CHECK}"


def _is_check(cell: NotebookNode) -> bool:
    kind = cell.metadata.get("nbgrader", {})
    graded = kind.get("grade", False) and not kind.get("solution", False)
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
        log.warning("%s could not be judged", exercise.id, exc_info=True)
        reason = f"{type(error).__name__} while the returned values were compared"
        failed = CallFailed(f"{exercise.function}: {reason}; tell your instructor.")
        return evaluate(exercise, _failing(failed), np.random.default_rng())


def _failing(error: CallFailed) -> Callable[[tuple], Observation]:
    def call(_: tuple) -> Observation:
        raise error

    return call


def _graded(verdict: Verdict, count: int) -> list[NotebookNode]:
    points = {"text/plain": f"{verdict.points:.10g}"}
    about = {"rnngrade": {"mistakes": list(verdict.mistakes)}}
    return [
        new_output("stream", name="stdout", text=verdict.text + "\n"),
        new_output("execute_result", points, execution_count=count, metadata=about),
    ]


def _cut(answer: dict[str, Any], limit: int) -> dict[str, str]:
    return {name: clean(answer[name], limit) for name in ("text", "result", "error")}


def _shown(answer: dict[str, str], count: int) -> list[NotebookNode]:
    outputs = []
    if answer["text"]:
        outputs.append(new_output("stream", name="stdout", text=answer["text"]))
    if answer["result"]:
        data = {"text/plain": answer["result"]}
        outputs.append(new_output("execute_result", data, execution_count=count))
    if answer["error"]:
        lines = answer["error"].splitlines()
        name, _, text = lines[-1].partition(": ")
        error = {"ename": name, "evalue": text, "traceback": lines}
        outputs.append(new_output("error", **error))
    return outputs
