"""One run of a cell over an input sequence, whichever way it is computed.

A `KernelRun` multiplies the inputs of all steps at once and leaves the recurrence to a
kernel. A `SteppedRun` calls the functions of one step, for cells that have no kernel.
Both have ``states``, ``advance(t)``, and ``way_back(dlast)``; what the last returns is
called for each step, from the last to the first, and then has ``gradients()``.

Nothing is checked here; that is done by `rnncore.layers`.
"""

from typing import Protocol

import numpy as np

from rnncore.cells import Cell
from rnncore.gated_kernels import GRUKernel, LSTMKernel, MinGRUKernel
from rnncore.kernels import (
    ElmanKernel,
    Gates,
    IdentityKernel,
    Kernel,
    Params,
    ReLUKernel,
    State,
    rows,
    split_gates,
    start,
)
from rnncore.ops import EmbeddingCache, embedding_backward, one_hot

KERNELS: dict[str, type[Kernel]] = {
    "tanh": ElmanKernel,
    "relu": ReLUKernel,
    "identity": IdentityKernel,
    "lstm": LSTMKernel,
    "gru": GRUKernel,
    "mingru": MinGRUKernel,
}
InputGradients = tuple[np.ndarray | None, Params]


class WayBack(Protocol):
    """The way back through a run."""

    dstate: State  # arrays (N, H): gradient of the state that has been reached

    def __call__(self, t: int) -> None:
        """
        Take `dstate` from after step t to before it.

        Parameters
        ----------
        t : int
            The step.
        """

    def gradients(self) -> InputGradients:
        """
        Give the gradients of the inputs and the parameters.

        Returns
        -------
        dxs : ndarray, shape (T, N, D), or None
            Gradient with respect to the inputs; None for tokens.
        grads : dict of str to ndarray
            Gradients with respect to the parameters.
        """
        ...


class Run(Protocol):
    """A run of one cell over T steps."""

    states: State  # arrays (T+1, N, H)

    def advance(self, t: int) -> None:
        """
        Compute the state after step t.

        Parameters
        ----------
        t : int
            The step.
        """

    def way_back(self, dlast: State) -> WayBack:
        """
        Prepare the way back.

        Parameters
        ----------
        dlast : tuple of ndarray
            Gradient with respect to the last state; it is changed.

        Returns
        -------
        WayBack
            What takes it back.
        """
        ...


def make_run(cell: Cell, xs: np.ndarray, state: State, params: Params) -> Run:
    """
    Prepare a run, by a kernel where there is one.

    Parameters
    ----------
    cell : Cell
        The cell.
    xs : ndarray, shape (T, N, D), or of int, shape (T, N)
        Inputs, or tokens.
    state : tuple of ndarray
        The state before the first step.
    params : dict of str to ndarray
        The parameters of the cell.

    Returns
    -------
    Run
        A run of which no step is computed yet.
    """
    if cell.name in KERNELS:
        return KernelRun(KERNELS[cell.name], xs, state, params)
    return SteppedRun(cell, xs, state, params)


def are_tokens(xs: np.ndarray) -> bool:
    """
    Tell tokens from arrays of inputs.

    Parameters
    ----------
    xs : ndarray
        Inputs of either kind.

    Returns
    -------
    bool
        Whether they are whole numbers.
    """
    return xs.dtype.kind in "iu"


class KernelRun:
    """
    A run whose recurrence is computed by a kernel.

    Parameters
    ----------
    kernel : type
        The class of the kernel.
    xs : ndarray, shape (T, N, D), or of int, shape (T, N)
        Inputs, or tokens.
    state : tuple of ndarray
        The state before the first step.
    params : dict of str to ndarray
        The parameters of the cell.
    """

    def __init__(
        self, kernel: type[Kernel], xs: np.ndarray, state: State, params: Params
    ):
        self.xs, self.W_xh = xs, params["W_xh"]
        drives = input_drives(xs, params["W_xh"], params["b_h"], kernel.gates)
        self.kernel = kernel(drives, state, kernel.prepare(params))
        self.states, self.advance = self.kernel.states, self.kernel.advance

    def way_back(self, dlast: State) -> "KernelWayBack":
        """
        Prepare the way back.

        Parameters
        ----------
        dlast : tuple of ndarray
            Gradient with respect to the last state; it is changed.

        Returns
        -------
        KernelWayBack
            What takes it back.
        """
        return KernelWayBack(self, dlast)


