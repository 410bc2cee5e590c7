"""How a checker compares a gradient with differences, rightly and wrongly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnncore.gradcheck import relative_error
from rnngrade.exercises.gradient_checking.cases import Params

__all__ = ["APART", "beyond", "far", "not_close", "side_slopes"]


def side_slopes(
    loss: Callable, params: Params, name: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return the slopes to the right and to the left of every entry.

    Parameters
    ----------
    loss : callable
        Takes `params` and returns one number.
    params : dict of str to ndarray
        The point.
    name : str
        The array whose entries move.

    Returns
    -------
    tuple of ndarray
        To the right and to the left, both like the array.
    """
    here, array, step = loss(params), params[name], 1e-5
    slopes = np.empty((2, *array.shape))
    for side, sign in enumerate((+1, -1)):
        for i in np.ndindex(array.shape):
            moved = array.copy()
            moved[i] += sign * step
            slopes[side][i] = (loss({**params, name: moved}) - here) / (sign * step)
    return slopes[0], slopes[1]


def beyond(limit: float) -> Callable[[np.ndarray, np.ndarray], bool]:
    """Make a comparison by relative error.

    Parameters
    ----------
    limit : float
        The largest error that is none.

    Returns
    -------
    callable
        Takes two arrays and returns whether they differ.
    """
    return lambda a, b: relative_error(a, b) > limit


def far(limit: float) -> Callable[[np.ndarray, np.ndarray], bool]:
    """Make a comparison by absolute error, which small gradients always pass.

    Parameters
    ----------
    limit : float
        The largest error that is none.

    Returns
    -------
    callable
        Takes two arrays and returns whether they differ.
    """
    return lambda a, b: np.abs(a - b).max() > limit


def not_close(a: np.ndarray, b: np.ndarray) -> bool:
    """Compare as ``np.allclose`` does, with its absolute tolerance.

    Parameters
    ----------
    a, b : ndarray
        The arrays.

    Returns
    -------
    bool
        Whether they differ.
    """
    return not np.allclose(a, b)


APART = beyond(1e-5)
