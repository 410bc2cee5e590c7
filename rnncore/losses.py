"""Losses of predictions that are numbers: squared error and sigmoid cross-entropy.

Each is a pair of a forward and a backward function, for one step (N, D) as for a whole
sequence (T, N, D):

============  ==========  ========================================================
predictions   (..., D)    any numbers, compared with targets as they are
logits        (..., D)    any numbers, turned into probabilities by the sigmoid
targets       (..., D)    what was to be predicted; with logits, from 0 to 1
mask          (...)       True where a step counts, with all of its D values
============  ==========  ========================================================

The reduction is part of a loss: ``"mean"`` over the values that count, D of them for
each step, or their ``"sum"``. Complex numbers pass through, for the sake of
complex-step differences; comparisons then look at the real part only.

The cross-entropy of one token out of V is in `rnncore.ops`, beside softmax.
"""

from typing import Any, NamedTuple

import numpy as np

from rnncore.kinds import (
    check_choice,
    check_finite,
    check_floats,
    check_mask,
    check_numbers,
)
from rnncore.ops import sigmoid
from rnncore.shapes import check_cache, check_shapes


class SquaredErrorCache(NamedTuple):
    """What `squared_error_forward` keeps for `squared_error_backward`."""

    errors: np.ndarray  # (..., D)
    mask: np.ndarray | None  # (...)
    scale: float  # what each value's loss is multiplied by


class SigmoidCrossEntropyCache(NamedTuple):
    """What `sigmoid_cross_entropy_forward` keeps for its backward function."""

    logits: np.ndarray  # (..., D)
    targets: np.ndarray  # (..., D)
    mask: np.ndarray | None  # (...)
    scale: float  # what each value's loss is multiplied by


def squared_error_forward(
    predictions: np.ndarray,
    targets: np.ndarray,
    mask: np.ndarray | None = None,
    reduction: str = "mean",
) -> tuple[Any, SquaredErrorCache]:
    """
    Compute the squared differences between predictions and targets.

    Parameters
    ----------
    predictions : ndarray, shape (..., D)
        What was predicted.
    targets : ndarray, shape (..., D)
        What came, finite where masked out too.
    mask : ndarray of bool, shape (...), optional
        True where a step counts; by default all do.
    reduction : {"mean", "sum"}
        Mean over the values that count, or their sum. There is no factor of one half.

    Returns
    -------
    loss : floating-point scalar
        The loss, in the square of the unit of the targets.
    cache : SquaredErrorCache
        What `squared_error_backward` needs.

    Raises
    ------
    TypeError
        If `predictions` or `targets` is not an array of floats, or `mask` not one of
        booleans.
    ValueError
        If shapes do not fit together, a value is not finite, no step counts, or
        `reduction` is unknown.

    Examples
    --------
    >>> predictions, targets = np.array([[1.0], [2.0]]), np.array([[1.5], [4.0]])
    >>> loss, cache = squared_error_forward(predictions, targets)
    >>> float(loss)
    2.125
    """
    where = "squared_error_forward"
    arrays = {"predictions": predictions, "targets": targets}
    _check_loss(where, arrays, mask, reduction)
    errors = predictions - targets  # (..., D)
    loss, scale = _reduced(errors**2, mask, reduction)
    return loss, SquaredErrorCache(errors, mask, scale)


def squared_error_backward(cache: SquaredErrorCache, dloss: float = 1.0) -> np.ndarray:
    """
    Take the gradient back from the loss to the predictions.

    Parameters
    ----------
    cache : SquaredErrorCache
        The cache that `squared_error_forward` returned.
    dloss : float, optional
        Gradient of what is minimized with respect to the loss.

    Returns
    -------
    ndarray, shape (..., D)
        Gradient with respect to the predictions: twice the difference, scaled as the
        reduction says, zero where masked out.

    Raises
    ------
    TypeError
        If `cache` is not a `SquaredErrorCache`, or `dloss` not a real number.

    Examples
    --------
    >>> predictions, targets = np.array([[1.0], [2.0]]), np.array([[1.5], [4.0]])
    >>> loss, cache = squared_error_forward(predictions, targets)
    >>> squared_error_backward(cache).ravel()
    array([-0.5, -2. ])
    """
    check_cache("squared_error_backward", cache, SquaredErrorCache)
    check_numbers("squared_error_backward", dloss=dloss)
    errors, mask, scale = cache
    return _masked(errors * (2 * scale * float(dloss)), mask)


