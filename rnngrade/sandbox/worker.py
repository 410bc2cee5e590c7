"""The process in which a student's cells run.

:mod:`rnngrade.sandbox.template` forks it and puts it into the sandbox. Then it answers
requests, one frame in, one frame out:

- ``run``: execute the source of a cell; answers the printed text, the last value as
  a notebook shows it, and the traceback;
- ``call``: call a function by its name; answers what
  :func:`rnngrade.sandbox.observation.observe` saw. An argument may be a function of
  the other side.

The template loads this file without its package, hence the relative imports.

Nothing here decides anything. Student code runs in the same process and may change
all of it: the other side takes every answer as a claim.
"""

import builtins
import os
import sys
import traceback
import types
from collections.abc import Callable
from typing import Any

from . import execution, frames, observation, stand_ins, values

MAX_TEXT = execution.MAX_TEXT
OWN = (__file__, execution.__file__)  # left out of tracebacks


class Server:
    """Answer requests about one student's notebook.

    Parameters
    ----------
    requests, replies : int
        File descriptors to read from and to write to.
    """

    def __init__(self, requests: int, replies: int) -> None:
        self.requests, self.replies = requests, replies
        self.token = 0
        module = types.ModuleType("__main__")
        self.namespace = module.__dict__
        sys.modules["__main__"] = module
        builtins.display = lambda *objects: print(*map(repr, objects), sep="\n")
        builtins.input, builtins.get_ipython = stand_ins.no_input, stand_ins.Nothing

    def serve(self) -> None:
        """Answer requests until the other side closes the pipe."""
        self.send({"kind": "ready"})
        while True:
            request = self.receive()
            if request is None:
                return
            self.token = request["token"]
            sys.stdout = sys.stderr = execution.Capture(MAX_TEXT)
            if request["kind"] == "run":
                reply = self.run(request["source"], request["label"])
            else:
                reply = self.call(request["function"], request["args"])
            try:
                self.send(reply)
            except ValueError as error:  # a value may fill a frame by itself
                self.send(self._observed(error=f"The answer: {error}"))

    def send(self, message: dict[str, Any]) -> None:
        """Write one frame.

        Parameters
        ----------
        message : dict
            Its content; the token of the request is added.
        """
        data = frames.encode({"token": self.token, **message})
        view = memoryview(data)
        while view:
            view = view[os.write(self.replies, view) :]

    def receive(self) -> dict[str, Any] | None:
        """Read one frame.

        Returns
        -------
        dict or None
            Its content; None when the pipe is closed.
        """
        header = self._read(frames.HEADER.size)
        if header is None:
            return None
        size = frames.frame_size(header)
        return frames.decode(header + self._read(size - len(header)))

    def _read(self, size: int) -> bytes | None:
        data = bytearray()
        while len(data) < size:
            part = os.read(self.requests, size - len(data))
            if not part:
                return None
            data += part
        return bytes(data)

    def run(self, source: str, label: str) -> dict[str, str]:
        """Execute a cell.

        Parameters
        ----------
        source : str
            Its text.
        label : str
            What a traceback calls it.

        Returns
        -------
        dict
            ``text`` printed, ``result`` shown and ``error`` raised, all limited.
        """
        capture, shown, error = sys.stdout, "", ""
        try:
            shown = execution.show(
                execution.execute(source, f"<{label}>", self.namespace)
            )
        except BaseException as exception:
            error = self.report(exception)
        texts = {"text": capture.text(), "result": shown, "error": error}
        limited = {k: values.clean(v, 2 * MAX_TEXT) for k, v in texts.items()}
        return {"kind": "ran", **limited}

    def report(self, exception: BaseException) -> str:
        """Write a traceback without the frames of this file.

        Parameters
        ----------
        exception : BaseException
            What a cell raised.

        Returns
        -------
        str
            The text that Python would print, or the short form if that fails.
        """
        try:
            kind, trace = type(exception), exception.__traceback__
            told = part = traceback.TracebackException(kind, exception, trace)
            while part:
                own = [frame for frame in part.stack if frame.filename not in OWN]
                part.stack = traceback.StackSummary.from_list(own)
                part = part.__cause__ or part.__context__
            text = "".join(told.format())
        except BaseException:
            text = values.error_text(exception)
        return text if len(text) <= MAX_TEXT else "…" + text[-MAX_TEXT:]

    def call(self, name: str, args: tuple) -> dict[str, Any]:
        """Call one of the notebook's functions.

        Parameters
        ----------
        name : str
            The function's name.
        args : tuple
            Its arguments; a `Callback` becomes a function that asks the other side.

        Returns
        -------
        dict
            What was observed, or ``kind`` = ``"missing"``.
        """
        function = self.namespace.get(name)
        if not callable(function):
            return {"kind": "missing"}
        own = tuple(
            self.remote(arg) if isinstance(arg, values.Callback) else arg
            for arg in args
        )
        try:
            return self._observed(**vars(observation.observe(function, own)))
        except BaseException as exception:
            return self._observed(error=values.error_text(exception))

    def _observed(self, **seen: Any) -> dict[str, Any]:
        return {"kind": "observed", **vars(observation.Observation(**seen))}

    def remote(self, callback: Any) -> Callable:
        """Make a function that is answered by the other side.

        Parameters
        ----------
        callback : Callback
            Which function it is.

        Returns
        -------
        callable
            Takes positional arguments of the closed set of values.
        """

        def function(*args: object) -> Any:
            self.send({"kind": "ask", "index": callback.index, "args": args})
            answer = self.receive()
            if answer["error"]:
                raise RuntimeError(answer["error"])
            return answer["value"]

        return function
