"""Exercise ``bptt-three-terms``: what each step contributes to the gradient of W_hh."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from rnngrade.exercise import Case, Exercise, Mistake, Output
from rnngrade.exercises.bptt.cases import draw_run
from rnngrade.exercises.bptt.recursion import (
    no_slopes,
    one_minus_h,
    slopes_after,
    slopes_before,
    tanh_again,
)

__all__ = ["TERMS"]


def _case(rng: np.random.Generator, T: int, D: int, H: int, size: float = 1.0) -> Case:
    dh = size * rng.normal(size=H)
    xs, states, _, W_hh = draw_run(rng, T, 1, D, H)
    return Case(f"T = {T}, D = {D}, H = {H}", (dh, xs[:, 0], states[:, 0], W_hh))


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _case(rng, T=3, D=2, H=4)
    yield _case(rng, T=5, D=4, H=3)


def _edges(rng: np.random.Generator) -> Iterator[Case]:
    yield _case(rng, T=1, D=2, H=3)
    yield _case(rng, T=2, D=3, H=4, size=1e3)  # nothing is clipped
    yield _case(rng, T=7, D=1, H=5)
    yield _case(rng, T=4, D=3, H=1)
    yield _case(rng, T=4, D=4, H=4)


def _terms_from(deltas, slopes, before):
    das = np.array(deltas) * slopes
    return before[:, :, None] * das[:, None, :]  # (T, H, H)


def _reference(dh, xs, states, W_hh):
    return _terms_from(
        _sent_back(dh, _jacobians(states, W_hh)), slopes_after(states), states[:-1]
    )


def _jacobians(states, W_hh, slopes=slopes_after):
    """Return dh_t/dh_{t-1} for every step, each to be multiplied by a row."""
    return slopes(states)[:, :, None] * W_hh.T  # (T, H, H)


def _sent_back(dh, jacobians):
    """Return dL/dh_t after each step, given dL/dh_T and the Jacobians."""
    deltas = [dh]
    for jacobian in jacobians[:0:-1]:
        deltas.insert(0, deltas[0] @ jacobian)
    return deltas


def _terms_one_kept(dh, xs, states, W_hh, t):
    terms = _reference(dh, xs, states, W_hh)
    kept = np.zeros_like(terms)
    kept[t] = terms[t]
    return kept


def _terms_slopes(
    dh, xs, states, W_hh, chain=slopes_after, own=slopes_after, before=slice(0, -1)
):
    deltas = _sent_back(dh, _jacobians(states, W_hh, chain))
    return _terms_from(deltas, own(states), states[before])


def _terms_power_twice(dh, xs, states, W_hh, power):
    """Loop over the steps, and raise to the number of steps within the loop."""
    jacobians = _jacobians(states, W_hh)
    powers = [power(jacobians[j], W_hh, len(xs) - j) for j in range(len(xs))]
    return _terms_from(_sent_back(dh, powers), slopes_after(states), states[:-1])


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
    return _terms_from(deltas, slopes_after(states), states[:-1])


def _terms_ascending(dh, xs, states, W_hh):
    jacobians = _jacobians(states, W_hh)
    deltas = []
    for t in range(len(xs)):
        delta = dh
        for jacobian in jacobians[t + 1 :]:
            delta = delta @ jacobian
        deltas.append(delta)
    return _terms_from(deltas, slopes_after(states), states[:-1])


def _terms_weights_first(dh, xs, states, W_hh):
    jacobians = W_hh.T * slopes_after(states)[:, None, :]
    return _terms_from(_sent_back(dh, jacobians), slopes_after(states), states[:-1])


def _terms_off_by_one(dh, xs, states, W_hh, more):
    jacobians = _jacobians(states, W_hh)
    deltas = _sent_back(dh, jacobians)
    if more:
        deltas = [
            delta @ jacobian for delta, jacobian in zip(deltas, jacobians, strict=True)
        ]
    else:
        deltas = [*deltas[1:], dh]
    return _terms_from(deltas, slopes_after(states), states[:-1])


def _terms_alone(dh, xs, states, W_hh):
    return _terms_from([dh] * len(xs), slopes_after(states), states[:-1])


def _terms_every_loss(dh, xs, states, W_hh):
    jacobians = _jacobians(states, W_hh)
    deltas = [dh]
    for jacobian in jacobians[:0:-1]:
        deltas.insert(0, dh + deltas[0] @ jacobian)
    return _terms_from(deltas, slopes_after(states), states[:-1])


def _terms_running(dh, xs, states, W_hh):
    return np.cumsum(_reference(dh, xs, states, W_hh)[::-1], axis=0)[::-1]


def _terms_all_the_sum(dh, xs, states, W_hh):
    terms = _reference(dh, xs, states, W_hh)
    return np.broadcast_to(terms.sum(axis=0), terms.shape)


def _terms_inputs(dh, xs, states, W_hh):
    deltas = _sent_back(dh, _jacobians(states, W_hh))
    return _terms_from(deltas, slopes_after(states), xs)


TERMS = Exercise(
    id="bptt-three-terms",
    function="gradient_terms",
    arguments=("dh", "xs", "states", "W_hh"),
    outputs=(Output("terms", points=6, over_time=True),),
    reference=_reference,
    cases=_cases,
    edges=_edges,
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
                _reference(dh, xs, states, W_hh), axis=0
            ),
        ),
        Mistake(
            "TANH_DROPPED",
            "The terms fit a network without tanh, at least in part. Between which two "
            "quantities does tanh stand, in the Jacobians and in the immediate "
            "derivative?",
            (
                partial(_terms_slopes, chain=no_slopes, own=no_slopes),
                partial(_terms_slopes, chain=no_slopes),
                partial(_terms_slopes, own=no_slopes),
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
                partial(_terms_slopes, chain=slopes_before, own=slopes_before),
                partial(_terms_slopes, chain=slopes_before),
                partial(_terms_slopes, own=slopes_before),
                partial(
                    _terms_slopes,
                    chain=slopes_before,
                    own=slopes_before,
                    before=slice(1, None),
                ),
            ),
        ),
        Mistake(
            "W_HH_NOT_TRANSPOSED",
            "W_hh is square, so no shape complains. Its rows belong to h_{t-1}, its "
            "columns to h_t: along which axis does a gradient at h_t come in?",
            lambda dh, xs, states, W_hh: _reference(dh, xs, states, W_hh.T),
        ),
        Mistake(
            "ONE_MINUS_H",
            "The derivative of tanh, written with its value h: is it linear in h?",
            partial(_terms_slopes, chain=one_minus_h, own=one_minus_h),
        ),
        Mistake(
            "TANH_OF_TANH",
            "states already went through tanh. Is tanh of them needed once more?",
            partial(_terms_slopes, chain=tanh_again, own=tanh_again),
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
            lambda dh, xs, states, W_hh: _reference(dh, xs, states, W_hh).swapaxes(
                1, 2
            ),
        ),
        Mistake(
            "TERMS_REVERSED",
            "The terms are right, but not in the order that was asked for.",
            lambda dh, xs, states, W_hh: _reference(dh, xs, states, W_hh)[::-1],
        ),
        Mistake(
            "SUM_RETURNED",
            "Here the terms are wanted one by one, not their sum.",
            lambda dh, xs, states, W_hh: _reference(dh, xs, states, W_hh).sum(axis=0),
        ),
    ),
)
