"""Weights that change while the gradient is on its way: how to make and to tell it."""

from __future__ import annotations

from itertools import product

import numpy as np

from rnngrade.compare import compare
from rnngrade.exercises.bptt.recursion import full_gradients, slopes_after
from rnngrade.sandbox.observation import Observation

__all__ = ["updates_inside_loop", "updating"]


def updating(
    dhs: np.ndarray,
    xs: np.ndarray,
    states: np.ndarray,
    W_xh: np.ndarray,
    W_hh: np.ndarray,
    rate: float,
    early: bool = False,
    running: bool = False,
    both: bool = True,
    out: bool = False,
) -> tuple:
    """Take gradient steps inside the loop.

    Parameters
    ----------
    dhs, xs, states, W_xh, W_hh : ndarray
        The arguments of ``rnn_backward``.
    rate : float
        How far each step goes.
    early : bool
        Whether a step comes before the gradient is sent on.
    running : bool
        Whether it uses the sum so far.
    both : bool
        Whether W_xh moves, too.
    out : bool
        Whether the arguments themselves end up where the steps led.

    Returns
    -------
    tuple of ndarray
        Gradients dxs, dh0, dW_xh, dW_hh, db_h.
    """
    arguments, (W_xh, W_hh) = (W_xh, W_hh), (np.array(W_xh), np.array(W_hh))
    dxs = np.empty_like(xs)
    dh, dW_xh, dW_hh, db_h = 0.0, 0.0, 0.0, 0.0
    for t in reversed(range(len(xs))):
        da = (dhs[t] + dh) * slopes_after(states)[t]
        steps = xs[t].T @ da, states[t].T @ da
        dW_xh, dW_hh = dW_xh + steps[0], dW_hh + steps[1]
        db_h = db_h + da.sum(axis=0)
        dxs[t], dh = da @ W_xh.T, da @ W_hh.T
        W_xh -= rate * both * (dW_xh if running else steps[0])
        W_hh -= rate * (dW_hh if running else steps[1])
        if early:
            dxs[t], dh = da @ W_xh.T, da @ W_hh.T
    if out:
        arguments[0][...], arguments[1][...] = W_xh, W_hh
    return dxs, dh, dW_xh, dW_hh, db_h


def updates_inside_loop(args: tuple, seen: Observation) -> bool:
    """Recognize weights that change during the loop, at whatever rate.

    Parameters
    ----------
    args : tuple
        The arguments of ``rnn_backward``.
    seen : rnngrade.sandbox.observation.Observation
        What the function did.

    Returns
    -------
    bool
        Whether moving weights explain what was returned.
    """
    moved = bool({3, 4} & set(seen.mutated))
    right = full_gradients(*args)
    if not _shaped_like(seen.value, right):
        return False
    if _equal(seen.value, right):
        # With one step the update comes after all that it could spoil.
        return moved and len(args[0]) == 1
    return moved or any(
        _equal(seen.value, updating(*args, rate, *how))
        for how in product((False, True), repeat=3)
        for rate in _rates(args, seen.value, how)
    )


def _rates(args: tuple, value: tuple, how: tuple) -> np.ndarray:
    """Find the rates that would explain what the last steps returned.

    Seen from the last step, the first output that an update spoils is a polynomial of
    degree three at most in the rate.
    """
    dhs, xs, states, W_xh, W_hh = args
    early, _, both = how
    count = 2 if early or both else 3
    last = dhs[-count:], xs[-count:], states[-count - 1 :], W_xh, W_hh
    tried = np.arange(4.0)
    seen = [_spoiled_first(updating(*last, rate, *how), count) for rate in tried]
    powers = np.linalg.solve(np.vander(tried), seen)
    powers[-1] -= _spoiled_first(value, count)
    powers[np.abs(powers) < 1e-12 * np.abs(powers).max()] = 0
    roots = np.roots(powers) if np.isfinite(powers).all() else np.empty(0)
    return roots.real[(np.abs(roots.imag) < 1e-9) & (np.abs(roots) < 1e3)]


def _spoiled_first(value: tuple, count: int) -> float:
    dxs, dh0, *_ = value
    with np.errstate(over="ignore", invalid="ignore"):  # a student's numbers
        return float((dxs[-count] if len(dxs) >= count else dh0).sum())


def _shaped_like(value: object, expected: tuple) -> bool:
    return (
        isinstance(value, tuple)
        and len(value) == len(expected)
        and all(
            isinstance(a, np.ndarray) and (a.shape, a.dtype) == (e.shape, e.dtype)
            for a, e in zip(value, expected, strict=True)
        )
    )


def _equal(value: tuple, expected: tuple) -> bool:
    pairs = zip(value, expected, strict=True)
    return all(compare("", a, e, 1e-9).agrees for a, e in pairs)
