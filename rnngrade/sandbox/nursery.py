"""Where workers come from: a process with everything loaded, forked for each of them.

A :class:`Nursery` is the trusted end of one :mod:`rnngrade.sandbox.template`, which
costs what it costs to start Python and to import NumPy; each :class:`Child` that it
forks costs a few milliseconds. :func:`start` finds the nursery for a sandbox and its
packages, or opens one, and replaces one that has died. They belong to this process
alone, and end with it, however it ends: their sockets are closed then.

What a child says is no business of this module: see :mod:`rnngrade.sandbox.channel`.
"""

import atexit
import contextlib
import importlib.util
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rnngrade.sandbox import bubblewrap, landlock
from rnngrade.sandbox.lockdown import Limits
from rnngrade.sandbox.usage import mark_unused

START_SECONDS = 60.0
UNPROTECTED = "none"
# All that a worker is made of; what is beside them holds reference solutions.
_FILES = ("template", "worker", "execution", "stand_ins", "values", "frames")
_FILES += ("observation", "lockdown", "landlock", "seccomp", "kernel")
_GONE = (
    "The process that starts workers for student code has ended. No student code is "
    "to blame. If it happens again, `rnngrade doctor` says what this machine lacks."
)


class NurseryLost(ChildProcessError):
    """The process from which workers are forked is gone; the text says why."""


class Nursery:
    """A process that forks workers, for one sandbox and one set of packages.

    Parameters
    ----------
    packages : tuple of str
        Names of the installed packages that students may import.
    kind : str
        A name in :data:`rnngrade.sandbox.KINDS`, or `UNPROTECTED`.

    Raises
    ------
    ValueError
        If a package is not installed, or must not be allowed.
    NurseryLost
        If the process does not come up.
    """

    def __init__(self, packages: tuple[str, ...], kind: str) -> None:
        found = [_find(name) for name in packages]
        landlocked = not landlock.missing()
        # Without landlock, a child sees the files of another: one at a time then.
        self.exclusive = kind == "bubblewrap" and not landlocked
        self.live = 0
        self._exchange = threading.RLock()
        self._descriptor = -1
        self.folder = tempfile.mkdtemp(prefix="rnngrade-")
        settings = {
            "folder": self.folder,
            "packages": {name: start for name, start, _ in found},
            "readable": [path for _, _, paths in found for path in paths],
            "protected": kind != UNPROTECTED,
            "landlocked": landlocked,
        }
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with theirs:
                self._process = _open(settings, theirs.fileno(), kind)
        except OSError:
            self._control.close()
            shutil.rmtree(self.folder)
            raise
        self._control.settimeout(START_SECONDS)
        self._descriptor = self._order({})[1][0]
        self.pid = host_pid(self._descriptor)

    def alive(self) -> bool:
        """Tell whether it can still fork.

        Returns
        -------
        bool
            False also after `close`.
        """
        # Its launcher removes the folder when it ends, also where it was killed alone.
        launched = self._process.poll() is None
        return (
            launched and self._descriptor >= 0 and not _has_ended(self._descriptor, 0)
        )

    def close(self) -> None:
        """End it and all of its workers; a second time is harmless."""
        with contextlib.suppress(OSError):  # another thread may wait for an answer
            self._control.shutdown(socket.SHUT_RDWR)
        with self._exchange:
            self._control.close()
            if self._descriptor >= 0:
                _kill(self._descriptor)
                os.close(self._descriptor)
                self._descriptor = -1
            elif self._process.returncode is None:
                self._process.kill()
            self._process.wait()
            shutil.rmtree(self.folder, ignore_errors=True)

    def forget(self) -> None:
        """Close what a copy of this process has inherited; the nursery lives on."""
        self._exchange = threading.RLock()  # perhaps another thread held it
        self._process.returncode = 0  # not to be waited for: it is no child of ours
        self._control.close()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def fork(self, limits: Limits, ends: tuple[int, int]) -> "Child":
        """Make a worker.

        Parameters
        ----------
        limits : rnngrade.sandbox.lockdown.Limits
            What it may use.
        ends : tuple of int
            Its descriptors to read requests from and to write replies to.

        Returns
        -------
        Child
            It is about to say that it is ready.

        Raises
        ------
        NurseryLost
            If the nursery has died.
        """
        scratch = self.folder
        with self._exchange:  # or `close` would miss the folder that is made here
            if not self.exclusive:
                try:
                    scratch = tempfile.mkdtemp(dir=self.folder)
                except FileNotFoundError:
                    self.close()
                    raise NurseryLost(_GONE) from None
            mark_unused(scratch)
            order = {"scratch": scratch, "limits": asdict(limits)}
            answer, (descriptor,) = self._order(order, ends)
        return Child(self, answer["pid"], descriptor, scratch)

    def tidy(self, scratch: str) -> None:
        """Remove what a worker wrote that has ended.

        Parameters
        ----------
        scratch : str
            Its folder.
        """
        if not self.exclusive:
            shutil.rmtree(scratch, ignore_errors=True)
            return
        with contextlib.suppress(FileNotFoundError):  # after `close`
            for name in os.listdir(scratch):
                with contextlib.suppress(OSError):
                    os.unlink(os.path.join(scratch, name))
            if os.listdir(scratch):
                self.close()  # the next worker must not find it

    def how_it_ended(self, pid: int) -> dict[str, Any]:
        """Ask how a worker has ended that is known to have ended.

        Parameters
        ----------
        pid : int
            What the nursery calls it.

        Returns
        -------
        dict
            ``code``, ``memory`` and ``cpu_seconds``.

        Raises
        ------
        NurseryLost
            If the nursery has died.
        """
        return self._order({"ended": pid})[0]

    def _order(
        self, order: dict[str, Any], ends: tuple[int, ...] = ()
    ) -> tuple[dict[str, Any], list[int]]:
        with self._exchange:
            try:
                socket.send_fds(self._control, [json.dumps(order).encode()], ends)
                return self._receive()
            except BaseException as error:
                # An answer that came too late would be taken for the next one.
                self.close()
                if isinstance(error, OSError):
                    raise NurseryLost(_GONE) from None
                raise

    def _receive(self) -> tuple[dict[str, Any], list[int]]:
        # Not `socket.recv_fds`: what it returns is inherited by other programs.
        data, about, _, _ = self._control.recvmsg(
            1 << 16, socket.CMSG_SPACE(4), socket.MSG_CMSG_CLOEXEC
        )
        if not data:
            raise ConnectionResetError
        return json.loads(data), [struct.unpack("i", words)[0] for *_, words in about]


