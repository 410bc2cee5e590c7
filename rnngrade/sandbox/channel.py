"""The trusted end of the pipe to a worker.

A :class:`Worker` is one sandboxed process. ``ask`` sends a request and returns the
answer, under one deadline for the whole exchange. Every frame that comes back is
taken as written by an opponent: it must be well formed, of a kind that this request
allows, and carry the request's random token. Anything else, a process that ended and
a deadline that passed are the same thing: the worker is killed and
:class:`WorkerLost` says why.

This module knows nothing of notebooks; starting again is up to :mod:`rnngrade.session`.
"""

import contextlib
import itertools
import os
import secrets
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rnngrade import sandbox
from rnngrade.sandbox import frames, nursery
from rnngrade.sandbox.lockdown import Limits
from rnngrade.sandbox.usage import Usage
from rnngrade.sandbox.values import error_text

_TICK = 0.2  # seconds between two looks at what the worker does
_FORMS: dict[str, dict[str, type]] = {
    "ready": {},
    "missing": {},
    "ran": {"text": str, "result": str, "error": str},
    "observed": {"value": object, "error": str, "mutated": tuple, "views": tuple},
    "ask": {"index": int, "args": tuple},
}
_ANSWERS = {"run": ("ran",), "call": ("observed", "missing", "ask")}


class WorkerLost(Exception):
    """The worker gave no answer and has been killed; the text says why.

    Parameters
    ----------
    reason : str
        Why.
    killed : bool
        Whether somebody else killed it: a person, or a kernel short of memory.
    """

    def __init__(self, reason: str, killed: bool = False) -> None:
        super().__init__(reason)
        self.killed = killed


@dataclass(frozen=True)
class Confinement:
    """What a worker may use.

    Attributes
    ----------
    packages : tuple of str
        Names of the installed packages that students may import.
    limits : rnngrade.sandbox.lockdown.Limits
        Memory, processor time, files.
    scratch_bytes : int
        Bytes of all files that it may write.
    threads : int
        Threads that may run at the same time; not exact, they are counted now and then.
    protected : bool
        False runs student code without a sandbox.
    sandbox : str
        ``"bubblewrap"``, ``"landlock"``, or ``"auto"`` for the first that works.
    """

    packages: tuple[str, ...] = ("numpy",)
    limits: Limits = field(default_factory=Limits)
    scratch_bytes: int = 64 << 20
    threads: int = 64
    protected: bool = True
    sandbox: str = "auto"


