"""Several peers measured side by side, in child processes that take turns.

A machine does not run at one speed: clocks change, neighbors come and go. So the peers
go round after round, each for a short turn, in an order drawn anew for every round, and
each round compares times that were taken within the same second. One child works at a
time; the others wait. Threads are set by the environment in which a child starts, and
by the cores that it keeps to: no other way works for every BLAS, for PyTorch and for
XLA alike.

What is kept is one number for each turn: seconds for each time that the task was done.
Their median and quartiles, and those of the ratios within each round, withstand the
rounds that something disturbed.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.case import Case, TextCase

ROOT = Path(__file__).parent.parent
REST = 0.03  # seconds until the threads of the last peer have gone to sleep
CLOCKS = ("cpu", "wall")
TOLERANCE = 1e-4  # relative, float32
# What a user may have set to make OpenBLAS compute the same bits on all processors.
RESTRICTIONS = {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"}

Times = dict[str, list[dict[str, float]]]


@dataclass(frozen=True)
class Pace:
    """
    How long to measure.

    Attributes
    ----------
    seconds : float
        For one comparison, all peers together.
    rounds : int
        The least number of rounds, however long they take.
    turn : float
        Seconds that a turn lasts, if the task itself is shorter.
    tuning : float
        Seconds for each of a peer's settings, before the first round.
    """

    seconds: float
    rounds: int = 5
    turn: float = 0.15
    tuning: float = 0.3


QUICK = Pace(seconds=0.0, rounds=3, turn=0.005, tuning=0.01)


class DisagreementError(ValueError):
    """Report peers that compute different things."""


class Child:
    """
    A peer in a process of its own.

    Parameters
    ----------
    name : str
        Name of the peer.
    threads : int
        Number of threads that it may compute with.
    """

    def __init__(self, name: str, threads: int):
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", name, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment(threads),
        )

    def ask(self, **request: Any) -> dict[str, Any]:
        """
        Send a request and wait for the answer.

        Parameters
        ----------
        **request : object
            What `benchmarks.worker` understands.

        Returns
        -------
        dict
            The answer.

        Raises
        ------
        RuntimeError
            If the process has ended; what it had to say is on standard error.
        """
        try:
            print(json.dumps(request), file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise RuntimeError(
                f"{self.name} ended instead of answering {request['do']!r}. Look at "
                f"its last lines above; a library that is missing is installed by "
                f"make bench."
            )
        return json.loads(answer)

    def close(self) -> None:
        """Let the process end."""
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def environment(threads: int) -> dict[str, str]:
    """
    Make the environment of a process that computes with so many threads.

    Parameters
    ----------
    threads : int
        How many.

    Returns
    -------
    dict of str to str
        This process's environment with the variables that set threads, and without
        those that keep one library, OpenBLAS, from using all instructions of the
        processor: every library chooses for itself.
    """
    count = str(threads)
    names = ("OPENBLAS", "OMP", "MKL", "RAYON")
    flags = "--xla_cpu_multi_thread_eigen=" + ("true" if threads > 1 else "false")
    kept = {name: v for name, v in os.environ.items() if name not in RESTRICTIONS}
    return {
        **kept,
        **{f"{name}_NUM_THREADS": count for name in names},
        "VECLIB_MAXIMUM_THREADS": count,
        "TOKENIZERS_PARALLELISM": "true" if threads > 1 else "false",
        "XLA_FLAGS": f"{flags} intra_op_parallelism_threads={count}",
        "JAX_PLATFORMS": "cpu",
    }


@contextmanager
def children(names: list[str], threads: int) -> Iterator[list[Child]]:
    """
    Start peers, and end them afterwards.

    Parameters
    ----------
    names : list of str
        Their names, the one that others are compared with first.
    threads : int
        Number of threads for each.

    Yields
    ------
    list of Child
        In the same order.
    """
    with ExitStack() as stack:
        started = []
        for name in names:
            started.append(Child(name, threads))
            stack.callback(started[-1].close)
        yield started


def compare(
    peers: list[Child],
    case: Case | TextCase,
    task: str,
    pace: Pace,
    per: int = 1,
) -> dict[str, Any]:
    """
    Time one task of all peers.

    Parameters
    ----------
    peers : list of Child
        The peers, the one that others are compared with first.
    case : Case or TextCase
        What they work on.
    task : str
        What they do with it.
    pace : Pace
        How long to measure.
    per : int, optional
        How many things the task does: times are those of one of them.

    Returns
    -------
    dict
        ``agreement``, ``rounds`` and ``peers``, as described in `benchmarks.results`.

    Raises
    ------
    DisagreementError
        If the peers do not compute the same thing.
    """
    kind = "text" if isinstance(case, TextCase) else "network"
    request = {"kind": kind, "case": asdict(case), "task": task, "tuning": pace.tuning}
    ready = {peer.name: peer.ask(do="prepare", **request) for peer in peers}
    agreement = largest_difference({n: r["check"] for n, r in ready.items()})
    repeats = {n: max(1, round(pace.turn / r["seconds"])) for n, r in ready.items()}
    times = take_turns(peers, repeats, pace)
    first = peers[0].name
    return {
        "agreement": agreement,
        "rounds": len(times[first]),
        "peers": {
            name: {
                "settings": ready[name]["settings"],
                **summary(times[name], times[first], per),
            }
            for name in times
        },
    }


def largest_difference(checks: dict[str, list[float]]) -> float:
    """
    Measure how far peers are from the first of them.

    Parameters
    ----------
    checks : dict of str to list of float
        What each peer computed.

    Returns
    -------
    float
        The largest difference, relative to the largest number of the first.

    Raises
    ------
    DisagreementError
        If it is larger than float32 explains.

    Examples
    --------
    >>> largest_difference({"a": [2.0, 4.0], "b": [2.0, 5.0]})
    Traceback (most recent call last):
    benchmarks.interleave.DisagreementError: b computes something else than a: the
    largest relative difference is 2e-01, but at most 1e-04 is float32's. Compare their
    gradients, as tests/test_bench_peers.py does, before timing them.
    """
    (first, wanted), *others = checks.items()
    largest = 0.0
    for name, values in others:
        difference = _relative(np.asarray(values), np.asarray(wanted))
        if not difference <= TOLERANCE:
            raise DisagreementError(
                f"{name} computes something else than {first}: the largest relative "
                f"difference is {difference:.0e}, but at most {TOLERANCE:.0e} is "
                f"float32's. Compare their gradients, as tests/test_bench_peers.py "
                f"does, before timing them."
            )
        largest = max(largest, difference)
    return largest


def take_turns(peers: list[Child], repeats: dict[str, int], pace: Pace) -> Times:
    """
    Let the peers work in turns until the time is over.

    Parameters
    ----------
    peers : list of Child
        The peers, prepared.
    repeats : dict of str to int
        How often each does its task in a turn.
    pace : Pace
        How long to go on.

    Returns
    -------
    dict of str to list of dict
        For each peer, ``cpu`` and ``wall`` of each turn, in seconds.
    """
    rng = np.random.default_rng(0)
    times: Times = {peer.name: [] for peer in peers}
    end = time.perf_counter() + pace.seconds
    while len(times[peers[0].name]) < pace.rounds or time.perf_counter() < end:
        for index in rng.permutation(len(peers)):
            name = peers[index].name
            time.sleep(REST)
            times[name].append(peers[index].ask(do="run", repeats=repeats[name]))
    return times


def summary(turns: list[Any], first: list[Any], per: int = 1) -> dict[str, Any]:
    """
    Summarize the turns of one peer.

    Parameters
    ----------
    turns, first : list of dict
        ``cpu`` and ``wall`` of each turn of this peer, and of the one that it is
        compared with.
    per : int, optional
        How many things the task does.

    Returns
    -------
    dict
        Seconds, ``cpu`` and ``wall``, and ``ratio`` with the same two clocks.
    """
    seconds = {clock: _of(turns, clock) / per for clock in CLOCKS}
    ratios = {clock: _of(turns, clock) / _of(first, clock) for clock in CLOCKS}
    return {
        **{clock: spread(values) for clock, values in seconds.items()},
        "ratio": {clock: spread(values) for clock, values in ratios.items()},
    }


def spread(values: np.ndarray) -> dict[str, float]:
    """
    Summarize measurements.

    Parameters
    ----------
    values : ndarray, shape (rounds,)
        One number for each round.

    Returns
    -------
    dict
        Median and quartiles.

    Examples
    --------
    >>> spread(np.array([1.0, 2.0, 3.0, 4.0, 100.0]))
    {'median': 3.0, 'lower': 2.0, 'upper': 4.0}
    """
    lower, median, upper = np.quantile(values, [0.25, 0.5, 0.75])
    return {"median": float(median), "lower": float(lower), "upper": float(upper)}


def _of(turns: list[dict[str, float]], clock: str) -> np.ndarray:
    return np.array([turn[clock] for turn in turns])


def _relative(values: np.ndarray, wanted: np.ndarray) -> float:
    if values.shape != wanted.shape:
        return float("inf")
    return float(abs(values - wanted).max() / abs(wanted).max())
