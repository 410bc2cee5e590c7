"""What one call of a function does, as far as it can be seen from outside.

A notebook's ``check`` and the grading worker both use ``observe``, so that both see
the same. What it saw in a worker is a claim: student code runs in the same process.

The worker loads this file without its package, hence the relative imports; it needs
NumPy and the standard library only.
"""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .frames import MAX_DEPTH, decode, encode
from .values import error_text


@dataclass(frozen=True)
class Observation:
    """What one call of a function did, as far as can be seen from outside.

    Attributes
    ----------
    value : object
        What the function returned, as it looks after ``decode(encode(value))``.
    error : str
        ``"TypeError: message"`` when the call raised; then `value` is None.
    mutated : tuple of int
        Positions of the arguments that the call changed in place.
    views : tuple of (int, int)
        Pairs (output position, argument position) of arrays that share memory. Only
        a tuple has more than output 0.
    """

    value: object = None
    error: str = ""
    mutated: tuple[int, ...] = ()
    views: tuple[tuple[int, int], ...] = ()


def observe(function: Callable, args: tuple) -> Observation:
    """Call a function with copies of the arguments and tell what it did.

    Parameters
    ----------
    function : callable
        What a student wrote.
    args : tuple
        Positional arguments; arrays, also those in dicts, lists and tuples, are
        copied first, functions are passed on as they are.

    Returns
    -------
    Observation
        The returned value or the exception, and what the call did to its inputs.

    Examples
    --------
    >>> observe(lambda x: x.T, (np.ones((1, 2)),)).views
    ((0, 0),)
    >>> observe(lambda x: x / "2", (1.0,)).error[:10]
    'TypeError:'
    """
    own = tuple(_copy(arg) for arg in args)
    value, error = None, ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = function(*own)
        except Exception as exception:
            error = error_text(exception)
    mutated = tuple(
        i for i, (a, b) in enumerate(zip(args, own, strict=True)) if not _same(a, b)
    )
    if error:
        return Observation(error=error, mutated=mutated)
    return _returned(value, own, mutated)


def _returned(value: object, own: tuple, mutated: tuple[int, ...]) -> Observation:
    try:
        plain = decode(encode(value))
    except ValueError as error:
        return Observation(error=f"The returned value: {error}", mutated=mutated)
    outputs = _items(value) if isinstance(plain, tuple) else [value]
    views = tuple(_views([*map(_arrays, outputs)], [*map(_arrays, own)]))
    return Observation(value=plain, mutated=mutated, views=views)


def _views(outputs: list[list], own: list[list]) -> Iterator[tuple[int, int]]:
    # Comparing address ranges is exact here: every argument is its own block.
    for i, output in enumerate(outputs):
        for j, arg in enumerate(own):
            if any(np.may_share_memory(a, b) for a in output for b in arg):
                yield i, j


def _items(value: object) -> list:
    kind = type(value)
    if issubclass(kind, dict):
        return list(dict.values(value))
    for base in (tuple, list):
        if issubclass(kind, base):
            return list(base.__iter__(value))
    return []


def _arrays(value: object, depth: int = 0) -> list[np.ndarray]:
    if issubclass(type(value), np.ndarray):
        return [np.ndarray.view(value, np.ndarray)]
    if depth >= MAX_DEPTH:
        return []
    return [array for item in _items(value) for array in _arrays(item, depth + 1)]


def _copy(value: Any) -> Any:
    kind = type(value)
    if kind is np.ndarray:
        return np.array(value, order="C")
    if kind is dict:
        return {key: _copy(item) for key, item in value.items()}
    return kind(map(_copy, value)) if kind in (tuple, list) else value


def _same(before: Any, after: Any) -> bool:
    kind = type(before)
    if type(after) is not kind:
        return False
    if kind is np.ndarray:
        equal = (before.dtype, before.shape) == (after.dtype, after.shape)
        return equal and before.tobytes() == after.tobytes()
    if kind is dict and list(before) != list(after):
        return False
    if kind not in (dict, tuple, list):
        return True  # numbers, strings and functions cannot be changed in place
    pairs = zip(_items(before), _items(after), strict=False)
    return len(before) == len(after) and all(_same(a, b) for a, b in pairs)
