"""Losses of numbers, against numerical derivatives and PyTorch."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rnncore.gradcheck import check_gradients, relative_error
from rnncore.kinds import NonFiniteError
from rnncore.losses import (
    sigmoid_cross_entropy_backward,
    sigmoid_cross_entropy_forward,
    squared_error_backward,
    squared_error_forward,
)
from tests.rejection import rejects

T, N, D = 5, 3, 4
LIMITS = {"central": 1e-7, "complex": 1e-12}
LOSSES = {
    "squared": (squared_error_forward, squared_error_backward, "predictions"),
    "sigmoid": (
        sigmoid_cross_entropy_forward,
        sigmoid_cross_entropy_backward,
        "logits",
    ),
}
every_loss = pytest.mark.parametrize("loss", LOSSES)


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def draw_targets(*shape):
    return np.random.default_rng(9).random(shape)


def some_mask():
    mask = np.random.default_rng(3).random((T, N)) < 0.6
    assert mask.any()
    assert not mask.all()
    return mask


@every_loss
@pytest.mark.parametrize("method", LIMITS)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("mask", [None, some_mask()], ids=["all", "masked"])
def test_gradients(loss, method, reduction, mask):
    forward, backward, _ = LOSSES[loss]
    targets = draw_targets(T, N, D)

    def loss_and_grads(p):
        value, cache = forward(p["y"], targets, mask, reduction)
        return -2.5 * value, {"y": backward(cache, -2.5)}

    errors = check_gradients(loss_and_grads, {"y": 3 * draw(T, N, D)}, method)
    assert errors["y"] < LIMITS[method]


@every_loss
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("masked", [False, True])
def test_against_pytorch(loss, reduction, masked):
    forward, backward, _ = LOSSES[loss]
    functional = torch.nn.functional
    theirs = {
        "squared": functional.mse_loss,
        "sigmoid": functional.binary_cross_entropy_with_logits,
    }[loss]
    y, targets = 5 * draw(T, N, D), draw_targets(T, N, D)
    mask = some_mask() if masked else None
    kept = mask if masked else np.ones((T, N), bool)
    tensor = torch.tensor(y, requires_grad=True)
    expected = theirs(tensor[kept], torch.tensor(targets[kept]), reduction=reduction)
    expected.backward()
    value, cache = forward(y, targets, mask, reduction)
    assert relative_error(value, expected.item()) < 1e-10
    assert relative_error(backward(cache), tensor.grad.numpy()) < 1e-10


@every_loss
def test_masked_values_have_no_influence(loss):
    forward, backward, _ = LOSSES[loss]
    y, targets, mask = draw(T, N, D), draw_targets(T, N, D), some_mask()
    value, cache = forward(y, targets, mask)
    other = np.where(mask[..., None], y, 100.0)
    assert forward(other, targets, mask)[0] == value
    assert not backward(cache)[~mask].any()
    assert backward(cache)[mask].all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_extreme_logits_do_not_overflow(dtype):
    logits = np.array([[1e4, 1e4, -1e4, -1e4, 0]], dtype=dtype)
    targets = np.array([[1, 0, 1, 0, 0.5]], dtype=dtype)
    loss, cache = sigmoid_cross_entropy_forward(logits, targets, reduction="sum")
    assert loss == pytest.approx(2e4 + np.log(2), rel=1e-6)
    np.testing.assert_array_equal(
        sigmoid_cross_entropy_backward(cache), [[0, 1, -1, 0, 0]]
    )


@given(arrays(float, (2, 3), elements=st.floats(-1e4, 1e4)), st.integers(0, 99))
@settings(deadline=None)
def test_yes_and_no_change_places_with_the_sign(logits, seed):
    targets = np.random.default_rng(seed).random((2, 3))
    loss, _ = sigmoid_cross_entropy_forward(logits, targets)
    mirrored, _ = sigmoid_cross_entropy_forward(-logits, 1 - targets)
    assert np.isfinite(loss)
    assert loss == pytest.approx(mirrored, rel=1e-9, abs=1e-9)


def test_squared_error_of_known_numbers():
    predictions, targets = np.array([[1.0, 2.0]]), np.array([[4.0, 2.5]])
    loss, cache = squared_error_forward(predictions, targets)
    assert loss == 4.625
    np.testing.assert_array_equal(squared_error_backward(cache), [[-3.0, -0.5]])
    assert squared_error_forward(predictions, targets, reduction="sum")[0] == 9.25


@every_loss
def test_float32_stays_float32(loss):
    forward, backward, _ = LOSSES[loss]
    y = draw(T, N, D).astype(np.float32)
    targets = draw_targets(T, N, D).astype(np.float32)
    for mask in (None, some_mask()):
        value, cache = forward(y, targets, mask)
        assert value.dtype == np.float32
        assert backward(cache, np.float64(0.5)).dtype == np.float32


@every_loss
@pytest.mark.parametrize(
    ("changed", "kind", "parts"),
    [
        ({"targets": [1.0]}, TypeError, ["targets is a list"]),
        ({"targets": draw(T, N)}, ValueError, ["targets", "Pass targets", "(5, 3, 4)"]),
        ({"targets": np.full((T, N, D), np.nan)}, NonFiniteError, ["targets", "nan"]),
        ({"mask": np.ones((T, N))}, TypeError, ["mask", "float64", "dtype=bool"]),
        ({"mask": np.ones(T, bool)}, ValueError, ["mask", "(5,)", "Pass mask"]),
        ({"mask": np.zeros((T, N), bool)}, ValueError, ["False everywhere", "Leave"]),
        ({"reduction": "none"}, ValueError, ["'none'", "'mean', 'sum'"]),
    ],
)
def test_bad_input(loss, changed, kind, parts):
    forward, _, name = LOSSES[loss]
    arguments = {name: draw(T, N, D), "targets": draw_targets(T, N, D), **changed}
    with rejects(kind, forward.__name__, *parts):
        forward(**arguments)


@every_loss
def test_bad_upstream(loss):
    forward, backward, _ = LOSSES[loss]
    _, cache = forward(draw(N, D), draw_targets(N, D))
    with rejects(TypeError, f"{backward.__name__}: dloss is '1'", "Pass a float"):
        backward(cache, "1")
    with rejects(TypeError, f"{backward.__name__}: cache", forward.__name__):
        backward(tuple(cache))


@pytest.mark.parametrize("outside", [-0.5, 1.5])
def test_targets_that_are_no_probabilities(outside):
    with rejects(ValueError, "targets holds", "(1, 2)", "from 0 to 1", "Pass 1"):
        targets = np.array([[0, 0.5, 1], [0, 0, outside]])
        sigmoid_cross_entropy_forward(draw(2, 3), targets)
