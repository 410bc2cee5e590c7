"""One time step of the cells with gates, forward and backward: LSTM, GRU, minGRU.

A gate is a number between 0 and 1 for each unit, sigmoid of a weighted sum, that says
how much of something passes. In the row convention, for N sequences at once, with *
for the product number by number:

    LSTM    i, f, o = sigmoid(a_i, a_f, a_o)      g = tanh(a_g)
            c_t = f * c_{t-1} + i * g             h_t = o * tanh(c_t)
    GRU     r, z = sigmoid(a_r, a_z)              n = tanh(a_n)
                                                  h_t = z * h_{t-1} + (1 - z) * n
    minGRU  z = sigmoid(a_z)                      n = a_n
                                                  h_t = (1 - z) * h_{t-1} + z * n

Each a is a block of H columns of x_t W_xh + h_{t-1} W_hh + b_h, except that in the
GRU's a_n the gate r comes in, and that in minGRU there is no h_{t-1}.

========  ========  ===================================================
x         (N, D)    input of this step
h_prev    (N, H)    state before the step, h_{t-1}; h is the one after it
c_prev    (N, H)    cell state of the LSTM before the step; c after it
W_xh      (D, G)    input to all gates, side by side
W_hh      (H, G)    hidden to all gates; minGRU has none
b_h       (G,)      biases of all gates
b_n       (H,)      second bias of the GRU's candidate
da        (N, G)    gradient of the loss with respect to the weighted sums
========  ========  ===================================================

G = 4H columns for the LSTM, 3H for the GRU, 2H for minGRU. `LSTM_GATES`, `GRU_GATES`,
and `MINGRU_GATES` name the blocks from left to right.

Each forward function returns its result and a cache: all that its backward function
needs, by name. There are no peepholes, no projection of the state, and no
normalization. A cell knows one step only.
"""

from typing import Any, NamedTuple

import numpy as np

from rnncore.kinds import check_choice
from rnncore.ops import sigmoid
from rnncore.step_checks import check_gates, check_step, check_upstream

LSTM_GATES = ("i", "f", "g", "o")  # input, forget, candidate, output
GRU_GATES = ("r", "z", "n")  # reset, update, candidate
MINGRU_GATES = ("z", "n")  # update, candidate

LSTM_AXES = {"W_xh": "DG", "W_hh": "HG", "b_h": "G"}
GRU_AXES = {**LSTM_AXES, "b_n": "H"}
MINGRU_AXES = {"W_xh": "DG", "b_h": "G"}

Arrays = dict[str, np.ndarray]


class LSTMStepCache(NamedTuple):
    """What `lstm_step_forward` keeps for `lstm_step_backward`."""

    x: np.ndarray  # (N, D)
    h_prev: np.ndarray  # (N, H)
    c_prev: np.ndarray  # (N, H)
    gates: tuple[np.ndarray, ...]  # i, f, g, o, each (N, H)
    tanh_c: np.ndarray  # (N, H)
    params: Arrays


class GRUStepCache(NamedTuple):
    """What `gru_step_forward` keeps for `gru_step_backward`."""

    x: np.ndarray  # (N, D)
    h_prev: np.ndarray  # (N, H)
    gates: tuple[np.ndarray, ...]  # r, z, n, each (N, H)
    params: Arrays
    reset: str
    update: str


class MinGRUStepCache(NamedTuple):
    """What `mingru_step_forward` keeps for `mingru_step_backward`."""

    x: np.ndarray  # (N, D)
    h_prev: np.ndarray  # (N, H)
    gates: tuple[np.ndarray, ...]  # z, n, each (N, H)
    params: Arrays


