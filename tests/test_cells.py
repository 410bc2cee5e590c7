"""One step of a cell, against numerical derivatives and PyTorch; all cells by name."""

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncore.cells import (
    CELLS,
    RNN_AXES,
    StepCache,
    identity_step_backward,
    identity_step_forward,
    relu_step_backward,
    relu_step_forward,
    rnn_step_backward,
    rnn_step_forward,
)
from rnncore.gradcheck import check_gradients, relative_error
from rnncore.kinds import NonFiniteError
from rnncore.sequence import rnn_forward
from tests.cell_problems import cell_problem, run_step, shapes_of
from tests.rejection import rejects

N, D, H = 3, 4, 6


def step_problem(N=N, D=D, H=H, seed=0):
    """Draw inputs, weights and an upstream gradient, nothing zero, nothing equal."""
    rng = np.random.default_rng(seed)
    return {
        "x": rng.normal(size=(N, D)),
        "h_prev": rng.uniform(-0.9, 0.9, size=(N, H)),
        "W_xh": 0.5 * rng.normal(size=(D, H)),
        "W_hh": 0.5 * rng.normal(size=(H, H)),
        "b_h": rng.normal(size=H),
    }, rng.normal(size=(N, H))


def loss_and_grads(arrays, dh):
    h, cache = rnn_step_forward(arrays["x"], arrays["h_prev"], arrays)
    dx, dh_prev, grads = rnn_step_backward(dh, cache)
    return np.sum(dh * h), {"x": dx, "h_prev": dh_prev, **grads}


@pytest.mark.parametrize(("method", "limit"), [("central", 1e-8), ("complex", 1e-13)])
@pytest.mark.parametrize("sizes", [(3, 4, 6), (1, 4, 6), (3, 1, 1), (5, 2, 3)])
def test_gradients_against_numerical_derivatives(method, limit, sizes):
    arrays, dh = step_problem(*sizes)
    errors = check_gradients(lambda p: loss_and_grads(p, dh), arrays, method)
    assert len(errors) == 5
    assert max(errors.values()) < limit


def test_values_and_gradients_against_pytorch():
    arrays, dh = step_problem()
    cell = torch.nn.RNNCell(D, H, dtype=torch.float64)
    with torch.no_grad():
        cell.weight_ih.copy_(torch.tensor(arrays["W_xh"].T))
        cell.weight_hh.copy_(torch.tensor(arrays["W_hh"].T))
        cell.bias_ih.copy_(torch.tensor(arrays["b_h"]))
        cell.bias_hh.zero_()
    x = torch.tensor(arrays["x"], requires_grad=True)
    h_prev = torch.tensor(arrays["h_prev"], requires_grad=True)
    h = cell(x, h_prev)
    h.backward(torch.tensor(dh))

    ours, cache = rnn_step_forward(arrays["x"], arrays["h_prev"], arrays)
    dx, dh_prev, grads = rnn_step_backward(dh, cache)
    for name, mine, theirs in [
        ("h", ours, h.detach()),
        ("dx", dx, x.grad),
        ("dh_prev", dh_prev, h_prev.grad),
        ("dW_xh", grads["W_xh"], cell.weight_ih.grad.T),
        ("dW_hh", grads["W_hh"], cell.weight_hh.grad.T),
        ("db_h", grads["b_h"], cell.bias_ih.grad),
    ]:
        assert relative_error(mine, theirs.numpy()) < 1e-10, name


def test_stacked_matrix_form():
    p, _ = step_problem()
    h, _ = rnn_step_forward(p["x"], p["h_prev"], p)
    stacked = np.hstack([p["h_prev"], p["x"]]) @ np.vstack([p["W_hh"], p["W_xh"]])
    assert relative_error(h, np.tanh(stacked + p["b_h"])) < 1e-14


def test_float32_stays_float32():
    p, dh = step_problem()
    p = {name: array.astype(np.float32) for name, array in p.items()}
    h, cache = rnn_step_forward(p["x"], p["h_prev"], p)
    dx, dh_prev, grads = rnn_step_backward(dh.astype(np.float32), cache)
    assert {a.dtype for a in (h, dx, dh_prev, *grads.values())} == {h.dtype}
    assert h.dtype == np.float32


