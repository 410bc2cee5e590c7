"""Grade the corpus as one class, and tell what went wrong.

    python -m tests.corpus.run [--through nbgrader|engine] [--sandbox NAME] [--user]
                               [--only PATTERN] [--keep FOLDER]

prints a line for each submission. The exit code is 1 if anything went wrong.
"""

from __future__ import annotations

import argparse
import ctypes
import html
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry

from tests.corpus import course as courses
from tests.corpus.course import Course
from tests.corpus.kit import Submission, corpus

SECONDS = 3000  # for a class of three hundred, a third of whom hang somewhere
COMMANDS = {
    "nbgrader": (("nbgrader", "autograde"), ("nbgrader", "generate_feedback")),
    "engine": (("rnngrade", "autograde"), ("rnngrade", "feedback")),
}
EVERYBODY = "(the run)"
PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER = 36, 37


@dataclass
class Run:
    """What came of it.

    Attributes
    ----------
    submissions : list of Submission
        Who handed in.
    problems : dict of str to list of str
        For each of them, and for `EVERYBODY`, what is not as it must be.
    skipped : dict of str to str
        What this machine cannot hand in, and why.
    seconds : float
        How long grading took.
    pages : dict of str to Path
        The feedback.
    """

    submissions: list[Submission]
    problems: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    skipped: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    pages: dict[str, Path] = field(default_factory=dict)


def grade(
    root: Path,
    through: str = "nbgrader",
    sandbox: str = "",
    user: bool = False,
    only: str = "*",
) -> Run:
    """Hand in, grade, and look.

    Parameters
    ----------
    root : Path
        An empty folder. What was graded stays there.
    through : str
        ``"nbgrader"`` or ``"engine"``.
    sandbox : str
        A value of ``Grade.sandbox``; empty for what is chosen without it.
    user : bool
        Whether an ordinary user grades.
    only : str
        A pattern for the names of submissions; the controls are always there.

    Returns
    -------
    Run
        What came of it.
    """
    chosen = [s for s in corpus() if s.kind == "control" or fnmatch(s.name, only)]
    used = {s.assignment for s in chosen if s.kind != "control"} or {"02_rnn_equations"}
    run = Run([s for s in chosen if s.assignment in used])
    course = courses.build(root, run.submissions, user)
    listener = courses.Listener(root / "outside" / "socket")
    try:
        run.skipped = courses.everybody(course, run.submissions, listener.port)
        courses.own(course)
        before = courses.snapshot(course)
        with _nothing_left(run):
            _run_commands(run, course, through, sandbox)
        _compare(run, before, courses.snapshot(course))
    finally:
        listener.close()
    run.problems[EVERYBODY] += [f"somebody called: {text}" for text in listener.heard]
    _look_at_files(run, course)
    _look_at_scores(run, course)
    for submission in run.submissions:
        _look_at_page(run, course, submission)
    return run


def _run_commands(run: Run, course: Course, through: str, sandbox: str) -> None:
    options = ["--Grade.timeout=2"]
    if sandbox:
        options.append(f"--Grade.sandbox={sandbox}")
    autograde, feedback = COMMANDS[through]
    start = time.monotonic()
    for assignment in sorted({each.assignment for each in run.submissions}):
        _command(run, course, *autograde, assignment, *options)
        _command(run, course, *feedback, assignment)
    run.seconds = time.monotonic() - start


def _command(run: Run, course: Course, *arguments: str) -> None:
    name = " ".join(arguments[:3])
    try:
        done = course.run(*arguments, seconds=SECONDS)
    except subprocess.TimeoutExpired:
        run.problems[EVERYBODY].append(f"{name} took longer than {SECONDS} s")
        return
    with open(course.root / "log.txt", "a", encoding="utf-8") as log:
        log.write(f"{name}\n{done.stdout}{done.stderr}")
    if done.returncode:
        end = done.stderr[-2000:]
        run.problems[EVERYBODY].append(f"{name}: exit code {done.returncode}: {end}")
    for line in (done.stdout + done.stderr).splitlines():
        if "Traceback" in line or "\x1b]" in line:
            run.problems[EVERYBODY].append(f"{name} printed {line!r}")


# --- processes ------------------------------------------------------------------------


@contextmanager
def _nothing_left(run: Run) -> Iterator[None]:
    """Adopt the processes that a command leaves behind, and name them."""
    libc, was = ctypes.CDLL(None), ctypes.c_int()
    libc.prctl(PR_GET_CHILD_SUBREAPER, ctypes.byref(was), 0, 0, 0)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before = _children()
    try:
        yield
        deadline = time.monotonic() + 5
        while (left := _reap(_children() - before)) and time.monotonic() < deadline:
            time.sleep(0.1)
        for number, name in left.items():
            run.problems[EVERYBODY].append(f"process {number} is left over: {name}")
            with suppress(ProcessLookupError):
                os.kill(number, 9)
            os.waitpid(number, 0)
    finally:
        libc.prctl(PR_SET_CHILD_SUBREAPER, was.value, 0, 0, 0)


def _children() -> set[int]:
    lists = Path("/proc/self/task").glob("*/children")
    return {int(number) for path in lists for number in path.read_text().split()}


def _reap(numbers: set[int]) -> dict[int, str]:
    running = {}
    for number in numbers:
        # A process that has ended is no longer one; init would have collected it.
        if os.waitpid(number, os.WNOHANG) == (0, 0):
            line = Path(f"/proc/{number}/cmdline").read_bytes()
            running[number] = line.replace(b"\0", b" ").decode(errors="replace")[:300]
    return running


# --- files ----------------------------------------------------------------------------