def lstm_step_forward(
    x: np.ndarray, h_prev: np.ndarray, c_prev: np.ndarray, params: Arrays
) -> tuple[np.ndarray, np.ndarray, LSTMStepCache]:
    """
    Advance the two states of an LSTM by one step, for N sequences.

    Parameters
    ----------
    x : ndarray, shape (N, D)
        The input of each sequence at this step.
    h_prev : ndarray, shape (N, H)
        The state of each sequence before the step.
    c_prev : ndarray, shape (N, H)
        The cell state of each sequence before the step.
    params : dict of str to ndarray
        ``W_xh`` (D, 4H), ``W_hh`` (H, 4H), ``b_h`` (4H,), each with a block of H
        columns for i, f, g, o, in this order; further entries are ignored.

    Returns
    -------
    h : ndarray, shape (N, H)
        The state after the step, every value between -1 and 1.
    c : ndarray, shape (N, H)
        The cell state after the step, of any size.
    cache : LSTMStepCache
        What `lstm_step_backward` needs.

    Raises
    ------
    TypeError
        If an argument is not an array of floats.
    ValueError
        If shapes do not fit together, or an input or a state is not finite.

    References
    ----------
    S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural Computation 9
    (1997), 1735-1780.
    F. A. Gers, J. Schmidhuber and F. Cummins, "Learning to forget: continual prediction
    with LSTM", Neural Computation 12 (2000), 2451-2471: the forget gate.

    Examples
    --------
    >>> params = {"W_xh": np.ones((1, 4)), "W_hh": np.ones((1, 4)), "b_h": np.zeros(4)}
    >>> x, h_prev, c_prev = np.array([[0.5]]), np.array([[-0.5]]), np.array([[3.0]])
    >>> h, c, cache = lstm_step_forward(x, h_prev, c_prev, params)
    >>> c
    array([[1.5]])
    """
    _check_lstm(x, h_prev, c_prev, params)
    W_xh, W_hh, b_h = params["W_xh"], params["W_hh"], params["b_h"]
    a = x @ W_xh + h_prev @ W_hh + b_h  # (N, 4H)
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    c = f * c_prev + i * g
    tanh_c = np.tanh(c)
    h = o * tanh_c
    return h, c, LSTMStepCache(x, h_prev, c_prev, (i, f, g, o), tanh_c, params)


def lstm_step_backward(
    dh: np.ndarray, dc: np.ndarray, cache: LSTMStepCache
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Arrays]:
    """
    Take the gradients back through one step of an LSTM.

    Parameters
    ----------
    dh : ndarray, shape (N, H)
        Gradient of the loss with respect to the state after the step.
    dc : ndarray, shape (N, H)
        Gradient with respect to the cell state after the step, from all that reads it
        later; what h takes from it in this step is added here.
    cache : LSTMStepCache
        The cache that `lstm_step_forward` returned.

    Returns
    -------
    dx : ndarray, shape (N, D)
        Gradient with respect to the input.
    dh_prev : ndarray, shape (N, H)
        Gradient with respect to the state before the step.
    dc_prev : ndarray, shape (N, H)
        Gradient with respect to the cell state before the step.
    grads : dict of str to ndarray
        Gradients with respect to ``W_xh``, ``W_hh``, ``b_h``, summed over the N
        sequences.

    Raises
    ------
    TypeError
        If `cache` is not an `LSTMStepCache`, or a gradient not an array of floats.
    ValueError
        If a gradient has another shape than the states.

    Notes
    -----
    Derivatives are written in terms of values: 1 - tanh(a)^2 for tanh, and
    sigmoid(a) (1 - sigmoid(a)) for sigmoid. From c_t back to c_{t-1} there is one
    factor only, f, and no weights.

    Examples
    --------
    >>> params = {"W_xh": np.ones((1, 4)), "W_hh": np.ones((1, 4)), "b_h": np.zeros(4)}
    >>> x, h_prev, c_prev = np.array([[0.5]]), np.array([[-0.5]]), np.array([[3.0]])
    >>> h, c, cache = lstm_step_forward(x, h_prev, c_prev, params)
    >>> dx, dh_prev, dc_prev, grads = lstm_step_backward(0 * h, np.ones((1, 1)), cache)
    >>> dc_prev, dx
    (array([[0.5]]), array([[1.25]]))
    """
    _check_lstm_upstream(dh, dc, cache)
    x, h_prev, c_prev, (i, f, g, o), tanh_c, params = cache
    dc = dc + dh * o * (1 - tanh_c**2)  # (N, H)
    da_i = dc * g * i * (1 - i)
    da_f = dc * c_prev * f * (1 - f)
    da_g = dc * i * (1 - g**2)
    da_o = dh * tanh_c * o * (1 - o)
    da = np.hstack([da_i, da_f, da_g, da_o])  # (N, 4H)
    dx = da @ params["W_xh"].T  # (N, D)
    dh_prev = da @ params["W_hh"].T  # (N, H)
    dc_prev = dc * f
    grads = {"W_xh": x.T @ da, "W_hh": h_prev.T @ da, "b_h": da.sum(axis=0)}
    return dx, dh_prev, dc_prev, grads