def test_inputs_are_not_changed_and_results_are_new():
    p, dh = step_problem()
    copies = {name: array.copy() for name, array in p.items()}
    upstream = dh.copy()
    h, cache = rnn_step_forward(p["x"], p["h_prev"], p)
    results = [h, *rnn_step_backward(dh, cache)[:2]]
    for name in p:
        np.testing.assert_array_equal(p[name], copies[name])
        assert not any(np.shares_memory(result, p[name]) for result in results)
    np.testing.assert_array_equal(dh, upstream)


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 5), st.integers(0, 99))
@settings(deadline=None, max_examples=30)
def test_sequences_of_a_batch_do_not_see_each_other(N, D, H, seed):
    p, dh = step_problem(N, D, H, seed)
    h, cache = rnn_step_forward(p["x"], p["h_prev"], p)
    dx, dh_prev, grads = rnn_step_backward(dh, cache)
    sums = dict.fromkeys(grads, 0)
    for n in range(N):
        one = slice(n, n + 1)
        h_n, cache_n = rnn_step_forward(p["x"][one], p["h_prev"][one], p)
        dx_n, dh_prev_n, grads_n = rnn_step_backward(dh[one], cache_n)
        np.testing.assert_allclose(h[one], h_n, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(dx[one], dx_n, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(dh_prev[one], dh_prev_n, rtol=1e-12, atol=1e-14)
        sums = {name: sums[name] + grads_n[name] for name in grads}
    for name in grads:
        np.testing.assert_allclose(grads[name], sums[name], rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize(
    ("name", "bad", "kind", "parts"),
    [
        ("x", [[1.0]], TypeError, ["x is a list", "np.asarray(x, dtype=float)"]),
        ("x", np.ones((N, D), int), TypeError, ["x has dtype int64", "floats"]),
        ("h_prev", np.ones((N, H), bool), TypeError, ["h_prev has dtype bool"]),
        ("x", np.ones(D), ValueError, ["x has shape (4,)", "(N, D)"]),
        ("x", np.ones((N, D + 1)), ValueError, ["D = 5", "W_xh", "(3, 4)"]),
        ("h_prev", np.ones((N + 1, H)), ValueError, ["N = 4", "x has N = 3", "(3, 6)"]),
        ("h_prev", np.ones((N, 2)), ValueError, ["H = 2", "W_xh has H = 6"]),
        ("x", np.ones((0, D)), ValueError, ["x is empty", "N = 0"]),
        ("x", np.full((N, D), np.nan), NonFiniteError, ["x holds nan", "(0, 0)"]),
        ("h_prev", np.full((N, H), np.inf), NonFiniteError, ["h_prev holds inf"]),
        ("W_hh", np.ones((H, 2)), ValueError, ["W_hh has H = 2", "(6, 6)"]),
        ("b_h", np.ones((H, 1)), ValueError, ["b_h has shape (6, 1)", "(H,)"]),
        ("b_h", 0.5, TypeError, ["b_h is a float"]),
    ],
)
def test_bad_input_of_the_forward_step(name, bad, kind, parts):
    arrays, _ = step_problem()
    arrays[name] = bad
    with rejects(kind, "rnn_step_forward", *parts):
        rnn_step_forward(arrays["x"], arrays["h_prev"], arrays)


def test_bad_input_of_the_backward_step():
    p, dh = step_problem()
    _, cache = rnn_step_forward(p["x"], p["h_prev"], p)
    with rejects(ValueError, "dh has N = 2", "h has N = 3", "Pass dh of shape (3, 6)"):
        rnn_step_backward(dh[:2], cache)
    with rejects(TypeError, "dh is a list"):
        rnn_step_backward(dh.tolist(), cache)
    with rejects(TypeError, "cache is a tuple", "StepCache", "rnn_step_forward"):
        rnn_step_backward(dh, tuple(cache))
    _, other = rnn_forward(p["x"][None], p["h_prev"], p)
    with rejects(TypeError, "cache is a SequenceCache", "StepCache"):
        rnn_step_backward(dh, other)


def test_the_cache_names_what_it_holds():
    p, _ = step_problem()
    h, cache = rnn_step_forward(p["x"], p["h_prev"], p)
    assert isinstance(cache, StepCache)
    assert cache.x is p["x"]
    assert cache.h is h


# ReLU and identity


def test_relu_against_pytorch():
    arrays, (dh,) = cell_problem("relu")
    cell = torch.nn.RNNCell(D, H, nonlinearity="relu", dtype=torch.float64)
    with torch.no_grad():
        cell.weight_ih.copy_(torch.tensor(arrays["W_xh"].T))
        cell.weight_hh.copy_(torch.tensor(arrays["W_hh"].T))
        cell.bias_ih.copy_(torch.tensor(arrays["b_h"]))
        cell.bias_hh.zero_()
    x = torch.tensor(arrays["x"], requires_grad=True)
    h_prev = torch.tensor(arrays["h_prev"], requires_grad=True)
    h = cell(x, h_prev)
    h.backward(torch.tensor(dh))
    (ours,), grads = run_step("relu", arrays, (dh,))
    assert 0 < np.count_nonzero(ours) < ours.size
    for mine, theirs in [
        (ours, h.detach()),
        (grads["x"], x.grad),
        (grads["h_prev"], h_prev.grad),
        (grads["W_xh"], cell.weight_ih.grad.T),
        (grads["W_hh"], cell.weight_hh.grad.T),
        (grads["b_h"], cell.bias_ih.grad),
    ]:
        assert relative_error(mine, theirs.numpy()) < 1e-10


def test_relu_at_the_kink():
    zeros = {name: np.zeros(shape) for name, shape in shapes_of("relu").items()}
    (h,), grads = run_step("relu", zeros, (np.ones((N, H)),))
    assert not h.any()
    assert not any(grad.any() for grad in grads.values())


def test_identity_is_what_tanh_is_applied_to():
    p, (dh,) = cell_problem("identity")
    a, cache = identity_step_forward(p["x"], p["h_prev"], p)
    h, tanh_cache = rnn_step_forward(p["x"], p["h_prev"], p)
    np.testing.assert_array_equal(np.tanh(a), h)
    expected = rnn_step_backward(dh, tanh_cache)
    dx, dh_prev, grads = identity_step_backward(dh * (1 - h**2), cache)
    np.testing.assert_array_equal(dx, expected[0])
    np.testing.assert_array_equal(dh_prev, expected[1])
    for name in RNN_AXES:
        np.testing.assert_array_equal(grads[name], expected[2][name])


def test_caches_of_relatives_are_not_mistaken():
    p, (dh,) = cell_problem("relu")
    caches = {
        backward: forward(p["x"], p["h_prev"], p)[1]
        for forward, backward in (
            (rnn_step_forward, rnn_step_backward),
            (relu_step_forward, relu_step_backward),
            (identity_step_forward, identity_step_backward),
        )
    }
    for backward in caches:
        for owner, cache in caches.items():
            if owner is backward:
                continue
            with rejects(TypeError, backward.__name__, "cache is a", "Pass the cache"):
                backward(dh, cache)


# All cells in one form

every_cell = pytest.mark.parametrize("name", CELLS)


@every_cell
@pytest.mark.parametrize(("method", "limit"), [("central", 1e-7), ("complex", 1e-12)])
@pytest.mark.parametrize("sizes", [(3, 4, 6, 5), (1, 4, 6, 5), (3, 1, 1, 1)])
def test_gradients_of_every_cell(name, method, limit, sizes):
    arrays, dstate = cell_problem(name, **dict(zip("NDHV", sizes, strict=True)))

    def loss_and_grads(p):
        after, grads = run_step(name, p, dstate)
        return sum(np.sum(d * s) for d, s in zip(dstate, after, strict=True)), grads

    errors = check_gradients(loss_and_grads, arrays, method)
    assert errors.keys() == arrays.keys()
    assert max(errors.values()) < limit


@every_cell
def test_a_batch_of_every_cell_is_its_sequences(name):
    arrays, dstate = cell_problem(name)
    after, grads = run_step(name, arrays, dstate)
    sums = dict.fromkeys(CELLS[name].axes, 0)
    for n in range(N):
        rows = [key for key in arrays if key not in sums]
        alone = arrays | {key: arrays[key][n : n + 1] for key in rows}
        dalone = tuple(d[n : n + 1] for d in dstate)
        after_n, grads_n = run_step(name, alone, dalone)
        for whole, part in zip(after, after_n, strict=True):
            np.testing.assert_allclose(whole[n], part[0], rtol=1e-12, atol=1e-14)
        for key in rows:
            np.testing.assert_allclose(grads[key][n], grads_n[key][0], atol=1e-13)
        sums = {key: sums[key] + grads_n[key] for key in sums}
    for key, total in sums.items():
        np.testing.assert_allclose(grads[key], total, rtol=1e-11, atol=1e-13)


@every_cell
def test_every_cell_draws_its_parameters(name):
    cell = CELLS[name]
    drawn = cell.init(np.random.default_rng(0), 4, 6)
    shapes = shapes_of(name, D=4, H=6, V=6)
    assert {key: a.shape for key, a in drawn.items()} == {
        key: shapes[key] for key in cell.axes
    }
    again = cell.init(np.random.default_rng(0), 4, 6)
    for key in drawn:
        np.testing.assert_array_equal(drawn[key], again[key])


@every_cell
def test_every_cell_has_its_name_and_can_be_pickled(name):
    cell = CELLS[name]
    assert cell.name == name
    arrays, dstate = cell_problem(name)
    state = tuple(arrays[f"{s}_prev"] for s in cell.state)
    again = pickle.loads(pickle.dumps(cell))
    after, _ = again.step_forward(arrays["x"], state, arrays)
    np.testing.assert_array_equal(after[0], run_step(name, arrays, dstate)[0][0])


@every_cell
def test_a_state_of_the_wrong_kind(name):
    cell, (arrays, dstate) = CELLS[name], cell_problem(name)
    x, state = arrays["x"], tuple(arrays[f"{s}_prev"] for s in cell.state)
    _, cache = cell.step_forward(x, state, arrays)
    remedy = f"Pass state=({', '.join(cell.state)}"
    with rejects(TypeError, "step_forward: state is a ndarray", remedy):
        cell.step_forward(x, state[0], arrays)
    with rejects(ValueError, "state holds 3 array(s)", remedy):
        cell.step_forward(x, (state[0],) * 3, arrays)
    with rejects(TypeError, "step_backward: dstate is a list", "Pass dstate=(d"):
        cell.step_backward(list(dstate), cache)
    with rejects(ValueError, "dstate holds 0 array(s)", "Pass dstate=(d"):
        cell.step_backward((), cache)


@every_cell
@pytest.mark.parametrize("broken", ["x", "state", "weights"])
def test_bad_shapes_of_every_cell(name, broken):
    arrays, dstate = cell_problem(name)
    first = f"{CELLS[name].state[0]}_prev"
    key = {"x": "x", "state": first, "weights": "W_xh"}[broken]
    arrays[key] = arrays[key][:, :-1]
    with pytest.raises(ValueError, match=r"step_forward: .* Pass "):
        run_step(name, arrays, dstate)


@every_cell
def test_values_that_are_not_finite(name):
    arrays, dstate = cell_problem(name)
    for key in ("x", *(f"{s}_prev" for s in CELLS[name].state)):
        bad = arrays | {key: np.full_like(arrays[key], np.nan)}
        with rejects(NonFiniteError, "step_forward", f"{key} holds nan"):
            run_step(name, bad, dstate)


@every_cell
def test_an_upstream_gradient_of_another_shape(name):
    arrays, dstate = cell_problem(name)
    for i, s in enumerate(CELLS[name].state):
        bad = (*dstate[:i], dstate[i][:-1], *dstate[i + 1 :])
        with rejects(ValueError, "step_backward", f"d{s} has N = 2", f"Pass d{s}"):
            run_step(name, arrays, bad)
