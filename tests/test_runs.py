"""Runs by kernels and by steps give the same, whatever the inputs are."""

import numpy as np
import pytest

from rnncore.cells import CELLS
from rnncore.gradcheck import relative_error
from rnncore.layers import Layer
from rnncore.ops import one_hot
from rnncore.runs import (
    KERNELS,
    KernelRun,
    SteppedRun,
    are_tokens,
    input_drives,
    make_run,
)
from tests.network_problems import close, numbered, problem

T, N, D, H = 6, 3, 4, 5
every_cell = pytest.mark.parametrize("cell", CELLS)
kernel_cells = pytest.mark.parametrize("cell", KERNELS)
each_input = pytest.mark.parametrize("tokens", [False, True])


def forward_and_back(run, p):
    for t in range(len(p.xs)):
        run.advance(t)
    way_back = run.way_back(tuple(array.copy() for array in p.dlast))
    for t in reversed(range(len(p.xs))):
        way_back.dstate[0][...] += p.dhs[t]
        way_back(t)
    dxs, grads = way_back.gradients()
    values = numbered("states", run.states)
    inputs = {} if dxs is None else {"xs": dxs}
    return values, {**inputs, **numbered("state", way_back.dstate), **grads}


@every_cell
def test_cells_with_a_kernel_use_it(cell):
    p = problem(Layer(cell, D, H))
    run = make_run(CELLS[cell], p.xs, p.state, p.params)
    assert isinstance(run, KernelRun if cell in KERNELS else SteppedRun)
    for states, state in zip(run.states, p.state, strict=True):
        assert states.shape == (T + 1, N, H)
        np.testing.assert_array_equal(states[0], state)


@kernel_cells
@each_input
def test_both_kinds_of_run_are_equal(cell, tokens):
    p = problem(Layer(cell, D, H), tokens=tokens)
    fast = forward_and_back(KernelRun(KERNELS[cell], p.xs, p.state, p.params), p)
    slow = forward_and_back(SteppedRun(CELLS[cell], p.xs, p.state, p.params), p)
    for one, two in zip(fast, slow, strict=True):
        close(one, two, 1e-12)


@every_cell
@pytest.mark.parametrize("size", [D, 40])  # below and above the number of tokens
@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.uint64])
def test_a_token_is_a_one_hot_vector(cell, size, dtype):
    p = problem(Layer(cell, size, H), tokens=True)
    tokens = p._replace(xs=p.xs.astype(dtype))
    vectors = p._replace(xs=one_hot(p.xs, size))
    values, grads = forward_and_back(
        make_run(CELLS[cell], tokens.xs, p.state, p.params), tokens
    )
    expected, expected_grads = forward_and_back(
        make_run(CELLS[cell], vectors.xs, p.state, p.params), vectors
    )
    del expected_grads["xs"]  # there is no gradient with respect to a token
    close(values, expected, 1e-13)
    close(grads, expected_grads, 1e-12)


@each_input
@pytest.mark.parametrize("size", [D, 40])
def test_drives_are_laid_out_gate_by_gate(tokens, size):
    p = problem(Layer("gru", size, H), tokens=tokens)
    W_xh, b_h = p.params["W_xh"], p.params["b_h"]
    gates = ((1, 0.5), (0, 1.0), (2, 2.0))
    drives = input_drives(p.xs, W_xh, b_h, gates)
    expected = (one_hot(p.xs, size) if tokens else p.xs) @ W_xh + b_h
    assert drives.shape == (T, 3, N, H)
    assert drives.flags.c_contiguous
    for k, (block, scale) in enumerate(gates):
        gate = scale * expected[..., block * H : (block + 1) * H]
        assert relative_error(drives[:, k], gate) < 1e-13
    assert not np.shares_memory(drives, W_xh)  # kernels write to them


@each_input
def test_inputs_may_be_strided_and_read_only(tokens):
    p = problem(Layer("lstm", D, H), tokens=tokens)
    gates = KERNELS["lstm"].gates
    expected = input_drives(p.xs, p.params["W_xh"], p.params["b_h"], gates)
    for xs in (np.asfortranarray(p.xs), np.repeat(p.xs, 2, axis=0)[::2]):
        xs.flags.writeable = False
        W_xh = np.asfortranarray(p.params["W_xh"])
        drives = input_drives(xs, W_xh, p.params["b_h"], gates)
        assert relative_error(drives, expected) < 1e-14


def test_tokens_are_whole_numbers():
    for dtype in (np.int64, np.int32, np.uint8):
        assert are_tokens(np.zeros((1, 1), dtype))
    for dtype in (np.float32, np.complex128, bool):
        assert not are_tokens(np.zeros((1, 1), dtype))


@every_cell
def test_complex_gradients_of_a_real_run(cell):
    p = problem(Layer(cell, D, H))
    _, real = forward_and_back(make_run(CELLS[cell], *p[:3]), p)
    q = p._replace(dhs=1j * p.dhs, dlast=tuple(1j * array for array in p.dlast))
    _, imaginary = forward_and_back(make_run(CELLS[cell], *p[:3]), q)
    close(imaginary, {name: 1j * grad for name, grad in real.items()}, 1e-13)
