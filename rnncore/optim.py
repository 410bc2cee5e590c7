"""From gradients to new parameters: gradient descent, Adam, clipping by norm.

An optimizer is a pair of functions: ``init(params)`` returns its state, and
``update(params, grads, state, learning_rate)`` new parameters and a new state. Arrays
are never changed in place: a gradient belongs to the parameters at which it was taken,
and overwriting them while it is in use bends it.

There are no learning-rate schedules and no weight decay here.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rnncore.kinds import (
    NonFiniteError,
    check_arrays,
    check_finite,
    check_numbers,
    check_positive,
    entries,
)

Arrays = dict[str, np.ndarray]


class AdamState(NamedTuple):
    """What Adam remembers: how many steps, and two running means."""

    step: int
    means: Arrays  # of the gradients
    squares: Arrays  # of their squares


class Optimizer(NamedTuple):
    """A pair of functions that belong together."""

    init: Callable[[Arrays], Any]
    update: Callable[[Arrays, Arrays, Any, float], tuple[Arrays, Any]]


def sgd_init(params: Arrays) -> tuple[()]:
    """
    Start gradient descent, which remembers nothing.

    Parameters
    ----------
    params : dict of str to ndarray
        The parameters to be updated.

    Returns
    -------
    tuple
        An empty state.

    Raises
    ------
    TypeError
        If `params` is not a dict of arrays of real floats.
    """
    check_arrays("sgd_init", params=params)
    return ()


def sgd_update(
    params: Arrays, grads: Arrays, state: tuple[()], learning_rate: float
) -> tuple[Arrays, tuple[()]]:
    """
    Go one step against the gradient.

    Parameters
    ----------
    params : dict of str to ndarray
        The parameters.
    grads : dict of str to ndarray
        Their gradients, with the same keys and shapes.
    state : tuple
        The state, as `sgd_init` returned it.
    learning_rate : float
        Length of the step, as a multiple of the gradient.

    Returns
    -------
    params : dict of str to ndarray
        New parameters, params - learning_rate * grads.
    state : tuple
        The state for the next step.

    Raises
    ------
    TypeError
        If an argument is not of the kind needed: dicts of arrays of real floats, real
        numbers, the state of this optimizer.
    ValueError
        If keys or shapes differ, a gradient is not finite, or a number is out of range.

    Examples
    --------
    >>> params, grads = {"w": np.array([1.0])}, {"w": np.array([2.0])}
    >>> params, state = sgd_update(params, grads, sgd_init(params), learning_rate=0.1)
    >>> params["w"]
    array([0.8])
    """
    _check_update("sgd_update", params, grads, learning_rate)
    rate = float(learning_rate)  # a NumPy float64 would turn float32 into float64
    return {name: params[name] - rate * grads[name] for name in params}, state


def adam_init(params: Arrays) -> AdamState:
    """
    Start Adam with means of zero.

    Parameters
    ----------
    params : dict of str to ndarray
        The parameters to be updated.

    Returns
    -------
    AdamState
        The state before the first step.

    Raises
    ------
    TypeError
        If `params` is not a dict of arrays of real floats.
    """
    check_arrays("adam_init", params=params)
    zeros = {name: np.zeros_like(array) for name, array in params.items()}
    return AdamState(0, zeros, zeros)


def adam_update(
    params: Arrays,
    grads: Arrays,
    state: AdamState,
    learning_rate: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> tuple[Arrays, AdamState]:
    """
    Go one step of Adam.

    Parameters
    ----------
    params : dict of str to ndarray
        The parameters.
    grads : dict of str to ndarray
        Their gradients, with the same keys and shapes.
    state : AdamState
        The state, as `adam_init` or the last update returned it.
    learning_rate : float
        About the largest change of a parameter in one step.
    beta1, beta2 : float, optional
        How much of the running means of gradients and squares is kept, from 0 to
        below 1.
    eps : float, optional
        Added to the root of the mean square, after bias correction.

    Returns
    -------
    params : dict of str to ndarray
        New parameters.
    state : AdamState
        The state for the next step.

    Raises
    ------
    TypeError
        If an argument is not of the kind needed: dicts of arrays of real floats, real
        numbers, the state of this optimizer.
    ValueError
        If keys or shapes differ, a gradient is not finite, or a number is out of range.

    Notes
    -----
    The squares of gradients beyond 1e154 overflow; `clip_by_global_norm` comes first.

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: A method for stochastic optimization", ICLR (2015),
    algorithm 1.

    Examples
    --------
    >>> params, grads = {"w": np.array([1.0])}, {"w": np.array([200.0])}
    >>> params, state = adam_update(params, grads, adam_init(params), learning_rate=0.1)
    >>> np.round(params["w"], 6)
    array([0.9])
    """
    _check_update("adam_update", params, grads, learning_rate)
    _check_adam(params, state, beta1, beta2, eps)
    # NumPy's float64 scalars would turn float32 into float64.
    rate, beta1, beta2, eps = map(float, (learning_rate, beta1, beta2, eps))
    step = state.step + 1
    means = _blend(state.means, grads, beta1)
    squares = _blend(state.squares, {k: g**2 for k, g in grads.items()}, beta2)

    def updated(name: str) -> np.ndarray:
        mean = means[name] / (1 - beta1**step)
        square = squares[name] / (1 - beta2**step)
        return params[name] - rate * mean / (np.sqrt(square) + eps)

    return {name: updated(name) for name in params}, AdamState(step, means, squares)


SGD = Optimizer(sgd_init, sgd_update)
ADAM = Optimizer(adam_init, adam_update)


def global_norm(grads: Arrays) -> float:
    """
    Measure the length of all gradients together, as of one long vector.

    Parameters
    ----------
    grads : dict of str to ndarray
        The gradients.

    Returns
    -------
    float
        The square root of the sum of all squares.

    Raises
    ------
    TypeError
        If `grads` is not a dict of arrays of real floats.
    NonFiniteError
        If a value is NaN or infinite, or the norm exceeds the largest float.

    Examples
    --------
    >>> global_norm({"a": np.array([3.0]), "b": np.array([4.0])})
    5.0
    """
    check_arrays("global_norm", grads=grads)
    check_finite("global_norm", **entries("grads", grads))
    # What is empty has length 0.
    largest = max((float(abs(g).max(initial=0)) for g in grads.values()), default=0.0)
    if largest == 0:
        return 0.0
    # Scaled, since exploding gradients are finite long after their squares are not.
    squares = (float(np.square(grad / largest).sum()) for grad in grads.values())
    norm = largest * float(np.sqrt(sum(squares)))
    if norm == np.inf:
        raise NonFiniteError(
            f"global_norm: the largest gradient is {largest:.3g} and the norm exceeds "
            f"the largest float, but it must be finite. Lower the learning rate."
        )
    return norm


def clip_by_global_norm(grads: Arrays, max_norm: float) -> tuple[Arrays, float]:
    """
    Shorten the gradients, all by the same factor, where their norm is too large.

    Parameters
    ----------
    grads : dict of str to ndarray
        The gradients.
    max_norm : float
        The largest norm to let through.

    Returns
    -------
    grads : dict of str to ndarray
        Gradients in the same direction, of norm at most `max_norm`.
    norm : float
        The norm before clipping.

    Raises
    ------
    TypeError
        If `grads` is not a dict of arrays of real floats, or `max_norm` not a number.
    ValueError
        If `max_norm` is not positive, or a gradient is NaN or infinite; the message
        names the array.

    References
    ----------
    R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent
    neural networks", ICML (2013), algorithm 1.

    Examples
    --------
    >>> grads, norm = clip_by_global_norm({"w": np.array([30.0, 40.0])}, max_norm=5.0)
    >>> grads["w"], norm
    (array([3., 4.]), 50.0)
    """
    check_positive("clip_by_global_norm", max_norm=max_norm)
    norm = global_norm(grads)
    factor = min(1.0, float(max_norm) / norm) if norm > 0 else 1.0
    return {name: grad * factor for name, grad in grads.items()}, norm


def _blend(old: Arrays, new: Arrays, keep: float) -> Arrays:
    return {name: keep * old[name] + (1 - keep) * new[name] for name in new}


def _check_update(where: str, params: Any, grads: Any, learning_rate: Any) -> None:
    check_positive(where, learning_rate=learning_rate)
    check_arrays(where, params=params, grads=grads)
    remedy = "Pass one gradient for each parameter, of the same shape."
    _check_equal_shapes(where, "grads", grads, params, remedy)
    check_finite(where, **entries("grads", grads))


def _check_adam(params: Arrays, state: Any, beta1: Any, beta2: Any, eps: Any) -> None:
    where, remedy = "adam_update", "Pass the state that adam_init(params) returned."
    if not isinstance(state, AdamState):
        raise TypeError(
            f"{where}: state is a {type(state).__name__}, but an AdamState is needed. "
            f"{remedy}"
        )
    _check_equal_shapes(where, "state.means", state.means, params, remedy)
    check_positive(where, eps=eps)
    check_numbers(where, beta1=beta1, beta2=beta2)
    for name, beta in {"beta1": beta1, "beta2": beta2}.items():
        if not 0 <= beta < 1:
            raise ValueError(
                f"{where}: {name} is {beta}, but a number from 0 to below 1 is needed. "
                f"Leave it out to take the default."
            )


def _check_equal_shapes(
    where: str, name: str, arrays: Arrays, params: Arrays, remedy: str
) -> None:
    given = {key: array.shape for key, array in arrays.items()}
    wanted = {key: array.shape for key, array in params.items()}
    if given != wanted:
        raise ValueError(
            f"{where}: {name} has the shapes {given}, but params has {wanted}. {remedy}"
        )