def gru_step_forward(
    x: np.ndarray,
    h_prev: np.ndarray,
    params: Arrays,
    reset: str = "after",
    update: str = "keep",
) -> tuple[np.ndarray, GRUStepCache]:
    """
    Advance the states of N sequences by one step of a GRU.

    Parameters
    ----------
    x : ndarray, shape (N, D)
        The input of each sequence at this step.
    h_prev : ndarray, shape (N, H)
        The state of each sequence before the step.
    params : dict of str to ndarray
        ``W_xh`` (D, 3H), ``W_hh`` (H, 3H), ``b_h`` (3H,), each with a block of H
        columns for r, z, n, in this order, and ``b_n`` (H,); further entries are
        ignored.
    reset : {"after", "before"}
        Whether r multiplies after the product of state and weights, as in PyTorch and
        cuDNN, or before it, as in the first paper.
    update : {"keep", "renew"}
        Whether z is the share of the old state, as in the first paper and PyTorch, or
        that of the candidate, as in the second paper.

    Returns
    -------
    h : ndarray, shape (N, H)
        The state after the step.
    cache : GRUStepCache
        What `gru_step_backward` needs.

    Raises
    ------
    TypeError
        If an argument is not an array of floats.
    ValueError
        If shapes do not fit together, an input or a state is not finite, or `reset` or
        `update` is unknown.

    Notes
    -----
    With "before", ``b_n`` is a part of ``b_h`` once more; it is there all the same, so
    that the parameters of both are exchangeable.

    References
    ----------
    K. Cho et al., "Learning phrase representations using RNN encoder-decoder for
    statistical machine translation", EMNLP (2014): before, keep.
    J. Chung, C. Gulcehre, K. Cho and Y. Bengio, "Empirical evaluation of gated
    recurrent neural networks on sequence modeling", arXiv:1412.3555 (2014): renew.

    Examples
    --------
    >>> params = {"W_xh": np.ones((1, 3)), "W_hh": np.ones((1, 3)), "b_h": np.zeros(3)}
    >>> params["b_n"] = np.full(1, -0.5)
    >>> h, cache = gru_step_forward(np.array([[0.5]]), np.array([[-0.5]]), params)
    >>> h
    array([[-0.25]])
    """
    _check_gru(x, h_prev, params, reset, update)
    b_h, b_n = params["b_h"], params["b_n"]
    x_r, x_z, x_n = np.split(x @ params["W_xh"] + b_h, 3, axis=1)
    W_hr, W_hz, W_hn = np.split(params["W_hh"], 3, axis=1)
    r = sigmoid(x_r + h_prev @ W_hr)  # (N, H)
    z = sigmoid(x_z + h_prev @ W_hz)  # (N, H)
    if reset == "after":
        n = np.tanh(x_n + r * (h_prev @ W_hn + b_n))  # (N, H)
    else:
        n = np.tanh(x_n + (r * h_prev) @ W_hn + b_n)  # (N, H)
    old, new = (z, 1 - z) if update == "keep" else (1 - z, z)
    h = old * h_prev + new * n
    return h, GRUStepCache(x, h_prev, (r, z, n), params, reset, update)


