"""Ways to compute the gradient of a loss over a sequence, exact and approximate.

====================  ==========================  ========================  ==========
method                what flows back             memory                    gradient
====================  ==========================  ========================  ==========
`FullBPTT`            everything, T steps         T steps                   exact
`CheckpointedBPTT`    everything, T steps         T/K states and K steps    exact
`RTRL`                nothing: carried forward    none of the past          exact
`FixedBPTT`           to the start of its chunk   T steps here, K online    biased
`SlidingBPTT`         K steps from each loss      T steps here, K online    biased
`VariableBPTT`        to the last random cut      T steps                   biased
`RandomizedBPTT`      to the last random cut,     T steps                   unbiased
                      reweighted
====================  ==========================  ========================  ==========

A method is called with a network (`rnncore.layers`), its inputs, first state and
parameters, and a head: ``head(hs, steps)`` is told the states ``hs`` of the steps
``steps`` (a slice) and returns the gradient of the loss of these steps with respect to
them, of the same shape. It is asked about every step once, in whatever pieces and
order the method needs. The loss must be a sum over steps; what else the head computes
from the states, such as its own gradients, it adds up by itself.

Full, fixed, variable, and randomized BPTT differ only in ``carry``, the factor with
which the gradient goes from the state after a step to the state before it: 1 passes it,
0 cuts it. Cutting changes no state: the forward pass is that of the whole sequence.

No method changes parameters. Carrying a state from batch to batch is for
`rnncore.training`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple, Protocol

import numpy as np

from rnncore.kernels import Params, State
from rnncore.kinds import (
    check_booleans,
    check_callable,
    check_counts,
    check_floats,
    check_numbers,
    check_rng,
)
from rnncore.layers import Recurrence
from rnncore.runs import are_tokens
from rnncore.shapes import check_shapes
from rnncore.stacks import reads_both_ways

Head = Callable[[np.ndarray, slice], np.ndarray]
Backward = tuple[np.ndarray | None, State, Params]


class Gradients(NamedTuple):
    """What a method returns."""

    last: State  # the state after the last step
    dxs: np.ndarray | None  # (T, N, D); None for tokens
    dstate: State  # with respect to the first state
    grads: Params


class Method(Protocol):
    """A way to compute the gradient."""

    def __call__(
        self,
        network: Recurrence,
        xs: np.ndarray,
        state: State,
        params: Params,
        head: Head,
        mask: np.ndarray | None = None,
        rng: np.random.Generator | None = None,
    ) -> Gradients:
        """
        Compute the gradient of the loss over xs.

        Parameters
        ----------
        network : Layer, Bidirectional, or Stack
            The network.
        xs : ndarray, shape (T, N, D), or of int, shape (T, N)
            Inputs, or tokens.
        state : tuple of ndarray
            The state before the first step.
        params : dict of str to ndarray
            The parameters of the network.
        head : callable
            ``head(hs, steps)`` gives the gradient with respect to the states of some
            steps.
        mask : ndarray of bool, shape (T, N), optional
            False where a sequence has no step.
        rng : numpy.random.Generator, optional
            Where the cuts come from, if they are random.

        Returns
        -------
        Gradients
            The last state, and the gradients of inputs, first state, and parameters.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together.
        """
        ...


class CarriedBPTT:
    """BPTT that multiplies the gradient by a factor between two steps."""

    def carry(self, T: int, rng: Any) -> np.ndarray | None:
        """
        Give the factor for each step.

        Parameters
        ----------
        T : int
            Number of steps.
        rng : numpy.random.Generator or None
            Where random cuts come from.

        Returns
        -------
        ndarray, shape (T,), or None
            What the gradient is multiplied by on its way from the state after step t to
            that before it; None for ones.
        """
        raise NotImplementedError

    def __call__(
        self,
        network: Recurrence,
        xs: np.ndarray,
        state: State,
        params: Params,
        head: Head,
        mask: np.ndarray | None = None,
        rng: np.random.Generator | None = None,
    ) -> Gradients:
        """Compute the gradient; `Method` says of what."""
        _check_call(type(self).__name__, network, head)
        hs, last, cache = network.forward(xs, state, params, mask)
        dhs = head(hs, slice(0, len(xs)))
        carry = self.carry(len(xs), rng)
        return Gradients(last, *network.backward(dhs, cache, carry=carry))


@dataclass(frozen=True)
class FullBPTT(CarriedBPTT):
    """
    Backpropagation through all steps: the exact gradient.

    References
    ----------
    P. J. Werbos, "Backpropagation through time: what it does and how to do it",
    Proceedings of the IEEE 78 (1990), 1550-1560.

    Examples
    --------
    >>> from rnncore.layers import Layer
    >>> layer = Layer("identity", 1, 1)
    >>> params = {name: np.ones(shape) for name, shape in
    ...           (("W_xh", (1, 1)), ("W_hh", (1, 1)), ("b_h", 1))}
    >>> arguments = (np.ones((5, 1, 1)), layer.zero_state(1), params)
    >>> full = FullBPTT()(layer, *arguments, lambda hs, steps: np.ones_like(hs))
    >>> full.dxs.ravel()
    array([5., 4., 3., 2., 1.])
    """

    def carry(self, T: int, rng: Any) -> None:
        """
        Pass every gradient on.

        Parameters
        ----------
        T : int
            Number of steps.
        rng : numpy.random.Generator or None
            Not needed.
        """
        return None


@dataclass(frozen=True)
class FixedBPTT(CarriedBPTT):
    """
    Truncated BPTT by chunks: gradients go back to the first step of their chunk.

    Attributes
    ----------
    K : int
        Number of steps of a chunk.

    Raises
    ------
    TypeError
        If K is not an integer.
    ValueError
        If K is less than 1.

    Notes
    -----
    A loss at the end of a chunk reaches K steps back, one at its start a single step.
    The gradient is biased.

    Examples
    --------
    >>> FixedBPTT(K=2).carry(5, None)
    array([1., 1., 0., 1., 0.])
    """

    K: int

    def __post_init__(self) -> None:
        check_counts("FixedBPTT", K=self.K)

    def carry(self, T: int, rng: Any) -> np.ndarray:
        """
        Cut before the first step of each chunk but the first.

        Parameters
        ----------
        T : int
            Number of steps.
        rng : numpy.random.Generator or None
            Not needed.

        Returns
        -------
        ndarray, shape (T,)
            Zeros where a chunk begins, ones elsewhere.
        """
        check_counts("carry", T=T)
        return _cut(T, slice(self.K, None, self.K))


@dataclass(frozen=True)
class VariableBPTT(CarriedBPTT):
    """
    Truncated BPTT by chunks of random lengths.

    Attributes
    ----------
    shortest, longest : int
        The lengths of chunks are drawn from these and all between, with equal chances.

    Raises
    ------
    TypeError
        If a length is not an integer.
    ValueError
        If a length is less than 1, or `longest` less than `shortest`.

    Notes
    -----
    The cuts fall elsewhere each time, but the gradient is biased all the same: long
    dependencies count too little.

    Examples
    --------
    >>> VariableBPTT(2, 2).carry(5, np.random.default_rng(0))
    array([1., 1., 0., 1., 0.])
    """

    shortest: int
    longest: int

    def __post_init__(self) -> None:
        check_counts("VariableBPTT", shortest=self.shortest, longest=self.longest)
        if self.longest < self.shortest:
            raise ValueError(
                f"VariableBPTT: longest is {self.longest}, but shortest is "
                f"{self.shortest}. Pass longest={self.shortest} or more."
            )

    def carry(self, T: int, rng: Any) -> np.ndarray:
        """
        Cut where a chunk of random length ends.

        Parameters
        ----------
        T : int
            Number of steps.
        rng : numpy.random.Generator
            Where the lengths come from.

        Returns
        -------
        ndarray, shape (T,)
            Zeros where a chunk begins, ones elsewhere.

        Raises
        ------
        TypeError
            If `rng` is not a generator.
        """
        check_counts("carry", T=T)
        check_rng("VariableBPTT", rng)
        chunks = T // self.shortest + 1
        lengths = rng.integers(self.shortest, self.longest + 1, size=chunks)
        starts = np.cumsum(lengths)
        return _cut(T, starts[starts < T])


@dataclass(frozen=True)
class RandomizedBPTT(CarriedBPTT):
    """
    BPTT with random cuts, and compensation where there is none: unbiased.

    Attributes
    ----------
    cut_probability : float
        How likely a cut is between any two steps, from 0 to below 1.

    Raises
    ------
    TypeError
        If it is not a number.
    ValueError
        If it is out of range.

    Notes
    -----
    What passes is multiplied by 1 / (1 - cut_probability), so that its mean is what it
    was. The variance grows with every step that a gradient passes.

    References
    ----------
    C. Tallec and Y. Ollivier, "Unbiasing truncated backpropagation through time",
    arXiv:1705.08209 (2017).

    Examples
    --------
    >>> RandomizedBPTT(0.5).carry(6, np.random.default_rng(2))
    array([1., 0., 2., 0., 2., 2.])
    """

    cut_probability: float

    def __post_init__(self) -> None:
        check_numbers("RandomizedBPTT", cut_probability=self.cut_probability)
        if not 0 <= self.cut_probability < 1:
            raise ValueError(
                f"RandomizedBPTT: cut_probability is {self.cut_probability}, but a "
                f"number from 0 to below 1 is needed. Pass 1/K for K steps on average."
            )

    def carry(self, T: int, rng: Any) -> np.ndarray:
        """
        Cut at random.

        Parameters
        ----------
        T : int
            Number of steps.
        rng : numpy.random.Generator
            Where the cuts come from.

        Returns
        -------
        ndarray, shape (T,)
            Zeros where the gradient is cut, more than 1 elsewhere; 1 at the start,
            where there is nothing to cut.

        Raises
        ------
        TypeError
            If `rng` is not a generator.
        """
        check_counts("carry", T=T)
        check_rng("RandomizedBPTT", rng)
        passes = rng.random(T) >= self.cut_probability
        carry = passes / (1 - self.cut_probability)
        carry[0] = 1
        return carry


@dataclass(frozen=True)
class SlidingBPTT:
    """
    Truncated BPTT in which every loss reaches the same number of steps back.

    Attributes
    ----------
    K : int
        Number of steps that the gradient of a loss takes.

    Raises
    ------
    TypeError
        If K is not an integer.
    ValueError
        If K is less than 1.

    Notes
    -----
    The windows of the losses K steps apart lie side by side, so one pass with cuts
    serves them all; K passes, each begun one step later, serve all losses.

    References
    ----------
    R. J. Williams and J. Peng, "An efficient gradient-based algorithm for on-line
    training of recurrent network trajectories", Neural Computation 2 (1990), 490-501.
    """

    K: int

    def __post_init__(self) -> None:
        check_counts("SlidingBPTT", K=self.K)

    def __call__(
        self,
        network: Recurrence,
        xs: np.ndarray,
        state: State,
        params: Params,
        head: Head,
        mask: np.ndarray | None = None,
        rng: np.random.Generator | None = None,
    ) -> Gradients:
        """Compute the gradient; `Method` says of what."""
        _check_call("SlidingBPTT", network, head)
        hs, last, cache = network.forward(xs, state, params, mask)
        T, K = len(hs), self.K
        dhs = head(hs, slice(0, T))

        def every_window_from(offset: int) -> Backward:
            chosen = np.zeros_like(dhs)
            chosen[offset::K] = dhs[offset::K]
            carry = _cut(T, slice(offset + 1, None, K))
            return network.backward(chosen, cache, carry=carry)

        passes = map(every_window_from, range(min(K, T)))
        return Gradients(last, *reduce(_sum, passes))


@dataclass(frozen=True)
class CheckpointedBPTT:
    """
    BPTT that keeps a state every K steps and computes the steps between them again.

    Attributes
    ----------
    K : int
        Number of steps of a segment; near the root of T, the least memory is needed. A
        network that reads in both directions takes a single segment.
    recompute : bool, optional
        False keeps all segments instead, which takes the memory of full BPTT and gives
        the same numbers, bit for bit.

    Raises
    ------
    TypeError
        If K is not an integer.
    ValueError
        If K is less than 1.

    Notes
    -----
    The gradient is exact. It differs from that of `FullBPTT` by rounding, because the
    gradients of the weights are added up segment by segment.

    References
    ----------
    T. Chen, B. Xu, C. Zhang and C. Guestrin, "Training deep nets with sublinear memory
    cost", arXiv:1604.06174 (2016).
    """

    K: int
    recompute: bool = True

    def __post_init__(self) -> None:
        check_counts("CheckpointedBPTT", K=self.K)

    def __call__(
        self,
        network: Recurrence,
        xs: np.ndarray,
        state: State,
        params: Params,
        head: Head,
        mask: np.ndarray | None = None,
        rng: np.random.Generator | None = None,
    ) -> Gradients:
        """Compute the gradient; `Method` says of what."""
        _check_call("CheckpointedBPTT", network, head)
        _check_segments(network, self.K, xs, mask)

        def run(steps: slice, before: State) -> tuple[np.ndarray, State, Any]:
            held = None if mask is None else mask[steps]
            return network.forward(xs[steps], before, params, held)

        # Without a step there is one segment, of which the network says what is wrong.
        starts = range(0, max(1, len(xs)), self.K)
        segments = [slice(start, start + self.K) for start in starts]
        last, kept = state, []
        for steps in segments:
            before, done = last, run(steps, last)
            kept.append((steps, before, None if self.recompute else done))
            last = done[1]
        dxs: list[np.ndarray] = []
        dstate = tuple(np.zeros_like(array) for array in last)
        grads: Params = {}
        for steps, before, done in reversed(kept):
            hs, _, cache = done or run(steps, before)
            piece, dstate, more = network.backward(head(hs, steps), cache, dstate)
            dxs += [] if piece is None else [piece]
            grads = _add(grads, more)
        joined = np.concatenate(dxs[::-1]) if dxs else None
        return Gradients(last, joined, dstate, grads)


def _check_call(where: str, network: Any, head: Any) -> None:
    if not hasattr(network, "forward"):
        raise TypeError(
            f"{where}: network is a {type(network).__name__}, but a layer is needed, "
            f"or several. Pass a Layer, a Bidirectional, or a Stack."
        )
    check_callable(where, head=head)


def _check_segments(network: Recurrence, K: int, xs: Any, mask: Any) -> None:
    if not isinstance(xs, np.ndarray):
        check_floats("CheckpointedBPTT", xs=xs)  # which says what is needed
    known = {"xs": (xs, "TN" if are_tokens(xs) else "TND")}
    if mask is not None:  # of another T: no segment would see that
        check_booleans("CheckpointedBPTT", mask=mask)
        known["mask"] = (mask, "TN")
    check_shapes("CheckpointedBPTT", **known)
    T = len(xs)
    if K < T and reads_both_ways(network):
        raise ValueError(
            f"CheckpointedBPTT: network reads in both directions, but segments of "
            f"K = {K} of its T = {T} steps are to be computed one after the other. "
            f"Pass K={T}, or use FullBPTT()."
        )


def _cut(T: int, steps: np.ndarray | slice) -> np.ndarray:
    carry = np.ones(T)
    carry[steps] = 0
    return carry


def _add(one: Params, other: Params) -> Params:
    return {name: one[name] + other[name] for name in one} if one else other


def _sum(one: Backward, other: Backward) -> Backward:
    dxs = None if one[0] is None or other[0] is None else one[0] + other[0]
    dstate = tuple(a + b for a, b in zip(one[1], other[1], strict=True))
    return dxs, dstate, _add(one[2], other[2])
