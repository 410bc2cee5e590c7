"""Real-time recurrent learning: the exact gradient, carried forward in time.

BPTT keeps the past and goes back through it. RTRL keeps no past: beside the state it
carries the sensitivity, the derivative of the state with respect to every parameter,
and takes it through each step as the state is:

    dh_t/dtheta = (dh_t/dh_{t-1}) dh_{t-1}/dtheta + (immediate) dh_t/dtheta

The gradient of the loss of step t is ready at step t. Both give the same gradient, and
RTRL cures no vanishing: it multiplies the same Jacobians. Its price is the sensitivity,
of H times the number of parameters, and the product that updates it: O(H^4) operations
a step for H units, against O(H^2) for BPTT.

This is the plain version, for any cell, one sequence and one unit at a time. It shows
what RTRL is and serves as a test of BPTT; it is too slow for training. There is no
gradient with respect to the inputs.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rnncore.bptt import Gradients, Head
from rnncore.cells import CELLS, Cell
from rnncore.kernels import Params, State
from rnncore.kinds import check_callable
from rnncore.layers import Layer
from rnncore.ops import one_hot
from rnncore.runs import are_tokens


@dataclass(frozen=True)
class RTRL:
    """
    Real-time recurrent learning, for one layer.

    References
    ----------
    R. J. Williams and D. Zipser, "A learning algorithm for continually running fully
    recurrent neural networks", Neural Computation 1 (1989), 270-280.

    Examples
    --------
    >>> layer = Layer("tanh", 1, 2)
    >>> params = layer.init(np.random.default_rng(0))
    >>> arguments = (np.ones((5, 1, 1)), layer.zero_state(1), params)
    >>> rtrl = RTRL()(layer, *arguments, lambda hs, steps: np.ones_like(hs))
    >>> rtrl.grads.keys() == params.keys()
    True
    """

    def __call__(
        self,
        network: Layer,
        xs: np.ndarray,
        state: State,
        params: Params,
        head: Head,
        mask: np.ndarray | None = None,
        rng: np.random.Generator | None = None,
    ) -> Gradients:
        """Compute the gradient; `rnncore.bptt.Method` says of what."""
        _check_rtrl(network, xs, state, params, head, mask)
        cell = CELLS[network.cell]
        params = {name: params[name] for name in cell.axes}
        if are_tokens(xs):
            xs = one_hot(xs, network.input_size).astype(params["W_xh"].dtype)
        sequences = [
            _Sensitivity(cell, tuple(array[n : n + 1] for array in state), params)
            for n in range(xs.shape[1])
        ]
        for t, x in enumerate(xs):
            for n, sequence in enumerate(sequences):
                if mask is None or mask[t, n]:
                    sequence.advance(x[n : n + 1])
            hs = np.concatenate([sequence.state[0] for sequence in sequences])
            dhs = head(hs[None], slice(t, t + 1))
            for n, sequence in enumerate(sequences):
                sequence.collect(dhs[0, n])
        return _gathered(sequences)


class _Sensitivity:
    """The state of one sequence, and its derivatives by parameters and first state."""

    def __init__(self, cell: Cell, state: State, params: Params):
        self.cell, self.state, self.params = cell, state, params
        n_units = sum(array.size for array in state)
        n_weights = sum(array.size for array in params.values())
        dtype = state[0].dtype
        self.by_weights = np.zeros((n_units, n_weights), dtype)
        self.by_start = np.eye(n_units, dtype=dtype)
        self.d_weights, self.d_start = 0 * self.by_weights[0], 0 * self.by_start[0]

    def advance(self, x: np.ndarray) -> None:
        self.state, cache = self.cell.step_forward(x, self.state, self.params)
        steps = [
            self.cell.step_backward(unit, cache) for unit in _unit_states(self.state)
        ]
        jacobian = np.stack([_flat(before) for _, before, _ in steps])
        immediate = np.stack([self._flat_grads(grads) for _, _, grads in steps])
        self.by_weights = jacobian @ self.by_weights + immediate
        self.by_start = jacobian @ self.by_start

    def collect(self, dh: np.ndarray) -> None:
        """Add the gradient of the loss of this step."""
        H = len(dh)
        self.d_weights = self.d_weights + dh @ self.by_weights[:H]
        self.d_start = self.d_start + dh @ self.by_start[:H]

    def _flat_grads(self, grads: Params) -> np.ndarray:
        return _flat(tuple(grads[name] for name in self.params))


def _gathered(sequences: list[_Sensitivity]) -> Gradients:
    params, first = sequences[0].params, sequences[0].state
    d_weights = sum(sequence.d_weights for sequence in sequences)
    grads = _shaped(d_weights, tuple(params.values()))
    starts = [_shaped(sequence.d_start, first) for sequence in sequences]
    dstate = tuple(np.concatenate(arrays) for arrays in zip(*starts, strict=True))
    lasts = (sequence.state for sequence in sequences)
    last = tuple(np.concatenate(arrays) for arrays in zip(*lasts, strict=True))
    return Gradients(last, None, dstate, dict(zip(params, grads, strict=True)))


def _unit_states(state: State) -> list[State]:
    eye = np.eye(sum(array.size for array in state), dtype=state[0].dtype)
    return [_shaped(row, state) for row in eye]


def _flat(arrays: tuple[np.ndarray, ...]) -> np.ndarray:
    return np.concatenate([array.ravel() for array in arrays])


def _shaped(row: np.ndarray, like: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    ends = np.cumsum([array.size for array in like])[:-1]
    pieces = np.split(row, ends)
    return tuple(p.reshape(a.shape) for p, a in zip(pieces, like, strict=True))


def _check_rtrl(
    network: Any, xs: Any, state: Any, params: Any, head: Any, mask: Any
) -> None:
    if not isinstance(network, Layer):
        raise TypeError(
            f"RTRL: network is a {type(network).__name__}, but a Layer is needed. Pass "
            f"a Layer, or use a method of rnncore.bptt."
        )
    check_callable("RTRL", head=head)
    network.forward(xs, state, params, mask)  # which checks all of them