def gru_step_backward(
    dh: np.ndarray, cache: GRUStepCache
) -> tuple[np.ndarray, np.ndarray, Arrays]:
    """
    Take the gradient back through one step of a GRU.

    Parameters
    ----------
    dh : ndarray, shape (N, H)
        Gradient of the loss with respect to the state after the step.
    cache : GRUStepCache
        The cache that `gru_step_forward` returned.

    Returns
    -------
    dx : ndarray, shape (N, D)
        Gradient with respect to the input.
    dh_prev : ndarray, shape (N, H)
        Gradient with respect to the state before the step.
    grads : dict of str to ndarray
        Gradients with respect to ``W_xh``, ``W_hh``, ``b_h``, ``b_n``, summed over the
        N sequences.

    Raises
    ------
    TypeError
        If `cache` is not a `GRUStepCache`, or `dh` not an array of floats.
    ValueError
        If `dh` has another shape than the state.

    Notes
    -----
    The old state reaches the new one in four ways, and the gradient is the sum of all:
    directly, through the candidate, and through either gate.

    Examples
    --------
    >>> params = {"W_xh": np.ones((1, 3)), "W_hh": np.ones((1, 3)), "b_h": np.zeros(3)}
    >>> params["b_n"] = np.full(1, -0.5)
    >>> h, cache = gru_step_forward(np.array([[0.5]]), np.array([[-0.5]]), params)
    >>> dx, dh_prev, grads = gru_step_backward(np.array([[2.0]]), cache)
    >>> dx, dh_prev
    (array([[0.5]]), array([[1.]]))
    """
    _check_gru_upstream(dh, cache)
    x, h_prev, (r, z, n), params, _, update = cache
    W_hr, W_hz, _ = np.split(params["W_hh"], 3, axis=1)
    if update == "keep":
        dz, dn, dh_prev = dh * (h_prev - n), dh * (1 - z), dh * z
    else:
        dz, dn, dh_prev = dh * (n - h_prev), dh * z, dh * (1 - z)
    da_n = dn * (1 - n**2)  # (N, H)
    dr, dh_prev_n, dW_hn, db_n = _candidate_backward(da_n, cache)
    da_r, da_z = dr * r * (1 - r), dz * z * (1 - z)  # (N, H)
    da = np.hstack([da_r, da_z, da_n])  # (N, 3H)
    dx = da @ params["W_xh"].T  # (N, D)
    dh_prev = dh_prev + da_r @ W_hr.T + da_z @ W_hz.T + dh_prev_n
    dW_hh = np.hstack([h_prev.T @ da_r, h_prev.T @ da_z, dW_hn])  # (H, 3H)
    grads = {"W_xh": x.T @ da, "W_hh": dW_hh, "b_h": da.sum(axis=0), "b_n": db_n}
    return dx, dh_prev, grads


def _candidate_backward(da_n: np.ndarray, cache: GRUStepCache) -> tuple:
    # What da_n sends to r, h_prev, W_hn, and b_n.
    h_prev, (r, _, _), params = cache.h_prev, cache.gates, cache.params
    W_hn, b_n = np.split(params["W_hh"], 3, axis=1)[2], params["b_n"]
    if cache.reset == "after":
        da_hn = da_n * r  # (N, H), at h_prev W_hn + b_n
        dr = da_n * (h_prev @ W_hn + b_n)
        return dr, da_hn @ W_hn.T, h_prev.T @ da_hn, da_hn.sum(axis=0)
    drh = da_n @ W_hn.T  # (N, H), at r * h_prev
    return drh * h_prev, drh * r, (r * h_prev).T @ da_n, da_n.sum(axis=0)


def mingru_step_forward(
    x: np.ndarray, h_prev: np.ndarray, params: Arrays
) -> tuple[np.ndarray, MinGRUStepCache]:
    """
    Advance the states of N sequences by one step of a minGRU.

    Parameters
    ----------
    x : ndarray, shape (N, D)
        The input of each sequence at this step.
    h_prev : ndarray, shape (N, H)
        The state of each sequence before the step.
    params : dict of str to ndarray
        ``W_xh`` (D, 2H), ``b_h`` (2H,), each with a block of H columns for z, n, in
        this order; further entries are ignored.

    Returns
    -------
    h : ndarray, shape (N, H)
        The state after the step: between the old state and the candidate.
    cache : MinGRUStepCache
        What `mingru_step_backward` needs.

    Raises
    ------
    TypeError
        If an argument is not an array of floats.
    ValueError
        If shapes do not fit together, or an input or a state is not finite.

    Notes
    -----
    Gate and candidate read the input only. So the state enters linearly, and all steps
    can be computed at once by a scan.

    References
    ----------
    L. Feng, F. Tung, M. O. Ahmed, Y. Bengio and H. Hajimirsadeghi, "Were RNNs all we
    needed?", arXiv:2410.01201 (2024), section 3.1.

    Examples
    --------
    >>> params = {"W_xh": np.array([[0.0, 2.0]]), "b_h": np.zeros(2)}
    >>> h, cache = mingru_step_forward(np.array([[0.5]]), np.array([[3.0]]), params)
    >>> h
    array([[2.]])
    """
    _check_mingru(x, h_prev, params)
    a_z, n = np.split(x @ params["W_xh"] + params["b_h"], 2, axis=1)
    z = sigmoid(a_z)
    h = (1 - z) * h_prev + z * n
    return h, MinGRUStepCache(x, h_prev, (z, n), params)


