"""Exercises of chapter 5, "Backpropagation through time".

Everywhere ``states`` is ``h0`` followed by the state after each input, so that step t
reads ``xs[t]`` and turns ``states[t]`` into ``states[t + 1]``. In rows, with
h_t = tanh(a_t) and a_t = x_t W_xh + h_{t-1} W_hh + b_h,

=====================  ==========================================================
gradient at a_t        da_t = dh_t * (1 - h_t^2)
one step back          da_t W_hh^T is what step t sends to h_{t-1}
immediate derivative   h_{t-1}^T da_t is what step t alone adds to dE/dW_hh
=====================  ==========================================================

The states that are handed out with inputs come from a real run, so that automatic
differentiation can be asked for the same gradients. This module computes no loss:
every exercise starts from the gradient that the loss sends.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product

import numpy as np

from rnncore.sequence import SequenceCache, rnn_backward, unroll
from rnngrade.compare import compare
from rnngrade.exercise import Case, Exercise, Mistake, Output
from rnngrade.values import Observation

__all__ = ["EXERCISES"]

OVER_TIME_AND_BATCH = ([0, 1], [0, 1])


def _weights(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    return rng.normal(size=(rows, columns)) / np.sqrt(rows)


def _run(
    rng: np.random.Generator, T: int, N: int, D: int, H: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Draw a network and its inputs, and run it: xs, states, W_xh, W_hh."""
    xs = rng.normal(size=(T, N, D))
    h0 = rng.uniform(-0.9, 0.9, size=(N, H))
    W_xh, W_hh = _weights(rng, D, H), _weights(rng, H, H)
    b_h = rng.normal(size=H) / 2
    return xs, unroll(xs @ W_xh + b_h, h0, W_hh), W_xh, W_hh


# bptt-output-weights


def _output_case(rng: np.random.Generator, T: int, N: int, H: int, V: int) -> Case:
    dlogits = rng.normal(size=(T, N, V))
    states = rng.uniform(-0.9, 0.9, size=(T + 1, N, H))
    label = f"T = {T}, N = {N}, H = {H}, V = {V}"
    return Case(label, (dlogits, states, _weights(rng, H, V)))


def _output_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _output_case(rng, T=5, N=3, H=6, V=4)
    yield _output_case(rng, T=4, N=6, H=3, V=7)


def _output_edges(rng: np.random.Generator) -> Iterator[Case]:
    yield _output_case(rng, T=1, N=4, H=3, V=2)
    yield _output_case(rng, T=6, N=1, H=4, V=3)
    yield _output_case(rng, T=5, N=4, H=3, V=1)
    yield _output_case(rng, T=4, N=3, H=1, V=5)
    yield _output_case(rng, T=4, N=4, H=4, V=4)


def _output(dlogits, states, W_hy):
    dW_hy = np.tensordot(states[1:], dlogits, OVER_TIME_AND_BATCH)
    return dW_hy, dlogits.sum(axis=(0, 1)), dlogits @ W_hy.T


def _output_averaged(dlogits, states, W_hy, dW_axes=(), db_axes=()):
    dW_hy, db_y, dhs = _output(dlogits, states, W_hy)
    sizes = np.array(dlogits.shape)
    return dW_hy / sizes[[*dW_axes]].prod(), db_y / sizes[[*db_axes]].prod(), dhs


def _share_of_all(*args, right, axes):
    """Divide every output by the number of steps, sequences or both."""
    share = np.prod([args[0].shape[axis] for axis in axes])
    return tuple(part / share for part in right(*args))


def _output_one_step(dlogits, states, W_hy, t, dhs_too=False):
    dW_hy, db_y = states[1:][t].T @ dlogits[t], dlogits[t].sum(axis=0)
    dhs = dlogits @ W_hy.T
    kept = np.zeros_like(dhs)
    kept[t] = dhs[t]
    return dW_hy, db_y, kept if dhs_too else dhs


def _output_h_prev(dlogits, states, W_hy):
    return _output(dlogits, np.roll(states, shift=1, axis=0), W_hy)


