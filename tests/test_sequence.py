"""The cell over time and BPTT, against single steps, derivatives and PyTorch."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncore.cells import rnn_step_backward, rnn_step_forward
from rnncore.gradcheck import check_gradients, relative_error
from rnncore.kinds import NonFiniteError
from rnncore.sequence import rnn_backward, rnn_forward, unroll, unroll_backward
from tests.rejection import rejects

T, N, D, H = 5, 3, 4, 6
WEIGHTS = ("W_xh", "W_hh", "b_h")


def sequence_problem(T=T, N=N, D=D, H=H, seed=0):
    """Draw everything, with an upstream gradient at every step."""
    rng = np.random.default_rng(seed)
    return {
        "xs": rng.normal(size=(T, N, D)),
        "h0": rng.uniform(-0.9, 0.9, size=(N, H)),
        "W_xh": rng.normal(size=(D, H)) / np.sqrt(D),
        "W_hh": rng.normal(size=(H, H)) / np.sqrt(H),
        "b_h": 0.3 * rng.normal(size=H),
    }, rng.normal(size=(T, N, H))


def run(arrays, dhs):
    """Return states, and all gradients by the names of the arrays."""
    hs, cache = rnn_forward(arrays["xs"], arrays["h0"], arrays)
    dxs, dh0, grads = rnn_backward(dhs, cache)
    return hs, {"xs": dxs, "h0": dh0, **grads}


def loss_and_grads(arrays, dhs):
    hs, grads = run(arrays, dhs)
    return np.sum(dhs * hs), grads


def run_by_steps(arrays, dhs):
    """Do the same as `run` the plain way: one step of the cell after the other."""
    h, caches, hs = arrays["h0"], [], []
    for x in arrays["xs"]:
        h, cache = rnn_step_forward(x, h, arrays)
        hs.append(h)
        caches.append(cache)
    grads = {name: np.zeros_like(arrays[name]) for name in WEIGHTS}
    dh_next, dxs = np.zeros_like(h), []
    for dh, cache in zip(dhs[::-1], caches[::-1], strict=True):
        dx, dh_next, step_grads = rnn_step_backward(dh + dh_next, cache)
        dxs.insert(0, dx)
        for name in WEIGHTS:
            grads[name] += step_grads[name]
    return np.stack(hs), {"xs": np.stack(dxs), "h0": dh_next, **grads}


@pytest.mark.parametrize(("method", "limit"), [("central", 1e-7), ("complex", 1e-12)])
@pytest.mark.parametrize(
    "sizes", [(5, 3, 4, 6), (1, 3, 4, 6), (5, 1, 4, 6), (9, 2, 1, 1)]
)
def test_gradients_against_numerical_derivatives(method, limit, sizes):
    arrays, dhs = sequence_problem(*sizes)
    errors = check_gradients(lambda p: loss_and_grads(p, dhs), arrays, method)
    assert errors.keys() == arrays.keys()
    assert max(errors.values()) < limit


def test_values_and_gradients_against_pytorch():
    arrays, dhs = sequence_problem(T=12)
    net = torch.nn.RNN(D, H, dtype=torch.float64)
    with torch.no_grad():
        net.weight_ih_l0.copy_(torch.tensor(arrays["W_xh"].T))
        net.weight_hh_l0.copy_(torch.tensor(arrays["W_hh"].T))
        net.bias_ih_l0.copy_(torch.tensor(arrays["b_h"]))
        net.bias_hh_l0.zero_()
    xs = torch.tensor(arrays["xs"], requires_grad=True)
    h0 = torch.tensor(arrays["h0"][None], requires_grad=True)
    theirs, _ = net(xs, h0)
    theirs.backward(torch.tensor(dhs))

    hs, grads = run(arrays, dhs)
    assert relative_error(hs, theirs.detach().numpy()) < 1e-10
    assert relative_error(grads["xs"], xs.grad.numpy()) < 1e-10
    assert relative_error(grads["h0"], h0.grad.numpy()[0]) < 1e-10
    assert relative_error(grads["W_xh"], net.weight_ih_l0.grad.numpy().T) < 1e-10
    assert relative_error(grads["W_hh"], net.weight_hh_l0.grad.numpy().T) < 1e-10
    assert relative_error(grads["b_h"], net.bias_ih_l0.grad.numpy()) < 1e-10


SIZES = st.tuples(*[st.integers(1, 6)] * 4)


@given(SIZES, st.integers(0, 99))
@settings(deadline=None, max_examples=40)
def test_equals_single_steps(sizes, seed):
    arrays, dhs = sequence_problem(*sizes, seed)
    hs, grads = run(arrays, dhs)
    expected_hs, expected = run_by_steps(arrays, dhs)
    assert relative_error(hs, expected_hs) < 1e-13
    for name in expected:
        assert relative_error(grads[name], expected[name]) < 1e-11, name


@given(SIZES, st.integers(1, 5), st.integers(0, 99))
@settings(deadline=None, max_examples=30)
def test_two_halves_equal_the_whole(sizes, cut, seed):
    arrays, dhs = sequence_problem(sizes[0] + 5, *sizes[1:], seed)
    hs, grads = run(arrays, dhs)
    xs, h0 = arrays["xs"], arrays["h0"]
    first, first_cache = rnn_forward(xs[:cut], h0, arrays)
    second, second_cache = rnn_forward(xs[cut:], first[-1], arrays)
    assert relative_error(hs, np.concatenate([first, second])) < 1e-13

    _, dh_cut, late = rnn_backward(dhs[cut:], second_cache)
    carried = dhs[:cut].copy()
    carried[-1] += dh_cut
    _, dh0, early = rnn_backward(carried, first_cache)
    assert relative_error(grads["h0"], dh0) < 1e-11
    for name in WEIGHTS:
        assert relative_error(grads[name], early[name] + late[name]) < 1e-11


@given(st.floats(-10, 10), st.integers(0, 99))
@settings(deadline=None, max_examples=20)
def test_the_gradient_is_linear_in_what_comes_from_above(factor, seed):
    arrays, dhs = sequence_problem(seed=seed)
    _, grads = run(arrays, dhs)
    _, scaled = run(arrays, factor * dhs)
    for name in grads:
        np.testing.assert_allclose(scaled[name], factor * grads[name], atol=1e-10)


def forget_recursion(arrays, dhs, grads):
    hs, _ = rnn_forward(arrays["xs"], arrays["h0"], arrays)
    das = dhs * (1 - hs**2)
    return {**grads, "W_xh": np.tensordot(arrays["xs"], das, ([0, 1], [0, 1]))}


MISTAKES = {
    "no recursion": forget_recursion,
    "averaged bias": lambda a, d, g: {**g, "b_h": g["b_h"] / N},
    "transposed W_hh": lambda a, d, g: {**g, "W_hh": g["W_hh"].T},
    "a lost dh0": lambda a, d, g: {**g, "h0": 0 * g["h0"]},
    "dxs reversed": lambda a, d, g: {**g, "xs": g["xs"][::-1]},
    "last step only": lambda a, d, g: run(a, np.concatenate([0 * d[:-1], d[-1:]]))[1],
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_gradient_check_sees_classic_mistakes(mistake):
    arrays, dhs = sequence_problem()

    def wrong(params):
        loss, grads = loss_and_grads(params, dhs)
        return loss, MISTAKES[mistake](params, dhs, grads)

    assert max(check_gradients(wrong, arrays).values()) > 1e-2


def test_states_begin_with_h0():
    arrays, _ = sequence_problem()
    drives = arrays["xs"] @ arrays["W_xh"] + arrays["b_h"]
    states = unroll(drives, arrays["h0"], arrays["W_hh"])
    hs, cache = rnn_forward(arrays["xs"], arrays["h0"], arrays)
    np.testing.assert_array_equal(states[0], arrays["h0"])
    np.testing.assert_array_equal(states[1:], hs)
    np.testing.assert_array_equal(cache.states, states)


def test_unroll_backward_is_the_gradient_of_unroll():
    arrays, dhs = sequence_problem()

    def loss_and_drives(params):
        states = unroll(params["drives"], arrays["h0"], arrays["W_hh"])
        das = unroll_backward(dhs, states, arrays["W_hh"])
        return np.sum(dhs * states[1:]), {"drives": das}

    errors = check_gradients(loss_and_drives, {"drives": arrays["xs"] @ arrays["W_xh"]})
    assert errors["drives"] < 1e-7


def test_parameters_beyond_the_three_are_ignored():
    arrays, dhs = sequence_problem()
    _, cache = rnn_forward(arrays["xs"], arrays["h0"], {**arrays, "W_hy": "anything"})
    assert rnn_backward(dhs, cache)[2].keys() == set(WEIGHTS)


def test_float32_stays_float32():
    arrays, dhs = sequence_problem()
    small = {name: array.astype(np.float32) for name, array in arrays.items()}
    hs, grads = run(small, dhs.astype(np.float32))
    assert {a.dtype for a in (hs, *grads.values())} == {np.dtype(np.float32)}
    assert relative_error(hs, run(arrays, dhs)[0]) < 1e-5


def test_inputs_are_not_changed():
    arrays, dhs = sequence_problem()
    copies = {name: array.copy() for name, array in {**arrays, "dhs": dhs}.items()}
    _, grads = run(arrays, dhs)
    for name, array in {**arrays, "dhs": dhs}.items():
        np.testing.assert_array_equal(array, copies[name])
        assert not any(np.shares_memory(array, grad) for grad in grads.values())


def test_memory_order_does_not_matter():
    arrays, dhs = sequence_problem()
    hs, grads = run(arrays, dhs)
    strange = {name: np.asfortranarray(array) for name, array in arrays.items()}
    strange["xs"] = np.repeat(arrays["xs"], 2, axis=0)[::2]
    other_hs, other = run(strange, np.asfortranarray(dhs))
    assert relative_error(hs, other_hs) < 1e-14
    assert max(relative_error(grads[name], other[name]) for name in grads) < 1e-12


@pytest.mark.parametrize(
    ("name", "bad", "kind", "parts"),
    [
        ("xs", np.ones((T, N, D)).tolist(), TypeError, ["xs is a list", "np.asarray"]),
        ("xs", np.ones((T, N, D), object), TypeError, ["dtype object", "floats"]),
        ("xs", np.full((T, N, D), "a"), TypeError, ["dtype <U1", "floats"]),
        ("xs", np.ones((T, N, D), bool), TypeError, ["dtype bool", "floats"]),
        ("xs", np.ones((T, D)), ValueError, ["shape (5, 4)", "(T, N, D)", "size 1"]),
        ("xs", np.ones((T, N, 5)), ValueError, ["D = 5", "W_xh", "(5, 3, 4)"]),
        ("xs", np.ones((0, N, D)), ValueError, ["xs is empty", "T = 0", "Leave out"]),
        ("xs", np.ones((T, 0, D)), ValueError, ["xs is empty", "N = 0"]),
        (
            "xs",
            np.full((T, N, D), np.inf),
            NonFiniteError,
            ["xs holds inf", "60 of 60"],
        ),
        ("h0", np.ones((1, N, H)), ValueError, ["h0 has shape (1, 3, 6)", "(N, H)"]),
        ("h0", np.ones((1, H)), ValueError, ["N = 1", "xs has N = 3", "(3, 6)"]),
        ("h0", np.ones((H, N)), ValueError, ["h0", "Pass h0 of shape"]),
        ("h0", np.full((N, H), np.nan), NonFiniteError, ["h0 holds nan"]),
        ("h0", None, TypeError, ["h0 is a NoneType"]),
        ("W_xh", np.ones((H, D)), ValueError, ["Pass W_hh of shape (4, 4)"]),
        ("W_hh", np.ones((D, D)), ValueError, ["W_hh has H = 4", "(6, 6)"]),
    ],
)
def test_bad_input_of_the_forward_pass(name, bad, kind, parts):
    arrays, _ = sequence_problem()
    arrays[name] = bad
    with rejects(kind, "rnn_forward", *parts):
        rnn_forward(arrays["xs"], arrays["h0"], arrays)


def test_missing_parameters():
    arrays, _ = sequence_problem()
    with rejects(TypeError, "rnn_forward: params is a tuple", "W_xh, W_hh, b_h"):
        rnn_forward(arrays["xs"], arrays["h0"], (arrays["W_xh"],))
    del arrays["W_hh"]
    with rejects(ValueError, "rnn_forward", "no 'W_hh'", "shape (H, H)"):
        rnn_forward(arrays["xs"], arrays["h0"], arrays)


def test_bad_input_of_the_backward_pass():
    arrays, dhs = sequence_problem()
    _, cache = rnn_forward(arrays["xs"], arrays["h0"], arrays)
    with rejects(ValueError, "dhs has T = 4", "hs has T = 5", "(5, 3, 6)"):
        rnn_backward(dhs[1:], cache)
    with rejects(ValueError, "dhs has shape (3, 6)", "(T, N, H)"):
        rnn_backward(dhs[-1], cache)
    with rejects(TypeError, "dhs has dtype int64"):
        rnn_backward(np.ones((T, N, H), int), cache)
    _, step_cache = rnn_step_forward(arrays["xs"][0], arrays["h0"], arrays)
    with rejects(TypeError, "cache is a StepCache", "SequenceCache", "rnn_forward"):
        rnn_backward(dhs, step_cache)


def test_bad_input_of_unroll():
    arrays, dhs = sequence_problem()
    with rejects(ValueError, "unroll: drives has H = 4", "W_hh has H = 6", "(5, 3, 6)"):
        unroll(arrays["xs"], arrays["h0"], arrays["W_hh"])
    states = unroll(dhs, arrays["h0"], arrays["W_hh"])
    with rejects(ValueError, "unroll_backward: dhs has T = 3", "(5, 3, 6)"):
        unroll_backward(dhs[:3], states, arrays["W_hh"])
    with rejects(ValueError, "unroll_backward: states has shape (6, 3)", "(T, N, H)"):
        unroll_backward(dhs, states[..., 0], arrays["W_hh"])
    with rejects(ValueError, "unroll_backward: states[1:] is empty", "T = 0"):
        unroll_backward(dhs, states[:1], arrays["W_hh"])
