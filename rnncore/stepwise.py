"""Any cell over time, one step after the other: the textbook loop.

Arrays are time-major: ``xs`` (T, N, D) holds the inputs, ``hs`` (T, N, H) the first
array of the state after each input, ``mask`` (T, N) is True where a sequence has an
input. Where it is False, the state of that sequence stays as it was, ``hs`` repeats it,
and its gradient passes through untouched. So a sequence may be padded at its end, at
its beginning, or in between, and gives what it would give alone.

Each step is a call of `Cell.step_forward` or `Cell.step_backward`, and nothing is
computed for several steps at once: the plain twin of `rnncore.layers.Layer`, which is
many times faster and gives the same numbers, up to rounding.

Inputs are vectors, not tokens; there are no layers, and there is one direction.
"""

from typing import Any, NamedTuple

import numpy as np

from rnncore.cells import Cell, State
from rnncore.kinds import check_booleans, check_floats
from rnncore.shapes import check_cache, check_shapes
from rnncore.step_checks import check_state, check_step

Arrays = dict[str, np.ndarray]


class StepwiseCache(NamedTuple):
    """What `stepwise_forward` keeps for `stepwise_backward`."""

    cell: Cell
    steps: list[Any]  # the cache of each step
    hs: np.ndarray  # (T, N, H)
    mask: np.ndarray | None  # (T, N)


def stepwise_forward(
    cell: Cell,
    xs: np.ndarray,
    state: State,
    params: Arrays,
    mask: np.ndarray | None = None,
) -> tuple[np.ndarray, State, StepwiseCache]:
    """
    Run a cell over N sequences of T steps.

    Parameters
    ----------
    cell : Cell
        The cell, one of ``CELLS.values()``.
    xs : ndarray, shape (T, N, D)
        The inputs, finite where masked out too.
    state : tuple of ndarray, each of shape (N, H)
        The state before the first step.
    params : dict of str to ndarray
        The parameters of the cell; further entries are ignored.
    mask : ndarray of bool, shape (T, N), optional
        True where a sequence has an input; by default it has one everywhere.

    Returns
    -------
    hs : ndarray, shape (T, N, H)
        The first array of the state after each step.
    state : tuple of ndarray, each of shape (N, H)
        The state after the last step.
    cache : StepwiseCache
        What `stepwise_backward` needs.

    Raises
    ------
    TypeError
        If `cell` is not a `Cell`, `state` not a tuple, `mask` not an array of
        booleans, or something else not an array of floats.
    ValueError
        If shapes do not fit together, an axis is empty, or an input or the state is
        not finite.

    Examples
    --------
    >>> from rnncore.cells import CELLS
    >>> params = {"W_xh": np.ones((1, 1)), "W_hh": np.eye(1), "b_h": np.zeros(1)}
    >>> xs, state = np.ones((3, 1, 1)), (np.zeros((1, 1)),)
    >>> mask = np.array([[True], [False], [True]])
    >>> hs, state, cache = stepwise_forward(CELLS["identity"], xs, state, params, mask)
    >>> hs.ravel()
    array([1., 1., 2.])
    """
    _check_forward(cell, xs, state, params, mask)
    tops, steps = [], []
    for t, x in enumerate(xs):
        after, cache = cell.step_forward(x, state, params)
        state = _choose(mask, t, after, state)
        tops.append(state[0])
        steps.append(cache)
    hs = np.stack(tops)  # (T, N, H)
    return hs, state, StepwiseCache(cell, steps, hs, mask)


def stepwise_backward(
    dhs: np.ndarray, cache: StepwiseCache, dlast: State | None = None
) -> tuple[np.ndarray, State, Arrays]:
    """
    Backpropagate through time, one step after the other.

    Parameters
    ----------
    dhs : ndarray, shape (T, N, H)
        Gradient of each step's own loss with respect to the state after that step;
        zeros where a step has no loss.
    cache : StepwiseCache
        The cache that `stepwise_forward` returned.
    dlast : tuple of ndarray, each of shape (N, H), optional
        Gradient with respect to the state after the last step, from what reads it
        besides; zeros by default.

    Returns
    -------
    dxs : ndarray, shape (T, N, D)
        Gradient with respect to the inputs, zero where masked out.
    dstate : tuple of ndarray, each of shape (N, H)
        Gradient with respect to the state before the first step.
    grads : dict of str to ndarray
        Gradients with respect to the parameters, summed over the T steps and the N
        sequences.

    Raises
    ------
    TypeError
        If `cache` is not a `StepwiseCache`, `dlast` not a tuple, or a gradient not an
        array of floats.
    ValueError
        If a gradient has another shape than what it belongs to.

    Examples
    --------
    >>> from rnncore.cells import CELLS
    >>> params = {"W_xh": np.ones((1, 1)), "W_hh": np.eye(1), "b_h": np.zeros(1)}
    >>> xs, state = np.ones((3, 1, 1)), (np.zeros((1, 1)),)
    >>> mask = np.array([[True], [False], [True]])
    >>> hs, state, cache = stepwise_forward(CELLS["identity"], xs, state, params, mask)
    >>> dxs, dstate, grads = stepwise_backward(np.ones((3, 1, 1)), cache)
    >>> dxs.ravel()
    array([3., 0., 1.])
    """
    _check_backward(dhs, cache, dlast)
    cell, steps, hs, mask = cache
    zeros = tuple(np.zeros_like(hs[-1]) for _ in cell.state)
    dstate = zeros if dlast is None else dlast
    dxs: list[np.ndarray] = []
    grads: Arrays = {}
    for t in reversed(range(len(steps))):
        dstate = (dstate[0] + dhs[t], *dstate[1:])
        dread = _choose(mask, t, dstate, zeros)
        dx, dbefore, part = cell.step_backward(dread, steps[t])
        dstate = _choose(mask, t, dbefore, dstate)
        dxs.append(dx)
        grads = {name: grads.get(name, 0) + part[name] for name in part}
    return np.stack(dxs[::-1]), dstate, grads


def _choose(mask: np.ndarray | None, t: int, stepped: State, kept: State) -> State:
    if mask is None:
        return stepped
    on = mask[t][:, None]  # (N, 1)
    return tuple(np.where(on, a, b) for a, b in zip(stepped, kept, strict=True))


def _check_forward(cell: Any, xs: Any, state: Any, params: Any, mask: Any) -> None:
    where = "stepwise_forward"
    if not isinstance(cell, Cell):
        raise TypeError(
            f"{where}: cell is {cell!r} ({type(cell).__name__}), but a Cell is needed. "
            f"Pass one of CELLS, such as CELLS['tanh']."
        )
    check_step(where, params, cell.axes, xs=(xs, "TND"))
    check_state(where, state=(state, cell.state))
    if mask is not None:
        check_booleans(where, mask=mask)
        check_shapes(where, xs=(xs, "TND"), mask=(mask, "TN"))


def _check_backward(dhs: Any, cache: Any, dlast: Any) -> None:
    where = "stepwise_backward"
    check_cache(where, cache, StepwiseCache)
    check_floats(where, dhs=dhs)
    check_shapes(where, hs=(cache.hs, "TNH"), dhs=(dhs, "TNH"))
    if dlast is None:
        return
    check_state(where, dlast=(dlast, tuple(f"d{name}" for name in cache.cell.state)))
    arrays = {f"dlast[{i}]": array for i, array in enumerate(dlast)}
    check_floats(where, **arrays)
    gradients = {name: (array, "NH") for name, array in arrays.items()}
    check_shapes(where, **{"hs[-1]": (cache.hs[-1], "NH")}, **gradients)