def _output_transposed(dlogits, states, W_hy):
    dW_hy, db_y, dhs = _output(dlogits, states, W_hy)
    return dW_hy.T, db_y, dhs


def _output_tanh_prime(dlogits, states, W_hy):
    dW_hy, db_y, dhs = _output(dlogits, states, W_hy)
    return dW_hy, db_y, dhs * (1 - states[1:] ** 2)


OUTPUT_WEIGHTS = Exercise(
    id="bptt-output-weights",
    function="output_gradients",
    arguments=("dlogits", "states", "W_hy"),
    outputs=(
        Output("dW_hy", points=3),
        Output("db_y", points=1),
        Output("dhs", points=2, over_time=True),
    ),
    reference=_output,
    cases=_output_cases,
    edges=_output_edges,
    mistakes=(
        Mistake(
            "LAST_STEP_ONLY",
            "Only one step is left of a sum over all of them. W_hy and b_y are used "
            "at every step: what happens to the earlier contributions?",
            (
                partial(_output_one_step, t=-1),
                partial(_output_one_step, t=-1, dhs_too=True),
                partial(_output_one_step, t=0),
            ),
        ),
        Mistake(
            "H_PREV_INSTEAD_OF_H",
            "states has one entry more than dlogits. Which one was multiplied by W_hy "
            "to give the logits of step t?",
            _output_h_prev,
        ),
        Mistake(
            "DB_MEAN",
            "The one b_y serves every sequence and every step. Does each use add to "
            "its gradient, or only a share of it?",
            (
                partial(_output_averaged, db_axes=(1,)),
                partial(_output_averaged, db_axes=(0,)),
                partial(_output_averaged, db_axes=(0, 1)),
            ),
        ),
        Mistake(
            "TIME_AVERAGED",
            "A division by the number of steps belongs to the loss; dlogits already "
            "contains it if there is one.",
            (
                partial(_output_averaged, dW_axes=(0,), db_axes=(0,)),
                partial(_output_averaged, dW_axes=(0, 1), db_axes=(0, 1)),
                partial(_output_averaged, dW_axes=(0,)),
                partial(_share_of_all, right=_output, axes=(0,)),
                partial(_share_of_all, right=_output, axes=(0, 1)),
            ),
        ),
        Mistake(
            "BATCH_AVERAGED",
            "A division by the number of sequences belongs to the loss; dlogits "
            "already contains it if there is one.",
            (
                partial(_output_averaged, dW_axes=(1,), db_axes=(1,)),
                partial(_output_averaged, dW_axes=(1,)),
                partial(_share_of_all, right=_output, axes=(1,)),
            ),
        ),
        Mistake(
            "DW_TRANSPOSED",
            "A gradient has the shape of what it belongs to. Which axis of W_hy "
            "belongs to the state?",
            _output_transposed,
        ),
        Mistake(
            "W_HY_NOT_TRANSPOSED",
            "W_hy leads from H numbers to V. The gradient comes with V numbers and "
            "has to travel the other way.",
            lambda dlogits, states, W_hy: (
                *_output(dlogits, states, W_hy)[:2],
                dlogits @ W_hy,
            ),
        ),
        Mistake(
            "TANH_PRIME_ADDED",
            "dhs is asked for at h_t itself. Does anything nonlinear stand between "
            "h_t and the logits?",
            _output_tanh_prime,
        ),
    ),
)


# bptt-full


def _full_case(rng: np.random.Generator, T: int, N: int, D: int, H: int) -> Case:
    dhs = rng.normal(size=(T, N, H))
    return Case(f"T = {T}, N = {N}, D = {D}, H = {H}", (dhs, *_run(rng, T, N, D, H)))


def _full_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _full_case(rng, T=5, N=3, D=4, H=6)
    yield _full_case(rng, T=4, N=5, D=2, H=3)


def _full_edges(rng: np.random.Generator) -> Iterator[Case]:
    yield _full_case(rng, T=1, N=4, D=2, H=3)
    yield _full_case(rng, T=4, N=1, D=3, H=2)
    yield _full_case(rng, T=7, N=3, D=1, H=4)
    yield _full_case(rng, T=6, N=3, D=2, H=1)
    yield _full_case(rng, T=4, N=4, D=4, H=4)


