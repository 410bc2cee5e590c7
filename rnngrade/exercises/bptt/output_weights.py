"""Exercise ``bptt-output-weights``: the gradients of the output layer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from rnngrade.exercise import Case, Exercise, Mistake, Output
from rnngrade.exercises.bptt.cases import draw_weights
from rnngrade.exercises.bptt.recursion import OVER_TIME_AND_BATCH, share_of_all

__all__ = ["OUTPUT_WEIGHTS"]


def _case(
    rng: np.random.Generator, T: int, N: int, H: int, V: int, size: float = 1.0
) -> Case:
    dlogits = size * rng.normal(size=(T, N, V))
    states = rng.uniform(-0.9, 0.9, size=(T + 1, N, H))
    label = f"T = {T}, N = {N}, H = {H}, V = {V}"
    return Case(label, (dlogits, states, draw_weights(rng, H, V)))


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _case(rng, T=5, N=3, H=6, V=4)
    yield _case(rng, T=4, N=6, H=3, V=7)


def _edges(rng: np.random.Generator) -> Iterator[Case]:
    yield _case(rng, T=1, N=4, H=3, V=2)
    yield _case(rng, T=6, N=1, H=4, V=3, size=1e3)  # nothing is clipped
    yield _case(rng, T=5, N=4, H=3, V=1)
    yield _case(rng, T=4, N=3, H=1, V=5)
    yield _case(rng, T=4, N=4, H=4, V=4)


def _reference(dlogits, states, W_hy):
    dW_hy = np.tensordot(states[1:], dlogits, OVER_TIME_AND_BATCH)
    return dW_hy, dlogits.sum(axis=(0, 1)), dlogits @ W_hy.T


def _output_averaged(dlogits, states, W_hy, dW_axes=(), db_axes=()):
    dW_hy, db_y, dhs = _reference(dlogits, states, W_hy)
    sizes = np.array(dlogits.shape)
    return dW_hy / sizes[[*dW_axes]].prod(), db_y / sizes[[*db_axes]].prod(), dhs


def _output_one_step(dlogits, states, W_hy, t, dhs_too=False):
    dW_hy, db_y = states[1:][t].T @ dlogits[t], dlogits[t].sum(axis=0)
    dhs = dlogits @ W_hy.T
    kept = np.zeros_like(dhs)
    kept[t] = dhs[t]
    return dW_hy, db_y, kept if dhs_too else dhs


def _output_h_prev(dlogits, states, W_hy):
    return _reference(dlogits, np.roll(states, shift=1, axis=0), W_hy)


def _output_transposed(dlogits, states, W_hy):
    dW_hy, db_y, dhs = _reference(dlogits, states, W_hy)
    return dW_hy.T, db_y, dhs


def _output_tanh_prime(dlogits, states, W_hy):
    dW_hy, db_y, dhs = _reference(dlogits, states, W_hy)
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
    reference=_reference,
    cases=_cases,
    edges=_edges,
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
                partial(share_of_all, right=_reference, axes=(0,)),
                partial(share_of_all, right=_reference, axes=(0, 1)),
            ),
        ),
        Mistake(
            "BATCH_AVERAGED",
            "A division by the number of sequences belongs to the loss; dlogits "
            "already contains it if there is one.",
            (
                partial(_output_averaged, dW_axes=(1,), db_axes=(1,)),
                partial(_output_averaged, dW_axes=(1,)),
                partial(share_of_all, right=_reference, axes=(1,)),
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
                *_reference(dlogits, states, W_hy)[:2],
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
