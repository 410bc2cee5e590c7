"""Language models: the probability of the next token, whatever the cell.

For tokens s_1, s_2, ... a model gives the probability of the token to come:

    h_t = cell(x_t, h_{t-1})        logits_t = h_t W_hy + b_y

where x_t is the one-hot vector of s_t, or row s_t of an embedding W_emb (V, E). A
product of a one-hot vector is a row lookup too, and is computed as one.

A model holds sizes, not weights: ``init`` draws parameters, and every method takes
them. Each call starts from the state that it is given and returns the one that it ends
with. Models with another output than the next token have modules of their own:
`rnncore.sequence_classifier`, `rnncore.sequence_regressor`,
`rnncore.sequence_generator`, `rnncore.encoder_decoder`. Training is the business of
`rnncore.training`.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from rnncore.bptt import FullBPTT, Gradients, Method
from rnncore.cells import CELLS
from rnncore.decoding import Step, beam_search, sample
from rnncore.heads import SoftmaxHead
from rnncore.init import embedding_rows, glorot_uniform
from rnncore.kernels import Params, State
from rnncore.kinds import (
    check_counts,
    check_mask,
    check_numbers,
    check_rng,
    check_tokens,
)
from rnncore.layers import Recurrence
from rnncore.ops import EmbeddingCache, dropout_mask, embedding_backward
from rnncore.shapes import check_params, check_shapes
from rnncore.stacks import Dropped, Stack, stacked

FULL = FullBPTT()


@dataclass(frozen=True)
class LanguageModel:
    """
    Predict each token from those before it.

    Attributes
    ----------
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
    tied : bool, optional
        Whether W_hy is the transposed embedding; E must then be H.
    dropout : float, optional
        How likely a state is dropped on its way up, between layers and before the
        head; the same ones at every step of a sequence.

    Raises
    ------
    TypeError
        If a size is not an integer.
    ValueError
        If a size is less than 1, the cell is unknown, `dropout` is not from 0 to below
        1, or tied sizes differ.

    References
    ----------
    O. Press and L. Wolf, "Using the output embedding to improve language models", EACL
    (2017), on tying. Y. Gal and Z. Ghahramani, "A theoretically grounded application of
    dropout in recurrent neural networks", NeurIPS (2016).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> model = LanguageModel(vocab_size=4, hidden_size=3, cell="lstm")
    >>> params = model.init(rng)
    >>> tokens = np.array([[0, 1], [2, 3], [1, 1]])
    >>> loss, grads, state = model.loss(params, (tokens[:-1], tokens[1:]))
    >>> grads.keys() == params.keys()
    True
    >>> model.generate(params, rng, length=5, prompt_tokens=tokens[:, 0]).shape
    (5,)
    """

    vocab_size: int
    hidden_size: int
    cell: str = "tanh"
    layers: int = 1
    embedding_size: int | None = None
    tied: bool = False
    dropout: float = 0.0

    def __post_init__(self) -> None:
        _check_model(self)

    @cached_property
    def network(self) -> Stack:
        """
        Give the layers, as they read one-hot vectors or embeddings.

        Returns
        -------
        Stack
            The layers.
        """
        return self._stack(self.embedding_size or self.vocab_size)

    @cached_property
    def _token_network(self) -> Stack:
        return self._stack(self.vocab_size)

    def _stack(self, D: int) -> Stack:
        return stacked(self.cell, D, self.hidden_size, self.layers)

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
            ``W_emb`` (V, E) where there is one, the parameters of the layers
            (``layer0.W_xh``, ...), ``W_hy`` (H, V) unless tied, ``b_y`` (V,). What
            tokens look up, W_emb or else W_xh, has standard normal rows.

        Raises
        ------
        TypeError
            If `rng` is not a generator.
        """
        check_rng("init", rng)
        V, H, E = self.vocab_size, self.hidden_size, self.embedding_size
        embedding: Params = {}
        if self.tied and E is not None:  # its rows are output weights as well
            embedding = {"W_emb": glorot_uniform(rng, (V, E))}
        elif E is not None:
            embedding = {"W_emb": embedding_rows(rng, V, E)}
        layers = self.network.init(rng)
        if E is None:  # tokens look up the rows of W_xh
            columns = layers["layer0.W_xh"].shape[1]
            layers["layer0.W_xh"] = embedding_rows(rng, V, columns)
        head = {} if self.tied else {"W_hy": glorot_uniform(rng, (H, V))}
        return {**embedding, **layers, **head, "b_y": np.zeros(V)}

    def loss(
        self,
        params: Params,
        batch: tuple,
        state: State | None = None,
        rng: np.random.Generator | None = None,
        method: Method = FULL,
    ) -> tuple[Any, Params, State]:
        """
        Compute the loss of a batch, and its gradient.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters, as `init` returns them.
        batch : tuple of two or three ndarrays, shape (T, N)
            Inputs and targets, the tokens that follow; and perhaps a mask, False where
            a sequence has no step.
        state : tuple of ndarray, each of shape (N, H), optional
            The state to start from, zeros by default. No gradient flows into it.
        rng : numpy.random.Generator, optional
            Where dropout and random cuts come from; needed only for those.
        method : Method, optional
            How to compute the gradient, by full BPTT by default; see `rnncore.bptt`.

        Returns
        -------
        loss : floating-point scalar
            Mean cross-entropy of the targets that count, in nats per token.
        grads : dict of str to ndarray
            The gradient of the loss with respect to each parameter.
        state : tuple of ndarray, each of shape (N, H)
            The state after the last input, to carry into the next batch.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together, a token is outside the vocabulary, no token
            counts, or a state is not finite.
        NonFiniteError
            If a logit is NaN or infinite.
        """
        inputs, targets, mask = _checked_batch(self, "loss", params, batch)
        network, xs, layers = self._inside(params, inputs)
        drops = self._drops(rng, inputs.shape[1], params["b_y"])
        W_hy, b_y = self._head(params)
        head = SoftmaxHead(W_hy, b_y, targets, mask, drops.pop() if drops else None)
        if state is None:
            state = network.zero_state(inputs.shape[1], b_y.dtype)
        dropped: Recurrence = Dropped(network, drops) if drops else network
        # What overflows is found by the head, which says more than a warning.
        with np.errstate(over="ignore", invalid="ignore"):
            result = method(dropped, xs, state, layers, head, mask, rng)
        return head.loss, self._grads(params, inputs, result, head.grads), result.last

    def score(
        self, params: Params, batch: tuple, state: State | None = None
    ) -> tuple[float, int, State]:
        """
        Compute the loss of a batch without its gradient, and without dropout.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters.
        batch : tuple of two or three ndarrays, shape (T, N)
            Inputs, targets, and perhaps a mask.
        state : tuple of ndarray, each of shape (N, H), optional
            The state to start from, zeros by default.

        Returns
        -------
        total : float
            Cross-entropy in nats, summed over the tokens that count.
        n_tokens : int
            How many do.
        state : tuple of ndarray, each of shape (N, H)
            The state after the last input.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together, a token is outside the vocabulary, or no
            token counts.
        NonFiniteError
            If a logit is NaN or infinite.
        """
        inputs, targets, mask = _checked_batch(self, "score", params, batch)
        with np.errstate(over="ignore", invalid="ignore"):
            hs, state = self._states(params, inputs, state, mask)
            head = SoftmaxHead(*self._head(params), targets, mask)
            loss = head.score(hs)
        return float(loss) * head.n_tokens, head.n_tokens, state

    def logits(
        self,
        params: Params,
        inputs: np.ndarray,
        state: State | None = None,
        mask: np.ndarray | None = None,
    ) -> tuple[np.ndarray, State]:
        """
        Predict what follows each input.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters.
        inputs : ndarray of int, shape (T, N)
            The tokens to read.
        state : tuple of ndarray, each of shape (N, H), optional
            The state to start from, zeros by default.
        mask : ndarray of bool, shape (T, N), optional
            False where a sequence has no step.

        Returns
        -------
        logits : ndarray, shape (T, N, V)
            One logit for each token that may follow.
        state : tuple of ndarray, each of shape (N, H)
            The state after the last input.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together, or a token is outside the vocabulary.
        """
        _check_params(self, "logits", params)
        check_tokens("logits", self.vocab_size, inputs=inputs)
        check_shapes("logits", inputs=(inputs, "TN"))
        hs, state = self._states(params, inputs, state, mask)
        W_hy, b_y = self._head(params)
        return hs @ W_hy + b_y, state

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
        network, layers = self._folded(params)
        advance = network.stepper(layers, tokens=True)
        W_hy, b_y = self._head(params)
        top = -len(CELLS[self.cell].state)

        def step(tokens: np.ndarray, state: State) -> tuple[np.ndarray, State]:
            state = advance(tokens, state)
            return state[top] @ W_hy + b_y, state

        return step

    def generate(
        self,
        params: Params,
        rng: np.random.Generator,
        length: int,
        prompt_tokens: np.ndarray | None = None,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
    ) -> np.ndarray:
        """
        Write on from a prompt, drawing each token from the model's probabilities.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters.
        rng : numpy.random.Generator
            Where the draws come from; the same one gives the same tokens.
        length : int
            How many tokens to write.
        prompt_tokens : ndarray of int, shape (T,), optional
            What has been written so far, at least one token. Without it, the first
            token is drawn with equal chances.
        temperature, top_k, top_p : optional
            How to change the probabilities; see `rnncore.decoding.filter_logits`. With
            ``top_k=1`` the most likely token is written, every time.

        Returns
        -------
        ndarray of int, shape (length,)
            The new tokens, without the prompt.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If the prompt is empty or holds a token outside the vocabulary, or a number
            is out of its range.
        NonFiniteError
            If a logit is NaN or infinite.
        """
        check_rng("generate", rng)
        check_counts("generate", length=length)
        first = np.empty(0, dtype=int)
        if prompt_tokens is None:
            prompt_tokens = first = rng.integers(self.vocab_size, size=1)
        state = self._after(params, "generate", prompt_tokens)
        rest = length - len(first)
        if rest == 0:
            return first
        start = (self.step(params), state, prompt_tokens[-1:])
        with np.errstate(over="ignore", invalid="ignore"):  # sample looks at logits
            written, _ = sample(*start, rest, rng, temperature, top_k, top_p)
        return np.concatenate([first, written[:, 0]])

    def beam_search(
        self,
        params: Params,
        length: int,
        prompt_tokens: np.ndarray,
        beam_width: int,
        length_penalty: float = 0.0,
    ) -> tuple[np.ndarray, np.ndarray]:
        """
        Write on from a prompt, looking for the most likely tokens.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters.
        length : int
            How many tokens to write.
        prompt_tokens : ndarray of int, shape (T,)
            What has been written so far, at least one token.
        beam_width : int
            K, the number of candidates that are kept.
        length_penalty : float, optional
            As in `rnncore.decoding.beam_search`.

        Returns
        -------
        tokens : ndarray of int, shape (length, K)
            The candidates, the best first.
        scores : ndarray, shape (K,)
            Their log-probabilities in nats.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If the prompt is empty or holds a token outside the vocabulary, or a number
            is out of its range.
        NonFiniteError
            If a logit is NaN or infinite.
        """
        state = self._after(params, "beam_search", prompt_tokens)
        start = (self.step(params), state, prompt_tokens[-1:])
        with np.errstate(over="ignore", invalid="ignore"):
            tokens, scores = beam_search(
                *start, length, beam_width, length_penalty=length_penalty
            )
        return tokens[:, 0], scores[0]

    def _head(self, params: Params) -> tuple[np.ndarray, np.ndarray]:
        W_hy = params["W_emb"].T if self.tied else params["W_hy"]
        return W_hy, params["b_y"]

    def _layers(self, params: Params) -> Params:
        return {name: w for name, w in params.items() if name.startswith("layer")}

    def _folded(self, params: Params) -> tuple[Stack, Params]:
        """Multiply embedding and input weights once, for all tokens that there are."""
        layers = self._layers(params)
        if self.embedding_size is not None:
            layers["layer0.W_xh"] = params["W_emb"] @ layers["layer0.W_xh"]
        return self._token_network, layers

    def _inside(
        self, params: Params, inputs: np.ndarray
    ) -> tuple[Stack, np.ndarray, Params]:
        if self._folds(inputs):
            network, layers = self._folded(params)
            return network, inputs, layers
        return self.network, params["W_emb"][inputs], self._layers(params)

    def _folds(self, inputs: np.ndarray) -> bool:
        return self.embedding_size is None or self.vocab_size < inputs.size

    def _states(
        self, params: Params, inputs: np.ndarray, state: State | None, mask: Any
    ) -> tuple[np.ndarray, State]:
        network, xs, layers = self._inside(params, inputs)
        if state is None:
            state = network.zero_state(inputs.shape[1], params["b_y"].dtype)
        hs, last, _ = network.forward(xs, state, layers, mask)
        return hs, last

    def _after(self, params: Params, where: str, prompt_tokens: Any) -> State:
        """Read a prompt but for its last token."""
        check_tokens(where, self.vocab_size, prompt_tokens=prompt_tokens)
        check_shapes(where, prompt_tokens=(prompt_tokens, "T"))
        _check_params(self, where, params)
        if len(prompt_tokens) == 1:
            return self.network.zero_state(1, params["b_y"].dtype)
        with np.errstate(over="ignore", invalid="ignore"):
            return self._states(params, prompt_tokens[:-1, None], None, None)[1]

    def _drops(self, rng: Any, N: int, like: np.ndarray) -> list[np.ndarray]:
        count = self.layers if self.dropout else 0
        shape = (N, self.hidden_size)
        return [dropout_mask(rng, shape, self.dropout, like) for _ in range(count)]

    def _grads(
        self, params: Params, inputs: np.ndarray, result: Gradients, head: Params
    ) -> Params:
        grads = {**result.grads, **head}
        if self.embedding_size is not None:
            W_emb = params["W_emb"]
            if result.dxs is None:  # the layers read tokens
                dtable = grads["layer0.W_xh"]  # (V, G*H)
                grads["W_emb"] = dtable @ params["layer0.W_xh"].T
                grads["layer0.W_xh"] = W_emb.T @ dtable
            else:
                cache = EmbeddingCache(inputs, W_emb)
                grads["W_emb"] = embedding_backward(result.dxs, cache)
        if self.tied:
            grads["W_emb"] = grads["W_emb"] + grads["W_hy"].T
        return {name: grads[name] for name in params if name in grads}