def _full(dhs, xs, states, W_xh, W_hh):
    params = {"W_xh": W_xh, "W_hh": W_hh, "b_h": np.zeros_like(W_hh[0])}
    dxs, dh0, grads = rnn_backward(dhs, SequenceCache(xs, states, params))
    return dxs, dh0, grads["W_xh"], grads["W_hh"], grads["b_h"]


def _deltas(dhs, slopes, W_back, gather=np.add):
    """Run the recursion with any slopes, any way back, any way to join the two."""
    das = dhs * slopes
    for t in reversed(range(len(das) - 1)):
        das[t] = gather(dhs[t], das[t + 1] @ W_back) * slopes[t]
    return das


def _gradients(das, dh0, xs, before, W_xh):
    dW_xh = np.tensordot(xs, das, OVER_TIME_AND_BATCH)
    dW_hh = np.tensordot(before, das, OVER_TIME_AND_BATCH)
    return das @ W_xh.T, dh0, dW_xh, dW_hh, das.sum(axis=(0, 1))


def _slopes(states):
    return 1 - states[1:] ** 2


def _slopes_before(states):
    return 1 - states[:-1] ** 2


def _one_minus_h(states):
    return 1 - states[1:]


def _tanh_again(states):
    return 1 - np.tanh(states[1:]) ** 2


def _ones(states):
    return np.ones_like(states[1:])


def _with_slopes(dhs, xs, states, W_xh, W_hh, slopes, before=slice(0, -1)):
    das = _deltas(dhs, slopes(states), W_hh.T)
    return _gradients(das, das[0] @ W_hh.T, xs, states[before], W_xh)


def _no_recursion(dhs, xs, states, W_xh, W_hh):
    das = dhs * _slopes(states)
    return _gradients(das, das[0] @ W_hh.T, xs, states[:-1], W_xh)


def _one_step_recursion(dhs, xs, states, W_xh, W_hh):
    own = dhs * _slopes(states)
    arriving = np.array(dhs)
    arriving[:-1] += own[1:] @ W_hh.T
    das = arriving * _slopes(states)
    return _gradients(das, own[0] @ W_hh.T, xs, states[:-1], W_xh)


def _only_last(dhs, xs, states, W_xh, W_hh):
    last = np.zeros_like(dhs)
    last[-1] = dhs[-1]
    return _full(last, xs, states, W_xh, W_hh)


def _overwritten(dhs, xs, states, W_xh, W_hh):
    result = _only_last(dhs, xs, states, W_xh, W_hh)
    das = _deltas(dhs, _slopes(states), W_hh.T, gather=lambda own, later: later)
    dhs[:-1] = das[1:] @ W_hh.T
    return result


def _forward_in_time(dhs, xs, states, W_xh, W_hh):
    das = _deltas(dhs[::-1], _slopes(states)[::-1], W_hh.T)[::-1]
    return _gradients(das, das[-1] @ W_hh.T, xs, states[:-1], W_xh)


def _weights_one_step(dhs, xs, states, W_xh, W_hh, t):
    das = _deltas(dhs, _slopes(states), W_hh.T)
    dxs, dh0 = das @ W_xh.T, das[0] @ W_hh.T
    return dxs, dh0, xs[t].T @ das[t], states[:-1][t].T @ das[t], das[t].sum(axis=0)


def _not_transposed(dhs, xs, states, W_xh, W_hh):
    das = _deltas(dhs, _slopes(states), W_hh)
    return _gradients(das, das[0] @ W_hh, xs, states[:-1], W_xh)


def _dh0_short(dhs, xs, states, W_xh, W_hh, multiply):
    das = _deltas(dhs, _slopes(states), W_hh.T)
    later = das[1] @ W_hh.T if len(das) > 1 else 0.0
    dh0 = das[0] if multiply else dhs[0] + later
    return _gradients(das, dh0, xs, states[:-1], W_xh)


def _dh0_zero(dhs, xs, states, W_xh, W_hh):
    dxs, dh0, *weights = _full(dhs, xs, states, W_xh, W_hh)
    return dxs, np.zeros_like(dh0), *weights


