"""One time step of a Jordan network, forward and backward.

What comes back is the output, not the hidden layer. In the row convention, for N
sequences at once:

    h_t = tanh(x_t W_xh + y_{t-1} W_yh + b_h)        y_t = h_t W_hy + b_y

========  ========  ===================================================
x         (N, D)    input of this step
y_prev    (N, V)    output of the step before, y_{t-1}: the state
h         (N, H)    hidden layer, forgotten once y is known
y         (N, V)    output of this step, y_t: the state from now on
W_xh      (D, H)    input to hidden
W_yh      (V, H)    output of the step before to hidden
b_h       (H,)      bias of the hidden layer
W_hy      (H, V)    hidden to output
b_y       (V,)      bias of the output
da        (N, H)    gradient of the loss with respect to what tanh is applied to
========  ========  ===================================================

The state is the output as it is, before any softmax. Jordan's own network lets the
state decay, a trace of all outputs so far; that is not here.
"""

from typing import Any, NamedTuple

import numpy as np

from rnncore.step_checks import check_step, check_upstream

JORDAN_AXES = {"W_xh": "DH", "W_yh": "VH", "b_h": "H", "W_hy": "HV", "b_y": "V"}

Arrays = dict[str, np.ndarray]


class JordanStepCache(NamedTuple):
    """What `jordan_step_forward` keeps for `jordan_step_backward`."""

    x: np.ndarray  # (N, D)
    y_prev: np.ndarray  # (N, V)
    h: np.ndarray  # (N, H)
    params: Arrays


def jordan_step_forward(
    x: np.ndarray, y_prev: np.ndarray, params: Arrays
) -> tuple[np.ndarray, JordanStepCache]:
    """
    Advance the outputs of N sequences by one step of a Jordan network.

    Parameters
    ----------
    x : ndarray, shape (N, D)
        The input of each sequence at this step.
    y_prev : ndarray, shape (N, V)
        The output of each sequence at the step before.
    params : dict of str to ndarray
        ``W_xh`` (D, H), ``W_yh`` (V, H), ``b_h`` (H,), ``W_hy`` (H, V), ``b_y`` (V,);
        further entries are ignored.

    Returns
    -------
    y : ndarray, shape (N, V)
        The output of each sequence, which is also its state.
    cache : JordanStepCache
        What `jordan_step_backward` needs.

    Raises
    ------
    TypeError
        If an argument is not an array of floats.
    ValueError
        If shapes do not fit together, or an input or a state is not finite.

    References
    ----------
    M. I. Jordan, "Serial order: a parallel distributed processing approach", technical
    report 8604, Institute for Cognitive Science, University of California, San Diego
    (1986).

    Examples
    --------
    >>> params = {"W_xh": np.ones((1, 1)), "W_yh": np.ones((1, 1)), "b_h": np.zeros(1)}
    >>> params |= {"W_hy": np.ones((1, 1)), "b_y": np.array([2.0])}
    >>> y, cache = jordan_step_forward(np.array([[0.5]]), np.array([[-0.5]]), params)
    >>> y
    array([[2.]])
    """
    _check_jordan(x, y_prev, params)
    W_xh, W_yh, b_h = params["W_xh"], params["W_yh"], params["b_h"]
    h = np.tanh(x @ W_xh + y_prev @ W_yh + b_h)  # (N, H)
    y = h @ params["W_hy"] + params["b_y"]  # (N, V)
    return y, JordanStepCache(x, y_prev, h, params)


def jordan_step_backward(
    dy: np.ndarray, cache: JordanStepCache
) -> tuple[np.ndarray, np.ndarray, Arrays]:
    """
    Take the gradient back through one step of a Jordan network.

    Parameters
    ----------
    dy : ndarray, shape (N, V)
        Gradient of the loss with respect to the output of the step.
    cache : JordanStepCache
        The cache that `jordan_step_forward` returned.

    Returns
    -------
    dx : ndarray, shape (N, D)
        Gradient with respect to the input.
    dy_prev : ndarray, shape (N, V)
        Gradient with respect to the output of the step before.
    grads : dict of str to ndarray
        Gradients with respect to ``W_xh``, ``W_yh``, ``b_h``, ``W_hy``, ``b_y``, summed
        over the N sequences.

    Raises
    ------
    TypeError
        If `cache` is not a `JordanStepCache`, or `dy` not an array of floats.
    ValueError
        If `dy` has another shape than the output.

    Examples
    --------
    >>> params = {"W_xh": np.ones((1, 1)), "W_yh": np.ones((1, 1)), "b_h": np.zeros(1)}
    >>> params |= {"W_hy": np.ones((1, 1)), "b_y": np.array([2.0])}
    >>> y, cache = jordan_step_forward(np.array([[0.5]]), np.array([[-0.5]]), params)
    >>> dx, dy_prev, grads = jordan_step_backward(np.array([[3.0]]), cache)
    >>> grads["W_yh"]
    array([[-1.5]])
    """
    _check_jordan_upstream(dy, cache)
    x, y_prev, h, params = cache
    da = dy @ params["W_hy"].T * (1 - h**2)  # (N, H)
    dx = da @ params["W_xh"].T  # (N, D)
    dy_prev = da @ params["W_yh"].T  # (N, V)
    grads = {"W_xh": x.T @ da, "W_yh": y_prev.T @ da, "b_h": da.sum(axis=0)}
    grads |= {"W_hy": h.T @ dy, "b_y": dy.sum(axis=0)}
    return dx, dy_prev, grads


def _check_jordan(x: Any, y_prev: Any, params: Any) -> None:
    where = "jordan_step_forward"
    check_step(where, params, JORDAN_AXES, x=(x, "ND"), y_prev=(y_prev, "NV"))


def _check_jordan_upstream(dy: Any, cache: Any) -> None:
    where = "jordan_step_backward"
    check_upstream(where, cache, JordanStepCache, "y_prev", "NV", dy=dy)
