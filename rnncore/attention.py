"""Attention: each query gets the average of the keys that suits it.

For each of N pairs of sequences, T queries look at S keys:

    score_ts = q_t . k_s                          dot (Luong, 2015)
    score_ts = v_a . tanh(q_t W_qa + k_s W_ka)    additive (Bahdanau, 2015)

    weights_t = softmax(score_t)                  context_t = sum_s weights_ts k_s

=========  ===========  ===========================================================
queries    (T, N, H)    states of a decoder, after each step
keys       (S, N, H)    states of an encoder; they are what is averaged, too
mask       (S, N)       False where there is no key: its weight is 0
weights    (T, N, S)    how much each query takes of each key, 1 in total
contexts   (T, N, H)    the averages
W_qa       (H, A)       query to attention units
W_ka       (H, A)       key to attention units
v_a        (A,)         attention units to score
W_c        (2H, H)      state and context to output
=========  ===========  ===========================================================

`Attention` goes on to the output o_t = tanh([q_t, context_t] W_c), which takes the
place of the state where a prediction is made. The context is not an input of the next
step (no input feeding), so that the decoder runs over time as it would without it.

Scores are not divided by the root of H, and there is a single head.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from rnncore.init import glorot_uniform
from rnncore.kernels import Params, rows
from rnncore.kinds import (
    check_booleans,
    check_choice,
    check_counts,
    check_floats,
    check_rng,
)
from rnncore.shapes import check_cache, check_params, check_shapes

KINDS = ("dot", "additive")
ADDITIVE_AXES = {"W_qa": "HA", "W_ka": "HA", "v_a": "A"}


class DotAttentionCache(NamedTuple):
    """What `dot_attention_forward` keeps for `dot_attention_backward`."""

    queries: np.ndarray  # (T, N, H)
    keys: np.ndarray  # (S, N, H)
    weights: np.ndarray  # (T, N, S)


class AdditiveAttentionCache(NamedTuple):
    """What `additive_attention_forward` keeps for its backward function."""

    queries: np.ndarray  # (T, N, H)
    keys: np.ndarray  # (S, N, H)
    weights: np.ndarray  # (T, N, S)
    units: np.ndarray  # (T, N, S, A)
    params: Params


class AttentionCache(NamedTuple):
    """What `Attention.forward` keeps for `Attention.backward`."""

    joined: np.ndarray  # (T, N, 2H), states and contexts
    outputs: np.ndarray  # (T, N, H)
    attended: Any  # the cache of the scores
    params: Params


def dot_attention_forward(
    queries: np.ndarray, keys: np.ndarray, mask: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, DotAttentionCache]:
    """
    Average keys, with weights that grow with the dot product of query and key.

    Parameters
    ----------
    queries : ndarray, shape (T, N, H)
        What looks.
    keys : ndarray, shape (S, N, H)
        What is looked at, and averaged.
    mask : ndarray of bool, shape (S, N), optional
        False where there is no key; by default all are there.

    Returns
    -------
    contexts : ndarray, shape (T, N, H)
        For each query, an average of the keys.
    weights : ndarray, shape (T, N, S)
        The weights of this average.
    cache : DotAttentionCache
        What `dot_attention_backward` needs.

    Raises
    ------
    TypeError
        If `queries` or `keys` is not an array of floats, or `mask` not one of booleans.
    ValueError
        If shapes do not fit together, or a sequence has no key.

    References
    ----------
    M.-T. Luong, H. Pham and C. D. Manning, "Effective approaches to attention-based
    neural machine translation", EMNLP (2015), section 3.1.

    Examples
    --------
    >>> keys = np.array([[[0.0, 1.0]], [[1.0, 0.0]]])
    >>> queries = np.log([[[1.0, 3.0]]])
    >>> contexts, weights, cache = dot_attention_forward(queries, keys)
    >>> weights
    array([[[0.75, 0.25]]])
    """
    _check_attention("dot_attention_forward", queries, keys, mask)
    scores = _products(queries, keys)  # (T, N, S)
    weights = _masked_softmax(scores, mask)
    return _average(weights, keys), weights, DotAttentionCache(queries, keys, weights)


def dot_attention_backward(
    dcontexts: np.ndarray, cache: DotAttentionCache
) -> tuple[np.ndarray, np.ndarray]:
    """
    Take the gradient back from contexts to queries and keys.

    Parameters
    ----------
    dcontexts : ndarray, shape (T, N, H)
        Gradient with respect to the contexts.
    cache : DotAttentionCache
        The cache that `dot_attention_forward` returned.

    Returns
    -------
    dqueries : ndarray, shape (T, N, H)
        Gradient with respect to the queries.
    dkeys : ndarray, shape (S, N, H)
        Gradient with respect to the keys, both as what is looked at and as what is
        averaged.

    Raises
    ------
    TypeError
        If `cache` is not a `DotAttentionCache`, or `dcontexts` not an array of floats.
    ValueError
        If shapes do not fit together.

    Examples
    --------
    >>> keys = np.array([[[0.0, 1.0]], [[1.0, 0.0]]])
    >>> _, _, cache = dot_attention_forward(np.zeros((1, 1, 2)), keys)
    >>> dqueries, dkeys = dot_attention_backward(np.array([[[4.0, 0.0]]]), cache)
    >>> dqueries.ravel(), dkeys[:, 0].tolist()
    (array([ 1., -1.]), [[2.0, 0.0], [2.0, 0.0]])
    """
    _check_upstream("dot_attention_backward", dcontexts, cache, DotAttentionCache)
    queries, keys, weights = cache
    dscores, dkeys = _average_backward(dcontexts, weights, keys)
    dqueries = _average(dscores, keys)  # (T, N, H)
    return dqueries, dkeys + _collect(dscores, queries)


def additive_attention_forward(
    queries: np.ndarray,
    keys: np.ndarray,
    params: Params,
    mask: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, AdditiveAttentionCache]:
    """
    Average keys, with weights that a small network computes from query and key.

    Parameters
    ----------
    queries : ndarray, shape (T, N, H)
        What looks.
    keys : ndarray, shape (S, N, H)
        What is looked at, and averaged.
    params : dict of str to ndarray
        ``W_qa`` (H, A), ``W_ka`` (H, A), ``v_a`` (A,); further entries are ignored.
    mask : ndarray of bool, shape (S, N), optional
        False where there is no key; by default all are there.

    Returns
    -------
    contexts : ndarray, shape (T, N, H)
        For each query, an average of the keys.
    weights : ndarray, shape (T, N, S)
        The weights of this average.
    cache : AdditiveAttentionCache
        What `additive_attention_backward` needs.

    Raises
    ------
    TypeError
        If an argument is not of the kind needed.
    ValueError
        If a parameter is missing, shapes do not fit together, or a sequence has no key.

    Notes
    -----
    The small network is run for every pair of a query and a key: memory for T N S A
    numbers, where dot products need T N S.

    References
    ----------
    D. Bahdanau, K. Cho and Y. Bengio, "Neural machine translation by jointly learning
    to align and translate", ICLR (2015), appendix A.1.2.

    Examples
    --------
    >>> params = {"W_qa": np.eye(1), "W_ka": np.eye(1), "v_a": np.array([9.0])}
    >>> keys = np.array([[[-2.0]], [[5.0]]])
    >>> _, weights, _ = additive_attention_forward(np.zeros((1, 1, 1)), keys, params)
    >>> weights.round(6)
    array([[[0., 1.]]])
    """
    where = "additive_attention_forward"
    check_params(where, params, ADDITIVE_AXES)
    _check_attention(where, queries, keys, mask, params)
    W_qa, W_ka, v_a = params["W_qa"], params["W_ka"], params["v_a"]
    from_keys = (keys @ W_ka).swapaxes(0, 1)  # (N, S, A)
    units = np.tanh((queries @ W_qa)[:, :, None] + from_keys)  # (T, N, S, A)
    weights = _masked_softmax(units @ v_a, mask)  # (T, N, S)
    cache = AdditiveAttentionCache(queries, keys, weights, units, params)
    return _average(weights, keys), weights, cache


def additive_attention_backward(
    dcontexts: np.ndarray, cache: AdditiveAttentionCache
) -> tuple[np.ndarray, np.ndarray, Params]:
    """
    Take the gradient back from contexts to queries, keys, and parameters.

    Parameters
    ----------
    dcontexts : ndarray, shape (T, N, H)
        Gradient with respect to the contexts.
    cache : AdditiveAttentionCache
        The cache that `additive_attention_forward` returned.

    Returns
    -------
    dqueries : ndarray, shape (T, N, H)
        Gradient with respect to the queries.
    dkeys : ndarray, shape (S, N, H)
        Gradient with respect to the keys, both as what is looked at and as what is
        averaged.
    grads : dict of str to ndarray
        Gradients with respect to ``W_qa``, ``W_ka``, ``v_a``.

    Raises
    ------
    TypeError
        If `cache` is not an `AdditiveAttentionCache`, or `dcontexts` not an array of
        floats.
    ValueError
        If shapes do not fit together.

    Examples
    --------
    >>> params = {"W_qa": np.eye(1), "W_ka": np.eye(1), "v_a": np.array([2.0])}
    >>> keys = np.array([[[-1.0]], [[1.0]]])
    >>> _, _, cache = additive_attention_forward(np.zeros((1, 1, 1)), keys, params)
    >>> dqueries, dkeys, grads = additive_attention_backward(np.ones((1, 1, 1)), cache)
    >>> dqueries.shape, dkeys.shape, grads["v_a"].shape
    ((1, 1, 1), (2, 1, 1), (1,))
    """
    where = "additive_attention_backward"
    _check_upstream(where, dcontexts, cache, AdditiveAttentionCache)
    queries, keys, weights, units, params = cache
    dscores, dkeys = _average_backward(dcontexts, weights, keys)
    da = dscores[..., None] * params["v_a"] * (1 - units**2)  # (T, N, S, A)
    dfrom_queries = da.sum(axis=2)  # (T, N, A)
    dfrom_keys = da.sum(axis=0).swapaxes(0, 1)  # (S, N, A)
    grads = {
        "W_qa": rows(queries).T @ rows(dfrom_queries),
        "W_ka": rows(keys).T @ rows(dfrom_keys),
        "v_a": dscores.reshape(-1) @ rows(units),
    }
    dqueries = dfrom_queries @ params["W_qa"].T  # (T, N, H)
    return dqueries, dkeys + dfrom_keys @ params["W_ka"].T, grads


@dataclass(frozen=True)
class Attention:
    """
    Combine the states of a decoder with what they find in those of an encoder.

    Attributes
    ----------
    kind : {"dot", "additive"}
        How scores are computed.
    hidden_size : int
        H, the number of hidden units of both, and of attention units.

    Raises
    ------
    TypeError
        If `hidden_size` is not an integer.
    ValueError
        If the kind is unknown, or `hidden_size` less than 1.

    References
    ----------
    M.-T. Luong, H. Pham and C. D. Manning, "Effective approaches to attention-based
    neural machine translation", EMNLP (2015), equation 5.

    Examples
    --------
    >>> attention = Attention("additive", hidden_size=3)
    >>> params = attention.init(np.random.default_rng(0))
    >>> hs, keys = np.ones((4, 2, 3)), np.ones((5, 2, 3))
    >>> outputs, weights, cache = attention.forward(hs, keys, params)
    >>> outputs.shape, weights.shape
    ((4, 2, 3), (4, 2, 5))
    """

    kind: str
    hidden_size: int

    def __post_init__(self) -> None:
        check_choice("Attention", KINDS, kind=self.kind)
        check_counts("Attention", hidden_size=self.hidden_size)

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
            ``W_c`` (2H, H), and for additive scores ``W_qa`` (H, H), ``W_ka`` (H, H),
            ``v_a`` (H,).

        Raises
        ------
        TypeError
            If `rng` is not a generator.
        """
        check_rng("init", rng)
        H = self.hidden_size
        params = {"W_c": glorot_uniform(rng, (2 * H, H))}
        if self.kind == "additive":
            params["W_qa"] = glorot_uniform(rng, (H, H))
            params["W_ka"] = glorot_uniform(rng, (H, H))
            params["v_a"] = glorot_uniform(rng, (H, 1))[:, 0]
        return params

    def forward(
        self,
        queries: np.ndarray,
        keys: np.ndarray,
        params: Params,
        mask: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray, AttentionCache]:
        """
        Look at the keys, and combine what is found with the states.

        Parameters
        ----------
        queries : ndarray, shape (T, N, H)
            States of the decoder.
        keys : ndarray, shape (S, N, H)
            States of the encoder.
        params : dict of str to ndarray
            The parameters, as `init` returns them.
        mask : ndarray of bool, shape (S, N), optional
            False where the encoder had no step.

        Returns
        -------
        outputs : ndarray, shape (T, N, H)
            What takes the place of `queries`.
        weights : ndarray, shape (T, N, S)
            How much each step of the decoder took of each step of the encoder.
        cache : AttentionCache
            What `backward` needs.

        Raises
        ------
        TypeError
            If an argument is not of the kind needed.
        ValueError
            If a parameter is missing, shapes do not fit together, or a sequence has no
            key.
        """
        check_params("forward", params, {"W_c": "CH"})
        model = np.broadcast_to(0.0, (2 * self.hidden_size, self.hidden_size))
        check_shapes("forward", model=(model, "CH"), W_c=(params["W_c"], "CH"))
        found: tuple[np.ndarray, np.ndarray, Any]
        if self.kind == "dot":
            found = dot_attention_forward(queries, keys, mask)
        else:
            found = additive_attention_forward(queries, keys, params, mask)
        contexts, weights, attended = found
        joined = np.concatenate([queries, contexts], axis=2)  # (T, N, 2H)
        check_shapes("forward", W_c=(params["W_c"], "CH"), joined=(joined, "TNC"))
        outputs = np.tanh(joined @ params["W_c"])  # (T, N, H)
        return outputs, weights, AttentionCache(joined, outputs, attended, params)

    def backward(
        self, doutputs: np.ndarray, cache: AttentionCache
    ) -> tuple[np.ndarray, np.ndarray, Params]:
        """
        Take the gradient back to the states of both, and to the parameters.

        Parameters
        ----------
        doutputs : ndarray, shape (T, N, H)
            Gradient with respect to the outputs.
        cache : AttentionCache
            The cache that `forward` returned.

        Returns
        -------
        dqueries : ndarray, shape (T, N, H)
            Gradient with respect to the states of the decoder.
        dkeys : ndarray, shape (S, N, H)
            Gradient with respect to the states of the encoder.
        grads : dict of str to ndarray
            Gradients with respect to the parameters.

        Raises
        ------
        TypeError
            If `cache` is not an `AttentionCache`, or `doutputs` not an array of floats.
        ValueError
            If shapes do not fit together.
        """
        check_cache("backward", cache, AttentionCache)
        joined, outputs, attended, params = cache
        check_floats("backward", doutputs=doutputs)
        shapes = {"outputs": (outputs, "TNH"), "doutputs": (doutputs, "TNH")}
        check_shapes("backward", **shapes)
        da = doutputs * (1 - outputs**2)  # (T, N, H)
        grads = {"W_c": rows(joined).T @ rows(da)}
        dhs, dcontexts = np.split(da @ params["W_c"].T, 2, axis=2)
        if self.kind == "dot":
            dqueries, dkeys = dot_attention_backward(dcontexts, attended)
            return dhs + dqueries, dkeys, grads
        dqueries, dkeys, more = additive_attention_backward(dcontexts, attended)
        return dhs + dqueries, dkeys, {**grads, **more}


