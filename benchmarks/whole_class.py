"""Whole classes graded in one go: time, memory, and whether anything was lost.

Each size is graded once, while memory and the number of verdict files are watched. A
loop that never ends holds a worker for the time limit of a cell, so rows say how many
submissions have one, and for how long they kept a worker busy.
"""

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import courses
from benchmarks.courses import ASSIGNMENT, OURS, Course
from benchmarks.process_tree import Watch
from benchmarks.typical import records
from rnngrade.engine.record import Record

Row = dict[str, Any]


def curve(release: Path, sizes: tuple[int, ...]) -> Iterator[Row]:
    """Grade classes of growing size.

    Parameters
    ----------
    release : Path
        A course folder in which the assignment has been released.
    sizes : tuple of int
        How many students there are.

    Yields
    ------
    dict
        One row for each size.
    """
    for size in sizes:
        yield whole(courses.enroll(release, size, "whole"))


def whole(course: Course) -> Row:
    """Grade one class.

    Parameters
    ----------
    course : Course
        A class that has handed in.

    Returns
    -------
    dict
        The row.
    """
    pattern = str(course.root / "verdicts" / "*" / f"{ASSIGNMENT}.json")
    usage = courses.run(OURS, "autograde", course, Watch(pattern))
    graded = records(course)
    endless = [
        one.seconds for one in graded if "endless" in course.troubles[one.student]
    ]
    return {
        "kind": "class",
        "students": course.students,
        "troubles": course.counts(),
        "wall": usage.wall,
        "cpu": usage.cpu,
        "per_minute": 60 * course.students / usage.wall,
        "busy": sum(one.seconds for one in graded),
        "busy_median": statistics.median(one.seconds for one in graded),
        "busy_endless": sum(endless),
        "peak": usage.peak,
        "roles": usage.roles,
        "progress": usage.progress,
        "kept": kept(course, graded),
    }


def kept(course: Course, graded: list[Record]) -> dict[str, int]:
    """Count what a run has left.

    Parameters
    ----------
    course : Course
        A class after grading.
    graded : list of Record
        Its verdict files.

    Returns
    -------
    dict of str to int
        Students with a verdict, with a graded notebook, with a row in the gradebook,
        and with the same scores there as in the verdict.
    """
    saved = courses.grades(course)
    verdicts = {one.student: scores(one) for one in graded}
    students = course.troubles
    return {
        "verdicts": len(verdicts.keys() & students.keys()),
        "notebooks": sum(has_notebook(course, student) for student in students),
        "grades": len(saved.keys() & students.keys()),
        "equal": sum(
            saved[student].scores == verdicts.get(student)
            for student in saved.keys() & students.keys()
        ),
    }


def scores(record: Record) -> dict[str, float | None]:
    """Read the score of each cell.

    Parameters
    ----------
    record : Record
        Of one notebook, as in the assignment that is measured.

    Returns
    -------
    dict of str to (float or None)
        By the names of the cells.
    """
    return {
        cell: score
        for notebook in record.notebooks
        for cell, score in notebook.scores.items()
    }


def has_notebook(course: Course, student: str) -> bool:
    """Tell whether a student's notebook has been graded.

    Parameters
    ----------
    course : Course
        The course.
    student : str
        The student.

    Returns
    -------
    bool
        True if it is where nbgrader has graded notebooks.
    """
    folder = course.root / "autograded" / student / ASSIGNMENT
    return (folder / f"{ASSIGNMENT}.ipynb").is_file()
