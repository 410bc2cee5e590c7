"""Courses to grade, and the three commands that grade them.

================  ====================================================================
rnngrade          ``rnngrade autograde`` and ``rnngrade feedback``
nbgrader          ``nbgrader autograde`` and ``generate_feedback``, as this course
                  configures them
stock nbgrader    the same two, as nbgrader comes, without any configuration
================  ====================================================================

All of them work on copies of the same folder, with the same time limit for a cell.
Stock nbgrader runs what students wrote on this machine, without protection: it gets
nothing but the classes of `benchmarks.classroom`, and nothing else may be put here.
"""

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from nbgrader.coursedir import CourseDirectory

from benchmarks.classroom import hand_in
from benchmarks.process_tree import ROOT, Usage, Watch, measure
from rnngrade.config import update_sources
from rnngrade.engine.feedback import Grades, read_grades

OURS, PLAIN, STOCK = PEERS = ("rnngrade", "nbgrader", "stock nbgrader")
ASSIGNMENT = "05_bptt"
TIMEOUT = 5  # seconds for a cell
COMMANDS = {
    (OURS, "autograde"): ("rnngrade", "autograde"),
    (OURS, "feedback"): ("rnngrade", "feedback"),
    (PLAIN, "autograde"): ("nbgrader", "autograde"),
    (PLAIN, "feedback"): ("nbgrader", "generate_feedback"),
}


@dataclass(frozen=True)
class Course:
    """A course with a class that has handed in.

    Attributes
    ----------
    root : Path
        Its folder.
    troubles : dict of str to tuple of str
        Each student, and what is wrong with the submission as a whole.
    """

    root: Path
    troubles: dict[str, tuple[str, ...]]

    @property
    def students(self) -> int:  # numpydoc ignore=RT01
        """How many have handed in."""
        return len(self.troubles)

    def counts(self) -> dict[str, int]:
        """Count what is wrong with whole submissions.

        Returns
        -------
        dict of str to int
            By the names in `benchmarks.classroom`.
        """
        return dict(Counter(kind for kinds in self.troubles.values() for kind in kinds))


@contextmanager
def released() -> Iterator[Path]:
    """Make a course folder with a released assignment, for a while.

    Yields
    ------
    Path
        The folder ``course`` in one that is removed at the end.

    Raises
    ------
    RuntimeError
        If nbgrader cannot release it.
    """
    with TemporaryDirectory(prefix="rnn-bench-") as folder:
        root = Path(folder).resolve() / "course"
        root.mkdir()
        update_sources(ROOT / "solutions", root)
        words = ["nbgrader", "generate_assignment", ASSIGNMENT, "--create"]
        checked(measure(_command(words, root), ROOT, environment(root)))
        yield root


def enroll(release: Path, students: int, name: str) -> Course:
    """Make a course in which a class has handed in.

    Parameters
    ----------
    release : Path
        What `released` yielded; it is copied.
    students : int
        How many; the first of a large class are those of a small one.
    name : str
        Of the new folder, beside the release; what was there is removed.

    Returns
    -------
    Course
        The class.
    """
    root = copied(Course(release, {}), name).root
    return Course(root, hand_in(root, ASSIGNMENT, students))


def copied(course: Course, name: str) -> Course:
    """Copy a course, so that the next command finds it untouched.

    Parameters
    ----------
    course : Course
        What is copied.
    name : str
        Of the new folder, beside it; what was there is removed.

    Returns
    -------
    Course
        The copy.
    """
    target = course.root.with_name(name)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(course.root, target)
    return Course(target, course.troubles)


def run(
    peer: str,
    task: str,
    course: Course,
    watch: Watch | None = None,
    more: tuple[str, ...] = (),
) -> Usage:
    """Run one of the commands on a course.

    Parameters
    ----------
    peer : str
        One of `PEERS`.
    task : str
        "autograde" or "feedback".
    course : Course
        What it works on.
    watch : Watch, optional
        What to look at meanwhile.
    more : tuple of str
        Further words of the command.

    Returns
    -------
    Usage
        What the whole command took, start-up included.

    Raises
    ------
    RuntimeError
        If it fails; stock nbgrader may, as it does for a class in which one notebook
        cannot be read.
    """
    stock = peer == STOCK
    words = COMMANDS[PLAIN if stock else peer, task]
    options = [f"--{'Execute' if stock else 'Grade'}.timeout={TIMEOUT}", *more]
    if task == "feedback":
        options = []
    command = _command([*words, ASSIGNMENT, *options], course.root)
    # A folder without a configuration, and an environment that names none.
    place = course.root if stock else ROOT
    usage = measure(command, place, environment(course.root, stock), watch)
    return usage if stock else checked(usage)


def checked(usage: Usage) -> Usage:
    """Make sure that a command has done its work.

    Parameters
    ----------
    usage : Usage
        What it took.

    Returns
    -------
    Usage
        The same.

    Raises
    ------
    RuntimeError
        If it failed.
    """
    if usage.code:
        raise RuntimeError(
            f"A command that was to be measured failed (exit {usage.code}). Run `make "
            f"course` to see whether grading works here. It said:\n{usage.output}"
        )
    return usage


def environment(course: Path, stock: bool = False) -> dict[str, str]:
    """Make the environment of a command.

    Parameters
    ----------
    course : Path
        The course; what IPython keeps goes to a folder beside it.
    stock : bool
        Whether nbgrader is to find no configuration.

    Returns
    -------
    dict of str to str
        That of this process, but for what the benchmarks have set in it.
    """
    # Threads are set for what is measured within this process only.
    kept = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"}
    programs = str(Path(sys.executable).parent)  # nbgrader calls alembic
    nothing = course.with_name("no-configuration")
    nothing.mkdir(exist_ok=True)
    own = {
        "PATH": os.pathsep.join((programs, os.environ.get("PATH", ""))),
        "PYTHONPATH": str(ROOT),
        "IPYTHONDIR": str(nothing),
        "JUPYTER_RUNTIME_DIR": str(nothing),
    }
    without = {"JUPYTER_NO_CONFIG": "1", "JUPYTER_CONFIG_DIR": str(nothing)}
    return {**kept, **own, **(without if stock else {})}


def grades(course: Course) -> dict[str, Grades]:
    """Read the gradebook of a course.

    Parameters
    ----------
    course : Course
        The course.

    Returns
    -------
    dict of str to Grades
        For each student with a submission in the gradebook.
    """
    found = read_grades(CourseDirectory(root=str(course.root)), ASSIGNMENT)
    return {student: each for (student, _), each in found.items()}


def _command(words: list[str] | tuple[str, ...], root: Path) -> list[str]:
    program, *rest = words
    return [sys.executable, "-m", program, *rest, f"--CourseDirectory.root={root}"]
