"""Grade one notebook: student cells in a sandbox, verdicts outside of it.

The cells are run in order in a worker. At the check of an exercise, the student's
function is called through the pipe with inputs that are drawn here, and what comes
back is judged here. When the worker hangs or dies, the cell at fault gets an error, a
new worker repeats the other cells, and grading goes on: one endless loop costs its
own points only.

Nothing that the worker prints has any bearing on the score.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from nbformat import NotebookNode
from nbformat.v4 import new_output

from rnngrade.channel import Confinement, Worker, WorkerLost
from rnngrade.exercise import Exercise
from rnngrade.intake import rebuild
from rnngrade.judge import evaluate
from rnngrade.source import grade_id
from rnngrade.trial import CallFailed
from rnngrade.values import MAX_ERROR, Callback, Observation, clean
from rnngrade.verdict import Verdict

CHECK = "-check"
MAX_TEXT = 40_000  # characters of one output, whatever the worker claims to have seen
MAX_TEXTS = 1_000_000  # characters of all outputs of a notebook
log = logging.getLogger(__name__)


class CannotGrade(ValueError):
    """A graded cell of the instructor's has no exercise; the text names the cell."""


@dataclass(frozen=True)
class Limits:
    """How long grading may take.

    Attributes
    ----------
    cell_seconds : float
        For each cell and for each call of a function.
    submission_seconds : float
        For the whole notebook.
    restarts : int
        How many workers may be lost before the rest is not run any more.
    """

    cell_seconds: float = 30
    submission_seconds: float = 300
    restarts: int = 30


@dataclass
class Session:
    """A student's cells, run one after the other, in as many workers as it takes.

    Attributes
    ----------
    start : callable
        Makes a worker; a pool of warm ones can stand here.
    limits : Limits
        How long it may take.
    """

    start: Callable[[], Worker]
    limits: Limits
    _worker: Worker | None = None
    _done: list[dict[str, Any]] = field(default_factory=list)
    _starts: int = 0
    _end: float = 0

    def __post_init__(self) -> None:
        self._end = time.monotonic() + self.limits.submission_seconds

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        if self._worker:
            self._worker.close()

    def run(self, source: str, label: str) -> dict[str, str]:
        """Run a cell.

        Parameters
        ----------
        source : str
            Its text.
        label : str
            What a traceback calls it.

        Returns
        -------
        dict
            ``text``, ``result`` and ``error``, all of them for reading only.
        """
        request = {"kind": "run", "source": source, "label": label}
        try:
            answer = self._ask(request)
        except WorkerLost as lost:
            error = f"Stopped: {lost}. The other cells were run without this one."
            return {"text": "", "result": "", "error": error}
        self._done.append(request)
        return answer

    def call(self, function: str, args: tuple) -> Observation:
        """Call a function that the cells have defined.

        Parameters
        ----------
        function : str
            Its name.
        args : tuple
            Its arguments. Functions among them are run here, not in the worker.

        Returns
        -------
        rnngrade.values.Observation
            What the worker claims to have seen.

        Raises
        ------
        rnngrade.trial.CallFailed
            If there is no such function, or it hangs, or it ends the process.
        """
        own = [callable(arg) for arg in args]
        sent = tuple(
            Callback(sum(own[:i])) if own[i] else arg for i, arg in enumerate(args)
        )
        request = {"kind": "call", "function": function, "args": sent}
        try:
            answer = self._ask(request, tuple(filter(callable, args)))
        except WorkerLost as lost:
            raise CallFailed(f"{function} was stopped: {lost}.") from None
        if answer["kind"] == "missing":
            raise CallFailed(
                f"There is no function {function}. Define it in its own cell, under "
                "this name; if that cell raised an error, read it first."
            )
        return _observation(answer, len(args))

    def _ask(self, request: dict, functions: tuple[Callable, ...] = ()) -> dict:
        worker = self._ready_worker()
        try:
            return worker.ask(request, self._seconds(), functions)
        except WorkerLost:
            self._worker = None
            raise

    def _ready_worker(self) -> Worker:
        while self._worker is None:
            if self._starts > self.limits.restarts:
                raise WorkerLost("the cells before it ended too many processes")
            self._seconds()
            self._starts += 1
            self._worker = self._repeat(self.start())
        return self._worker

    def _repeat(self, worker: Worker) -> Worker | None:
        for request in list(self._done):
            try:
                worker.ask(request, self._seconds())
            except WorkerLost:
                self._done.remove(request)
                return None
        return worker

    def _seconds(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            total = self.limits.submission_seconds
            raise WorkerLost(f"the whole notebook took longer than {total:g} s")
        return min(left, self.limits.cell_seconds)


def grade_notebook(
    instructor: NotebookNode,
    submission: NotebookNode,
    exercises: Mapping[str, Exercise],
    limits: Limits | None = None,
    confinement: Confinement | None = None,
) -> tuple[NotebookNode, dict[str, Verdict]]:
    """Grade a submission.

    Parameters
    ----------
    instructor : nbformat.NotebookNode
        The source notebook.
    submission : nbformat.NotebookNode
        What :func:`rnngrade.intake.read_submission` returned.
    exercises : mapping
        Exercise ids and exercises.
    limits : Limits, optional
        How long it may take.
    confinement : rnngrade.channel.Confinement, optional
        What the student's code may use.

    Returns
    -------
    notebook : nbformat.NotebookNode
        The instructor's cells with the student's answers, and all outputs.
    verdicts : dict
        ``grade_id`` of each check and its verdict.

    Raises
    ------
    CannotGrade
        If a graded cell has no exercise.
    """
    notebook, _ = rebuild(instructor, submission)
    verdicts = run_notebook(notebook, exercises, limits, confinement)
    return notebook, verdicts


def run_notebook(
    notebook: NotebookNode,
    exercises: Mapping[str, Exercise],
    limits: Limits | None = None,
    confinement: Confinement | None = None,
) -> dict[str, Verdict]:
    """Run a rebuilt notebook and write the outputs into it.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        What :func:`rnngrade.intake.rebuild` returned; its outputs are replaced.
    exercises : mapping
        Exercise ids and exercises.
    limits : Limits, optional
        How long it may take.
    confinement : rnngrade.channel.Confinement, optional
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
    confinement = confinement or Confinement()
    verdicts: dict[str, Verdict] = {}
    room = MAX_TEXTS
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    with Session(lambda: Worker(confinement), limits or Limits()) as session:
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


def _observation(answer: dict[str, Any], n_args: int) -> Observation:
    """Keep of a worker's claims only what makes sense for this call."""
    # Indented, or the student's lines would look like lines of the report.
    error = clean(answer["error"], MAX_ERROR).replace("\n", "\n      ")
    value = None if error else answer["value"]
    n_outputs = len(value) if isinstance(value, tuple) else 1
    inputs, outputs = range(n_args), range(n_outputs)
    mutated = {i for i in answer["mutated"] if type(i) is int and i in inputs}
    pairs = {pair for pair in answer["views"] if _is_pair(pair)}
    views = [(i, j) for i, j in sorted(pairs) if i in outputs and j in inputs]
    return Observation(value, error, tuple(sorted(mutated)), tuple(views))


def _is_pair(pair: object) -> bool:
    return type(pair) is tuple and [*map(type, pair)] == [int, int]


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
