"""From one sequence of tokens to another, of another length.

An encoder reads the source; the state that it ends with is the one that the decoder
starts from. The decoder writes the target token by token, and reads each token before
it writes the next one:

    _, s_0 = encoder(source)    h_t = cell(x_t, h_{t-1})    logits_t = o_t W_hy + b_y

x_1 is the start token, x_t after it the token before. Without attention, o_t is h_t,
and all that is known of the source went through s_0. With attention, o_t = tanh([h_t,
context_t] W_c), where the context is an average of the encoder's states at all steps,
weighted anew for each step of the decoder; see `rnncore.attention`.

In training, the decoder reads the tokens that should have been written (teacher
forcing); on its own, those that it has written (free running). `EncoderDecoder.score`
and `EncoderDecoder.accuracy` can measure both.

A model holds sizes, not weights, and has the methods of `rnncore.models.LanguageModel`.
The encoder reads forward only, and both have the same cell and as many layers.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from rnncore.attention import Attention, AttentionCache
from rnncore.decoding import Step, beam_search, greedy, sample
from rnncore.heads import SoftmaxHead
from rnncore.init import glorot_uniform
from rnncore.kernels import Params, State
from rnncore.kinds import check_counts, check_mask, check_tokens
from rnncore.model_checks import (
    check_batch,
    check_model_params,
    check_no_state,
    check_steps,
)
from rnncore.parameters import joined, part
from rnncore.readers import Reader, ReaderCache
from rnncore.shapes import check_shapes

HEAD = {"W_hy": "HV", "b_y": "V"}


class PairBatch(NamedTuple):
    """Sequences to read, and those to write."""

    source: np.ndarray  # (S, N)
    targets: np.ndarray  # (T, N)
    mask: np.ndarray | None = None  # (T, N), of the targets; by default all count
    source_mask: np.ndarray | None = None  # (S, N); by default all steps are real


class Translated(NamedTuple):
    """What a model keeps on its way, for the way back."""

    outputs: np.ndarray  # (T, N, H), what the head reads
    memory: np.ndarray  # (S, N, H), the states of the encoder
    weights: Any  # (T, N, S), or None without attention
    encoder: ReaderCache
    decoder: ReaderCache
    attention: AttentionCache | None


@dataclass(frozen=True)
class EncoderDecoder:
    """
    Write a sequence about another one.

    Attributes
    ----------
    source_size : int
        The number of tokens that there are in sources.
    target_size : int
        V, the number of tokens that there are in targets.
    hidden_size : int
        H, the number of hidden units of each layer, in encoder and decoder.
    cell : str, optional
        The name of the cell in `rnncore.cells.CELLS`.
    layers : int, optional
        How many layers, in encoder and decoder.
    embedding_size : int, optional
        E, the number of inputs that stand for a token, one embedding for each language;
        without it, the cells read one-hot vectors.
    attention : {None, "dot", "additive"}
        How the decoder looks back at the source: not at all, or with scores of a kind.
    start_token : int, optional
        The token that the decoder reads first.

    Raises
    ------
    TypeError
        If a size is not an integer.
    ValueError
        If a size is less than 1, the cell or the attention unknown, or the start token
        no token of targets.

    References
    ----------
    I. Sutskever, O. Vinyals and Q. V. Le, "Sequence to sequence learning with neural
    networks", NeurIPS (2014). K. Cho et al., "Learning phrase representations using RNN
    encoder-decoder for statistical machine translation", EMNLP (2014).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> model = EncoderDecoder(7, 5, hidden_size=4, cell="gru", attention="dot")
    >>> params = model.init(rng)
    >>> batch = PairBatch(rng.integers(7, size=(6, 2)), rng.integers(5, size=(3, 2)))
    >>> loss, grads, state = model.loss(params, batch)
    >>> grads.keys() == params.keys()
    True
    >>> model.generate(params, batch.source, length=9).shape
    (9, 2)
    """

    source_size: int
    target_size: int
    hidden_size: int
    cell: str = "tanh"
    layers: int = 1
    embedding_size: int | None = None
    attention: str | None = None
    start_token: int = 0

    def __post_init__(self) -> None:
        where, sizes = "EncoderDecoder", {"source_size": self.source_size}
        check_counts(where, target_size=self.target_size, **sizes)
        check_counts(where, least=0, start_token=self.start_token)
        check_tokens(where, self.target_size, start_token=np.array(self.start_token))
        self.encoder, self.attend  # noqa: B018, they check the rest

    @cached_property
    def encoder(self) -> Reader:
        """
        Give the layers that read the source.

        Returns
        -------
        Reader
            The encoder.
        """
        return self._reader(self.source_size)

    @cached_property
    def decoder(self) -> Reader:
        """
        Give the layers that read what has been written.

        Returns
        -------
        Reader
            The decoder.
        """
        return self._reader(self.target_size)

    @cached_property
    def attend(self) -> Attention | None:
        """
        Give what looks back at the source.

        Returns
        -------
        Attention or None
            The attention, if there is one.
        """
        kind = self.attention
        return None if kind is None else Attention(kind, self.hidden_size)

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
            Those of ``encoder.`` and ``decoder.`` (``encoder.W_emb`` where there is
            one, ``encoder.layer0.W_xh``, ...), of ``attention.`` where there is one,
            ``W_hy`` (H, V), ``b_y`` (V,).

        Raises
        ------
        TypeError
            If `rng` is not a generator.
        """
        parts = {"encoder": self.encoder.init(rng), "decoder": self.decoder.init(rng)}
        if self.attend is not None:
            parts["attention"] = self.attend.init(rng)
        W_hy = glorot_uniform(rng, (self.hidden_size, self.target_size))
        return {**joined(**parts), "W_hy": W_hy, "b_y": np.zeros(self.target_size)}

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
        batch : PairBatch, or tuple of two to four ndarrays
            Tokens to read (S, N) and to write (T, N), and perhaps the mask of the
            latter and that of the former, False where there is no token.
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
            If shapes do not fit together, a token is outside its vocabulary, no token
            counts, or a source has no step.
        NonFiniteError
            If a logit is NaN or infinite.
        """
        pairs = _checked_batch(self, "loss", params, batch, state)
        with np.errstate(over="ignore", invalid="ignore"):  # the head looks at logits
            done = self._translate(params, pairs, self._forced(pairs.targets))
            head = SoftmaxHead(params["W_hy"], params["b_y"], pairs.targets, pairs.mask)
            doutputs = head(done.outputs, slice(None))
            grads = {**self._translate_backward(doutputs, done), **head.grads}
        return head.loss, {name: grads[name] for name in params if name in grads}, None

    def score(
        self,
        params: Params,
        batch: tuple,
        state: None = None,
        free_running: bool = False,
    ) -> tuple[float, int, None]:
        """
        Compute the loss of a batch without its gradient.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters.
        batch : PairBatch, or tuple of two to four ndarrays
            Tokens to read and to write, and perhaps the masks of both.
        state : None
            Nothing is carried from batch to batch; leave it out.
        free_running : bool, optional
            Whether the decoder reads what it finds likeliest itself, instead of the
            tokens that should have been written.

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
            If shapes do not fit together, a token is outside its vocabulary, no token
            counts, or a source has no step.
        NonFiniteError
            If a logit is NaN or infinite.
        """
        pairs = _checked_batch(self, "score", params, batch, state)
        with np.errstate(over="ignore", invalid="ignore"):
            outputs = self._outputs(params, pairs, free_running)
            head = SoftmaxHead(params["W_hy"], params["b_y"], pairs.targets, pairs.mask)
            loss = head.score(outputs)
        return float(loss) * head.n_tokens, head.n_tokens, None

    def accuracy(
        self, params: Params, batch: tuple, free_running: bool = True
    ) -> float:
        """
        Compute how often the token that was to be written is the likeliest.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters.
        batch : PairBatch, or tuple of two to four ndarrays
            Tokens to read and to write, and perhaps the masks of both.
        free_running : bool, optional
            Whether the decoder reads what it has written itself, as it must when no
            one knows the target; otherwise the tokens that should have been written.

        Returns
        -------
        float
            The share of right tokens among those that count, from 0 to 1.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together, a token is outside its vocabulary, no token
            counts, or a source has no step.
        """
        pairs = _checked_batch(self, "accuracy", params, batch, None)
        outputs = self._outputs(params, pairs, free_running)
        logits = outputs @ params["W_hy"] + params["b_y"]
        right = logits.argmax(axis=-1) == pairs.targets
        return float(right.mean() if pairs.mask is None else right[pairs.mask].mean())

    def attention_weights(self, params: Params, batch: tuple) -> np.ndarray:
        """
        Tell where the decoder looks, under teacher forcing.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters.
        batch : PairBatch, or tuple of two to four ndarrays
            Tokens to read and to write, and perhaps the masks of both.

        Returns
        -------
        ndarray, shape (T, N, S)
            For each step of the decoder, the share of each step of the encoder.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If the model has no attention, shapes do not fit together, a token is
            outside its vocabulary, no token counts, or a source has no step.
        """
        if self.attention is None:
            raise ValueError(
                "attention_weights: the model has attention=None, but weights are "
                "needed. Pass attention='dot' or 'additive' to EncoderDecoder."
            )
        pairs = _checked_batch(self, "attention_weights", params, batch, None)
        return self._translate(params, pairs, self._forced(pairs.targets)).weights

    def encode(
        self, params: Params, source: np.ndarray, source_mask: np.ndarray | None = None
    ) -> State:
        """
        Read the source.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters.
        source : ndarray of int, shape (S, N)
            The tokens to read.
        source_mask : ndarray of bool, shape (S, N), optional
            False where there is no token.

        Returns
        -------
        tuple of ndarray, each with N as first axis
            The state to start a search from (`rnncore.decoding`): that of the decoder;
            with attention, also the states of the encoder (N, S, H), and its mask
            (N, S).

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together, a token is outside its vocabulary, or a
            source has no step.
        """
        _check_source(self, "encode", params, source, source_mask)
        return self._encoded(params, source, source_mask)

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
            ``step(tokens, state) -> (logits, state)`` for tokens (N,) and a state from
            `encode`.

        Raises
        ------
        TypeError
            If `params` is not a dict of arrays of floats.
        ValueError
            If a parameter is missing.
        """
        sizes = {"H": self.hidden_size, "V": self.target_size}
        check_model_params("step", params, HEAD, **sizes)
        advance = self.decoder.stepper(part(params, "decoder"))
        attend, looks = self.attend, part(params, "attention")
        (top,) = self.decoder.tops

        def step(tokens: np.ndarray, state: State) -> tuple[np.ndarray, State]:
            held, source = (state, ()) if attend is None else (state[:-2], state[-2:])
            held = advance(tokens, held)
            output = held[top]  # (N, H)
            if attend is not None:
                keys, mask = (array.swapaxes(0, 1) for array in source)
                output = attend.forward(output[None], keys, looks, mask)[0][0]
            return output @ params["W_hy"] + params["b_y"], held + source

        return step

    def generate(
        self,
        params: Params,
        source: np.ndarray,
        length: int,
        rng: np.random.Generator | None = None,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        end_token: int | None = None,
        source_mask: np.ndarray | None = None,
    ) -> np.ndarray:
        """
        Write tokens about sources, free running.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters.
        source : ndarray of int, shape (S, N)
            The tokens to read.
        length : int
            How many tokens to write at most.
        rng : numpy.random.Generator, optional
            Where draws come from. Without it, the likeliest token is written each time.
        temperature, top_k, top_p : optional
            How to change the probabilities before drawing; see
            `rnncore.decoding.filter_logits`.
        end_token : int, optional
            The token that ends a sequence.
        source_mask : ndarray of bool, shape (S, N), optional
            False where there is no token.

        Returns
        -------
        ndarray of int, shape (T, N)
            The tokens; T is `length`, or less where all sequences ended before.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together, a token is outside its vocabulary, a number
            is out of its range, or a source has no step.
        NonFiniteError
            If a logit is NaN or infinite.
        """
        _check_source(self, "generate", params, source, source_mask)
        check_counts("generate", length=length)
        with np.errstate(over="ignore", invalid="ignore"):  # the search looks at logits
            begin = self.step(params), self._encoded(params, source, source_mask)
            first = np.full(source.shape[1], self.start_token)
            if rng is None:
                return greedy(*begin, first, length, end_token)[0]
            return sample(
                *begin, first, length, rng, temperature, top_k, top_p, end_token
            )[0]

    def beam_search(
        self,
        params: Params,
        source: np.ndarray,
        length: int,
        beam_width: int,
        end_token: int | None = None,
        length_penalty: float = 0.0,
        source_mask: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """
        Look for the likeliest sequences.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters.
        source : ndarray of int, shape (S, N)
            The tokens to read.
        length : int
            How many tokens to write at most.
        beam_width : int
            K, the number of candidates that are kept.
        end_token : int, optional
            The token that ends a sequence.
        length_penalty : float, optional
            As in `rnncore.decoding.beam_search`.
        source_mask : ndarray of bool, shape (S, N), optional
            False where there is no token.

        Returns
        -------
        tokens : ndarray of int, shape (T, N, K)
            The candidates, the best first.
        scores : ndarray, shape (N, K)
            Their log-probabilities in nats.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together, a token is outside its vocabulary, a number
            is out of its range, or a source has no step.
        NonFiniteError
            If a logit is NaN or infinite.
        """
        _check_source(self, "beam_search", params, source, source_mask)
        with np.errstate(over="ignore", invalid="ignore"):
            begin = self.step(params), self._encoded(params, source, source_mask)
            first = np.full(source.shape[1], self.start_token)
            return beam_search(
                *begin, first, length, beam_width, end_token, length_penalty
            )

    def _reader(self, vocab_size: int) -> Reader:
        H, E = self.hidden_size, self.embedding_size
        return Reader(vocab_size, H, self.cell, self.layers, embedding_size=E)

    def _read(
        self, params: Params, source: np.ndarray, source_mask: Any
    ) -> tuple[np.ndarray, State, ReaderCache]:
        zeros = self.encoder.zero_state(source.shape[1], params["b_y"].dtype)
        return self.encoder.forward(source, zeros, part(params, "encoder"), source_mask)

    def _encoded(self, params: Params, source: np.ndarray, source_mask: Any) -> State:
        memory, last, _ = self._read(params, source, source_mask)
        if self.attend is None:
            return last
        mask = np.ones_like(source, bool) if source_mask is None else source_mask
        return (*last, memory.swapaxes(0, 1), mask.T)

    def _forced(self, targets: np.ndarray) -> np.ndarray:
        """Give what the decoder reads in order to write targets: the token before."""
        first = np.full_like(targets[:1], self.start_token)
        return np.concatenate([first, targets[:-1]])  # (T, N)

    def _outputs(
        self, params: Params, pairs: PairBatch, free_running: bool
    ) -> np.ndarray:
        targets = pairs.targets
        if free_running:
            held = pairs.source_mask
            targets = self.generate(
                params, pairs.source, len(targets), source_mask=held
            )
        return self._translate(params, pairs, self._forced(targets)).outputs

    def _translate(
        self, params: Params, pairs: PairBatch, inputs: np.ndarray
    ) -> Translated:
        memory, last, read = self._read(params, pairs.source, pairs.source_mask)
        below = part(params, "decoder")
        hs, _, written = self.decoder.forward(inputs, last, below, pairs.mask)
        if self.attend is None:
            return Translated(hs, memory, None, read, written, None)
        looks = part(params, "attention")
        found = self.attend.forward(hs, memory, looks, pairs.source_mask)
        outputs, weights, attended = found
        return Translated(outputs, memory, weights, read, written, attended)

    def _translate_backward(self, doutputs: np.ndarray, done: Translated) -> Params:
        dhs, parts = doutputs, {}
        dmemory = np.zeros_like(done.memory, dtype=doutputs.dtype)
        if self.attend is not None and done.attention is not None:
            found = self.attend.backward(doutputs, done.attention)
            dhs, dmemory, parts["attention"] = found
        _, dlast, parts["decoder"] = self.decoder.backward(dhs, done.decoder)
        _, _, parts["encoder"] = self.encoder.backward(dmemory, done.encoder, dlast)
        return joined(**parts)


def _check_source(
    model: EncoderDecoder, where: str, params: Any, source: Any, source_mask: Any
) -> None:
    H, V = model.hidden_size, model.target_size
    check_model_params(where, params, HEAD, H=H, V=V)
    check_tokens(where, model.source_size, source=source)
    check_shapes(where, source=(source, "SN"))
    if source_mask is not None:
        check_steps(where, source_mask=source_mask)
        check_shapes(where, source=(source, "SN"), source_mask=(source_mask, "SN"))


def _checked_batch(
    model: EncoderDecoder, where: str, params: Any, batch: Any, state: Any
) -> PairBatch:
    pairs = PairBatch(*check_batch(where, batch, PairBatch._fields))
    check_no_state(where, state)
    source, targets, mask, source_mask = pairs
    _check_source(model, where, params, source, source_mask)
    check_tokens(where, model.target_size, targets=targets)
    check_shapes(where, source=(source, "SN"), targets=(targets, "TN"))
    if mask is not None:
        check_mask(where, mask=mask)
        check_shapes(where, targets=(targets, "TN"), mask=(mask, "TN"))
    return pairs
