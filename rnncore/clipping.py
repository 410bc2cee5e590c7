"""Gradients that are too large: measured, shortened, cut off.

The global norm is the length of all gradients together, as of one long vector. Clipping
by it shortens them all by the same factor and keeps their direction; clipping by value
cuts off each number by itself and bends it.

Nothing here makes up for gradients that vanish.
"""

import math

import numpy as np

from rnncore.dicts import (
    Arrays,
    check_dicts,
    check_finite_dict,
    check_writeable,
    own,
    sum_of_squares,
)
from rnncore.kinds import NonFiniteError, check_finite, check_positive, entries

# Below 1e-38, squares are lost in 32 bits. Beside a sum of this size they do not count;
# a smaller sum is taken again with care.
SMALL_SUM = 1e-20


def global_norm(grads: Arrays) -> float:
    """
    Measure the length of all gradients together, as of one long vector.

    Parameters
    ----------
    grads : dict of str to ndarray
        The gradients.

    Returns
    -------
    float
        The square root of the sum of all squares.

    Raises
    ------
    TypeError
        If `grads` is not a dict of arrays of real floats.
    NonFiniteError
        If a value is NaN or infinite, or the norm exceeds the largest float.

    Examples
    --------
    >>> global_norm({"a": np.array([3.0]), "b": np.array([4.0])})
    5.0
    """
    check_dicts("global_norm", grads=grads)
    total = sum_of_squares(grads)
    return math.sqrt(total) if SMALL_SUM < total < math.inf else _scaled_norm(grads)


def clip_by_global_norm(
    grads: Arrays, max_norm: float, *, in_place: bool = False
) -> tuple[Arrays, float]:
    """
    Shorten the gradients, all by the same factor, where their norm is too large.

    Parameters
    ----------
    grads : dict of str to ndarray
        The gradients.
    max_norm : float
        The largest norm to let through.
    in_place : bool, optional
        Whether to overwrite the arrays of `grads` instead of copying them.

    Returns
    -------
    grads : dict of str to ndarray
        Gradients in the same direction, of norm at most `max_norm`.
    norm : float
        The norm before clipping.

    Raises
    ------
    TypeError
        If `grads` is not a dict of arrays of real floats, or `max_norm` not a number.
    ValueError
        If `max_norm` is not positive, an array cannot be overwritten, or a gradient is
        NaN or infinite; the message names the array.

    References
    ----------
    R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent
    neural networks", ICML (2013), algorithm 1.

    Examples
    --------
    >>> grads, norm = clip_by_global_norm({"w": np.array([30.0, 40.0])}, max_norm=5.0)
    >>> grads["w"], norm
    (array([3., 4.]), 50.0)
    """
    check_positive("clip_by_global_norm", max_norm=max_norm)
    norm = global_norm(grads)
    if in_place:
        check_writeable("clip_by_global_norm", {}, grads=grads)
    (grads,) = own(in_place, grads)
    if norm > max_norm:
        for grad in grads.values():
            grad *= float(max_norm) / norm
    return grads, norm


def clip_by_value(grads: Arrays, limit: float, *, in_place: bool = False) -> Arrays:
    """
    Move each number of the gradients that is too large to the limit.

    Parameters
    ----------
    grads : dict of str to ndarray
        The gradients.
    limit : float
        The largest absolute value to let through.
    in_place : bool, optional
        Whether to overwrite the arrays of `grads` instead of copying them.

    Returns
    -------
    dict of str to ndarray
        Gradients with every number between -limit and limit.

    Raises
    ------
    TypeError
        If `grads` is not a dict of arrays of real floats, or `limit` not a number.
    ValueError
        If `limit` is not positive, an array cannot be overwritten, or a gradient is NaN
        or infinite; the message names the array.

    Notes
    -----
    Numbers are cut off one by one, so the gradients change their direction too;
    `clip_by_global_norm` keeps it.

    Examples
    --------
    >>> clip_by_value({"w": np.array([30.0, -0.5])}, limit=5.0)["w"]
    array([ 5. , -0.5])
    """
    check_positive("clip_by_value", limit=limit)
    check_dicts("clip_by_value", grads=grads)
    check_finite_dict("clip_by_value", "grads", grads)
    if in_place:
        check_writeable("clip_by_value", {}, grads=grads)
    (grads,) = own(in_place, grads)
    for grad in grads.values():
        np.clip(grad, -float(limit), float(limit), out=grad)
    return grads


def _scaled_norm(grads: Arrays) -> float:
    check_finite("global_norm", **entries("grads", grads))
    # What is empty has length 0.
    largest = max((float(abs(g).max(initial=0)) for g in grads.values()), default=0.0)
    if largest == 0:
        return 0.0
    scaled = {name: grad / largest for name, grad in grads.items()}
    # Exploding gradients are finite long after their squares are not.
    norm = largest * math.sqrt(sum_of_squares(scaled))
    if norm == math.inf:
        raise NonFiniteError(
            f"global_norm: the largest gradient is {largest:.3g} and the norm exceeds "
            f"the largest float, but it must be finite. Lower the learning rate."
        )
    return norm
