"""The process in which a student's cells run.

It is started by :mod:`rnngrade.channel` as ``python -I -S worker.py SETTINGS``, loads
:mod:`rnngrade.values` and :mod:`rnngrade.sandbox` by their paths, goes into the
sandbox, and then answers requests, one frame in, one frame out:

- ``run``: execute the source of a cell; answers the printed text, the last value as
  a notebook shows it, and the traceback;
- ``call``: call a function by its name; answers what :func:`rnngrade.values.observe`
  saw. An argument may be a function of the other side.

Nothing here decides anything. Student code runs in the same process and may change
all of it: the other side takes every answer as a claim.
"""

import ast
import builtins
import importlib.abc
import importlib.machinery
import importlib.util
import io
import json
import linecache
import os
import sys
import traceback
import types
from collections.abc import Callable
from typing import Any

MAX_TEXT = 20_000  # characters kept of what one cell prints, shows or raises
NO_REFERENCE = (
    "{} holds the reference solutions and is not available while your notebook is "
    "graded. Use what your own cells define, NumPy and the standard library."
)
NOT_INSTALLED = (
    "No module named {!r}: only the standard library and {} are available while "
    "your notebook is graded."
)


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
    sys.meta_path.append(Guard(settings["packages"]))
    values = load("values")
    limits = sandbox.Limits(**settings["limits"])
    if settings["protected"]:
        sandbox.enter(settings["readable"], settings["scratch"], limits)
    else:
        sandbox.limit(limits)
    sys.modules["rnngrade"] = stand_in()
    Server(values, *settings["fds"]).serve()


