"""Check kinds and values: floats, tokens, counts, finite numbers, generators.

Messages say what was given, what was expected, and the remedy. Finite values are
asked of what comes from outside (inputs, initial states, logits), since one look at
them costs little beside the products that follow. Weights and upstream gradients are
not looked at: training looks at the loss and the gradients of every step.

This module converts nothing and repairs nothing: a list stays the caller's to convert.
Shapes are the business of `rnncore.shapes`.
"""

from typing import Any

import numpy as np


class NonFiniteError(ValueError):
    """Report a value that is NaN or infinite where a finite one is needed."""


def check_floats(where: str, **arrays: Any) -> None:
    """
    Require NumPy arrays of floating-point (or complex) numbers.

    Complex numbers are let through because complex-step differences need them.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    **arrays : ndarray
        The arrays to look at, by their names.

    Raises
    ------
    TypeError
        If something is not an array, or holds integers, booleans, or objects.

    Examples
    --------
    >>> check_floats("rnn_forward", xs=[1.0, 2.0])
    Traceback (most recent call last):
    TypeError: rnn_forward: xs is a list, but a NumPy array of floats is needed.
    Pass np.asarray(xs, dtype=float).
    """
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray):
            given = f"is a {type(array).__name__}"
        elif array.dtype.kind not in "fc":
            given = f"has dtype {array.dtype}"
        else:
            continue
        raise TypeError(
            f"{where}: {name} {given}, but a NumPy array of floats is needed. "
            f"Pass np.asarray({name}, dtype=float)."
        )


def check_finite(where: str, **arrays: np.ndarray) -> None:
    """
    Require that no value is NaN or infinite.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    **arrays : ndarray
        The arrays to look at, by their names.

    Raises
    ------
    NonFiniteError
        If a value is not finite; the message names the array and the first place.

    Examples
    --------
    >>> check_finite("rnn_forward", xs=np.array([0.0, np.nan]))
    Traceback (most recent call last):
    rnncore.kinds.NonFiniteError: rnn_forward: xs holds nan at index (1,) (1 of 2
    values is not finite), but every value must be finite. Find where it arises, or
    replace it, before passing xs.
    """
    for name, array in arrays.items():
        finite = np.isfinite(array)
        if finite.all():
            continue
        bad = np.argwhere(~finite)
        first = tuple(int(i) for i in bad[0])
        raise NonFiniteError(
            f"{where}: {name} holds {array[first]} at index {first} ({len(bad)} of "
            f"{array.size} values {'is' if len(bad) == 1 else 'are'} not finite), but "
            f"every value must be finite. Find where it arises, or replace it, before "
            f"passing {name}."
        )


def check_integers(where: str, **arrays: Any) -> None:
    """
    Require NumPy arrays of integers.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    **arrays : ndarray of int
        The arrays to look at, by their names.

    Raises
    ------
    TypeError
        If something is not an array, or holds anything but integers.

    Examples
    --------
    >>> check_integers("sequential_batches", tokens=np.array([1.0]))
    Traceback (most recent call last):
    TypeError: sequential_batches: tokens has dtype float64, but a NumPy array of
    integers is needed. Pass tokens as a tokenizer's encode returns it, or convert it
    with np.asarray(tokens, dtype=int).
    """
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray):
            given = f"is a {type(array).__name__}"
        elif array.dtype.kind not in "iu":
            given = f"has dtype {array.dtype}"
        else:
            continue
        raise TypeError(
            f"{where}: {name} {given}, but a NumPy array of integers is needed. "
            f"Pass {name} as a tokenizer's encode returns it, or convert it with "
            f"np.asarray({name}, dtype=int)."
        )


def check_tokens(where: str, vocab_size: int, **arrays: Any) -> None:
    """
    Require arrays of whole numbers from 0 to V - 1.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    vocab_size : int
        V, the number of entries of the vocabulary.
    **arrays : ndarray of int
        The tokens to look at, of any shape, by their names.

    Raises
    ------
    TypeError
        If something is not an array of integers.
    ValueError
        If a token is outside the vocabulary.

    Examples
    --------
    >>> check_tokens("one_hot", 4, tokens=np.array([0, 7]))
    Traceback (most recent call last):
    ValueError: one_hot: tokens holds 7 at index (1,), but the vocabulary has V = 4
    entries. Pass tokens from 0 to 3.
    """
    check_integers(where, **arrays)
    for name, tokens in arrays.items():
        outside = (tokens < 0) | (tokens >= vocab_size)
        if not outside.any():
            continue
        first = tuple(int(i) for i in np.argwhere(outside)[0])
        raise ValueError(
            f"{where}: {name} holds {tokens[first]} at index {first}, but the "
            f"vocabulary has V = {vocab_size} entries. "
            f"Pass {name} from 0 to {vocab_size - 1}."
        )


def check_counts(where: str, **counts: Any) -> None:
    """
    Require whole numbers of at least 1.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    **counts : int
        The numbers to look at, by their names.

    Raises
    ------
    TypeError
        If something is not an integer.
    ValueError
        If a number is less than 1.

    Examples
    --------
    >>> check_counts("sequential_batches", N=0)
    Traceback (most recent call last):
    ValueError: sequential_batches: N is 0, but a whole number of at least 1 is needed.
    Pass N=1 or more.
    """
    for name, count in counts.items():
        wanted = "but a whole number of at least 1 is needed. "
        if isinstance(count, bool) or not isinstance(count, int | np.integer):
            raise TypeError(
                f"{where}: {name} is {count!r} ({type(count).__name__}), {wanted}"
                f"Pass an int."
            )
        if count < 1:
            raise ValueError(
                f"{where}: {name} is {count}, {wanted}Pass {name}=1 or more."
            )


def check_positive(where: str, **numbers: Any) -> None:
    """
    Require finite real numbers greater than 0.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    **numbers : float
        The numbers to look at, by their names.

    Raises
    ------
    TypeError
        If something is not a real number.
    ValueError
        If a number is not greater than 0, or not finite.

    Examples
    --------
    >>> check_positive("generate", temperature=0.0)
    Traceback (most recent call last):
    ValueError: generate: temperature is 0.0, but a finite number greater than 0 is
    needed. Pass a small one, such as temperature=1e-3, to come near to 0.
    """
    for name, number in numbers.items():
        wanted = "but a finite number greater than 0 is needed. "
        if isinstance(number, bool) or not isinstance(
            number, int | float | np.integer | np.floating
        ):
            raise TypeError(
                f"{where}: {name} is {number!r} ({type(number).__name__}), {wanted}"
                f"Pass a float."
            )
        if not 0 < number < np.inf:
            raise ValueError(
                f"{where}: {name} is {number}, {wanted}Pass a small one, such as "
                f"{name}=1e-3, to come near to 0."
            )


def check_rng(where: str, rng: Any) -> None:
    """
    Require a random number generator.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    rng : numpy.random.Generator
        What the caller passed as rng.

    Raises
    ------
    TypeError
        If it is anything else, such as a seed.

    Examples
    --------
    >>> check_rng("init_rnn", 0)
    Traceback (most recent call last):
    TypeError: init_rnn: rng is 0 (int), but a numpy.random.Generator is needed. Pass
    np.random.default_rng(0), with a seed of your choice.
    """
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"{where}: rng is {rng!r} ({type(rng).__name__}), but a "
            f"numpy.random.Generator is needed. Pass np.random.default_rng(0), with a "
            f"seed of your choice."
        )
