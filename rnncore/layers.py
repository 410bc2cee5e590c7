"""Cells over time: one layer, both directions, and stacks of layers.

===============  =====================================================================
`Layer`          one cell, from the first step to the last
`Bidirectional`  two cells, one of which reads backward; their states side by side
`Stack`          layers above each other: each reads the states of the one below
===============  =====================================================================

All three have the same methods. ``forward(xs, state, params, mask)`` returns ``hs``
(T, N, width), the states that others read, the last state, and a cache;
``backward(dhs, cache)`` returns the gradients of inputs, first state, and parameters. A
state is a tuple of arrays: ``(h,)``, ``(h, c)`` for the LSTM; that of a stack holds the
arrays of all its layers.

Inputs are arrays (T, N, D), or tokens (T, N): a token stands for a one-hot vector, so
that it selects a row of W_xh, and no product is needed.

A mask (T, N) is False where a sequence has no step: before it begins, after it ends, or
in between. There its state stays as it is, and gradients pass through unchanged, so
that a padded sequence gives what it would give alone.

A gradient may be cut, or weighted, between any two steps by ``carry``; the ways of
choosing it are in `rnncore.bptt`. Cells with a kernel (`rnncore.kernels`) run fast, the
others step by step. `rnncore.stepwise` is the plain version of `Layer`.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np

from rnncore.cells import CELLS
from rnncore.kernels import Params, State
from rnncore.kinds import (
    check_booleans,
    check_choice,
    check_counts,
    check_finite,
    check_floats,
    check_tokens,
)
from rnncore.runs import Run, WayBack, are_tokens, make_run
from rnncore.shapes import check_cache, check_params, check_shapes
from rnncore.step_checks import check_gates, check_state
from rnncore.stepping import Stepper, make_stepper

Holds = list[np.ndarray | None]  # for each step, the sequences that have none


class Recurrence(Protocol):
    """What can be run over time, and back: what `rnncore.bptt` asks for."""

    def forward(
        self, xs: np.ndarray, state: State, params: Params, mask: Any = None
    ) -> tuple[np.ndarray, State, Any]:
        """
        Run over all steps.

        Parameters
        ----------
        xs : ndarray, shape (T, N, D), or of int, shape (T, N)
            Inputs, or tokens from 0 to D - 1.
        state : tuple of ndarray
            The state before the first step.
        params : dict of str to ndarray
            The parameters.
        mask : ndarray of bool, shape (T, N), optional
            False where a sequence has no step.

        Returns
        -------
        hs : ndarray, shape (T, N, width)
            The states that others read.
        last : tuple of ndarray
            The state after the last step.
        cache : object
            What `backward` needs.
        """
        ...

    def backward(
        self, dhs: np.ndarray, cache: Any, dlast: Any = None, carry: Any = None
    ) -> tuple[np.ndarray | None, State, Params]:
        """
        Take the gradients back.

        Parameters
        ----------
        dhs : ndarray, shape (T, N, width)
            Gradient with respect to ``hs``.
        cache : object
            The cache that `forward` returned.
        dlast : tuple of ndarray, optional
            Gradient with respect to the last state, zeros by default.
        carry : ndarray, shape (T,), optional
            What the gradient is multiplied by between two steps.

        Returns
        -------
        dxs : ndarray, shape (T, N, D), or None
            Gradient with respect to the inputs; None for tokens.
        dstate : tuple of ndarray
            Gradient with respect to the first state.
        grads : dict of str to ndarray
            Gradients with respect to the parameters.
        """
        ...


class Network(Recurrence, Protocol):
    """What models ask of a layer, or of several."""

    @property
    def input_size(self) -> int:
        """
        Tell the number of inputs.

        Returns
        -------
        int
            D.
        """
        ...

    @property
    def width(self) -> int:
        """
        Tell the number of outputs of each step.

        Returns
        -------
        int
            The size of the last axis of ``hs``.
        """
        ...

    def init(self, rng: np.random.Generator) -> Params:
        """
        Draw parameters.

        Parameters
        ----------
        rng : numpy.random.Generator
            Where the numbers come from.

        Returns
        -------
        dict of str to ndarray
            The parameters.
        """
        ...

    def zero_state(self, N: int, dtype: Any = float) -> State:
        """
        Give a state of zeros.

        Parameters
        ----------
        N : int
            Number of sequences.
        dtype : data-type, optional
            That of the arrays.

        Returns
        -------
        tuple of ndarray
            The state.
        """
        ...


class LayerCache(NamedTuple):
    """What `Layer.forward` keeps for `Layer.backward`."""

    layer: "Layer"
    run: Run
    holds: Holds | None


@dataclass(frozen=True)
class Layer:
    """
    One cell over time.

    Attributes
    ----------
    cell : str
        The name of the cell in `rnncore.cells.CELLS`.
    input_size : int
        D, the number of inputs.
    hidden_size : int
        H, the number of hidden units.

    Raises
    ------
    TypeError
        If a size is not an integer.
    ValueError
        If the cell is unknown, or a size less than 1.

    Examples
    --------
    >>> layer = Layer("lstm", input_size=3, hidden_size=2)
    >>> params = layer.init(np.random.default_rng(0))
    >>> xs = np.ones((5, 4, 3))
    >>> hs, last, cache = layer.forward(xs, layer.zero_state(4), params)
    >>> hs.shape, [array.shape for array in last]
    ((5, 4, 2), [(4, 2), (4, 2)])
    >>> dxs, dstate, grads = layer.backward(np.ones_like(hs), cache)
    >>> dxs.shape, grads.keys() == params.keys()
    ((5, 4, 3), True)
    """

    cell: str
    input_size: int
    hidden_size: int

    def __post_init__(self) -> None:
        check_choice("Layer", tuple(CELLS), cell=self.cell)
        sizes = {"input_size": self.input_size, "hidden_size": self.hidden_size}
        check_counts("Layer", **sizes)

    @property
    def width(self) -> int:
        """
        Tell the number of outputs of each step.

        Returns
        -------
        int
            H.
        """
        return self.hidden_size

    @cached_property
    def sizes(self) -> np.ndarray:
        """
        Give an array whose shape checks of other shapes can refer to.

        Returns
        -------
        ndarray, shape (D, H)
            Zeros, which take no memory.
        """
        return np.broadcast_to(0.0, (self.input_size, self.hidden_size))

    def init(self, rng: np.random.Generator) -> Params:
        """
        Draw parameters.

        Parameters
        ----------
        rng : numpy.random.Generator
            Where the numbers come from.

        Returns
        -------
        dict of str to ndarray
            The parameters of the cell.

        Raises
        ------
        TypeError
            If `rng` is not a generator.
        """
        return CELLS[self.cell].init(rng, self.input_size, self.hidden_size)

    def zero_state(self, N: int, dtype: Any = float) -> State:
        """
        Give a state of zeros.

        Parameters
        ----------
        N : int
            Number of sequences.
        dtype : data-type, optional
            That of the arrays.

        Returns
        -------
        tuple of ndarray, each of shape (N, H)
            The state.

        Raises
        ------
        TypeError
            If N is not an integer.
        ValueError
            If N is less than 1.
        """
        check_counts("zero_state", N=N)
        names = CELLS[self.cell].state
        return tuple(np.zeros((N, self.hidden_size), dtype) for _ in names)

    def forward(
        self,
        xs: np.ndarray,
        state: State,
        params: Params,
        mask: np.ndarray | None = None,
    ) -> tuple[np.ndarray, State, LayerCache]:
        """
        Run the cell over N sequences of T steps.

        Parameters
        ----------
        xs : ndarray, shape (T, N, D), or of int, shape (T, N)
            Inputs, or tokens from 0 to D - 1.
        state : tuple of ndarray, each of shape (N, H)
            The state before the first step.
        params : dict of str to ndarray
            The parameters of the cell; further entries are ignored.
        mask : ndarray of bool, shape (T, N), optional
            False where a sequence has no step.

        Returns
        -------
        hs : ndarray, shape (T, N, H)
            The state after each step, its first array; do not write to it.
        last : tuple of ndarray, each of shape (N, H)
            The state after the last step.
        cache : LayerCache
            What `backward` needs.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together, an axis is empty, a token is out of range,
            or an input or a state is not finite.
        """
        _check_forward(self, xs, state, params, mask)
        params = {name: params[name] for name in CELLS[self.cell].axes}
        xs, state, params = _alike(xs, state, params)
        run = make_run(CELLS[self.cell], xs, state, params)
        holds = None if mask is None else _holds(mask)
        _advance(run, len(xs), holds)
        last = tuple(states[-1].copy() for states in run.states)
        return run.states[0][1:], last, LayerCache(self, run, holds)

    def backward(
        self,
        dhs: np.ndarray,
        cache: LayerCache,
        dlast: State | None = None,
        carry: np.ndarray | None = None,
        norms: np.ndarray | None = None,
    ) -> tuple[np.ndarray | None, State, Params]:
        """
        Backpropagate through time.

        Parameters
        ----------
        dhs : ndarray, shape (T, N, H)
            Gradient of each step's own loss with respect to ``hs``.
        cache : LayerCache
            The cache that `forward` returned.
        dlast : tuple of ndarray, each of shape (N, H), optional
            Gradient with respect to the last state, besides what `dhs` says; zeros by
            default.
        carry : ndarray, shape (T,), optional
            What the gradient is multiplied by on its way from the state after step t to
            that before it: 0 cuts it. Ones by default, which is exact.
        norms : ndarray, shape (T+1,), optional
            Where to write the norm of the gradient with respect to the first state and
            the state after each step, the whole future included.

        Returns
        -------
        dxs : ndarray, shape (T, N, D), or None
            Gradient with respect to the inputs; None for tokens.
        dstate : tuple of ndarray, each of shape (N, H)
            Gradient with respect to the first state.
        grads : dict of str to ndarray
            Gradients with respect to the parameters.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together.
        """
        _check_backward(self, dhs, cache, dlast, carry, norms)
        last = [states[-1] for states in cache.run.states]
        dlast = dlast or tuple(np.zeros_like(array) for array in last)
        dtype = np.result_type(dhs, last[0], *dlast)
        dlast = tuple(array.astype(dtype) for array in dlast)
        way_back = cache.run.way_back(dlast)
        _retreat(way_back, dhs, cache.holds, carry, norms)
        dxs, grads = way_back.gradients()
        return dxs, way_back.dstate, grads

    def stepper(self, params: Params, tokens: bool = False) -> Stepper:
        """
        Prepare single steps, as they are needed for generation: no way back is kept.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters of the cell, which must not change as long as it is used.
        tokens : bool, optional
            Whether the inputs are tokens.

        Returns
        -------
        callable
            ``step(x, state) -> state`` for inputs (N, D), or tokens (N,); it checks
            nothing.

        Raises
        ------
        TypeError
            If `params` is not a dict of arrays of floats.
        ValueError
            If a parameter is missing, or shapes do not fit together.
        """
        _check_stepper(self, params)
        return make_stepper(CELLS[self.cell], params, tokens)


def _advance(run: Run, T: int, holds: Holds | None) -> None:
    for t in range(T):
        run.advance(t)
        if holds is not None and (held := holds[t]) is not None:
            for states in run.states:
                states[t + 1][held] = states[t][held]


def _retreat(
    way_back: WayBack,
    dhs: np.ndarray,
    holds: Holds | None,
    carry: np.ndarray | None,
    norms: np.ndarray | None,
) -> None:
    for t in reversed(range(len(dhs))):
        way_back.dstate[0][...] += dhs[t]
        if norms is not None:
            norms[t + 1] = _norm(way_back.dstate)
        _retreat_once(way_back, t, None if holds is None else holds[t])
        if carry is not None and carry[t] != 1:
            _multiply(way_back.dstate, carry[t])
    if norms is not None:
        norms[0] = _norm(way_back.dstate)


def _retreat_once(way_back: WayBack, t: int, held: np.ndarray | None) -> None:
    if held is None:
        way_back(t)
        return
    # A sequence without a step is taken out, so that the step finds nothing of it.
    aside = [array[held] for array in way_back.dstate]
    for array in way_back.dstate:
        array[held] = 0
    way_back(t)
    for array, kept in zip(way_back.dstate, aside, strict=True):
        array[held] = kept


def _multiply(arrays: State, factor: float) -> None:
    for array in arrays:
        array *= factor


def _norm(arrays: State) -> float:
    return float(np.sqrt(sum(np.square(np.abs(array)).sum() for array in arrays)))


def _holds(mask: np.ndarray) -> Holds:
    return [None if row.all() else np.flatnonzero(~row) for row in mask]


def _alike(
    xs: np.ndarray, state: State, params: Params
) -> tuple[np.ndarray, State, Params]:
    inputs = () if are_tokens(xs) else (xs,)
    dtypes = {array.dtype for array in (*inputs, *state, *params.values())}
    if len(dtypes) == 1:
        return xs, state, params
    dtype = np.result_type(*dtypes)
    state = tuple(array.astype(dtype) for array in state)
    params = {name: array.astype(dtype) for name, array in params.items()}
    return (xs.astype(dtype) if inputs else xs), state, params


def _weights(
    where: str, layer: Layer, params: Any
) -> dict[str, tuple[np.ndarray, str]]:
    axes = CELLS[layer.cell].axes
    check_params(where, params, axes)
    return {
        "layer": (layer.sizes, "D" + _state_axis(layer)),
        **{name: (params[name], letters) for name, letters in axes.items()},
    }


def _state_axis(layer: Layer) -> str:
    return "V" if "b_y" in CELLS[layer.cell].axes else "H"


def _check_stepper(layer: Layer, params: Any) -> None:
    where, gates = "stepper", CELLS[layer.cell].gates
    check_shapes(where, **_weights(where, layer, params))
    if gates:
        check_gates(where, params, gates, layer=layer.sizes)


def _check_forward(layer: Layer, xs: Any, state: Any, params: Any, mask: Any) -> None:
    where, cell = "forward", CELLS[layer.cell]
    known = _weights(where, layer, params)
    check_state(where, state=(state, cell.state))
    states = {f"state[{i}]": array for i, array in enumerate(state)}
    check_floats(where, **states)
    known |= _inputs(where, layer.input_size, xs)
    axes = "N" + _state_axis(layer)
    known |= {name: (array, axes) for name, array in states.items()}
    if mask is not None:
        check_booleans(where, mask=mask)
        known["mask"] = (mask, "TN")
    check_shapes(where, **known)
    if cell.gates:
        check_gates(where, params, cell.gates, **{"state[0]": state[0]})
    check_finite(where, **states)


def _inputs(where: str, D: int, xs: Any) -> dict[str, tuple[np.ndarray, str]]:
    if isinstance(xs, np.ndarray) and are_tokens(xs):
        check_tokens(where, D, xs=xs)
        return {"xs": (xs, "TN")}
    check_floats(where, xs=xs)
    check_finite(where, xs=xs)
    return {"xs": (xs, "TND")}


def _check_backward(
    layer: Layer, dhs: Any, cache: Any, dlast: Any, carry: Any, norms: Any
) -> None:
    where = "backward"
    check_cache(where, cache, LayerCache)
    if cache.layer != layer:
        raise ValueError(
            f"{where}: cache is of {cache.layer}, but one of {layer} is needed. Pass "
            f"the cache that its own forward returned."
        )
    check_floats(where, dhs=dhs)
    states = cache.run.states
    check_shapes(where, hs=(states[0][1:], "TNH"), dhs=(dhs, "TNH"))
    if dlast is not None:
        names = tuple(f"d{name}" for name in CELLS[layer.cell].state)
        check_state(where, dlast=(dlast, names))
        check_floats(where, **dict(zip(names, dlast, strict=True)))
        for name, array in zip(names, dlast, strict=True):
            check_shapes(where, hs=(states[0][0], "NH"), **{name: (array, "NH")})
    for name, array, axes in (("carry", carry, "T"), ("norms", norms, "R")):
        if array is not None:
            check_floats(where, **{name: array})
            T = len(dhs) + (name == "norms")
            check_shapes(where, steps=(np.empty(T), axes), **{name: (array, axes)})
