"""Readers: embeddings under stacks, against the stacks themselves."""

import numpy as np
import pytest

from rnncore.gradcheck import check_gradients, relative_error
from rnncore.ops import one_hot
from rnncore.readers import Reader
from tests.rejection import rejects

T, N, V, E, H = 4, 3, 6, 2, 3


def problem(**sizes):
    rng = np.random.default_rng(0)
    reader = Reader(V, H, **sizes)
    params = {name: p + 0.1 for name, p in reader.init(rng).items()}
    state = tuple(rng.normal(size=a.shape) for a in reader.zero_state(N))
    return reader, params, rng.integers(V, size=(T, N)), state


def test_an_embedding_is_a_product_with_one_hot_vectors():
    reader, params, tokens, state = problem(cell="gru", layers=2, embedding_size=E)
    hs, last, cache = reader.forward(tokens, state, params)
    vectors = one_hot(tokens, V) @ params["W_emb"]
    expected, end, below = reader.network.forward(vectors, state, params)
    np.testing.assert_allclose(hs, expected)
    np.testing.assert_allclose(last, end)
    dhs = np.random.default_rng(1).normal(size=hs.shape)
    dxs, _, grads = reader.backward(dhs, cache)
    dvectors, _, more = reader.network.backward(dhs, below)
    dW_emb = one_hot(tokens, V).reshape(-1, V).T @ dvectors.reshape(-1, E)
    assert dxs is None
    assert relative_error(grads["W_emb"], dW_emb) < 1e-13
    for name, grad in more.items():
        np.testing.assert_array_equal(grads[name], grad)


def test_without_an_embedding_it_is_the_stack():
    reader, params, tokens, state = problem(bidirectional=True)
    mask = np.arange(T)[:, None] < np.array([4, 2, 1])
    for xs in (tokens, one_hot(tokens, V)):
        hs, last, cache = reader.forward(xs, state, params, mask)
        expected, end, below = reader.network.forward(xs, state, params, mask)
        np.testing.assert_array_equal(hs, expected)
        np.testing.assert_array_equal(last, end)
        dxs, dstate, _ = reader.backward(hs, cache, last)
        theirs, dfirst, _ = reader.network.backward(hs, below, last)
        np.testing.assert_array_equal(dxs, theirs)
        np.testing.assert_array_equal(dstate, dfirst)


@pytest.mark.parametrize("embedding_size", [None, E])
def test_steps_equal_a_run(embedding_size):
    reader, params, tokens, state = problem(
        cell="lstm", layers=2, embedding_size=embedding_size
    )
    _, last, _ = reader.forward(tokens, state, params)
    step = reader.stepper(params)
    for row in tokens:
        state = step(row, state)
    for one, other in zip(state, last, strict=True):
        assert relative_error(one, other) < 1e-13


@pytest.mark.parametrize("cell", ["tanh", "lstm"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_outputs_are_what_the_last_layer_gives(cell, bidirectional):
    reader, params, tokens, state = problem(
        cell=cell, layers=2, bidirectional=bidirectional
    )
    hs, last, _ = reader.forward(tokens, state, params)
    outputs = reader.outputs(last)
    np.testing.assert_array_equal(outputs[:, :H], hs[-1, :, :H])
    np.testing.assert_array_equal(outputs[:, H:], hs[0, :, H:])
    weights = np.random.default_rng(1).normal(size=outputs.shape)
    named = {str(i): array for i, array in enumerate(last)}

    def loss_and_grads(arrays):
        found = reader.outputs(tuple(arrays.values()))
        grads = reader.outputs_backward(weights)
        return np.sum(weights * found), {str(i): g for i, g in enumerate(grads)}

    assert max(check_gradients(loss_and_grads, named).values()) < 1e-8


def test_bad_input():
    with rejects(ValueError, "Reader: input_size is 0", "Pass"):
        Reader(0, 3)
    with rejects(ValueError, "Reader: embedding_size is 0", "Pass"):
        Reader(2, 3, embedding_size=0)
    reader, params, tokens, state = problem(embedding_size=E)
    with rejects(TypeError, "tokens has dtype float64"):
        reader.forward(tokens * 1.0, state, params)
    with rejects(ValueError, "forward: params has no 'W_emb'", "Add"):
        reader.forward(tokens, state, {"b": params["W_emb"]})
    with rejects(TypeError, "backward: cache is a NoneType", "Pass"):
        reader.backward(np.ones((T, N, H)), None)
    with rejects(TypeError, "init: rng is 0"):
        reader.init(0)
    both, params, _, _ = problem(bidirectional=True)
    with rejects(TypeError, "stepper: layer0 is a Bidirectional"):
        both.stepper(params)


def test_the_embedding_has_the_size_of_the_vocabulary():
    reader, params, tokens, state = problem(embedding_size=E)
    params["W_emb"] = params["W_emb"][:-1]
    with rejects(ValueError, "forward: W_emb has V = 5", "Pass W_emb of shape (6, 2)"):
        reader.forward(tokens, state, params)
    with rejects(ValueError, "stepper: W_emb has V = 5", "Pass W_emb of shape (6, 2)"):
        reader.stepper(params)