class Child:
    """A worker's process, seen from the grader's.

    Parameters
    ----------
    nursery : Nursery
        Where it comes from.
    number : int
        What the nursery calls it.
    descriptor : int
        A descriptor of the process, which is never taken for another one.
    scratch : str
        The folder in which it may write.

    Attributes
    ----------
    nursery : Nursery
        Where it comes from.
    pid : int
        Its process id here.
    returncode : int or None
        As :mod:`subprocess` has it; None while it runs.
    memory : int
        The most bytes of memory that it had, what it shares with others included;
        known when it has ended.
    cpu_seconds : float
        Its processor time; known when it has ended.
    """

    def __init__(
        self, nursery: Nursery, number: int, descriptor: int, scratch: str
    ) -> None:
        self.pid = host_pid(descriptor)
        self.scratch = scratch
        self.returncode: int | None = None
        self.memory, self.cpu_seconds = 0, 0.0
        self.nursery, self._number, self._descriptor = nursery, number, descriptor

    def wait(self, seconds: float) -> int | None:
        """Wait for its end.

        Parameters
        ----------
        seconds : float
            How long at most.

        Returns
        -------
        int or None
            Its return code; None if it is still running.
        """
        if self.returncode is None and _has_ended(self._descriptor, seconds):
            # Without the nursery, nobody but the kernel can have ended it.
            used = {"code": -signal.SIGKILL, "memory": 0, "cpu_seconds": 0.0}
            with contextlib.suppress(NurseryLost):
                used = self.nursery.how_it_ended(self._number)
            self.returncode = used["code"]
            self.memory, self.cpu_seconds = used["memory"], used["cpu_seconds"]
        return self.returncode

    def close(self) -> None:
        """End it and remove what it wrote; a second time is harmless."""
        if self._descriptor < 0:
            return
        if self.returncode is None:
            _kill(self._descriptor)
            if self.wait(START_SECONDS) is None:
                self.nursery.close()  # it may write until nobody knows when
        os.close(self._descriptor)
        self._descriptor = -1
        self.nursery.tidy(self.scratch)
        with _LOCK:
            self.nursery.live -= 1