def _first_step_skipped(dhs, xs, states, W_xh, W_hh):
    das = _deltas(dhs, _slopes(states), W_hh.T)
    das[0] = 0.0
    dh0 = das[1] @ W_hh.T if len(das) > 1 else das[0]
    return _gradients(das, dh0, xs, states[:-1], W_xh)


def _tanh_in_part(dhs, xs, states, W_xh, W_hh, own, arriving, weights, sent):
    """Apply the slope of tanh only where asked: to what comes in, or what goes on."""
    das, dh = np.empty_like(dhs), np.zeros_like(dhs[0])
    for t in reversed(range(len(das))):
        slope = _slopes(states)[t]
        joined = dhs[t] * slope**own + dh * slope**arriving
        das[t], dh = joined * slope**weights, (joined * slope**sent) @ W_hh.T
    return _gradients(das, dh, xs, states[:-1], W_xh)


def _full_averaged(dhs, xs, states, W_xh, W_hh, dW_axes=(), db_axes=()):
    dxs, dh0, dW_xh, dW_hh, db_h = _full(dhs, xs, states, W_xh, W_hh)
    sizes = np.array(dhs.shape)
    shares, db_shares = sizes[[*dW_axes]].prod(), sizes[[*db_axes]].prod()
    return dxs, dh0, dW_xh / shares, dW_hh / shares, db_h / db_shares


def _in_place(dhs, xs, states, W_xh, W_hh, tanh_too=False):
    result = _full(dhs, xs, states, W_xh, W_hh)
    das = _deltas(dhs, _slopes(states), W_hh.T)
    dhs[:-1] += das[1:] @ W_hh.T
    if tanh_too:
        dhs *= _slopes(states)
    return result


def _updating(
    dhs, xs, states, W_xh, W_hh, rate, early=False, running=False, both=True, out=None
):
    """Take gradient steps inside the loop.

    With ``early`` they come before the gradient is sent on, with ``running`` they use
    the sum so far, without ``both`` W_xh stays, and with ``out`` they go to the
    arguments themselves.
    """
    arguments, (W_xh, W_hh) = (W_xh, W_hh), (np.array(W_xh), np.array(W_hh))
    dxs = np.empty_like(xs)
    dh, dW_xh, dW_hh, db_h = 0.0, 0.0, 0.0, 0.0
    for t in reversed(range(len(xs))):
        da = (dhs[t] + dh) * _slopes(states)[t]
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