def sigmoid_cross_entropy_forward(
    logits: np.ndarray,
    targets: np.ndarray,
    mask: np.ndarray | None = None,
    reduction: str = "mean",
) -> tuple[Any, SigmoidCrossEntropyCache]:
    """
    Compute the cross-entropy of yes-or-no targets under sigmoid(logits).

    Parameters
    ----------
    logits : ndarray, shape (..., D)
        One logit for each question; they are independent of each other.
    targets : ndarray, shape (..., D)
        The answers, 1 for yes and 0 for no, or probabilities between the two.
    mask : ndarray of bool, shape (...), optional
        True where a step counts; by default all do.
    reduction : {"mean", "sum"}
        Mean over the values that count, or their sum.

    Returns
    -------
    loss : floating-point scalar
        The loss in nats: per value for the mean, in total for the sum.
    cache : SigmoidCrossEntropyCache
        What `sigmoid_cross_entropy_backward` needs.

    Raises
    ------
    TypeError
        If `logits` or `targets` is not an array of floats, or `mask` not one of
        booleans.
    ValueError
        If shapes do not fit together, a logit is not finite, a target is not from 0 to
        1, no step counts, or `reduction` is unknown.

    Notes
    -----
    With p for sigmoid(a), -t log p - (1 - t) log(1 - p) comes to log(1 + exp(a)) - t a,
    which is max(a, 0) - t a + log(1 + exp(-abs(a))): nothing overflows.

    Examples
    --------
    >>> logits, targets = np.array([[0.0, 1e4]]), np.array([[1.0, 1.0]])
    >>> loss, cache = sigmoid_cross_entropy_forward(logits, targets, reduction="sum")
    >>> round(float(loss), 4)
    0.6931
    """
    where = "sigmoid_cross_entropy_forward"
    _check_loss(where, {"logits": logits, "targets": targets}, mask, reduction)
    _check_probabilities(where, targets)
    positive = logits.real > 0  # (..., D)
    rest = np.log1p(np.exp(np.where(positive, -logits, logits)))  # (..., D)
    values = np.where(positive, logits, 0) - targets * logits + rest
    loss, scale = _reduced(values, mask, reduction)
    return loss, SigmoidCrossEntropyCache(logits, targets, mask, scale)


def sigmoid_cross_entropy_backward(
    cache: SigmoidCrossEntropyCache, dloss: float = 1.0
) -> np.ndarray:
    """
    Take the gradient back from the loss to the logits.

    Parameters
    ----------
    cache : SigmoidCrossEntropyCache
        The cache that `sigmoid_cross_entropy_forward` returned.
    dloss : float, optional
        Gradient of what is minimized with respect to the loss.

    Returns
    -------
    ndarray, shape (..., D)
        Gradient with respect to the logits: probability minus target, scaled as the
        reduction says, zero where masked out.

    Raises
    ------
    TypeError
        If `cache` is not a `SigmoidCrossEntropyCache`, or `dloss` not a real number.

    Examples
    --------
    >>> logits, targets = np.array([[0.0, 1e4]]), np.array([[1.0, 0.0]])
    >>> loss, cache = sigmoid_cross_entropy_forward(logits, targets, reduction="sum")
    >>> sigmoid_cross_entropy_backward(cache)
    array([[-0.5,  1. ]])
    """
    check_cache("sigmoid_cross_entropy_backward", cache, SigmoidCrossEntropyCache)
    check_numbers("sigmoid_cross_entropy_backward", dloss=dloss)
    logits, targets, mask, scale = cache
    return _masked((sigmoid(logits) - targets) * (scale * float(dloss)), mask)


def _reduced(
    values: np.ndarray, mask: np.ndarray | None, reduction: str
) -> tuple[Any, float]:
    n_values = values.size
    if mask is not None:
        n_values = int(mask.sum()) * values.shape[-1]
    scale = 1 / n_values if reduction == "mean" else 1
    return _masked(values, mask).sum() * scale, scale


def _masked(values: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    return values if mask is None else np.where(mask[..., None], values, 0)


def _check_loss(where: str, arrays: dict[str, Any], mask: Any, reduction: Any) -> None:
    check_floats(where, **arrays)
    check_shapes(where, **{name: (a, "...D") for name, a in arrays.items()})
    check_finite(where, **arrays)
    check_choice(where, ("mean", "sum"), reduction=reduction)
    if mask is not None:
        check_mask(where, mask=mask)
        check_shapes(where, targets=(arrays["targets"], "...D"), mask=(mask, "..."))


def _check_probabilities(where: str, targets: np.ndarray) -> None:
    outside = (targets.real < 0) | (targets.real > 1)
    if outside.any():
        first = tuple(int(i) for i in np.argwhere(outside)[0])
        raise ValueError(
            f"{where}: targets holds {targets[first]} at index {first}, but numbers "
            f"from 0 to 1 are needed. Pass 1 for yes and 0 for no."
        )