class Worker:
    """One process that runs one student's code.

    Parameters
    ----------
    confinement : Confinement
        What it may use.

    Raises
    ------
    rnngrade.sandbox.SandboxUnavailable
        If the machine has no sandbox and `confinement` asks for one.
    ChildProcessError
        If the process does not come up: no student's fault, so no `WorkerLost`.
    """

    def __init__(self, confinement: Confinement) -> None:
        self.confinement = confinement
        self.process = self._start()
        self.scratch = self.process.scratch
        # It can take back what it wrote: then there is nothing to read any more.
        for pipe in (self._requests, self._replies):
            os.set_blocking(pipe, False)
        self._seconds = nursery.START_SECONDS
        self._deadline = time.monotonic() + self._seconds
        self._token, self._looked = 0, 0.0
        try:
            self._reply(("ready",))
        except WorkerLost as lost:
            raise ChildProcessError(
                f"The worker for student code did not start: {lost}. No student code "
                "has run. Give it more memory (`c.Grade.memory`, in megabytes) or "
                "check that the packages of `c.Grade.packages` can be imported."
            ) from None

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process and remove what it wrote; a second time is harmless."""
        self.process.close()
        self._close_pipes()

    def ask(
        self,
        request: dict[str, Any],
        seconds: float,
        functions: tuple[Callable, ...] = (),
    ) -> dict[str, Any]:
        """Send one request and wait for its answer.

        Parameters
        ----------
        request : dict
            ``kind`` is ``"run"`` or ``"call"``; see :mod:`rnngrade.sandbox.worker`.
        seconds : float
            Time for everything, the answers to its questions included.
        functions : tuple of callable
            What the request's callbacks stand for.

        Returns
        -------
        dict
            The answer, its fields of the right types.

        Raises
        ------
        WorkerLost
            If there is no such answer.
        """
        self._seconds, self._deadline = seconds, time.monotonic() + seconds
        if select.select([self._replies], [], [], 0)[0]:
            self._lose(self._end() or "it wrote to the grader without being asked")
        self._token = secrets.randbits(62)
        self._send(request)
        reply = self._reply(_ANSWERS[request["kind"]])
        while reply["kind"] == "ask":
            self._send(_answer(reply, functions))
            reply = self._reply(_ANSWERS[request["kind"]])
        # After each cell, and else as often as while waiting.
        if request["kind"] == "run" or time.monotonic() - self._looked > _TICK:
            self._watch()
        return reply

    def _start(self) -> nursery.Child:
        kind = nursery.UNPROTECTED
        if self.confinement.protected:
            kind = sandbox.choose(self.confinement.sandbox)
        try:
            return self._fork(kind)
        except nursery.NurseryLost:  # it may have died long ago; a new one has not
            return self._fork(kind)

    def _fork(self, kind: str) -> nursery.Child:
        confinement = self.confinement
        theirs_in, self._requests = os.pipe()
        self._replies, theirs_out = os.pipe()
        try:
            return nursery.start(
                confinement.packages, kind, confinement.limits, (theirs_in, theirs_out)
            )
        except BaseException:
            self._close_pipes()
            raise
        finally:
            os.close(theirs_in)
            os.close(theirs_out)

    def _close_pipes(self) -> None:
        for pipe in (self._requests, self._replies):
            with contextlib.suppress(OSError):
                os.close(pipe)
        self._requests = self._replies = -1

    def _lose(self, reason: str) -> None:
        killed = self.process.returncode == -signal.SIGKILL
        self.close()
        raise WorkerLost(reason, killed)

    def _end(self) -> str:
        """Say how the process ended; empty while it runs."""  # numpydoc ignore=RT01
        code = self.process.wait(_TICK)
        if code is None:
            return ""
        if code == -signal.SIGXCPU:
            return f"it used {self.confinement.limits.cpu} s of processor time"
        return f"it ended the process ({_cause(code)})"

    def _send(self, message: dict[str, Any]) -> None:
        view = memoryview(frames.encode({"token": self._token, **message}))
        while view:
            self._wait(self._requests, select.POLLOUT)
            try:
                view = view[os.write(self._requests, view) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                self._lose(self._end() or "it closed the grader's pipe")

    def _reply(self, kinds: tuple[str, ...]) -> dict[str, Any]:
        try:
            header = self._read(frames.HEADER.size)
            size = frames.frame_size(header)
            reply = frames.decode(header + self._read(size - len(header)))
            _check(reply, kinds, self._token)
        except ValueError:
            self._lose("it wrote to the grader what is no answer")
        return reply

    def _read(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            self._wait(self._replies, select.POLLIN)
            try:
                part = os.read(self._replies, min(size - len(data), 1 << 20))
            except BlockingIOError:
                continue
            if not part:
                self._lose(self._end() or "it closed the grader's pipe")
            data += part
        return bytes(data)

    def _wait(self, pipe: int, event: int) -> None:
        poll = select.poll()
        poll.register(pipe, event)
        while True:
            left = self._deadline - time.monotonic()
            if left <= 0:
                self._lose(f"it took longer than {self._seconds:g} s")
            # Also while something comes: a dribble must not buy time unwatched.
            if time.monotonic() - self._looked > _TICK:
                self._watch()
            if poll.poll(1000 * min(left, _TICK)):
                return

    def _watch(self) -> None:
        self._looked = time.monotonic()
        confinement = self.confinement
        process = Usage(self.process.pid, self.scratch)
        if process.threads() > confinement.threads:
            self._lose(f"it started more than {confinement.threads} threads")
        used = itertools.accumulate(process.file_sizes(confinement.limits.file_size))
        # One by one: what there is may be without end.
        if any(total > confinement.scratch_bytes for total in used):
            limit = confinement.scratch_bytes >> 20
            self._lose(f"it wrote more than {limit} MB of files")


def _check(reply: object, kinds: tuple[str, ...], token: int) -> None:
    if type(reply) is not dict or type(reply.get("kind")) is not str:
        raise ValueError("not an answer")
    if reply["kind"] not in kinds or type(reply.get("token")) is not int:
        raise ValueError("not an answer to this")
    form = _FORMS[reply["kind"]]
    if reply["token"] != token or reply.keys() != {"kind", "token", *form}:
        raise ValueError("not the fields of an answer")
    for name, kind in form.items():
        if kind is not object and type(reply[name]) is not kind:
            raise ValueError("not the types of an answer")


def _answer(question: dict[str, Any], functions: tuple[Callable, ...]) -> dict:
    try:
        if not 0 <= question["index"] < len(functions):
            raise LookupError("there is no such function")
        value = functions[question["index"]](*question["args"])
        frames.encode(value)  # too large a value is an error of this call as well
    except Exception as error:
        return {"kind": "answer", "value": None, "error": error_text(error)}
    return {"kind": "answer", "value": value, "error": ""}


def _cause(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