def mingru_step_backward(
    dh: np.ndarray, cache: MinGRUStepCache
) -> tuple[np.ndarray, np.ndarray, Arrays]:
    """
    Take the gradient back through one step of a minGRU.

    Parameters
    ----------
    dh : ndarray, shape (N, H)
        Gradient of the loss with respect to the state after the step.
    cache : MinGRUStepCache
        The cache that `mingru_step_forward` returned.

    Returns
    -------
    dx : ndarray, shape (N, D)
        Gradient with respect to the input.
    dh_prev : ndarray, shape (N, H)
        Gradient with respect to the state before the step.
    grads : dict of str to ndarray
        Gradients with respect to ``W_xh``, ``b_h``, summed over the N sequences.

    Raises
    ------
    TypeError
        If `cache` is not a `MinGRUStepCache`, or `dh` not an array of floats.
    ValueError
        If `dh` has another shape than the state.

    Examples
    --------
    >>> params = {"W_xh": np.array([[0.0, 2.0]]), "b_h": np.zeros(2)}
    >>> h, cache = mingru_step_forward(np.array([[0.5]]), np.array([[3.0]]), params)
    >>> dx, dh_prev, grads = mingru_step_backward(np.array([[1.0]]), cache)
    >>> dh_prev, grads["b_h"]
    (array([[0.5]]), array([-0.5,  0.5]))
    """
    _check_mingru_upstream(dh, cache)
    x, h_prev, (z, n), params = cache
    dz = dh * (n - h_prev)
    da = np.hstack([dz * z * (1 - z), dh * z])  # (N, 2H)
    dx = da @ params["W_xh"].T  # (N, D)
    dh_prev = dh * (1 - z)
    return dx, dh_prev, {"W_xh": x.T @ da, "b_h": da.sum(axis=0)}


def _check_lstm(x: Any, h_prev: Any, c_prev: Any, params: Any) -> None:
    where = "lstm_step_forward"
    states = {"h_prev": (h_prev, "NH"), "c_prev": (c_prev, "NH")}
    check_step(where, params, LSTM_AXES, x=(x, "ND"), **states)
    check_gates(where, params, LSTM_GATES, h_prev=h_prev)


def _check_lstm_upstream(dh: Any, dc: Any, cache: Any) -> None:
    where = "lstm_step_backward"
    check_upstream(where, cache, LSTMStepCache, "h_prev", "NH", dh=dh, dc=dc)


def _check_gru(x: Any, h_prev: Any, params: Any, reset: Any, update: Any) -> None:
    where = "gru_step_forward"
    check_choice(where, ("after", "before"), reset=reset)
    check_choice(where, ("keep", "renew"), update=update)
    check_step(where, params, GRU_AXES, x=(x, "ND"), h_prev=(h_prev, "NH"))
    check_gates(where, params, GRU_GATES, h_prev=h_prev)


def _check_gru_upstream(dh: Any, cache: Any) -> None:
    check_upstream("gru_step_backward", cache, GRUStepCache, "h_prev", "NH", dh=dh)


def _check_mingru(x: Any, h_prev: Any, params: Any) -> None:
    where = "mingru_step_forward"
    check_step(where, params, MINGRU_AXES, x=(x, "ND"), h_prev=(h_prev, "NH"))
    check_gates(where, params, MINGRU_GATES, h_prev=h_prev)


def _check_mingru_upstream(dh: Any, cache: Any) -> None:
    where = "mingru_step_backward"
    check_upstream(where, cache, MinGRUStepCache, "h_prev", "NH", dh=dh)