class KernelWayBack:
    """
    The way back through a `KernelRun`.

    Parameters
    ----------
    run : KernelRun
        The run.
    dlast : tuple of ndarray
        Gradient with respect to the last state; it is changed.
    """

    def __init__(self, run: KernelRun, dlast: State):
        self.run = run
        self.retreat = run.kernel.way_back(dlast)
        self.dstate = self.retreat.dstate

    def __call__(self, t: int) -> None:
        """
        Take the gradient from after step t to before it.

        Parameters
        ----------
        t : int
            The step.
        """
        self.retreat(t)

    def gradients(self) -> InputGradients:
        """
        Give the gradients of the inputs and the parameters.

        Returns
        -------
        dxs : ndarray, shape (T, N, D), or None
            Gradient with respect to the inputs; None for tokens.
        grads : dict of str to ndarray
            Gradients with respect to the parameters.
        """
        xs, W_xh = self.run.xs, self.run.W_xh
        ddrives = rows(self.retreat.ddrives)  # (T*N, G*H)
        grads = self.retreat.recurrent_gradients()
        if are_tokens(xs):
            dW_xh = embedding_backward(ddrives, EmbeddingCache(xs.reshape(-1), W_xh))
            return None, {"W_xh": dW_xh, **grads, "b_h": dW_xh.sum(axis=0)}
        dxs = (ddrives @ W_xh.T).reshape(xs.shape)
        dW_xh = rows(xs).T @ ddrives
        # A product rounds less than a sum over the first axis, row after row.
        ones = np.ones(len(ddrives), ddrives.dtype)
        return dxs, {"W_xh": dW_xh, **grads, "b_h": ones @ ddrives}


class SteppedRun:
    """
    A run that calls the functions of one step.

    Parameters
    ----------
    cell : Cell
        The cell.
    xs : ndarray, shape (T, N, D), or of int, shape (T, N)
        Inputs, or tokens.
    state : tuple of ndarray
        The state before the first step.
    params : dict of str to ndarray
        The parameters of the cell.
    """

    def __init__(self, cell: Cell, xs: np.ndarray, state: State, params: Params):
        self.cell, self.params, self.tokens = cell, params, are_tokens(xs)
        D, dtype = len(params["W_xh"]), params["W_xh"].dtype
        self.xs = one_hot(xs, D).astype(dtype) if self.tokens else xs
        self.states = tuple(start(array, len(xs)) for array in state)
        self.caches: list = [None] * len(xs)

    def advance(self, t: int) -> None:
        """
        Compute the state after step t.

        Parameters
        ----------
        t : int
            The step.
        """
        before = tuple(states[t] for states in self.states)
        step = self.cell.step_forward(self.xs[t], before, self.params)
        after, self.caches[t] = step
        for states, array in zip(self.states, after, strict=True):
            states[t + 1] = array

    def way_back(self, dlast: State) -> "SteppedWayBack":
        """
        Prepare the way back.

        Parameters
        ----------
        dlast : tuple of ndarray
            Gradient with respect to the last state; it is changed.

        Returns
        -------
        SteppedWayBack
            What takes it back.
        """
        return SteppedWayBack(self, dlast)


class SteppedWayBack:
    """
    The way back through a `SteppedRun`.

    Parameters
    ----------
    run : SteppedRun
        The run.
    dlast : tuple of ndarray
        Gradient with respect to the last state; it is changed.
    """

    def __init__(self, run: SteppedRun, dlast: State):
        self.run = run
        self.dstate = dlast
        dtype, params = dlast[0].dtype, run.params
        self.dxs = np.empty_like(run.xs, dtype)
        self.grads = {name: np.zeros_like(w, dtype) for name, w in params.items()}

    def __call__(self, t: int) -> None:
        """
        Take the gradient from after step t to before it.

        Parameters
        ----------
        t : int
            The step.
        """
        step = self.run.cell.step_backward(self.dstate, self.run.caches[t])
        self.dxs[t], before, grads = step
        for array, value in zip(self.dstate, before, strict=True):
            array[...] = value
        for name, grad in grads.items():
            self.grads[name] += grad

    def gradients(self) -> InputGradients:
        """
        Give the gradients of the inputs and the parameters.

        Returns
        -------
        dxs : ndarray, shape (T, N, D), or None
            Gradient with respect to the inputs; None for tokens.
        grads : dict of str to ndarray
            Gradients with respect to the parameters.
        """
        return (None if self.run.tokens else self.dxs), self.grads


def input_drives(
    xs: np.ndarray, W_xh: np.ndarray, b_h: np.ndarray, gates: Gates
) -> np.ndarray:
    """
    Compute what each gate receives from the input at each step, x_t W_xh + b_h.

    Parameters
    ----------
    xs : ndarray, shape (T, N, D), or of int, shape (T, N)
        Inputs, or tokens.
    W_xh : ndarray, shape (D, G*H)
        Input weights.
    b_h : ndarray, shape (G*H,)
        Biases.
    gates : tuple of (int, float), length G
        For each gate of the kernel its block of columns, and what to multiply it by.

    Returns
    -------
    ndarray, shape (T, G, N, H)
        A new array.
    """
    T, N = xs.shape[:2]
    G, V = len(gates), len(W_xh)
    biases = split_gates(b_h[None], gates)  # (G, 1, H)
    if are_tokens(xs) and xs.size > V:
        table = split_gates(W_xh, gates)
        table += biases
        row_numbers = xs[:, None].astype(int) + V * np.arange(G)[:, None]  # (T, G, N)
        return np.take(rows(table), row_numbers, axis=0)
    if are_tokens(xs):
        drives = split_gates(W_xh[xs.reshape(-1)], gates)  # (G, T*N, H)
    elif T * N < V:  # whichever is smaller is split
        drives = split_gates(rows(xs) @ W_xh, gates)
    else:
        drives = np.matmul(rows(xs), split_gates(W_xh, gates))
    drives += biases
    by_step = drives.reshape(G, T, N, -1).swapaxes(0, 1)
    return np.ascontiguousarray(by_step)
