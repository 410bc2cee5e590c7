"""From one long sequence of tokens to minibatches.

The tokens are cut into N rows of equal length, and the rows into windows of T steps:
window after window, each row goes on where it stopped, so that the state at the end
of one batch is the right state to start the next one with.

    tokens    a b c d e f g h i j k        N = 2, T = 3
    row 0     a b c | d e                  first batch: a b c over f g h,
    row 1     f g h | i j                  then the rest: d e over i j

There are no random windows, no padding, and no masks here.
"""

from typing import NamedTuple

import numpy as np

from rnncore.kinds import check_counts, check_integers
from rnncore.shapes import check_shapes


class Batch(NamedTuple):
    """Inputs and, for each of them, the token that follows."""

    inputs: np.ndarray  # (T, N)
    targets: np.ndarray  # (T, N)


def sequential_batches(
    tokens: np.ndarray, N: int, T: int, offset: int = 0
) -> list[Batch]:
    """
    Cut tokens into batches whose rows continue from batch to batch.

    Parameters
    ----------
    tokens : ndarray of int, shape (n_tokens,)
        The whole sequence.
    N : int
        Number of rows read at the same time.
    T : int
        Number of steps of a batch.
    offset : int, optional
        How many tokens to leave out at the start; another offset in each epoch lets
        the windows begin elsewhere.

    Returns
    -------
    list of Batch
        Inputs and targets of shape (T, N), views of `tokens`; the last batch is
        shorter where T does not divide the length of a row. Every token is an input
        at most once; the last token, and up to N - 1 before it, are none.

    Raises
    ------
    TypeError
        If `tokens` is not an array of integers, or a number not an integer.
    ValueError
        If there are too few tokens for N rows, or a number is too small.

    Examples
    --------
    >>> first, rest = sequential_batches(np.arange(11), N=2, T=3)
    >>> first.inputs
    array([[0, 5],
           [1, 6],
           [2, 7]])
    >>> rest.targets.tolist()
    [[4, 9], [5, 10]]
    """
    row_length = _row_length(tokens, N, T, offset)
    end = offset + N * row_length
    inputs = tokens[offset:end].reshape(N, row_length).T  # (row_length, N)
    targets = tokens[offset + 1 : end + 1].reshape(N, row_length).T
    starts = range(0, row_length, T)
    return [Batch(inputs[t : t + T], targets[t : t + T]) for t in starts]


def _row_length(tokens: np.ndarray, N: int, T: int, offset: int) -> int:
    where = "sequential_batches"
    check_counts(where, N=N, T=T)
    check_counts(where, least=0, offset=offset)
    check_integers(where, tokens=tokens)
    check_shapes(where, tokens=(tokens, "T"))
    row_length = (len(tokens) - offset - 1) // N
    if row_length < 1:
        raise ValueError(
            f"{where}: tokens holds {len(tokens)} tokens, but offset {offset}, N = {N} "
            f"rows of one input, and a last target need {offset + N + 1}. "
            f"Pass more tokens, or a smaller N."
        )
    return row_length
