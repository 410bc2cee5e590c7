"""From logits to tokens: greedy, sampling, and beam search, for any model.

A model is one function, which reads a token of each sequence and predicts the next:

    step(tokens, state) -> (logits, state)

======  ============  ===========================================================
tokens  (N,)          the token that each sequence has just written
state   tuple         arrays whose first axis is that of the sequences, (N, ...)
logits  (N, V)        one number for each token that may follow; -inf forbids it
======  ============  ===========================================================

Each token is read once: what a search returns, the model has been advanced by exactly
as many steps. Whoever has a prompt lets the model read all of it but the last token,
and starts from there. After its end token, where there is one, a sequence writes
nothing but end tokens, and the search stops when all have ended.

Ties go to the lower token. There are no penalties for repetition.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rnncore.decoding_checks import (
    check_best,
    check_logits,
    check_returned,
    check_search,
    check_settings,
)
from rnncore.kinds import check_counts, check_numbers, check_rng

State = tuple[np.ndarray, ...]
Step = Callable[[np.ndarray, State], tuple[np.ndarray, State]]


class Beams(NamedTuple):
    """The candidates of a beam search, the best of each sequence first."""

    tokens: np.ndarray  # (T, N, K)
    totals: np.ndarray  # (N, K), log-probabilities in nats
    lengths: np.ndarray  # (N, K), tokens up to the end
    ended: np.ndarray  # (N, K)


def filter_logits(
    logits: np.ndarray,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> np.ndarray:
    """
    Turn logits into probabilities, with the unlikely tokens left out.

    Parameters
    ----------
    logits : ndarray, shape (..., V)
        One logit for each token; -inf forbids a token.
    temperature : float, optional
        Divides the logits: below 1 the likely becomes more likely, above 1 less.
    top_k : int, optional
        Only the k most likely tokens are kept; by default, and from V on, all of them.
    top_p : float, optional
        Of these, only the most likely ones are kept, as few as have together a
        probability of at least p (the nucleus); at least one.

    Returns
    -------
    ndarray, shape (..., V)
        The probabilities, 0 for tokens left out. Of equally likely tokens, the lower
        ones are kept first.

    Raises
    ------
    TypeError
        If `logits` is not an array of real floats, or a setting not a number.
    ValueError
        If a setting is out of its range.
    NonFiniteError
        If a logit is NaN or inf, or all tokens are forbidden.

    References
    ----------
    A. Fan, M. Lewis and Y. Dauphin, "Hierarchical neural story generation", ACL (2018),
    for top_k.
    A. Holtzman, J. Buys, L. Du, M. Forbes and Y. Choi, "The curious case of neural text
    degeneration", ICLR (2020), for top_p.

    Examples
    --------
    >>> logits = np.log(np.array([0.5, 0.2, 0.2, 0.1]))
    >>> filter_logits(logits, top_k=2).round(3)
    array([0.714, 0.286, 0.   , 0.   ])
    >>> filter_logits(logits, top_p=0.75).round(3)
    array([0.556, 0.222, 0.222, 0.   ])
    """
    check_settings("filter_logits", temperature, top_k, top_p)
    check_logits("filter_logits", logits)
    weights = _weights("filter_logits", logits, temperature, top_k, top_p)
    return weights / weights.sum(axis=-1, keepdims=True)


def greedy(
    step: Step,
    state: State,
    start_tokens: np.ndarray,
    length: int,
    end_token: int | None = None,
) -> tuple[np.ndarray, State]:
    """
    Write the most likely token, again and again.

    Parameters
    ----------
    step : callable
        The model, ``step(tokens, state) -> (logits, state)``.
    state : tuple of ndarray, each of shape (N, ...)
        The state before the start tokens are read.
    start_tokens : ndarray of int, shape (N,)
        The token to start each sequence with; it is not written again.
    length : int
        How many tokens to write at most.
    end_token : int, optional
        The token that ends a sequence.

    Returns
    -------
    tokens : ndarray of int, shape (T, N)
        The new tokens; T is `length`, or less where all sequences ended before.
    state : tuple of ndarray
        The state before the last token is read: start with ``tokens[-1]`` to go on.

    Raises
    ------
    TypeError
        If an argument is not of the kind needed.
    ValueError
        If shapes do not fit together, or a number is out of its range.
    NonFiniteError
        If a logit is NaN or inf, or all tokens are forbidden.

    Examples
    --------
    >>> def step(tokens, state):  # after each token its successor, from 4 on 0
    ...     return np.eye(5)[(tokens + 1) % 5], state
    >>> tokens, state = greedy(step, (), np.array([2]), length=4)
    >>> tokens[:, 0]
    array([3, 4, 0, 1])
    """
    check_search("greedy", step, state, start_tokens, length, end_token)

    def choose(logits: np.ndarray) -> np.ndarray:
        check_best("greedy", logits.max(axis=-1))
        return logits.argmax(axis=-1)

    return _written("greedy", step, state, start_tokens, length, end_token, choose)


def sample(
    step: Step,
    state: State,
    start_tokens: np.ndarray,
    length: int,
    rng: np.random.Generator,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    end_token: int | None = None,
) -> tuple[np.ndarray, State]:
    """
    Draw each token from the probabilities that the model gives.

    Parameters
    ----------
    step : callable
        The model, ``step(tokens, state) -> (logits, state)``.
    state : tuple of ndarray, each of shape (N, ...)
        The state before the start tokens are read.
    start_tokens : ndarray of int, shape (N,)
        The token to start each sequence with; it is not written again.
    length : int
        How many tokens to write at most.
    rng : numpy.random.Generator
        Where the draws come from, N for each step; the same one gives the same tokens.
    temperature, top_k, top_p : optional
        How to change the probabilities, as in `filter_logits`.
    end_token : int, optional
        The token that ends a sequence.

    Returns
    -------
    tokens : ndarray of int, shape (T, N)
        The new tokens; T is `length`, or less where all sequences ended before.
    state : tuple of ndarray
        The state before the last token is read: start with ``tokens[-1]`` to go on.

    Raises
    ------
    TypeError
        If an argument is not of the kind needed.
    ValueError
        If shapes do not fit together, or a number is out of its range.
    NonFiniteError
        If a logit is NaN or inf, or all tokens are forbidden.

    Examples
    --------
    >>> def step(tokens, state):  # a coin that does not remember
    ...     return np.zeros((len(tokens), 2)), state
    >>> tokens, _ = sample(step, (), np.array([0]), 8, np.random.default_rng(0))
    >>> tokens[:, 0]
    array([1, 0, 0, 0, 1, 1, 1, 1])
    """
    check_search("sample", step, state, start_tokens, length, end_token)
    check_rng("sample", rng)
    check_settings("sample", temperature, top_k, top_p)

    plain = temperature == 1 and top_k is None and top_p is None

    def choose(logits: np.ndarray) -> np.ndarray:
        if plain and len(logits) == 1:
            sums = np.exp(logits).cumsum(dtype=float)  # (V,)
            if 0 < sums[-1] < np.inf:  # else exp went out of range: a closer look
                return sums.searchsorted(rng.random(1) * sums[-1], side="right")
        return _draw(rng, _weights("sample", logits, temperature, top_k, top_p))

    with np.errstate(over="ignore"):
        return _written("sample", step, state, start_tokens, length, end_token, choose)


def beam_search(
    step: Step,
    state: State,
    start_tokens: np.ndarray,
    length: int,
    beam_width: int,
    end_token: int | None = None,
    length_penalty: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """
    Look for the most likely sequence, with several candidates at a time.

    Parameters
    ----------
    step : callable
        The model, ``step(tokens, state) -> (logits, state)``; it is given N K tokens at
        a time, the K candidates of the first sequence before those of the second.
    state : tuple of ndarray, each of shape (N, ...)
        The state before the start tokens are read.
    start_tokens : ndarray of int, shape (N,)
        The token to start each sequence with; it is not written again.
    length : int
        How many tokens to write at most.
    beam_width : int
        K, the number of candidates that are kept. With 1 the search is greedy.
    end_token : int, optional
        The token that ends a sequence.
    length_penalty : float, optional
        Exponent of the length by which the log-probability is divided: 0 for the
        log-probability itself, which prefers short sequences; 1 for its mean per token.

    Returns
    -------
    tokens : ndarray of int, shape (T, N, K)
        The new tokens of each candidate, the best first; T is `length`, or less where
        all candidates ended before.
    scores : ndarray, shape (N, K)
        The log-probability of each candidate in nats, divided by its length (the end
        token included) to the power of `length_penalty`; -inf for candidates beyond
        the number of possible sequences.

    Raises
    ------
    TypeError
        If an argument is not of the kind needed.
    ValueError
        If shapes do not fit together, or a number is out of its range.
    NonFiniteError
        If a logit is NaN or inf, or all tokens are forbidden.

    Notes
    -----
    After each step the K best of all K V continuations stay, by the score that is
    returned, ended candidates among them. Sums of log-probabilities are float64.

    Examples
    --------
    >>> P = np.array([[0.1, 0.5, 0.4], [0.4, 0.3, 0.3], [0.1, 0.0001, 0.8999]])
    >>> def step(tokens, state):
    ...     return np.log(P[tokens]), state
    >>> tokens, scores = beam_search(step, (), np.array([0]), 2, beam_width=2)
    >>> tokens[:, 0, 0], np.exp(scores[0, 0]).round(3).item()
    (array([2, 2]), 0.36)
    """
    where = "beam_search"
    check_search(where, step, state, start_tokens, length, end_token)
    _check_beams(beam_width, length_penalty)
    beams = _started(len(start_tokens), beam_width)
    unread = np.repeat(start_tokens, beam_width)  # (N*K,)
    state = tuple(np.repeat(part, beam_width, axis=0) for part in state)
    while len(beams.tokens) < length and _unfinished(beams):
        logits, state = step(unread, state)
        check_returned(where, logits, unread, end_token)
        log_p = _log_probabilities(where, logits)  # (N*K, V)
        beams, parents = _continued(beams, log_p, end_token, length_penalty)
        unread = beams.tokens[-1].ravel()
        state = tuple(part[parents] for part in state)
    scores = _scores(beams.totals, beams.lengths, length_penalty)
    return beams.tokens, scores.astype(logits.dtype)


def _written(
    where: str,
    step: Step,
    state: State,
    tokens: np.ndarray,
    length: int,
    end_token: int | None,
    choose: Callable[[np.ndarray], np.ndarray],
) -> tuple[np.ndarray, State]:
    written, ended = [], np.zeros(len(tokens), dtype=bool)
    for t in range(length):
        logits, state = step(tokens, state)
        if t == 0:  # a look at each step would take as long as the choice
            check_returned(where, logits, tokens, end_token)
        tokens = choose(logits)  # (N,)
        written.append(tokens)
        if end_token is not None:
            tokens[ended] = end_token
            ended = tokens == end_token
            if ended.all():
                break
    return np.stack(written), state  # (T, N)


def _weights(
    where: str,
    logits: np.ndarray,
    temperature: float,
    top_k: int | None,
    top_p: float | None,
) -> np.ndarray:
    best = logits.max(axis=-1, keepdims=True)
    check_best(where, best)
    if top_k is not None:
        logits = np.where(_among_the_first(logits, top_k), logits, -np.inf)
    # The best is at 0, where it stays when all others overflow to -inf.
    with np.errstate(over="ignore"):
        below = logits - best
        if temperature != 1:
            below /= max(float(temperature), np.finfo(below.dtype).tiny)
    weights = np.exp(below, out=below)
    if top_p is not None and top_p < 1:  # with 1, rounding would drop the last ones
        weights *= _in_the_nucleus(weights, top_p)
    return weights


def _among_the_first(logits: np.ndarray, k: int) -> np.ndarray:
    if k >= logits.shape[-1]:
        return np.ones_like(logits, dtype=bool)
    least = np.partition(logits, -k, axis=-1)[..., -k, None]
    above, level = logits > least, logits == least
    room = k - above.sum(axis=-1, keepdims=True)
    return above | (level & (level.cumsum(axis=-1) <= room))


def _in_the_nucleus(weights: np.ndarray, p: float) -> np.ndarray:
    order = np.argsort(-weights, axis=-1, kind="stable")
    ordered = np.take_along_axis(weights, order, axis=-1)
    sums = ordered.cumsum(axis=-1, dtype=float)
    kept = np.empty_like(order, dtype=bool)
    enough = float(p) * sums[..., -1:]
    np.put_along_axis(kept, order, sums - ordered < enough, axis=-1)
    return kept


def _draw(rng: np.random.Generator, weights: np.ndarray) -> np.ndarray:
    # Token v where the draw falls between the sum of the weights before v and that up
    # to v; Generator.choice does the same, after checks that take longer than this.
    sums = weights.cumsum(axis=-1, dtype=float)  # (N, V)
    places = rng.random(len(sums)) * sums[:, -1]  # (N,)
    return (sums > places[:, None]).argmax(axis=-1)


def _log_probabilities(where: str, logits: np.ndarray) -> np.ndarray:
    best = logits.max(axis=-1, keepdims=True)
    check_best(where, best)
    below = logits.astype(float) - best
    return below - np.log(np.exp(below).sum(axis=-1, keepdims=True))


def _started(N: int, K: int) -> Beams:
    # All candidates of a sequence are the same at first, so that only one may count.
    totals = np.full((N, K), -np.inf)
    totals[:, 0] = 0
    nothing = np.zeros((N, K), dtype=int)
    return Beams(nothing[:0].reshape(0, N, K), totals, nothing, nothing != 0)


def _unfinished(beams: Beams) -> bool:
    return bool((~beams.ended & (beams.totals > -np.inf)).any())


def _continued(
    beams: Beams, log_p: np.ndarray, end_token: int | None, length_penalty: float
) -> tuple[Beams, np.ndarray]:
    N, K = beams.totals.shape
    log_p = log_p.reshape(N, K, -1)
    if end_token is not None:  # what has ended goes on with end tokens, at no cost
        log_p[beams.ended] = -np.inf
        log_p[beams.ended, end_token] = 0
    lengths = beams.lengths + ~beams.ended
    totals = beams.totals[..., None] + log_p  # (N, K, V)
    scores = _scores(totals, lengths[..., None], length_penalty)
    best = np.stack([_best(row.ravel(), K) for row in scores])  # (N, K)
    parents, chosen = np.divmod(best, log_p.shape[-1])
    n = np.arange(N)[:, None]
    tokens = np.concatenate([beams.tokens[:, n, parents], chosen[None]])
    kept = Beams(
        tokens,
        totals[n, parents, chosen],
        lengths[n, parents],
        beams.ended[n, parents] if end_token is None else chosen == end_token,
    )
    return kept, (n * K + parents).ravel()


def _scores(
    totals: np.ndarray, lengths: np.ndarray, length_penalty: float
) -> np.ndarray:
    return totals / lengths ** float(length_penalty)


def _best(scores: np.ndarray, K: int) -> np.ndarray:
    least = np.partition(scores, -K)[-K]
    candidates = np.flatnonzero(scores >= least)
    order = np.argsort(-scores[candidates], kind="stable")
    return candidates[order[:K]]


def _check_beams(beam_width: Any, length_penalty: Any) -> None:
    check_counts("beam_search", beam_width=beam_width)
    check_numbers("beam_search", length_penalty=length_penalty)
    if not 0 <= length_penalty < np.inf:
        raise ValueError(
            f"beam_search: length_penalty is {length_penalty}, but a finite number of "
            f"at least 0 is needed. Pass length_penalty=0 for none."
        )
