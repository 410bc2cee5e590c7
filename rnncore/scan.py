"""Linear recurrences, step by step or many steps at once.

The recurrence h_t = a_t * h_{t-1} + b_t, number by number, is linear in h. Two steps in
a row are one step of the same form,

    (a, b) then (a', b')  =  (a a', a' b + b'),

and this way of joining steps is associative: they may be joined in any grouping, hence
in parallel. `linear_recurrence` has three ways to compute the same states:

===========  ===========================  ==============================================
``loop``     T calls in a row             every step after the one before it
``scan``     log2(T) calls in a row       Hillis and Steele: after k rounds, each step
                                          is joined with the 2^k - 1 before it
``chunked``  about 2 sqrt(T) calls        all chunks at once, then from chunk to chunk
===========  ===========================  ==============================================

The scan does log2(T) times the arithmetic of the loop. It pays where a call costs more
than its numbers, as with one short sequence, or where there are processors enough. In
NumPy, the chunked way has most of both advantages; for states of many numbers the loop
is best.

`rnncore.gated_cells` has the minGRU, whose recurrence is of this form. There is no
scan for cells that put the state through a matrix or an activation.
"""

import math
from typing import Any

import numpy as np

from rnncore.kinds import check_choice, check_floats
from rnncore.shapes import check_shapes

WAYS = ("chunked", "scan", "loop")


def linear_recurrence(
    decays: np.ndarray, inputs: np.ndarray, h0: np.ndarray, way: str = "chunked"
) -> np.ndarray:
    """
    Compute h_t = a_t * h_{t-1} + b_t for all steps.

    Parameters
    ----------
    decays : ndarray, shape (T, N, H)
        What is kept of each number of the state, a_t.
    inputs : ndarray, shape (T, N, H)
        What is added, b_t.
    h0 : ndarray, shape (N, H)
        The state before the first step.
    way : {"chunked", "scan", "loop"}
        How to compute; the states are the same up to rounding.

    Returns
    -------
    ndarray, shape (T, N, H)
        The state after each step.

    Raises
    ------
    TypeError
        If an argument is not an array of floats.
    ValueError
        If shapes do not fit together, there is no step, or `way` is unknown.

    References
    ----------
    W. D. Hillis and G. L. Steele, "Data parallel algorithms", Communications of the ACM
    29 (1986), 1170-1183. E. Martin and C. Cundy, "Parallelizing linear recurrent neural
    nets over sequence length", ICLR (2018).

    Examples
    --------
    >>> decays, inputs = np.full((4, 1, 1), 0.5), np.ones((4, 1, 1))
    >>> linear_recurrence(decays, inputs, np.zeros((1, 1)), way="scan").ravel()
    array([1.   , 1.5  , 1.75 , 1.875])
    """
    _check_recurrence("linear_recurrence", decays, h0, way, inputs=inputs)
    if way == "loop":
        return _loop(decays, inputs, h0)
    inputs = inputs.astype(np.result_type(decays, inputs), copy=False)
    products, states = (_scan if way == "scan" else _chunked)(decays, inputs)
    return states + products * h0


def linear_recurrence_backward(
    dhs: np.ndarray,
    decays: np.ndarray,
    hs: np.ndarray,
    h0: np.ndarray,
    way: str = "chunked",
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Take the gradient back through a linear recurrence.

    Parameters
    ----------
    dhs : ndarray, shape (T, N, H)
        Gradient of each step's own loss with respect to the state after that step.
    decays : ndarray, shape (T, N, H)
        The decays that `linear_recurrence` was given.
    hs : ndarray, shape (T, N, H)
        The states that it returned.
    h0 : ndarray, shape (N, H)
        The state before the first step.
    way : {"chunked", "scan", "loop"}
        How to compute.

    Returns
    -------
    ddecays : ndarray, shape (T, N, H)
        Gradient with respect to the decays.
    dinputs : ndarray, shape (T, N, H)
        Gradient with respect to the inputs: that of the state after each step, the
        whole future included.
    dh0 : ndarray, shape (N, H)
        Gradient with respect to the state before the first step.

    Raises
    ------
    TypeError
        If an argument is not an array of floats.
    ValueError
        If shapes do not fit together, or `way` is unknown.

    Notes
    -----
    With g_t for ``dinputs[t]``, g_t = dh_t + a_{t+1} * g_{t+1}: the same recurrence,
    from the last step to the first.

    Examples
    --------
    >>> decays, h0 = np.full((3, 1, 1), 0.5), np.zeros((1, 1))
    >>> hs = linear_recurrence(decays, np.ones((3, 1, 1)), h0)
    >>> ddecays, dinputs, dh0 = linear_recurrence_backward(np.ones_like(hs), decays,
    ...                                                    hs, h0)
    >>> dinputs.ravel()
    array([1.75, 1.5 , 1.  ])
    """
    _check_recurrence("linear_recurrence_backward", decays, h0, way, dhs=dhs, hs=hs)
    # The last step receives nothing from later ones: what it would keep is not asked.
    later = np.concatenate([decays[:1], decays[:0:-1]])  # (T, N, H)
    gradients = linear_recurrence(later, dhs[::-1], np.zeros_like(h0), way)[::-1]
    before = np.concatenate([h0[None], hs[:-1]])  # (T, N, H)
    return gradients * before, gradients, gradients[0] * decays[0]


def _loop(decays: np.ndarray, inputs: np.ndarray, h0: np.ndarray) -> np.ndarray:
    states, h = np.empty(inputs.shape, np.result_type(decays, inputs, h0)), h0
    for t in range(len(inputs)):
        np.multiply(decays[t], h, out=states[t])
        states[t] += inputs[t]
        h = states[t]
    return states


def _scan(decays: np.ndarray, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Join each step with all before it, twice as many in each round."""
    products, states = decays.copy(), inputs.copy()
    reach = 1
    while reach < len(inputs):
        states[reach:] = states[reach:] + products[reach:] * states[:-reach]
        products[reach:] = products[reach:] * products[:-reach]
        reach *= 2
    return products, states


def _chunked(decays: np.ndarray, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Join the steps of every chunk, all chunks at a time, then chunk after chunk."""
    T = len(inputs)
    size = math.isqrt(T - 1) + 1
    products, states = _in_chunks(decays, size, 1), _in_chunks(inputs, size, 0)
    for t in range(1, size):
        states[:, t] += products[:, t] * states[:, t - 1]
        products[:, t] *= products[:, t - 1]
    for k in range(1, len(states)):
        states[k] += products[k] * states[k - 1, -1]
        products[k] *= products[k - 1, -1]
    shape = (-1, *inputs.shape[1:])
    return products.reshape(shape)[:T], states.reshape(shape)[:T]


def _in_chunks(array: np.ndarray, size: int, filler: int) -> np.ndarray:
    n_chunks = -(-len(array) // size)
    rest = n_chunks * size - len(array)
    padding = np.full((rest, *array.shape[1:]), filler, array.dtype)
    padded = np.concatenate([array, padding])
    return padded.reshape(n_chunks, size, *array.shape[1:])


def _check_recurrence(
    where: str, decays: Any, h0: Any, way: Any, **arrays: Any
) -> None:
    check_floats(where, decays=decays, h0=h0, **arrays)
    steps = {name: (array, "TNH") for name, array in arrays.items()}
    check_shapes(where, decays=(decays, "TNH"), h0=(h0, "NH"), **steps)
    check_choice(where, WAYS, way=way)
