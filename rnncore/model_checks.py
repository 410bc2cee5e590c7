"""What the models that read or write sequences check before they compute.

A model says what its batch consists of, and which axes its own parameters have, by
letters as in `rnncore.shapes`. The shapes of all other parameters are looked at by the
layers that they belong to.
"""

from typing import Any

import numpy as np

from rnncore.kinds import (
    check_finite,
    check_floats,
    check_mask,
    check_tokens,
    entries,
)
from rnncore.runs import are_tokens
from rnncore.shapes import check_params, check_shapes


def check_batch(
    where: str, batch: Any, names: tuple[str, ...], required: int = 2
) -> tuple[Any, ...]:
    """
    Require a tuple of as many entries as a batch has, and fill in those left out.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    batch : tuple
        What the caller passed as batch.
    names : tuple of str
        What the entries are called.
    required : int, optional
        How many of them must be there.

    Returns
    -------
    tuple
        The entries, one for each name, None for those that were left out.

    Raises
    ------
    TypeError
        If it is not a tuple of so many entries.

    Examples
    --------
    >>> check_batch("loss", (1, 2), ("inputs", "targets", "mask"))
    (1, 2, None)
    """
    if isinstance(batch, tuple) and required <= len(batch) <= len(names):
        return (*batch, *[None] * (len(names) - len(batch)))
    given = f"{len(batch)} entries" if isinstance(batch, tuple) else "no tuple"
    raise TypeError(
        f"{where}: batch is a {type(batch).__name__} ({given}), but a tuple "
        f"({', '.join(names[:required])}), perhaps with "
        f"{' and '.join(names[required:])}, is needed. Pass the arrays in this order."
    )


def check_model_params(
    where: str, params: Any, axes: dict[str, str], **sizes: int
) -> None:
    """
    Require the parameters that a model has besides those of its layers.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    params : dict of str to ndarray
        All parameters; those of the layers must be arrays of floats, too.
    axes : dict of str to str
        The axes of each parameter to look at, such as ``{"W_hy": "HV"}``.
    **sizes : int
        The size that each letter has in this model.

    Raises
    ------
    TypeError
        If `params` is not a dict, or a parameter is not an array of floats.
    ValueError
        If a parameter is missing, or of another shape.

    Examples
    --------
    >>> check_model_params("loss", {"b_y": np.zeros(3)}, {"b_y": "V"}, V=4)
    Traceback (most recent call last):
    ValueError: loss: b_y has V = 3 vocabulary entries (shape (3,)), but model has V = 4
    (shape (4,)). Pass b_y of shape (4,).
    """
    check_params(where, params, axes)
    check_floats(where, **entries("params", params))
    model = np.broadcast_to(0.0, tuple(sizes.values()))
    arrays = {name: (params[name], letters) for name, letters in axes.items()}
    check_shapes(where, model=(model, "".join(sizes)), **arrays)


def check_inputs(where: str, size: int, tokens_only: bool, **inputs: Any) -> None:
    """
    Require tokens, or finite vectors.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    size : int
        How many tokens there are, or how many inputs a vector has.
    tokens_only : bool
        Whether only tokens will do.
    **inputs : ndarray, shape (T, N, D), or of int, shape (T, N)
        The inputs, by their names.

    Raises
    ------
    TypeError
        If something is not an array of floats or integers.
    ValueError
        If a token is out of range, a vector not finite, or a shape does not fit.

    Examples
    --------
    >>> check_inputs("loss", 3, True, inputs=np.array([[0], [3]]))
    Traceback (most recent call last):
    ValueError: loss: inputs holds 3 at index (1, 0), but the vocabulary has V = 3
    entries. Pass inputs from 0 to 2.
    """
    for name, array in inputs.items():
        if tokens_only or (isinstance(array, np.ndarray) and are_tokens(array)):
            check_tokens(where, size, **{name: array})
            check_shapes(where, **{name: (array, "TN")})
        else:
            check_floats(where, **{name: array})
            model = np.broadcast_to(0.0, size)
            check_shapes(where, model=(model, "D"), **{name: (array, "TND")})
            check_finite(where, **{name: array})


def check_steps(where: str, **masks: Any) -> None:
    """
    Require masks in which every sequence has at least one step.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    **masks : ndarray of bool, shape (T, N)
        The masks to look at, by their names.

    Raises
    ------
    TypeError
        If something is not an array of booleans.
    ValueError
        If a sequence has no step.

    Examples
    --------
    >>> check_steps("loss", mask=np.array([[True, False]]))
    Traceback (most recent call last):
    ValueError: loss: mask is False everywhere in column 1 (shape (1, 2)), but every
    sequence must have a step. Leave this sequence out, or pass a mask that is True
    where it has one.
    """
    check_mask(where, **masks)
    for name, mask in masks.items():
        check_shapes(where, **{name: (mask, "TN")})
        empty = ~mask.any(axis=0)
        if empty.any():
            raise ValueError(
                f"{where}: {name} is False everywhere in column {int(empty.argmax())} "
                f"(shape {mask.shape}), but every sequence must have a step. Leave "
                f"this sequence out, or pass a {name} that is True where it has one."
            )


def check_no_state(where: str, state: Any) -> None:
    """
    Require that no state is given to a model that carries none.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    state : None
        What the caller passed as state.

    Raises
    ------
    ValueError
        If it is anything but None.

    Examples
    --------
    >>> check_no_state("loss", ())
    Traceback (most recent call last):
    ValueError: loss: state is a tuple, but this model begins every batch anew and
    carries no state. Pass state=None.
    """
    if state is not None:
        raise ValueError(
            f"{where}: state is a {type(state).__name__}, but this model begins every "
            f"batch anew and carries no state. Pass state=None."
        )
