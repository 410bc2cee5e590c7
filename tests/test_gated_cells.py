"""One step of LSTM, GRU and minGRU, against PyTorch and against each other."""

import numpy as np
import pytest
import torch

from rnncore.cells import CELLS
from rnncore.gated_cells import (
    GRU_GATES,
    LSTM_GATES,
    MINGRU_GATES,
    gru_step_backward,
    gru_step_forward,
    lstm_step_backward,
    lstm_step_forward,
    mingru_step_backward,
    mingru_step_forward,
)
from rnncore.gradcheck import relative_error
from rnncore.ops import sigmoid
from tests.cell_problems import cell_problem, run_step
from tests.rejection import rejects

N, D, H = 3, 4, 6
GRUS = [name for name in CELLS if name.startswith("gru")]
PAIRS = {"gru": "gru-renew", "gru-before": "gru-before-renew"}


def block(gates, gate):
    """Return the columns of a gate."""
    k = gates.index(gate)
    return slice(k * H, (k + 1) * H)


def test_the_order_of_the_gates():
    assert LSTM_GATES == ("i", "f", "g", "o")
    assert GRU_GATES == ("r", "z", "n")
    assert MINGRU_GATES == ("z", "n")


# LSTM


def test_lstm_against_pytorch():
    arrays, dstate = cell_problem("lstm")
    cell = torch.nn.LSTMCell(D, H, dtype=torch.float64)
    with torch.no_grad():
        cell.weight_ih.copy_(torch.tensor(arrays["W_xh"].T))
        cell.weight_hh.copy_(torch.tensor(arrays["W_hh"].T))
        cell.bias_ih.copy_(torch.tensor(arrays["b_h"]))
        cell.bias_hh.zero_()
    names = ("x", "h_prev", "c_prev")
    x, h, c = (torch.tensor(arrays[name], requires_grad=True) for name in names)
    after = cell(x, (h, c))
    torch.autograd.backward(after, [torch.tensor(d) for d in dstate])
    ours, grads = run_step("lstm", arrays, dstate)
    for mine, theirs in zip(ours, after, strict=True):
        assert relative_error(mine, theirs.detach().numpy()) < 1e-10
    for name, theirs in [
        ("x", x.grad),
        ("h_prev", h.grad),
        ("c_prev", c.grad),
        ("W_xh", cell.weight_ih.grad.T),
        ("W_hh", cell.weight_hh.grad.T),
        ("b_h", cell.bias_ih.grad),
    ]:
        assert relative_error(grads[name], theirs.numpy()) < 1e-10, name


def test_an_lstm_that_forgets_nothing_and_reads_nothing_is_a_memory():
    p, _ = cell_problem("lstm")
    p["b_h"][block(LSTM_GATES, "f")] = 1e3
    p["b_h"][block(LSTM_GATES, "i")] = -1e3
    _, c, cache = lstm_step_forward(p["x"], p["h_prev"], p["c_prev"], p)
    np.testing.assert_array_equal(c, p["c_prev"])
    dc = np.ones((N, H))
    dx, dh_prev, dc_prev, _ = lstm_step_backward(np.zeros((N, H)), dc, cache)
    np.testing.assert_array_equal(dc_prev, dc)
    assert not dx.any()
    assert not dh_prev.any()


@pytest.mark.parametrize(
    ("bias", "kept"), [(0, 8.9e-16), (1, 1.6e-7), (2, 1.8e-3), (5, 0.71)]
)
def test_what_the_forget_bias_keeps_over_fifty_steps(bias, kept):
    f = sigmoid(np.array([float(bias)]))
    assert f[0] ** 50 == pytest.approx(kept, rel=0.03)


def test_an_open_lstm_is_a_tanh_cell():
    p, _ = cell_problem("lstm")
    for gate, bias in {"i": 1e3, "f": -1e3, "o": 1e3}.items():
        p["b_h"][block(LSTM_GATES, gate)] = bias
    _, c, _ = lstm_step_forward(p["x"], p["h_prev"], p["c_prev"], p)
    g = block(LSTM_GATES, "g")
    cut = {"W_xh": p["W_xh"][:, g], "W_hh": p["W_hh"][:, g], "b_h": p["b_h"][g]}
    (h,), _ = CELLS["tanh"].step_forward(p["x"], (p["h_prev"],), cut)
    assert relative_error(c, h) < 1e-14


