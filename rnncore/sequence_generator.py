"""Write a sequence of tokens that is told by one vector: one to many.

A vector v (N, K), such as the pixels of a drawing, becomes the state that the layers
start from; then tokens are written, each of which is read before the next one:

    s_0 = v W_vs + b_s     h_t = cell(x_t, h_{t-1})     logits_t = h_t W_hy + b_y

s_0 holds all arrays of all layers side by side; those that a cell keeps between -1 and
1 go through tanh first. x_1 is the start token, x_t after it the token before.

In training, that is the token that should have been written (teacher forcing); on its
own, the model reads what it has written (free running).

A model holds sizes, not weights, and has the methods of `rnncore.models.LanguageModel`.
The vector is seen once, at the start: what is forgotten cannot be looked up again.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from rnncore.cells import CELLS
from rnncore.decoding import Step, beam_search, greedy, sample
from rnncore.heads import SoftmaxHead
from rnncore.init import glorot_uniform
from rnncore.kernels import Params, State
from rnncore.kinds import (
    check_counts,
    check_finite,
    check_floats,
    check_mask,
    check_tokens,
)
from rnncore.model_checks import check_batch, check_model_params, check_no_state
from rnncore.readers import Reader, ReaderCache
from rnncore.shapes import check_shapes

AXES = {"W_vs": "KS", "b_s": "S", "W_hy": "HV", "b_y": "V"}

# Cells whose h is a tanh, or an average of such.
BOUNDED = {"tanh", "lstm", "gru", "gru-before", "gru-renew", "gru-before-renew"}


class CaptionBatch(NamedTuple):
    """Vectors, and what is to be written about each."""

    vectors: np.ndarray  # (N, K)
    targets: np.ndarray  # (T, N)
    mask: np.ndarray | None = None  # (T, N); by default all tokens count


class Written(NamedTuple):
    """What a generator keeps on its way, for the way back."""

    hs: np.ndarray  # (T, N, H)
    start: State
    cache: ReaderCache


@dataclass(frozen=True)
class SequenceGenerator:
    """
    Write tokens about a vector.

    Attributes
    ----------
    vector_size : int
        K, the number of numbers that tell what to write.
    vocab_size : int
        V, the number of tokens that there are.
    hidden_size : int
        H, the number of hidden units of each layer.
    cell : str, optional
        The name of the cell in `rnncore.cells.CELLS`.
    layers : int, optional
        How many layers.
    embedding_size : int, optional
        E, the number of inputs that stand for a token; without it, the cell reads
        one-hot vectors.
    start_token : int, optional
        The token that is read first.

    Raises
    ------
    TypeError
        If a size is not an integer.
    ValueError
        If a size is less than 1, the cell is unknown, or the start token is no token.

    References
    ----------
    O. Vinyals, A. Toshev, S. Bengio and D. Erhan, "Show and tell: a neural image
    caption generator", CVPR (2015).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> model = SequenceGenerator(vector_size=9, vocab_size=5, hidden_size=4)
    >>> params = model.init(rng)
    >>> vectors, tokens = rng.normal(size=(2, 9)), rng.integers(5, size=(6, 2))
    >>> loss, grads, state = model.loss(params, CaptionBatch(vectors, tokens))
    >>> grads.keys() == params.keys()
    True
    >>> model.generate(params, vectors, length=3).shape
    (3, 2)
    """

    vector_size: int
    vocab_size: int
    hidden_size: int
    cell: str = "tanh"
    layers: int = 1
    embedding_size: int | None = None
    start_token: int = 0

    def __post_init__(self) -> None:
        where, sizes = "SequenceGenerator", {"vector_size": self.vector_size}
        check_counts(where, vocab_size=self.vocab_size, **sizes)
        check_counts(where, least=0, start_token=self.start_token)
        check_tokens(where, self.vocab_size, start_token=np.array(self.start_token))
        self.reader  # noqa: B018, it checks the rest

    @cached_property
    def reader(self) -> Reader:
        """
        Give the layers, with the embedding.

        Returns
        -------
        Reader
            What reads the tokens.
        """
        H, E = self.hidden_size, self.embedding_size
        return Reader(self.vocab_size, H, self.cell, self.layers, embedding_size=E)

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
            ``W_vs`` (K, S), ``b_s`` (S,), where S = H for each array of the state;
            ``W_emb`` (V, E) where there is one, the parameters of the layers
            (``layer0.W_xh``, ...), ``W_hy`` (H, V), ``b_y`` (V,).

        Raises
        ------
        TypeError
            If `rng` is not a generator.
        """
        reader = self.reader.init(rng)
        S = self.hidden_size * len(self._bounded)
        return {
            "W_vs": glorot_uniform(rng, (self.vector_size, S)),
            "b_s": np.zeros(S),
            **reader,
            "W_hy": glorot_uniform(rng, (self.hidden_size, self.vocab_size)),
            "b_y": np.zeros(self.vocab_size),
        }

    def loss(
        self,
        params: Params,
        batch: tuple,
        state: None = None,
        rng: np.random.Generator | None = None,
    ) -> tuple[Any, Params, None]:
        """
        Compute the loss of a batch under teacher forcing, and its gradient.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters, as `init` returns them.
        batch : CaptionBatch, or tuple of two or three ndarrays
            Vectors (N, K), tokens to write (T, N), and perhaps a mask (T, N), False
            where no token is to be written.
        state : None
            Nothing is carried from batch to batch; leave it out.
        rng : numpy.random.Generator, optional
            Not needed.

        Returns
        -------
        loss : floating-point scalar
            Mean cross-entropy of the tokens that count, in nats per token.
        grads : dict of str to ndarray
            The gradient of the loss with respect to each parameter.
        state : None
            Nothing to carry.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together, a vector is not finite, a token is outside
            the vocabulary, or no token counts.
        NonFiniteError
            If a logit is NaN or infinite.
        """
        vectors, targets, mask = _checked_batch(self, "loss", params, batch, state)
        with np.errstate(over="ignore", invalid="ignore"):  # the head looks at logits
            written = self._write(params, vectors, targets, mask)
            head = SoftmaxHead(params["W_hy"], params["b_y"], targets, mask)
            dhs = head(written.hs, slice(None))
            _, dstart, grads = self.reader.backward(dhs, written.cache)
            da = self._start_backward(dstart, written.start)  # (N, S)
        grads |= {"W_vs": vectors.T @ da, "b_s": da.sum(axis=0), **head.grads}
        return head.loss, {name: grads[name] for name in params if name in grads}, None

    def score(
        self, params: Params, batch: tuple, state: None = None
    ) -> tuple[float, int, None]:
        """
        Compute the loss of a batch under teacher forcing, without its gradient.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters.
        batch : CaptionBatch, or tuple of two or three ndarrays
            Vectors, tokens to write, and perhaps a mask.
        state : None
            Nothing is carried from batch to batch; leave it out.

        Returns
        -------
        total : float
            Cross-entropy in nats, summed over the tokens that count.
        n_tokens : int
            How many do.
        state : None
            Nothing to carry.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together, a vector is not finite, a token is outside
            the vocabulary, or no token counts.
        NonFiniteError
            If a logit is NaN or infinite.
        """
        vectors, targets, mask = _checked_batch(self, "score", params, batch, state)
        with np.errstate(over="ignore", invalid="ignore"):
            hs = self._write(params, vectors, targets, mask).hs
            head = SoftmaxHead(params["W_hy"], params["b_y"], targets, mask)
            loss = head.score(hs)
        return float(loss) * head.n_tokens, head.n_tokens, None

    def start(self, params: Params, vectors: np.ndarray) -> State:
        """
        Compute the state from which to write.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters.
        vectors : ndarray, shape (N, K)
            What to write about.

        Returns
        -------
        tuple of ndarray, each of shape (N, H)
            The state before the start token is read.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together, or a vector is not finite.
        """
        _check_vectors(self, "start", params, vectors)
        return self._start(params, vectors)

    def step(self, params: Params) -> Step:
        """
        Prepare single steps for `rnncore.decoding`.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters, which must not change as long as the steps are used.

        Returns
        -------
        callable
            ``step(tokens, state) -> (logits, state)`` for tokens (N,); it checks
            nothing.

        Raises
        ------
        TypeError
            If `params` is not a dict of arrays of floats.
        ValueError
            If a parameter is missing.
        """
        _check_params(self, "step", params)
        advance = self.reader.stepper(params)
        (top,) = self.reader.tops

        def step(tokens: np.ndarray, state: State) -> tuple[np.ndarray, State]:
            state = advance(tokens, state)
            return state[top] @ params["W_hy"] + params["b_y"], state

        return step

    def generate(
        self,
        params: Params,
        vectors: np.ndarray,
        length: int,
        rng: np.random.Generator | None = None,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        end_token: int | None = None,
    ) -> np.ndarray:
        """
        Write tokens about vectors, free running.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters.
        vectors : ndarray, shape (N, K)
            What to write about.
        length : int
            How many tokens to write at most.
        rng : numpy.random.Generator, optional
            Where draws come from. Without it, the likeliest token is written each time.
        temperature, top_k, top_p : optional
            How to change the probabilities before drawing; see
            `rnncore.decoding.filter_logits`.
        end_token : int, optional
            The token that ends a sequence.

        Returns
        -------
        ndarray of int, shape (T, N)
            The tokens; T is `length`, or less where all sequences ended before.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together, or a number is out of its range.
        NonFiniteError
            If a logit is NaN or infinite.
        """
        _check_vectors(self, "generate", params, vectors)
        check_counts("generate", length=length)
        with np.errstate(over="ignore", invalid="ignore"):  # the search looks at logits
            begin = self.step(params), self._start(params, vectors)
            first = np.full(len(vectors), self.start_token)
            if rng is None:
                return greedy(*begin, first, length, end_token)[0]
            return sample(
                *begin, first, length, rng, temperature, top_k, top_p, end_token
            )[0]

    def beam_search(
        self,
        params: Params,
        vectors: np.ndarray,
        length: int,
        beam_width: int,
        end_token: int | None = None,
        length_penalty: float = 0.0,
    ) -> tuple[np.ndarray, np.ndarray]:
        """
        Look for the likeliest sequences.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters.
        vectors : ndarray, shape (N, K)
            What to write about.
        length : int
            How many tokens to write at most.
        beam_width : int
            How many candidates are kept, B.
        end_token : int, optional
            The token that ends a sequence.
        length_penalty : float, optional
            As in `rnncore.decoding.beam_search`.

        Returns
        -------
        tokens : ndarray of int, shape (T, N, B)
            The candidates, the best first.
        scores : ndarray, shape (N, B)
            Their log-probabilities in nats.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together, or a number is out of its range.
        NonFiniteError
            If a logit is NaN or infinite.
        """
        _check_vectors(self, "beam_search", params, vectors)
        with np.errstate(over="ignore", invalid="ignore"):
            begin = self.step(params), self._start(params, vectors)
            first = np.full(len(vectors), self.start_token)
            return beam_search(
                *begin, first, length, beam_width, end_token, length_penalty
            )

    @cached_property
    def _bounded(self) -> tuple[bool, ...]:
        """Tell for each array of the state whether it stays between -1 and 1."""
        names = CELLS[self.cell].state * self.layers
        return tuple(name == "h" and self.cell in BOUNDED for name in names)

    def _start(self, params: Params, vectors: np.ndarray) -> State:
        a = vectors @ params["W_vs"] + params["b_s"]  # (N, S)
        # States are complex as soon as any parameter is; the head relies on it.
        a = a.astype(np.result_type(a, params["b_y"]), copy=False)
        blocks = np.split(a, len(self._bounded), axis=1)
        pairs = zip(blocks, self._bounded, strict=True)
        return tuple(np.tanh(block) if bounded else block for block, bounded in pairs)

    def _start_backward(self, dstart: State, start: State) -> np.ndarray:
        triples = zip(dstart, start, self._bounded, strict=True)
        blocks = [ds * (1 - s**2) if bounded else ds for ds, s, bounded in triples]
        return np.concatenate(blocks, axis=1)  # (N, S)

    def _write(
        self, params: Params, vectors: np.ndarray, targets: np.ndarray, mask: Any
    ) -> Written:
        start = self._start(params, vectors)
        first = np.full_like(targets[:1], self.start_token)
        read = np.concatenate([first, targets[:-1]])  # (T, N)
        hs, _, cache = self.reader.forward(read, start, params, mask)
        return Written(hs, start, cache)


def _check_params(model: SequenceGenerator, where: str, params: Any) -> None:
    H, S = model.hidden_size, model.hidden_size * len(model._bounded)
    K, V = model.vector_size, model.vocab_size
    check_model_params(where, params, AXES, K=K, S=S, H=H, V=V)


def _check_vectors(
    model: SequenceGenerator, where: str, params: Any, vectors: Any
) -> None:
    _check_params(model, where, params)
    check_floats(where, vectors=vectors)
    check_shapes(where, W_vs=(params["W_vs"], "KS"), vectors=(vectors, "NK"))
    check_finite(where, vectors=vectors)


def _checked_batch(
    model: SequenceGenerator, where: str, params: Any, batch: Any, state: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    vectors, targets, mask = check_batch(where, batch, CaptionBatch._fields)
    check_no_state(where, state)
    _check_vectors(model, where, params, vectors)
    check_tokens(where, model.vocab_size, targets=targets)
    check_shapes(where, vectors=(vectors, "NK"), targets=(targets, "TN"))
    if mask is not None:
        check_mask(where, mask=mask)
        check_shapes(where, targets=(targets, "TN"), mask=(mask, "TN"))
    return vectors, targets, mask
