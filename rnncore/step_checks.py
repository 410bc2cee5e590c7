"""What every cell checks about one time step, before it and on the way back.

A cell says which axes its parameters and states have, by letters as in
`rnncore.shapes`; besides those, ``G`` counts the columns of all gates together, 4H for
an LSTM. The mathematics stays with the cells, and so does the choice of what to check.

Weights are not searched for NaN: one look at all of them at every step would cost as
much as the step.
"""

from typing import Any

import numpy as np

from rnncore.kinds import check_finite, check_floats
from rnncore.shapes import check_cache, check_params, check_shapes


def check_step(
    where: str, params: Any, axes: dict[str, str], **arrays: tuple[np.ndarray, str]
) -> None:
    """
    Require parameters, inputs, and states that fit together.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    params : dict of str to ndarray
        The parameters; further entries are welcome.
    axes : dict of str to str
        The axes of each parameter, such as ``{"W_hh": "HH"}``.
    **arrays : tuple of (ndarray, str)
        The input and the states with their axes, such as ``x=(x, "ND")``.

    Raises
    ------
    TypeError
        If `params` is not a dict, or something is not an array of floats.
    ValueError
        If a parameter is missing, shapes do not fit together, or an input or a state
        is not finite.

    Examples
    --------
    >>> params = {"b_h": np.zeros(3)}
    >>> check_step("f", params, {"b_h": "H"}, h_prev=(np.zeros((2, 4)), "NH"))
    Traceback (most recent call last):
    ValueError: f: h_prev has H = 4 hidden units (shape (2, 4)), but b_h has H = 3
    (shape (3,)). Pass h_prev of shape (2, 3).
    """
    check_params(where, params, axes)
    given = {name: array for name, (array, _) in arrays.items()}
    check_floats(where, **given)
    weights = {name: (params[name], letters) for name, letters in axes.items()}
    check_shapes(where, **weights, **arrays)
    check_finite(where, **given)


def check_gates(
    where: str,
    params: dict[str, np.ndarray],
    gates: tuple[str, ...],
    **state: np.ndarray,
) -> None:
    """
    Require as many columns as the gates of a cell take together.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    params : dict of str to ndarray
        The parameters, among them ``b_h`` of one entry a column.
    gates : tuple of str
        The names of the gates, in the order of their blocks.
    **state : ndarray, shape (N, H)
        One state of the cell, by its name.

    Raises
    ------
    ValueError
        If the number of columns is not the number of gates times H.

    Examples
    --------
    >>> params = {"b_h": np.zeros(9)}
    >>> check_gates("f", params, ("r", "z", "n"), h_prev=np.zeros((2, 4)))
    Traceback (most recent call last):
    ValueError: f: b_h has 9 columns, but 12 are needed, H = 4 (as h_prev has) for each
    of the gates r, z, n. Pass weights and biases with 12 columns.
    """
    ((name, array),) = state.items()
    H, G = array.shape[1], len(params["b_h"])
    wanted = len(gates) * H
    if wanted != G:
        raise ValueError(
            f"{where}: b_h has {G} columns, but {wanted} are needed, H = {H} (as "
            f"{name} has) for each of the gates {', '.join(gates)}. Pass weights and "
            f"biases with {wanted} columns."
        )


def check_state(where: str, **states: tuple[Any, tuple[str, ...]]) -> None:
    """
    Require tuples of as many entries as the state of a cell has arrays.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    **states : tuple of (tuple, tuple of str)
        Each state with the names of its arrays, such as ``state=(state, ("h", "c"))``.

    Raises
    ------
    TypeError
        If a state is not a tuple.
    ValueError
        If it has another number of entries.

    Examples
    --------
    >>> check_state("step_forward", state=((np.zeros((1, 3)),), ("h", "c")))
    Traceback (most recent call last):
    ValueError: step_forward: state holds 1 array(s), but 2 are needed, h, c. Pass
    state=(h, c).
    """
    for key, (state, names) in states.items():
        arrays = ", ".join(names)
        remedy = f"Pass {key}=({arrays}{',' if len(names) == 1 else ''})."
        if not isinstance(state, tuple):
            raise TypeError(
                f"{where}: {key} is a {type(state).__name__}, but a tuple of arrays "
                f"is needed. {remedy}"
            )
        if len(state) != len(names):
            raise ValueError(
                f"{where}: {key} holds {len(state)} array(s), but {len(names)} are "
                f"needed, {arrays}. {remedy}"
            )


def check_upstream(
    where: str, cache: Any, kind: type, after: str, axes: str, **upstream: Any
) -> None:
    """
    Require the cache of the matching step, and gradients shaped like its states.

    Parameters
    ----------
    where : str
        Name of the calling backward function, for the message.
    cache : object
        What the caller passed as cache.
    kind : type
        The class of cache that the forward function returns.
    after : str
        The array of the cache that has the shape of every gradient.
    axes : str
        The axes of that array, such as ``"NH"``.
    **upstream : ndarray
        The gradients with respect to the states after the step, by their names.

    Raises
    ------
    TypeError
        If `cache` is of another kind, or a gradient not an array of floats.
    ValueError
        If a gradient has another shape than the states.

    Examples
    --------
    >>> check_upstream("rnn_step_backward", None, dict, "h", "NH", dh=np.ones((1, 1)))
    Traceback (most recent call last):
    TypeError: rnn_step_backward: cache is a NoneType, but a dict is needed. Pass the
    cache that rnn_step_forward returned.
    """
    check_cache(where, cache, kind)
    check_floats(where, **upstream)
    gradients = {name: (array, axes) for name, array in upstream.items()}
    check_shapes(where, **{after: (getattr(cache, after), axes)}, **gradients)
