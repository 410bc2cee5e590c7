"""What the exercises of the chapter are drawn from."""

from __future__ import annotations

import numpy as np

from rnncore.sequence import unroll

__all__ = ["draw_run", "draw_weights"]


def draw_weights(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Draw a weight matrix that keeps the size of what it is applied to.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of every number.
    rows, columns : int
        Its shape.

    Returns
    -------
    ndarray, shape (rows, columns)
        The weights.
    """
    return rng.normal(size=(rows, columns)) / np.sqrt(rows)


def draw_run(
    rng: np.random.Generator, T: int, N: int, D: int, H: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Draw a network and its inputs, and run it.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of every number.
    T, N, D, H : int
        Numbers of steps, sequences, inputs and units.

    Returns
    -------
    tuple of ndarray
        Inputs xs (T, N, D), states (T + 1, N, H), W_xh (D, H), W_hh (H, H).
    """
    xs = rng.normal(size=(T, N, D))
    h0 = rng.uniform(-0.9, 0.9, size=(N, H))
    W_xh, W_hh = draw_weights(rng, D, H), draw_weights(rng, H, H)
    b_h = rng.normal(size=H) / 2
    return xs, unroll(xs @ W_xh + b_h, h0, W_hh), W_xh, W_hh
