"""Check kinds and values: floats, tokens, counts, finite numbers, generators.

Messages say what was given, what was expected, and the remedy. Finite values are
asked of what comes from outside (inputs, initial states, logits, the parameters of a
model), since one look at them costs little beside the products that follow. A cell and
a sequence do not look at their weights, and no function at upstream gradients: training
looks at the loss and the gradients of every step.

This module converts nothing and repairs nothing: a list stays the caller's to convert.
Shapes are the business of `rnncore.shapes`.
"""

from typing import Any

import numpy as np

# Codes of NumPy's dtypes. float16 is left out: it has three digits, ends at 65504, and
# rounds Adam's eps to 0.
REAL = "fdg"
FLOATS = REAL + REAL.upper()  # and complex


class NonFiniteError(ValueError):
    """Report a value that is NaN or infinite where a finite one is needed."""


def check_floats(where: str, **arrays: Any) -> None:
    """
    Require NumPy arrays of floating-point (or complex) numbers of 32 bits or more.

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
        If something is not an array, is a masked array or a `numpy.matrix`, or holds
        integers, booleans, objects, or float16.

    Examples
    --------
    >>> check_floats("rnn_forward", xs=[1.0, 2.0])
    Traceback (most recent call last):
    TypeError: rnn_forward: xs is a list, but a NumPy array of floats (32 bits or more)
    is needed. Pass np.asarray(xs, dtype=float).
    """
    for name, array in arrays.items():
        remedy = f"Pass np.asarray({name}, dtype=float)."
        wanted = "floats (32 bits or more)"
        _check_array(where, name, array, FLOATS, wanted, remedy)


def check_real(where: str, **arrays: Any) -> None:
    """
    Require NumPy arrays of real floating-point numbers.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    **arrays : ndarray
        The arrays to look at, by their names.

    Raises
    ------
    TypeError
        If something is not an array of floats, or is one of complex numbers.

    Examples
    --------
    >>> check_real("numerical_gradient", x=np.array([1j]))
    Traceback (most recent call last):
    TypeError: numerical_gradient: x has dtype complex128, but a NumPy array of real
    floats is needed. Pass x.real.
    """
    check_floats(where, **arrays)
    for name, array in arrays.items():
        _check_array(where, name, array, REAL, "real floats", f"Pass {name}.real.")


def check_arrays(where: str, **dicts: Any) -> None:
    """
    Require dicts of NumPy arrays of real floating-point numbers.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    **dicts : dict of str to ndarray
        The dicts to look at, by their names.

    Raises
    ------
    TypeError
        If something is not a dict, or one of its values not an array of real floats.

    Examples
    --------
    >>> check_arrays("sgd_update", grads={"b": np.arange(3)})
    Traceback (most recent call last):
    TypeError: sgd_update: grads['b'] has dtype int64, but a NumPy array of floats
    (32 bits or more) is needed. Pass np.asarray(grads['b'], dtype=float).
    """
    for name, arrays in dicts.items():
        if not isinstance(arrays, dict):
            raise TypeError(
                f"{where}: {name} is a {type(arrays).__name__}, but a dict of arrays "
                f"is needed. Pass {name} with each array under its name."
            )
        check_real(where, **entries(name, arrays))


def entries(name: str, arrays: dict[Any, Any]) -> dict[str, Any]:
    """
    Name the entries of a dict as they are written in Python.

    Parameters
    ----------
    name : str
        Name of the dict.
    arrays : dict
        The dict.

    Returns
    -------
    dict of str to object
        The same entries, each under its full name.

    Examples
    --------
    >>> entries("params", {"W_xh": 1, "b_h": 2})
    {"params['W_xh']": 1, "params['b_h']": 2}
    """
    return {f"{name}[{key!r}]": array for key, array in arrays.items()}


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
        # NaN and inf show in the sum of squares, which takes a quarter of the time. It
        # may overflow where all is well; then a look at each value decides.
        if np.isfinite(np.vdot(array, array)):
            continue
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
        remedy = (
            f"Pass {name} as a tokenizer's encode returns it, or convert it with "
            f"np.asarray({name}, dtype=int)."
        )
        codes = np.typecodes["AllInteger"]
        _check_array(where, name, array, codes, "integers", remedy)


def check_booleans(where: str, **arrays: Any) -> None:
    """
    Require NumPy arrays of booleans.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    **arrays : ndarray of bool
        The arrays to look at, by their names.

    Raises
    ------
    TypeError
        If something is not an array, or holds anything but booleans.

    Examples
    --------
    >>> check_booleans("cross_entropy_forward", mask=np.array([1, 0]))
    Traceback (most recent call last):
    TypeError: cross_entropy_forward: mask has dtype int64, but a NumPy array of
    booleans is needed. Pass np.asarray(mask, dtype=bool).
    """
    for name, array in arrays.items():
        remedy = f"Pass np.asarray({name}, dtype=bool)."
        _check_array(where, name, array, "?", "booleans", remedy)


