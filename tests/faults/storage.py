"""Storage that fails: a full disk, a gradebook that is locked, damaged, read-only."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

from tests.faults.course import (
    AUTOGRADE,
    BY_HAND,
    FEEDBACK,
    NAME,
    Gradebook,
    run,
    score_by_hand,
    started,
    until,
)
from tests.faults.kills import FOLDERS
from tests.faults.processes import command_line

FULL = r"No space left|disk is full|File too large"
LOCKED = "is locked by another program"
DAMAGED = "is damaged, or is no database"
READONLY = "may not be written by you"
HOLD = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
connection.execute("ROLLBACK")
"""
# The command, with less patience: what is tested is its end.
IMPATIENT = """
import functools, sys
from rnngrade.engine import command
command.GradebookWriter = functools.partial(command.GradebookWriter, patience=6)
sys.exit(command.autograde(sys.argv[1:]))
"""
LIMITED = """
import resource, runpy, signal, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
sys.argv[0] = "rnngrade"
runpy.run_module("rnngrade", run_name="__main__")
"""


def settled(trial):
    """Run the command again, and compare all."""
    trial.again(*AUTOGRADE)
    trial.again(*FEEDBACK)
    trial.compare(*FOLDERS)


def file_too_large(trial):
    """No file may grow beyond a size, as with a quota."""
    size = (trial.course.folder / "gradebook.db").stat().st_size
    limit = size + int(trial.rng.integers(0, 40_000)) - 4096
    with started(trial.course, "-c", LIMITED, str(limit), *AUTOGRADE[1:]) as running:
        code = running.wait()
    trial.notes.append(f"exit code {code}")
    if code:
        with started(trial.course, "-c", LIMITED, str(limit), *AUTOGRADE[1:]) as second:
            trial.ends(second, 1, says=FULL)
    trial.look()
    settled(trial)


def full_disk(trial):
    """The course is on a small disk; then room is made."""
    course, other = trial.course, trial.course.root.with_name("full")
    if not _may_mount():
        trial.notes.append("no mount namespace here: left out")
        return settled(trial)
    other.mkdir(exist_ok=True)
    room = int(trial.rng.integers(8, 500)) << 10
    used = int(subprocess.check_output(["du", "-sk", course.root]).split()[0]) << 10
    with _small_disk(course, other, used + room) as grow:
        trial.notes.append(f"{room >> 10} kB left")
        with started(course, *AUTOGRADE) as running:
            code = running.wait()
        trial.notes.append(f"exit code {code}")
        if code:
            with started(course, *AUTOGRADE) as running:
                trial.ends(running, 1, says=FULL)
        trial.look()
        grow()
        settled(trial)


def _may_mount():
    done = subprocess.run(
        ["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True
    )
    return done.returncode == 0


@contextlib.contextmanager
def _small_disk(course, other, size):
    script = f"mount -t tmpfs -o size={size} tmpfs {other} && exec sleep 1000"
    holder = subprocess.Popen(["unshare", "-m", "sh", "-c", script])
    view = Path(f"/proc/{holder.pid}/root{other}")
    before = course.root, course.view
    try:
        until(lambda: command_line(holder.pid).startswith("sleep"))
        shutil.copytree(course.root, view, symlinks=True, dirs_exist_ok=True)
        course.view = view
        course.prefix = ("nsenter", f"--mount=/proc/{holder.pid}/ns/mnt", "env", "-C")
        course.prefix += (str(other),)
        yield lambda: subprocess.run(
            [*course.prefix[:2], "mount", "-o", "remount,size=1g", str(other)],
            check=True,
        )
    finally:
        course.root, course.view = before
        course.prefix = ()
        holder.kill()
        holder.wait()


@contextlib.contextmanager
def _held(course, seconds):
    path = str(course.folder / "gradebook.db")
    with started(course, "-c", HOLD, path, str(seconds)) as holder:
        until(lambda: "held" in holder.text() or not holder.alive())
        yield holder


def locked(trial):
    """Another program holds the gradebook for some seconds, from a random moment."""
    with started(trial.course, *AUTOGRADE) as running:
        trial.moment(running)
        with _held(trial.course, trial.rng.uniform(6, 9)):
            trial.ends(running)
    settled(trial)


def locked_at_first(trial):
    """It is held when the command starts."""
    with _held(trial.course, 14), started(trial.course, *AUTOGRADE) as running:
        trial.ends(running, says=LOCKED)
    settled(trial)


def locked_for_long(trial):
    """It is held for longer than the grader's patience."""
    with started(trial.course, "-c", IMPATIENT, NAME) as running:
        trial.moment(running)
        with _held(trial.course, 600):
            code = running.wait()
            trial.notes.append(f"exit code {code}")
            if code != 0:
                trial.ends(running, 1, says=LOCKED)
    settled(trial)


def read_only(trial):
    """The gradebook belongs to somebody else."""
    path = trial.course.folder / "gradebook.db"
    path.chmod(0o444)
    if os.geteuid() == 0:  # for whom no file is read-only
        os.chown(path, 65534, 65534)
        rights = "-dac_override,-dac_read_search,-fowner"
        trial.course.prefix = ("setpriv", f"--bounding-set={rights}")
    with started(trial.course, *AUTOGRADE) as running:
        trial.ends(running, 1, says=READONLY)
    trial.course.prefix = ()
    path.chmod(0o644)
    settled(trial)


def _spoil(path, rng):
    """Damage a database in one of four ways; return which."""
    data = bytearray(path.read_bytes())
    kind = str(rng.choice(["head", "pages", "cut", "garbage"]))
    if kind == "head":
        data[:64] = rng.bytes(64)
    elif kind == "pages":
        for page in rng.integers(1, len(data) >> 12, size=8):
            data[page << 12 : (page + 1) << 12] = rng.bytes(4096)
    elif kind == "cut":
        del data[int(rng.integers(100, len(data) // 2)) :]
    else:
        data = rng.bytes(len(data))
    path.write_bytes(data)
    return kind


def damaged(trial):
    """The gradebook is damaged before a run; a backup is put in its place."""
    path = trial.course.folder / "gradebook.db"
    backup = path.read_bytes()
    trial.notes.append(_spoil(path, trial.rng))
    with started(trial.course, *AUTOGRADE) as running:
        trial.ends(running, 1, says=DAMAGED)
    path.write_bytes(backup)
    settled(trial)


def damaged_meanwhile(trial):
    """The gradebook is damaged during a run; then it is made anew."""
    path = trial.course.folder / "gradebook.db"
    with started(trial.course, *AUTOGRADE) as running:
        trial.moment(running)
        trial.notes.append(_spoil(path, trial.rng))
        code = running.wait()
        trial.notes.append(f"exit code {code}")
        if code:
            trial.ends(running, 1, says=DAMAGED)
    for each in path.parent.glob("gradebook.db*"):
        each.rename(each.with_name(f"damaged{each.suffix}"))
    run(trial.course, "nbgrader", "generate_assignment", NAME, "--create", "--force")
    with Gradebook(trial.course.url) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate="2026-01-02 12:00:00 UTC")
    trial.again(*AUTOGRADE, "--student", BY_HAND)
    score_by_hand(trial.course)
    settled(trial)


def scores_lost(trial):
    """The gradebook is lost after a run, and a backup from before it is taken."""
    path = trial.course.folder / "gradebook.db"
    backup = path.read_bytes()
    trial.again(*AUTOGRADE)
    path.write_bytes(backup)
    settled(trial)
