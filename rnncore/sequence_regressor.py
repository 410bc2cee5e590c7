"""Predict numbers from sequences of vectors: many to many, or many to one.

    y_t = h_t W_hy + b_y

at each step, or once, after the last step. The loss is the mean squared error. A mask
says which steps a sequence has; the others change nothing and do not count.

A model that predicts its next input can go on by itself: `SequenceRegressor.forecast`.
Trained on what came, it then reads what it wrote, and its errors add up.

A model holds sizes, not weights, and has the methods of `rnncore.models.LanguageModel`.
It says nothing about how certain a prediction is.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from rnncore.init import glorot_uniform
from rnncore.kernels import Params, State
from rnncore.kinds import check_counts, check_finite, check_floats, check_mask
from rnncore.losses import squared_error_backward, squared_error_forward
from rnncore.model_checks import (
    check_batch,
    check_inputs,
    check_model_params,
    check_no_state,
    check_steps,
)
from rnncore.ops import affine_backward, affine_forward
from rnncore.readers import Reader, ReaderCache
from rnncore.shapes import check_shapes

HEAD = {"W_hy": "HV", "b_y": "V"}


class SeriesBatch(NamedTuple):
    """Sequences of vectors, and the numbers to predict."""

    inputs: np.ndarray  # (T, N, D)
    targets: np.ndarray  # (T, N, K), or (N, K) for one answer
    mask: np.ndarray | None = None  # (T, N); by default all steps are real


@dataclass(frozen=True)
class SequenceRegressor:
    """
    Predict numbers, at each step of a sequence or after the last one.

    Attributes
    ----------
    input_size : int
        D, the number of inputs of each step.
    output_size : int
        K, the number of numbers to predict.
    hidden_size : int
        H, the number of hidden units of each layer.
    cell : str, optional
        The name of the cell in `rnncore.cells.CELLS`.
    layers : int, optional
        How many layers.
    per_step : bool, optional
        Whether to predict at each step; otherwise once, after the last.

    Raises
    ------
    TypeError
        If a size is not an integer.
    ValueError
        If a size is less than 1, or the cell unknown.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> model = SequenceRegressor(input_size=2, output_size=1, hidden_size=4)
    >>> params = model.init(rng)
    >>> batch = SeriesBatch(np.ones((6, 3, 2)), np.ones((6, 3, 1)))
    >>> loss, grads, state = model.loss(params, batch)
    >>> grads.keys() == params.keys()
    True
    """

    input_size: int
    output_size: int
    hidden_size: int
    cell: str = "tanh"
    layers: int = 1
    per_step: bool = True

    def __post_init__(self) -> None:
        check_counts("SequenceRegressor", output_size=self.output_size)
        self.reader  # noqa: B018, it checks the rest

    @cached_property
    def reader(self) -> Reader:
        """
        Give the layers.

        Returns
        -------
        Reader
            What reads the sequences.
        """
        return Reader(self.input_size, self.hidden_size, self.cell, self.layers)

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
            The parameters of the layers (``layer0.W_xh``, ...), ``W_hy`` (H, K),
            ``b_y`` (K,).

        Raises
        ------
        TypeError
            If `rng` is not a generator.
        """
        return {
            **self.reader.init(rng),
            "W_hy": glorot_uniform(rng, (self.hidden_size, self.output_size)),
            "b_y": np.zeros(self.output_size),
        }

    def loss(
        self,
        params: Params,
        batch: tuple,
        state: State | None = None,
        rng: np.random.Generator | None = None,
    ) -> tuple[Any, Params, State | None]:
        """
        Compute the loss of a batch, and its gradient.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters, as `init` returns them.
        batch : SeriesBatch, or tuple of two or three ndarrays
            Inputs (T, N, D), targets (T, N, K), or (N, K) for one answer, and perhaps
            a mask (T, N), False where a sequence has no step.
        state : tuple of ndarray, each of shape (N, H), optional
            The state to start from, zeros by default; None where there is one answer.
            No gradient flows into it.
        rng : numpy.random.Generator, optional
            Not needed.

        Returns
        -------
        loss : floating-point scalar
            Mean squared error over the numbers that count, in the square of the unit
            of the targets.
        grads : dict of str to ndarray
            The gradient of the loss with respect to each parameter.
        state : tuple of ndarray, each of shape (N, H), or None
            The state after the last step; None where there is one answer.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together, an input, a target, or a state is not
            finite, or no step counts.
        NonFiniteError
            If a prediction is NaN or infinite.
        """
        inputs, targets, mask = _checked_series(self, "loss", params, batch, state)
        with np.errstate(over="ignore", invalid="ignore"):  # the loss looks at numbers
            hs, last, cache = self._read(params, inputs, state, mask)
            seen = hs if self.per_step else self.reader.outputs(last)
            predictions, head = affine_forward(seen, params["W_hy"], params["b_y"])
            counts = mask if self.per_step else None
            loss, error = squared_error_forward(predictions, targets, counts)
            dseen, dW_hy, db_y = affine_backward(squared_error_backward(error), head)
            grads = self._read_backward(dseen, hs, cache)
        grads |= {"W_hy": dW_hy, "b_y": db_y}
        grads = {name: grads[name] for name in params if name in grads}
        return loss, grads, last if self.per_step else None

    def score(
        self, params: Params, batch: tuple, state: State | None = None
    ) -> tuple[float, int, State | None]:
        """
        Compute the loss of a batch without its gradient.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters.
        batch : SeriesBatch, or tuple of two or three ndarrays
            Inputs, targets, and perhaps a mask.
        state : tuple of ndarray, each of shape (N, H), optional
            The state to start from, zeros by default; None where there is one answer.

        Returns
        -------
        total : float
            Squared error, summed over the numbers that count.
        n_numbers : int
            How many do.
        state : tuple of ndarray, each of shape (N, H), or None
            The state after the last step; None where there is one answer.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together, an input, a target, or a state is not
            finite, or no step counts.
        NonFiniteError
            If a prediction is NaN or infinite.
        """
        inputs, targets, mask = _checked_series(self, "score", params, batch, state)
        with np.errstate(over="ignore", invalid="ignore"):
            predictions, last = self._predict(params, inputs, state, mask)
            counts = mask if self.per_step else None
            total, _ = squared_error_forward(predictions, targets, counts, "sum")
        n_steps = targets[..., 0].size if counts is None else int(counts.sum())
        return float(total), n_steps * self.output_size, last

    def predict(
        self,
        params: Params,
        inputs: np.ndarray,
        state: State | None = None,
        mask: np.ndarray | None = None,
    ) -> tuple[np.ndarray, State | None]:
        """
        Predict numbers.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters.
        inputs : ndarray, shape (T, N, D)
            The sequences.
        state : tuple of ndarray, each of shape (N, H), optional
            The state to start from, zeros by default; None where there is one answer.
        mask : ndarray of bool, shape (T, N), optional
            False where a sequence has no step.

        Returns
        -------
        predictions : ndarray, shape (T, N, K) or (N, K)
            The predictions.
        state : tuple of ndarray, each of shape (N, H), or None
            The state after the last step; None where there is one answer.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together, an input or a state is not finite, or no
            step counts.
        """
        _check_series(self, "predict", params, inputs, state, mask)
        return self._predict(params, inputs, state, mask)

    def forecast(
        self, params: Params, inputs: np.ndarray, length: int
    ) -> tuple[np.ndarray, State]:
        """
        Go on with series, each prediction being the next input: free running.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters of a model that predicts its next input, so that K is D.
        inputs : ndarray, shape (T, N, D)
            The series so far.
        length : int
            How many steps to go on for.

        Returns
        -------
        predictions : ndarray, shape (length, N, D)
            The steps that follow.
        state : tuple of ndarray, each of shape (N, H)
            The state before the last of them is read.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If shapes do not fit together, an input is not finite, or the model does
            not predict its next input.
        """
        _check_series(self, "forecast", params, inputs, None, None)
        _check_forecast(self, length)
        _, state, _ = self._read(params, inputs, None, None)
        advance = self.reader.network.stepper(params)
        written: list[np.ndarray] = []
        for t in range(length):
            if t > 0:
                state = advance(written[-1], state)
            y = self.reader.outputs(state) @ params["W_hy"] + params["b_y"]
            written.append(y)
        return np.stack(written), state  # (length, N, D)

    def _read(
        self, params: Params, inputs: np.ndarray, state: State | None, mask: Any
    ) -> tuple[np.ndarray, State, ReaderCache]:
        if state is None:
            state = self.reader.zero_state(inputs.shape[1], params["b_y"].dtype)
        return self.reader.forward(inputs, state, params, mask)

    def _read_backward(
        self, dseen: np.ndarray, hs: np.ndarray, cache: ReaderCache
    ) -> Params:
        if self.per_step:
            return self.reader.backward(dseen, cache)[2]
        dhs = np.zeros_like(hs, dtype=dseen.dtype)
        return self.reader.backward(dhs, cache, self.reader.outputs_backward(dseen))[2]

    def _predict(
        self, params: Params, inputs: np.ndarray, state: State | None, mask: Any
    ) -> tuple[np.ndarray, State | None]:
        hs, last, _ = self._read(params, inputs, state, mask)
        seen = hs if self.per_step else self.reader.outputs(last)
        predictions = seen @ params["W_hy"] + params["b_y"]
        return predictions, last if self.per_step else None