_LOCK = threading.Lock()
_NURSERIES: dict[tuple[tuple[str, ...], str], list[Nursery]] = {}
_ENDING = False


def start(
    packages: tuple[str, ...], kind: str, limits: Limits, ends: tuple[int, int]
) -> Child:
    """Make a worker, in a nursery that is open already if there is one.

    Parameters
    ----------
    packages : tuple of str
        As :class:`Nursery` takes it.
    kind : str
        As :class:`Nursery` takes it.
    limits : rnngrade.sandbox.lockdown.Limits
        What the worker may use.
    ends : tuple of int
        Its descriptors to read requests from and to write replies to.

    Returns
    -------
    Child
        The worker's process.

    Raises
    ------
    NurseryLost
        If it dies meanwhile. The pipes may have been used: another try needs new ones.
    """
    return _free_nursery(packages, kind).fork(limits, ends)


def _free_nursery(packages: tuple[str, ...], kind: str) -> Nursery:
    with _LOCK:
        if _ENDING:
            raise NurseryLost(_GONE)
        group = _NURSERIES.setdefault((packages, kind), [])
        for nursery in [each for each in group if not each.alive()]:
            nursery.close()
            group.remove(nursery)
        for nursery in group:
            if not (nursery.exclusive and nursery.live):
                break
        else:
            nursery = Nursery(packages, kind)
            group.append(nursery)
        nursery.live += 1
        return nursery


def close_all() -> None:
    """End all nurseries of this process, and their workers."""
    with _LOCK:
        for nursery in [each for group in _NURSERIES.values() for each in group]:
            nursery.close()
        _NURSERIES.clear()


def _end() -> None:
    """Open no more nurseries: threads may go on while this process ends."""
    global _ENDING
    _ENDING = True
    close_all()


def _forget_all() -> None:
    """Leave the nurseries to the process of which this one is a copy."""
    global _LOCK
    _LOCK = threading.Lock()  # perhaps another thread held it
    for nursery in [each for group in _NURSERIES.values() for each in group]:
        nursery.forget()
    _NURSERIES.clear()


atexit.register(_end)
os.register_at_fork(after_in_child=_forget_all)


def host_pid(descriptor: int) -> int:
    """Read the process id that a descriptor stands for.

    Parameters
    ----------
    descriptor : int
        Of a process, perhaps in another namespace.

    Returns
    -------
    int
        Its id here; -1 when it has ended and been waited for.
    """
    with open(f"/proc/self/fdinfo/{descriptor}", encoding="ascii") as lines:
        return next(int(line[4:]) for line in lines if line.startswith("Pid:"))


def _has_ended(descriptor: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(1000 * seconds))


def _kill(descriptor: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)


def _open(settings: dict[str, Any], control: int, kind: str) -> subprocess.Popen:
    files = [str(Path(__file__).with_name(f"{name}.py")) for name in _FILES]
    told = json.dumps({"socket": control, **settings})
    words = [*bubblewrap.python(), files[0], told]
    if kind == "bubblewrap":
        readable = [*files, *settings["readable"]]
        words = bubblewrap.command(words, readable, settings["folder"])
        # From within, the folder of a mount cannot be removed.
        then_remove = f'"$@"; "{shutil.which("rm")}" -rf -- "$0"'
        words = ["/bin/sh", "-c", then_remove, settings["folder"], *words]
    return subprocess.Popen(
        words,
        pass_fds=(control,),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=settings["folder"],
        env=bubblewrap.ENVIRONMENT,
        start_new_session=True,
    )


def _find(name: str) -> tuple[str, str, list[str]]:
    if name.partition(".")[0] in ("rnncore", "rnngrade"):
        raise ValueError(
            f"packages: {name!r} holds reference solutions. Leave it out: students "
            "get what they need in the notebook."
        )
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.origin:
        raise ValueError(f"packages: {name!r} is not installed. Install it first.")
    start = Path(spec.origin)
    if start.name != "__init__.py":
        return name, str(start), [str(start)]
    libraries = start.parent.with_name(f"{name}.libs")
    return name, str(start), [str(start.parent), str(libraries)]
