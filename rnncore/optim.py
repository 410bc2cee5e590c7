"""From gradients to new parameters: gradient descent and five of its kin.

An optimizer is a pair of functions: ``init(params)`` returns its state, and
``update(params, grads, state, learning_rate)`` new parameters and a new state. For each
number p of the parameters, with its gradient g, the learning rate r, and t = 1, 2, ...:

========  ===========================================  ============================
SGD                                                    p - r g
MOMENTUM  v = beta v + g                               p - r v, or by Nesterov
                                                       p - r (g + beta v)
ADAGRAD   s = s + g^2                                  p - r g / (sqrt(s) + eps)
RMSPROP   s = beta s + (1 - beta) g^2                  p - r g / (sqrt(s) + eps)
ADAM      m = beta1 m + (1 - beta1) g                  p - r m' / (sqrt(s') + eps),
          s = beta2 s + (1 - beta2) g^2                m' = m / (1 - beta1^t),
                                                       s' = s / (1 - beta2^t)
ADAMW     as ADAM                                      as ADAM, with (1 - r decay) p
                                                       in place of p
========  ===========================================  ============================

These are PyTorch's conventions: eps is outside the root, v does not contain the
learning rate, every state begins with zeros. ``ADAM.with_options(beta2=0.99)`` is Adam
with another constant.

A gradient belongs to the parameters at which it was taken, and overwriting them while
it is in use bends it. So arrays are never changed, unless ``in_place=True`` says that
the caller owns them and has no more use for the old values; that saves the copies. The
rules below are written in place and run on copies unless told otherwise, so the numbers
are the same.

A state is a tuple of dicts and whole numbers. Learning rates that change are the
business of `rnncore.schedules`. There is no averaging of parameters here, and no
penalty on large weights but AdamW's: one that has a gradient belongs to the loss.
"""

import functools
import inspect
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rnncore.dicts import (
    Arrays,
    check_dicts,
    check_equal_shapes,
    check_finite_dict,
    check_writeable,
    own,
    walk,
    zeros,
)
from rnncore.kinds import check_callable, check_counts, check_numbers, check_positive


class MomentumState(NamedTuple):
    """What momentum remembers."""

    velocities: Arrays  # discounted sums of the gradients


class AdagradState(NamedTuple):
    """What Adagrad remembers."""

    sums: Arrays  # of the squares of all gradients


class RMSPropState(NamedTuple):
    """What RMSProp remembers."""

    squares: Arrays  # running means of the squares of the gradients


class AdamState(NamedTuple):
    """What Adam and AdamW remember: how many steps, and two running means."""

    step: int
    means: Arrays  # of the gradients
    squares: Arrays  # of their squares


class Optimizer(NamedTuple):
    """A pair of functions that belong together."""

    init: Callable[[Arrays], Any]
    update: Callable[..., tuple[Arrays, Any]]

    def with_options(self, **options: Any) -> "Optimizer":
        """
        Set options of the update once and for all steps.

        Parameters
        ----------
        **options : object
            What the update takes after the learning rate, such as ``beta2=0.99``.

        Returns
        -------
        Optimizer
            The same pair, with these options.

        Raises
        ------
        TypeError
            If the update has no such option.

        Examples
        --------
        >>> optimizer = MOMENTUM.with_options(beta=0.5, nesterov=True)
        >>> params, grads = {"w": np.array([1.0])}, {"w": np.array([2.0])}
        >>> params, _ = optimizer.update(params, grads, optimizer.init(params), 0.1)
        >>> params["w"]
        array([0.7])
        """
        known = list(inspect.signature(self.update).parameters)[4:]
        for name in options:
            if name not in known:
                raise TypeError(
                    f"Optimizer.with_options: {name} is not an option of this "
                    f"optimizer, but one of {', '.join(known)} is needed. Pass one of "
                    f"these, or leave it out."
                )
        return self._replace(update=functools.partial(self.update, **options))


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
    check_dicts("sgd_init", params=params)
    return ()


