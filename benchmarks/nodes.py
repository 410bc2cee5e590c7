"""What a cluster would take, from a scheduler with one and with two workers.

They are what ``dask scheduler`` and ``dask worker`` start, on the loopback interface,
and are warm when the measurement begins. Three processes can be short of time: the
worker, of which there may be many; the grader, which alone writes; and the scheduler.
So for n submissions on N nodes of c cores ::

    T = start-up + max(n grader, n scheduler, n worker / (N c))

with processor time of grader and scheduler, and with the time that one worker takes
when it is alone, all for one submission. The network is not in it, nor a slow disk.
"""

import contextlib
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from distributed import Client

from benchmarks import courses
from benchmarks.courses import OURS, Course
from benchmarks.machine import describe
from benchmarks.process_tree import ROOT, Usage, cpu_below
from benchmarks.typical import records

Row = dict[str, Any]

WORKERS = (1, 2)
NODES = (1, 2, 4, 8, 16, 32)
CONNECT_SECONDS = 60
HERE = ("--host", "127.0.0.1", "--no-dashboard")


def cluster(classes: list[Course], students: int) -> Iterator[Row]:
    """Measure a cluster of one and of two workers, and predict larger ones.

    Parameters
    ----------
    classes : list of Course
        A small class and a larger one.
    students : int
        The size of the class for which a prediction is made.

    Yields
    ------
    dict
        A row for each number of workers, and one with predictions.
    """
    rows = [_measured(classes, workers) for workers in WORKERS]
    yield from rows
    cores = describe()["cores"]
    yield {
        "kind": "nodes",
        "students": students,
        "cores": cores,
        "check": {
            "students": classes[1].students,
            "predicted": predicted(rows[0], classes[1].students, WORKERS[1])[0],
            "measured": rows[1]["seconds"][1],
        },
        "predictions": [
            dict(zip(("nodes", "seconds", "bound"), (n, *found), strict=True))
            for n in NODES
            for found in [predicted(rows[0], students, n * cores)]
        ],
        "enough": rows[0]["worker"] / max(rows[0]["grader"], rows[0]["scheduler"]),
    }


def predicted(alone: Row, students: int, cores: int) -> tuple[float, str]:
    """Predict how long a class takes.

    Parameters
    ----------
    alone : dict
        The row of one worker.
    students : int
        Number of submissions.
    cores : int
        Of all nodes together, one worker on each.

    Returns
    -------
    seconds : float
        From the start of the command to its end.
    bound : str
        Which process is short of time: "worker", "grader" or "scheduler".

    Examples
    --------
    >>> row = {"start_up": 2.0, "worker": 0.1, "grader": 0.01, "scheduler": 0.005}
    >>> predicted(row, 1000, 4)
    (27.0, 'worker')
    >>> predicted(row, 1000, 100)
    (12.0, 'grader')
    """
    shares = {
        "worker": alone["worker"] / cores,
        "grader": alone["grader"],
        "scheduler": alone["scheduler"],
    }
    bound = max(shares, key=shares.__getitem__)
    return alone["start_up"] + students * shares[bound], bound


def _measured(classes: list[Course], workers: int) -> Row:
    few, many = classes
    with running(few.root.parent, workers) as (address, *processes):
        _graded(few, address)  # until all is imported everywhere
        points = [_point(each, address, *processes) for each in classes]
    more = many.students - few.students
    wall, grader, scheduling, working = (
        (late - early) / more for early, late in zip(*points, strict=True)
    )
    # The larger class was the last one.
    busy = statistics.fmean(one.seconds for one in records(_copy(many)))
    return {
        "kind": "cluster",
        "workers": workers,
        "students": [few.students, many.students],
        "seconds": [point[0] for point in points],
        "start_up": points[0][0] - wall * few.students,
        "worker": wall * workers,
        "worker_cpu": working,
        "grader": grader,
        "scheduler": scheduling,
        "busy": busy,
    }


def _point(
    course: Course, address: str, scheduler: int, workers: list[int]
) -> list[float]:
    """Measure wall time, and processor time of grader, scheduler and workers."""
    before = cpu_below(scheduler), sum(map(cpu_below, workers))
    usage = _graded(course, address)
    after = cpu_below(scheduler), sum(map(cpu_below, workers))
    used = [late - early for late, early in zip(after, before, strict=True)]
    return [usage.wall, usage.cpu, *used]


def _copy(course: Course) -> Course:
    return Course(course.root.with_name("cluster"), course.troubles)


def _graded(course: Course, address: str) -> Usage:
    copy = courses.copied(course, _copy(course).root.name)
    return courses.run(OURS, "autograde", copy, more=(f"--scheduler={address}",))


@contextlib.contextmanager
def running(folder: Path, workers: int) -> Iterator[tuple[str, int, list[int]]]:
    """Start a scheduler and workers, and end them afterwards.

    Parameters
    ----------
    folder : Path
        For the scheduler's file.
    workers : int
        How many.

    Yields
    ------
    address : str
        The scheduler's.
    scheduler : int
        Its process id.
    workers : list of int
        Those of the workers.

    Raises
    ------
    RuntimeError
        If the scheduler does not start.
    """
    file = folder / f"scheduler-{workers}.json"
    where = "--scheduler-file", str(file)
    env = courses.environment(folder / "course")
    with contextlib.ExitStack() as stack:
        scheduler = _start(stack, env, "scheduler", "--port", "0", *HERE, *where)
        address = _address(file, scheduler)
        one = "worker", "--nthreads", "1", "--nworkers", "1", *HERE, address
        others = [
            _start(stack, env, *one, "--local-directory", str(folder)).pid
            for _ in range(workers)
        ]
        with Client(address) as client:
            client.wait_for_workers(workers, CONNECT_SECONDS)
        yield address, scheduler.pid, others


def _start(
    stack: contextlib.ExitStack, env: dict[str, str], *words: str
) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *words],
        cwd=ROOT,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    stack.callback(_end, process)
    return process


def _end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(CONNECT_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _address(file: Path, scheduler: subprocess.Popen) -> str:
    end = time.monotonic() + CONNECT_SECONDS
    while scheduler.poll() is None and time.monotonic() < end:
        parts = file.read_text().split('"') if file.exists() else []
        for part in parts:
            if part.startswith("tcp:"):
                return part
        time.sleep(0.05)
    raise RuntimeError(
        f"`dask scheduler` has not said within {CONNECT_SECONDS} s where it listens. "
        "Run it by hand to see why."
    )
