"""Time loops of the cells without gates, against the functions of one step."""

import numpy as np
import pytest

from rnncore.cells import CELLS
from rnncore.kernels import (
    Blocks,
    IdentityKernel,
    ReLUKernel,
    half,
    rows,
    split_gates,
    start,
    transposed,
)
from rnncore.stepwise import stepwise_backward, stepwise_forward
from tests.kernel_problems import advanced, forward_and_back, kernel_problem, retreated
from tests.network_problems import close, numbered

T, N, D, H = 6, 3, 4, 5
every_cell = pytest.mark.parametrize("cell", ["tanh", "relu", "identity"])


def plain(cell, p):
    hs, last, cache = stepwise_forward(CELLS[cell], p.xs, p.state, p.params)
    dxs, dstate, grads = stepwise_backward(p.dhs, cache, p.dlast)
    values = {"hs": hs, **numbered("last", last)}
    return values, {"xs": dxs, **numbered("state", dstate), **grads}


def test_start():
    state = np.ones((2, 3), np.float32)
    states = start(state, T=4)
    assert states.shape == (5, 2, 3)
    assert states.dtype == np.float32
    np.testing.assert_array_equal(states[0], state)
    states[0] = 7
    assert state[0, 0] == 1


def test_rows():
    array = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(rows(array)[4], array[1, 1])
    assert np.shares_memory(rows(array), array)
    assert rows(array[:, ::2]).shape == (4, 4)


def test_gates_are_split_and_scaled():
    W = np.arange(12.0, dtype=np.float32).reshape(2, 6)
    gates = split_gates(W, ((2, 0.5), (0, 1.0), (1, 2.0)))
    assert gates.shape == (3, 2, 2)
    assert gates.dtype == np.float32
    np.testing.assert_array_equal(gates[0], 0.5 * W[:, 4:])
    np.testing.assert_array_equal(gates[1], W[:, :2])
    np.testing.assert_array_equal(gates[2], 2 * W[:, 2:4])
    single = split_gates(W, ((0, 1.0),))
    assert not np.shares_memory(single, W)  # they are written to
    assert split_gates(1j * W, ((0, 1.0),)).dtype == np.complex64


@pytest.mark.parametrize(("T", "size"), [(1, 1), (7, 1), (7, 3), (7, 7), (7, 99)])
def test_blocks_cover_every_step_once(T, size, monkeypatch):
    monkeypatch.setattr("rnncore.kernels.BLOCK", 15 * size + 7)
    blocks, found = Blocks(np.empty((T, 3, 5))), []
    assert blocks.size == min(T, size)
    for t in reversed(range(T)):
        if new := blocks.new_at(t):
            found = [*range(new.start, new.stop), *found]
            assert new.stop == t + 1
            assert new.stop - new.start <= blocks.size
        assert blocks.first == found[0] <= t
    assert found == list(range(T))


def test_one_step_is_a_block_however_large():
    array = np.broadcast_to(0.0, (4, 1000, 1000))
    blocks = Blocks(array)
    assert [blocks.new_at(t) for t in (3, 2)] == [slice(3, 4), slice(2, 3)]


def test_a_half_has_the_precision_of_what_it_meets():
    for dtype in (np.float32, np.complex128):
        assert half(np.empty(3, dtype)) == 0.5
        assert half(np.empty(3, dtype)).dtype == dtype


@pytest.mark.parametrize("n_rows", [1, 99])
def test_transposed(n_rows):
    W = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(transposed(W, n_rows), W.T)


@every_cell
@pytest.mark.parametrize("T", [1, T])
def test_a_kernel_is_the_steps_one_after_the_other(cell, T):
    p, drives = kernel_problem(cell, T)
    pairs = zip(forward_and_back(cell, drives, p), plain(cell, p), strict=True)
    for fast, slow in pairs:
        close(fast, slow, 1e-12)


@every_cell
def test_weights_serve_any_number_of_runs(cell):
    p, drives = kernel_problem(cell)
    weights = type(advanced(cell, drives, p)).prepare(p.params)
    first = forward_and_back(cell, drives.copy(), p, weights)
    second = forward_and_back(cell, drives.copy(), p, weights)
    for one, two in zip(first, second, strict=True):
        close(one, two, 0)


@every_cell
def test_a_run_can_be_taken_back_twice(cell):
    p, drives = kernel_problem(cell)
    run = advanced(cell, drives, p)
    one, two = retreated(run, p), retreated(run, p)
    np.testing.assert_array_equal(one.ddrives, two.ddrives)
    np.testing.assert_array_equal(one.dh, two.dh)


@every_cell
def test_only_the_gradient_handed_over_is_changed(cell):
    p, drives = kernel_problem(cell)
    arrays = [*p.state, *p.params.values(), p.dhs]
    for array in arrays:
        array.flags.writeable = False
    run = advanced(cell, drives, p)
    dlast = tuple(array.copy() for array in p.dlast)
    retreat = run.way_back(dlast)
    retreat(T - 1)
    assert retreat.dstate[0] is dlast[0]
    assert not np.array_equal(dlast[0], p.dlast[0])


def test_relu_at_its_kink_and_below():
    drives = np.array([[[[-1.0, 0.0, 2.0]]]])  # (T=1, 1, N=1, H=3)
    run = ReLUKernel(drives, (np.zeros((1, 3)),), {"W_hh": np.eye(3)})
    run.advance(0)
    np.testing.assert_array_equal(run.hs[1], [[0, 0, 2]])
    retreat = run.way_back((np.ones((1, 3)),))
    retreat(0)
    np.testing.assert_array_equal(retreat.dh, [[0, 0, 1]])


def test_relu_looks_at_the_real_part():
    a = np.array([[-1 + 1e-20j, 1 + 1e-20j]])
    run = ReLUKernel(a[None, None], (0 * a,), {"W_hh": np.eye(2)})
    run.advance(0)
    np.testing.assert_array_equal(run.hs[1], [[0, 1 + 1e-20j]])
    np.testing.assert_array_equal(run.slopes()[0], [[0, 1]])


def test_a_linear_recurrence_counts():
    drives = np.ones((5, 1, 1, 1))
    run = IdentityKernel(drives, (np.zeros((1, 1)),), {"W_hh": np.full((1, 1), 2.0)})
    for t in range(5):
        run.advance(t)
    np.testing.assert_array_equal(run.hs.ravel(), [0, 1, 3, 7, 15, 31])


@every_cell
def test_upstream_gradients_may_be_more_precise(cell):
    p, drives = kernel_problem(cell)
    single = p._replace(state=(p.state[0].astype(np.float32),))
    weights = {"W_hh": p.params["W_hh"].astype(np.float32)}
    run = advanced(cell, drives.astype(np.float32), single, weights)
    assert retreated(run, p).ddrives.dtype == p.dhs.dtype
