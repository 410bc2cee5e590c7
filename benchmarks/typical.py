"""What a typical submission costs beyond the student's own code.

The typical submission is the one in the middle of a class, by the processor time that
its verdict file states. A class is made in which all hand in just this one, in two
sizes. What a further student costs is the slope between the two, of the processor time
of all processes together: the command, the scheduler in it, the workers, what students'
processes are forked from, and these processes themselves. Start-up is what is left at
no student, and does not count.

The student's own code is measured by itself, in a plain Python process (see
`benchmarks.bare`): the cells once, as they run in a notebook. The calls by which the
checks try the student's functions are counted as ours.
"""

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import bare, courses
from benchmarks.courses import ASSIGNMENT, OURS, Course
from benchmarks.interleave import spread
from rnngrade.engine.record import Record
from rnngrade.engine.store import Store

Row = dict[str, Any]


def typical(release: Path, graded: Course, sizes: tuple[int, int], rounds: int) -> Row:
    """Measure the typical submission of a class.

    Parameters
    ----------
    release : Path
        A course folder in which the assignment has been released.
    graded : Course
        A class that has been graded.
    sizes : tuple of int
        How many hand it in, first and then.
    rounds : int
        How often.

    Returns
    -------
    dict
        The row.
    """
    chosen = median(records(graded))
    notebook = submitted(graded, chosen.student)
    classes = [copies(release, notebook, size) for size in sizes]
    slopes, own = [], []
    for _ in range(rounds):
        few, many = (
            courses.run(OURS, "autograde", courses.copied(each, "typical-copy")).cpu
            for each in classes
        )
        slopes.append((many - few) / (sizes[1] - sizes[0]))
        own.append(bare_seconds(notebook))
    return {
        "kind": "typical",
        "students": list(sizes),
        "rounds": rounds,
        "cpu": spread(np.array(slopes)),
        "own": spread(np.array(own)),
        "beyond": spread(np.array(slopes) - np.array(own)),
    }


def records(course: Course) -> list[Record]:
    """Read all verdict files of a course.

    Parameters
    ----------
    course : Course
        A graded class.

    Returns
    -------
    list of Record
        In the order of the students' names.
    """
    return list(Store(course.root, ASSIGNMENT, logging.getLogger(__name__)))


def median(graded: list[Record]) -> Record:
    """Take the submission in the middle.

    Parameters
    ----------
    graded : list of Record
        A class.

    Returns
    -------
    Record
        Half of the readable ones took less processor time, half of them more.
    """
    readable = [one for one in graded if all(each.readable for each in one.notebooks)]
    return sorted(readable, key=lambda one: one.cpu_seconds)[len(readable) // 2]


def submitted(course: Course, student: str) -> Path:
    """Name the notebook that a student has handed in.

    Parameters
    ----------
    course : Course
        The course.
    student : str
        The student.

    Returns
    -------
    Path
        The file.
    """
    return course.root / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"


def copies(release: Path, notebook: Path, students: int) -> Course:
    """Make a class in which all hand in the same.

    Parameters
    ----------
    release : Path
        A course folder in which the assignment has been released.
    notebook : Path
        What they hand in.
    students : int
        How many they are.

    Returns
    -------
    Course
        In a folder beside the release.
    """
    names = {f"student{number:05d}": () for number in range(students)}
    course = courses.copied(Course(release, names), f"typical-{students}")
    for student in names:
        target = submitted(course, student)
        target.parent.mkdir(parents=True)
        target.write_bytes(notebook.read_bytes())
    return course


def bare_seconds(notebook: Path) -> float:
    """Run a notebook's cells in a plain Python process.

    Parameters
    ----------
    notebook : Path
        One of our own; its code is not confined.

    Returns
    -------
    float
        Seconds of processor time of the cells.
    """
    done = subprocess.run(
        [sys.executable, "-I", bare.__file__, str(notebook)],
        cwd=notebook.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)
