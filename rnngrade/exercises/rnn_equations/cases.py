"""What the exercises of the chapter are drawn from."""

from __future__ import annotations

import numpy as np

__all__ = ["draw_sizes", "draw_weights"]


def draw_weights(rng: np.random.Generator, D: int, H: int) -> tuple[np.ndarray, ...]:
    """Draw the parameters of a tanh cell.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of every number.
    D, H : int
        Number of inputs and of units.

    Returns
    -------
    tuple of ndarray
        W_xh (D, H), W_hh (H, H), b_h (H,), at a scale at which tanh neither saturates
        nor looks linear.
    """
    W_xh = rng.normal(size=(D, H)) / np.sqrt(D)
    W_hh = rng.normal(size=(H, H)) / np.sqrt(H)
    return W_xh, W_hh, rng.normal(size=H)


def draw_sizes(rng: np.random.Generator) -> list[int]:
    """Draw T, N, D, H, all different and none of them near the edges.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of every number.

    Returns
    -------
    list of int
        The four sizes.
    """
    return rng.choice(np.arange(5, 18), size=4, replace=False).tolist()
