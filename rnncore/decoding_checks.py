"""What the searches of `rnncore.decoding` check before they start, and as they go.

Logits are looked at closely after the first step only; at every step, whether each row
has a token that can be chosen.
"""

from typing import Any

import numpy as np

from rnncore.kinds import (
    NonFiniteError,
    check_callable,
    check_counts,
    check_integers,
    check_positive,
    check_real,
)
from rnncore.shapes import check_shapes


def check_settings(where: str, temperature: Any, top_k: Any, top_p: Any) -> None:
    """
    Require settings of a choice that are in their range.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    temperature, top_k, top_p : optional
        What `rnncore.decoding.filter_logits` takes.

    Raises
    ------
    TypeError
        If a setting is not a number of the kind needed.
    ValueError
        If it is out of its range.
    """
    check_positive(where, temperature=temperature)
    if top_k is not None:
        check_counts(where, top_k=top_k)
    if top_p is not None:
        check_positive(where, top_p=top_p)
        if top_p > 1:
            raise ValueError(
                f"{where}: top_p is {top_p}, but a probability is needed. Pass top_p=1 "
                f"or less."
            )


def check_logits(where: str, logits: Any) -> None:
    """
    Require an array of real logits, one row for each choice.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    logits : ndarray, shape (..., V)
        The logits to look at.

    Raises
    ------
    TypeError
        If they are not an array of real floats.
    ValueError
        If there are none.
    """
    check_real(where, logits=logits)
    check_shapes(where, logits=(logits, "...V"))


def check_best(where: str, best: np.ndarray) -> None:
    """
    Require that every row has a token to choose.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    best : ndarray
        The largest logit of each row.

    Raises
    ------
    NonFiniteError
        If one of them is NaN, inf, or -inf.
    """
    if not np.isfinite(best).all():
        first = best[~np.isfinite(best)][0]
        raise NonFiniteError(
            f"{where}: the largest of a row of logits is {first}, but it must be "
            f"finite. Find where NaN or inf arises, and leave at least one token that "
            f"is not forbidden by -inf, before passing logits."
        )


def check_search(
    where: str, step: Any, state: Any, start_tokens: Any, length: Any, end_token: Any
) -> None:
    """
    Require the arguments that all searches have in common.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    step : callable
        The model.
    state : tuple of ndarray, each of shape (N, ...)
        The state before the start tokens are read.
    start_tokens : ndarray of int, shape (N,)
        The token to start each sequence with.
    length : int
        How many tokens to write at most.
    end_token : int or None
        The token that ends a sequence.

    Raises
    ------
    TypeError
        If an argument is not of the kind needed.
    ValueError
        If shapes do not fit together, or a number is out of its range.
    """
    check_callable(where, step=step)
    check_integers(where, start_tokens=start_tokens)
    check_shapes(where, start_tokens=(start_tokens, "N"))
    check_counts(where, length=length)
    if end_token is not None:
        check_counts(where, least=0, end_token=end_token)
    _check_state(where, state, len(start_tokens))


def _check_state(where: str, state: Any, N: int) -> None:
    if not isinstance(state, tuple):
        raise TypeError(
            f"{where}: state is a {type(state).__name__}, but a tuple of arrays is "
            f"needed. Pass state=(h,), or () for a model without one."
        )
    for i, part in enumerate(state):
        if np.shape(part)[:1] != (N,):
            raise ValueError(
                f"{where}: state[{i}] has shape {np.shape(part)}, but start_tokens has "
                f"N = {N} sequences. Pass state[{i}] with its first axis of size {N}."
            )


def check_returned(
    where: str, logits: Any, tokens: np.ndarray, end_token: int | None
) -> None:
    """
    Require that a model returned one row of logits for each token.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    logits : ndarray, shape (N, V)
        What the model returned.
    tokens : ndarray of int, shape (N,)
        The tokens that it was given.
    end_token : int or None
        The token that ends a sequence.

    Raises
    ------
    TypeError
        If the logits are not an array of real floats.
    ValueError
        If their shape does not fit, or the end token is not among them.
    """
    check_logits(where, logits)
    check_shapes(where, tokens=(tokens, "N"), logits=(logits, "NV"))
    if end_token is not None and end_token >= logits.shape[1]:
        raise ValueError(
            f"{where}: end_token is {end_token}, but step gives logits of V = "
            f"{logits.shape[1]} tokens. Pass end_token={logits.shape[1] - 1} or less."
        )