def check_mask(where: str, **masks: Any) -> None:
    """
    Require NumPy arrays of booleans with at least one True each.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    **masks : ndarray of bool
        The masks to look at, by their names; True where something counts.

    Raises
    ------
    TypeError
        If something is not an array of booleans.
    ValueError
        If a mask is False everywhere.

    Examples
    --------
    >>> check_mask("cross_entropy_forward", mask=np.array([False, False]))
    Traceback (most recent call last):
    ValueError: cross_entropy_forward: mask is False everywhere (shape (2,)), but at
    least one entry must count. Leave this batch out, or pass a mask that is True where
    a step is real. Pass None if all are.
    """
    check_booleans(where, **masks)
    for name, mask in masks.items():
        if not mask.any():
            raise ValueError(
                f"{where}: {name} is False everywhere (shape {mask.shape}), but at "
                f"least one entry must count. Leave this batch out, or pass a {name} "
                f"that is True where a step is real. Pass None if all are."
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


def check_counts(where: str, least: int = 1, **counts: Any) -> None:
    """
    Require whole numbers of at least 1, or of at least another number.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    least : int, optional
        The smallest number to let through.
    **counts : int
        The numbers to look at, by their names.

    Raises
    ------
    TypeError
        If something is not an integer.
    ValueError
        If a number is less than `least`.

    Examples
    --------
    >>> check_counts("sequential_batches", N=0)
    Traceback (most recent call last):
    ValueError: sequential_batches: N is 0, but a whole number of at least 1 is needed.
    Pass N=1 or more.
    """
    for name, count in counts.items():
        wanted = f"but a whole number of at least {least} is needed. "
        if isinstance(count, bool) or not isinstance(count, int | np.integer):
            raise TypeError(
                f"{where}: {name} is {count!r} ({type(count).__name__}), {wanted}"
                f"Pass an int."
            )
        if count < least:
            raise ValueError(
                f"{where}: {name} is {count}, {wanted}Pass {name}={least} or more."
            )


def check_numbers(where: str, **numbers: Any) -> None:
    """
    Require real numbers, whatever their size.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    **numbers : float
        The numbers to look at, by their names.

    Raises
    ------
    TypeError
        If something is not a real number; a boolean and an array are none.

    Examples
    --------
    >>> check_numbers("perplexity", total_nll="3")
    Traceback (most recent call last):
    TypeError: perplexity: total_nll is '3' (str), but a real number is needed. Pass a
    float.
    """
    for name, number in numbers.items():
        real = isinstance(number, int | float | np.integer | np.floating)
        if not real or isinstance(number, bool):
            raise TypeError(
                f"{where}: {name} is {number!r} ({type(number).__name__}), but a real "
                f"number is needed. Pass a float."
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
    needed. Pass a positive one, such as temperature=1e-3.
    """
    check_numbers(where, **numbers)
    for name, number in numbers.items():
        if not 0 < number <= np.finfo(float).max:
            raise ValueError(
                f"{where}: {name} is {number}, but a finite number greater than 0 is "
                f"needed. Pass a positive one, such as {name}=1e-3."
            )


def check_choice(where: str, known: tuple[str, ...], **choices: Any) -> None:
    """
    Require one of the names known.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    known : tuple of str
        The names to let through.
    **choices : str
        The names to look at, by their arguments.

    Raises
    ------
    ValueError
        If a name is unknown.

    Examples
    --------
    >>> check_choice("gru_step_forward", ("after", "before"), reset="never")
    Traceback (most recent call last):
    ValueError: gru_step_forward: reset is 'never', but one of 'after', 'before' is
    needed. Pass reset='after', the usual choice.
    """
    for name, choice in choices.items():
        if choice not in known:
            raise ValueError(
                f"{where}: {name} is {choice!r}, but one of "
                f"{', '.join(map(repr, known))} is needed. Pass {name}={known[0]!r}, "
                f"the usual choice."
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


def check_callable(where: str, **functions: Any) -> None:
    """
    Require functions.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    **functions : callable
        What to look at, by its names.

    Raises
    ------
    TypeError
        If something cannot be called.

    Examples
    --------
    >>> check_callable("numerical_gradient", f=3.0)
    Traceback (most recent call last):
    TypeError: numerical_gradient: f is a float, but a function is needed. Pass f
    itself, not what it returned.
    """
    for name, function in functions.items():
        if not callable(function):
            raise TypeError(
                f"{where}: {name} is a {type(function).__name__}, but a function is "
                f"needed. Pass {name} itself, not what it returned."
            )


def _check_array(
    where: str, name: str, array: Any, codes: str, wanted: str, remedy: str
) -> None:
    # A masked array hides values, and * multiplies matrices of the class numpy.matrix.
    plain = isinstance(array, np.ndarray) and not isinstance(
        array, np.ma.MaskedArray | np.matrix
    )
    if plain and array.dtype.char in codes:
        return
    given = f"has dtype {array.dtype}" if plain else f"is a {type(array).__name__}"
    raise TypeError(
        f"{where}: {name} {given}, but a NumPy array of {wanted} is needed. {remedy}"
    )
