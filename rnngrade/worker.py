"""The process in which a student's cells run.

It is started by :mod:`rnngrade.channel` as ``python -I -S worker.py SETTINGS``, loads
its neighbors, goes into the sandbox, and then answers requests, one frame in, one
frame out:

- ``run``: execute the source of a cell; answers the printed text, the last value as
  a notebook shows it, and the traceback;
- ``call``: call a function by its name; answers what
  :func:`rnngrade.observation.observe` saw. An argument may be a function of the other
  side.

Nothing here decides anything. Student code runs in the same process and may change
all of it: the other side takes every answer as a claim.
"""

import builtins
import importlib
import json
import os
import sys
import traceback
import types
from collections.abc import Callable
from typing import Any

# A package of its own for the neighbors: to import `rnngrade` would run its __init__,
# and with it the reference solutions.
NEIGHBORS = types.ModuleType("_rnngrade")
NEIGHBORS.__path__ = [os.path.dirname(os.path.abspath(__file__))]
sys.modules[NEIGHBORS.__name__] = NEIGHBORS


def load(name: str) -> types.ModuleType:
    """Import a neighbor of this file without its package.

    Parameters
    ----------
    name : str
        The file's name without its ending.

    Returns
    -------
    module
        The module.
    """
    return importlib.import_module(f"{NEIGHBORS.__name__}.{name}")


execution, stand_ins, values = load("execution"), load("stand_ins"), load("values")
MAX_TEXT = execution.MAX_TEXT
OWN = (__file__, execution.__file__)  # left out of tracebacks


def main(settings: dict[str, Any]) -> None:
    """Go into the sandbox and answer requests until the pipe is closed.

    Parameters
    ----------
    settings : dict
        ``fds``, ``parent``, ``scratch``, ``packages``, ``readable``, ``limits`` and
        ``protected``, as :class:`rnngrade.channel.Worker` writes them.
    """
    sandbox = load("sandbox")
    sandbox.die_with_parent(settings["parent"])
    sys.meta_path.append(stand_ins.Guard(settings["packages"]))
    frames, observation = load("frames"), load("observation")
    NEIGHBORS.__path__ = []  # student code finds nothing more there
    limits = sandbox.Limits(**settings["limits"])
    if settings["protected"]:
        sandbox.enter(settings["readable"], settings["scratch"], limits)
    else:
        sandbox.limit(limits)
    sys.modules["rnngrade"] = stand_ins.stand_in()
    Server(frames, observation, *settings["fds"]).serve()


class Server:
    """Answer requests about one student's notebook.

    Parameters
    ----------
    frames, observation : module
        :mod:`rnngrade.frames` and :mod:`rnngrade.observation`, which need NumPy.
    requests, replies : int
        File descriptors to read from and to write to.
    """

    def __init__(
        self, frames: Any, observation: Any, requests: int, replies: int
    ) -> None:
        self.frames, self.observation = frames, observation
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
        data = self.frames.encode({"token": self.token, **message})
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
        header = self._read(self.frames.HEADER.size)
        if header is None:
            return None
        size = self.frames.frame_size(header)
        return self.frames.decode(header + self._read(size - len(header)))

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
            kind, frames = type(exception), exception.__traceback__
            told = part = traceback.TracebackException(kind, exception, frames)
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
            return self._observed(**vars(self.observation.observe(function, own)))
        except BaseException as exception:
            return self._observed(error=values.error_text(exception))

    def _observed(self, **seen: Any) -> dict[str, Any]:
        return {"kind": "observed", **vars(self.observation.Observation(**seen))}

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


if __name__ == "__main__":
    main(json.loads(sys.argv.pop()))
