"""Single steps are those of a sequence, and leave alone what the caller holds."""

import numpy as np
import pytest

from rnncore.cells import CELLS
from rnncore.gradcheck import relative_error
from rnncore.layers import Layer
from rnncore.stepping import make_stepper
from tests.network_problems import cast, problem

T, N, D, H = 6, 3, 4, 5
every_cell = pytest.mark.parametrize("cell", CELLS)
each_input = pytest.mark.parametrize("tokens", [False, True])


@every_cell
@each_input
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_steps_are_those_of_the_sequence(cell, tokens, dtype):
    layer = Layer(cell, D, H)
    p = cast(problem(layer, tokens=tokens), dtype)
    hs, last, _ = layer.forward(p.xs, p.state, p.params)
    step, state = make_stepper(CELLS[cell], p.params, tokens), p.state
    limit = 1e-5 if dtype == np.float32 else 1e-13
    for t, x in enumerate(p.xs):
        state = step(x, state)
        assert relative_error(state[0], hs[t]) < limit
    for one, two in zip(state, last, strict=True):
        assert one.dtype == dtype
        assert relative_error(one, two) < limit


@every_cell
@each_input
def test_what_goes_in_and_comes_out_belongs_to_the_caller(cell, tokens):
    p = problem(Layer(cell, D, H), tokens=tokens)
    for array in (p.xs, *p.state, *p.params.values()):
        array.flags.writeable = False
    step = make_stepper(CELLS[cell], p.params, tokens)
    first = step(p.xs[0], p.state)
    copies = [array.copy() for array in first]
    second = step(p.xs[0], p.state)
    step(p.xs[1], second)  # overwrites nothing that was returned
    for one, two, copy, before in zip(first, second, copies, p.state, strict=True):
        np.testing.assert_array_equal(one, copy)
        np.testing.assert_array_equal(two, copy)
        assert not np.shares_memory(one, before)
        assert not np.shares_memory(one, two)


@every_cell
@each_input
def test_the_number_of_sequences_may_change(cell, tokens):
    p = problem(Layer(cell, D, H), tokens=tokens)
    step = make_stepper(CELLS[cell], p.params, tokens)
    whole = step(p.xs[0], p.state)
    for n in (slice(0, 1), slice(0, 2), slice(1, 3), slice(0, 3)):
        part = step(p.xs[0][n], tuple(array[n] for array in p.state))
        for one, two in zip(part, whole, strict=True):
            assert relative_error(one, two[n]) < 1e-14


@every_cell
@each_input
@pytest.mark.parametrize("name", ["W_xh", "b_h", "state"])
def test_mixed_precision_is_that_of_the_sequence(cell, tokens, name):
    layer = Layer(cell, D, H)
    p = cast(problem(layer, tokens=tokens), np.float32)
    step = make_stepper(CELLS[cell], p.params, tokens)
    step(p.xs[0], p.state)  # makes room in single precision
    if name == "state":
        p = p._replace(state=tuple(array * (1 + 1e-9j) for array in p.state))
    else:
        p.params[name] = p.params[name] * (1 + 1e-9j)
        step = make_stepper(CELLS[cell], p.params, tokens)
    hs, _, _ = layer.forward(p.xs, p.state, p.params)
    h = step(p.xs[0], p.state)[0]
    assert h.dtype == hs.dtype
    assert relative_error(h.imag, hs[0].imag) < 1e-4
