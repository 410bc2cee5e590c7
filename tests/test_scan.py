"""The three ways of a linear recurrence agree, with each other and with the minGRU."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncore.gradcheck import check_gradients
from rnncore.layers import Layer
from rnncore.ops import sigmoid
from rnncore.scan import WAYS, linear_recurrence, linear_recurrence_backward


def problem(T, N=2, H=3, seed=0):
    rng = np.random.default_rng(seed)
    return (
        rng.normal(size=(T, N, H)),
        rng.normal(size=(T, N, H)),
        rng.normal(size=(N, H)),
    )


def by_definition(decays, inputs, h0):
    hs = [h0]
    for decay, added in zip(decays, inputs, strict=True):
        hs.append(decay * hs[-1] + added)
    return np.stack(hs[1:])


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 70), st.integers(0, 100))
def test_all_ways_give_the_states_of_the_definition(T, seed):
    decays, inputs, h0 = problem(T, seed=seed)
    decays = np.tanh(decays)  # so that rounding does not grow
    expected = by_definition(decays, inputs, h0)
    for way in WAYS:
        hs = linear_recurrence(decays, inputs, h0, way)
        np.testing.assert_allclose(hs, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("T", [1, 2, 5, 9])
def test_the_gradients_are_those_of_complex_steps(way, T):
    decays, inputs, h0 = problem(T)
    weights = np.random.default_rng(1).normal(size=inputs.shape)

    def loss_and_grads(at):
        hs = linear_recurrence(at["decays"], at["inputs"], at["h0"], way)
        back = linear_recurrence_backward(weights, at["decays"], hs, at["h0"], way)
        names = ("decays", "inputs", "h0")
        return np.sum(weights * hs), dict(zip(names, back, strict=True))

    at = {"decays": decays, "inputs": inputs, "h0": h0}
    errors = check_gradients(loss_and_grads, at, method="complex")
    assert max(errors.values()) < 1e-12, errors


@pytest.mark.parametrize("way", WAYS)
def test_zero_decays_cut_the_past_off(way):
    decays, inputs, h0 = problem(8)
    decays[3] = 0
    hs = linear_recurrence(decays, inputs, h0, way)
    other = linear_recurrence(decays, inputs, h0 + 100, way)
    np.testing.assert_allclose(hs[3:], other[3:])
    assert not np.allclose(hs[:3], other[:3])


@pytest.mark.parametrize("way", WAYS)
def test_mingru_is_a_linear_recurrence(way):
    layer, rng = Layer("mingru", 4, 3), np.random.default_rng(2)
    params, xs = layer.init(rng), rng.normal(size=(23, 2, 4))
    h0 = rng.normal(size=(2, 3))
    hs, _, cache = layer.forward(xs, (h0,), params)
    a_z, n = np.split(xs @ params["W_xh"] + params["b_h"], 2, axis=2)
    z = sigmoid(a_z)
    parallel = linear_recurrence(1 - z, z * n, h0, way)
    np.testing.assert_allclose(parallel, hs, rtol=1e-10, atol=1e-12)

    dhs = rng.normal(size=hs.shape)
    ddecays, dinputs, dh0 = linear_recurrence_backward(dhs, 1 - z, parallel, h0, way)
    da = np.concatenate([(dinputs * n - ddecays) * z * (1 - z), dinputs * z], axis=2)
    dxs, dstate, grads = layer.backward(dhs, cache)
    np.testing.assert_allclose(da @ params["W_xh"].T, dxs, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(da.sum(axis=(0, 1)), grads["b_h"], rtol=1e-9)
    np.testing.assert_allclose(dh0, dstate[0], rtol=1e-9, atol=1e-12)


def test_wrong_arguments_are_named():
    decays, inputs, h0 = problem(4)
    with pytest.raises(ValueError, match=r"h0 has N = 1 .* Pass h0 of shape \(2, 3\)"):
        linear_recurrence(decays, inputs, h0[:1])
    with pytest.raises(ValueError, match=r"inputs has T = 3 steps .* Pass inputs"):
        linear_recurrence(decays, inputs[1:], h0)
    with pytest.raises(ValueError, match="way is 'fast', but one of 'chunked'"):
        linear_recurrence(decays, inputs, h0, way="fast")
    with pytest.raises(ValueError, match="decays is empty"):
        linear_recurrence(decays[:0], inputs[:0], h0)
    with pytest.raises(ValueError, match=r"hs has T = 3 steps .* Pass hs"):
        linear_recurrence_backward(inputs, decays, inputs[1:], h0)
