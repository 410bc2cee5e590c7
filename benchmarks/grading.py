"""Grading a class: this course's two commands, and stock nbgrader, on the same answers.

Each function yields rows as described in `benchmarks.results`. The commands take turns
on fresh copies of the same class, in an order drawn anew for every round, and each is
timed as a whole, from its start to its end. Stock nbgrader takes about a second for a
submission, so it grades two small classes; what it would take for a larger one follows
from the line through these two, and is marked as extrapolated.

Whole classes, in `benchmarks.whole_class`, and clusters, in `benchmarks.nodes`, are
measured without stock nbgrader.
"""

import importlib.metadata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks import courses, nodes, typical, whole_class
from benchmarks.comparisons import Options
from benchmarks.courses import OURS, PEERS, PLAIN, STOCK, Course
from benchmarks.interleave import spread
from benchmarks.process_tree import Usage
from rnngrade.sandbox import choose

Row = dict[str, Any]
Turn = tuple[str, int]  # a peer, and the size of the class

LIBRARIES = ("nbgrader", "distributed")


@dataclass(frozen=True)
class Plan:
    """Sizes of classes.

    Attributes
    ----------
    compared : tuple of int
        Two sizes that all peers grade.
    larger : int
        A third one, that only `OURS` grades.
    rounds : int
        How often.
    copies : tuple of int
        Two sizes of a class in which all hand in the same.
    curve : tuple of int
        Sizes of whole classes, each graded once.
    cluster : tuple of int
        Two sizes for the cluster.
    """

    compared: tuple[int, int] = (20, 60)
    larger: int = 200
    rounds: int = 3
    copies: tuple[int, int] = (20, 140)
    curve: tuple[int, ...] = (20, 60, 200, 600)
    cluster: tuple[int, int] = (40, 240)


QUICK = Plan((2, 4), 6, 1, (2, 6), (2, 6), (2, 6))


def grading(options: Options) -> Iterator[Row]:
    """Measure everything about grading.

    Parameters
    ----------
    options : Options
        How to measure; ``students`` is the size of the largest class, which a quick run
        leaves out.

    Yields
    ------
    dict
        One row after the other.
    """
    plan = QUICK if options.quick else Plan()
    curve = plan.curve if options.quick else (*plan.curve, options.students)
    sizes = {*plan.compared, plan.larger, *plan.cluster}
    with courses.released() as release:
        yield setting()
        classes = {n: courses.enroll(release, n, f"class-{n}") for n in sorted(sizes)}
        yield from autograde(plan, classes)
        graded = {
            size: Course(release.with_name(f"{OURS}-{size}"), classes[size].troubles)
            for size in (plan.compared[1], plan.larger)
        }
        yield from feedback(plan, graded)
        yield typical.typical(release, graded[plan.larger], plan.copies, plan.rounds)
        yield from whole_class.curve(release, curve)
        yield from nodes.cluster(
            [classes[size] for size in plan.cluster], options.students
        )


def setting() -> Row:
    """Describe what is graded, and with what.

    Returns
    -------
    dict
        The row.
    """
    versions = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {
        "kind": "setting",
        "assignment": courses.ASSIGNMENT,
        "timeout": courses.TIMEOUT,
        "sandbox": choose(),
        **versions,
    }


def autograde(plan: Plan, classes: dict[int, Course]) -> Iterator[Row]:
    """Compare how the three commands grade.

    Parameters
    ----------
    plan : Plan
        Sizes and rounds.
    classes : dict of int to Course
        A class of each size.

    Yields
    ------
    dict
        One row for each size, one for each further submission, and one that tells
        whether the scores are the same.
    """
    turns = [(peer, size) for peer in PEERS for size in plan.compared]
    used = take_turns([*turns, (OURS, plan.larger)], "autograde", classes, plan.rounds)
    yield from compared("autograde", used, plan.compared, plan.larger)
    size = plan.compared[1]
    ours, plain, stock = (
        Course(course.root.with_name(f"{peer}-{size}"), course.troubles)
        for course in [classes[size]]
        for peer in PEERS
    )
    yield agreement(stock, ours, OURS)
    yield agreement(stock, plain, PLAIN)


def feedback(plan: Plan, graded: dict[int, Course]) -> Iterator[Row]:
    """Compare how the three commands write feedback for the same graded notebooks.

    Parameters
    ----------
    plan : Plan
        The number of rounds.
    graded : dict of int to Course
        A class of each size, graded by `OURS`.

    Yields
    ------
    dict
        One row for each size, and one for each further submission.
    """
    turns = [(peer, size) for peer in PEERS for size in graded]
    used = take_turns(turns, "feedback", graded, plan.rounds)
    yield from compared("feedback", used, (min(graded), max(graded)))


def take_turns(
    turns: list[Turn], task: str, classes: dict[int, Course], rounds: int
) -> dict[Turn, list[Usage]]:
    """Let the commands work in turns, each on a fresh copy of its class.

    Parameters
    ----------
    turns : list of Turn
        What belongs to a round.
    task : str
        "autograde" or "feedback".
    classes : dict of int to Course
        A class of each size; the copies of the last round stay beside it.
    rounds : int
        How many.

    Returns
    -------
    dict of Turn to list of Usage
        One for each round.
    """
    rng = np.random.default_rng(0)
    used: dict[Turn, list[Usage]] = {turn: [] for turn in turns}
    kept = "" if task == "autograde" else f"{task}-"
    for _ in range(rounds):
        for index in rng.permutation(len(turns)):
            peer, size = turns[index]
            course = courses.copied(classes[size], f"{kept}{peer}-{size}")
            used[peer, size].append(courses.run(peer, task, course))
    return used


