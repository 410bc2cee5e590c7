"""A child process that runs one peer when it is told to.

    python -m benchmarks.worker NAME THREADS

It keeps to as many processor cores as it has threads, where the system can arrange it:
XLA would take every core that it sees, whatever its flags say, and its CPU time would
be that of threads which wait for each other.

Requests arrive as lines of JSON on standard input and are answered on standard output.

- ``{"do": "prepare", "kind", "case", "task", "tuning"}`` builds the case, tries the
  settings of the peer for about ``tuning`` seconds each, keeps the fastest, and answers
  ``{"settings", "check", "seconds"}``: what it chose, the numbers to agree on, and the
  time that the task takes.
- ``{"do": "run", "repeats"}`` does the task that often and answers ``{"cpu", "wall"}``,
  seconds for each time. CPU time is that of all threads of this process.
- ``{"do": "memory", "case"}`` goes one step of training and answers ``{"bytes"}``: the
  largest resident memory during the step, less the resident memory before it. A step
  of the same network over two tokens comes first, so that what libraries allocate once
  is not counted.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.case import Case, TextCase
from benchmarks.peer import load
from benchmarks.resident import largest_bytes, reset_largest, resident_bytes

PAGE = 4096  # bytes; less is not seen
CASES = {"network": Case, "text": TextCase}


class Worker:
    """
    What a child process does.

    Parameters
    ----------
    name : str
        Name of the peer.
    """

    def __init__(self, name: str):
        self.make = load(name)
        self.task: Callable[[], Any] = lambda: None

    def prepare(
        self, kind: str, case: dict[str, Any], task: str, tuning: float
    ) -> dict[str, Any]:
        """
        Build a case with the settings that suit it best.

        Parameters
        ----------
        kind : str
            "network" or "text".
        case : dict
            The fields of the case.
        task : str
            The method to be timed.
        tuning : float
            Seconds spent on each of the settings.

        Returns
        -------
        dict
            Settings, the numbers to agree on, the seconds that the task takes.
        """
        built = CASES[kind](**case)
        self.task = lambda: None  # lets go of the last case

        def seconds(settings: dict[str, Any]) -> float:
            return _shortest(getattr(self.make(built, **settings), task), tuning)

        choices = self.make.settings(task)
        best = min(choices, key=seconds) if len(choices) > 1 else choices[0]
        peer = self.make(built, **best)
        check = peer.check(task)
        self.task = getattr(peer, task)
        duration = _shortest(self.task, tuning)
        return {"settings": best, "check": check, "seconds": duration}

    def run(self, repeats: int) -> dict[str, float]:
        """
        Do the task again and again.

        Parameters
        ----------
        repeats : int
            How often.

        Returns
        -------
        dict
            CPU and wall seconds for each time.
        """
        if repeats > 1:
            self.task()  # the others have emptied the caches since
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(repeats):
            self.task()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        return {"cpu": cpu / repeats, "wall": wall / repeats}

    def memory(self, case: dict[str, Any]) -> dict[str, int]:
        """
        Measure the memory of one step of training.

        Parameters
        ----------
        case : dict
            The fields of the case.

        Returns
        -------
        dict
            Bytes.
        """
        self.make(Case(**{**case, "T": 2})).step()
        peer = self.make(Case(**case))
        reset_largest()
        before = resident_bytes()
        peer.step()
        return {"bytes": max(PAGE, largest_bytes() - before)}


def _shortest(task: Callable[[], Any], seconds: float) -> float:
    task()  # compiles, fills caches
    times, end = [], time.perf_counter() + seconds
    while len(times) < 2 or time.perf_counter() < end:
        started = time.perf_counter()
        task()
        times.append(time.perf_counter() - started)
    return min(times)


def _keep_to_cores(count: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-count:])


def main() -> None:
    """Answer requests until standard input ends."""
    # What libraries print must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    _keep_to_cores(int(sys.argv[2]))  # before a library counts them
    worker = Worker(sys.argv[1])
    for line in sys.stdin:
        request = json.loads(line)
        answer = getattr(worker, request.pop("do"))(**request)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
