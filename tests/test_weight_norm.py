"""Weights in two parts, against numerical derivatives and PyTorch."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch.nn.utils.parametrizations import weight_norm

from rnncore.gradcheck import check_gradients, relative_error
from rnncore.optim import ADAM
from rnncore.weight_norm import (
    join_params_backward,
    join_params_forward,
    split_params,
    split_weights,
    weight_norm_backward,
    weight_norm_forward,
)
from tests.rejection import rejects

D, H = 5, 3
LIMITS = {"central": 1e-7, "complex": 1e-12}


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def draw_params():
    return {"layer0.W_xh": draw(D, H), "b_h": draw(H), "W_hh": draw(H, H)}


@pytest.mark.parametrize("method", LIMITS)
def test_gradients(method):
    upstream = draw(D, H, seed=1)

    def loss_and_grads(p):
        w, cache = weight_norm_forward(p["v"], p["g"])
        dv, dg = weight_norm_backward(upstream, cache)
        return np.sum(upstream * w), {"v": dv, "g": dg}

    params = {"v": draw(D, H), "g": draw(H, seed=2)}
    errors = check_gradients(loss_and_grads, params, method)
    assert max(errors.values()) < LIMITS[method]


def test_against_pytorch():
    w, g, x = draw(D, H), draw(H, seed=1), draw(7, D, seed=2)
    layer = weight_norm(torch.nn.Linear(D, H, bias=False).double())
    parts = layer.parametrizations.weight  # original0 is g, original1 is v
    with torch.no_grad():
        parts.original0.copy_(torch.tensor(g[:, None]))
        parts.original1.copy_(torch.tensor(w.T))
    (layer(torch.tensor(x)) ** 3).sum().backward()
    weights, cache = weight_norm_forward(w, g)
    dv, dg = weight_norm_backward(x.T @ (3 * (x @ weights) ** 2), cache)
    theirs = layer.weight.detach().numpy().T
    assert relative_error(weights, theirs) < 1e-12
    assert relative_error(dg, parts.original0.grad.numpy()[:, 0]) < 1e-10
    assert relative_error(dv, parts.original1.grad.numpy().T) < 1e-10


MATRICES = arrays(float, (D, H), elements=st.floats(0.01, 100))


@given(MATRICES, arrays(float, H, elements=st.floats(-10, 10)))
@settings(deadline=None)
def test_lengths_are_what_they_are_called(v, g):
    w, cache = weight_norm_forward(v, g)
    np.testing.assert_allclose(np.linalg.norm(w, axis=0), abs(g), 1e-12, 1e-100)
    scaled, _ = weight_norm_forward(7 * v, g)
    np.testing.assert_allclose(scaled, w, 1e-12, 1e-100)
    dv, _ = weight_norm_backward(draw(D, H), cache)
    np.testing.assert_allclose((dv * v).sum(axis=0), 0, atol=1e-9)


@given(MATRICES)
@settings(deadline=None)
def test_splitting_and_joining_changes_nothing(w):
    v, g = split_weights(w)
    np.testing.assert_allclose(weight_norm_forward(v, g)[0], w, rtol=1e-14)
    assert not np.shares_memory(v, w)


def test_float32_stays_float32():
    v, g = split_weights(draw(D, H).astype("float32"))
    w, cache = weight_norm_forward(v, g)
    returned = [v, g, w, *weight_norm_backward(w, cache)]
    assert {array.dtype for array in returned} == {np.dtype("float32")}


@pytest.mark.parametrize("layout", [np.asfortranarray, lambda a: a[::-1].copy()[::-1]])
def test_memory_order_does_not_matter(layout):
    w, cache = weight_norm_forward(layout(draw(D, H)), draw(H))
    expected, _ = weight_norm_forward(draw(D, H), draw(H))
    np.testing.assert_allclose(w, expected, rtol=1e-14)
    dv, _ = weight_norm_backward(layout(draw(D, H, seed=1)), cache)
    assert dv.shape == (D, H)


# Flat dicts


def test_a_dict_is_split_and_joined():
    params = draw_params()
    split = split_params(params, ["layer0.W_xh", "W_hh"])
    expected = ["layer0.W_xh.v", "layer0.W_xh.g", "b_h", "W_hh.v", "W_hh.g"]
    assert list(split) == expected
    plain, _ = join_params_forward(split)
    assert list(plain) == list(params)
    for name, array in params.items():
        np.testing.assert_allclose(plain[name], array, rtol=1e-14)


def test_nothing_needs_to_be_split():
    params = draw_params()
    assert split_params(params, ()) == params
    plain, cache = join_params_forward(params)
    assert plain == params
    assert join_params_backward(params, cache) == params


def loss_and_grads(split):
    x = draw(6, D, seed=7)
    plain, cache = join_params_forward(split)
    hidden = x @ plain["layer0.W_xh"] + plain["b_h"]
    y = hidden @ plain["W_hh"]
    dhidden = 2 * y @ plain["W_hh"].T
    grads = {"layer0.W_xh": x.T @ dhidden, "W_hh": hidden.T @ (2 * y)}
    grads["b_h"] = dhidden.sum(axis=0)
    return np.sum(y**2), join_params_backward(grads, cache)


@pytest.mark.parametrize("method", LIMITS)
def test_gradients_of_a_model_on_split_parameters(method):
    split = split_params(draw_params(), ["layer0.W_xh", "W_hh"])
    split["W_hh.g"] = draw(H, seed=4)
    errors = check_gradients(loss_and_grads, split, method)
    assert errors.keys() == split.keys()
    assert max(errors.values()) < LIMITS[method]


def test_a_model_on_split_parameters_learns():
    params = split_params(draw_params(), ["W_hh"])
    state = ADAM.init(params)
    first, _ = loss_and_grads(params)
    for _ in range(50):
        _, grads = loss_and_grads(params)
        params, state = ADAM.update(params, grads, state, 0.05)
    assert loss_and_grads(params)[0] < 0.2 * first


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
def test_a_column_without_a_direction(bad):
    w = draw(D, H)
    w[:, 1] = bad
    with rejects(ValueError, "split_weights: column 1 of w has length", "Pass w"):
        split_weights(w)
    with rejects(ValueError, "weight_norm_forward: column 1 of v has length", "Pass v"):
        weight_norm_forward(w, draw(H))


def test_bad_input():
    v, g = draw(D, H), draw(H)
    with rejects(ValueError, "weight_norm_forward: g has H = 5", "v has H = 3"):
        weight_norm_forward(v, draw(D))
    with rejects(TypeError, "weight_norm_forward: v has dtype int64"):
        weight_norm_forward(np.ones((D, H), int), g)
    with rejects(TypeError, "split_weights: w is a list"):
        split_weights([[1.0]])
    with rejects(ValueError, "split_weights: w has shape (3,)", "(D, H)"):
        split_weights(g)
    _, cache = weight_norm_forward(v, g)
    with rejects(ValueError, "weight_norm_backward: dw has D = 3", "(5, 3)"):
        weight_norm_backward(draw(H, D), cache)
    with rejects(TypeError, "cache is a tuple", "weight_norm_forward returned"):
        weight_norm_backward(v, tuple(cache))


def test_bad_dicts():
    params = draw_params()
    with rejects(ValueError, "split_params: params has no 'W_hy'", "'W_hh'"):
        split_params(params, ["W_hy"])
    with rejects(TypeError, "split_params: names is 'W_hh'", "Pass ('W_hh',)"):
        split_params(params, "W_hh")
    with rejects(ValueError, "split_weights: w has shape (3,)"):
        split_params(params, ["b_h"])
    with rejects(TypeError, "split_params: params is a list"):
        split_params([], ["W_hh"])
    with rejects(TypeError, "split_params: params['b_h'] is a list"):
        split_params({**params, "b_h": [1.0]}, ["W_hh"])
    split = split_params(params, ["W_hh"])
    with rejects(TypeError, "join_params_forward: params['W_hh.v'] is a list"):
        join_params_forward({**split, "W_hh.v": [1.0]})
    for part, other in (("v", "g"), ("g", "v")):
        half = {k: a for k, a in split.items() if k != f"W_hh.{part}"}
        with rejects(ValueError, f"'W_hh.{other}', but not 'W_hh.{part}'", "Pass both"):
            join_params_forward(half)
    _, cache = join_params_forward(split)
    with rejects(ValueError, "grads has no 'W_hh'", "Pass its gradient"):
        join_params_backward({"b_h": draw(H)}, cache)
    with rejects(TypeError, "join_params_backward: grads['W_hh'] is a list"):
        join_params_backward({**params, "W_hh": [1.0]}, cache)
    with rejects(TypeError, "join_params_backward: grads is a list", "Pass"):
        join_params_backward([], cache)
    with rejects(TypeError, "cache is a dict", "join_params_forward returned"):
        join_params_backward(params, {})
