"""Normal forms, taken in a process of their own.

Python's parser can be made to crash or to hang by text alone. Here that ends a small
process, which is started again, and costs the one answer that did it.

What a normal form is: see :mod:`rnngrade.reports.normal_form`. This module runs no
student's code.
"""

import contextlib
import json
import subprocess
import sys

from rnngrade.reports import normal_form
from rnngrade.reports.normal_form import MAX_CHARACTERS, Form

PROGRAM = normal_form.__file__


class Forms:
    """Take normal forms; each text is looked at once.

    Examples
    --------
    >>> with Forms() as forms:
    ...     forms.of("x = (1)") == forms.of("y = 1  # one")
    True
    """

    def __init__(self) -> None:
        self._known: dict[str, Form | None] = {}
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> "Forms":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def of(self, source: str) -> Form | None:
        """Take the normal form of a text.

        Parameters
        ----------
        source : str
            The text of an answer.

        Returns
        -------
        Form or None
            None if the text is too long, or the parser crashed or hung on it.
        """
        if len(source) > MAX_CHARACTERS:
            return None
        if source not in self._known:
            self._known[source] = self._ask(source)
        return self._known[source]

    def _ask(self, source: str) -> Form | None:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-B", PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(source) + "\n")
            self._process.stdin.flush()
        reply = self._process.stdout.readline()
        if reply.endswith("\n"):
            return Form(*json.loads(reply))
        self._end()
        return None

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            with contextlib.suppress(BrokenPipeError):
                self._process.communicate()
            self._process = None