def _check_series(
    model: SequenceRegressor,
    where: str,
    params: Any,
    inputs: Any,
    state: Any,
    mask: Any,
) -> None:
    check_model_params(where, params, HEAD, H=model.hidden_size, V=model.output_size)
    check_floats(where, inputs=inputs)
    check_inputs(where, model.input_size, False, inputs=inputs)
    if not model.per_step:
        check_no_state(where, state)
    if mask is not None:
        (check_mask if model.per_step else check_steps)(where, mask=mask)
        check_shapes(where, inputs=(inputs, "TND"), mask=(mask, "TN"))


def _checked_series(
    model: SequenceRegressor, where: str, params: Any, batch: Any, state: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    inputs, targets, mask = check_batch(where, batch, SeriesBatch._fields)
    _check_series(model, where, params, inputs, state, mask)
    check_floats(where, targets=targets)
    size = (np.broadcast_to(0.0, model.output_size), "K")
    axes = "TNK" if model.per_step else "NK"
    known = {"inputs": (inputs, "TND"), "model": size}
    check_shapes(where, **known, targets=(targets, axes))
    check_finite(where, targets=targets)
    return inputs, targets, mask


def _check_forecast(model: SequenceRegressor, length: Any) -> None:
    check_counts("forecast", length=length)
    if not model.per_step or model.input_size != model.output_size:
        raise ValueError(
            f"forecast: the model reads {model.input_size} and predicts "
            f"{model.output_size} numbers (per_step={model.per_step}), but it must "
            f"predict its next input. Pass a model with per_step=True whose "
            f"output_size is its input_size."
        )
