"""Time loops of the cells with gates, against the functions of one step."""

import numpy as np
import pytest

from rnncore.cells import CELLS
from rnncore.gated_cells import GRU_GATES, LSTM_GATES, MINGRU_GATES
from rnncore.gradcheck import relative_error
from rnncore.kernels import split_gates
from rnncore.ops import sigmoid
from rnncore.runs import KERNELS
from rnncore.stepwise import stepwise_backward, stepwise_forward
from tests.kernel_problems import advanced, forward_and_back, kernel_problem, retreated
from tests.network_problems import close, numbered

T, N, D, H = 6, 3, 4, 5
every_cell = pytest.mark.parametrize("cell", ["lstm", "gru", "mingru"])


def plain(cell, p):
    hs, last, cache = stepwise_forward(CELLS[cell], p.xs, p.state, p.params)
    dxs, dstate, grads = stepwise_backward(p.dhs, cache, p.dlast)
    values = {"hs": hs, **numbered("last", last)}
    return values, {"xs": dxs, **numbered("state", dstate), **grads}


@every_cell
@pytest.mark.parametrize("T", [1, T])
def test_a_kernel_is_the_steps_one_after_the_other(cell, T):
    p, drives = kernel_problem(cell, T)
    pairs = zip(forward_and_back(cell, drives, p), plain(cell, p), strict=True)
    for fast, slow in pairs:
        close(fast, slow, 1e-12)


@every_cell
def test_blocks_of_steps_change_nothing(cell, monkeypatch):
    p, drives = kernel_problem(cell, T=7)
    whole = forward_and_back(cell, drives.copy(), p)
    for size in (1, 3):
        monkeypatch.setattr("rnncore.kernels.BLOCK", size * N * H)
        pairs = zip(forward_and_back(cell, drives.copy(), p), whole, strict=True)
        for one, two in pairs:
            close(one, two, 0)


@every_cell
def test_a_sigmoid_is_half_a_tanh_and_a_candidate_a_whole_one(cell):
    gates = {"lstm": LSTM_GATES, "gru": GRU_GATES, "mingru": MINGRU_GATES}[cell]
    scales = {gates[block]: scale for block, scale in KERNELS[cell].gates}
    assert scales == {gate: 1.0 if gate in ("g", "n") else 0.5 for gate in gates}


@every_cell
def test_drives_become_gates(cell):
    p, drives = kernel_problem(cell)
    before = np.concatenate([p.state[0][None], plain(cell, p)[0]["hs"][:-1]])
    a = p.xs @ p.params["W_xh"] + p.params["b_h"]
    if cell == "lstm":
        a += before @ p.params["W_hh"]
    if cell == "gru":
        a[..., : 2 * H] += before @ p.params["W_hh"][:, : 2 * H]
        u = before @ p.params["W_hh"][:, 2 * H :] + p.params["b_n"]
        a[..., 2 * H :] += sigmoid(a[..., :H]) * u
    advanced(cell, drives, p)
    squash = {"lstm": np.tanh, "gru": np.tanh, "mingru": np.array}[cell]
    for k, (block, scale) in enumerate(KERNELS[cell].gates):
        gate = a[..., block * H : (block + 1) * H]
        expected = sigmoid(gate) if scale == 0.5 else squash(gate)
        assert relative_error(drives[:, k], expected) < 1e-13


@every_cell
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1e4, -1e4])
def test_saturated_gates_neither_overflow_nor_pass(cell, dtype, size):
    p, drives = kernel_problem(cell)
    p = p._replace(
        state=tuple(array.astype(dtype) for array in p.state),
        dlast=tuple(array.astype(dtype) for array in p.dlast),
        params={name: array.astype(dtype) for name, array in p.params.items()},
    )
    run = advanced(cell, np.full_like(drives, size, dtype), p)
    retreat = retreated(run, p)
    assert retreat.ddrives.dtype == dtype
    assert all(np.isfinite(states).all() for states in run.states)
    for block, scale in KERNELS[cell].gates:
        gradient = retreat.ddrives[..., block * H : (block + 1) * H]
        assert not gradient.any() or scale == 1.0


def test_an_lstm_that_forgets_nothing_keeps_its_cell():
    p, drives = kernel_problem("lstm")
    drives[:, 0], drives[:, 1] = -1e4, 1e4  # i = 0, f = 1
    run = advanced("lstm", drives, p)
    for c in run.cs:
        np.testing.assert_array_equal(c, p.state[1])
    dlast = (np.zeros((N, H)), p.dlast[1])
    retreat = retreated(run, p._replace(dhs=np.zeros((T, N, H)), dlast=dlast))
    np.testing.assert_array_equal(retreat.dc, p.dlast[1])


@pytest.mark.parametrize(("cell", "size"), [("gru", 1e4), ("mingru", -1e4)])
def test_a_gru_that_updates_nothing_keeps_its_state(cell, size):
    p, drives = kernel_problem(cell)
    z = [block for block, _ in KERNELS[cell].gates].index(cell == "gru")
    drives[:, z] = size  # it keeps the state here, and renews it there
    run = advanced(cell, drives, p)
    for h in run.hs:
        assert relative_error(h, p.state[0]) < 1e-15
    retreat = retreated(run, p._replace(dhs=np.zeros((T, N, H))))
    np.testing.assert_array_equal(retreat.dh, p.dlast[0])


@every_cell
def test_weights_serve_any_number_of_runs(cell):
    p, drives = kernel_problem(cell)
    weights = KERNELS[cell].prepare(p.params)
    first = forward_and_back(cell, drives.copy(), p, weights)
    second = forward_and_back(cell, drives.copy(), p, weights)
    for one, two in zip(first, second, strict=True):
        close(one, two, 0)


@every_cell
def test_a_run_can_be_taken_back_twice(cell):
    p, drives = kernel_problem(cell)
    run = advanced(cell, drives, p)
    one, two = retreated(run, p), retreated(run, p)
    for name, grad in one.recurrent_gradients().items():
        np.testing.assert_array_equal(two.recurrent_gradients()[name], grad)
    np.testing.assert_array_equal(one.ddrives, two.ddrives)


@every_cell
def test_complex_numbers_pass_through(cell):
    p, drives = kernel_problem(cell)
    gates = KERNELS[cell].gates
    moved = drives + 1e-20j * split_gates(p.params["b_h"][None], gates)
    q = p._replace(
        state=tuple(array.astype(complex) for array in p.state),
        dlast=tuple(array.astype(complex) for array in p.dlast),
    )
    values, _ = forward_and_back(cell, moved, q)
    pairs = zip((p.dhs, *p.dlast), values.values(), strict=True)
    slope = sum(np.sum(d * v) for d, v in pairs).imag / 1e-20
    _, grads = plain(cell, p)
    assert slope == pytest.approx(np.sum(grads["b_h"] * p.params["b_h"]), rel=1e-12)


@every_cell
def test_upstream_gradients_may_be_more_precise(cell):
    p, drives = kernel_problem(cell)
    single = p._replace(state=tuple(array.astype(np.float32) for array in p.state))
    weights = KERNELS[cell].prepare(
        {name: array.astype(np.float32) for name, array in p.params.items()}
    )
    run = advanced(cell, drives.astype(np.float32), single, weights)
    assert retreated(run, p).ddrives.dtype == p.dhs.dtype
