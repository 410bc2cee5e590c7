"""Operations on whole arrays, as pairs of a forward and a backward function.

Every operation works on the last axis, or adds one, and takes any number of axes
before it, so that the same function serves one step (N, ...) and a whole sequence
(T, N, ...). Weight gradients are sums over all of these axes.

Losses are in nats, the natural logarithm's unit. All operations take complex numbers
as well, for the sake of complex-step differences; comparisons then look at the real
part only.

Squared error and sigmoid cross-entropy are in `rnncore.losses`.
"""

from typing import Any, NamedTuple

import numpy as np

from rnncore.kinds import (
    check_choice,
    check_counts,
    check_finite,
    check_floats,
    check_integers,
    check_mask,
    check_numbers,
    check_rng,
    check_tokens,
    entries,
)
from rnncore.shapes import check_cache, check_shapes

SMALL_VOCABULARY = 256  # up to which a product with one-hot vectors beats sorting


class AffineCache(NamedTuple):
    """What `affine_forward` keeps for `affine_backward`."""

    x: np.ndarray  # (..., D)
    W: np.ndarray  # (D, H)


class EmbeddingCache(NamedTuple):
    """What `embedding_forward` keeps for `embedding_backward`."""

    tokens: np.ndarray  # (...)
    W: np.ndarray  # (V, H)


class CrossEntropyCache(NamedTuple):
    """What `cross_entropy_forward` keeps for `cross_entropy_backward`."""

    powers: np.ndarray  # (..., V), the probabilities before they are divided by
    sums: np.ndarray  # (...), their sums
    targets: np.ndarray  # (...)
    mask: np.ndarray | None  # (...)
    scale: float  # what each token's loss is multiplied by


def affine_forward(
    x: np.ndarray, W: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, AffineCache]:
    """
    Compute x W + b.

    Parameters
    ----------
    x : ndarray, shape (..., D)
        The inputs.
    W : ndarray, shape (D, H)
        The weights.
    b : ndarray, shape (H,)
        The bias.

    Returns
    -------
    y : ndarray, shape (..., H)
        The outputs.
    cache : AffineCache
        What `affine_backward` needs.

    Raises
    ------
    TypeError
        If an argument is not an array of floats.
    ValueError
        If shapes do not fit together.

    Examples
    --------
    >>> y, cache = affine_forward(np.array([[1.0, 2.0]]), np.eye(2), np.array([0.5, 0]))
    >>> y
    array([[1.5, 2. ]])
    """
    check_floats("affine_forward", W=W, b=b, x=x)
    check_shapes("affine_forward", W=(W, "DH"), b=(b, "H"), x=(x, "...D"))
    return x @ W + b, AffineCache(x, W)


