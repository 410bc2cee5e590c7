"""One course folder with everybody's submissions, and all around it what to attack."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

import rnngrade
from rnngrade.source import grade_id
from tests.corpus.kit import FULL, Kit, Submission, give

ROOT = Path(rnngrade.__file__).parents[1]
NOBODY = 65534
GRADED = ("autograded", "feedback", "verdicts")  # what grading writes, in course/
# An ordinary user has a group and nothing else.
_BECOME = ("--reuid", f"{NOBODY}", "--regid", f"{NOBODY}", "--clear-groups")
AS_USER = ["setpriv", *_BECOME, "--no-new-privs", "--"]
# For this process and its children alone: folder $2, which others may not enter, is
# replaced by an empty one that they may, with $1 below it in its place.
_OPEN = """\
set -e; hold=$(mktemp -d); mount --bind "$1" "$hold"
mount -t tmpfs -o mode=755 none "$2"
mkdir -p "$1"; mount --move "$hold" "$1"
rmdir "$hold"; shift 2; exec "$@"
"""


class Listener:
    """Somebody who must not be called: TCP, UDP and a Unix socket.

    Parameters
    ----------
    path : Path
        Of the Unix socket.
    """

    def __init__(self, path: Path) -> None:
        self.heard: list[str] = []
        self.sockets = [self._tcp(), socket.socket(type=socket.SOCK_DGRAM)]
        self.port = self.sockets[0].getsockname()[1]
        self.sockets[1].bind(("127.0.0.1", self.port))
        self.sockets.append(socket.socket(socket.AF_UNIX))
        self.sockets[2].bind(str(path))
        self.sockets[2].listen()
        path.chmod(0o777)
        for each in self.sockets:
            each.settimeout(0.2)
        self._open = True
        self._threads = [threading.Thread(target=self._wait, args=[s]) for s in self]
        for thread in self._threads:
            thread.start()

    def __iter__(self) -> Iterator[socket.socket]:
        return iter(self.sockets)

    @staticmethod
    def _tcp() -> socket.socket:
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        return listening

    def _wait(self, listening: socket.socket) -> None:
        udp = listening.type == socket.SOCK_DGRAM
        while self._open:
            with suppress(TimeoutError):
                if udp:
                    self.heard.append(f"UDP: {listening.recv(200)!r}")
                    continue
                connection, _ = listening.accept()
                self.heard.append(f"a connection to {listening.getsockname()}")
                connection.close()

    def close(self) -> None:
        """Stop listening."""
        self._open = False
        for thread in self._threads:
            thread.join()
        for each in self.sockets:
            each.close()


@dataclass
class Course:
    """A folder in which a class has handed in.

    Attributes
    ----------
    root : Path
        It holds ``course/``, ``home/``, ``outside/`` and ``tmp/``.
    user : bool
        Whether an ordinary user grades.
    secrets : dict of str to str
        What must appear nowhere, and where it stands.
    """

    root: Path
    user: bool = False
    secrets: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """nbgrader's folder."""
        return self.root / "course"

    @property
    def temp(self) -> Path:
        """The folder of temporary files, empty before and after."""
        return self.root / "tmp"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the commands."""
        kept = {k: v for k, v in os.environ.items() if k in ("LANG", "LC_ALL")}
        programs = str(Path(sys.executable).parent)
        return {
            **kept,
            "PATH": os.pathsep.join((programs, "/usr/bin", "/bin")),
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.root / "home"),
            "TMPDIR": str(self.temp),
            "SECRET": self.secrets["environment"],
        }

    def run(self, *arguments: str, seconds: float) -> subprocess.CompletedProcess:
        """Run a Python module in the root folder, as the one who grades."""
        command = [sys.executable, "-B", "-m", *arguments]
        return subprocess.run(
            [*as_user(), *command] if self.user else command,
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
        )


def as_user() -> list[str]:
    """Begin a command that an ordinary user runs.

    Returns
    -------
    list of str
        What comes before the program, which may lie in a folder of root's alone.
    """
    folders = Path(sys.base_prefix).resolve().parents
    closed = [folder for folder in folders if not folder.stat().st_mode & 0o001]
    if not closed or not shutil.which("unshare"):
        return AS_USER
    inside = Path(sys.base_prefix).resolve().relative_to(closed[-1]).parts[0]
    own = ["unshare", "--mount", "--propagation", "private", "sh", "-c", _OPEN, "sh"]
    return [*own, str(closed[-1] / inside), str(closed[-1]), *AS_USER]


def why_no_user() -> str:
    """Say why an ordinary user cannot grade here; empty if one can."""
    if os.getuid():
        return "only root can become another user"
    if not shutil.which("setpriv"):
        return "setpriv is not installed"
    # The first process is started with rights that setpriv has not given up yet.
    inner = [sys.executable, "-B", "-c", "import nbgrader, numpy, rnngrade.config"]
    code = f"import subprocess; subprocess.run({inner}, check=True)"
    done = subprocess.run(
        [*as_user(), sys.executable, "-B", "-c", code],
        cwd=ROOT,
        env={"HOME": "/", "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
    )
    last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    return f"another user cannot run this Python: {last}" if done.returncode else ""


def build(root: Path, submissions: Iterable[Submission], user: bool) -> Course:
    """Make the course and everything around it; all but the listener.

    Parameters
    ----------
    root : Path
        An empty folder.
    submissions : iterable of Submission
        Who hands in.
    user : bool
        Whether all of it belongs to an ordinary user.

    Returns
    -------
    Course
        Its ``release`` and ``submitted`` are there.
    """
    places = ("canary", "home", "environment")
    course = Course(root, user, {where: secrets.token_hex(16) for where in places})
    for name in ("home", "outside", "tmp"):
        (root / name).mkdir()
    (root / "outside").chmod(0o777)
    (root / "outside" / "canary.txt").write_text(course.secrets["canary"])
    (root / "home" / "canary.txt").write_text(course.secrets["home"])
    shutil.copy(ROOT / "nbgrader_config.py", root)
    for assignment in {each.assignment for each in submissions}:
        shutil.copytree(
            ROOT / "solutions" / assignment, root / "solutions" / assignment
        )
    own(course)
    for assignment in {each.assignment for each in submissions}:
        done = course.run("nbgrader", "generate_assignment", assignment, seconds=120)
        if done.returncode:
            raise RuntimeError(done.stderr)
    return course


def own(course: Course) -> None:
    """Give everything to the user who grades."""
    if not course.user:
        return
    for folder, names, files in os.walk(course.root):
        for name in (*names, *files, "."):
            os.lchown(os.path.join(folder, name), NOBODY, NOBODY)
    for parent in (course.root, *course.root.parents):
        if not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o711)


def everybody(
    course: Course, submissions: Iterable[Submission], port: int
) -> dict[str, str]:
    """Let all hand in.

    Parameters
    ----------
    course : Course
        What `build` returned.
    submissions : iterable of Submission
        Who hands in.
    port : int
        Of the listener.

    Returns
    -------
    dict
        Names of the submissions that this machine cannot make, and why.
    """
    made = notebooks(course)
    missing = {}
    for each in submissions:
        folder = course.folder / "submitted" / each.name / each.assignment
        words = _words(course, each.assignment, port)
        kit = Kit(folder, each.assignment, made[each.assignment], words)
        try:
            give(each, kit)
        except PermissionError as error:
            shutil.rmtree(folder.parent)
            missing[each.name] = str(error)
    own(course)
    return missing


def notebooks(course: Course) -> dict[str, dict[str, NotebookNode]]:
    """Read the notebooks of each assignment, as released and with right answers.

    Parameters
    ----------
    course : Course
        The course.

    Returns
    -------
    dict
        ``{assignment: {"released": …, "reference": …}}``.
    """
    return {
        name: {
            "released": _read(course, "release", name),
            "reference": _solved(course, name),
        }
        for name in FULL
        if (course.folder / "release" / name).is_dir()
    }


def _words(course: Course, assignment: str, port: int) -> dict[str, str]:
    other = Path("submitted", f"aaa_{assignment[:2]}_full", assignment)
    return {
        "__CANARY__": str(course.root / "outside" / "canary.txt"),
        "__OUTSIDE__": str(course.root / "outside"),
        "__HOME__": str(course.root / "home"),
        "__COURSE__": str(course.folder),
        "__GRADEBOOK__": str(course.folder / "gradebook.db"),
        "__OTHER__": str(course.folder / other / f"{assignment}.ipynb"),
        "__PORT__": str(port),
        "__SOCKET__": str(course.root / "outside" / "socket"),
    }


def _read(course: Course, step: str, name: str) -> NotebookNode:
    return nbformat.read(course.folder / step / name / f"{name}.ipynb", 4)


def _solved(course: Course, name: str) -> NotebookNode:
    source, notebook = _read(course, "source", name), _read(course, "release", name)
    solutions = {
        grade_id(cell): cell.source
        for cell in source.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    for cell in notebook.cells:
        lines = solutions.get(grade_id(cell), cell.source).split("\n")
        cell.source = "\n".join(line for line in lines if " SOLUTION" not in line)
    return notebook


def snapshot(course: Course) -> dict[str, tuple]:
    """Describe every file that grading has no business changing.

    Parameters
    ----------
    course : Course
        The course.

    Returns
    -------
    dict
        Path and (kind and mode, size, time of change, hash or link).
    """
    written = {course.folder / name for name in GRADED} | {course.temp}
    found = {}
    for folder, names, files in os.walk(course.root):
        names[:] = [name for name in names if Path(folder, name) not in written]
        for name in (*names, *files):
            path = Path(folder, name)
            if not path.name.startswith("gradebook.db"):
                found[str(path.relative_to(course.root))] = _described(path)
    return found


def _described(path: Path) -> tuple:
    about = path.lstat()
    if stat.S_ISLNK(about.st_mode):
        return about.st_mode, os.readlink(path)
    if stat.S_ISDIR(about.st_mode):
        return (about.st_mode,)
    content = b""
    if stat.S_ISREG(about.st_mode):
        with open(path, "rb") as file:
            content = file.read(1 << 22)  # of endless ones, the beginning
    digest = hashlib.sha256(content).hexdigest()
    return about.st_mode, about.st_size, about.st_mtime_ns, digest
