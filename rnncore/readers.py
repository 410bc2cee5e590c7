"""Layers that read tokens or vectors: an embedding, if there is one, and a stack.

========  =======================  ====================================================
xs        (T, N) or (T, N, D)      tokens, or vectors
W_emb     (V, E)                   the embedding: row s stands for token s
hs        (T, N, width)            what the last layer knows after each step
========  =======================  ====================================================

Without an embedding the cell itself reads tokens, as one-hot vectors, or vectors of
numbers. `Reader` has the methods of `rnncore.layers.Layer`, so that whatever takes a
network takes it. Its parameters are ``W_emb`` and those of the stack.

A reader makes no prediction: that is done by the models.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from rnncore.cells import CELLS
from rnncore.init import embedding_rows
from rnncore.kernels import Params, State
from rnncore.kinds import check_counts, check_rng
from rnncore.ops import EmbeddingCache, embedding_backward, embedding_forward
from rnncore.shapes import check_cache, check_params, check_shapes
from rnncore.stacks import Stack, StackCache, stacked
from rnncore.stepping import Stepper


class ReaderCache(NamedTuple):
    """What `Reader.forward` keeps for `Reader.backward`."""

    lookup: EmbeddingCache | None
    layers: StackCache


@dataclass(frozen=True)
class Reader:
    """
    Read sequences of tokens, or of vectors.

    Attributes
    ----------
    input_size : int
        V, the number of tokens that there are; or D, the number of inputs of a vector.
    hidden_size : int
        H, the number of hidden units of each cell.
    cell : str, optional
        The name of the cell in `rnncore.cells.CELLS`.
    layers : int, optional
        How many layers.
    bidirectional : bool, optional
        Whether each layer reads in both directions.
    embedding_size : int, optional
        E, the number of inputs that stand for a token; then only tokens can be read.

    Raises
    ------
    TypeError
        If a size is not an integer.
    ValueError
        If the cell is unknown, or a size less than 1.

    Examples
    --------
    >>> reader = Reader(input_size=5, hidden_size=3, embedding_size=2)
    >>> params = reader.init(np.random.default_rng(0))
    >>> tokens = np.array([[0, 1], [4, 2]])
    >>> hs, last, cache = reader.forward(tokens, reader.zero_state(2), params)
    >>> hs.shape, params["layer0.W_xh"].shape
    ((2, 2, 3), (2, 3))
    """

    input_size: int
    hidden_size: int
    cell: str = "tanh"
    layers: int = 1
    bidirectional: bool = False
    embedding_size: int | None = None

    def __post_init__(self) -> None:
        E = self.embedding_size
        sizes = {} if E is None else {"embedding_size": E}
        check_counts("Reader", input_size=self.input_size, **sizes)
        self.network  # noqa: B018, the layers check the rest

    @cached_property
    def network(self) -> Stack:
        """
        Give the layers.

        Returns
        -------
        Stack
            The layers, the first of which reads vectors of E or D inputs.
        """
        size, H = self.embedding_size or self.input_size, self.hidden_size
        return stacked(self.cell, size, H, self.layers, self.bidirectional)

    @property
    def width(self) -> int:
        """
        Tell the number of outputs of each step.

        Returns
        -------
        int
            H, or 2H in both directions.
        """
        return self.network.width

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
            ``W_emb`` (V, E) where there is one, and the parameters of the layers.

        Raises
        ------
        TypeError
            If `rng` is not a generator.
        """
        check_rng("init", rng)
        V, E = self.input_size, self.embedding_size
        embedding = {} if E is None else {"W_emb": embedding_rows(rng, V, E)}
        return {**embedding, **self.network.init(rng)}

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
            The states of all layers.

        Raises
        ------
        TypeError
            If N is not an integer.
        ValueError
            If N is less than 1.
        """
        return self.network.zero_state(N, dtype)

    def forward(
        self,
        xs: np.ndarray,
        state: State,
        params: Params,
        mask: np.ndarray | None = None,
    ) -> tuple[np.ndarray, State, ReaderCache]:
        """
        Read N sequences of T steps.

        Parameters
        ----------
        xs : ndarray of int, shape (T, N), or of float, shape (T, N, D)
            Tokens, or vectors.
        state : tuple of ndarray, each of shape (N, H)
            The state before the first step.
        params : dict of str to ndarray
            The parameters.
        mask : ndarray of bool, shape (T, N), optional
            False where a sequence has no step.

        Returns
        -------
        hs : ndarray, shape (T, N, width)
            The states of the last layer.
        last : tuple of ndarray, each of shape (N, H)
            The states of all layers after the last step.
        cache : ReaderCache
            What `backward` needs.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together, or a value is out of range or not finite.
        """
        lookup = None
        if self.embedding_size is not None:
            self._check_embedding("forward", params)
            xs, lookup = embedding_forward(xs, params["W_emb"])  # (T, N, E)
        hs, last, cache = self.network.forward(xs, state, params, mask)
        return hs, last, ReaderCache(lookup, cache)

    def backward(
        self,
        dhs: np.ndarray,
        cache: ReaderCache,
        dlast: State | None = None,
        carry: np.ndarray | None = None,
    ) -> tuple[np.ndarray | None, State, Params]:
        """
        Backpropagate through time, through the layers, and to the embedding.

        Parameters
        ----------
        dhs : ndarray, shape (T, N, width)
            Gradient with respect to ``hs``.
        cache : ReaderCache
            The cache that `forward` returned.
        dlast : tuple of ndarray, each of shape (N, H), optional
            Gradient with respect to the last state, zeros by default.
        carry : ndarray, shape (T,), optional
            What the gradient is multiplied by between two steps; ones by default.

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
        check_cache("backward", cache, ReaderCache)
        dxs, dstate, grads = self.network.backward(dhs, cache.layers, dlast, carry)
        if dxs is None or cache.lookup is None:
            return dxs, dstate, grads
        return None, dstate, {"W_emb": embedding_backward(dxs, cache.lookup), **grads}

    def stepper(self, params: Params) -> Stepper:
        """
        Prepare single steps that read tokens, for generation.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters, which must not change as long as it is used.

        Returns
        -------
        callable
            ``step(tokens, state) -> state`` for tokens (N,); it checks nothing.

        Raises
        ------
        TypeError
            If `params` is not a dict of arrays of floats, or a layer reads in both
            directions.
        ValueError
            If a parameter is missing.
        """
        if self.embedding_size is None:
            return self.network.stepper(params, tokens=True)
        self._check_embedding("stepper", params)
        advance, W_emb = self.network.stepper(params), params["W_emb"]
        return lambda tokens, state: advance(W_emb[tokens], state)

    def _check_embedding(self, where: str, params: Any) -> None:
        check_params(where, params, {"W_emb": "VE"})
        reader = np.broadcast_to(0.0, (self.input_size, self.embedding_size or 1))
        check_shapes(where, reader=(reader, "VE"), W_emb=(params["W_emb"], "VE"))

    @cached_property
    def tops(self) -> tuple[int, ...]:
        """
        Tell which arrays of a state are what the last layer gives.

        Returns
        -------
        tuple of int
            Their places, counted from the end: one, or one for each direction.
        """
        n = len(CELLS[self.cell].state)
        return (-2 * n, -n) if self.bidirectional else (-n,)

    def outputs(self, state: State) -> np.ndarray:
        """
        Take from a state what the last layer gives.

        Parameters
        ----------
        state : tuple of ndarray, each of shape (N, H)
            The last state of `forward`, for example.

        Returns
        -------
        ndarray, shape (N, width)
            After the last step: h of each direction, which for the second means after
            the step at t = 0.

        Examples
        --------
        >>> reader = Reader(3, 2, cell="lstm", bidirectional=True)
        >>> reader.outputs(tuple(np.full((1, 2), i) for i in range(4)))
        array([[0, 0, 2, 2]])
        """
        return np.concatenate([state[i] for i in self.tops], axis=1)

    def outputs_backward(self, doutputs: np.ndarray) -> State:
        """
        Take the gradient back from what the last layer gives to a state.

        Parameters
        ----------
        doutputs : ndarray, shape (N, width)
            Gradient with respect to what `outputs` returned.

        Returns
        -------
        tuple of ndarray, each of shape (N, H)
            Gradient with respect to the state, zeros for all other arrays.
        """
        dstate = list(self.zero_state(len(doutputs), doutputs.dtype))
        blocks = np.split(doutputs, len(self.tops), axis=1)
        for place, block in zip(self.tops, blocks, strict=True):
            dstate[place] = block
        return tuple(dstate)
