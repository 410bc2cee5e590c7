"""A student's cells, run in order, however many workers that takes.

When a worker hangs or dies, the cell at fault gets an error, a new worker repeats the
other cells, and the rest goes on: one endless loop costs its own points only. A worker
that somebody else killed (a person, or a kernel short of memory) gets a second try.

This module judges nothing: see :mod:`rnngrade.grader`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rnngrade.sandbox.channel import Confinement, Worker, WorkerLost
from rnngrade.sandbox.observation import Observation
from rnngrade.sandbox.values import MAX_ERROR, Callback, clean
from rnngrade.trial import CallFailed


@dataclass(frozen=True)
class SessionLimits:
    """How long it may take to grade one notebook.

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


class Session:
    """The cells of one student, and the worker in which they run.

    Parameters
    ----------
    limits : SessionLimits
        How long it may take.
    confinement : rnngrade.sandbox.channel.Confinement
        What the student's code may use.

    Attributes
    ----------
    memory : int
        The most bytes of memory that a worker had; complete after the session.
    cpu_seconds : float
        Processor time of all its workers; complete after the session.
    losses : list of str
        Each cell and each function that had no answer, and why.
    """

    def __init__(self, limits: SessionLimits, confinement: Confinement) -> None:
        self.limits, self.confinement = limits, confinement
        self.memory, self.cpu_seconds = 0, 0.0
        self.losses: list[str] = []
        self._end = time.monotonic() + limits.submission_seconds
        self._worker: Worker | None = None
        self._starts = 0
        self._done: list[dict[str, Any]] = []

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self._drop_worker()

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
            answer = self._ask(label, request)
        except WorkerLost as lost:
            error = f"Stopped: {lost}. Grading goes on without this cell."
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
        rnngrade.sandbox.observation.Observation
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
            answer = self._ask(function, request, tuple(filter(callable, args)))
        except WorkerLost as lost:
            raise CallFailed(f"{function} was stopped: {lost}.") from None
        if answer["kind"] == "missing":
            raise CallFailed(
                f"There is no function {function}. Define it in its own cell, under "
                "this name; if that cell raised an error, read it first."
            )
        return _observation(answer, len(args))

    def _ask(
        self, label: str, request: dict, functions: tuple[Callable, ...] = ()
    ) -> dict:
        try:
            try:
                return self._ask_once(request, functions)
            except WorkerLost as lost:
                if not lost.killed:
                    raise
                return self._ask_once(request, functions)
        except WorkerLost as lost:
            self.losses.append(f"{label}: {lost}")
            raise

    def _ask_once(self, request: dict, functions: tuple[Callable, ...] = ()) -> dict:
        worker, seconds = self._ready_worker(), self._seconds()
        try:
            return worker.ask(request, seconds, functions)
        except WorkerLost:
            self._drop_worker()
            raise

    def _ready_worker(self) -> Worker:
        while self._worker is None:
            if self._starts > self.limits.restarts:
                raise WorkerLost("the cells before it ended too many processes")
            self._seconds()
            self._starts += 1
            self._worker = self._new_worker()
            self._repeat(self._worker)
        return self._worker

    def _new_worker(self) -> Worker:
        try:
            return Worker(self.confinement)
        except ChildProcessError:  # killed from outside perhaps; twice is no accident
            return Worker(self.confinement)

    def _drop_worker(self) -> None:
        if self._worker is None:
            return
        self._worker.close()
        self.memory = max(self.memory, self._worker.process.memory)
        self.cpu_seconds += self._worker.process.cpu_seconds
        self._worker = None

    def _repeat(self, worker: Worker) -> None:
        for request in self._done:
            seconds = self._seconds()
            try:
                worker.ask(request, seconds)
            except WorkerLost as lost:
                self._drop_worker()
                if not lost.killed:
                    self._done.remove(request)
                    self.losses.append(f"{request['label']}, repeated: {lost}")
                return

    def _seconds(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            total = self.limits.submission_seconds
            raise WorkerLost(f"the whole notebook took longer than {total:g} s")
        return min(left, self.limits.cell_seconds)


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
