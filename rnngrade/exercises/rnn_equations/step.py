"""Exercise ``rnn-step``: one step of the tanh cell."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnncore.cells import rnn_step_forward
from rnngrade.exercise import Case, Exercise, Mistake, Output
from rnngrade.exercises.rnn_equations.cases import draw_weights

__all__ = ["STEP"]


def _case(rng: np.random.Generator, N: int, D: int, H: int) -> Case:
    x = rng.normal(size=(N, D))
    h_prev = rng.uniform(-0.9, 0.9, size=(N, H))
    return Case(f"N = {N}, D = {D}, H = {H}", (x, h_prev, *draw_weights(rng, D, H)))


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _case(rng, N=3, D=5, H=4)
    yield _case(rng, N=4, D=2, H=6)


def _edges(rng: np.random.Generator) -> Iterator[Case]:
    yield _case(rng, N=1, D=3, H=5)
    yield _case(rng, N=5, D=1, H=2)
    yield _case(rng, N=3, D=2, H=1)
    yield _case(rng, N=4, D=4, H=4)  # all square: no shape gives a mistake away


def _reference(x, h_prev, W_xh, W_hh, b_h):
    return rnn_step_forward(x, h_prev, {"W_xh": W_xh, "W_hh": W_hh, "b_h": b_h})[0]


def _bias_as_column(x, h_prev, W_xh, W_hh, b_h):
    # Goes unnoticed only where N = H; elsewhere it raises, as the student's does.
    return np.tanh(x @ W_xh + h_prev @ W_hh + b_h[:, None])


STEP = Exercise(
    id="rnn-step",
    function="rnn_step",
    arguments=("x", "h_prev", "W_xh", "W_hh", "b_h"),
    outputs=(Output("h", points=3),),
    reference=_reference,
    cases=_cases,
    edges=_edges,
    mistakes=(
        Mistake(
            "W_TRANSPOSED",
            "W_hh is square, so no shape complains. Which of its axes belongs to the "
            "state before the step?",
            lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(
                x @ W_xh + h_prev @ W_hh.T + b_h
            ),
        ),
        Mistake(
            "NO_BIAS",
            "One of the three terms of the equation never reaches tanh.",
            lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(x @ W_xh + h_prev @ W_hh),
        ),
        Mistake(
            "TANH_PER_TERM",
            "tanh is applied once, to the whole sum, not to its terms.",
            (
                lambda x, h_prev, W_xh, W_hh, b_h: (
                    np.tanh(x @ W_xh) + np.tanh(h_prev @ W_hh + b_h)
                ),
                lambda x, h_prev, W_xh, W_hh, b_h: (
                    np.tanh(x @ W_xh + b_h) + np.tanh(h_prev @ W_hh)
                ),
                lambda x, h_prev, W_xh, W_hh, b_h: (
                    np.tanh(x @ W_xh) + np.tanh(h_prev @ W_hh) + np.tanh(b_h)
                ),
                lambda x, h_prev, W_xh, W_hh, b_h: (
                    np.tanh(x @ W_xh) + np.tanh(h_prev @ W_hh) + b_h
                ),
            ),
        ),
        Mistake(
            "BIAS_BROADCAST_COLUMN",
            "b_h holds one number for each hidden unit. Which axis of h is that?",
            _bias_as_column,
        ),
        Mistake(
            "NO_TANH",
            "What keeps every state between -1 and 1?",
            lambda x, h_prev, W_xh, W_hh, b_h: x @ W_xh + h_prev @ W_hh + b_h,
        ),
        Mistake(
            "NO_RECURRENCE",
            "Nothing of the state before gets into the new one: which term should "
            "bring it in?",
            lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(x @ W_xh + b_h),
        ),
        Mistake(
            "SIGMOID_FOR_TANH",
            "No state is below zero: which nonlinearity is asked?",
            lambda x, h_prev, W_xh, W_hh, b_h: (
                1 / (1 + np.exp(-(x @ W_xh + h_prev @ W_hh + b_h)))
            ),
        ),
        Mistake(
            "BIAS_TWICE",
            "How often does b_h stand in the equation?",
            lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(
                x @ W_xh + h_prev @ W_hh + 2 * b_h
            ),
        ),
        Mistake(
            "RELU_FOR_TANH",
            "The negative half of the states is missing: which nonlinearity is asked?",
            lambda x, h_prev, W_xh, W_hh, b_h: np.maximum(
                x @ W_xh + h_prev @ W_hh + b_h, 0
            ),
        ),
    ),
)
