"""Classify sequences of tokens or vectors: many to one.

    logits = s W_hy + b_y

where s (N, width) is the state of the last layer after the last step, or the mean of
its states over all steps. Where layers read in both directions, s is what both know
when they are done, the second one after the step at t = 0. A mask says which steps a
sequence has; the others change nothing.

A model holds sizes, not weights, and has the methods of `rnncore.models.LanguageModel`.
It has no state that goes on from batch to batch: a sequence is read as a whole.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from rnncore.heads import SoftmaxHead
from rnncore.init import glorot_uniform
from rnncore.kernels import Params
from rnncore.kinds import check_choice, check_counts, check_tokens
from rnncore.model_checks import (
    check_batch,
    check_inputs,
    check_model_params,
    check_no_state,
    check_steps,
)
from rnncore.readers import Reader, ReaderCache
from rnncore.shapes import check_shapes

HEAD = {"W_hy": "HV", "b_y": "V"}


class ClassBatch(NamedTuple):
    """Sequences and the class of each."""

    inputs: np.ndarray  # (T, N) for tokens, (T, N, D) for vectors
    targets: np.ndarray  # (N,)
    mask: np.ndarray | None = None  # (T, N); by default all steps are real


class Read(NamedTuple):
    """What a classifier keeps on its way, for the way back."""

    summary: np.ndarray  # (N, width)
    hs: np.ndarray  # (T, N, width)
    shares: np.ndarray | None  # (T, N, 1), of each step in the mean
    cache: ReaderCache


@dataclass(frozen=True)
class SequenceClassifier:
    """
    Tell the class of a sequence.

    Attributes
    ----------
    input_size : int
        V, the number of tokens that there are; or D, the number of inputs of a vector.
    n_classes : int
        C, the number of classes.
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
    pooling : {"last", "mean"}
        What is classified: the last state, or the mean over all steps.

    Raises
    ------
    TypeError
        If a size is not an integer.
    ValueError
        If a size is less than 1, or the cell or `pooling` unknown.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> model = SequenceClassifier(input_size=9, n_classes=2, hidden_size=4)
    >>> params = model.init(rng)
    >>> batch = ClassBatch(rng.integers(9, size=(6, 3)), np.array([0, 1, 1]))
    >>> loss, grads, state = model.loss(params, batch)
    >>> grads.keys() == params.keys()
    True
    """

    input_size: int
    n_classes: int
    hidden_size: int
    cell: str = "tanh"
    layers: int = 1
    bidirectional: bool = False
    embedding_size: int | None = None
    pooling: str = "last"

    def __post_init__(self) -> None:
        check_counts("SequenceClassifier", n_classes=self.n_classes)
        check_choice("SequenceClassifier", ("last", "mean"), pooling=self.pooling)
        self.reader  # noqa: B018, it checks the rest

    @cached_property
    def reader(self) -> Reader:
        """
        Give the layers, with the embedding.

        Returns
        -------
        Reader
            What reads the sequences.
        """
        return Reader(
            self.input_size,
            self.hidden_size,
            self.cell,
            self.layers,
            self.bidirectional,
            self.embedding_size,
        )

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
            (``layer0.W_xh``, or ``layer0.forward.W_xh``, ...), ``W_hy`` (width, C),
            ``b_y`` (C,).

        Raises
        ------
        TypeError
            If `rng` is not a generator.
        """
        return {
            **self.reader.init(rng),
            "W_hy": glorot_uniform(rng, (self.reader.width, self.n_classes)),
            "b_y": np.zeros(self.n_classes),
        }

    def loss(
        self,
        params: Params,
        batch: tuple,
        state: None = None,
        rng: np.random.Generator | None = None,
    ) -> tuple[Any, Params, None]:
        """
        Compute the loss of a batch, and its gradient.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters, as `init` returns them.
        batch : ClassBatch, or tuple of two or three ndarrays
            Inputs (T, N) or (T, N, D), classes (N,), and perhaps a mask (T, N), False
            where a sequence has no step.
        state : None
            Nothing is carried from batch to batch; leave it out.
        rng : numpy.random.Generator, optional
            Not needed.

        Returns
        -------
        loss : floating-point scalar
            Mean cross-entropy in nats per sequence.
        grads : dict of str to ndarray
            The gradient of the loss with respect to each parameter.
        state : None
            Nothing to carry.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together, a token or class is out of range, a vector
            is not finite, or a sequence has no step.
        NonFiniteError
            If a logit is NaN or infinite.
        """
        inputs, targets, mask = _checked_classes(self, "loss", params, batch, state)
        with np.errstate(over="ignore", invalid="ignore"):  # the head looks at logits
            read = self._read(params, inputs, mask)
            head = SoftmaxHead(params["W_hy"], params["b_y"], targets[None])
            dsummary = head(read.summary[None], slice(None))[0]
            grads = {**self._read_backward(dsummary, read), **head.grads}
        grads = {name: grads[name] for name in params if name in grads}
        return head.loss, grads, None

    def score(
        self, params: Params, batch: tuple, state: None = None
    ) -> tuple[float, int, None]:
        """
        Compute the loss of a batch without its gradient.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters.
        batch : ClassBatch, or tuple of two or three ndarrays
            Inputs, classes, and perhaps a mask.
        state : None
            Nothing is carried from batch to batch; leave it out.

        Returns
        -------
        total : float
            Cross-entropy in nats, summed over the sequences.
        n_sequences : int
            How many there are.
        state : None
            Nothing to carry.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together, a token or class is out of range, a vector
            is not finite, or a sequence has no step.
        NonFiniteError
            If a logit is NaN or infinite.
        """
        inputs, targets, mask = _checked_classes(self, "score", params, batch, state)
        with np.errstate(over="ignore", invalid="ignore"):
            summary = self._read(params, inputs, mask).summary
            head = SoftmaxHead(params["W_hy"], params["b_y"], targets[None])
            loss = head.score(summary[None])
        return float(loss) * len(targets), len(targets), None

    def logits(
        self, params: Params, inputs: np.ndarray, mask: np.ndarray | None = None
    ) -> np.ndarray:
        """
        Compute the logits of all classes.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters.
        inputs : ndarray of int, shape (T, N), or of float, shape (T, N, D)
            The sequences.
        mask : ndarray of bool, shape (T, N), optional
            False where a sequence has no step.

        Returns
        -------
        ndarray, shape (N, C)
            One logit for each class; the largest is that of the likeliest.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together, a token is out of range, a vector is not
            finite, or a sequence has no step.
        """
        _check_sequences(self, "logits", params, inputs, mask)
        summary = self._read(params, inputs, mask).summary
        return summary @ params["W_hy"] + params["b_y"]

    def _read(self, params: Params, inputs: np.ndarray, mask: Any) -> Read:
        state = self.reader.zero_state(inputs.shape[1], params["b_y"].dtype)
        hs, last, cache = self.reader.forward(inputs, state, params, mask)
        if self.pooling == "last":
            return Read(self.reader.outputs(last), hs, None, cache)
        shares = _shares(hs, mask)
        return Read((hs * shares).sum(axis=0), hs, shares, cache)

    def _read_backward(self, dsummary: np.ndarray, read: Read) -> Params:
        dhs, dlast = np.zeros_like(read.hs, dtype=dsummary.dtype), None
        if read.shares is None:
            dlast = self.reader.outputs_backward(dsummary)
        else:
            dhs += dsummary * read.shares
        return self.reader.backward(dhs, read.cache, dlast)[2]