# GRU


def test_gru_against_pytorch():
    arrays, dstate = cell_problem("gru")
    cell = torch.nn.GRUCell(D, H, dtype=torch.float64)
    n = block(GRU_GATES, "n")
    with torch.no_grad():
        cell.weight_ih.copy_(torch.tensor(arrays["W_xh"].T))
        cell.weight_hh.copy_(torch.tensor(arrays["W_hh"].T))
        cell.bias_ih.copy_(torch.tensor(arrays["b_h"]))
        cell.bias_hh.zero_()
        cell.bias_hh[n] = torch.tensor(arrays["b_n"])
    x = torch.tensor(arrays["x"], requires_grad=True)
    h_prev = torch.tensor(arrays["h_prev"], requires_grad=True)
    h = cell(x, h_prev)
    h.backward(torch.tensor(dstate[0]))
    (ours,), grads = run_step("gru", arrays, dstate)
    assert relative_error(ours, h.detach().numpy()) < 1e-10
    for name, theirs in [
        ("x", x.grad),
        ("h_prev", h_prev.grad),
        ("W_xh", cell.weight_ih.grad.T),
        ("W_hh", cell.weight_hh.grad.T),
        ("b_h", cell.bias_ih.grad),
        ("b_n", cell.bias_hh.grad[n]),
    ]:
        assert relative_error(grads[name], theirs.numpy()) < 1e-10, name


def negate_update(arrays):
    """Turn z into 1 - z: the sign of all that the update gate adds up."""
    changed = {name: array.copy() for name, array in arrays.items()}
    for name in ("W_xh", "W_hh", "b_h"):
        changed[name][..., block(GRU_GATES, "z")] *= -1
    return changed


@pytest.mark.parametrize(("keep", "renew"), PAIRS.items())
def test_renew_is_keep_with_the_update_gate_negated(keep, renew):
    arrays, dstate = cell_problem(keep)
    (kept,), grads = run_step(keep, arrays, dstate)
    (renewed,), others = run_step(renew, negate_update(arrays), dstate)
    assert relative_error(renewed, kept) < 1e-14
    others = negate_update(others)
    for name in grads:
        assert relative_error(others[name], grads[name]) < 1e-13, name
    assert relative_error(run_step(renew, arrays, dstate)[0][0], kept) > 1e-2


@pytest.mark.parametrize(("before", "after"), [("gru-before", "gru")])
@pytest.mark.parametrize("suffix", ["", "-renew"])
def test_both_resets_agree_where_the_weights_of_the_candidate_are_diagonal(
    before, after, suffix
):
    arrays, dstate = cell_problem(after)
    arrays["b_n"][:] = 0  # the one is inside the reset, the other outside
    n = block(GRU_GATES, "n")
    full, _ = run_step(after + suffix, arrays, dstate)
    assert relative_error(run_step(before + suffix, arrays, dstate)[0], full) > 1e-3
    arrays["W_hh"][:, n] = np.diag(np.diag(arrays["W_hh"][:, n]))
    states, grads = run_step(after + suffix, arrays, dstate)
    others, other_grads = run_step(before + suffix, arrays, dstate)
    assert relative_error(others[0], states[0]) < 1e-14
    for name in ("x", "h_prev", "W_xh", "b_h"):
        assert relative_error(other_grads[name], grads[name]) < 1e-13, name
    diagonal, other = (np.diag(g["W_hh"][:, n]) for g in (grads, other_grads))
    assert relative_error(other, diagonal) < 1e-13


@pytest.mark.parametrize("name", ["gru-before", "gru-before-renew"])
def test_reset_before_has_one_bias_in_two_places(name):
    arrays, dstate = cell_problem(name)
    moved = {key: array.copy() for key, array in arrays.items()}
    moved["b_h"][block(GRU_GATES, "n")] += arrays["b_n"]
    moved["b_n"][:] = 0
    (h,), grads = run_step(name, arrays, dstate)
    (same,), _ = run_step(name, moved, dstate)
    assert relative_error(same, h) < 1e-14
    np.testing.assert_array_equal(grads["b_n"], grads["b_h"][block(GRU_GATES, "n")])


