"""Measures of how good a language model is.

All measures begin with the total negative log-likelihood of a text, in nats: the sum
over its tokens, not a mean of means, since batches of unequal size must not count
equally. Perplexities of different tokenizers cannot be compared; bits per character
can.
"""

from typing import Any

import numpy as np

from rnncore.kinds import NonFiniteError, check_counts, check_numbers, check_tokens
from rnncore.shapes import check_shapes


def perplexity(total_nll: float, n_tokens: int) -> float:
    """
    Compute one divided by the geometric mean of the tokens' probabilities.

    Parameters
    ----------
    total_nll : float
        Negative log-likelihood of all tokens together, in nats.
    n_tokens : int
        How many tokens there are.

    Returns
    -------
    float
        The exponential of total_nll / n_tokens: V for a uniform guess among V tokens,
        1 for certainty, infinity where it exceeds the largest float.

    Raises
    ------
    TypeError
        If an argument is not a number of the kind needed.
    ValueError
        If `total_nll` is negative or not finite, or `n_tokens` less than 1.

    Examples
    --------
    >>> round(perplexity(10 * np.log(65), n_tokens=10), 6)
    65.0
    """
    _check_likelihood("perplexity", total_nll, n_tokens=n_tokens)
    with np.errstate(over="ignore"):
        return float(np.exp(float(total_nll) / n_tokens))


def bits_per_character(total_nll: float, n_characters: int) -> float:
    """
    Convert a negative log-likelihood to bits for each character.

    Parameters
    ----------
    total_nll : float
        Negative log-likelihood of the whole text, in nats.
    n_characters : int
        How many characters the text has, however many tokens they make.

    Returns
    -------
    float
        The mean length of an ideal code, in bits per character.

    Raises
    ------
    TypeError
        If an argument is not a number of the kind needed.
    ValueError
        If `total_nll` is negative or not finite, or `n_characters` less than 1.

    Examples
    --------
    >>> bits_per_character(8 * np.log(2), n_characters=4)
    2.0
    """
    _check_likelihood("bits_per_character", total_nll, n_characters=n_characters)
    return float(total_nll / n_characters / np.log(2))


def unigram_entropy(tokens: np.ndarray, vocab_size: int) -> float:
    """
    Compute the entropy of the tokens' frequencies.

    Parameters
    ----------
    tokens : ndarray of int, shape (n_tokens,)
        The text.
    vocab_size : int
        V, the number of entries of the vocabulary.

    Returns
    -------
    float
        Nats per token. No model that looks at each token alone, without its context,
        has a smaller loss on this text, so a recurrent one should.

    Raises
    ------
    TypeError
        If `tokens` is not an array of integers.
    ValueError
        If there is no token, or one is outside the vocabulary.

    Examples
    --------
    >>> round(unigram_entropy(np.array([0, 1, 0, 1]), vocab_size=3), 4)
    0.6931
    """
    check_counts("unigram_entropy", vocab_size=vocab_size)
    check_tokens("unigram_entropy", vocab_size, tokens=tokens)
    check_shapes("unigram_entropy", tokens=(tokens, "T"))
    counts = np.bincount(tokens)
    frequencies = counts[counts > 0] / len(tokens)
    return float(-(frequencies @ np.log(frequencies)) + 0.0)  # 0, where it was -0


def _check_likelihood(where: str, total_nll: Any, **counts: Any) -> None:
    check_counts(where, **counts)
    wanted = "but a sum of -log(probability), finite and at least 0, is needed. "
    check_numbers(where, total_nll=total_nll)
    if not abs(total_nll) <= np.finfo(float).max:
        raise NonFiniteError(
            f"{where}: total_nll is {total_nll}, {wanted}Look for a token to which "
            f"the model gave probability 0, or for NaN in its parameters."
        )
    if total_nll < 0:
        raise ValueError(
            f"{where}: total_nll is {total_nll}, {wanted}Change the sign if it is a "
            f"log-likelihood."
        )
