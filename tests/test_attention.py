"""Attention, against numerical derivatives, PyTorch, and what is known of it."""

import numpy as np
import pytest
import torch

from rnncore.attention import (
    Attention,
    additive_attention_backward,
    additive_attention_forward,
    dot_attention_backward,
    dot_attention_forward,
)
from rnncore.gradcheck import check_gradients, relative_error
from tests.rejection import rejects

T, S, N, H, A = 4, 5, 3, 6, 2
SOURCES = np.array([[True] * N, [True, False, True]] + [[True, True, False]] * 3)


def problem(seed=0):
    rng = np.random.default_rng(seed)
    shapes = {"queries": (T, N, H), "keys": (S, N, H)}
    shapes |= {"W_qa": (H, A), "W_ka": (H, A), "v_a": (A,)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def forward(kind, p, mask=None):
    if kind == "dot":
        return dot_attention_forward(p["queries"], p["keys"], mask)
    return additive_attention_forward(p["queries"], p["keys"], p, mask)


def backward(kind, dcontexts, cache):
    if kind == "dot":
        dqueries, dkeys = dot_attention_backward(dcontexts, cache)
        return {"queries": dqueries, "keys": dkeys}
    dqueries, dkeys, grads = additive_attention_backward(dcontexts, cache)
    return {"queries": dqueries, "keys": dkeys, **grads}


def arguments(kind, seed=0):
    p = problem(seed)
    return p if kind == "additive" else {k: p[k] for k in ("queries", "keys")}


every_kind = pytest.mark.parametrize("kind", ["dot", "additive"])
every_mask = pytest.mark.parametrize("mask", [None, SOURCES], ids=["all", "masked"])


@every_kind
@every_mask
@pytest.mark.parametrize(("method", "limit"), [("central", 1e-7), ("complex", 1e-12)])
def test_gradients_against_numerical_derivatives(kind, mask, method, limit):
    weights = np.random.default_rng(1).normal(size=(T, N, H))

    def loss_and_grads(p):
        contexts, _, cache = forward(kind, p, mask)
        return np.sum(weights * contexts), backward(kind, weights, cache)

    errors = check_gradients(loss_and_grads, arguments(kind), method)
    assert max(errors.values()) < limit, errors


@every_kind
@every_mask
def test_contexts_and_gradients_against_pytorch(kind, mask):
    p = arguments(kind)
    dcontexts = np.random.default_rng(1).normal(size=(T, N, H))
    t = {name: torch.tensor(a, requires_grad=True) for name, a in p.items()}
    q, k = t["queries"], t["keys"]
    if kind == "dot":
        scores = torch.einsum("tnh,snh->tns", q, k)
    else:
        units = torch.tanh((q @ t["W_qa"])[:, None] + (k @ t["W_ka"])[None])
        scores = (units @ t["v_a"]).transpose(1, 2)
    if mask is not None:
        scores = scores.masked_fill(~torch.tensor(mask.T), -torch.inf)
    weights = torch.softmax(scores, dim=-1)
    contexts = torch.einsum("tns,snh->tnh", weights, k)
    contexts.backward(torch.tensor(dcontexts))
    ours, shares, cache = forward(kind, p, mask)
    assert relative_error(ours, contexts.detach().numpy()) < 1e-10
    assert relative_error(shares, weights.detach().numpy()) < 1e-10
    for name, grad in backward(kind, dcontexts, cache).items():
        assert relative_error(grad, t[name].grad.numpy()) < 1e-10, name


@every_kind
def test_what_is_masked_does_not_matter(kind):
    p = arguments(kind)
    contexts, weights, cache = forward(kind, p, SOURCES)
    np.testing.assert_allclose(weights.sum(axis=-1), 1)
    assert (weights[:, ~SOURCES.T] == 0).all()
    other = np.where(SOURCES[..., None], p["keys"], 1e4)
    again, _, _ = forward(kind, {**p, "keys": other}, SOURCES)
    np.testing.assert_array_equal(contexts, again)
    dkeys = backward(kind, np.ones_like(contexts), cache)["keys"]
    assert (dkeys[~SOURCES] == 0).all()


@every_kind
def test_masked_keys_equal_shorter_sources(kind):
    p = arguments(kind)
    contexts, _, _ = forward(kind, p, SOURCES)
    for n in range(N):
        alone = {**p, "queries": p["queries"][:, n : n + 1]}
        alone["keys"] = p["keys"][SOURCES[:, n], n : n + 1]
        assert relative_error(forward(kind, alone)[0], contexts[:, n : n + 1]) < 1e-13


def test_large_scores_do_not_overflow():
    keys = np.zeros((2, 1, 1))
    keys[0] = 1e4
    contexts, weights, _ = dot_attention_forward(np.full((1, 1, 1), 1e4), keys)
    np.testing.assert_array_equal(weights, [[[1, 0]]])
    np.testing.assert_array_equal(contexts, [[[1e4]]])


@every_kind
def test_float32_stays_float32(kind):
    p = {name: a.astype(np.float32) for name, a in arguments(kind).items()}
    contexts, weights, cache = forward(kind, p, SOURCES)
    grads = backward(kind, np.ones_like(contexts), cache)
    arrays = (contexts, weights, *grads.values())
    assert {a.dtype for a in arrays} == {np.dtype(np.float32)}


# The layer


@every_kind
@every_mask
def test_gradients_of_the_layer(kind, mask):
    attention, rng = Attention(kind, H), np.random.default_rng(2)
    params = {**attention.init(rng), **{k: problem()[k] for k in ("queries", "keys")}}
    weights = rng.normal(size=(T, N, H))

    def loss_and_grads(p):
        outputs, _, cache = attention.forward(p["queries"], p["keys"], p, mask)
        dhs, dkeys, grads = attention.backward(weights, cache)
        return np.sum(weights * outputs), {"queries": dhs, "keys": dkeys, **grads}

    errors = check_gradients(loss_and_grads, params, "complex")
    assert len(errors) == (6 if kind == "additive" else 3)
    assert max(errors.values()) < 1e-12, errors


def test_the_layer_combines_state_and_context():
    p = problem()
    attention = Attention("dot", H)
    W_c = np.vstack([np.eye(H), 2 * np.eye(H)])
    outputs, weights, _ = attention.forward(p["queries"], p["keys"], {"W_c": W_c})
    contexts, expected, _ = dot_attention_forward(p["queries"], p["keys"])
    np.testing.assert_allclose(outputs, np.tanh(p["queries"] + 2 * contexts))
    np.testing.assert_array_equal(weights, expected)


# Bad input


@every_kind
def test_bad_arrays(kind):
    where, p = f"{kind}_attention_forward: ", problem()
    with rejects(ValueError, where, "keys has N = 2", "Pass keys of shape (5, 3, 6)"):
        forward(kind, {**p, "keys": p["keys"][:, :2]})
    with rejects(ValueError, where, "has H = 5", "Pass"):
        forward(kind, {**p, "keys": p["keys"][..., :5]})
    with rejects(TypeError, where, "queries is a list", "Pass"):
        forward(kind, {**p, "queries": [1.0]})
    with rejects(TypeError, where, "mask has dtype int64", "Pass"):
        forward(kind, p, SOURCES.astype(int))
    with rejects(ValueError, where, "mask has S = 4", "Pass mask of shape (5, 3)"):
        forward(kind, p, SOURCES[:4])
    with rejects(ValueError, where, "column 1", "Leave"):
        forward(kind, p, SOURCES & (np.arange(N) != 1))


@every_kind
def test_bad_upstream(kind):
    where = f"{kind}_attention_backward: "
    contexts, _, cache = forward(kind, problem())
    with rejects(ValueError, where, "dcontexts has T = 3", "Pass"):
        backward(kind, contexts[:3], cache)
    with rejects(TypeError, where, "cache is a tuple", "Pass"):
        backward(kind, contexts, tuple(cache))


def test_bad_layers():
    with rejects(ValueError, "Attention: kind is 'cosine'", "'dot', 'additive'"):
        Attention("cosine", 3)
    with rejects(ValueError, "Attention: hidden_size is 0", "Pass hidden_size=1"):
        Attention("dot", 0)
    attention, p = Attention("dot", H), problem()
    with rejects(ValueError, "forward: params has no 'W_c'", "Add"):
        attention.forward(p["queries"], p["keys"], {})
    with rejects(ValueError, "forward: W_c has C = 5", "Pass W_c of shape (12, "):
        attention.forward(p["queries"], p["keys"], {"W_c": np.ones((5, H))})
    with rejects(ValueError, "forward: W_c has H = 1", f"Pass W_c of shape (12, {H})"):
        attention.forward(p["queries"], p["keys"], {"W_c": np.ones((12, 1))})
    with rejects(TypeError, "backward: cache is a NoneType", "Pass"):
        attention.backward(p["queries"], None)
    outputs, _, cache = attention.forward(
        p["queries"], p["keys"], attention.init(np.random.default_rng(0))
    )
    with rejects(ValueError, "backward: doutputs has T = 3", "Pass"):
        attention.backward(outputs[:3], cache)
