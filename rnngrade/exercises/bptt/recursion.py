"""The gradient's way back through time, right and with parts to be replaced.

Right and wrong answers alike are made of these pieces: the slopes of tanh, the
recursion from the last step to the first, and the sums over all steps.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnncore.sequence import SequenceCache, rnn_backward

__all__ = [
    "OVER_TIME_AND_BATCH",
    "full_gradients",
    "gradients_from",
    "no_slopes",
    "one_minus_h",
    "run_back",
    "share_of_all",
    "slopes_after",
    "slopes_before",
    "tanh_again",
]

OVER_TIME_AND_BATCH = ([0, 1], [0, 1])


def full_gradients(
    dhs: np.ndarray,
    xs: np.ndarray,
    states: np.ndarray,
    W_xh: np.ndarray,
    W_hh: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """Return the right gradients of a whole sequence.

    Parameters
    ----------
    dhs, xs, states, W_xh, W_hh : ndarray
        The arguments of ``rnn_backward``.

    Returns
    -------
    tuple of ndarray
        Gradients dxs, dh0, dW_xh, dW_hh, db_h.
    """
    params = {"W_xh": W_xh, "W_hh": W_hh, "b_h": np.zeros_like(W_hh[0])}
    dxs, dh0, grads = rnn_backward(dhs, SequenceCache(xs, states, params))
    return dxs, dh0, grads["W_xh"], grads["W_hh"], grads["b_h"]


def run_back(
    dhs: np.ndarray,
    slopes: np.ndarray,
    W_back: np.ndarray,
    gather: Callable[..., np.ndarray] = np.add,
) -> np.ndarray:
    """Run the recursion with any slopes, any way back, any way to join the two.

    Parameters
    ----------
    dhs : ndarray, shape (T, N, H)
        What reaches each state through its own output.
    slopes : ndarray, shape (T, N, H)
        Slopes of tanh, one for each step.
    W_back : ndarray, shape (H, H)
        Takes the gradient of a step to the state before it.
    gather : callable
        Joins what comes from the output and what comes from later.

    Returns
    -------
    ndarray, shape (T, N, H)
        The gradients at the arguments of tanh.
    """
    das = dhs * slopes
    for t in reversed(range(len(das) - 1)):
        das[t] = gather(dhs[t], das[t + 1] @ W_back) * slopes[t]
    return das


def gradients_from(
    das: np.ndarray,
    dh0: np.ndarray,
    xs: np.ndarray,
    before: np.ndarray,
    W_xh: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """Collect the gradients that follow from those at the arguments of tanh.

    Parameters
    ----------
    das : ndarray, shape (T, N, H)
        The gradients at the arguments of tanh.
    dh0 : ndarray, shape (N, H)
        The gradient at the first state, returned as it is.
    xs : ndarray, shape (T, N, D)
        The inputs.
    before : ndarray, shape (T, N, H)
        The states that were multiplied by W_hh.
    W_xh : ndarray, shape (D, H)
        Weights from input to state.

    Returns
    -------
    tuple of ndarray
        Gradients dxs, dh0, dW_xh, dW_hh, db_h.
    """
    dW_xh = np.tensordot(xs, das, OVER_TIME_AND_BATCH)
    dW_hh = np.tensordot(before, das, OVER_TIME_AND_BATCH)
    return das @ W_xh.T, dh0, dW_xh, dW_hh, das.sum(axis=(0, 1))


def share_of_all(
    *args: np.ndarray, right: Callable[..., tuple], axes: tuple[int, ...]
) -> tuple[np.ndarray, ...]:
    """Divide every output by the number of steps, sequences or both.

    Parameters
    ----------
    *args : ndarray
        The arguments of the exercise; the first one is (T, N, ...).
    right : callable
        The right function.
    axes : tuple of int
        Those of the first argument whose sizes divide.

    Returns
    -------
    tuple of ndarray
        The shares.
    """
    share = np.prod([args[0].shape[axis] for axis in axes])
    return tuple(part / share for part in right(*args))


# Slopes of tanh for each step, (T, ...), from the states (T + 1, ...): the right ones,
# and what they are mistaken for.


def slopes_after(states: np.ndarray) -> np.ndarray:  # numpydoc ignore=PR01,RT01
    """Return 1 - h^2 at the state after each step, which is right."""
    return 1 - states[1:] ** 2


def slopes_before(states: np.ndarray) -> np.ndarray:  # numpydoc ignore=PR01,RT01
    """Return 1 - h^2 at the state before each step."""
    return 1 - states[:-1] ** 2


def one_minus_h(states: np.ndarray) -> np.ndarray:  # numpydoc ignore=PR01,RT01
    """Return what a forgotten square makes of the slopes."""
    return 1 - states[1:]


def tanh_again(states: np.ndarray) -> np.ndarray:  # numpydoc ignore=PR01,RT01
    """Return the slopes for states that are taken for arguments of tanh."""
    return 1 - np.tanh(states[1:]) ** 2


def no_slopes(states: np.ndarray) -> np.ndarray:  # numpydoc ignore=PR01,RT01
    """Return slopes of one, as without tanh."""
    return np.ones_like(states[1:])
