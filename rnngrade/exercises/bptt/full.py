"""Exercise ``bptt-full``: backpropagation through time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from rnngrade.exercise import Case, Exercise, Mistake, Output
from rnngrade.exercises.bptt.cases import draw_run
from rnngrade.exercises.bptt.recursion import (
    full_gradients,
    gradients_from,
    no_slopes,
    one_minus_h,
    run_back,
    share_of_all,
    slopes_after,
    slopes_before,
    tanh_again,
)
from rnngrade.exercises.bptt.updating import updates_inside_loop, updating

__all__ = ["FULL"]


def _case(rng: np.random.Generator, T: int, N: int, D: int, H: int) -> Case:
    dhs = rng.normal(size=(T, N, H))
    return Case(
        f"T = {T}, N = {N}, D = {D}, H = {H}", (dhs, *draw_run(rng, T, N, D, H))
    )


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _case(rng, T=5, N=3, D=4, H=6)
    yield _case(rng, T=4, N=5, D=2, H=3)


def _edges(rng: np.random.Generator) -> Iterator[Case]:
    yield _case(rng, T=1, N=4, D=2, H=3)
    yield _case(rng, T=4, N=1, D=3, H=2)
    yield _case(rng, T=7, N=3, D=1, H=4)
    yield _case(rng, T=6, N=3, D=2, H=1)
    yield _case(rng, T=4, N=4, D=4, H=4)


def _with_slopes(dhs, xs, states, W_xh, W_hh, slopes, before=slice(0, -1)):
    das = run_back(dhs, slopes(states), W_hh.T)
    return gradients_from(das, das[0] @ W_hh.T, xs, states[before], W_xh)


def _no_recursion(dhs, xs, states, W_xh, W_hh):
    das = dhs * slopes_after(states)
    return gradients_from(das, das[0] @ W_hh.T, xs, states[:-1], W_xh)


def _one_step_recursion(dhs, xs, states, W_xh, W_hh):
    own = dhs * slopes_after(states)
    arriving = np.array(dhs)
    arriving[:-1] += own[1:] @ W_hh.T
    das = arriving * slopes_after(states)
    return gradients_from(das, own[0] @ W_hh.T, xs, states[:-1], W_xh)


def _only_last(dhs, xs, states, W_xh, W_hh):
    last = np.zeros_like(dhs)
    last[-1] = dhs[-1]
    return full_gradients(last, xs, states, W_xh, W_hh)


def _overwritten(dhs, xs, states, W_xh, W_hh):
    result = _only_last(dhs, xs, states, W_xh, W_hh)
    das = run_back(dhs, slopes_after(states), W_hh.T, gather=lambda own, later: later)
    dhs[:-1] = das[1:] @ W_hh.T
    return result


def _forward_in_time(dhs, xs, states, W_xh, W_hh):
    das = run_back(dhs[::-1], slopes_after(states)[::-1], W_hh.T)[::-1]
    return gradients_from(das, das[-1] @ W_hh.T, xs, states[:-1], W_xh)


def _weights_one_step(dhs, xs, states, W_xh, W_hh, t):
    das = run_back(dhs, slopes_after(states), W_hh.T)
    dxs, dh0 = das @ W_xh.T, das[0] @ W_hh.T
    return dxs, dh0, xs[t].T @ das[t], states[:-1][t].T @ das[t], das[t].sum(axis=0)


def _not_transposed(dhs, xs, states, W_xh, W_hh):
    das = run_back(dhs, slopes_after(states), W_hh)
    return gradients_from(das, das[0] @ W_hh, xs, states[:-1], W_xh)


def _dh0_short(dhs, xs, states, W_xh, W_hh, multiply):
    das = run_back(dhs, slopes_after(states), W_hh.T)
    later = das[1] @ W_hh.T if len(das) > 1 else 0.0
    dh0 = das[0] if multiply else dhs[0] + later
    return gradients_from(das, dh0, xs, states[:-1], W_xh)


def _dh0_zero(dhs, xs, states, W_xh, W_hh):
    dxs, dh0, *weights = full_gradients(dhs, xs, states, W_xh, W_hh)
    return dxs, np.zeros_like(dh0), *weights


def _first_step_skipped(dhs, xs, states, W_xh, W_hh):
    das = run_back(dhs, slopes_after(states), W_hh.T)
    das[0] = 0.0
    dh0 = das[1] @ W_hh.T if len(das) > 1 else das[0]
    return gradients_from(das, dh0, xs, states[:-1], W_xh)


def _tanh_in_part(dhs, xs, states, W_xh, W_hh, own, arriving, weights, sent):
    """Apply the slope of tanh only where asked: to what comes in, or what goes on."""
    das, dh = np.empty_like(dhs), np.zeros_like(dhs[0])
    for t in reversed(range(len(das))):
        slope = slopes_after(states)[t]
        joined = dhs[t] * slope**own + dh * slope**arriving
        das[t], dh = joined * slope**weights, (joined * slope**sent) @ W_hh.T
    return gradients_from(das, dh, xs, states[:-1], W_xh)


def _full_averaged(dhs, xs, states, W_xh, W_hh, dW_axes=(), db_axes=()):
    dxs, dh0, dW_xh, dW_hh, db_h = full_gradients(dhs, xs, states, W_xh, W_hh)
    sizes = np.array(dhs.shape)
    shares, db_shares = sizes[[*dW_axes]].prod(), sizes[[*db_axes]].prod()
    return dxs, dh0, dW_xh / shares, dW_hh / shares, db_h / db_shares


def _in_place(dhs, xs, states, W_xh, W_hh, tanh_too=False):
    result = full_gradients(dhs, xs, states, W_xh, W_hh)
    das = run_back(dhs, slopes_after(states), W_hh.T)
    dhs[:-1] += das[1:] @ W_hh.T
    if tanh_too:
        dhs *= slopes_after(states)
    return result


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
    reference=full_gradients,
    cases=_cases,
    edges=_edges,
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
                partial(_with_slopes, slopes=slopes_before),
                partial(_with_slopes, slopes=slopes_after, before=slice(1, None)),
                partial(
                    _with_slopes,
                    slopes=slopes_before,
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
                partial(updating, rate=0.1),
                partial(updating, rate=0.01, early=True),
                partial(updating, rate=0.001, running=True),
                partial(updating, rate=0.2, early=True, both=False),
                partial(updating, rate=0.02, both=False),
                partial(updating, rate=0.03, out=True),
            ),
            recognize=updates_inside_loop,
        ),
        Mistake(
            "NO_TANH_PRIME",
            "The gradient at h_t is used as if it were the gradient at a_t. What "
            "stands between the two?",
            partial(_with_slopes, slopes=no_slopes),
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
            partial(_with_slopes, slopes=one_minus_h),
        ),
        Mistake(
            "TANH_OF_TANH",
            "states already went through tanh. Is tanh of them needed once more?",
            partial(_with_slopes, slopes=tanh_again),
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
                    partial(share_of_all, right=full_gradients, axes=axes)
                    for axes in ((1,), (0,), (0, 1))
                ),
            ),
        ),
    ),
)
