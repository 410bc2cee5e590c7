"""From tokens and sequences to minibatches.

One long text is cut into N rows of equal length, and the rows into windows of T steps.
Read in sequence, each row goes on where it stopped, so that the state at the end of one
batch is the right state to start the next one with:

    tokens    a b c d e f g h i j k        N = 2, T = 3
    row 0     a b c | d e                  first batch: a b c over f g h,
    row 1     f g h | i j                  then the rest: d e over i j

Read at random, windows come in any order, and every batch starts with a state of zeros.

Separate documents are padded at the end to the length of the longest, and a mask says
which steps are real:

    abc, de   a d     True  True           T = 3 steps down, N = 2 sequences across
              b e     True  True
              c .     True  False

========  ==============  ==========================================================
inputs    (T, N)          tokens; sequences of vectors are (T, N, D)
targets   (T, N)          the token that follows each input
mask      (T, N)          True where a step counts; None where all do
lengths   (N,)            number of real steps of each sequence
========  ==============  ==========================================================

No document is cut here, none is packed behind another, and batches are made when asked
for, all of one pass at once.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from rnncore.kinds import (
    check_counts,
    check_floats,
    check_integers,
    check_mask,
    check_rng,
)
from rnncore.shapes import check_shapes


class Batch(NamedTuple):
    """What a model reads and what it should predict, and which steps count."""

    inputs: np.ndarray  # (T, N), or (T, N, D)
    targets: np.ndarray  # (T, N) for tokens
    mask: np.ndarray | None = None  # (T, N); by default every step counts


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
        How many tokens to leave out at the start. Another one in each epoch, such as
        ``int(rng.integers(T))``, lets the windows begin elsewhere.

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


def random_batches(
    tokens: np.ndarray, N: int, T: int, rng: np.random.Generator
) -> list[Batch]:
    """
    Cut tokens into windows, and put them into batches in random order.

    Parameters
    ----------
    tokens : ndarray of int, shape (n_tokens,)
        The whole sequence, at least 2 T tokens.
    N : int
        Number of windows in a batch.
    T : int
        Number of steps of a window.
    rng : numpy.random.Generator
        Draws the offset, from 0 to T - 1, and the order of the windows.

    Returns
    -------
    list of Batch
        Inputs and targets of shape (T, N); the last batch is narrower where N does not
        divide the number of windows.

    Raises
    ------
    TypeError
        If `tokens` is not an array of integers, a number not an integer, or `rng` not a
        generator.
    ValueError
        If there are too few tokens, or a number is too small.

    Notes
    -----
    Windows do not overlap, and each one comes once. With ``k = (n_tokens - offset - 1)
    // T`` windows, the tokens from offset to offset + k T - 1 are inputs exactly once,
    and those one further on targets exactly once. What is left out as input, at
    most T - 1 tokens at the start and T at the end, changes with the offset of the next
    pass. Neighboring windows land in different places, so no state can be carried.

    Examples
    --------
    >>> batches = random_batches(np.arange(11), N=2, T=3, rng=np.random.default_rng(2))
    >>> [batch.inputs.T.tolist() for batch in batches]
    [[[5, 6, 7], [2, 3, 4]]]
    """
    _check_windows(tokens, N, T, rng)
    offset = int(rng.integers(T))
    n_windows = (len(tokens) - offset - 1) // T
    starts = offset + T * rng.permutation(n_windows)
    batches = []
    for first in range(0, n_windows, N):
        places = starts[first : first + N] + np.arange(T)[:, None]  # (T, N)
        batches.append(Batch(tokens[places], tokens[places + 1]))
    return batches


def mask_from_lengths(lengths: np.ndarray, T: int | None = None) -> np.ndarray:
    """
    Mark the real steps of sequences that are padded at the end.

    Parameters
    ----------
    lengths : ndarray of int, shape (N,)
        Number of real steps of each sequence; some, but not all, may be 0.
    T : int, optional
        Number of steps with padding, by default the greatest length.

    Returns
    -------
    ndarray of bool, shape (T, N)
        True in the first ``lengths[n]`` rows of column n.

    Raises
    ------
    TypeError
        If `lengths` is not an array of integers, or `T` not an integer.
    ValueError
        If a length is negative or exceeds `T`, or all are 0.

    Examples
    --------
    >>> mask_from_lengths(np.array([3, 1])).T
    array([[ True,  True,  True],
           [ True, False, False]])
    """
    _check_lengths("mask_from_lengths", lengths, T)
    T = int(lengths.max()) if T is None else T
    return np.arange(T)[:, None] < lengths


def lengths_from_mask(mask: np.ndarray) -> np.ndarray:
    """
    Count the real steps of sequences that are padded at the end.

    Parameters
    ----------
    mask : ndarray of bool, shape (T, N)
        True where a step is real.

    Returns
    -------
    ndarray of int, shape (N,)
        Number of real steps of each sequence.

    Raises
    ------
    TypeError
        If `mask` is not an array of booleans.
    ValueError
        If no step is real, or a sequence goes on after padding.

    Examples
    --------
    >>> lengths_from_mask(np.array([[True, True], [True, False]]))
    array([2, 1])
    """
    _check_masks("lengths_from_mask", mask=mask)
    lengths = mask.sum(axis=0)  # (N,)
    gaps = (mask != mask_from_lengths(lengths, len(mask))).any(axis=0)
    if gaps.any():
        n = int(gaps.argmax())
        raise ValueError(
            f"lengths_from_mask: mask has True after False in column {n}, but a "
            f"sequence has a length only if it ends where its padding begins. Pass a "
            f"mask that is True for the first steps of each column, False after them."
        )
    return lengths


def pad(sequences: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """
    Put sequences of different lengths side by side, with zeros at the end.

    Parameters
    ----------
    sequences : list of ndarray, each of shape (T_n,) or (T_n, D)
        Tokens, or vectors of floats; all of one dtype and one D, none empty.

    Returns
    -------
    padded : ndarray, shape (T, N) or (T, N, D)
        The sequences in their order, T being the length of the longest.
    mask : ndarray of bool, shape (T, N)
        True where a step is real.

    Raises
    ------
    TypeError
        If `sequences` is not a list or tuple of arrays of integers or floats, or their
        dtypes differ.
    ValueError
        If there is no sequence, or shapes do not fit together.

    Examples
    --------
    >>> padded, mask = pad([np.array([5, 6, 7]), np.array([8])])
    >>> padded.T
    array([[5, 6, 7],
           [8, 0, 0]])
    """
    _check_sequences("pad", sequences=sequences)
    mask = mask_from_lengths(np.array([len(sequence) for sequence in sequences]))
    first = sequences[0]
    padded = np.zeros((*mask.shape, *first.shape[1:]), first.dtype)  # (T, N, ...)
    for n, sequence in enumerate(sequences):
        padded[: len(sequence), n] = sequence
    return padded, mask


def document_batch(documents: Sequence[np.ndarray]) -> Batch:
    """
    Make one batch of separate documents for language modeling.

    Parameters
    ----------
    documents : list of ndarray of int, each of shape (T_n,)
        The tokens of each document, at least two; tokens that mark its start and its
        end are up to the caller.

    Returns
    -------
    Batch
        Inputs (all tokens but the last), targets (all but the first), and the mask of
        the real ones, of shape (T, N), where T is one less than the greatest length. No
        document says anything about another.

    Raises
    ------
    TypeError
        If `documents` is not a list or tuple of arrays of integers of one dtype.
    ValueError
        If there is no document, or one has fewer than two tokens.

    Examples
    --------
    >>> batch = document_batch([np.array([1, 2, 3]), np.array([4, 5])])
    >>> batch.targets[batch.mask].tolist()
    [2, 5, 3]
    """
    _check_documents("document_batch", documents)
    inputs, mask = pad([document[:-1] for document in documents])
    targets, _ = pad([document[1:] for document in documents])
    return Batch(inputs, targets, mask)


def length_buckets(
    lengths: np.ndarray, N: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """
    Share sequences out to batches so that those of similar length come together.

    Parameters
    ----------
    lengths : ndarray of int, shape (n_sequences,)
        Number of steps of each sequence.
    N : int
        Number of sequences in a batch.
    rng : numpy.random.Generator
        Draws the order of equal lengths, and that of the batches.

    Returns
    -------
    list of ndarray of int, each of shape (N,)
        Which sequences each batch consists of. Each sequence comes exactly once; the
        batch of the longest is smaller where N does not divide their number.

    Raises
    ------
    TypeError
        If `lengths` is not an array of integers, `N` not an integer, or `rng` not a
        generator.
    ValueError
        If a length is negative, all are 0, or `N` is less than 1.

    Examples
    --------
    >>> lengths = np.array([9, 2, 8, 1])
    >>> rng = np.random.default_rng(0)
    >>> [rows.tolist() for rows in length_buckets(lengths, N=2, rng=rng)]
    [[2, 0], [3, 1]]
    """
    _check_lengths("length_buckets", lengths)
    check_counts("length_buckets", N=N)
    check_rng("length_buckets", rng)
    shuffled = rng.permutation(len(lengths))  # so that equal lengths meet others
    order = shuffled[np.argsort(lengths[shuffled], kind="stable")]
    buckets = [order[first : first + N] for first in range(0, len(order), N)]
    return [buckets[i] for i in rng.permutation(len(buckets))]


def bucketed_batches(
    documents: Sequence[np.ndarray], N: int, rng: np.random.Generator
) -> list[Batch]:
    """
    Cut separate documents into batches for language modeling with little padding.

    Parameters
    ----------
    documents : list of ndarray of int, each of shape (T_n,)
        The tokens of each document, at least two.
    N : int
        Number of documents in a batch.
    rng : numpy.random.Generator
        Draws the order of equal lengths, and that of the batches.

    Returns
    -------
    list of Batch
        Batches as `document_batch` makes them, of documents of similar length. Each
        document comes exactly once.

    Raises
    ------
    TypeError
        If an argument is not of the kind needed.
    ValueError
        If there is no document, one has fewer than two tokens, or `N` is less than 1.

    See Also
    --------
    length_buckets : For sequences that have labels instead of next tokens.

    Examples
    --------
    >>> documents = [np.arange(n) for n in (9, 2, 8, 2)]
    >>> batches = bucketed_batches(documents, N=2, rng=np.random.default_rng(0))
    >>> padding_share([batch.mask for batch in batches])
    0.05555555555555555
    """
    _check_documents("bucketed_batches", documents)
    lengths = np.array([len(document) for document in documents])
    return [
        document_batch([documents[n] for n in rows])
        for rows in length_buckets(lengths, N, rng)
    ]


def padding_share(masks: Sequence[np.ndarray]) -> float:
    """
    Compute the share of steps that are computed for nothing.

    Parameters
    ----------
    masks : list of ndarray of bool, each of shape (T, N)
        The masks of all batches of a pass.

    Returns
    -------
    float
        Number of steps that are padding, divided by the number of all steps.

    Raises
    ------
    TypeError
        If `masks` is not a list or tuple of arrays of booleans.
    ValueError
        If there is no mask, or one without a single real step.

    Examples
    --------
    >>> padding_share([mask_from_lengths(np.array([3, 1]))])
    0.3333333333333333
    """
    _check_list("padding_share", masks=masks)
    _check_masks("padding_share", **{f"masks[{i}]": m for i, m in enumerate(masks)})
    n_padding = sum(mask.size - int(mask.sum()) for mask in masks)
    return n_padding / sum(mask.size for mask in masks)


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


def _check_windows(tokens: Any, N: Any, T: Any, rng: Any) -> None:
    where = "random_batches"
    check_counts(where, N=N, T=T)
    check_integers(where, tokens=tokens)
    check_shapes(where, tokens=(tokens, "T"))
    check_rng(where, rng)
    if len(tokens) < 2 * T:
        raise ValueError(
            f"{where}: tokens holds {len(tokens)} tokens, but windows of T = {T} steps "
            f"at any offset below {T} need {2 * T}. Pass more tokens, or a smaller T."
        )


def _check_lengths(where: str, lengths: Any, T: int | None = None) -> None:
    check_integers(where, lengths=lengths)
    check_shapes(where, lengths=(lengths, "N"))
    if T is not None:
        check_counts(where, T=T)
    limit = int(lengths.max()) if T is None else T
    outside = (lengths < 0) | (lengths > limit)
    if outside.any():
        n = int(outside.argmax())
        raise ValueError(
            f"{where}: lengths holds {lengths[n]} at index {n}, but a length counts "
            f"steps, {'from 0 on' if T is None else f'from 0 to T = {T}'}. "
            f"Pass lengths of the sequences before padding."
        )
    if not lengths.any():
        raise ValueError(
            f"{where}: lengths is 0 everywhere (shape {lengths.shape}), so there is no "
            f"step to compute. Leave this batch out, or pass a length greater than 0."
        )


def _check_masks(where: str, **masks: Any) -> None:
    check_mask(where, **masks)
    for name, mask in masks.items():
        check_shapes(where, **{name: (mask, "TN")})


def _check_list(where: str, **lists: Any) -> None:
    for name, items in lists.items():
        if not isinstance(items, list | tuple):
            raise TypeError(
                f"{where}: {name} is a {type(items).__name__}, but a list of arrays is "
                f"needed. Pass [{name}] if it is a single one."
            )
        if not items:
            raise ValueError(
                f"{where}: {name} is empty, but at least one array is needed. "
                f"Leave out empty batches before the call."
            )


def _check_sequences(where: str, **lists: Any) -> None:
    _check_list(where, **lists)
    ((name, sequences),) = lists.items()
    first = sequences[0]
    tokens = isinstance(first, np.ndarray) and first.dtype.kind in "iu"
    for i, sequence in enumerate(sequences):
        named = f"{name}[{i}]"
        if tokens:
            check_integers(where, **{named: sequence})
            check_shapes(where, **{named: (sequence, "T")})
        else:
            check_floats(where, **{named: sequence})
            check_shapes(where, **{named: (sequence, "TD")})
            one_step = {f"{name}[0][0]": (first[0], "D")}
            check_shapes(where, **one_step, **{named: (sequence, "TD")})
        if sequence.dtype != first.dtype:
            raise TypeError(
                f"{where}: {named} has dtype {sequence.dtype}, but {name}[0] has "
                f"{first.dtype}. Pass {named}.astype({name}[0].dtype)."
            )


def _check_documents(where: str, documents: Any) -> None:
    _check_list(where, documents=documents)
    for i, document in enumerate(documents):
        check_integers(where, **{f"documents[{i}]": document})
    _check_sequences(where, documents=documents)
    for i, document in enumerate(documents):
        if len(document) < 2:
            raise ValueError(
                f"{where}: documents[{i}] has a single token, but at least two are "
                f"needed, one to read and one to predict. Leave it out, or add tokens "
                f"that mark start and end."
            )