def load(name: str) -> types.ModuleType:
    """Import a neighbor of this file by its path.

    Parameters
    ----------
    name : str
        The file's name without its ending.

    Returns
    -------
    module
        The module; the folder does not become importable.
    """
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"_{name}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Guard(importlib.abc.MetaPathFinder):
    """Find the allowed packages, and say why another one is not found.

    Parameters
    ----------
    packages : dict
        Name of each allowed package and the file that it begins with.
    """

    def __init__(self, packages: dict[str, str]) -> None:
        self.packages = packages

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find a top-level module, as the import system asks.

        Parameters
        ----------
        fullname : str
            The module's name.
        path, target : object, optional
            Not used.

        Returns
        -------
        ModuleSpec or None
            None for a part of a package, which other finders look for.

        Raises
        ------
        ModuleNotFoundError
            For a module that is not allowed.
        """
        top, _, rest = fullname.partition(".")
        if top in ("rnncore", "rnngrade"):
            raise ModuleNotFoundError(NO_REFERENCE.format(top), name=fullname)
        if rest:
            return None
        if fullname not in self.packages:
            allowed = ", ".join(self.packages) or "nothing else"
            text = NOT_INSTALLED.format(fullname, allowed)
            raise ModuleNotFoundError(text, name=fullname)
        start = self.packages[fullname]
        folder = [os.path.dirname(start)] if start.endswith("__init__.py") else None
        return importlib.util.spec_from_file_location(
            fullname, start, submodule_search_locations=folder
        )


def stand_in() -> types.ModuleType:
    """Make what ``from rnngrade import check`` finds here.

    Returns
    -------
    module
        A module whose ``check`` decides nothing.
    """

    def check(*_: object, **__: object) -> None:
        print("Your answers are checked after your cells have run.")

    def missing(name: str) -> None:
        raise ImportError(NO_REFERENCE.format(f"rnngrade.{name}"))

    module = types.ModuleType("rnngrade")
    module.check, module.__getattr__, module.__path__ = check, missing, []
    return module


class Capture(io.TextIOBase):
    """Standard output and standard error of a cell: the first `limit` characters.

    Parameters
    ----------
    limit : int
        How much is kept; the rest is counted and dropped.
    """

    def __init__(self, limit: int) -> None:
        self.limit, self.size, self.parts = limit, 0, []

    def writable(self) -> bool:
        """Tell that this stream is written.

        Returns
        -------
        bool
            True.
        """
        return True

    def write(self, text: str) -> int:
        """Keep a piece of text as long as there is room.

        Parameters
        ----------
        text : str
            What is printed.

        Returns
        -------
        int
            Its length.
        """
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self.size < self.limit:
            self.parts.append(text[: self.limit - self.size])
        self.size += len(text)
        return len(text)

    def text(self) -> str:
        """Return what was kept.

        Returns
        -------
        str
            The text, with a last line that tells how much is missing.
        """
        cut = self.size - self.limit
        end = f"\n… and {cut} more characters." if cut > 0 else ""
        return "".join(self.parts) + end


class Server:
    """Answer requests about one student's notebook.

    Parameters
    ----------
    values : module
        :mod:`rnngrade.values`, loaded by its path.
    requests, replies : int
        File descriptors to read from and to write to.
    """

    def __init__(self, values: Any, requests: int, replies: int) -> None:
        self.values, self.requests, self.replies = values, requests, replies
        self.token = 0
        module = types.ModuleType("__main__")
        self.namespace = module.__dict__
        sys.modules["__main__"] = module
        builtins.display = lambda *objects: print(*map(repr, objects), sep="\n")

    def serve(self) -> None:
        """Answer requests until the other side closes the pipe."""
        self.send({"kind": "ready"})
        while True:
            request = self.receive()
            if request is None:
                return
            self.token = request["token"]
            sys.stdout = sys.stderr = Capture(MAX_TEXT)
            if request["kind"] == "run":
                reply = self.run(request["source"], request["label"])
            else:
                reply = self.call(request["function"], request["args"])
            try:
                self.send(reply)
            except (
                ValueError
            ) as error:  # too many items: a frame holds more than a value
                told = vars(self.values.Observation(error=f"The answer: {error}"))
                self.send({"kind": "observed", **told})

    def send(self, message: dict[str, Any]) -> None:
        """Write one frame.

        Parameters
        ----------
        message : dict
            Its content; the token of the request is added.
        """
        data = self.values.encode({"token": self.token, **message})
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
        header = self._read(self.values.HEADER.size)
        if header is None:
            return None
        size = self.values.frame_size(header)
        return self.values.decode(header + self._read(size - len(header)))

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
            shown = show(execute(source, f"<{label}>", self.namespace))
        except BaseException as exception:
            error = self.report(exception)
        texts = {"text": capture.text(), "result": shown, "error": error}
        limited = {k: self.values.clean(v, 2 * MAX_TEXT) for k, v in texts.items()}
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
                own = [frame for frame in part.stack if frame.filename != __file__]
                part.stack = traceback.StackSummary.from_list(own)
                part = part.__cause__ or part.__context__
            text = "".join(told.format())
        except BaseException:
            text = self.values.describe(exception)
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
        kind = self.values.Callback
        own = tuple(self.remote(a) if isinstance(a, kind) else a for a in args)
        try:
            seen = self.values.observe(function, own)
        except BaseException as exception:
            seen = self.values.Observation(error=self.values.describe(exception))
        return {"kind": "observed", **vars(seen)}

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


def execute(source: str, filename: str, namespace: dict[str, Any]) -> object:
    r"""Run a cell's source as a notebook does.

    Parameters
    ----------
    source : str
        The text of the cell.
    filename : str
        What a traceback calls it.
    namespace : dict
        The notebook's names.

    Returns
    -------
    object
        The value of the last line if it is an expression, else None.

    Examples
    --------
    >>> execute("a = 2\na + 1", "<cell>", {})
    3
    """
    source = without_magics(source)
    # Tracebacks show the student's own lines.
    lines = source.splitlines(keepends=True)
    linecache.cache[filename] = (len(source), None, lines, filename)
    tree = ast.parse(source, filename)
    last = tree.body.pop() if _shows(tree, source) else None
    exec(compile(tree, filename, "exec", dont_inherit=True), namespace)
    if last is None:
        return None
    expression = ast.Expression(last.value)
    return eval(compile(expression, filename, "eval", dont_inherit=True), namespace)


def _shows(tree: ast.Module, source: str) -> bool:
    expression = bool(tree.body) and isinstance(tree.body[-1], ast.Expr)
    return expression and not source.rstrip().endswith(";")


def without_magics(source: str) -> str:
    r"""Take the lines out of a cell that are not Python.

    Parameters
    ----------
    source : str
        The text of the cell.

    Returns
    -------
    str
        The text with ``%line`` magics, ``!shell`` lines and ``help?`` lines replaced
        by ``pass``, each of them named on standard output.

    Raises
    ------
    SyntaxError
        If the cell as a whole is for another program, such as ``%%bash``.

    Examples
    --------
    >>> print(without_magics("%matplotlib inline\nx = 1"))
    not run while grading: %matplotlib inline
    pass
    x = 1
    """
    if _is_python(source):
        return source
    lines = source.split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        if lines[first].split()[0] not in ("%%time", "%%capture"):
            raise SyntaxError(
                f"{lines[first]}: cells for another program are not run while your "
                "notebook is graded. Write what you need in Python."
            )
        lines[first] = "pass"
    return "\n".join(map(_python_line, lines))


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def _python_line(line: str) -> str:
    text = line.strip()
    if not text.startswith(("%", "!", "?")) and not text.endswith("?"):
        return line
    print(f"not run while grading: {text}")
    return line[: len(line) - len(line.lstrip())] + "pass"


def show(value: object) -> str:
    """Return how a notebook shows a value.

    Parameters
    ----------
    value : object
        The value of a cell's last line.

    Returns
    -------
    str
        Its representation, cut where it gets too long; empty for None.
    """
    if value is None:
        return ""
    text = str(repr(value))
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"


if __name__ == "__main__":
    main(json.loads(sys.argv.pop()))