def _check_model(model: LanguageModel) -> None:
    where = "LanguageModel"
    E, H = model.embedding_size, model.hidden_size
    sizes = {} if E is None else {"embedding_size": E}
    check_counts(where, vocab_size=model.vocab_size, **sizes)
    stacked(model.cell, 1, H, model.layers)  # checks them
    check_numbers(where, dropout=model.dropout)
    if not 0 <= model.dropout < 1:
        raise ValueError(
            f"{where}: dropout is {model.dropout}, but a number from 0 to below 1 is "
            f"needed. Pass the share of states to drop, such as dropout=0.5."
        )
    if model.tied and E != H:
        raise ValueError(
            f"{where}: tied needs an embedding as wide as the states, but "
            f"embedding_size is {E} and hidden_size {H}. Pass embedding_size={H}."
        )


def _check_params(model: LanguageModel, where: str, params: Any) -> None:
    axes = {"b_y": "V"} if model.tied else {"W_hy": "HV", "b_y": "V"}
    axes["layer0.W_xh"] = "VG"
    if model.embedding_size is not None:
        axes |= {"W_emb": "VE", "layer0.W_xh": "EG"}
    check_params(where, params, {**axes, **model.network.axes})
    sizes = (model.vocab_size, model.hidden_size, model.embedding_size or 1)
    check_shapes(
        where,
        model=(np.broadcast_to(0.0, sizes), "VHE"),
        **{name: (params[name], letters) for name, letters in axes.items()},
    )


def _checked_batch(
    model: LanguageModel, where: str, params: Any, batch: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    _check_params(model, where, params)
    if not isinstance(batch, tuple) or len(batch) not in (2, 3):
        raise TypeError(
            f"{where}: batch is a {type(batch).__name__}, but a tuple (inputs, "
            f"targets), or with a mask as third, is needed. Pass a Batch, as "
            f"sequential_batches returns them."
        )
    inputs, targets, mask = batch if len(batch) == 3 else (*batch, None)
    check_tokens(where, model.vocab_size, inputs=inputs, targets=targets)
    check_shapes(where, inputs=(inputs, "TN"), targets=(targets, "TN"))
    if mask is not None:
        check_mask(where, mask=mask)
        check_shapes(where, inputs=(inputs, "TN"), mask=(mask, "TN"))
    return inputs, targets, mask