def sgd_update(
    params: Arrays,
    grads: Arrays,
    state: tuple[()],
    learning_rate: float,
    *,
    in_place: bool = False,
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
        The state, as `sgd_init` or the last update returned it.
    learning_rate : float
        Length of the step, as a multiple of the gradient.
    in_place : bool, optional
        Whether to overwrite `params` and the arrays of `state` instead of copying them.

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
        If keys or shapes differ, a gradient is not finite, a number is out of range, or
        an array cannot be overwritten; nothing has been changed then.

    Examples
    --------
    >>> params, grads = {"w": np.array([1.0])}, {"w": np.array([2.0])}
    >>> state = sgd_init(params)
    >>> params, state = sgd_update(params, grads, state, learning_rate=0.1)
    >>> np.round(params["w"], 6)
    array([0.8])
    """
    _check_update("sgd_update", params, grads, state, tuple, learning_rate, in_place)
    rate = float(learning_rate)  # a NumPy float64 would turn float32 into float64

    def rule(p: np.ndarray, g: np.ndarray) -> None:
        p -= rate * g

    (params,) = own(in_place, params)
    walk(rule, params, grads)
    return params, ()


def momentum_init(params: Arrays) -> MomentumState:
    """
    Start momentum at rest.

    Parameters
    ----------
    params : dict of str to ndarray
        The parameters to be updated.

    Returns
    -------
    MomentumState
        The state before the first step.

    Raises
    ------
    TypeError
        If `params` is not a dict of arrays of real floats.
    """
    check_dicts("momentum_init", params=params)
    return MomentumState(zeros(params))


def momentum_update(
    params: Arrays,
    grads: Arrays,
    state: MomentumState,
    learning_rate: float,
    beta: float = 0.9,
    nesterov: bool = False,
    *,
    in_place: bool = False,
) -> tuple[Arrays, MomentumState]:
    """
    Go one step with a velocity, in which earlier gradients live on.

    Parameters
    ----------
    params : dict of str to ndarray
        The parameters.
    grads : dict of str to ndarray
        Their gradients, with the same keys and shapes.
    state : MomentumState
        The state, as `momentum_init` or the last update returned it.
    learning_rate : float
        Length of the step, as a multiple of the velocity.
    beta : float, optional
        How much of the velocity is kept, from 0 to below 1. A gradient that stays the
        same drives it to 1 / (1 - beta) times that gradient.
    nesterov : bool, optional
        Whether to look one step of the velocity ahead.
    in_place : bool, optional
        Whether to overwrite `params` and the arrays of `state` instead of copying them.

    Returns
    -------
    params : dict of str to ndarray
        New parameters.
    state : MomentumState
        The state for the next step.

    Raises
    ------
    TypeError
        If an argument is not of the kind needed: dicts of arrays of real floats, real
        numbers, the state of this optimizer.
    ValueError
        If keys or shapes differ, a gradient is not finite, a number is out of range, or
        an array cannot be overwritten; nothing has been changed then.

    Notes
    -----
    The velocity is a sum of gradients, as in PyTorch without dampening. Polyak and
    Sutskever have the learning rate inside it; that differs only while the rate
    changes.

    References
    ----------
    B. T. Polyak, "Some methods of speeding up the convergence of iteration methods",
    USSR Computational Mathematics and Mathematical Physics 4 (1964), 1-17.
    I. Sutskever, J. Martens, G. Dahl and G. Hinton, "On the importance of
    initialization and momentum in deep learning", ICML (2013), section 2.

    Examples
    --------
    >>> params, grads = {"w": np.array([1.0])}, {"w": np.array([2.0])}
    >>> state = momentum_init(params)
    >>> params, state = momentum_update(params, grads, state, learning_rate=0.1)
    >>> np.round(params["w"], 6)
    array([0.8])
    """
    where = "momentum_update"
    _check_update(where, params, grads, state, MomentumState, learning_rate, in_place)
    _check_shares(where, beta=beta)
    rate, beta = float(learning_rate), float(beta)

    def rule(p: np.ndarray, g: np.ndarray, velocity: np.ndarray) -> None:
        velocity *= beta
        velocity += g
        p -= rate * (g + beta * velocity if nesterov else velocity)

    params, velocities = own(in_place, params, state.velocities)
    walk(rule, params, grads, velocities)
    return params, MomentumState(velocities)


def adagrad_init(params: Arrays) -> AdagradState:
    """
    Start Adagrad with sums of zero.

    Parameters
    ----------
    params : dict of str to ndarray
        The parameters to be updated.

    Returns
    -------
    AdagradState
        The state before the first step.

    Raises
    ------
    TypeError
        If `params` is not a dict of arrays of real floats.
    """
    check_dicts("adagrad_init", params=params)
    return AdagradState(zeros(params))


def adagrad_update(
    params: Arrays,
    grads: Arrays,
    state: AdagradState,
    learning_rate: float,
    eps: float = 1e-10,
    *,
    in_place: bool = False,
) -> tuple[Arrays, AdagradState]:
    """
    Go one step, the shorter the more gradient a parameter has seen.

    Parameters
    ----------
    params : dict of str to ndarray
        The parameters.
    grads : dict of str to ndarray
        Their gradients, with the same keys and shapes.
    state : AdagradState
        The state, as `adagrad_init` or the last update returned it.
    learning_rate : float
        Change of a parameter in its first step; later changes are smaller.
    eps : float, optional
        Added to the root, so that nothing is divided by zero.
    in_place : bool, optional
        Whether to overwrite `params` and the arrays of `state` instead of copying them.

    Returns
    -------
    params : dict of str to ndarray
        New parameters.
    state : AdagradState
        The state for the next step.

    Raises
    ------
    TypeError
        If an argument is not of the kind needed: dicts of arrays of real floats, real
        numbers, the state of this optimizer.
    ValueError
        If keys or shapes differ, a gradient is not finite, a number is out of range, or
        an array cannot be overwritten; nothing has been changed then.

    References
    ----------
    J. Duchi, E. Hazan and Y. Singer, "Adaptive subgradient methods for online learning
    and stochastic optimization", JMLR 12 (2011), 2121-2159.

    Examples
    --------
    >>> params, grads = {"w": np.array([1.0])}, {"w": np.array([200.0])}
    >>> state = adagrad_init(params)
    >>> params, state = adagrad_update(params, grads, state, learning_rate=0.1)
    >>> np.round(params["w"], 6)
    array([0.9])
    """
    where = "adagrad_update"
    _check_update(where, params, grads, state, AdagradState, learning_rate, in_place)
    check_positive(where, eps=eps)
    rate, eps = float(learning_rate), float(eps)

    def rule(p: np.ndarray, g: np.ndarray, total: np.ndarray) -> None:
        total += g * g
        p -= rate * g / (np.sqrt(total) + eps)

    params, sums = own(in_place, params, state.sums)
    walk(rule, params, grads, sums)
    return params, AdagradState(sums)


def rmsprop_init(params: Arrays) -> RMSPropState:
    """
    Start RMSProp with means of zero.

    Parameters
    ----------
    params : dict of str to ndarray
        The parameters to be updated.

    Returns
    -------
    RMSPropState
        The state before the first step.

    Raises
    ------
    TypeError
        If `params` is not a dict of arrays of real floats.
    """
    check_dicts("rmsprop_init", params=params)
    return RMSPropState(zeros(params))


def rmsprop_update(
    params: Arrays,
    grads: Arrays,
    state: RMSPropState,
    learning_rate: float,
    beta: float = 0.99,
    eps: float = 1e-8,
    *,
    in_place: bool = False,
) -> tuple[Arrays, RMSPropState]:
    """
    Go one step, measured by how large the gradient has lately been.

    Parameters
    ----------
    params : dict of str to ndarray
        The parameters.
    grads : dict of str to ndarray
        Their gradients, with the same keys and shapes.
    state : RMSPropState
        The state, as `rmsprop_init` or the last update returned it.
    learning_rate : float
        About the change of a parameter in one step, once the mean has settled.
    beta : float, optional
        How much of the running mean of squares is kept, from 0 to below 1.
    eps : float, optional
        Added to the root, so that nothing is divided by zero.
    in_place : bool, optional
        Whether to overwrite `params` and the arrays of `state` instead of copying them.

    Returns
    -------
    params : dict of str to ndarray
        New parameters.
    state : RMSPropState
        The state for the next step.

    Raises
    ------
    TypeError
        If an argument is not of the kind needed: dicts of arrays of real floats, real
        numbers, the state of this optimizer.
    ValueError
        If keys or shapes differ, a gradient is not finite, a number is out of range, or
        an array cannot be overwritten; nothing has been changed then.

    Notes
    -----
    The mean begins at zero, and nothing corrects that: the first step is
    1 / sqrt(1 - beta) times as long as later ones, here 10 times.

    References
    ----------
    T. Tieleman and G. Hinton, "Lecture 6.5: rmsprop", COURSERA: Neural Networks for
    Machine Learning (2012).

    Examples
    --------
    >>> params, grads = {"w": np.array([1.0])}, {"w": np.array([200.0])}
    >>> state = rmsprop_init(params)
    >>> params, state = rmsprop_update(params, grads, state, learning_rate=0.1)
    >>> np.round(params["w"], 6)
    array([0.])
    """
    where = "rmsprop_update"
    _check_update(where, params, grads, state, RMSPropState, learning_rate, in_place)
    _check_shares(where, beta=beta)
    check_positive(where, eps=eps)
    rate, beta, eps = float(learning_rate), float(beta), float(eps)

    def rule(p: np.ndarray, g: np.ndarray, square: np.ndarray) -> None:
        square *= beta
        square += (1 - beta) * g * g
        p -= rate * g / (np.sqrt(square) + eps)

    params, squares = own(in_place, params, state.squares)
    walk(rule, params, grads, squares)
    return params, RMSPropState(squares)


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
    check_dicts("adam_init", params=params)
    return AdamState(0, zeros(params), zeros(params))


def adam_update(
    params: Arrays,
    grads: Arrays,
    state: AdamState,
    learning_rate: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    *,
    in_place: bool = False,
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
        How much of the running means of gradients and squares is kept, from 0 to below
        1.
    eps : float, optional
        Added to the root of the mean square, after bias correction.
    in_place : bool, optional
        Whether to overwrite `params` and the arrays of `state` instead of copying them.

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
        If keys or shapes differ, a gradient is not finite, a number is out of range, or
        an array cannot be overwritten; nothing has been changed then.

    Notes
    -----
    Squares overflow beyond gradients of 1e154, in 32 bits of 1e19:
    `clip_by_global_norm` comes first.

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: A method for stochastic optimization", ICLR (2015),
    algorithm 1.

    Examples
    --------
    >>> params, grads = {"w": np.array([1.0])}, {"w": np.array([200.0])}
    >>> state = adam_init(params)
    >>> params, state = adam_update(params, grads, state, learning_rate=0.1)
    >>> np.round(params["w"], 6)
    array([0.9])
    """
    where = "adam_update"
    _check_update(where, params, grads, state, AdamState, learning_rate, in_place)
    step = int(state.step) + 1
    rule = _adam_rule(where, step, learning_rate, beta1, beta2, eps)
    params, means, squares = own(in_place, params, state.means, state.squares)
    walk(rule, params, grads, means, squares)
    return params, AdamState(step, means, squares)


def adamw_init(params: Arrays) -> AdamState:
    """
    Start AdamW, as Adam is started.

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
    check_dicts("adamw_init", params=params)
    return AdamState(0, zeros(params), zeros(params))


def adamw_update(
    params: Arrays,
    grads: Arrays,
    state: AdamState,
    learning_rate: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    weight_decay: float = 0.01,
    decays: Callable[[str], bool] | None = None,
    *,
    in_place: bool = False,
) -> tuple[Arrays, AdamState]:
    """
    Go one step of Adam from parameters that have shrunk a little.

    Parameters
    ----------
    params : dict of str to ndarray
        The parameters.
    grads : dict of str to ndarray
        Their gradients, with the same keys and shapes.
    state : AdamState
        The state, as `adamw_init` or the last update returned it.
    learning_rate : float
        About the largest change of a parameter in one step, apart from the decay.
    beta1, beta2 : float, optional
        How much of the running means of gradients and squares is kept, from 0 to below
        1.
    eps : float, optional
        Added to the root of the mean square, after bias correction.
    weight_decay : float, optional
        The share of a parameter that is lost in one step, divided by the learning rate.
    decays : callable, optional
        Given a name, returns whether this parameter shrinks; all do by default. Weights
        without biases: ``lambda name: "W_" in name``.
    in_place : bool, optional
        Whether to overwrite `params` and the arrays of `state` instead of copying them.

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
        If keys or shapes differ, a gradient is not finite, a number is out of range, or
        an array cannot be overwritten; nothing has been changed then.

    Notes
    -----
    A penalty in the loss would go through the running means and shrink the parameters
    with the largest gradients least. This decay shrinks all by the same factor.

    References
    ----------
    I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", ICLR (2019),
    algorithm 2.

    Examples
    --------
    >>> params, grads = {"w": np.array([1.0])}, {"w": np.array([200.0])}
    >>> state = adamw_init(params)
    >>> params, state = adamw_update(params, grads, state, learning_rate=0.1)
    >>> np.round(params["w"], 6)
    array([0.899])
    """
    where = "adamw_update"
    _check_update(where, params, grads, state, AdamState, learning_rate, in_place)
    _check_decay(where, weight_decay, decays)
    step = int(state.step) + 1
    rule = _adam_rule(where, step, learning_rate, beta1, beta2, eps)
    params, means, squares = own(in_place, params, state.means, state.squares)
    for name, p in params.items():
        if decays is None or decays(name):
            p *= 1 - float(learning_rate) * float(weight_decay)
    walk(rule, params, grads, means, squares)
    return params, AdamState(step, means, squares)


SGD = Optimizer(sgd_init, sgd_update)
MOMENTUM = Optimizer(momentum_init, momentum_update)
ADAGRAD = Optimizer(adagrad_init, adagrad_update)
RMSPROP = Optimizer(rmsprop_init, rmsprop_update)
ADAM = Optimizer(adam_init, adam_update)
ADAMW = Optimizer(adamw_init, adamw_update)


def _adam_rule(
    where: str, step: int, learning_rate: Any, beta1: Any, beta2: Any, eps: Any
) -> Callable[..., None]:
    _check_shares(where, beta1=beta1, beta2=beta2)
    check_positive(where, eps=eps)
    rate, beta1, beta2, eps = map(float, (learning_rate, beta1, beta2, eps))
    # Both means are corrected by a number for each, and here by one for the fraction:
    # m' / (sqrt(s') + eps) = (root / (1 - beta1^t)) m / (sqrt(s) + root eps).
    root = math.sqrt(1 - beta2**step)
    rate, eps = rate * root / (1 - beta1**step), eps * root

    def rule(
        p: np.ndarray, g: np.ndarray, mean: np.ndarray, square: np.ndarray
    ) -> None:
        mean *= beta1
        mean += (1 - beta1) * g
        square *= beta2
        square += (1 - beta2) * g * g
        p -= rate * mean / (np.sqrt(square) + eps)

    return rule


def _check_update(
    where: str,
    params: Any,
    grads: Any,
    state: Any,
    kind: type,
    learning_rate: Any,
    in_place: bool,
) -> None:
    check_positive(where, learning_rate=learning_rate)
    slots = _checked_slots(where, state, kind)
    check_dicts(where, params=params, grads=grads, **slots)
    remedy = "Pass one gradient for each parameter, of the same shape."
    check_equal_shapes(where, "grads", grads, params, remedy)
    for name, slot in slots.items():
        check_equal_shapes(where, name, slot, params, _state_remedy(where))
    check_finite_dict(where, "grads", grads)
    if in_place:
        check_writeable(where, grads, params=params, **slots)


def _checked_slots(where: str, state: Any, kind: Any) -> dict[str, Any]:
    if type(state) is not kind:
        raise TypeError(
            f"{where}: state is a {type(state).__name__}, but a {kind.__name__} is "
            f"needed. {_state_remedy(where)}"
        )
    if kind is tuple:
        return {}
    slots = {f"state.{field}": slot for field, slot in state._asdict().items()}
    if "state.step" in slots:
        check_counts(where, least=0, **{"state.step": slots.pop("state.step")})
    return slots


def _check_shares(where: str, **shares: Any) -> None:
    check_numbers(where, **shares)
    for name, share in shares.items():
        if not 0 <= share < 1:
            raise ValueError(
                f"{where}: {name} is {share}, but a number from 0 to below 1 is "
                f"needed. Leave it out to take the default."
            )


def _check_decay(where: str, weight_decay: Any, decays: Any) -> None:
    check_numbers(where, weight_decay=weight_decay)
    if not 0 <= weight_decay < math.inf:
        raise ValueError(
            f"{where}: weight_decay is {weight_decay}, but a finite number of at least "
            f"0 is needed. Pass a small one, such as weight_decay=0.01."
        )
    if decays is not None:
        check_callable(where, decays=decays)


def _state_remedy(where: str) -> str:
    return f"Pass the state that {where.replace('_update', '_init')}(params) returned."