def compared(
    task: str,
    used: dict[Turn, list[Usage]],
    sizes: tuple[int, int],
    larger: int = 0,
) -> Iterator[Row]:
    """Summarize rounds.

    Parameters
    ----------
    task : str
        What was done.
    used : dict of Turn to list of Usage
        What `take_turns` returned.
    sizes : tuple of int
        Two sizes at which all peers were measured.
    larger : int
        A third, at which only `OURS` was; 0 for none.

    Yields
    ------
    dict
        One row for each size, and one for each further submission.
    """
    ends = {
        peer: (sizes[0], larger) if larger and peer == OURS else sizes for peer in PEERS
    }
    walls, cpu = (
        {turn: _clock(usages, clock) for turn, usages in used.items()}
        for clock in ("wall", "cpu")
    )
    lines = {peer: line(peer, walls, ends[peer]) for peer in PEERS}
    for size in (*sizes, larger) if larger else sizes:
        seconds = {
            peer: walls.get((peer, size), start_up + size * slope)
            for peer, (start_up, slope) in lines.items()
        }
        yield {
            "kind": "command",
            "task": task,
            "students": size,
            "rounds": len(used[OURS, sizes[0]]),
            "peers": {
                peer: {
                    **_rates(size, seconds[peer], seconds[STOCK]),
                    "extrapolated": (peer, size) not in used,
                }
                for peer in PEERS
            },
        }
    slopes = {peer: line(peer, cpu, ends[peer])[1] for peer in PEERS}
    yield {"kind": "marginal", "task": task, "peers": _further(ends, lines, slopes)}


def line(
    peer: str, seconds: dict[Turn, np.ndarray], ends: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Draw a line through the times at two sizes, in each round.

    Parameters
    ----------
    peer : str
        Whose times.
    seconds : dict of Turn to ndarray
        The times, one for each round.
    ends : tuple of int
        The two sizes.

    Returns
    -------
    start_up : ndarray, shape (rounds,)
        Seconds at no submission at all.
    slope : ndarray, shape (rounds,)
        Seconds for each submission.

    Examples
    --------
    >>> times = {("a", 10): np.array([5.0]), ("a", 30): np.array([9.0])}
    >>> line("a", times, (10, 30))
    (array([3.]), array([0.2]))
    """
    few, many = ends
    slope = (seconds[peer, many] - seconds[peer, few]) / (many - few)
    return seconds[peer, few] - slope * few, slope


def agreement(stock: Course, ours: Course, peer: str) -> Row:
    """Compare all scores with those of stock nbgrader.

    Parameters
    ----------
    stock : Course
        As stock nbgrader has graded it.
    ours : Course
        The same class, as `peer` has graded it.
    peer : str
        Who that is.

    Returns
    -------
    dict
        The row: cells that have been scored by both, how many of them are equal, and by
        what is wrong with the whole submission, the students that have no score of
        stock nbgrader's, and the cells that differ.

    Raises
    ------
    RuntimeError
        If stock nbgrader has graded nobody.
    """
    expected, given = courses.grades(stock), courses.grades(ours)
    missing, different, cells = Counter(), Counter(), 0
    for student, kinds in ours.troubles.items():
        reason = ", ".join(kinds) or "none"
        if not whole_class.has_notebook(stock, student):
            missing[reason] += 1
            continue
        wanted, found = expected[student].scores, given[student].scores
        cells += len(wanted)
        different[reason] += sum(abs(wanted[one] - found[one]) > 1e-9 for one in wanted)
    if not cells:
        raise RuntimeError(
            "Stock nbgrader has graded nobody, so there is nothing to compare with. "
            "Run `nbgrader autograde` by hand, with JUPYTER_NO_CONFIG=1, to see why."
        )
    return {
        "kind": "agreement",
        "peer": peer,
        "students": ours.students,
        "cells": cells,
        "equal": cells - different.total(),
        "missing": dict(missing),
        "different": dict(+different),
    }


def _rates(size: int, seconds: np.ndarray, stock: np.ndarray) -> Row:
    return {
        "wall": spread(seconds),
        "per_minute": spread(60 * size / seconds),
        "speedup": spread(stock / seconds),
    }


def _further(
    ends: dict[str, tuple[int, int]],
    lines: dict[str, tuple[np.ndarray, np.ndarray]],
    cpu: dict[str, np.ndarray],
) -> Row:
    return {
        peer: {
            "students": list(ends[peer]),
            "start_up": spread(start_up),
            "wall": spread(slope),
            "cpu": spread(cpu[peer]),
            "speedup": spread(lines[STOCK][1] / slope),
        }
        for peer, (start_up, slope) in lines.items()
    }


def _clock(usages: list[Usage], clock: str) -> np.ndarray:
    return np.array([getattr(usage, clock) for usage in usages])