def _compare(run: Run, before: dict[str, tuple], after: dict[str, tuple]) -> None:
    after.pop("log.txt", None)
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) != after.get(path):
            what = "changed" if path in before and path in after else "made or removed"
            run.problems[EVERYBODY].append(f"{path} was {what}")


def _look_at_files(run: Run, course: Course) -> None:
    for path in course.temp.iterdir():
        run.problems[EVERYBODY].append(f"{path.name} is left in the temporary folder")
    gradebook = (course.folder / "gradebook.db").read_bytes()
    for where, secret in course.secrets.items():
        if secret.encode() in gradebook:
            run.problems[EVERYBODY].append(f"the secret of {where} is in the gradebook")
    for step in courses.GRADED:
        for path in (course.folder / step).rglob("*"):
            if path.is_file():
                _look_at_file(run, course, path)


def _look_at_file(run: Run, course: Course, path: Path) -> None:
    relative = path.relative_to(course.folder)
    names = {submission.name for submission in run.submissions}
    owner = next(iter(names & {*relative.parts, relative.stem}), EVERYBODY)
    content = path.read_bytes()
    for where, secret in course.secrets.items():
        if secret.encode() in content:
            run.problems[owner].append(f"the secret of {where} is in {relative}")
    expected = (".ipynb", ".html", ".json", ".txt", ".lock")
    if path.is_symlink() or path.suffix not in expected or len(content) > 5_000_000:
        run.problems[owner].append(f"{relative} does not belong there")


# --- scores and pages -----------------------------------------------------------------


def _look_at_scores(run: Run, course: Course) -> None:
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as gradebook:
        for submission in run.submissions:
            if submission.name not in run.skipped:
                _look_at_score(run, gradebook, submission)


def _look_at_score(run: Run, gradebook: Gradebook, submission: Submission) -> None:
    try:
        found = gradebook.find_submission(submission.assignment, submission.name)
    except MissingEntry:
        run.problems[submission.name].append("it was not graded")
        return
    grades = [grade for book in found.notebooks for grade in book.grades]
    points = {grade.name.removesuffix("-check"): grade.auto_score for grade in grades}
    if points != submission.points:
        text = f"it has {_sum(points)}, and deserves {_sum(submission.points)}"
        run.problems[submission.name].append(text)
    if found.max_score != sum(grade.max_score for grade in grades):
        run.problems[submission.name].append(f"its best score is {found.max_score}")


def _sum(points: dict[str, float | None]) -> str:
    return ", ".join(f"{name} {value}" for name, value in sorted(points.items()))


def _look_at_page(run: Run, course: Course, submission: Submission) -> None:
    name = submission.assignment
    page = course.folder / "feedback" / submission.name / name / f"{name}.html"
    if submission.name in run.skipped:
        return
    if not page.is_file():
        run.problems[submission.name].append("it has no feedback")
        return
    run.pages[submission.name] = page
    text = page.read_text(encoding="utf-8")
    shown = html.unescape(text)
    unreadable = "About the submitted file" in text and "Your notebook" in text
    missing = [message for message in submission.messages if message not in shown]
    if not submission.readable and not unreadable:
        missing.append("About the submitted file")
    forbidden = [word for word in ("<script", "hidden=True") if word in text]
    run.problems[submission.name] += [
        *(f"its feedback does not say {message!r}" for message in missing),
        *(f"its feedback holds {word!r}" for word in forbidden),
    ]


# --- the command ----------------------------------------------------------------------


def table(run: Run) -> str:
    """Lay out what came of it.

    Parameters
    ----------
    run : Run
        What `grade` returned.

    Returns
    -------
    str
        One line for each submission, and one for each problem.
    """
    lines = []
    for name in (*(submission.name for submission in run.submissions), EVERYBODY):
        said = f"skipped: {run.skipped[name]}" if name in run.skipped else "ok"
        lines.append(f"{name:40} {'WRONG' if run.problems.get(name) else said}")
        lines += [f"    {problem}" for problem in run.problems.get(name, ())]
    wrong = sum(map(bool, run.problems.values()))
    lines.append(f"{len(run.submissions)} in {run.seconds:.0f} s, {wrong} wrong")
    return "\n".join(lines)


def main(arguments: Iterable[str] | None = None) -> int:
    """Run the command; return the exit code."""
    parser = argparse.ArgumentParser(description="Grade the corpus.")
    parser.add_argument("--through", choices=COMMANDS, default="nbgrader")
    parser.add_argument("--sandbox", default="", help="a value of Grade.sandbox")
    parser.add_argument("--user", action="store_true", help="as an ordinary user")
    parser.add_argument("--only", default="*", help="a pattern for names")
    parser.add_argument("--keep", type=Path, help="an empty folder to work in")
    given = parser.parse_args(arguments)
    reason = courses.why_no_user() if given.user else ""
    if reason:
        parser.error(reason)
    with workplace(given.keep) as root:
        run = grade(root, given.through, given.sandbox, given.user, given.only)
        print(table(run))
    return int(any(run.problems.values()))


@contextmanager
def workplace(keep: Path | None = None) -> Iterator[Path]:
    """Make a folder that other users may enter, and remove it in the end.

    Parameters
    ----------
    keep : Path, optional
        The folder; it is then kept.

    Yields
    ------
    Path
        It is empty.
    """
    if keep:
        keep.mkdir(parents=True)
    root = (keep or Path(tempfile.mkdtemp(prefix="corpus-"))).resolve()
    root.chmod(0o755)
    try:
        yield root
    finally:
        if not keep:
            shutil.rmtree(root)


if __name__ == "__main__":
    sys.exit(main())
