"""The values that may cross from student code to whoever judges it.

A closed set: None, bool, int, float, complex, str, NumPy arrays of numbers, and
tuples, lists and dicts of them. What is outside of it becomes :class:`Opaque`, its
type's name and nothing more; a function that is handed to the student's function is a
:class:`Callback`. Here are these two, and how to get plain text out of anything.
:mod:`rnngrade.sandbox.frames` writes and reads the values.

The worker loads this file without its package; it needs the standard library only.
"""

import json
from dataclasses import dataclass

MAX_TEXT = 200_000  # characters in one string
MAX_ERROR = 2_000  # characters in the text of an exception
MAX_NAME = 100  # characters in the name of a type
_LINE = 16  # characters around each line of a text


@dataclass(frozen=True)
class Opaque:
    """A value outside the closed set.

    Attributes
    ----------
    type_name : str
        Name of its type.
    """

    type_name: str


@dataclass(frozen=True)
class Callback:
    """A function argument that lives on the other side of the pipe.

    Attributes
    ----------
    index : int
        Which of the call's functions it is, counted from 0.
    """

    index: int


def error_text(exception: BaseException) -> str:
    """Name an exception in one short text, whatever it does when asked.

    Parameters
    ----------
    exception : BaseException
        Anything that was raised.

    Returns
    -------
    str
        ``"TypeError: message"``, of limited length.

    Examples
    --------
    >>> error_text(KeyError("dW_hh"))
    "KeyError: 'dW_hh'"
    """
    name = type_name(exception)
    try:
        text = clean(str(exception), MAX_ERROR)
    except BaseException:
        text = "(its message cannot be shown)"
    return f"{name}: {text}" if text else name


def type_name(value: object) -> str:
    """Return the name of a value's type, of limited length.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    str
        The name.

    Examples
    --------
    >>> type_name(1.5)
    'float'
    """
    return one_line(type.__dict__["__name__"].__get__(type(value)), MAX_NAME)


def one_line(text: str, limit: int) -> str:
    r"""Return plain text without line ends, as `clean` does.

    Parameters
    ----------
    text : str
        Any string.
    limit : int
        How many characters to keep.

    Returns
    -------
    str
        The text; all white space in it is single spaces.

    Examples
    --------
    >>> one_line("x\n  y", 10)
    'x y'
    """
    return " ".join(clean(text, limit).split())


def clean(text: str, limit: int) -> str:
    """Return plain text that can be written as UTF-8 and is not too long.

    Parameters
    ----------
    text : str
        Any string.
    limit : int
        How many characters to keep.

    Returns
    -------
    str
        The text; lone surrogates are replaced and a cut is marked by an ellipsis.

    Examples
    --------
    >>> clean("recurrent", 4)
    'rec…'
    """
    text = str.encode(text, "utf-8", "replace").decode()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def written_size(text: str) -> int:
    r"""Estimate the characters that a text takes in a notebook and its verdict file.

    Parameters
    ----------
    text : str
        A cell, or an output.

    Returns
    -------
    int
        More than its length where much has to be escaped, or has many lines: each
        line is indented and in quotes, and all of it is JSON within JSON.

    Examples
    --------
    >>> written_size("rnn"), written_size("\n" * 3)
    (5, 56)
    """
    return len(json.dumps(text)) + _LINE * text.count("\n")
