"""Real-time recurrent learning gives the gradient of BPTT, step by step."""

import numpy as np
import pytest

from rnncore.bptt import FullBPTT
from rnncore.cells import CELLS
from rnncore.gradcheck import check_gradients
from rnncore.layers import Layer
from rnncore.rtrl import RTRL
from rnncore.stacks import stacked
from tests.network_problems import any_mask, close, numbered, problem
from tests.rejection import rejects

T, N, D, H = 5, 2, 3, 4
every_cell = pytest.mark.parametrize("cell", CELLS)


def by(method, layer, p):
    found = method(layer, *p[:3], lambda hs, steps: p.dhs[steps], p.mask)
    grads = {**numbered("state", found.dstate), **found.grads}
    return numbered("last", found.last), grads, found.dxs


@every_cell
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("tokens", [False, True])
def test_equals_bptt(cell, masked, tokens):
    layer = Layer(cell, D, H)
    p = problem(layer, T, N, tokens)._replace(mask=any_mask(T, N) if masked else None)
    last, grads, dxs = by(RTRL(), layer, p)
    expected_last, expected, _ = by(FullBPTT(), layer, p)
    close(last, expected_last, 1e-13)
    close(grads, expected, 1e-12)
    assert dxs is None


@every_cell
def test_gradients_against_complex_steps(cell):
    layer = Layer(cell, D, 2)
    p = problem(layer, 3, N)
    arrays = {**p.params, **numbered("state", p.state)}

    def loss_and_grads(given):
        total = 0

        def head(hs, steps):
            nonlocal total
            total += np.sum(hs**2 * p.dhs[steps])
            return 2 * hs * p.dhs[steps]

        state = tuple(given[f"state[{i}]"] for i in range(len(p.state)))
        params = {name: given[name] for name in p.params}
        found = RTRL()(layer, p.xs, state, params, head)
        return total, {**found.grads, **numbered("state", found.dstate)}

    assert max(check_gradients(loss_and_grads, arrays, "complex").values()) < 1e-12


def test_the_head_is_asked_as_time_goes_by():
    layer, asked = Layer("tanh", D, H), []
    p = problem(layer, T, N)
    hs, _, _ = layer.forward(*p[:3])

    def head(states, steps):
        asked.append(steps)
        np.testing.assert_allclose(states, hs[steps], rtol=1e-13)
        return np.ones_like(states)

    RTRL()(layer, *p[:3], head)
    assert asked == [slice(t, t + 1) for t in range(T)]


def test_the_gradient_of_the_steps_so_far_is_ready():
    layer = Layer("gru", D, H)
    p = problem(layer, T, N)
    late = p.dhs.copy()
    late[3:] = 0  # nothing is known yet
    _, grads, _ = by(RTRL(), layer, p._replace(dhs=late))
    q = p._replace(xs=p.xs[:3], dhs=p.dhs[:3])
    close(grads, by(RTRL(), layer, q)[1], 1e-13)


def test_other_entries_of_the_parameters_are_ignored():
    layer = Layer("tanh", D, H)
    p = problem(layer, T, N)
    more = p._replace(params={**p.params, "W_hy": np.ones((H, 2))})
    close(by(RTRL(), layer, more)[1], by(RTRL(), layer, p)[1], 0)


def test_only_one_layer():
    stack = stacked("tanh", D, H)
    p = problem(stack, T, N)
    with rejects(TypeError, "RTRL: network is a Stack", "Pass a Layer", "rnncore.bptt"):
        by(RTRL(), stack, p)
