"""A small class in a course of its own, and the commands that an instructor types."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook

import rnngrade
from benchmarks.classroom import hand_in
from tests.faults.processes import descendants, end

ROOT = Path(rnngrade.__file__).parents[1]
NAME = "02_rnn_equations"
LONGEST = 240  # seconds for one command
SETTINGS = """
c.Grade.timeout = 2
c.LateSubmissionPlugin.penalty_method = "zero"
"""
BY_HAND = "student00000"
AUTOGRADE = ("rnngrade", "autograde", NAME)
FEEDBACK = ("rnngrade", "feedback", NAME)


class Running:
    """A command that has been started, and what it prints."""

    def __init__(self, words, place, environment, log, **how):
        self.words, self.log = words, log
        with open(log, "wb") as out:
            self.process = subprocess.Popen(
                words,
                cwd=place,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **how,
            )

    @property
    def pid(self):
        return self.process.pid

    def alive(self):
        return self.process.poll() is None

    def kill(self):
        """Send SIGKILL to this process only."""
        self.process.kill()
        self.process.wait()

    def text(self):
        return self.log.read_text(errors="replace")

    def wait(self):
        """Return the exit code; a command that hangs is ended, with all it started."""
        try:
            return self.process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            for pid in (self.pid, *descendants(self.pid)):
                end(pid)
            self.process.wait()
            return "hangs"


class Course:
    """A course folder, whose gradebook may be elsewhere."""

    def __init__(self, root, url=""):
        self.root, self.prefix, self.how = Path(root), (), {}
        self.view = self.root  # where this process sees it
        self.own_url, self.count = url, 0

    @property
    def folder(self):
        return self.view / "course"

    @property
    def url(self):
        """Where the gradebook is; a copy of one that only commands can open."""
        path = self.folder / "gradebook.db"
        if self.view != self.root and path.exists():
            path = shutil.copy(path, self.root.with_name(f"{self.root.name}.db"))
        return self.own_url or f"sqlite:///{path}"

    def start(self, *words):
        """Start a command of a Python module, or Python itself with ``-c``."""
        self.count += 1
        log = self.root.with_name(f"{self.root.name}.log{self.count}")
        head = () if words[0] == "-c" else ("-m",)
        command = [*self.prefix, sys.executable, *head, *words]
        return Running(command, self.root, self._environment(), log, **self.how)

    def _environment(self):
        scratch = self.root.with_name(f"{self.root.name}.tmp")
        scratch.mkdir(exist_ok=True)
        scratch.chmod(0o1777)
        programs = str(Path(sys.executable).parent)
        return {
            **os.environ,
            "PATH": programs + os.pathsep + os.environ.get("PATH", ""),
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": str(scratch),
        }

    def scratch(self):
        """Return the files that sandboxes have left behind; Dask has its own."""
        scratch = self.root.with_name(f"{self.root.name}.tmp")
        found = sorted(scratch.glob("rnngrade-*/**/*"))
        return [path for path in found if "dask-scratch-space" not in path.parts]

    def copy(self, root, url=""):
        """Copy it; a gradebook in a server is copied by who has it."""
        shutil.copytree(self.root, root, symlinks=True)
        copy = Course(root, url)
        if url:
            copy.configure(f"c.CourseDirectory.db_url = {url!r}\n")
        return copy

    def configure(self, lines):
        with open(self.view / "nbgrader_config.py", "a") as file:
            file.write(lines)

    def submitted(self, student):
        return self.folder / "submitted" / student / NAME / f"{NAME}.ipynb"

    def students(self):
        return sorted(os.listdir(self.folder / "submitted"))

    def remove(self):
        for path in self.root.parent.glob(f"{self.root.name}*"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()


def make(root, students, url=""):
    """Release the assignment, hand in for a class, and score one answer by hand."""
    course = Course(root, url)
    (root / "solutions").mkdir(parents=True)
    shutil.copytree(ROOT / "solutions" / NAME, root / "solutions" / NAME)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    course.configure(SETTINGS)
    if url:  # a server takes no assignment without a course
        course.configure('c.CourseDirectory.course_id = "course"\n')
        course.configure(f"c.CourseDirectory.db_url = {url!r}\n")
    run(course, "nbgrader", "generate_assignment", NAME, "--create")
    with Gradebook(course.url, "course" if url else "") as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate="2026-01-02 12:00:00 UTC")
    _hand_in(course, students)
    run(course, *AUTOGRADE, "--student", BY_HAND)
    score_by_hand(course)
    return course


def _hand_in(course, students):
    hand_in(course.folder, NAME, students, seed=3)
    for number, student in enumerate(course.students()):
        day = 3 if number % 5 == 4 else 1
        stamp = course.submitted(student).with_name("timestamp.txt")
        stamp.write_text(f"2026-01-0{day} 10:00:00 UTC\n")
    for place, code in ((2, "while True: pass"), (3, "import os; os._exit(3)")):
        path = course.submitted(course.students()[place])
        notebook = nbformat.read(path, 4)
        notebook.cells.insert(3, new_code_cell(code))
        nbformat.write(notebook, path)
    course.submitted(course.students()[5]).write_text('{"cells": [')


def score_by_hand(course):
    """Enter a score and a comment, as an instructor does in the formgrader."""
    with Gradebook(course.url, "course" if course.own_url else "") as gradebook:
        submission = gradebook.find_submission(NAME, BY_HAND)
        [notebook] = submission.notebooks
        notebook.grades[0].manual_score = 1.5
        notebook.comments[0].manual_comment = "Well explained."
        gradebook.db.commit()


def run(course, *words):
    """Run a command to its end; return what it printed."""
    running = course.start(*words)
    code = running.wait()
    if code:
        raise RuntimeError(f"{' '.join(words)}: {code}\n{running.text()[-3000:]}")
    return running.text()


@contextlib.contextmanager
def started(course, *words):
    """Start a command, and end it with its group at the end."""
    running = course.start(*words)
    try:
        yield running
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.process.wait()


def until(condition, seconds=LONGEST):
    """Wait until something is so; return whether it became so."""
    end_of_time = time.monotonic() + seconds
    while time.monotonic() < end_of_time:
        if condition():
            return True
        time.sleep(0.002)
    return False