@pytest.mark.parametrize(("name", "bias"), [("gru", 1e3), ("gru-renew", -1e3)])
def test_a_gru_that_keeps_all_is_a_memory(name, bias):
    arrays, dstate = cell_problem(name)
    arrays["b_h"][block(GRU_GATES, "z")] = bias
    (h,), grads = run_step(name, arrays, dstate)
    np.testing.assert_array_equal(h, arrays["h_prev"])
    np.testing.assert_array_equal(grads["h_prev"], dstate[0])
    assert not grads["x"].any()


def test_the_variants_by_name():
    p, (dh,) = cell_problem("gru")
    for name in GRUS:
        reset = "before" if "before" in name else "after"
        update = "renew" if "renew" in name else "keep"
        h, cache = gru_step_forward(p["x"], p["h_prev"], p, reset, update)
        (again,), grads = run_step(name, p, (dh,))
        np.testing.assert_array_equal(h, again)
        np.testing.assert_array_equal(gru_step_backward(dh, cache)[0], grads["x"])


@pytest.mark.parametrize(
    ("variant", "parts"),
    [
        ({"reset": "never"}, ["reset is 'never'", "'after', 'before'", "Pass reset="]),
        ({"update": None}, ["update is None", "'keep', 'renew'", "Pass update="]),
    ],
)
def test_an_unknown_variant(variant, parts):
    p, _ = cell_problem("gru")
    with rejects(ValueError, "gru_step_forward", *parts):
        gru_step_forward(p["x"], p["h_prev"], p, **variant)


# minGRU


def test_mingru_by_its_equations():
    p, (dh,) = cell_problem("mingru")
    a = p["x"] @ p["W_xh"] + p["b_h"]
    z = 1 / (1 + np.exp(-a[:, :H]))
    h, cache = mingru_step_forward(p["x"], p["h_prev"], p)
    assert relative_error(h, (1 - z) * p["h_prev"] + z * a[:, H:]) < 1e-14
    _, dh_prev, grads = mingru_step_backward(dh, cache)
    assert relative_error(dh_prev, dh * (1 - z)) < 1e-14
    assert grads.keys() == {"W_xh", "b_h"}


def test_mingru_is_linear_in_the_state():
    p, _ = cell_problem("mingru")
    h, one = p["h_prev"], mingru_step_forward(p["x"], p["h_prev"], p)[0]
    two, _ = mingru_step_forward(p["x"], 2 * h, p)
    three, _ = mingru_step_forward(p["x"], 3 * h, p)
    assert relative_error(three - two, two - one) < 1e-13


# What all three have in common


@pytest.mark.parametrize("name", ["lstm", "mingru", *GRUS])
def test_every_gate_matters(name):
    arrays, dstate = cell_problem(name)
    states, _ = run_step(name, arrays, dstate)
    for k in range(len(arrays["b_h"]) // H):
        changed = {key: array.copy() for key, array in arrays.items()}
        changed["b_h"][k * H : (k + 1) * H] += 0.1
        others, _ = run_step(name, changed, dstate)
        assert relative_error(others[0], states[0]) > 1e-4


@pytest.mark.parametrize("name", ["lstm", "mingru", *GRUS])
def test_extreme_sums_do_not_overflow(name):
    arrays, dstate = cell_problem(name)
    arrays["x"] *= 1e4
    states, grads = run_step(name, arrays, dstate)
    assert all(np.isfinite(array).all() for array in (*states, *grads.values()))


@pytest.mark.parametrize(
    ("name", "gates"), [("lstm", "i, f, g, o"), ("gru", "r, z, n"), ("mingru", "z, n")]
)
def test_the_columns_of_another_cell(name, gates):
    arrays, dstate = cell_problem(name)
    wrong = {
        key: np.concatenate([array, array], axis=-1)
        if CELLS[name].axes.get(key, "").endswith("G")
        else array
        for key, array in arrays.items()
    }
    columns = len(arrays["b_h"])
    with rejects(
        ValueError,
        f"{name}_step_forward: b_h has {2 * columns} columns, but {columns} are needed",
        f"gates {gates}",
        f"with {columns} columns",
    ):
        run_step(name, wrong, dstate)


def test_a_missing_parameter():
    arrays, dstate = cell_problem("gru")
    del arrays["b_n"]
    with rejects(ValueError, "gru_step_forward: params has no 'b_n'", "(H,)"):
        run_step("gru", arrays, dstate)
