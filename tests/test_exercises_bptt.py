"""The exercises of chapter 5 against oracles, and what their messages say.

PyTorch differentiates the same network; for the terms it is given a copy of the
recurrent weights for every step, whose gradient is by definition the immediate one.
The general promises (points, names, mutants) are in ``test_exercises.py``.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import torch

from rnngrade.compare import compare
from rnngrade.exercises.bptt.full import FULL
from rnngrade.exercises.bptt.output_weights import OUTPUT_WEIGHTS
from rnngrade.exercises.bptt.three_terms import TERMS
from rnngrade.judge import evaluate
from rnngrade.sandbox.observation import observe

EXERCISES = (OUTPUT_WEIGHTS, FULL, TERMS)
exercises = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)


def drawn(exercise, seed=0):
    return [case.args for case in exercise.draw(np.random.default_rng(seed), True)]


def leaf(array):
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def assert_close(actual, expected):
    for ours, theirs in zip(actual, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


def biases(xs, states, W_xh, W_hh):
    """Recover b_h from the first step of a run: it is not among the arguments."""
    drive = np.arctanh(states[1]) - states[0] @ W_hh
    rows = (drive - xs[0] @ W_xh).reshape(-1, len(W_hh))
    np.testing.assert_allclose(rows, rows[:1].repeat(len(rows), 0), atol=1e-11)
    return rows[0]


def unrolled(xs, h0, W_xh, W_hhs, b_h):
    states = [h0]
    for x, W_hh in zip(xs, W_hhs, strict=True):
        states.append(torch.tanh(x @ W_xh + states[-1] @ W_hh + b_h))
    return torch.stack(states)


@pytest.mark.parametrize("args", drawn(OUTPUT_WEIGHTS))
def test_output_gradients_equal_autograd(args):
    dlogits, states, W_hy = args
    hs, W, b = leaf(states[1:]), leaf(W_hy), leaf(np.zeros(W_hy.shape[1]))
    ((hs @ W + b) * torch.tensor(dlogits)).sum().backward()
    assert_close(OUTPUT_WEIGHTS.reference(*args), (W.grad, b.grad, hs.grad))


@pytest.mark.parametrize("args", drawn(FULL))
def test_full_gradients_equal_autograd(args):
    dhs, xs, states, W_xh, W_hh = args
    leaves = xs, states[0], W_xh, W_hh, biases(xs, states, W_xh, W_hh)
    X, h0, W, U, b = map(leaf, leaves)
    run = unrolled(X, h0, W, [U] * len(xs), b)
    np.testing.assert_allclose(run.detach(), states, atol=1e-10)
    (run[1:] * torch.tensor(dhs)).sum().backward()
    assert_close(FULL.reference(*args), [part.grad for part in (X, h0, W, U, b)])


@pytest.mark.parametrize("args", drawn(TERMS))
def test_terms_equal_autograd_with_a_copy_of_the_weights_for_each_step(args):
    dh, xs, states, W_hh = args
    # Any drives that lead through the given states will do: the immediate derivative
    # asks for the states alone.
    drives = torch.tensor(np.arctanh(states[1:]) - states[:-1] @ W_hh)
    copies = [leaf(W_hh) for _ in xs]
    h = torch.tensor(states[0])
    for drive, copy in zip(drives, copies, strict=True):
        h = torch.tanh(drive + h @ copy)
    (h * torch.tensor(dh)).sum().backward()
    assert_close(TERMS.reference(*args), [copy.grad for copy in copies])


@pytest.mark.parametrize("args", drawn(TERMS))
def test_the_sum_of_the_terms_is_the_gradient_of_full_backpropagation(args):
    dh, xs, states, W_hh = args
    dhs = np.zeros((len(xs), 1, len(dh)))
    dhs[-1, 0] = dh
    W_xh = np.ones((xs.shape[1], len(dh)))
    full = FULL.reference(dhs, xs[:, None], states[:, None], W_xh, W_hh)
    assert_close([TERMS.reference(*args).sum(axis=0)], [full[3]])


def test_the_states_of_the_terms_come_from_their_inputs():
    """xs is not needed for the terms, yet it must be what led to the states."""
    longest = max(drawn(TERMS), key=lambda args: len(args[1]) - args[1].shape[1])
    _, xs, states, W_hh = longest
    drives = np.arctanh(states[1:]) - states[:-1] @ W_hh
    design = np.column_stack([xs, np.ones(len(xs))])
    _, residuals, rank, _ = np.linalg.lstsq(design, drives, rcond=None)
    assert rank == design.shape[1] < len(xs)
    np.testing.assert_allclose(residuals, 0, atol=1e-18)


@exercises
def test_no_two_mistakes_return_the_same(exercise):
    """Outputs and changed arguments together; whoever looks at both can tell."""
    args = drawn(exercise)[0]
    seen = [
        (mistake.name, observe(wrong, args))
        for mistake in exercise.mistakes
        for wrong in mistake.variants
    ]
    for (name, one), (other, two) in combinations(seen, 2):
        if name != other and one.mutated == two.mutated:
            assert not same(one, two), f"{name} and {other}"


def same(one, two):
    if one.error or two.error:
        return one.error == two.error
    parts = [o.value if isinstance(o.value, tuple) else (o.value,) for o in (one, two)]
    return all(compare("", a, b, 1e-9).agrees for a, b in zip(*parts, strict=True))


def verdict_of(exercise, function, seed=0):
    rng = np.random.default_rng(seed)
    return evaluate(exercise, lambda args: observe(function, args), rng)


def with_rate(rate, inside, in_place=False):
    """Return an answer that takes gradient steps, inside the loop or after it."""

    def rnn_backward(dhs, xs, states, W_xh, W_hh):
        given, W_hh = W_hh, np.array(W_hh)
        dxs, carried, sums = np.empty_like(xs), 0.0, [0.0, 0.0, 0.0]
        for t in reversed(range(len(xs))):
            da = (dhs[t] + carried) * (1 - states[t + 1] ** 2)
            dxs[t], carried = da @ W_xh.T, da @ W_hh.T
            parts = xs[t].T @ da, states[t].T @ da, da.sum(axis=0)
            sums = [total + part for total, part in zip(sums, parts, strict=True)]
            if inside:
                W_xh, W_hh = W_xh - rate * parts[0], W_hh - rate * parts[1]
        if in_place:
            given -= rate * sums[1]
        return dxs, carried, *sums

    return rnn_backward


@pytest.mark.parametrize("rate", [1.0, 0.0371, 1e-4])
def test_updates_inside_the_loop_are_recognized_at_any_rate(rate):
    verdict = verdict_of(FULL, with_rate(rate, inside=True))
    assert verdict.mistakes == ("UPDATE_INSIDE_LOOP",), verdict.text


def test_updates_in_place_are_recognized_too():
    verdict = verdict_of(FULL, with_rate(0.0371, inside=True, in_place=True))
    assert verdict.mistakes == ("UPDATE_INSIDE_LOOP",), verdict.text


def test_weights_that_move_in_another_way_are_recognized_by_the_change():
    def rnn_backward(dhs, xs, states, W_xh, W_hh):
        dxs, dh, dW_hh = np.empty_like(xs), 0.0, 0.0
        for t in reversed(range(len(xs))):
            da = (dhs[t] + dh) * (1 - states[t + 1] ** 2)
            dxs[t], dh = da @ W_xh.T, da @ W_hh.T
            dW_hh = dW_hh + states[t].T @ da
            W_hh -= 0.01 * np.clip(dW_hh, -1, 1)
        right = FULL.reference(dhs, xs, states, W_xh, W_hh)
        return dxs, dh, right[2], dW_hh, right[4]

    verdict = verdict_of(FULL, rnn_backward)
    assert verdict.mistakes == ("UPDATE_INSIDE_LOOP",), verdict.text


def test_an_update_after_the_loop_is_a_changed_argument_and_nothing_else():
    verdict = verdict_of(FULL, with_rate(0.1, inside=False, in_place=True))
    assert verdict.mistakes == ()
    assert verdict.points == FULL.max_points - FULL.inputs_points
    assert "changed in place: W_hh" in verdict.text


def test_an_upstream_written_over_in_place_differs_from_one_that_is_ignored():
    """Both return the same; the argument that is changed tells them apart."""

    def overwriting(dhs, xs, states, W_xh, W_hh):
        das = np.empty_like(dhs)
        for t in reversed(range(len(xs))):
            das[t] = dhs[t] * (1 - states[t + 1] ** 2)
            if t:
                dhs[t - 1] = das[t] @ W_hh.T
        dW_xh = sum(x.T @ da for x, da in zip(xs, das, strict=True))
        dW_hh = sum(h.T @ da for h, da in zip(states[:-1], das, strict=True))
        return das @ W_xh.T, das[0] @ W_hh.T, dW_xh, dW_hh, das.sum(axis=(0, 1))

    def ignoring(dhs, *rest):
        return overwriting(np.array(dhs), *rest)

    assert verdict_of(FULL, overwriting).mistakes == ("UPSTREAM_OVERWRITTEN",)
    assert verdict_of(FULL, ignoring).mistakes == ("UPSTREAM_ONLY_LAST",)


def test_one_wrong_output_costs_its_own_points():
    def answer(*args):
        dxs, dh0, dW_xh, dW_hh, db_h = FULL.reference(*args)
        return dxs, dh0, dW_xh, dW_hh, db_h / args[0].shape[1]

    verdict = verdict_of(FULL, answer)
    assert verdict.points == FULL.max_points - 1 - FULL.inputs_points
    assert verdict.mistakes == ("DB_MEAN",)


def test_reversed_terms_are_named_and_the_shape_of_a_sum_is_told():
    def reversed_terms(*args):
        return TERMS.reference(*args)[::-1].copy()

    def total(*args):
        return TERMS.reference(*args).sum(axis=0)

    assert verdict_of(TERMS, reversed_terms).mistakes == ("TERMS_REVERSED",)
    assert "expected (3, 4, 4)" in verdict_of(TERMS, total).text


@pytest.mark.parametrize("filling", [1e308, -1e308, np.nan, np.inf, 1e-308, 1])
@pytest.mark.parametrize("dtype", [float, complex, np.float16, int])
def test_no_numbers_of_a_student_upset_the_recognizer(filling, dtype):
    def answer(*args):
        with np.errstate(all="ignore"):
            filled = np.nan_to_num(filling) if dtype is int else filling
            return tuple(
                np.full(part.shape, filled % 2**62 if dtype is int else filled, dtype)
                for part in FULL.reference(*args)
            )

    with np.errstate(all="ignore"):
        assert verdict_of(FULL, answer).points == 0
