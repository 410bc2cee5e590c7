"""Single steps, for generation: the next input is known only after the step.

`make_stepper` prepares what is the same for all steps, and returns a function ``step(x,
state) -> state`` that computes nothing else: no way back, no checks. Arrays in which it
works are made once; the states that it takes and returns belong to the caller.

A cell over a sequence that is known is the business of `rnncore.runs`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnncore.cells import Cell
from rnncore.kernels import Kernel, Params, State, split_gates
from rnncore.ops import one_hot
from rnncore.runs import KERNELS

Stepper = Callable[[np.ndarray, State], State]


def make_stepper(cell: Cell, params: Params, tokens: bool) -> Stepper:
    """
    Prepare single steps of a cell, one after the other, without a way back.

    Parameters
    ----------
    cell : Cell
        The cell.
    params : dict of str to ndarray
        Its parameters, which must not change from now on.
    tokens : bool
        Whether the inputs are tokens.

    Returns
    -------
    callable
        ``step(x, state) -> state`` for inputs (N, D), or tokens (N,).
    """
    dtype = np.result_type(*(params[name] for name in cell.axes))
    params = {name: params[name].astype(dtype, copy=False) for name in cell.axes}
    if cell.name in KERNELS:
        return KernelStepper(KERNELS[cell.name], params, tokens)

    def step(x: np.ndarray, state: State) -> State:
        if tokens:
            x = one_hot(x, len(params["W_xh"])).astype(params["W_xh"].dtype)
        return cell.step_forward(x, state, params)[0]

    return step


class KernelStepper:
    """
    Single steps by a kernel that is run for one step again and again.

    Parameters
    ----------
    kernel : type
        The class of the kernel.
    params : dict of str to ndarray
        The parameters of the cell.
    tokens : bool
        Whether the inputs are tokens.
    """

    def __init__(self, kernel: type[Kernel], params: Params, tokens: bool):
        self.kernel, self.tokens = kernel, tokens
        self.weights = kernel.prepare(params)
        self.W_xh = split_gates(params["W_xh"], kernel.gates)  # (G, D, H)
        self.b_h = split_gates(params["b_h"][None], kernel.gates)  # (G, 1, H)
        if tokens:
            self.table = np.ascontiguousarray((self.W_xh + self.b_h).swapaxes(0, 1))
        self.room: Any = None  # for how many sequences there is room, and of what

    def __call__(self, x: np.ndarray, state: State) -> State:
        """
        Compute the state after one more step.

        Parameters
        ----------
        x : ndarray, shape (N, D), or of int, shape (N,)
            Inputs, or tokens.
        state : tuple of ndarray, each of shape (N, H)
            The state before the step.

        Returns
        -------
        tuple of ndarray, each of shape (N, H)
            The state after the step, in new arrays.
        """
        room = len(x), x.dtype, state[0].dtype
        if room != self.room:
            self._make_room(x, state)
            self.room = room
        if self.tokens:
            self.drives.swapaxes(0, 1)[...] = self.table[x]
        else:
            np.matmul(x, self.W_xh, out=self.drives)
            self.drives += self.b_h
        for states, array in zip(self.run.states, state, strict=True):
            states[0] = array
        self.run.advance(0)
        return tuple(states[1].copy() for states in self.run.states)

    def _make_room(self, x: np.ndarray, state: State) -> None:
        inputs = () if self.tokens else (x,)
        dtype = np.result_type(self.W_xh, *inputs, *state)
        state = tuple(array.astype(dtype) for array in state)
        self.drives = np.empty((len(self.W_xh), *state[0].shape), dtype)
        self.run = self.kernel(self.drives[None], state, self.weights)
