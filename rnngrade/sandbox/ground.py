"""What lies around a sandbox while something tries to get out of it.

A :class:`Ground` has files, listening sockets and another process, all of them marked
with a random secret, and tells afterwards which of them was reached.

This module knows no attempt: see :mod:`rnngrade.sandbox.escapes`.
"""

import contextlib
import functools
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

# Anybody may trace it, also where the kernel lets only parents do so.
_VICTIM = (
    "import ctypes, time; ctypes.CDLL(None).prctl(0x59616d61, ctypes.c_long(-1));"
    "print(flush=True); time.sleep(600)"
)
REFERENCE = Path(__file__).parents[2] / "rnncore" / "cells.py"


class Ground:
    """What lies around the sandbox and must not be reached from it."""

    def __init__(self) -> None:
        self.secret = secrets.token_hex(8)
        self.folder = Path(tempfile.mkdtemp(prefix="rnngrade-doctor-"))
        self.gradebook = self._file(self.folder / "gradebook.db")
        self.written = self.folder / "written"
        # Where there is no home to write in, the folder has to do.
        home = Path.home() if os.access(Path.home(), os.W_OK) else self.folder
        self.at_home = self._file(home / f".rnngrade-doctor-{self.secret[::-1]}")
        self.other = ""
        self._sockets: list[socket.socket] = []
        self._processes: list[subprocess.Popen] = []

    def __enter__(self) -> "Ground":
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()
        for listener in self._sockets:
            listener.close()
        self.at_home.unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _file(self, path: Path) -> Path:
        path.write_text(self.secret)
        return path

    @functools.cached_property
    def victim(self) -> subprocess.Popen:
        """Another process of the same user, with the secret in its environment.

        Returns
        -------
        subprocess.Popen
            It sleeps.
        """
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _VICTIM],
            env={"SECRET": self.secret},
            stdout=subprocess.PIPE,
        )
        self._processes.append(process)
        process.stdout.readline()
        return process

    def listener(
        self, family: int = socket.AF_INET, kind: int = socket.SOCK_STREAM
    ) -> socket.socket:
        """Listen, where anybody on this machine could connect.

        Parameters
        ----------
        family, kind : int
            Of the socket.

        Returns
        -------
        socket.socket
            The same one for the same arguments.
        """
        for known in self._sockets:
            if (known.family, known.type) == (family, kind):
                return known
        opened = socket.socket(family, kind)
        self._sockets.append(opened)
        local = family == socket.AF_UNIX
        opened.bind(f"\0{self.secret[::-1]}" if local else ("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            opened.listen()
        opened.setblocking(False)
        return opened

    def reached(
        self, family: int = socket.AF_INET, kind: int = socket.SOCK_STREAM
    ) -> bool:
        """Tell whether anything arrived at a listener.

        Parameters
        ----------
        family, kind : int
            As :meth:`listener` takes them.

        Returns
        -------
        bool
            True also for a connection without a byte.
        """
        listener = self.listener(family, kind)
        with contextlib.suppress(BlockingIOError):
            if kind == socket.SOCK_DGRAM:
                return bool(listener.recv(100))
            listener.accept()[0].close()
            return True
        return False

    def names(self, source: str) -> str:
        """Write the names that an attempt uses as lines of Python.

        Parameters
        ----------
        source : str
            The attempt; what it does not name is not set up.

        Returns
        -------
        str
            One assignment for each name.
        """
        values: dict[str, Callable[[], object]] = {
            "FOLDER": lambda: str(self.folder),
            "GRADEBOOK": lambda: str(self.gradebook),
            "AT_HOME": lambda: str(self.at_home),
            "WRITTEN": lambda: str(self.written),
            "REFERENCE": lambda: str(REFERENCE),
            "OTHER": lambda: self.other,
            "VICTIM": lambda: self.victim.pid,
            "TCP": lambda: self.listener().getsockname()[1],
            "UDP": lambda: self.listener(kind=socket.SOCK_DGRAM).getsockname()[1],
            "LOCAL": lambda: self.listener(socket.AF_UNIX).getsockname().decode(),
            "TERCES": lambda: self.secret[::-1],
        }
        used = {name: value() for name, value in values.items() if name in source}
        return "".join(f"{name} = {value!r}\n" for name, value in used.items())


def status(pid: int, name: str) -> list[str]:
    """Read what the kernel tells of a process.

    Parameters
    ----------
    pid : int
        The process.
    name : str
        What to tell, such as ``"Uid"``.

    Returns
    -------
    list of str
        Its words; none if the process is gone.
    """
    with contextlib.suppress(OSError), open(f"/proc/{pid}/status") as lines:
        for line in lines:
            if line.startswith(f"{name}:"):
                return line.split()[1:]
    return []


def session_members(leader: int) -> list[int]:
    """List the processes of a session.

    Parameters
    ----------
    leader : int
        Its number: the process that began it.

    Returns
    -------
    list of int
        Those that run now, the leader among them.
    """
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError, ValueError):
            if os.getsid(int(name)) == leader:
                found.append(int(name))
    return found
