"""Disturb many runs, and print what came of them."""

import argparse
import collections
import contextlib
import json
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

import numpy as np
import psycopg
from sqlalchemy import make_url

from tests.faults import company, kills, state, storage
from tests.faults.course import AUTOGRADE, BY_HAND, FEEDBACK, make, run
from tests.faults.trial import Trial
from tests.postgresql import server

STUDENTS = 14
FAULTS = {  # how often each of them comes up
    "kill -9 of the grader": (kills.grader, 16),
    "kill -9 of a worker process": (kills.worker, 4),
    "kill -9 of the fork server": (kills.ancestor, 3),
    "kill -9 of the sandbox's template": (kills.template, 4),
    "kill -9 of a student's process": (kills.student, 4),
    "kill -9 of the scheduler": (kills.scheduler, 4),
    "kill -9 of one cluster worker": (kills.one_worker, 3),
    "kill -9 of its inner process": (kills.inner_worker, 2),
    "kill -9 of both cluster workers": (kills.both_workers, 3),
    "kill -9 of rnngrade feedback": (kills.feedback, 3),
    "kill -9 of nbgrader generate_feedback": (kills.nbgraders_feedback, 3),
    "kill -9 of nbgrader autograde": (kills.nbgraders_autograde, 5),
    "disk full": (storage.full_disk, 4),
    "file size limit": (storage.file_too_large, 2),
    "gradebook locked for seconds": (storage.locked, 2),
    "gradebook locked at the start": (storage.locked_at_first, 1),
    "gradebook locked for long": (storage.locked_for_long, 2),
    "gradebook read-only": (storage.read_only, 1),
    "gradebook damaged before": (storage.damaged, 4),
    "gradebook damaged meanwhile": (storage.damaged_meanwhile, 4),
    "gradebook of yesterday": (storage.scores_lost, 1),
    "two graders at once": (company.two_graders, 3),
    "nbgrader autograde at the same time": (company.with_nbgrader, 3),
    "feedback at the same time": (company.feedback_meanwhile, 2),
    "submission replaced while read": (company.changing_at_once, 2),
    "submission rewritten while read": (company.changing_in_place, 2),
}

ONE_FILE = {value for value in vars(storage).values() if callable(value)}


class Class:
    """The class that is disturbed, and what an undisturbed run makes of it."""

    def __init__(self, folder, students=STUDENTS, server=None):
        self.folder, self.server, self.count = Path(folder), server, 0
        url = server.new() if server else ""
        self.template = make(self.folder / "template", students, url)
        quiet = self._copy("quiet")
        run(quiet, *AUTOGRADE)
        run(quiet, *FEEDBACK)
        self.expected = state.read(quiet.folder, quiet.url)
        # What a person has looked at must not be asked for again.
        before = state.read(self.template.folder, self.template.url)
        own = {key: before[key] for key in before if BY_HAND in key and " " in key}
        now = {key: self.expected[key] for key in own}
        self.wrong = state.differences(now, own)

    def _copy(self, name):
        url = ""
        if self.server:
            url = self.server.url(name)
            with psycopg.connect(self.server.url(), autocommit=True) as connection:
                base = make_url(self.template.url).database
                connection.execute(f"CREATE DATABASE {name} TEMPLATE {base}")
        return self.template.copy(self.folder / name, url)

    def disturb(self, fault, seed):
        """Let it happen to a copy of the class; return the finished trial."""
        self.count += 1
        course = self._copy(f"run{self.count}")
        trial = Trial(course, self.expected, np.random.default_rng(seed))
        try:
            with trial.watched():
                fault(trial)
        except Exception:
            trial.wrong.append(traceback.format_exc(limit=-3))
        if not trial.wrong:
            course.remove()
        return trial


def schedule(runs):
    """Deal out faults: all of them, in proportion, whatever the number of runs."""
    rest = collections.Counter({name: count for name, (_, count) in FAULTS.items()})
    deck = []
    while rest.total() and len(deck) < runs:
        deck += [name for name in FAULTS if rest[name] > 0]
        rest = _less(rest)
    return (deck * (runs // max(1, len(deck)) + 1))[:runs]


def _less(rest):
    return collections.Counter({n: c - 1 for n, c in rest.items() if c > 1})


def _options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="part of a fault's name")
    parser.add_argument("--postgresql", action="store_true", help="where grades are")
    parser.add_argument("--out", type=Path, help="a JSON file")
    parser.add_argument("--keep", type=Path, help="a folder for what went wrong")
    return parser.parse_args()


def main():
    """Run; the exit code is 1 when anything differs."""
    given = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # with all that it started
    with contextlib.ExitStack() as stack:
        folder = given.keep or stack.enter_context(
            tempfile.TemporaryDirectory(prefix="faults-")
        )
        shutil.rmtree(folder, ignore_errors=True)
        where = stack.enter_context(server()) if given.postgresql else None
        there = Class(folder, server=where)
        for line in there.wrong:
            print(f"    undisturbed: {line}")
        results = disturb_all(there, given)
    if given.out:
        given.out.write_text(json.dumps(results, indent=1))
    bad = sum(bool(each["wrong"]) for each in results) + bool(there.wrong)
    print(f"\n{len(results)} disturbed runs, {bad} ended otherwise than expected.")
    return 1 if bad else 0


def disturb_all(there, given):
    """Let all faults happen, and print a line for each."""
    names = schedule(given.runs)
    if given.postgresql:
        names = [name for name in names if FAULTS[name][0] not in ONE_FILE]
    if given.only:
        names = [name for name in FAULTS if given.only in name] * given.runs
    results = []
    for number, name in enumerate(names[: given.runs]):
        began = time.monotonic()
        seed = given.seed, number
        trial = there.disturb(FAULTS[name][0], seed)
        seconds = round(time.monotonic() - began, 1)
        told = {"fault": name, "seed": seed, "seconds": seconds}
        results.append({**told, "notes": trial.notes, "wrong": trial.wrong})
        print(as_text(**results[-1]), flush=True)
    return results


def as_text(fault, seed, seconds, notes, wrong):
    """Give a run one line, and one more for each thing that is wrong."""
    outcome = f"{len(wrong)} WRONG" if wrong else "as expected"
    head = f"{seed[1]:3} {fault:38} {seconds:6.1f} s  {outcome:12} {', '.join(notes)}"
    return "\n".join([head, *(f"      {line[:1200]}" for line in wrong[:12])])


if __name__ == "__main__":
    sys.exit(main())
