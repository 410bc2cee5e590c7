"""Source that a page of the sample book shows."""

from functools import cache

import numpy as np


@cache
def step(x, h, W_xh, W_hh, b_h):
    """Return the next state.

    Parameters
    ----------
    x : ndarray, shape (N, D)
        The input. A paragraph of the full docstring.
    """
    product = (
        x @ W_xh + h @ W_hh
    )  # (N, H), and a comment that ends in column 88 exactly.
    return np.tanh(product + b_h)


class Cell:
    """A cell."""

    def twice(self, x):
        """Return twice x."""
        return 2 * x
