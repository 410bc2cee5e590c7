"""One time step of a recurrent cell, forward and backward.

The tanh cell of Elman (1990), in the row convention, for N sequences at once:

    a_t = x_t W_xh + h_{t-1} W_hh + b_h        h_t = tanh(a_t)

========  ========  ===================================================
x         (N, D)    input of this step
h_prev    (N, H)    state before the step, h_{t-1}
h         (N, H)    state after the step, h_t
W_xh      (D, H)    input to hidden
W_hh      (H, H)    hidden to hidden
b_h       (H,)      bias, the same for every sequence
da        (N, H)    gradient of the loss with respect to a_t
========  ========  ===================================================

Each forward function returns its result and a cache: all that its backward function
needs, by name. Nothing is remembered between calls. A cell knows one step only:
running it over time is the business of `rnncore.sequence`, and the way from the state
to a prediction that of `rnncore.ops`.
"""

from typing import Any, NamedTuple

import numpy as np

from rnncore.kinds import check_finite, check_floats
from rnncore.shapes import check_cache, check_params, check_shapes

RNN_AXES = {"W_xh": "DH", "W_hh": "HH", "b_h": "H"}


class StepCache(NamedTuple):
    """What `rnn_step_forward` keeps for `rnn_step_backward`."""

    x: np.ndarray  # (N, D)
    h_prev: np.ndarray  # (N, H)
    h: np.ndarray  # (N, H)
    params: dict[str, np.ndarray]


def rnn_step_forward(
    x: np.ndarray, h_prev: np.ndarray, params: dict[str, np.ndarray]
) -> tuple[np.ndarray, StepCache]:
    """
    Advance the states of N sequences by one step.

    Parameters
    ----------
    x : ndarray, shape (N, D)
        The input of each sequence at this step.
    h_prev : ndarray, shape (N, H)
        The state of each sequence before the step.
    params : dict of str to ndarray
        ``W_xh`` (D, H), ``W_hh`` (H, H), ``b_h`` (H,); further entries are ignored.

    Returns
    -------
    h : ndarray, shape (N, H)
        The state of each sequence after the step, every value between -1 and 1.
    cache : StepCache
        What `rnn_step_backward` needs.

    Raises
    ------
    TypeError
        If an argument is not an array of floats.
    ValueError
        If shapes do not fit together, or an input is not finite.

    References
    ----------
    J. L. Elman, "Finding structure in time", Cognitive Science 14 (1990), 179-211.

    Examples
    --------
    >>> params = {"W_xh": np.ones((1, 1)), "W_hh": np.eye(1), "b_h": np.zeros(1)}
    >>> h, cache = rnn_step_forward(np.array([[0.5]]), np.array([[-0.5]]), params)
    >>> h
    array([[0.]])
    """
    _check_step(x, h_prev, params)
    W_xh, W_hh, b_h = params["W_xh"], params["W_hh"], params["b_h"]
    h = np.tanh(x @ W_xh + h_prev @ W_hh + b_h)  # (N, H)
    return h, StepCache(x, h_prev, h, params)


def rnn_step_backward(
    dh: np.ndarray, cache: StepCache
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """
    Take the gradient back through one step.

    Parameters
    ----------
    dh : ndarray, shape (N, H)
        Gradient of the loss with respect to the state after the step.
    cache : StepCache
        The cache that `rnn_step_forward` returned.

    Returns
    -------
    dx : ndarray, shape (N, D)
        Gradient with respect to the input.
    dh_prev : ndarray, shape (N, H)
        Gradient with respect to the state before the step.
    grads : dict of str to ndarray
        Gradients with respect to ``W_xh``, ``W_hh``, ``b_h``, summed over the N
        sequences.

    Raises
    ------
    TypeError
        If `cache` is not a `StepCache`, or `dh` not an array of floats.
    ValueError
        If `dh` has another shape than the state.

    Notes
    -----
    The derivative of tanh is written in terms of its value, 1 - tanh(a)^2 = 1 - h^2,
    so that a is not needed and need not be kept.

    Examples
    --------
    >>> params = {"W_xh": np.ones((1, 1)), "W_hh": np.eye(1), "b_h": np.zeros(1)}
    >>> h, cache = rnn_step_forward(np.array([[0.5]]), np.array([[-0.5]]), params)
    >>> dx, dh_prev, grads = rnn_step_backward(np.array([[2.0]]), cache)
    >>> grads["W_hh"]
    array([[-1.]])
    """
    _check_step_upstream(dh, cache)
    x, h_prev, h, params = cache
    da = dh * (1 - h**2)  # (N, H)
    dx = da @ params["W_xh"].T  # (N, D)
    dh_prev = da @ params["W_hh"].T  # (N, H)
    grads = {"W_xh": x.T @ da, "W_hh": h_prev.T @ da, "b_h": da.sum(axis=0)}
    return dx, dh_prev, grads


def _check_step(x: Any, h_prev: Any, params: Any) -> None:
    where = "rnn_step_forward"
    check_params(where, params, RNN_AXES)
    check_floats(where, x=x, h_prev=h_prev)
    weights = {name: (params[name], axes) for name, axes in RNN_AXES.items()}
    check_shapes(where, **weights, x=(x, "ND"), h_prev=(h_prev, "NH"))
    check_finite(where, x=x, h_prev=h_prev)


def _check_step_upstream(dh: Any, cache: Any) -> None:
    where = "rnn_step_backward"
    check_cache(where, cache, StepCache)
    check_floats(where, dh=dh)
    check_shapes(where, h=(cache.h, "NH"), dh=(dh, "NH"))