def _shares(hs: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    if mask is None:
        return np.full((len(hs), 1, 1), 1 / len(hs), hs.real.dtype)
    return (mask / mask.sum(axis=0)).astype(hs.real.dtype)[..., None]


def _check_sequences(
    model: SequenceClassifier, where: str, params: Any, inputs: Any, mask: Any
) -> None:
    reader = model.reader
    check_model_params(where, params, HEAD, H=reader.width, V=model.n_classes)
    tokens_only = model.embedding_size is not None
    check_inputs(where, model.input_size, tokens_only, inputs=inputs)
    if mask is not None:
        check_steps(where, mask=mask)
        check_shapes(where, **_read_shapes(inputs), mask=(mask, "TN"))


def _checked_classes(
    model: SequenceClassifier, where: str, params: Any, batch: Any, state: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    inputs, targets, mask = check_batch(where, batch, ClassBatch._fields)
    check_no_state(where, state)
    _check_sequences(model, where, params, inputs, mask)
    check_tokens(where, model.n_classes, targets=targets)
    check_shapes(where, **_read_shapes(inputs), targets=(targets, "N"))
    return inputs, targets, mask


def _read_shapes(inputs: np.ndarray) -> dict[str, tuple[np.ndarray, str]]:
    return {"inputs": (inputs, "TND"[: inputs.ndim])}
