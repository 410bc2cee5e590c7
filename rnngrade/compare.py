"""Compare one returned value with the expected one, and say what differs.

Every function here works on the closed set of values of :mod:`rnngrade.sandbox.values`.
A comparison is relative to the size of the expected array and has no absolute
escape: a gradient of 1e-9 is checked as strictly as one of 1. The module decides
nothing about points and knows nothing of exercises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Number

import numpy as np

from rnngrade.sandbox.values import Opaque

# Errors below this come from too little precision rather than from a wrong formula.
NEARLY = 1e-5
_LARGE = np.ndarray | list | tuple | dict

__all__ = ["Difference", "compare", "describe", "relation", "wrong_steps"]


@dataclass(frozen=True)
class Difference:
    """How a value differs from the expected one.

    Attributes
    ----------
    message : str
        What came, what was expected, and the remedy; empty when they agree.
    error : float, optional
        Relative error, ``max|a - e| / max|e|``; None when values of this kind or
        shape cannot be compared.
    """

    message: str = ""
    error: float | None = None

    @property
    def agrees(self) -> bool:  # numpydoc ignore=RT01
        """Whether the value is the expected one, within the tolerance."""
        return not self.message


def describe(value: object) -> str:
    """Say what a returned value is, as a message would.

    Parameters
    ----------
    value : object
        A value of the closed set of :mod:`rnngrade.sandbox.values`.

    Returns
    -------
    str
        For example ``"an array of shape (3, 4), float64"``.

    Examples
    --------
    >>> import numpy as np
    >>> describe(np.zeros((3, 4)))
    'an array of shape (3, 4), float64'
    >>> describe([1, 2])
    'a list of 2'
    """
    if value is None:
        return "None"
    if isinstance(value, Opaque):
        if value.type_name.startswith("array of "):
            return f"an {value.type_name}"
        return f"an object of type {value.type_name}"
    if isinstance(value, np.ndarray):
        if value.ndim == 0:
            return f"the number {value[()]!r}"
        return f"an array of shape {value.shape}, {value.dtype}"
    if isinstance(value, tuple | list | dict):
        return f"a {type(value).__name__} of {len(value)}"
    return f"{_short(value)} ({type(value).__name__})"


def compare(
    name: str, actual: object, expected: object, tolerance: float
) -> Difference:
    """Compare one output with the expected value.

    Parameters
    ----------
    name : str
        What the message calls the output.
    actual : object
        The returned value.
    expected : object
        The right value. Its kind decides how the two are compared: arrays and
        floating-point numbers by relative error, everything else exactly.
    tolerance : float
        The largest relative error that counts as right.

    Returns
    -------
    Difference
        Empty when the two agree.

    Examples
    --------
    >>> print(compare("h", [1.0], np.ones(2), 1e-11).message)
    h is a list of 1; expected an array of shape (2,), float64. Return a NumPy array.
    """
    if isinstance(expected, np.ndarray) and expected.ndim:
        return _compare_arrays(name, actual, expected, tolerance)
    if isinstance(expected, str | bool | list | tuple | dict):
        return _compare_exactly(name, actual, expected)
    return _compare_numbers(name, actual, expected, tolerance)


def _compare_exactly(name: str, actual: object, expected: object) -> Difference:
    kind = type(expected).__name__
    if type(actual) is not type(expected):
        return Difference(
            f"{name} is {describe(actual)}; expected a {kind}. Return a {kind}."
        )
    if _identical(actual, expected):
        return Difference()
    # A list of the right names in another order is its own, kinder message.
    if isinstance(expected, list) and _same_items(actual, expected):
        return Difference(f"{name} has the right items in another order. Sort them.")
    return Difference(f"{name} is {_short(actual)}; expected another {kind}.")


def _identical(actual: object, expected: object) -> bool:
    # Never ``==`` on what may hold an array: the truth of its result may not exist.
    if type(actual) is not type(expected):
        return False
    if isinstance(expected, list | tuple):
        pairs = zip(actual, expected, strict=False)
        return len(actual) == len(expected) and all(_identical(*pair) for pair in pairs)
    if isinstance(expected, dict):
        same = _identical(sorted(actual), sorted(expected))
        return same and all(_identical(actual[key], expected[key]) for key in expected)
    return bool(np.array_equal(actual, expected))


def _same_items(actual: Sequence, expected: Sequence) -> bool:
    if not _is_plain(actual):
        return False
    return sorted(map(repr, actual)) == sorted(map(repr, expected))


def _is_plain(value: object) -> bool:
    """Tell whether a value is quickly written as text."""  # numpydoc ignore=RT01
    # An array of many short axes has no abbreviation: it would take minutes.
    if isinstance(value, dict):
        return not any(isinstance(each, _LARGE) for each in value.values())
    if isinstance(value, list | tuple):
        return not any(isinstance(each, _LARGE) for each in value)
    return not isinstance(value, np.ndarray)


def _short(value: object) -> str:
    if not _is_plain(value):
        return describe(value)
    text = repr(value)
    return text if len(text) < 80 else f"{text[:77]}…"


def _compare_numbers(
    name: str, actual: object, expected: object, tolerance: float
) -> Difference:
    number = actual
    if isinstance(actual, np.ndarray) and not actual.ndim:
        number = actual[()]
    if isinstance(number, bool | np.bool_) or not isinstance(number, Number):
        remedy = "Return a number."
        if isinstance(number, tuple):
            remedy = "Is there a comma after it in your return line?"
        return Difference(
            f"{name} is {describe(actual)}; expected one number. {remedy}"
        )
    if isinstance(expected, int | np.integer):
        if np.iscomplexobj(number):
            return Difference(f"{name} is {number}; expected a whole number.")
        wrong = f"{name} is {number}; expected another number."
        # As Python's own: 2049 beside a float16 would be rounded to 2048.
        exact = number.item() if isinstance(number, np.generic) else number
        return Difference("" if exact == expected else wrong)
    return _compare_arrays(name, np.asarray(number), np.asarray(expected), tolerance)


def _compare_arrays(
    name: str, actual: object, expected: np.ndarray, tolerance: float
) -> Difference:
    unusable = _unusable(name, actual, expected)
    if unusable:
        return Difference(unusable)
    error = _relative_error(actual, expected)
    if error <= tolerance:
        return Difference("", error)
    if error < NEARLY and actual.dtype.kind == "f":
        return Difference(
            f"{name} is nearly right; expected agreement to {tolerance:.0e}. Is a part "
            "of it in float32, or approximated?",
            error,
        )
    if expected.ndim:
        return Difference(f"{name} has wrong values.", error)
    return Difference(f"{name} is {actual[()]:.6g}; expected another number.", error)


def _unusable(name: str, actual: object, expected: np.ndarray) -> str:
    """Say why ``actual`` cannot be compared at all; empty when it can."""
    if not isinstance(actual, np.ndarray):
        remedy = _remedies(expected).get(type(actual), "Return a NumPy array.")
        return f"{name} is {describe(actual)}; expected {_wanted(expected)}. {remedy}"
    if actual.shape != expected.shape:
        return (
            f"{name} has shape {actual.shape}; expected {expected.shape}. "
            "Follow the shapes through your code, line by line."
        )
    if actual.dtype.kind not in "fiu":
        return (
            f"{name} is {describe(actual)}; expected {_wanted(expected)}. "
            f"Compute and return it in {expected.dtype}."
        )
    if actual.dtype.kind == "f" and not np.isfinite(actual).all():
        bad = int(np.size(actual) - np.isfinite(actual).sum())
        given = f"has {bad} of {np.size(actual)} values" if actual.ndim else "is"
        return (
            f"{name} {given} NaN or infinite; expected finite numbers. Look for a "
            "division by zero or an uninitialized array."
        )
    return ""


def _wanted(expected: np.ndarray) -> str:
    return describe(expected) if expected.ndim else "one number"


def _remedies(expected: np.ndarray) -> dict[type, str]:
    """Say what to do about a value of a type that is no array."""
    return {
        type(None): "Did you forget to return it?",
        tuple: "Is there a comma after it in your return line?",
        Opaque: f"Return a NumPy array of {expected.dtype}.",
    }


def _relative_error(actual: np.ndarray, expected: np.ndarray) -> float:
    scale = np.abs(expected).max(initial=0.0)
    # As floats: the difference of two integers can wrap around to a small one.
    gap = np.abs(actual.astype(float) - expected).max(initial=0.0)
    if gap == 0:
        return 0.0
    return float(gap / scale) if scale else float("inf")


def relation(actual: np.ndarray, expected: np.ndarray) -> str:
    """Name a simple relation between a wrong array and the right one.

    Parameters
    ----------
    actual, expected : ndarray
        Two arrays of equal shape that differ.

    Returns
    -------
    str
        A clause that a message can print, or an empty string.

    Examples
    --------
    >>> relation(np.array([-1.0, -2.0]), np.array([1.0, 2.0]))
    'its sign is flipped'
    """
    if not actual.any():
        return "it is zero everywhere"
    square = actual.ndim == 2 and actual.shape[0] == actual.shape[1] > 1
    if square and np.allclose(actual.T, expected, rtol=1e-9, atol=0):
        return "it is the transpose of the right one"
    factor = np.vdot(expected, actual) / (np.vdot(expected, expected) or 1.0)
    if not np.allclose(actual, factor * expected, rtol=1e-9, atol=0):
        return ""
    if np.isclose(factor, 1.0):
        return ""  # nearly right
    if np.isclose(factor, -1.0):
        return "its sign is flipped"
    return f"it is {factor:.4g} times the right one"


def wrong_steps(
    actual: np.ndarray, expected: np.ndarray, tolerance: float
) -> list[int]:
    """List the time steps (axis 0) at which two arrays of equal shape differ.

    Parameters
    ----------
    actual, expected : ndarray, shape (T, ...)
        The returned and the right array.
    tolerance : float
        Relative to the largest entry of ``expected``.

    Returns
    -------
    list of int
        The steps t, counted from 0.

    Examples
    --------
    >>> wrong_steps(np.array([1.0, 2.0, 9.0]), np.array([1.0, 2.0, 3.0]), 1e-9)
    [2]
    """
    gaps = np.abs(actual - expected).reshape(len(expected), -1).max(axis=1)  # (T,)
    return [int(t) for t in np.flatnonzero(gaps > tolerance * np.abs(expected).max())]
