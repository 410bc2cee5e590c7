"""One time step of a recurrent cell, forward and backward, and all cells by name.

The cell of Elman's network (1990), with tanh, in the row convention, for N sequences at
once:

    a_t = x_t W_xh + h_{t-1} W_hh + b_h        h_t = tanh(a_t)

Two relatives have another last step: h_t = max(a_t, 0), and h_t = a_t, the identity.

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
needs, by name. Nothing is remembered between calls. `CELLS` holds these cells and those
of `rnncore.gated_cells` and `rnncore.jordan` in one form, whatever their states are. A
cell knows one step only: running it over time is the business of `rnncore.sequence`,
and the way from the state to a prediction that of `rnncore.ops`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from rnncore.gated_cells import (
    GRU_AXES,
    GRU_GATES,
    LSTM_AXES,
    LSTM_GATES,
    MINGRU_AXES,
    MINGRU_GATES,
    gru_step_backward,
    gru_step_forward,
    lstm_step_backward,
    lstm_step_forward,
    mingru_step_backward,
    mingru_step_forward,
)
from rnncore.init import init_gru, init_jordan, init_lstm, init_mingru, init_rnn
from rnncore.jordan import JORDAN_AXES, jordan_step_backward, jordan_step_forward
from rnncore.step_checks import check_state, check_step, check_upstream

RNN_AXES = {"W_xh": "DH", "W_hh": "HH", "b_h": "H"}

Arrays = dict[str, np.ndarray]
State = tuple[np.ndarray, ...]


class StepCache(NamedTuple):
    """What `rnn_step_forward` keeps for `rnn_step_backward`."""

    x: np.ndarray  # (N, D)
    h_prev: np.ndarray  # (N, H)
    h: np.ndarray  # (N, H)
    params: Arrays


class ReLUStepCache(NamedTuple):
    """What `relu_step_forward` keeps for `relu_step_backward`."""

    x: np.ndarray  # (N, D)
    h_prev: np.ndarray  # (N, H)
    h: np.ndarray  # (N, H)
    params: Arrays


class IdentityStepCache(NamedTuple):
    """What `identity_step_forward` keeps for `identity_step_backward`."""

    x: np.ndarray  # (N, D)
    h_prev: np.ndarray  # (N, H)
    params: Arrays


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
        If shapes do not fit together, or an input or a state is not finite.

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


def relu_step_forward(
    x: np.ndarray, h_prev: np.ndarray, params: Arrays
) -> tuple[np.ndarray, ReLUStepCache]:
    """
    Advance the states of N sequences by one step of the ReLU cell.

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
        The state of each sequence after the step, no value below 0.
    cache : ReLUStepCache
        What `relu_step_backward` needs.

    Raises
    ------
    TypeError
        If an argument is not an array of floats.
    ValueError
        If shapes do not fit together, or an input or a state is not finite.

    References
    ----------
    Q. V. Le, N. Jaitly and G. E. Hinton, "A simple way to initialize recurrent networks
    of rectified linear units", arXiv:1504.00941 (2015).

    Examples
    --------
    >>> params = {"W_xh": np.ones((1, 2)), "W_hh": np.eye(2)}
    >>> params["b_h"] = np.array([-2.0, 2.0])
    >>> h, cache = relu_step_forward(np.array([[0.5]]), np.zeros((1, 2)), params)
    >>> h
    array([[0. , 2.5]])
    """
    _check_relu(x, h_prev, params)
    W_xh, W_hh, b_h = params["W_xh"], params["W_hh"], params["b_h"]
    a = x @ W_xh + h_prev @ W_hh + b_h  # (N, H)
    h = np.where(a.real > 0, a, 0)
    return h, ReLUStepCache(x, h_prev, h, params)


def relu_step_backward(
    dh: np.ndarray, cache: ReLUStepCache
) -> tuple[np.ndarray, np.ndarray, Arrays]:
    """
    Take the gradient back through one step of the ReLU cell.

    Parameters
    ----------
    dh : ndarray, shape (N, H)
        Gradient of the loss with respect to the state after the step.
    cache : ReLUStepCache
        The cache that `relu_step_forward` returned.

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
        If `cache` is not a `ReLUStepCache`, or `dh` not an array of floats.
    ValueError
        If `dh` has another shape than the state.

    Notes
    -----
    At a = 0 there is a kink, and no derivative; 0 is taken, as PyTorch does.

    Examples
    --------
    >>> params = {"W_xh": np.ones((1, 2)), "W_hh": np.eye(2)}
    >>> params["b_h"] = np.array([-2.0, 2.0])
    >>> h, cache = relu_step_forward(np.array([[0.5]]), np.zeros((1, 2)), params)
    >>> dx, dh_prev, grads = relu_step_backward(np.array([[3.0, 4.0]]), cache)
    >>> dh_prev
    array([[0., 4.]])
    """
    _check_relu_upstream(dh, cache)
    x, h_prev, h, params = cache
    da = dh * (h.real > 0)  # (N, H)
    dx = da @ params["W_xh"].T  # (N, D)
    dh_prev = da @ params["W_hh"].T  # (N, H)
    grads = {"W_xh": x.T @ da, "W_hh": h_prev.T @ da, "b_h": da.sum(axis=0)}
    return dx, dh_prev, grads


def identity_step_forward(
    x: np.ndarray, h_prev: np.ndarray, params: Arrays
) -> tuple[np.ndarray, IdentityStepCache]:
    """
    Advance the states of N sequences by one step of the identity cell, a linear map.

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
        The state of each sequence after the step, of any size.
    cache : IdentityStepCache
        What `identity_step_backward` needs.

    Raises
    ------
    TypeError
        If an argument is not an array of floats.
    ValueError
        If shapes do not fit together, or an input or a state is not finite.

    Examples
    --------
    >>> params = {"W_xh": np.ones((1, 1)), "W_hh": 2 * np.eye(1), "b_h": np.zeros(1)}
    >>> h, cache = identity_step_forward(np.array([[0.5]]), np.array([[3.0]]), params)
    >>> h
    array([[6.5]])
    """
    _check_identity(x, h_prev, params)
    W_xh, W_hh, b_h = params["W_xh"], params["W_hh"], params["b_h"]
    h = x @ W_xh + h_prev @ W_hh + b_h  # (N, H)
    return h, IdentityStepCache(x, h_prev, params)


def identity_step_backward(
    dh: np.ndarray, cache: IdentityStepCache
) -> tuple[np.ndarray, np.ndarray, Arrays]:
    """
    Take the gradient back through one step of the identity cell.

    Parameters
    ----------
    dh : ndarray, shape (N, H)
        Gradient of the loss with respect to the state after the step.
    cache : IdentityStepCache
        The cache that `identity_step_forward` returned.

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
        If `cache` is not an `IdentityStepCache`, or `dh` not an array of floats.
    ValueError
        If `dh` has another shape than the state.

    Examples
    --------
    >>> params = {"W_xh": np.ones((1, 1)), "W_hh": 2 * np.eye(1), "b_h": np.zeros(1)}
    >>> h, cache = identity_step_forward(np.array([[0.5]]), np.array([[3.0]]), params)
    >>> dx, dh_prev, grads = identity_step_backward(np.ones((1, 1)), cache)
    >>> dh_prev
    array([[2.]])
    """
    _check_identity_upstream(dh, cache)
    x, h_prev, params = cache
    dx = dh @ params["W_xh"].T  # (N, D)
    dh_prev = dh @ params["W_hh"].T  # (N, H)
    grads = {"W_xh": x.T @ dh, "W_hh": h_prev.T @ dh, "b_h": dh.sum(axis=0)}
    return dx, dh_prev, grads


@dataclass(frozen=True, eq=False)
class Cell:
    """
    The functions of one cell, in a form that is the same for all cells.

    A state is a tuple of arrays, whatever the cell: ``(h,)``, ``(h, c)`` for the LSTM,
    ``(y,)`` for the Jordan network. The first is what others read.

    Attributes
    ----------
    name : str
        The name under which `CELLS` has the cell.
    axes : dict of str to str
        The axes of each parameter by letters: D inputs, H hidden units, V outputs, G
        columns of all gates.
    state : tuple of str
        The names of the arrays of a state.
    init : callable
        ``init(rng, D, H)`` draws the parameters for D inputs and states of size H.
    forward, backward : callable
        The two functions of one step, with one argument for each array of the state.
    gates : tuple of str, optional
        The names of the blocks of columns, for cells that have gates.

    Examples
    --------
    >>> cell = CELLS["lstm"]
    >>> params = cell.init(np.random.default_rng(0), 2, 3)
    >>> state = (np.zeros((1, 3)), np.zeros((1, 3)))
    >>> state, cache = cell.step_forward(np.ones((1, 2)), state, params)
    >>> [array.shape for array in state]
    [(1, 3), (1, 3)]
    """

    name: str
    axes: dict[str, str]
    state: tuple[str, ...]
    init: Callable[[np.random.Generator, int, int], Arrays]
    forward: Callable[..., tuple]
    backward: Callable[..., tuple]
    gates: tuple[str, ...] = ()

    def step_forward(
        self, x: np.ndarray, state: State, params: Arrays
    ) -> tuple[State, Any]:
        """
        Advance the state of N sequences by one step.

        Parameters
        ----------
        x : ndarray, shape (N, D)
            The input of each sequence at this step.
        state : tuple of ndarray, each of shape (N, H)
            The state before the step.
        params : dict of str to ndarray
            The parameters of the cell; further entries are ignored.

        Returns
        -------
        state : tuple of ndarray, each of shape (N, H)
            The state after the step.
        cache : NamedTuple
            What `step_backward` needs.

        Raises
        ------
        TypeError
            If `state` is not a tuple, or something not an array of floats.
        ValueError
            If the state has another number of arrays, shapes do not fit together, or
            an input or a state is not finite.
        """
        check_state("step_forward", state=(state, self.state))
        *after, cache = self.forward(x, *state, params)
        return tuple(after), cache

    def step_backward(
        self, dstate: State, cache: Any
    ) -> tuple[np.ndarray, State, Arrays]:
        """
        Take the gradients back through one step.

        Parameters
        ----------
        dstate : tuple of ndarray, each of shape (N, H)
            Gradient of the loss with respect to each array of the state after the
            step.
        cache : NamedTuple
            The cache that `step_forward` returned.

        Returns
        -------
        dx : ndarray, shape (N, D)
            Gradient with respect to the input.
        dstate_prev : tuple of ndarray, each of shape (N, H)
            Gradient with respect to each array of the state before the step.
        grads : dict of str to ndarray
            Gradients with respect to the parameters, summed over the N sequences.

        Raises
        ------
        TypeError
            If `cache` is that of another cell, `dstate` not a tuple, or a gradient not
            an array of floats.
        ValueError
            If `dstate` has another number of arrays, or other shapes, than the state.
        """
        names = tuple(f"d{name}" for name in self.state)
        check_state("step_backward", dstate=(dstate, names))
        dx, *before, grads = self.backward(*dstate, cache)
        return dx, tuple(before), grads


def _rnn(name: str, forward: Callable, backward: Callable) -> Cell:
    return Cell(name, RNN_AXES, ("h",), init_rnn, forward, backward)


def _gru(name: str, **variant: Any) -> Cell:
    forward = partial(gru_step_forward, **variant)
    backward = gru_step_backward
    return Cell(name, GRU_AXES, ("h",), init_gru, forward, backward, GRU_GATES)


def _init_jordan(rng: np.random.Generator, D: int, H: int) -> Arrays:
    return init_jordan(rng, D, H, V=H)  # the state has the size of the output


_LSTM = (init_lstm, lstm_step_forward, lstm_step_backward, LSTM_GATES)
_MINGRU = (init_mingru, mingru_step_forward, mingru_step_backward, MINGRU_GATES)
_JORDAN = (_init_jordan, jordan_step_forward, jordan_step_backward)
_ALL = (
    _rnn("tanh", rnn_step_forward, rnn_step_backward),
    _rnn("relu", relu_step_forward, relu_step_backward),
    _rnn("identity", identity_step_forward, identity_step_backward),
    Cell("lstm", LSTM_AXES, ("h", "c"), *_LSTM),
    _gru("gru", reset="after", update="keep"),
    _gru("gru-before", reset="before", update="keep"),
    _gru("gru-renew", reset="after", update="renew"),
    _gru("gru-before-renew", reset="before", update="renew"),
    Cell("mingru", MINGRU_AXES, ("h",), *_MINGRU),
    Cell("jordan", JORDAN_AXES, ("y",), *_JORDAN),
)
CELLS = {cell.name: cell for cell in _ALL}


def _check_step(x: Any, h_prev: Any, params: Any) -> None:
    where = "rnn_step_forward"
    check_step(where, params, RNN_AXES, x=(x, "ND"), h_prev=(h_prev, "NH"))


def _check_step_upstream(dh: Any, cache: Any) -> None:
    check_upstream("rnn_step_backward", cache, StepCache, "h", "NH", dh=dh)


def _check_relu(x: Any, h_prev: Any, params: Any) -> None:
    where = "relu_step_forward"
    check_step(where, params, RNN_AXES, x=(x, "ND"), h_prev=(h_prev, "NH"))


def _check_relu_upstream(dh: Any, cache: Any) -> None:
    check_upstream("relu_step_backward", cache, ReLUStepCache, "h", "NH", dh=dh)


def _check_identity(x: Any, h_prev: Any, params: Any) -> None:
    where = "identity_step_forward"
    check_step(where, params, RNN_AXES, x=(x, "ND"), h_prev=(h_prev, "NH"))


def _check_identity_upstream(dh: Any, cache: Any) -> None:
    where = "identity_step_backward"
    check_upstream(where, cache, IdentityStepCache, "h_prev", "NH", dh=dh)
