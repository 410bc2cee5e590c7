"""A cell run over time, and backpropagation through time.

Arrays are time-major: ``xs`` (T, N, D) holds the inputs, ``hs`` (T, N, H) the state
after each input, ``h0`` (N, H) the state before the first. ``states`` (T+1, N, H) is
``h0`` followed by ``hs``, so that ``states[:-1]`` are the states before each step and
``states[1:]`` those after. What each step receives from the input, x_t W_xh + b_h, is
called the drive.

Only what must wait for the step before is inside a loop over time: one product with
W_hh. The inputs of all steps are multiplied at once, and so are the sums over time
that give the gradients of the weights.

The full sequence is kept and the gradient is exact. There is no truncation, no mask
for sequences of different lengths, and no cell other than the tanh cell: all of that is
in `rnncore.bptt` and `rnncore.layers`.
"""

from typing import Any, NamedTuple

import numpy as np

from rnncore.cells import RNN_AXES
from rnncore.kinds import check_finite, check_floats
from rnncore.shapes import check_cache, check_params, check_shapes

OVER_TIME_AND_BATCH = ([0, 1], [0, 1])


class SequenceCache(NamedTuple):
    """What `rnn_forward` keeps for `rnn_backward`: the memory of BPTT."""

    xs: np.ndarray  # (T, N, D)
    states: np.ndarray  # (T+1, N, H)
    params: dict[str, np.ndarray]