def _masked_softmax(scores: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    if mask is not None:
        scores = np.where(mask.T, scores, -np.inf)
    powers = np.exp(scores - scores.real.max(axis=-1, keepdims=True))  # (T, N, S)
    return powers / powers.sum(axis=-1, keepdims=True)


# Matrix products for each of the N pairs: einsum says the same, without BLAS.


def _products(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Multiply (T, N, H) and (S, N, H) to (T, N, S)."""
    return (queries.swapaxes(0, 1) @ keys.transpose(1, 2, 0)).swapaxes(0, 1)


def _average(weights: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Multiply (T, N, S) and (S, N, H) to (T, N, H)."""
    return (weights.swapaxes(0, 1) @ keys.swapaxes(0, 1)).swapaxes(0, 1)


def _collect(weights: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Multiply (T, N, S) and (T, N, H) to (S, N, H)."""
    return (weights.transpose(1, 2, 0) @ queries.swapaxes(0, 1)).swapaxes(0, 1)


def _average_backward(
    dcontexts: np.ndarray, weights: np.ndarray, keys: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    dweights = _products(dcontexts, keys)  # (T, N, S)
    # A weight that grows takes from all others.
    mean = (weights * dweights).sum(axis=-1, keepdims=True)  # (T, N, 1)
    return weights * (dweights - mean), _collect(weights, dcontexts)


def _check_attention(
    where: str, queries: Any, keys: Any, mask: Any, params: Params | None = None
) -> None:
    check_floats(where, queries=queries, keys=keys)
    shapes = {}
    if params is not None:
        shapes = {name: (params[name], axes) for name, axes in ADDITIVE_AXES.items()}
    shapes |= {"queries": (queries, "TNH"), "keys": (keys, "SNH")}
    if mask is not None:
        check_booleans(where, mask=mask)
        shapes["mask"] = (mask, "SN")
    check_shapes(where, **shapes)
    if mask is not None and not mask.any(axis=0).all():
        raise ValueError(
            f"{where}: mask is False everywhere in column "
            f"{int(mask.any(axis=0).argmin())} (shape {mask.shape}), but a query needs "
            f"at least one key. Leave this sequence out, or pass a mask that is True "
            f"where it has a step."
        )


def _check_upstream(where: str, dcontexts: Any, cache: Any, kind: type) -> None:
    check_cache(where, cache, kind)
    check_floats(where, dcontexts=dcontexts)
    shapes = {"queries": (cache.queries, "TNH"), "dcontexts": (dcontexts, "TNH")}
    check_shapes(where, **shapes)
