"""Exercise ``rnn-forward``: the states of a whole sequence."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from rnncore.sequence import rnn_forward
from rnngrade.exercise import Case, Exercise, Mistake, Output
from rnngrade.exercises.rnn_equations.cases import draw_weights
from rnngrade.exercises.rnn_equations.step import STEP
from rnngrade.sandbox.observation import Observation

__all__ = ["FORWARD"]


def _case(rng: np.random.Generator, T: int, N: int, D: int, H: int) -> Case:
    xs = rng.normal(size=(T, N, D))
    h0 = rng.uniform(-0.9, 0.9, size=(N, H))
    label = f"T = {T}, N = {N}, D = {D}, H = {H}"
    return Case(label, (xs, h0, *draw_weights(rng, D, H)))


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _case(rng, T=5, N=3, D=4, H=6)
    yield _case(rng, T=4, N=6, D=5, H=3)


def _edges(rng: np.random.Generator) -> Iterator[Case]:
    yield _case(rng, T=1, N=3, D=2, H=4)
    yield _case(rng, T=6, N=1, D=3, H=5)
    yield _case(rng, T=11, N=4, D=1, H=2)
    yield _case(rng, T=5, N=4, D=3, H=1)
    yield _case(rng, T=4, N=4, D=4, H=4)  # no shape gives a mistake away


def _reference(xs, h0, W_xh, W_hh, b_h):
    return rnn_forward(xs, h0, {"W_xh": W_xh, "W_hh": W_hh, "b_h": b_h})[0].copy()


def _run(step: Callable) -> Callable:
    """Make a sequence of a step that may be wrong."""

    def forward(xs, h0, *weights):
        hs = [h0]
        for x in xs:
            hs.append(step(x, hs[-1], *weights))
        return np.stack(hs[1:])

    return forward


def _with_inputs(rearranged: Callable) -> Callable:
    """Run the right cell on inputs that are not in their places."""
    return lambda xs, *rest: _reference(rearranged(xs), *rest)


def _from_other_start(start: Callable) -> Callable:
    return lambda xs, h0, *weights: _reference(xs, start(h0), *weights)


def _from_drive(xs, h0, W_xh, W_hh, b_h):
    # Filled in place, so that index -1 finds the last step's x W_xh + b_h.
    hs = xs @ W_xh + b_h
    for t in range(len(xs)):
        hs[t] = np.tanh(hs[t] + hs[t - 1] @ W_hh)
    return hs


def _from_product(xs, h0, W_xh, W_hh, b_h):
    hs = xs @ W_xh
    for t in range(len(xs)):
        hs[t] = np.tanh(hs[t] + hs[t - 1] @ W_hh + b_h)
    return hs


_IN_PLACE = (_from_drive, _from_product)


def _long_buffer(write: int) -> Callable:
    """Read entry t - 1 of T + 1 entries, where the state before step t is entry t."""

    def forward(xs, h0, *weights):
        states = np.zeros((len(xs) + 1, *h0.shape))
        states[0] = h0
        for t, x in enumerate(xs):
            states[t + write] = STEP.reference(x, states[t - 1], *weights)
        return states[1:]

    return forward


def _growing_list(xs, h0, *weights):
    states = [h0]
    for t, x in enumerate(xs):
        states.append(STEP.reference(x, states[t - 1], *weights))
    return np.stack(states[1:])


def _without_h0(xs, h0, *weights):
    return _reference(xs, np.zeros_like(h0), *weights)


def _first_state_is_h0(xs, h0, *weights):
    if len(xs) == 1:
        return h0[None].copy()
    return np.concatenate([h0[None], _reference(xs[1:], h0, *weights)])


def _mixed_after_each_step(xs, h0, *weights):
    h, hs = h0, []
    for x in xs:
        hs.append(STEP.reference(x, h, *weights))
        h = 0 * h + hs[-1].mean(axis=0)
    return np.stack(hs)


def _last_state_everywhere(change_h0: bool) -> Callable:
    def forward(xs, h0, *weights):
        h = h0 if change_h0 else h0.copy()
        for x in xs:
            h[...] = STEP.reference(x, h, *weights)
        return np.stack([h] * len(xs))

    return forward


def _one_state_for_all(xs, h0, *weights):
    """Loop over the sequences and start each where the one before it ended."""
    hs = np.empty((*xs.shape[:2], h0.shape[1]))
    h = h0[0]
    for n in range(len(h0)):
        for t in range(len(xs)):
            h = hs[t, n] = STEP.reference(xs[t, n : n + 1], h[None], *weights)[0]
    return hs


def _starts_elsewhere(args: tuple, seen: Observation) -> bool:
    """Tell a right recurrence from a start that no other mistake explains."""
    xs, _, W_xh, W_hh, b_h = args
    explained = [
        right(*args)
        for right in (_reference, _without_h0, _first_state_is_h0, *_IN_PLACE)
    ]
    hs = seen.value
    if not isinstance(hs, np.ndarray) or hs.shape != explained[0].shape:
        return False
    with np.errstate(all="ignore"):  # a student's states may be anything
        following = np.tanh(xs[1:] @ W_xh + hs[:-1] @ W_hh + b_h)
    return _close(hs[1:], following) and not any(_close(hs, e) for e in explained)


def _close(a: np.ndarray, b: np.ndarray) -> bool:
    return np.allclose(a, b, rtol=1e-9, atol=1e-9)


def _batch_first(xs, h0, W_xh, W_hh, b_h):
    # Raises NumPy's own message where T and N differ, as the student's does.
    step = _run(lambda x, h: np.tanh(x @ W_xh + h @ W_hh + b_h))
    return step(xs.swapaxes(0, 1), h0)


FORWARD = Exercise(
    id="rnn-forward",
    function="rnn_forward",
    arguments=("xs", "h0", "W_xh", "W_hh", "b_h"),
    outputs=(Output("hs", points=5, over_time=True),),
    reference=_reference,
    cases=_cases,
    edges=_edges,
    mistakes=(
        Mistake(
            "H0_IGNORED",
            "What stands for h_{t-1} at t = 0? Neither a new array of zeros nor "
            "hs[-1], which is what hs[t - 1] reads there, knows h0.",
            _without_h0,
        ),
        Mistake(
            "ALWAYS_H0",
            "Every step starts again from h0: where do you replace the old state?",
            lambda xs, h0, W_xh, W_hh, b_h: np.tanh(xs @ W_xh + h0 @ W_hh + b_h),
        ),
        Mistake(
            "WRAPAROUND_T_MINUS_1",
            "Write down which entry your index t - 1 reads at t = 0 and at t = 1, and "
            "what it holds by then: -1 raises no error, it reads the last entry.",
            (
                *_IN_PLACE,
                _long_buffer(write=0),
                _long_buffer(write=1),
                _growing_list,
            ),
        ),
        Mistake(
            "X_OFF_BY_ONE",
            "Which input does hs[t] read last? Compare the time index of x with that "
            "of the state it leads to, at the first and at the last step.",
            (
                _with_inputs(lambda xs: np.roll(xs, 1, axis=0)),
                _with_inputs(lambda xs: np.concatenate([0 * xs[:1], xs[:-1]])),
                _with_inputs(lambda xs: np.roll(xs, -1, axis=0)),
                _with_inputs(lambda xs: np.concatenate([xs[1:], 0 * xs[:1]])),
                _with_inputs(lambda xs: np.concatenate([xs[1:], xs[-1:]])),
            ),
        ),
        Mistake(
            "HS_STARTS_WITH_H0",
            "Your hs[0] is h0 itself. Which input has the state hs[0] already read?",
            (
                lambda xs, h0, *weights: np.concatenate(
                    [h0[None], _reference(xs, h0, *weights)[:-1]]
                ),
                lambda xs, h0, *weights: np.concatenate(
                    [h0[None], _reference(xs, h0, *weights)]
                ),
                _first_state_is_h0,
            ),
        ),
        Mistake(
            "STATE_MEAN_OVER_BATCH",
            "The N sequences are strangers to each other, but here a row of the state "
            "depends on all rows: what mixes them between two steps?",
            (
                _run(
                    lambda x, h, *weights: STEP.reference(
                        x, 0 * h + h.mean(axis=0), *weights
                    )
                ),
                _mixed_after_each_step,
            ),
        ),
        Mistake(
            "START_NOT_H0",
            "From t = 1 on every state follows from the one before it, but hs[0] does "
            "not follow from h0, row by row. What does your step read at t = 0?",
            (
                _one_state_for_all,
                _from_other_start(lambda h0: np.repeat(h0[:1], len(h0), axis=0)),
                _from_other_start(lambda h0: h0[::-1]),
                _from_other_start(lambda h0: 0 * h0 + 1),
            ),
            recognize=_starts_elsewhere,
        ),
        Mistake(
            "LAST_STATE_ONLY",
            "This is the state after the last step: what happened to the T - 1 before?",
            lambda *args: _reference(*args)[-1].copy(),
        ),
        Mistake(
            "STATE_OVERWRITTEN",
            "Every hs[t] is the last state: how many different arrays did you store, "
            "and what does writing into one of them change?",
            (
                _last_state_everywhere(change_h0=False),
                _last_state_everywhere(change_h0=True),
            ),
        ),
        Mistake(
            "TIME_REVERSED",
            "Time runs the wrong way: in which order do you read the inputs, and in "
            "which do you store the states?",
            (
                _with_inputs(lambda xs: xs[::-1]),
                lambda xs, *rest: _reference(xs[::-1], *rest)[::-1].copy(),
                lambda *args: _reference(*args)[::-1].copy(),
            ),
        ),
        Mistake(
            "AXES_SWAPPED_NT",
            "xs is (T, N, D) and hs is (T, N, H): which axis does your loop run over, "
            "and along which do you stack the states?",
            (
                _batch_first,
                lambda *args: np.stack(list(_reference(*args)), axis=1),
            ),
        ),
        *(
            Mistake(step.name, step.hint, tuple(map(_run, step.variants)))
            for step in STEP.mistakes
        ),
    ),
)