def unroll(drives: np.ndarray, h0: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    """
    Run the recurrence h_t = tanh(drive_t + h_{t-1} W_hh).

    Parameters
    ----------
    drives : ndarray, shape (T, N, H)
        What each step receives from its input, the bias included.
    h0 : ndarray, shape (N, H)
        The state before the first step.
    W_hh : ndarray, shape (H, H)
        Hidden to hidden weights.

    Returns
    -------
    states : ndarray, shape (T+1, N, H)
        The state before the first step, then that after each step.

    Raises
    ------
    TypeError
        If an argument is not an array of floats.
    ValueError
        If shapes do not fit together, or there is no step.

    Examples
    --------
    >>> drives = np.zeros((3, 1, 1))
    >>> unroll(drives, h0=np.full((1, 1), 0.5), W_hh=np.eye(1)).shape
    (4, 1, 1)
    """
    check_floats("unroll", drives=drives, h0=h0, W_hh=W_hh)
    check_shapes("unroll", W_hh=(W_hh, "HH"), drives=(drives, "TNH"), h0=(h0, "NH"))
    states = [h0]
    for drive in drives:
        states.append(np.tanh(drive + states[-1] @ W_hh))
    return np.stack(states)  # (T+1, N, H)


def unroll_backward(
    dhs: np.ndarray, states: np.ndarray, W_hh: np.ndarray
) -> np.ndarray:
    """
    Take the gradient back through the recurrence, from the last step to the first.

    Parameters
    ----------
    dhs : ndarray, shape (T, N, H)
        Gradient of each step's own loss with respect to the state after that step;
        what later steps add through the recurrence is computed here.
    states : ndarray, shape (T+1, N, H)
        What `unroll` returned.
    W_hh : ndarray, shape (H, H)
        The weights that `unroll` was given.

    Returns
    -------
    das : ndarray, shape (T, N, H)
        Gradient with respect to what tanh was applied to at each step, the whole
        future included; equally the gradient with respect to the drives.

    Raises
    ------
    TypeError
        If an argument is not an array of floats.
    ValueError
        If shapes do not fit together.

    Notes
    -----
    With delta_t for ``das[t]``, this is the recursion, zero beyond the last step:
    delta_t = (dh_t + delta_{t+1} W_hh^T) * (1 - h_t^2).

    Examples
    --------
    >>> states = unroll(np.zeros((2, 1, 1)), np.zeros((1, 1)), np.full((1, 1), 0.5))
    >>> dhs = np.ones((2, 1, 1))
    >>> unroll_backward(dhs, states, np.full((1, 1), 0.5)).ravel()
    array([1.5, 1. ])
    """
    _check_unrolled(dhs, states, W_hh)
    slopes = 1 - states[1:] ** 2  # (T, N, H)
    das = dhs * slopes  # (T, N, H)
    for t in reversed(range(len(das) - 1)):
        das[t] += (das[t + 1] @ W_hh.T) * slopes[t]
    return das


def rnn_forward(
    xs: np.ndarray, h0: np.ndarray, params: dict[str, np.ndarray]
) -> tuple[np.ndarray, SequenceCache]:
    """
    Run the tanh cell over N sequences of T steps.

    Parameters
    ----------
    xs : ndarray, shape (T, N, D)
        The inputs.
    h0 : ndarray, shape (N, H)
        The state before the first step; zeros where nothing better is known.
    params : dict of str to ndarray
        ``W_xh`` (D, H), ``W_hh`` (H, H), ``b_h`` (H,); further entries are ignored.

    Returns
    -------
    hs : ndarray, shape (T, N, H)
        The state after each input; ``hs[-1]`` is the one to carry on with.
    cache : SequenceCache
        What `rnn_backward` needs; ``hs`` is a view of it, so do not write to ``hs``.

    Raises
    ------
    TypeError
        If an argument is not an array of floats.
    ValueError
        If shapes do not fit together, an axis is empty, or an input or the first state
        is not finite.

    Examples
    --------
    >>> params = {"W_xh": np.ones((1, 1)), "W_hh": np.eye(1), "b_h": np.zeros(1)}
    >>> hs, cache = rnn_forward(np.zeros((3, 2, 1)), np.full((2, 1), 0.5), params)
    >>> np.round(hs[:, 0, 0], 3)
    array([0.462, 0.432, 0.407])
    """
    _check_sequence(xs, h0, params)
    drives = xs @ params["W_xh"] + params["b_h"]  # (T, N, H)
    states = unroll(drives, h0, params["W_hh"])  # (T+1, N, H)
    return states[1:], SequenceCache(xs, states, params)


def rnn_backward(
    dhs: np.ndarray, cache: SequenceCache
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """
    Backpropagate through time: the exact gradient over all T steps.

    Parameters
    ----------
    dhs : ndarray, shape (T, N, H)
        Gradient of each step's own loss with respect to the state after that step;
        zeros where a step has no loss.
    cache : SequenceCache
        The cache that `rnn_forward` returned.

    Returns
    -------
    dxs : ndarray, shape (T, N, D)
        Gradient with respect to the inputs.
    dh0 : ndarray, shape (N, H)
        Gradient with respect to the state before the first step.
    grads : dict of str to ndarray
        Gradients with respect to ``W_xh``, ``W_hh``, ``b_h``, summed over the T steps
        and the N sequences.

    Raises
    ------
    TypeError
        If `cache` is not a `SequenceCache`, or `dhs` not an array of floats.
    ValueError
        If `dhs` has another shape than the states.

    References
    ----------
    P. J. Werbos, "Backpropagation through time: what it does and how to do it",
    Proceedings of the IEEE 78 (1990), 1550-1560.

    Examples
    --------
    >>> params = {"W_xh": np.ones((1, 1)), "W_hh": np.eye(1), "b_h": np.zeros(1)}
    >>> hs, cache = rnn_forward(np.zeros((3, 2, 1)), np.zeros((2, 1)), params)
    >>> dxs, dh0, grads = rnn_backward(np.ones((3, 2, 1)), cache)
    >>> dxs[:, 0, 0]
    array([3., 2., 1.])
    """
    _check_sequence_upstream(dhs, cache)
    xs, states, params = cache
    das = unroll_backward(dhs, states, params["W_hh"])  # (T, N, H)
    dxs = das @ params["W_xh"].T  # (T, N, D)
    dh0 = das[0] @ params["W_hh"].T  # (N, H)
    grads = {
        "W_xh": np.tensordot(xs, das, OVER_TIME_AND_BATCH),  # (D, H)
        "W_hh": np.tensordot(states[:-1], das, OVER_TIME_AND_BATCH),  # (H, H)
        "b_h": das.sum(axis=(0, 1)),  # (H,)
    }
    return dxs, dh0, grads


def _check_sequence(xs: Any, h0: Any, params: Any) -> None:
    where = "rnn_forward"
    check_params(where, params, RNN_AXES)
    check_floats(where, xs=xs, h0=h0)
    weights = {name: (params[name], axes) for name, axes in RNN_AXES.items()}
    check_shapes(where, **weights, xs=(xs, "TND"), h0=(h0, "NH"))
    check_finite(where, xs=xs, h0=h0)


def _check_sequence_upstream(dhs: Any, cache: Any) -> None:
    where = "rnn_backward"
    check_cache(where, cache, SequenceCache)
    check_floats(where, dhs=dhs)
    check_shapes(where, hs=(cache.states[1:], "TNH"), dhs=(dhs, "TNH"))


def _check_unrolled(dhs: Any, states: Any, W_hh: Any) -> None:
    where = "unroll_backward"
    check_floats(where, dhs=dhs, states=states, W_hh=W_hh)
    check_shapes(where, W_hh=(W_hh, "HH"), states=(states, "TNH"))
    after = {"states[1:]": (states[1:], "TNH")}
    check_shapes(where, **after, dhs=(dhs, "TNH"))
