"""Processes that are killed: of the grader, its workers, a scheduler, nbgrader."""

import contextlib
import json
import time

from tests.faults import processes
from tests.faults.course import AUTOGRADE, FEEDBACK, NAME, started, until

FOLDERS = ("verdicts", "autograded", "feedback")
NBGRADER = ("nbgrader", "autograde", NAME)
PAGES = ("nbgrader", "generate_feedback", NAME)
CLUSTER = ("--host", "127.0.0.1", "--no-dashboard")


def grader(trial):
    """The grader is killed, one time in three twice."""
    for _ in range(1 + (trial.rng.random() < 1 / 3)):
        trial.killed(*AUTOGRADE)
    trial.again(*AUTOGRADE)
    trial.again(*FEEDBACK)
    trial.compare(*FOLDERS)


def inside(find, most=3):
    """Make the fault in which processes below the grader are killed."""

    def fault(trial):
        with started(trial.course, *AUTOGRADE) as running:
            for _ in range(int(trial.rng.integers(1, most + 1))):
                trial.moment(running)
                trial.notes.append("killed" if trial.strike(running, find) else "none")
            trial.ends(running)
        trial.again(*AUTOGRADE)
        trial.again(*FEEDBACK)
        trial.compare(*FOLDERS)

    return fault


worker = inside(processes.workers)
ancestor = inside(processes.ancestors, most=1)
# Twice in the same cell, and it is taken for the student's own doing.
template = inside(processes.templates, most=1)
student = inside(processes.students, most=1)


def feedback(trial):
    """The command that writes the pages is killed."""
    trial.again(*AUTOGRADE)
    trial.killed(*FEEDBACK, step="feedback")
    trial.again(*FEEDBACK)
    trial.compare(*FOLDERS)


def nbgraders_feedback(trial):
    """nbgrader's command that writes the pages is killed."""
    trial.again(*AUTOGRADE)
    trial.killed(*PAGES, step="feedback")
    trial.again(*PAGES)
    trial.compare(*FOLDERS)


def nbgraders_autograde(trial):
    """nbgrader's own command is killed."""
    trial.killed(*NBGRADER, step="autograded")
    trial.again(*NBGRADER)
    trial.compare()


class Elsewhere:
    """A scheduler and its workers, each in processes of its own."""

    def __init__(self, course, stack):
        self.course, self.stack = course, stack
        self.file = course.root / "scheduler.json"
        self.start()

    def start(self):
        self.file.unlink(missing_ok=True)
        where = (*CLUSTER, "--port", "0", "--scheduler-file", str(self.file))
        self.scheduler = self._start("scheduler", *where)
        until(lambda: self.file.exists() and self.file.read_text().endswith("}"))
        self.address = json.loads(self.file.read_text())["address"]
        self.workers = [self.worker(), self.worker()]

    def worker(self):
        return self._start("worker", self.address, *CLUSTER, "--nthreads", "1")

    def _start(self, *words):
        return self.stack.enter_context(started(self.course, "dask", *words))


def cluster(disturb):
    """Make the fault in which something of a cluster is killed."""

    def fault(trial):
        with contextlib.ExitStack() as stack:
            there = Elsewhere(trial.course, stack)
            with started(
                trial.course, *AUTOGRADE, f"--scheduler={there.address}"
            ) as running:
                trial.moment(running)
                disturb(trial, there, running)
            trial.again(*AUTOGRADE, f"--scheduler={there.address}")
        trial.again(*FEEDBACK)
        trial.compare(*FOLDERS)

    return fault


def _scheduler(trial, there, running):
    if not running.alive():
        return
    there.scheduler.kill()
    if running.wait():  # else all was graded just then
        trial.ends(running, 1, says="is gone|No scheduler answers")
    for each in there.workers:
        each.kill()
    there.start()


def _one_worker(trial, there, running):
    # Only the nanny: what it has started must end by itself.
    there.workers[int(trial.rng.integers(2))].kill()
    trial.ends(running)


def _inner_worker(trial, there, running):
    processes.end(processes.workers(there.workers[0].pid)[0])
    trial.ends(running)


def _both_workers(trial, there, running):
    if not running.alive():
        return
    for each in there.workers:
        each.kill()
    time.sleep(trial.rng.uniform(0, 8))
    there.worker()
    trial.ends(running)


scheduler = cluster(_scheduler)
one_worker = cluster(_one_worker)
inner_worker = cluster(_inner_worker)
both_workers = cluster(_both_workers)