def affine_backward(
    dy: np.ndarray, cache: AffineCache
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Take the gradient back through x W + b.

    Parameters
    ----------
    dy : ndarray, shape (..., H)
        Gradient with respect to the outputs.
    cache : AffineCache
        The cache that `affine_forward` returned.

    Returns
    -------
    dx : ndarray, shape (..., D)
        Gradient with respect to the inputs.
    dW : ndarray, shape (D, H)
        Gradient with respect to the weights.
    db : ndarray, shape (H,)
        Gradient with respect to the bias.

    Raises
    ------
    TypeError
        If `cache` is not an `AffineCache`, or `dy` not an array of floats.
    ValueError
        If shapes do not fit together.

    Examples
    --------
    >>> y, cache = affine_forward(np.ones((3, 2)), np.eye(2), np.zeros(2))
    >>> dx, dW, db = affine_backward(np.ones((3, 2)), cache)
    >>> db
    array([3., 3.])
    """
    check_cache("affine_backward", cache, AffineCache)
    check_floats("affine_backward", dy=dy)
    x, W = cache
    check_shapes("affine_backward", W=(W, "DH"), x=(x, "...D"), dy=(dy, "...H"))
    x_rows, dy_rows = x.reshape(-1, len(W)), dy.reshape(-1, W.shape[1])
    return dy @ W.T, x_rows.T @ dy_rows, dy_rows.sum(axis=0)


def sigmoid(a: np.ndarray) -> np.ndarray:
    """
    Squash numbers to between 0 and 1.

    Parameters
    ----------
    a : ndarray, any shape
        Any numbers.

    Returns
    -------
    ndarray, shape of a
        1 / (1 + exp(-a)), written as tanh(a / 2) / 2 + 1/2.

    Raises
    ------
    TypeError
        If `a` is not an array of floats.

    Notes
    -----
    The two are equal, but exp(-a) overflows for large negative numbers, and tanh never
    does. What is smaller than the machine epsilon becomes 0.

    Examples
    --------
    >>> sigmoid(np.array([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """
    check_floats("sigmoid", a=a)
    return 0.5 * np.tanh(0.5 * a) + 0.5


def softmax(logits: np.ndarray) -> np.ndarray:
    """
    Turn logits into probabilities.

    Parameters
    ----------
    logits : ndarray, shape (..., V)
        Any numbers; only differences along the last axis matter.

    Returns
    -------
    ndarray, shape (..., V)
        The exponential of each logit, divided by their sum over the last axis.

    Raises
    ------
    TypeError
        If `logits` is not an array of floats.
    ValueError
        If `logits` is empty or not finite.

    Examples
    --------
    >>> softmax(np.array([1e4, 1e4, -1e4]))
    array([0.5, 0.5, 0. ])
    """
    _check_logits("softmax", logits)
    powers = np.exp(_below_zero(logits))
    return powers / powers.sum(axis=-1, keepdims=True)


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """
    Turn logits into logarithms of probabilities.

    Parameters
    ----------
    logits : ndarray, shape (..., V)
        Any numbers; only differences along the last axis matter.

    Returns
    -------
    ndarray, shape (..., V)
        The logarithm of `softmax`, in nats, finite also where softmax is 0; -inf only
        where two logits differ by more than the largest float.

    Raises
    ------
    TypeError
        If `logits` is not an array of floats.
    ValueError
        If `logits` is empty or not finite.

    Examples
    --------
    >>> np.round(log_softmax(np.array([0.0, -1000.0])), 6)
    array([    0., -1000.])
    """
    _check_logits("log_softmax", logits)
    shifted = _below_zero(logits)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def cross_entropy_forward(
    logits: np.ndarray,
    targets: np.ndarray,
    mask: np.ndarray | None = None,
    reduction: str = "mean",
) -> tuple[Any, CrossEntropyCache]:
    """
    Compute the cross-entropy of the targets under softmax(logits).

    Parameters
    ----------
    logits : ndarray, shape (..., V)
        One logit for each vocabulary entry, for each token to predict.
    targets : ndarray of int, shape (...)
        The tokens that came, from 0 to V - 1, where masked out too.
    mask : ndarray of bool, shape (...), optional
        True where a token counts; by default all do.
    reduction : {"mean", "sum"}
        Mean over the tokens that count, or their sum.

    Returns
    -------
    loss : floating-point scalar
        The loss in nats: per token for the mean, in total for the sum.
    cache : CrossEntropyCache
        What `cross_entropy_backward` needs.

    Raises
    ------
    TypeError
        If `logits` is not an array of floats, `targets` not one of integers, or
        `mask` not one of booleans.
    ValueError
        If shapes do not fit together, a logit is not finite, a target is outside the
        vocabulary, no token counts, or `reduction` is unknown.

    Notes
    -----
    The logarithm of softmax at the target needs no logarithm elsewhere. The powers
    are kept as they are, since the gradient can divide them and scale them at once; a
    product with ones adds up short rows several times faster than ``sum``.

    Examples
    --------
    >>> logits = np.array([[1.0, 2.2, -3.0, 4.1]])
    >>> loss, cache = cross_entropy_forward(logits, np.array([1]))
    >>> round(float(loss), 4)
    2.0785
    """
    _check_cross_entropy(logits, targets, mask, reduction)
    powers = _below_zero(logits)  # (..., V)
    at_target = powers[_places(targets)]  # (...)
    np.exp(powers, out=powers)
    sums = powers @ np.ones_like(powers, shape=powers.shape[-1])  # (...)
    losses = np.log(sums) - at_target  # (...)
    n_tokens = targets.size
    if mask is not None:
        losses = np.where(mask, losses, 0)
        n_tokens = int(mask.sum())  # a NumPy integer would turn float32 into float64
    scale = 1 / n_tokens if reduction == "mean" else 1
    return losses.sum() * scale, CrossEntropyCache(powers, sums, targets, mask, scale)


def cross_entropy_backward(cache: CrossEntropyCache, dloss: float = 1.0) -> np.ndarray:
    """
    Take the gradient back from the loss to the logits.

    Parameters
    ----------
    cache : CrossEntropyCache
        The cache that `cross_entropy_forward` returned.
    dloss : float, optional
        Gradient of what is minimized with respect to the loss.

    Returns
    -------
    ndarray, shape (..., V)
        Gradient with respect to the logits: probability minus one at the target,
        probability elsewhere, scaled as the reduction says, zero where masked out.

    Raises
    ------
    TypeError
        If `cache` is not a `CrossEntropyCache`, or `dloss` not a real number.

    Examples
    --------
    >>> logits = np.array([[1.0, 2.2, -3.0, 4.1]])
    >>> loss, cache = cross_entropy_forward(logits, np.array([1]))
    >>> np.round(cross_entropy_backward(cache), 4).tolist()
    [[0.0377, -0.8749, 0.0007, 0.8365]]
    """
    check_cache("cross_entropy_backward", cache, CrossEntropyCache)
    check_numbers("cross_entropy_backward", dloss=dloss)
    powers, sums, targets, mask, scale = cache
    weights = float(dloss) * scale / sums  # (...)
    if mask is not None:
        weights = weights * mask
    dlogits = powers * weights[..., None]  # (..., V)
    dlogits[_places(targets)] -= weights * sums
    return dlogits


def embedding_forward(
    tokens: np.ndarray, W: np.ndarray
) -> tuple[np.ndarray, EmbeddingCache]:
    """
    Look up one row of W for each token: one_hot(tokens) W without the product.

    Parameters
    ----------
    tokens : ndarray of int, shape (...)
        Row numbers, from 0 to V - 1.
    W : ndarray, shape (V, H)
        The rows.

    Returns
    -------
    rows : ndarray, shape (..., H)
        Row ``tokens[i]`` of W at place i.
    cache : EmbeddingCache
        What `embedding_backward` needs.

    Raises
    ------
    TypeError
        If `tokens` is not an array of integers, or `W` not one of floats.
    ValueError
        If a token has no row.

    Examples
    --------
    >>> rows, cache = embedding_forward(np.array([2, 0]), np.array([[1.0], [2], [3]]))
    >>> rows.ravel()
    array([3., 1.])
    """
    check_floats("embedding_forward", W=W)
    check_shapes("embedding_forward", W=(W, "VH"))
    check_tokens("embedding_forward", len(W), tokens=tokens)
    return W[tokens], EmbeddingCache(tokens, W)


def embedding_backward(drows: np.ndarray, cache: EmbeddingCache) -> np.ndarray:
    """
    Take the gradient back from the rows looked up to the table.

    Parameters
    ----------
    drows : ndarray, shape (..., H)
        Gradient with respect to the rows looked up.
    cache : EmbeddingCache
        The cache that `embedding_forward` returned.

    Returns
    -------
    ndarray, shape (V, H)
        For each row, the sum of the gradients of all places where it was looked up.

    Raises
    ------
    TypeError
        If `cache` is not an `EmbeddingCache`, or `drows` not an array of floats.
    ValueError
        If shapes do not fit together.

    Notes
    -----
    For a small vocabulary, the product with one-hot vectors is fastest. For a large
    one, equal tokens are brought together by sorting, then each run is added up at
    once. ``np.add.at`` gives the same sums, several times slower.

    Examples
    --------
    >>> rows, cache = embedding_forward(np.array([2, 0, 2]), np.zeros((3, 1)))
    >>> embedding_backward(np.array([[1.0], [5.0], [10.0]]), cache).ravel()
    array([ 5.,  0., 11.])
    """
    check_cache("embedding_backward", cache, EmbeddingCache)
    check_floats("embedding_backward", drows=drows)
    tokens, W = cache
    check_shapes(
        "embedding_backward", W=(W, "VH"), tokens=(tokens, "..."), drows=(drows, "...H")
    )
    drows = drows.reshape(-1, W.shape[1])
    if len(W) <= SMALL_VOCABULARY:
        chosen = np.zeros((len(W), len(drows)), drows.dtype)  # one-hot, (V, rows)
        chosen[tokens.ravel(), np.arange(len(drows))] = 1
        return chosen @ drows
    order = np.argsort(tokens, axis=None, kind="stable")
    ordered = tokens.ravel()[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))  # where a new token begins
    sums = np.zeros_like(W, dtype=drows.dtype)  # (V, H)
    sums[ordered[starts]] = np.add.reduceat(drows[order], starts)
    return sums


def dropout_mask(
    rng: np.random.Generator, shape: tuple[int, ...], rate: float, like: np.ndarray
) -> np.ndarray:
    """
    Draw what to multiply values with, so that some of them are dropped.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the numbers come from.
    shape : tuple of int
        Shape of the mask, such as (N, H).
    rate : float
        The probability of each value to be dropped, at least 0 and less than 1.
    like : ndarray, any shape
        An array whose dtype the mask takes. The draws do not depend on it.

    Returns
    -------
    ndarray, shape `shape`
        0 where a value is dropped, 1 / (1 - rate) elsewhere: the mean is 1, so that
        nothing needs to be scaled when nothing is dropped.

    Raises
    ------
    TypeError
        If `rng` is not a generator, a size not an integer, `rate` not a real number,
        or `like` not an array of floats.
    ValueError
        If `shape` is not a tuple of sizes of at least 1, or `rate` not from 0 to
        below 1.

    Notes
    -----
    For a recurrent network, draw one mask (N, H) and multiply the states of all steps
    with it. A new mask at each step drops every value sooner or later, so that nothing
    can be remembered.

    References
    ----------
    Y. Gal and Z. Ghahramani, "A theoretically grounded application of dropout in
    recurrent neural networks", NeurIPS (2016).

    Examples
    --------
    >>> hs = np.ones((7, 2, 3))
    >>> mask = dropout_mask(np.random.default_rng(1), (2, 3), 0.5, like=hs)
    >>> (hs * mask)[6]
    array([[2., 2., 0.], [2., 0., 0.]])
    """
    _check_dropout(rng, shape, rate, like)
    kept = rng.random(shape) >= rate
    return kept.astype(like.dtype) / (1 - float(rate))


def one_hot(tokens: np.ndarray, vocab_size: int) -> np.ndarray:
    """
    Write each token as a vector with a single 1.

    Parameters
    ----------
    tokens : ndarray of int, shape (...)
        The tokens, from 0 to V - 1.
    vocab_size : int
        V, the number of entries of the vocabulary.

    Returns
    -------
    ndarray of float, shape (..., V)
        1 at the place of the token, 0 elsewhere.

    Raises
    ------
    TypeError
        If `tokens` is not an array of integers, or `vocab_size` not an integer.
    ValueError
        If a token is outside the vocabulary.

    Examples
    --------
    >>> one_hot(np.array([1, 0]), 3)
    array([[0., 1., 0.], [1., 0., 0.]])
    """
    check_counts("one_hot", vocab_size=vocab_size)
    check_tokens("one_hot", vocab_size, tokens=tokens)
    return (tokens[..., None] == np.arange(vocab_size)).astype(float)


def _below_zero(logits: np.ndarray) -> np.ndarray:
    # Softmax is unchanged by it, and exp of what is not positive cannot overflow. A
    # difference beyond the largest float becomes -inf, whose exp is 0 as it should.
    with np.errstate(over="ignore"):
        return logits - logits.real.max(axis=-1, keepdims=True)


def _places(targets: np.ndarray) -> tuple[np.ndarray, ...]:
    return (*np.indices(targets.shape, sparse=True), targets)


def _check_logits(where: str, logits: Any) -> None:
    check_floats(where, logits=logits)
    check_shapes(where, logits=(logits, "...V"))
    check_finite(where, logits=logits)


def _check_dropout(rng: Any, shape: Any, rate: Any, like: Any) -> None:
    check_rng("dropout_mask", rng)
    if not isinstance(shape, tuple):
        raise ValueError(
            f"dropout_mask: shape is {shape!r}, but a tuple of sizes is needed. Pass "
            f"one, such as shape=(N, H)."
        )
    check_counts("dropout_mask", **entries("shape", dict(enumerate(shape))))
    check_floats("dropout_mask", like=like)
    check_numbers("dropout_mask", rate=rate)
    if not 0 <= rate < 1:
        raise ValueError(
            f"dropout_mask: rate is {rate}, but a number from 0 to below 1 is needed. "
            f"Pass the probability of being dropped, such as rate=0.5."
        )


def _check_cross_entropy(logits: Any, targets: Any, mask: Any, reduction: str) -> None:
    where = "cross_entropy_forward"
    check_floats(where, logits=logits)
    check_integers(where, targets=targets)
    check_shapes(where, logits=(logits, "...V"), targets=(targets, "..."))
    check_tokens(where, logits.shape[-1], targets=targets)
    check_finite(where, logits=logits)
    check_choice(where, ("mean", "sum"), reduction=reduction)
    if mask is not None:
        check_mask(where, mask=mask)
        check_shapes(where, targets=(targets, "..."), mask=(mask, "..."))