def _updates_inside_loop(args: tuple, seen: Observation) -> bool:
    """Recognize weights that change during the loop, at whatever rate."""
    moved = bool({3, 4} & set(seen.mutated))
    right = _full(*args)
    if not _shaped_like(seen.value, right):
        return False
    if _equal(seen.value, right):
        # With one step the update comes after all that it could spoil.
        return moved and len(args[0]) == 1
    return moved or any(
        _equal(seen.value, _updating(*args, rate, *how))
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
    seen = [_spoiled_first(_updating(*last, rate, *how), count) for rate in tried]
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


FULL = Exercise(
    id="bptt-full",
    function="rnn_backward",
    arguments=("dhs", "xs", "states", "W_xh", "W_hh"),
    outputs=(
        Output("dxs", points=2, over_time=True),
        Output("dh0", points=2),
        Output("dW_xh", points=2),
        Output("dW_hh", points=3),
        Output("db_h", points=1),
    ),
    reference=_full,
    cases=_full_cases,
    edges=_full_edges,
    mistakes=(
        Mistake(
            "NO_RECURSION",
            "Each step is treated as if it were the last. Through what else, besides "
            "its own output, does h_t reach the loss?",
            _no_recursion,
        ),
        Mistake(
            "ONE_STEP_RECURSION",
            "The gradient travels one step back and stops there. What a step sends "
            "back: is it made of all that arrived at it, or of dhs[t] alone?",
            _one_step_recursion,
        ),
        Mistake(
            "UPSTREAM_OVERWRITTEN",
            "What comes back from step t + 1 is written over dhs[t]. Does one of the "
            "two replace the other? And who else may still need dhs?",
            _overwritten,
        ),
        Mistake(
            "UPSTREAM_ONLY_LAST",
            "Of all upstream gradients only dhs[-1] has an effect. At which steps is "
            "there a loss, and what becomes of the other dhs[t]?",
            _only_last,
        ),
        Mistake(
            "FORWARD_IN_TIME",
            "The loop runs from the first step to the last. Which of two neighboring "
            "states depends on the other, and so which gradient has to be known first?",
            _forward_in_time,
        ),
        Mistake(
            "WEIGHTS_LAST_STEP",
            "The gradients of the weights hold one step only. The same weights are "
            "used at every step: what happens to the other contributions?",
            (partial(_weights_one_step, t=0), partial(_weights_one_step, t=-1)),
        ),
        Mistake(
            "STATE_KPLUS1",
            "A neighboring state is used. In a_t = x_t W_xh + h_{t-1} W_hh + b_h and "
            "h_t = tanh(a_t), which state multiplies W_hh, which one gives the slope, "
            "and where does each stand in states?",
            (
                partial(_with_slopes, slopes=_slopes_before),
                partial(_with_slopes, slopes=_slopes, before=slice(1, None)),
                partial(
                    _with_slopes,
                    slopes=_slopes_before,
                    before=slice(1, None),
                ),
            ),
        ),
        Mistake(
            "INPLACE_DOUT",
            "The numbers are right, but dhs is no longer what the caller gave you. "
            "Which line writes into it, perhaps through another name?",
            (_in_place, partial(_in_place, tanh_too=True)),
        ),
        Mistake(
            "UPDATE_INSIDE_LOOP",
            "The weights change while the loop runs. With which weights was the "
            "forward pass made, and of which function is this then the gradient?",
            (
                partial(_updating, rate=0.1),
                partial(_updating, rate=0.01, early=True),
                partial(_updating, rate=0.001, running=True),
                partial(_updating, rate=0.2, early=True, both=False),
                partial(_updating, rate=0.02, both=False),
                partial(_updating, rate=0.03, out=True),
            ),
            recognize=_updates_inside_loop,
        ),
        Mistake(
            "NO_TANH_PRIME",
            "The gradient at h_t is used as if it were the gradient at a_t. What "
            "stands between the two?",
            partial(_with_slopes, slopes=_ones),
        ),
        Mistake(
            "TANH_PRIME_IN_PART",
            "The slope of tanh is applied to a part of the gradient, or on one of its "
            "ways. Which part of h_t did not pass through tanh?",
            (
                partial(_tanh_in_part, own=1, arriving=0, weights=0, sent=0),
                partial(_tanh_in_part, own=0, arriving=1, weights=0, sent=0),
                partial(_tanh_in_part, own=0, arriving=0, weights=1, sent=0),
                partial(_tanh_in_part, own=0, arriving=0, weights=0, sent=1),
            ),
        ),
        Mistake(
            "ONE_MINUS_H",
            "The derivative of tanh, written with its value h: is it linear in h?",
            partial(_with_slopes, slopes=_one_minus_h),
        ),
        Mistake(
            "TANH_OF_TANH",
            "states already went through tanh. Is tanh of them needed once more?",
            partial(_with_slopes, slopes=_tanh_again),
        ),
        Mistake(
            "W_HH_NOT_TRANSPOSED",
            "W_hh is square, so no shape complains. Its rows belong to h_{t-1}, its "
            "columns to h_t: along which axis does a gradient at h_t come in?",
            _not_transposed,
        ),
        Mistake(
            "DH0_ONE_STEP_SHORT",
            "dh0 is the gradient after the first step, not before it. Count the steps "
            "that lie between h0 and the loss.",
            (partial(_dh0_short, multiply=True), partial(_dh0_short, multiply=False)),
        ),
        Mistake(
            "DH0_ZERO",
            "h0 is not a parameter, and yet the loss depends on it. Which step reads "
            "it, and what does that step send back?",
            _dh0_zero,
        ),
        Mistake(
            "FIRST_STEP_SKIPPED",
            "One step is missing. Which values does t take in your loop? Print them.",
            _first_step_skipped,
        ),
        Mistake(
            "DB_MEAN",
            "The one b_h serves every sequence and every step. Does each use add to "
            "its gradient, or only a share of it?",
            (
                partial(_full_averaged, db_axes=(1,)),
                partial(_full_averaged, db_axes=(0,)),
                partial(_full_averaged, db_axes=(0, 1)),
            ),
        ),
        Mistake(
            "WEIGHTS_AVERAGED",
            "A division by the number of sequences or of steps belongs to the loss; "
            "dhs already contains it if there is one.",
            (
                *(
                    partial(_full_averaged, dW_axes=dW_axes, db_axes=db_axes)
                    for dW_axes in ((1,), (0,), (0, 1))
                    for db_axes in (dW_axes, ())
                ),
                *(
                    partial(_share_of_all, right=_full, axes=axes)
                    for axes in ((1,), (0,), (0, 1))
                ),
            ),
        ),
    ),
)


# bptt-three-terms


def _terms_case(rng: np.random.Generator, T: int, D: int, H: int) -> Case:
    dh = rng.normal(size=H)
    xs, states, _, W_hh = _run(rng, T, 1, D, H)
    return Case(f"T = {T}, D = {D}, H = {H}", (dh, xs[:, 0], states[:, 0], W_hh))


def _terms_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _terms_case(rng, T=3, D=2, H=4)
    yield _terms_case(rng, T=5, D=4, H=3)


def _terms_edges(rng: np.random.Generator) -> Iterator[Case]:
    yield _terms_case(rng, T=1, D=2, H=3)
    yield _terms_case(rng, T=2, D=3, H=4)
    yield _terms_case(rng, T=7, D=1, H=5)
    yield _terms_case(rng, T=4, D=3, H=1)
    yield _terms_case(rng, T=4, D=4, H=4)


def _terms_from(deltas, slopes, before):
    das = np.array(deltas) * slopes
    return before[:, :, None] * das[:, None, :]  # (T, H, H)


def _terms(dh, xs, states, W_hh):
    return _terms_from(
        _sent_back(dh, _jacobians(states, W_hh)), _slopes(states), states[:-1]
    )


def _jacobians(states, W_hh, slopes=_slopes):
    """Return dh_t/dh_{t-1} for every step, each to be multiplied by a row."""
    return slopes(states)[:, :, None] * W_hh.T  # (T, H, H)


def _sent_back(dh, jacobians):
    """Return dE/dh_t after each step, given dE/dh_T and the Jacobians."""
    deltas = [dh]
    for jacobian in jacobians[:0:-1]:
        deltas.insert(0, deltas[0] @ jacobian)
    return deltas


def _terms_one_kept(dh, xs, states, W_hh, t):
    terms = _terms(dh, xs, states, W_hh)
    kept = np.zeros_like(terms)
    kept[t] = terms[t]
    return kept


def _terms_slopes(
    dh, xs, states, W_hh, chain=_slopes, own=_slopes, before=slice(0, -1)
):
    deltas = _sent_back(dh, _jacobians(states, W_hh, chain))
    return _terms_from(deltas, own(states), states[before])


def _terms_power_twice(dh, xs, states, W_hh, power):
    """Loop over the steps, and raise to the number of steps within the loop."""
    jacobians = _jacobians(states, W_hh)
    powers = [power(jacobians[j], W_hh, len(xs) - j) for j in range(len(xs))]
    return _terms_from(_sent_back(dh, powers), _slopes(states), states[:-1])


def _with_power_of_weights(jacobian, W_hh, exponent):
    return jacobian @ np.linalg.matrix_power(W_hh.T, exponent - 1)


def _with_power_of_jacobian(jacobian, W_hh, exponent):
    return np.linalg.matrix_power(jacobian, exponent)


def _with_power_alone(jacobian, W_hh, exponent):
    return np.linalg.matrix_power(W_hh.T, exponent)


def _terms_one_jacobian(dh, xs, states, W_hh, pick):
    """Take one Jacobian to a power; ``pick`` says which, from (t, T)."""
    T, jacobians = len(xs), _jacobians(states, W_hh)
    deltas = [
        dh @ np.linalg.matrix_power(jacobians[pick(t, T)], T - 1 - t) for t in range(T)
    ]
    return _terms_from(deltas, _slopes(states), states[:-1])


def _terms_ascending(dh, xs, states, W_hh):
    jacobians = _jacobians(states, W_hh)
    deltas = []
    for t in range(len(xs)):
        delta = dh
        for jacobian in jacobians[t + 1 :]:
            delta = delta @ jacobian
        deltas.append(delta)
    return _terms_from(deltas, _slopes(states), states[:-1])


def _terms_weights_first(dh, xs, states, W_hh):
    jacobians = W_hh.T * _slopes(states)[:, None, :]
    return _terms_from(_sent_back(dh, jacobians), _slopes(states), states[:-1])


def _terms_off_by_one(dh, xs, states, W_hh, more):
    jacobians = _jacobians(states, W_hh)
    deltas = _sent_back(dh, jacobians)
    if more:
        deltas = [
            delta @ jacobian for delta, jacobian in zip(deltas, jacobians, strict=True)
        ]
    else:
        deltas = [*deltas[1:], dh]
    return _terms_from(deltas, _slopes(states), states[:-1])


def _terms_alone(dh, xs, states, W_hh):
    return _terms_from([dh] * len(xs), _slopes(states), states[:-1])


def _terms_every_loss(dh, xs, states, W_hh):
    jacobians = _jacobians(states, W_hh)
    deltas = [dh]
    for jacobian in jacobians[:0:-1]:
        deltas.insert(0, dh + deltas[0] @ jacobian)
    return _terms_from(deltas, _slopes(states), states[:-1])


def _terms_running(dh, xs, states, W_hh):
    return np.cumsum(_terms(dh, xs, states, W_hh)[::-1], axis=0)[::-1]


def _terms_all_the_sum(dh, xs, states, W_hh):
    terms = _terms(dh, xs, states, W_hh)
    return np.broadcast_to(terms.sum(axis=0), terms.shape)


def _terms_inputs(dh, xs, states, W_hh):
    deltas = _sent_back(dh, _jacobians(states, W_hh))
    return _terms_from(deltas, _slopes(states), xs)


TERMS = Exercise(
    id="bptt-three-terms",
    function="gradient_terms",
    arguments=("dh", "xs", "states", "W_hh"),
    outputs=(Output("terms", points=6, over_time=True),),
    reference=_terms,
    cases=_terms_cases,
    edges=_terms_edges,
    mistakes=(
        Mistake(
            "ONLY_K1",
            "Only the longest path is there, down to h_1 and the W_hh of step k = 1. "
            "In which other steps does the same W_hh appear?",
            partial(_terms_one_kept, t=0),
        ),
        Mistake(
            "ONLY_LAST_TERM",
            "Only the shortest path is there, the W_hh of the last step. h_T also "
            "depends on W_hh through h_{T-1}, and so on.",
            partial(_terms_one_kept, t=-1),
        ),
        Mistake(
            "TOTAL_FOR_IMMEDIATE",
            "Term k contains terms of earlier steps, so the sum counts them more than "
            "once. When h_k is differentiated by W_hh, what is held fixed?",
            lambda dh, xs, states, W_hh: np.cumsum(
                _terms(dh, xs, states, W_hh), axis=0
            ),
        ),
        Mistake(
            "TANH_DROPPED",
            "The terms fit a network without tanh, at least in part. Between which two "
            "quantities does tanh stand, in the Jacobians and in the immediate "
            "derivative?",
            (
                partial(_terms_slopes, chain=_ones, own=_ones),
                partial(_terms_slopes, chain=_ones),
                partial(_terms_slopes, own=_ones),
            ),
        ),
        Mistake(
            "POWER_TWICE",
            "Every pass of the loop already brings one factor W_hh. What does the "
            "exponent add?",
            (
                partial(_terms_power_twice, power=_with_power_of_weights),
                partial(_terms_power_twice, power=_with_power_of_jacobian),
                partial(_terms_power_twice, power=_with_power_alone),
            ),
        ),
        Mistake(
            "ONE_JACOBIAN_FOR_ALL",
            "A power stands where a product is asked for. Which part of dh_j/dh_{j-1} "
            "changes from step to step?",
            (
                partial(_terms_one_jacobian, pick=lambda t, T: T - 1),
                partial(_terms_one_jacobian, pick=lambda t, T: min(t + 1, T - 1)),
                partial(_terms_one_jacobian, pick=lambda t, T: t),
            ),
        ),
        Mistake(
            "JACOBIAN_ORDER",
            "The right factors in another order, and matrices do not commute. Start "
            "at h_T with the row dh: what does it meet first, and what next?",
            (_terms_ascending, _terms_weights_first),
        ),
        Mistake(
            "PRODUCT_OFF_BY_ONE",
            "The product of Jacobians has a factor too many or one too few. How many "
            "steps lie between h_k and h_T? For k = T there are none.",
            (
                partial(_terms_off_by_one, more=True),
                partial(_terms_off_by_one, more=False),
            ),
        ),
        Mistake(
            "STATE_KPLUS1",
            "A neighboring state is used. Which state multiplies W_hh in step k, which "
            "one gives the slope of tanh, and where does each stand in states?",
            (
                partial(_terms_slopes, before=slice(1, None)),
                partial(_terms_slopes, chain=_slopes_before, own=_slopes_before),
                partial(_terms_slopes, chain=_slopes_before),
                partial(_terms_slopes, own=_slopes_before),
                partial(
                    _terms_slopes,
                    chain=_slopes_before,
                    own=_slopes_before,
                    before=slice(1, None),
                ),
            ),
        ),
        Mistake(
            "W_HH_NOT_TRANSPOSED",
            "W_hh is square, so no shape complains. Its rows belong to h_{t-1}, its "
            "columns to h_t: along which axis does a gradient at h_t come in?",
            lambda dh, xs, states, W_hh: _terms(dh, xs, states, W_hh.T),
        ),
        Mistake(
            "ONE_MINUS_H",
            "The derivative of tanh, written with its value h: is it linear in h?",
            partial(_terms_slopes, chain=_one_minus_h, own=_one_minus_h),
        ),
        Mistake(
            "TANH_OF_TANH",
            "states already went through tanh. Is tanh of them needed once more?",
            partial(_terms_slopes, chain=_tanh_again, own=_tanh_again),
        ),
        Mistake(
            "NO_RECURSION",
            "dh arrives at every step as if it were the last. What has to be passed "
            "on the way from h_T back to h_k?",
            _terms_alone,
        ),
        Mistake(
            "UPSTREAM_AT_EVERY_STEP",
            "dh comes in at every step, but this loss looks at one state only. Which?",
            _terms_every_loss,
        ),
        Mistake(
            "RUNNING_SUM",
            "An entry of terms holds a sum over several steps. Each entry is for one "
            "step alone. Do two entries perhaps share one array?",
            (_terms_running, _terms_all_the_sum),
        ),
        Mistake(
            "INPUT_FOR_STATE",
            "In step k, x_k stands beside W_xh. What stands beside W_hh?",
            _terms_inputs,
        ),
        Mistake(
            "TERMS_TRANSPOSED",
            "Entry (i, j) of a term belongs to entry (i, j) of W_hh, which leads from "
            "unit i of h_{k-1} to unit j of h_k.",
            lambda dh, xs, states, W_hh: _terms(dh, xs, states, W_hh).swapaxes(1, 2),
        ),
        Mistake(
            "TERMS_REVERSED",
            "The terms are right, but not in the order that was asked for.",
            lambda dh, xs, states, W_hh: _terms(dh, xs, states, W_hh)[::-1],
        ),
        Mistake(
            "SUM_RETURNED",
            "Here the terms are wanted one by one, not their sum.",
            lambda dh, xs, states, W_hh: _terms(dh, xs, states, W_hh).sum(axis=0),
        ),
    ),
)

EXERCISES = (OUTPUT_WEIGHTS, TERMS, FULL)
