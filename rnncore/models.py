"""A character language model: embedding rows, tanh cell, affine head, softmax.

For tokens s_1, s_2, ... the model gives the probability of the next token:

    h_t = tanh(W_xh[s_t] + h_{t-1} W_hh + b_h)        logits_t = h_t W_hy + b_y

A model holds sizes, not weights: ``init`` draws parameters, and every method takes
them. ``W_xh[s_t]`` is row s_t of W_xh, which is what the product of a one-hot vector
with W_xh comes to. Each call starts from the state that it is given and returns the
one that it ends with.

There is one layer and one cell. Training is the business of `rnncore.training`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rnncore.cells import RNN_AXES
from rnncore.init import glorot_uniform, init_rnn
from rnncore.kinds import (
    check_arrays,
    check_counts,
    check_finite,
    check_floats,
    check_positive,
    check_rng,
    check_tokens,
    entries,
)
from rnncore.ops import (
    affine_backward,
    affine_forward,
    cross_entropy_backward,
    cross_entropy_forward,
    embedding_backward,
    embedding_forward,
    softmax,
)
from rnncore.sequence import unroll, unroll_backward
from rnncore.shapes import check_params, check_shapes

# With tokens as inputs, the cell's D inputs are the V entries of the vocabulary.
MODEL_AXES = {**RNN_AXES, "W_xh": "VH", "W_hy": "HV", "b_y": "V"}


@dataclass(frozen=True)
class CharLanguageModel:
    """
    Predict each token from those before it.

    Attributes
    ----------
    vocab_size : int
        V, the number of tokens that there are.
    hidden_size : int
        H, the number of hidden units.

    Raises
    ------
    TypeError
        If a size is not an integer.
    ValueError
        If a size is less than 1.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> model = CharLanguageModel(vocab_size=4, hidden_size=3)
    >>> params = model.init(rng)
    >>> tokens = np.array([[0, 1], [2, 3], [1, 1]])
    >>> loss, grads, h_last = model.loss(params, (tokens[:-1], tokens[1:]))
    >>> grads.keys() == params.keys()
    True
    >>> model.generate(params, rng, length=5, prompt_tokens=tokens[:, 0]).shape
    (5,)
    """

    vocab_size: int
    hidden_size: int

    def __post_init__(self):
        check_counts(
            "CharLanguageModel",
            vocab_size=self.vocab_size,
            hidden_size=self.hidden_size,
        )

    def init(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """
        Draw parameters.

        Parameters
        ----------
        rng : numpy.random.Generator
            Where the numbers come from.

        Returns
        -------
        dict of str to ndarray
            ``W_xh`` (V, H), ``W_hh`` (H, H), ``b_h`` (H,), ``W_hy`` (H, V),
            ``b_y`` (V,).

        Raises
        ------
        TypeError
            If `rng` is not a generator.
        """
        V, H = self.vocab_size, self.hidden_size
        return {
            **init_rnn(rng, V, H),
            "W_hy": glorot_uniform(rng, (H, V)),
            "b_y": np.zeros(V),
        }

    def loss(
        self,
        params: dict[str, np.ndarray],
        batch: tuple[np.ndarray, np.ndarray],
        h0: np.ndarray | None = None,
    ) -> tuple[Any, dict[str, np.ndarray], np.ndarray]:
        """
        Compute the loss of a batch, and its gradient by full BPTT.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters, as `init` returns them.
        batch : tuple of two ndarrays of int, shape (T, N)
            Inputs, and targets: the token that follows each input.
        h0 : ndarray, shape (N, H), optional
            The state to start from, zeros by default. No gradient flows into it.

        Returns
        -------
        loss : floating-point scalar
            Mean cross-entropy of the targets, in nats per token.
        grads : dict of str to ndarray
            The gradient of the loss with respect to each parameter.
        h_last : ndarray, shape (N, H)
            The state after the last input, to carry into the next batch.

        Raises
        ------
        TypeError
            If an array is not of the kind needed.
        ValueError
            If shapes do not fit together, a token is outside the vocabulary, or `h0`
            or a parameter is not finite.
        """
        inputs, targets = _checked_batch("loss", self, batch)
        h0 = self._checked_start("loss", params, inputs, h0)
        W_hh = params["W_hh"]

        rows, lookup = embedding_forward(inputs, params["W_xh"])  # (T, N, H)
        states = unroll(rows + params["b_h"], h0, W_hh)  # (T+1, N, H)
        logits, head = affine_forward(states[1:], params["W_hy"], params["b_y"])
        loss, entropy = cross_entropy_forward(logits, targets)

        dlogits = cross_entropy_backward(entropy)  # (T, N, V)
        dhs, dW_hy, db_y = affine_backward(dlogits, head)
        das = unroll_backward(dhs, states, W_hh)  # (T, N, H)
        grads = {
            "W_xh": embedding_backward(das, lookup),
            "W_hh": np.tensordot(states[:-1], das, axes=([0, 1], [0, 1])),
            "b_h": das.sum(axis=(0, 1)),
            "W_hy": dW_hy,
            "b_y": db_y,
        }
        return loss, grads, states[-1].copy()

    def logits(
        self,
        params: dict[str, np.ndarray],
        inputs: np.ndarray,
        h0: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """
        Predict what follows each input.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters, as `init` returns them.
        inputs : ndarray of int, shape (T, N)
            The tokens to read.
        h0 : ndarray, shape (N, H), optional
            The state to start from, zeros by default.

        Returns
        -------
        logits : ndarray, shape (T, N, V)
            One logit for each token that may follow.
        h_last : ndarray, shape (N, H)
            The state after the last input.

        Raises
        ------
        TypeError
            If an array is not of the kind needed.
        ValueError
            If shapes do not fit together, a token is outside the vocabulary, or `h0`
            or a parameter is not finite.
        """
        check_tokens("logits", self.vocab_size, inputs=inputs)
        h0 = self._checked_start("logits", params, inputs, h0)
        return self._logits(params, inputs, h0)

    def _logits(
        self, params: dict[str, np.ndarray], inputs: np.ndarray, h0: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        rows, _ = embedding_forward(inputs, params["W_xh"])  # (T, N, H)
        states = unroll(rows + params["b_h"], h0, params["W_hh"])  # (T+1, N, H)
        logits, _ = affine_forward(states[1:], params["W_hy"], params["b_y"])
        return logits, states[-1].copy()

    def generate(
        self,
        params: dict[str, np.ndarray],
        rng: np.random.Generator,
        length: int,
        prompt_tokens: np.ndarray,
        temperature: float = 1.0,
    ) -> np.ndarray:
        """
        Write on from a prompt, drawing each token from the model's probabilities.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters, as `init` returns them.
        rng : numpy.random.Generator
            Where the draws come from; the same one gives the same tokens.
        length : int
            How many tokens to write.
        prompt_tokens : ndarray of int, shape (T,)
            What has been written so far, at least one token.
        temperature : float, optional
            Divides the logits: below 1 the likely becomes more likely, above 1 less.

        Returns
        -------
        ndarray of int, shape (length,)
            The new tokens, without the prompt.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If the prompt is empty or holds a token outside the vocabulary, `length`
            or `temperature` is not positive, or a parameter or a logit is not finite.
        """
        _check_generate(self, rng, length, prompt_tokens, temperature)
        check_arrays("generate", params=params)
        tokens = np.empty(length, dtype=int)
        unread = prompt_tokens
        h = self._checked_start("generate", params, unread[:, None], None)
        for i in range(length):
            with np.errstate(over="ignore", invalid="ignore"):  # logits are checked
                logits, h = self._logits(params, unread[:, None], h)
            probabilities = _tempered_softmax(logits[-1, 0], temperature)  # (V,)
            tokens[i] = rng.choice(self.vocab_size, p=probabilities)
            unread = tokens[i : i + 1]
        return tokens

    def _checked_start(
        self, where: str, params: Any, inputs: np.ndarray, h0: Any
    ) -> np.ndarray:
        check_params(where, params, MODEL_AXES)
        if h0 is None:
            shape = (*np.shape(inputs)[1:], self.hidden_size)
            h0 = np.zeros(shape, dtype=params["W_hh"].dtype)
        check_floats(where, h0=h0)
        check_shapes(
            where,
            model=(np.empty((self.vocab_size, self.hidden_size)), "VH"),
            **{name: (params[name], axes) for name, axes in MODEL_AXES.items()},
            inputs=(inputs, "TN"),
            h0=(h0, "NH"),
        )
        weights = {name: params[name] for name in MODEL_AXES}
        check_finite(where, **entries("params", weights), h0=h0)
        return h0


def _tempered_softmax(logits: np.ndarray, temperature: float) -> np.ndarray:
    check_finite("generate", logits=logits)
    logits = logits.astype(float)
    # Shifted first, so that the largest stays 0 where all others overflow to -inf.
    with np.errstate(over="ignore"):
        scaled = (logits - logits.max()) / float(temperature)  # (V,)
    return softmax(np.maximum(scaled, np.finfo(float).min))


def _checked_batch(
    where: str, model: CharLanguageModel, batch: Any
) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(batch, tuple) or len(batch) != 2:
        raise TypeError(
            f"{where}: batch is a {type(batch).__name__}, but a tuple (inputs, "
            f"targets) is needed. Pass a Batch, as sequential_batches returns them."
        )
    inputs, targets = batch
    check_tokens(where, model.vocab_size, inputs=inputs, targets=targets)
    check_shapes(where, inputs=(inputs, "TN"), targets=(targets, "TN"))
    return inputs, targets


def _check_generate(
    model: CharLanguageModel,
    rng: Any,
    length: Any,
    prompt_tokens: Any,
    temperature: Any,
) -> None:
    check_rng("generate", rng)
    check_counts("generate", length=length)
    check_tokens("generate", model.vocab_size, prompt_tokens=prompt_tokens)
    check_shapes("generate", prompt_tokens=(prompt_tokens, "T"))
    check_positive("generate", temperature=temperature)
