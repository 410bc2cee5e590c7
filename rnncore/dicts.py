"""Dicts of arrays: check them, copy them, walk through them.

Parameters, their gradients, and what an optimizer remembers about them are flat dicts
with equal keys and shapes. The functions here treat such a dict as one long vector of
numbers. They are called at every step of training, so a check takes one short look at
each array; what fails it is left to the check in `rnncore.kinds` that words the
message.

Arithmetic that is element by element need not go through a whole array before the next
operation begins: `walk` runs it on one block of numbers after another, so that a block
stays in the cache from the first operation to the last. That makes no difference to
the numbers.

Nothing here knows what the arrays mean.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rnncore.kinds import REAL, check_arrays, check_finite, entries

Arrays = dict[str, np.ndarray]

# Numbers in a block. With fewer, calls cost more than arithmetic; with more, the five
# or so arrays of a block do not fit into the cache together.
BLOCK = 2**15


def check_dicts(where: str, **dicts: Any) -> None:
    """
    Require dicts of NumPy arrays of real floats, as `check_arrays` does, but faster.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    **dicts : dict of str to ndarray
        The dicts to look at, by their names.

    Raises
    ------
    TypeError
        If something is not a dict, or one of its values not an array of real floats.

    Examples
    --------
    >>> check_dicts("sgd_init", params=[1.0])
    Traceback (most recent call last):
    TypeError: sgd_init: params is a list, but a dict of arrays is needed. Pass params
    with each array under its name.
    """
    for name, arrays in dicts.items():
        if not isinstance(arrays, dict) or not all(
            type(array) is np.ndarray and array.dtype.char in REAL
            for array in arrays.values()
        ):
            check_arrays(where, **{name: arrays})


def check_finite_dict(where: str, name: str, arrays: Arrays) -> None:
    """
    Require that no value is NaN or infinite.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    name : str
        Name of the dict.
    arrays : dict of str to ndarray
        The dict to look at.

    Raises
    ------
    NonFiniteError
        If a value is not finite; the message names the array and the first place.

    Notes
    -----
    One product of each array with itself is enough to see that all is well.

    Examples
    --------
    >>> check_finite_dict("sgd_update", "grads", {"b": np.array([0.0, np.inf])})
    Traceback (most recent call last):
    rnncore.kinds.NonFiniteError: sgd_update: grads['b'] holds inf at index (1,) (1 of 2
    values is not finite), but every value must be finite. Find where it arises, or
    replace it, before passing grads['b'].
    """
    if not math.isfinite(sum_of_squares(arrays)):
        check_finite(where, **entries(name, arrays))


def check_equal_shapes(
    where: str, name: str, arrays: Arrays, params: Arrays, remedy: str
) -> None:
    """
    Require the keys and shapes of the parameters.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    name : str
        Name of the dict.
    arrays : dict of str to ndarray
        The dict to look at.
    params : dict of str to ndarray
        The parameters.
    remedy : str
        What to do about it, for the message.

    Raises
    ------
    ValueError
        If a key or a shape differs.

    Examples
    --------
    >>> arrays, params = {"b": np.zeros(3)}, {"b": np.zeros(4)}
    >>> check_equal_shapes("sgd_update", "grads", arrays, params, "Pass its gradient.")
    Traceback (most recent call last):
    ValueError: sgd_update: grads has the shapes {'b': (3,)}, but params has
    {'b': (4,)}. Pass its gradient.
    """
    given = {key: array.shape for key, array in arrays.items()}
    wanted = {key: array.shape for key, array in params.items()}
    if given != wanted:
        raise ValueError(
            f"{where}: {name} has the shapes {given}, but params has {wanted}. {remedy}"
        )


def check_writeable(where: str, read: Arrays, **written: Arrays) -> None:
    """
    Require arrays that can be overwritten without harm to another argument.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    read : dict of str to ndarray
        Arrays that will be read while the others are overwritten.
    **written : dict of str to ndarray
        The dicts whose arrays will be overwritten, by their names.

    Raises
    ------
    ValueError
        If an array is read-only, or passed twice.

    Examples
    --------
    >>> w = np.ones(3)
    >>> check_writeable("sgd_update", {"w": w}, params={"w": w})
    Traceback (most recent call last):
    ValueError: sgd_update: params['w'] was passed twice, but in_place=True overwrites
    it. Pass params['w'].copy(), or in_place=False.
    """
    seen = {id(array) for array in read.values()}
    for name, arrays in written.items():
        for key, array in arrays.items():
            if id(array) not in seen and array.flags.writeable:
                seen.add(id(array))
                continue
            fault = "was passed twice" if id(array) in seen else "is read-only"
            raise ValueError(
                f"{where}: {name}[{key!r}] {fault}, but in_place=True overwrites it. "
                f"Pass {name}[{key!r}].copy(), or in_place=False."
            )


def sum_of_squares(arrays: Arrays) -> float:
    """
    Add up the squares of all numbers.

    Parameters
    ----------
    arrays : dict of str to ndarray
        The numbers.

    Returns
    -------
    float
        The sum; NaN or infinity if a number is, infinity also if a square is too large.

    Examples
    --------
    >>> sum_of_squares({"a": np.array([3.0]), "b": np.array([4.0])})
    25.0
    """
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        flat = (array.ravel(order="K") for array in arrays.values())
        return sum((float(np.dot(numbers, numbers)) for numbers in flat), start=0.0)


def zeros(params: Arrays) -> Arrays:
    """
    Make arrays of zeros with the keys, shapes and precision of the parameters.

    Parameters
    ----------
    params : dict of str to ndarray
        The parameters.

    Returns
    -------
    dict of str to ndarray
        The zeros.

    Examples
    --------
    >>> zeros({"b": np.ones(2)})
    {'b': array([0., 0.])}
    """
    return {name: np.zeros(p.shape, p.dtype) for name, p in params.items()}


def own(in_place: bool, *dicts: Arrays) -> tuple[Arrays, ...]:
    """
    Copy every array of every dict, unless they may be overwritten.

    Parameters
    ----------
    in_place : bool
        Whether they may; then the dicts come back as they are.
    *dicts : dict of str to ndarray
        The dicts.

    Returns
    -------
    tuple of dict
        Dicts whose arrays the caller can write to.

    Examples
    --------
    >>> (params,) = own(False, {"b": np.ones(2)})
    >>> params
    {'b': array([1., 1.])}
    """
    if in_place:
        return dicts
    return tuple({name: array.copy() for name, array in d.items()} for d in dicts)


def walk(rule: Callable[..., None], params: Arrays, *others: Arrays) -> None:
    """
    Run a rule on each parameter and what belongs to it, block by block.

    Parameters
    ----------
    rule : callable
        Takes one array of each dict, all of the same shape, and writes to some of
        them. What it does must be element by element.
    params : dict of str to ndarray
        The parameters.
    *others : dict of str to ndarray
        Dicts with the same keys and shapes.

    Examples
    --------
    >>> params, grads = {"b": np.ones(2)}, {"b": np.array([0.5, -0.5])}
    >>> def rule(p, g):
    ...     p -= g
    >>> walk(rule, params, grads)
    >>> params["b"]
    array([0.5, 1.5])
    """
    for name, param in params.items():
        for block in _blocks(param, *(other[name] for other in others)):
            rule(*block)


def _blocks(*arrays: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    size = arrays[0].size
    if size <= BLOCK:
        yield arrays
        return
    rows = max(1, BLOCK * len(arrays[0]) // size)
    for start in range(0, len(arrays[0]), rows):
        yield tuple(array[start : start + rows] for array in arrays)
