"""Layers above each other, and layers that read in both directions.

`Stack` and `Bidirectional` have the methods of `rnncore.layers.Layer`, which they are
made of. The parameters of their parts have the names of the parts before their own:
``"layer0.W_xh"``, ``"forward.W_xh"``, ``"layer1.backward.b_h"``. A state is one tuple,
the arrays of the parts one after the other.

There are no residual connections. A network that reads in both directions has seen the
whole sequence at its first step: it cannot predict what comes next.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from rnncore.cells import CELLS
from rnncore.kernels import Params, State
from rnncore.kinds import check_counts, check_floats
from rnncore.layers import Layer, LayerCache, Recurrence
from rnncore.parameters import joined, part
from rnncore.shapes import check_cache, check_params, check_shapes
from rnncore.step_checks import check_state
from rnncore.stepping import Stepper

DIRECTIONS = ("forward", "backward")


class BidirectionalCache(NamedTuple):
    """What `Bidirectional.forward` keeps for `Bidirectional.backward`."""

    forward: LayerCache
    backward: LayerCache


class StackCache(NamedTuple):
    """What `Stack.forward` keeps for `Stack.backward`."""

    caches: list[Any]  # one for each layer
    drops: list[np.ndarray] | None


@dataclass(frozen=True)
class Bidirectional:
    """
    Two cells, of which the second reads from the last step to the first.

    Attributes
    ----------
    cell : str
        The name of the cell in `rnncore.cells.CELLS`.
    input_size : int
        D, the number of inputs.
    hidden_size : int
        H, the number of hidden units of each cell.

    Raises
    ------
    TypeError
        If a size is not an integer.
    ValueError
        If the cell is unknown, or a size less than 1.

    Notes
    -----
    What a step gives is what both know after reading it: h of the first cell from the
    steps up to it, h of the second from the steps from it on. The second begins at the
    last step that a sequence has, not at the last of the batch: before that, the mask
    holds its state.

    References
    ----------
    M. Schuster and K. K. Paliwal, "Bidirectional recurrent neural networks", IEEE
    Transactions on Signal Processing 45 (1997), 2673-2681.

    Examples
    --------
    >>> both = Bidirectional("tanh", input_size=3, hidden_size=2)
    >>> params = both.init(np.random.default_rng(0))
    >>> hs, last, cache = both.forward(np.ones((5, 4, 3)), both.zero_state(4), params)
    >>> hs.shape, len(last)
    ((5, 4, 4), 2)
    """

    cell: str
    input_size: int
    hidden_size: int

    def __post_init__(self) -> None:
        Layer(self.cell, self.input_size, self.hidden_size)  # checks them

    @property
    def layer(self) -> Layer:
        """
        Give the layer that each direction is.

        Returns
        -------
        Layer
            The layer.
        """
        return Layer(self.cell, self.input_size, self.hidden_size)

    @property
    def width(self) -> int:
        """
        Tell the number of outputs of each step.

        Returns
        -------
        int
            2H.
        """
        return 2 * self.hidden_size

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
            The parameters of both cells, ``forward.`` and ``backward.``.

        Raises
        ------
        TypeError
            If `rng` is not a generator.
        """
        return joined(forward=self.layer.init(rng), backward=self.layer.init(rng))

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
            The state of the first cell, then that of the second.

        Raises
        ------
        TypeError
            If N is not an integer.
        ValueError
            If N is less than 1.
        """
        return 2 * self.layer.zero_state(N, dtype)

    def forward(
        self,
        xs: np.ndarray,
        state: State,
        params: Params,
        mask: np.ndarray | None = None,
    ) -> tuple[np.ndarray, State, BidirectionalCache]:
        """
        Run both cells over N sequences of T steps.

        Parameters
        ----------
        xs : ndarray, shape (T, N, D), or of int, shape (T, N)
            Inputs, or tokens from 0 to D - 1.
        state : tuple of ndarray, each of shape (N, H)
            The state of the first cell before the first step, then that of the second
            before the last step.
        params : dict of str to ndarray
            The parameters of both cells.
        mask : ndarray of bool, shape (T, N), optional
            False where a sequence has no step.

        Returns
        -------
        hs : ndarray, shape (T, N, 2H)
            The states of both cells after reading each step.
        last : tuple of ndarray, each of shape (N, H)
            The state of the first cell after the last step, then that of the second
            after the first step.
        cache : BidirectionalCache
            What `backward` needs.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together, or a value is out of range or not finite.
        """
        names = _state_names(self)
        check_state("forward", state=(state, names))
        check_params("forward", params, _axes(self))
        n, layer = len(names) // 2, self.layer
        ahead = layer.forward(xs, state[:n], part(params, "forward"), mask)
        turned = None if mask is None else mask[::-1]
        back = layer.forward(xs[::-1], state[n:], part(params, "backward"), turned)
        hs = np.concatenate([ahead[0], back[0][::-1]], axis=2)  # (T, N, 2H)
        return hs, ahead[1] + back[1], BidirectionalCache(ahead[2], back[2])

    def backward(
        self,
        dhs: np.ndarray,
        cache: BidirectionalCache,
        dlast: State | None = None,
        carry: np.ndarray | None = None,
    ) -> tuple[np.ndarray | None, State, Params]:
        """
        Backpropagate through time, in both directions.

        Parameters
        ----------
        dhs : ndarray, shape (T, N, 2H)
            Gradient with respect to ``hs``.
        cache : BidirectionalCache
            The cache that `forward` returned.
        dlast : tuple of ndarray, each of shape (N, H), optional
            Gradient with respect to the last state, zeros by default.
        carry : None
            There is no truncation in both directions; leave it out.

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
            If shapes do not fit together, or `carry` is given.
        """
        _check_bidirectional(self, dhs, cache, dlast, carry)
        n, H = len(_state_names(self)) // 2, self.hidden_size
        dahead, dback = (None, None) if dlast is None else (dlast[:n], dlast[n:])
        ahead = self.layer.backward(dhs[..., :H], cache.forward, dahead)
        back = self.layer.backward(dhs[::-1, :, H:], cache.backward, dback)
        dxs = None
        if ahead[0] is not None and back[0] is not None:  # they are None for tokens
            dxs = ahead[0] + back[0][::-1]
        grads = joined(forward=ahead[2], backward=back[2])
        return dxs, ahead[1] + back[1], grads


@dataclass(frozen=True)
class Stack:
    """
    Layers, each of which reads the states of the one below.

    Attributes
    ----------
    layers : tuple of Layer or Bidirectional
        The layers, from the one that reads the inputs to the one that is read.

    Raises
    ------
    ValueError
        If there is no layer, or the sizes of two neighbors do not fit.

    Notes
    -----
    A layer passes on its states, not a prediction made from them.

    Examples
    --------
    >>> stack = Stack((Layer("gru", 3, 5), Layer("gru", 5, 2)))
    >>> params = stack.init(np.random.default_rng(0))
    >>> hs, last, cache = stack.forward(np.ones((6, 4, 3)), stack.zero_state(4), params)
    >>> hs.shape, [array.shape for array in last]
    ((6, 4, 2), [(4, 5), (4, 2)])
    """

    layers: tuple[Layer | Bidirectional, ...]

    def __post_init__(self) -> None:
        _check_layers(self.layers)

    @cached_property
    def axes(self) -> dict[str, str]:
        """
        Name the axes of all parameters.

        Returns
        -------
        dict of str to str
            Their axes by letters, as `rnncore.cells.Cell` has them.
        """
        parts = {_name(k): _axes(layer) for k, layer in enumerate(self.layers)}
        return {f"{name}.{key}": own[key] for name, own in parts.items() for key in own}

    @property
    def input_size(self) -> int:
        """
        Tell the number of inputs.

        Returns
        -------
        int
            D of the first layer.
        """
        return self.layers[0].input_size

    @property
    def width(self) -> int:
        """
        Tell the number of outputs of each step.

        Returns
        -------
        int
            That of the last layer.
        """
        return self.layers[-1].width

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
            The parameters of all layers, ``layer0.``, ``layer1.``, ...

        Raises
        ------
        TypeError
            If `rng` is not a generator.
        """
        return joined(**{_name(k): a.init(rng) for k, a in enumerate(self.layers)})

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
            The states of all layers.

        Raises
        ------
        TypeError
            If N is not an integer.
        ValueError
            If N is less than 1.
        """
        states = (layer.zero_state(N, dtype) for layer in self.layers)
        return tuple(array for state in states for array in state)

    def forward(
        self,
        xs: np.ndarray,
        state: State,
        params: Params,
        mask: np.ndarray | None = None,
        drops: list[np.ndarray] | None = None,
    ) -> tuple[np.ndarray, State, StackCache]:
        """
        Run all layers over N sequences of T steps.

        Parameters
        ----------
        xs : ndarray, shape (T, N, D), or of int, shape (T, N)
            Inputs, or tokens from 0 to D - 1.
        state : tuple of ndarray
            The states of all layers before the first step.
        params : dict of str to ndarray
            The parameters of all layers.
        mask : ndarray of bool, shape (T, N), optional
            False where a sequence has no step.
        drops : list of ndarray, shape (N, width), optional
            What each layer but the first multiplies its inputs by, at every step:
            dropout masks, as `rnncore.ops.dropout_mask` draws them.

        Returns
        -------
        hs : ndarray, shape (T, N, width)
            The states of the last layer.
        last : tuple of ndarray
            The states of all layers after the last step.
        cache : StackCache
            What `backward` needs.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together, or a value is out of range or not finite.
        """
        states = _split_state("forward", self.layers, state=state)
        check_params("forward", params, self.axes)
        hs, caches = xs, []
        last: State = ()
        for k, layer in enumerate(self.layers):
            if drops is not None and k > 0:
                hs = hs * drops[k - 1]
            below = part(params, _name(k))
            hs, end, cache = layer.forward(hs, states[k], below, mask)
            last += end
            caches.append(cache)
        return hs, last, StackCache(caches, drops)

    def backward(
        self,
        dhs: np.ndarray,
        cache: StackCache,
        dlast: State | None = None,
        carry: np.ndarray | None = None,
    ) -> tuple[np.ndarray | None, State, Params]:
        """
        Backpropagate through time and through the layers.

        Parameters
        ----------
        dhs : ndarray, shape (T, N, width)
            Gradient with respect to ``hs``.
        cache : StackCache
            The cache that `forward` returned.
        dlast : tuple of ndarray, optional
            Gradient with respect to the last states of all layers, zeros by default.
        carry : ndarray, shape (T,), optional
            What the gradient is multiplied by between two steps, in every layer.

        Returns
        -------
        dxs : ndarray, shape (T, N, D), or None
            Gradient with respect to the inputs; None for tokens.
        dstate : tuple of ndarray
            Gradient with respect to the first states of all layers.
        grads : dict of str to ndarray
            Gradients with respect to the parameters.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together.
        """
        _check_stack_cache(cache, self.layers)
        dlasts: list[Any] = [None] * len(self.layers)
        if dlast is not None:
            dlasts = _split_state("backward", self.layers, dlast=dlast)
        dxs: Any = dhs  # an array, until the lowest layer gives None for tokens
        dstate: State = ()
        parts: dict[str, Params] = {}
        for k, layer in reversed(list(enumerate(self.layers))):
            dxs, dfirst, grads = layer.backward(dxs, cache.caches[k], dlasts[k], carry)
            dstate = dfirst + dstate
            parts = {_name(k): grads, **parts}
            if cache.drops is not None and k > 0:
                dxs = dxs * cache.drops[k - 1]
        return dxs, dstate, joined(**parts)

    def stepper(self, params: Params, tokens: bool = False) -> Stepper:
        """
        Prepare single steps, as they are needed for generation: no way back is kept.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters of all layers, which must not change as long as it is used.
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
            If `params` is not a dict of arrays of floats, or a layer reads in both
            directions.
        ValueError
            If a parameter is missing.
        """
        layers = list(_one_way(self.layers))
        check_params("stepper", params, self.axes)
        steps = [
            layer.stepper(part(params, _name(k)), tokens and k == 0)
            for k, layer in enumerate(layers)
        ]
        sizes = [len(_state_names(layer)) for layer in self.layers]

        def step(x: np.ndarray, state: State) -> State:
            after: State = ()
            for layer_step, size in zip(steps, sizes, strict=True):
                start = len(after)
                below = layer_step(x, state[start : start + size])
                after, x = after + below, below[0]
            return after

        return step


@dataclass(frozen=True)
class Dropped:
    """
    A stack with dropout masks, the same ones at every step.

    Attributes
    ----------
    stack : Stack
        The stack.
    drops : list of ndarray, shape (N, width)
        What each layer but the first multiplies its inputs by.
    """

    stack: Stack
    drops: list[np.ndarray]

    def forward(
        self, xs: np.ndarray, state: State, params: Params, mask: Any = None
    ) -> tuple[np.ndarray, State, StackCache]:
        """
        Run all layers, as `Stack.forward` does.

        Parameters
        ----------
        xs : ndarray, shape (T, N, D), or of int, shape (T, N)
            Inputs, or tokens.
        state : tuple of ndarray
            The states of all layers before the first step.
        params : dict of str to ndarray
            The parameters of all layers.
        mask : ndarray of bool, shape (T, N), optional
            False where a sequence has no step.

        Returns
        -------
        tuple
            What `Stack.forward` returns.
        """
        return self.stack.forward(xs, state, params, mask, self.drops)

    def backward(
        self, dhs: np.ndarray, cache: StackCache, dlast: Any = None, carry: Any = None
    ) -> tuple[np.ndarray | None, State, Params]:
        """
        Take the gradients back, as `Stack.backward` does.

        Parameters
        ----------
        dhs : ndarray, shape (T, N, width)
            Gradient with respect to ``hs``.
        cache : StackCache
            The cache that `forward` returned.
        dlast : tuple of ndarray, optional
            Gradient with respect to the last states of all layers, zeros by default.
        carry : ndarray, shape (T,), optional
            What the gradient is multiplied by between two steps, in every layer.

        Returns
        -------
        tuple
            What `Stack.backward` returns.
        """
        return self.stack.backward(dhs, cache, dlast, carry)


def stacked(
    cell: str,
    input_size: int,
    hidden_size: int,
    layers: int = 1,
    bidirectional: bool = False,
) -> Stack:
    """
    Make a stack of equal layers.

    Parameters
    ----------
    cell : str
        The name of the cell.
    input_size : int
        D, the number of inputs of the first layer.
    hidden_size : int
        H, the number of hidden units of each cell.
    layers : int, optional
        How many layers.
    bidirectional : bool, optional
        Whether each layer reads in both directions; the next one then has 2H inputs.

    Returns
    -------
    Stack
        The stack.

    Raises
    ------
    TypeError
        If a number is not an integer.
    ValueError
        If the cell is unknown, or a number less than 1.

    Examples
    --------
    >>> stacked("lstm", 3, 8, layers=2, bidirectional=True).layers[1].input_size
    16
    """
    check_counts("stacked", layers=layers)
    kind = Bidirectional if bidirectional else Layer
    first = kind(cell, input_size, hidden_size)
    others = (kind(cell, first.width, hidden_size) for _ in range(layers - 1))
    return Stack((first, *others))


def reads_both_ways(network: Recurrence) -> bool:
    """
    Tell whether the first step of a network may depend on the last.

    Parameters
    ----------
    network : Layer, Bidirectional, Stack, or Dropped
        The network.

    Returns
    -------
    bool
        Whether it, or one of its layers, reads in both directions.

    Examples
    --------
    >>> reads_both_ways(stacked("gru", 3, 5, bidirectional=True))
    True
    """
    if isinstance(network, Dropped):
        return reads_both_ways(network.stack)
    if isinstance(network, Stack):
        return any(reads_both_ways(layer) for layer in network.layers)
    return isinstance(network, Bidirectional)


def _name(k: int) -> str:
    return f"layer{k}"


def _state_names(layer: Layer | Bidirectional) -> tuple[str, ...]:
    names = CELLS[layer.cell].state
    if isinstance(layer, Layer):
        return names
    return tuple(f"{way}.{name}" for way in DIRECTIONS for name in names)


def _axes(layer: Layer | Bidirectional) -> dict[str, str]:
    axes = CELLS[layer.cell].axes
    if isinstance(layer, Layer):
        return axes
    return {f"{way}.{name}": axes[name] for way in DIRECTIONS for name in axes}


def _split_state(where: str, layers: tuple, **states: Any) -> list[State]:
    ((key, state),) = states.items()
    names = [_state_names(layer) for layer in layers]
    every = tuple(f"{_name(k)}.{name}" for k, ns in enumerate(names) for name in ns)
    check_state(where, **{key: (state, every)})
    ends = np.cumsum([len(ns) for ns in names])
    return [state[end - len(ns) : end] for end, ns in zip(ends, names, strict=True)]


def _check_layers(layers: Any) -> None:
    if not isinstance(layers, tuple) or not layers:
        raise ValueError(
            f"Stack: layers is {layers!r}, but a tuple of at least one layer is "
            f"needed. Pass (Layer(...),), or use stacked(...)."
        )
    for k, (below, above) in enumerate(pairwise(layers)):
        if above.input_size != below.width:
            raise ValueError(
                f"Stack: layer{k + 1} has {above.input_size} inputs, but layer{k} "
                f"gives {below.width}. Pass a layer{k + 1} of input_size {below.width}."
            )


def _one_way(layers: tuple[Layer | Bidirectional, ...]) -> Iterator[Layer]:
    for k, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise TypeError(
                f"stepper: layer{k} is a {type(layer).__name__}, but a Layer is "
                f"needed: what comes later is not known yet. Pass a stack of Layers."
            )
        yield layer


def _check_stack_cache(cache: Any, layers: tuple) -> None:
    check_cache("backward", cache, StackCache)
    if len(cache.caches) != len(layers):
        raise ValueError(
            f"backward: cache holds {len(cache.caches)} layers, but this stack has "
            f"{len(layers)}. Pass the cache that its own forward returned."
        )


def _check_bidirectional(
    both: Bidirectional, dhs: Any, cache: Any, dlast: Any, carry: Any
) -> None:
    where = "backward"
    check_cache(where, cache, BidirectionalCache)
    check_floats(where, dhs=dhs)
    hs = np.broadcast_to(0.0, (*cache.forward.run.states[0][1:].shape[:2], both.width))
    check_shapes(where, hs=(hs, "TNK"), dhs=(dhs, "TNK"))
    if dlast is not None:
        check_state(where, dlast=(dlast, _state_names(both)))
    if carry is not None:
        raise ValueError(
            f"{where}: carry is given, but a network that reads in both directions "
            f"cannot be truncated: it needs the whole sequence. Leave carry out."
        )
