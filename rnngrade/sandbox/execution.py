"""Run the source of one cell as a notebook does, without a notebook.

The last expression is shown, ``from __future__`` holds in later cells, and lines that
are no Python (``%magic``, ``!shell``, ``help?``) are left out and named. What is
printed is kept up to a limit.

The worker loads this file without its package; it needs the standard library only. It
protects nothing: see :mod:`rnngrade.sandbox`.
"""

import __future__

import ast
import io
import linecache
from typing import Any

MAX_TEXT = 20_000  # characters kept of what one cell prints, shows or raises


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
    flags = _future(tree, namespace)
    last = tree.body.pop() if _shows(tree, source) else None
    exec(compile(tree, filename, "exec", flags, dont_inherit=True), namespace)
    if last is None:
        return None
    code = compile(ast.Expression(last.value), filename, "eval", flags, True)
    return eval(code, namespace)


def _future(tree: ast.Module, namespace: dict[str, Any]) -> int:
    # In a notebook, `from __future__ import annotations` holds in all later cells.
    flags = 0
    for name in __future__.all_feature_names:
        feature = getattr(__future__, name)
        if namespace.get(name) is feature or _imports(tree, name):
            flags |= feature.compiler_flag
    return flags


def _imports(tree: ast.Module, name: str) -> bool:
    return any(
        isinstance(line, ast.ImportFrom)
        and line.module == "__future__"
        and name in [alias.name for alias in line.names]
        for line in tree.body
    )


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
    if _bad_line(source) is None:
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
    # Only lines that Python objects to: `% 2` may continue an expression.
    while (bad := _bad_line("\n".join(lines))) is not None:
        python = _python_line(lines[bad])
        if python == lines[bad]:
            break
        lines[bad] = python
    return "\n".join(lines)


def _bad_line(source: str) -> int | None:
    """Count from 0 the line in which Python sees an error."""  # numpydoc ignore=RT01
    try:
        ast.parse(source)
    except SyntaxError as error:
        return min(max((error.lineno or 1) - 1, 0), source.count("\n"))
    return None


def _python_line(line: str) -> str:
    text, indent = line.strip(), line[: len(line) - len(line.lstrip())]
    if text.startswith("%time "):
        return indent + text.removeprefix("%time ").lstrip()
    if not text.startswith(("%", "!", "?")) and not text.endswith("?"):
        return line
    print(f"not run while grading: {text}")
    return indent + "pass"


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
