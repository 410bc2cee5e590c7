"""Operations on arrays, against numerical derivatives, PyTorch and one-hot products."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rnncore.gradcheck import check_gradients, relative_error
from rnncore.kinds import NonFiniteError
from rnncore.ops import (
    affine_backward,
    affine_forward,
    cross_entropy_backward,
    cross_entropy_forward,
    dropout_mask,
    embedding_backward,
    embedding_forward,
    log_softmax,
    one_hot,
    sigmoid,
    softmax,
)
from tests.rejection import rejects

T, N, D, H, V = 5, 3, 4, 6, 7
LIMITS = {"central": 1e-7, "complex": 1e-12}


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def draw_tokens(*shape, V=V, seed=0):
    return np.random.default_rng(seed).integers(V, size=shape)


def some_mask():
    mask = np.random.default_rng(3).random((T, N)) < 0.6
    assert mask.any()
    assert not mask.all()
    return mask


# Affine map


@pytest.mark.parametrize("method", LIMITS)
@pytest.mark.parametrize("leading", [(N,), (T, N), ()])
def test_affine_gradients(method, leading):
    dy = draw(*leading, H, seed=1)

    def loss_and_grads(p):
        y, cache = affine_forward(p["x"], p["W"], p["b"])
        return np.sum(dy * y), dict(
            zip(("x", "W", "b"), affine_backward(dy, cache), strict=True)
        )

    params = {"x": draw(*leading, D), "W": draw(D, H, seed=2), "b": draw(H, seed=3)}
    errors = check_gradients(loss_and_grads, params, method)
    assert max(errors.values()) < LIMITS[method]


def test_affine_against_pytorch():
    x, W, b, dy = draw(T, N, D), draw(D, H, seed=1), draw(H), draw(T, N, H, seed=2)
    tensors = [torch.tensor(array, requires_grad=True) for array in (x, W.T, b)]
    y_torch = torch.nn.functional.linear(*tensors)
    y_torch.backward(torch.tensor(dy))
    y, cache = affine_forward(x, W, b)
    grads = affine_backward(dy, cache)
    assert relative_error(y, y_torch.detach().numpy()) < 1e-10
    assert relative_error(grads[0], tensors[0].grad.numpy()) < 1e-10
    assert relative_error(grads[1], tensors[1].grad.numpy().T) < 1e-10
    assert relative_error(grads[2], tensors[2].grad.numpy()) < 1e-10


def test_bad_input_of_the_affine_map():
    x, W, b = draw(N, D), draw(D, H), draw(H)
    with rejects(ValueError, "affine_forward: x has D = 5", "W has D = 4", "(3, 4)"):
        affine_forward(draw(N, 5), W, b)
    with rejects(ValueError, "b has H = 4", "(6,)"):
        affine_forward(x, W, draw(D))
    with rejects(TypeError, "x has dtype int64", "floats"):
        affine_forward(np.ones((N, D), int), W, b)
    _, cache = affine_forward(x, W, b)
    with rejects(ValueError, "affine_backward: dy has leading axes (2,)", "(3, 6)"):
        affine_backward(draw(2, H), cache)
    with rejects(TypeError, "cache is a list", "AffineCache", "affine_forward"):
        affine_backward(draw(N, H), [x, W])


# Sigmoid


def test_sigmoid_against_pytorch():
    a = 10 * draw(T, N, H)
    theirs = torch.sigmoid(torch.tensor(a)).numpy()
    np.testing.assert_allclose(sigmoid(a), theirs, rtol=0, atol=1e-15)


def test_sigmoid_of_extremes():
    largest = np.finfo(float).max
    a = np.array([-largest, -1e4, 0, 1e4, largest])
    np.testing.assert_array_equal(sigmoid(a), [0, 0, 0.5, 1, 1])
    assert sigmoid(a[1:4].astype(np.float32)).dtype == np.float32


def test_the_complex_step_of_sigmoid():
    a = 3 * draw(T, N)
    slopes = sigmoid(a + 1e-20j).imag / 1e-20
    np.testing.assert_allclose(slopes, sigmoid(a) * (1 - sigmoid(a)), rtol=1e-12)


# Softmax


def test_softmax_of_known_logits():
    expected = [0.0377, 0.1251, 0.0007, 0.8365]
    np.testing.assert_allclose(
        softmax(np.array([1, 2.2, -3, 4.1])), expected, atol=5e-5
    )


@given(arrays(float, (3, 5), elements=st.floats(-1e4, 1e4)))
@settings(deadline=None)
def test_softmax_is_a_distribution_whatever_the_logits(logits):
    p, log_p = softmax(logits), log_softmax(logits)
    np.testing.assert_allclose(p.sum(axis=-1), 1, rtol=1e-12)
    assert (p >= 0).all()
    assert np.isfinite(log_p).all()
    np.testing.assert_allclose(np.exp(log_p), p, atol=1e-12)


@given(arrays(float, 5, elements=st.floats(-50, 50)), st.floats(-1e3, 1e3))
@settings(deadline=None)
def test_only_differences_of_logits_matter(logits, shift):
    np.testing.assert_allclose(softmax(logits), softmax(logits + shift), atol=1e-11)


def test_softmax_against_pytorch():
    logits = 10 * draw(T, N, V)
    theirs = torch.log_softmax(torch.tensor(logits), dim=-1).numpy()
    assert relative_error(log_softmax(logits), theirs) < 1e-14
    assert relative_error(softmax(logits), np.exp(theirs)) < 1e-13


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_differences_beyond_the_largest_float(dtype):
    largest = np.finfo(dtype).max
    logits = np.array([largest, 0, -largest], dtype=dtype)
    np.testing.assert_array_equal(softmax(logits), [1, 0, 0])
    np.testing.assert_array_equal(log_softmax(logits), [0, -largest, -np.inf])


@pytest.mark.parametrize("function", [softmax, log_softmax])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, float, complex])
def test_one_value_that_is_not_finite_is_found(function, value, dtype):
    logits = draw(T, N, V).astype(dtype)
    logits[2, 1, 4] = value
    with rejects(NonFiniteError, "logits holds", "(2, 1, 4) (1 of 105"):
        function(logits)


@pytest.mark.parametrize("function", [softmax, log_softmax])
def test_bad_input_of_softmax(function):
    with rejects(TypeError, function.__name__, "logits is a list"):
        function([1.0, 2.0])
    with rejects(NonFiniteError, function.__name__, "logits holds inf"):
        function(np.array([np.inf, 0.0]))
    with rejects(ValueError, "logits is empty", "V = 0"):
        function(np.ones((2, 0)))
    with rejects(ValueError, "shape ()", "(..., V)"):
        function(np.array(1.0))


# Cross-entropy


def entropy_loss_and_grads(targets, mask, reduction, dloss=1.0):
    def loss_and_grads(p):
        loss, cache = cross_entropy_forward(p["logits"], targets, mask, reduction)
        return dloss * loss, {"logits": cross_entropy_backward(cache, dloss)}

    return loss_and_grads


@pytest.mark.parametrize("method", LIMITS)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("mask", [None, some_mask()], ids=["all", "masked"])
def test_cross_entropy_gradients(method, reduction, mask):
    function = entropy_loss_and_grads(draw_tokens(T, N), mask, reduction, dloss=-2.5)
    errors = check_gradients(function, {"logits": draw(T, N, V)}, method)
    assert errors["logits"] < LIMITS[method]


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_cross_entropy_against_pytorch(reduction):
    logits, targets, mask = draw(T, N, V), draw_tokens(T, N), some_mask()
    tensor = torch.tensor(logits, requires_grad=True)
    ignored = np.where(mask, targets, -100)
    theirs = torch.nn.functional.cross_entropy(
        tensor.reshape(-1, V), torch.tensor(ignored.ravel()), reduction=reduction
    )
    theirs.backward()
    loss, cache = cross_entropy_forward(logits, targets, mask, reduction)
    assert relative_error(loss, theirs.item()) < 1e-10
    assert relative_error(cross_entropy_backward(cache), tensor.grad.numpy()) < 1e-10


def test_cross_entropy_of_the_known_example():
    logits = np.array([[1.0, 2.2, -3.0, 4.1]])
    loss, cache = cross_entropy_forward(logits, np.array([1]))
    assert loss == pytest.approx(2.0785, abs=5e-5)
    np.testing.assert_allclose(
        cross_entropy_backward(cache)[0], [0.0377, -0.8749, 0.0007, 0.8365], atol=5e-5
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [1e4, -1e4])
def test_extreme_logits_do_not_overflow(size, dtype):
    logits = np.array([[size, 0.0, -size]], dtype=dtype)
    losses = [cross_entropy_forward(logits, np.array([v]))[0] for v in range(3)]
    np.testing.assert_allclose(sorted(losses), [0, 1e4, 2e4])
    _, cache = cross_entropy_forward(logits, np.array([1]))
    expected = [1, -1, 0] if size > 0 else [0, -1, 1]
    np.testing.assert_allclose(cross_entropy_backward(cache)[0], expected)


def test_masked_tokens_have_no_influence():
    logits, targets, mask = draw(T, N, V), draw_tokens(T, N), some_mask()
    loss, cache = cross_entropy_forward(logits, targets, mask)
    other = np.where(mask[..., None], logits, 100.0)
    assert cross_entropy_forward(other, targets, mask)[0] == loss
    assert not cross_entropy_backward(cache)[~mask].any()
    kept, _ = cross_entropy_forward(logits[mask], targets[mask])
    assert loss == pytest.approx(kept, rel=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_mask_with_one_token(dtype):
    logits, targets = draw(T, N, V).astype(dtype), draw_tokens(T, N)
    mask = np.zeros((T, N), bool)
    mask[3, 1] = True
    loss, cache = cross_entropy_forward(logits, targets, mask)
    alone, alone_cache = cross_entropy_forward(logits[3, 1], np.array(targets[3, 1]))
    assert loss == alone
    assert loss.dtype == dtype
    dlogits = cross_entropy_backward(cache)
    np.testing.assert_array_equal(dlogits[3, 1], cross_entropy_backward(alone_cache))
    assert not dlogits[~mask].any()


def test_mean_is_sum_over_count():
    logits, targets, mask = draw(T, N, V), draw_tokens(T, N), some_mask()
    mean, _ = cross_entropy_forward(logits, targets, mask, "mean")
    total, _ = cross_entropy_forward(logits, targets, mask, "sum")
    assert mean * mask.sum() == pytest.approx(total, rel=1e-12)


def test_gradients_of_each_token_sum_to_zero():
    _, cache = cross_entropy_forward(draw(T, N, V), draw_tokens(T, N))
    np.testing.assert_allclose(
        cross_entropy_backward(cache).sum(axis=-1), 0, atol=1e-15
    )


def test_memory_order_does_not_matter():
    logits, targets = draw(T, N, V), draw_tokens(T, N)
    expected = cross_entropy_backward(cross_entropy_forward(logits, targets)[1])
    for other in (np.asfortranarray(logits), draw(T, N, 2 * V)[..., ::2]):
        other[...] = logits
        _, cache = cross_entropy_forward(other, np.asfortranarray(targets))
        np.testing.assert_allclose(cross_entropy_backward(cache), expected, atol=1e-15)


def test_float32_stays_float32():
    logits, mask = draw(T, N, V).astype(np.float32), some_mask()
    for chosen in (None, mask):
        loss, cache = cross_entropy_forward(logits, draw_tokens(T, N), chosen)
        assert loss.dtype == np.float32
        assert cross_entropy_backward(cache, np.float64(0.5)).dtype == np.float32
    assert softmax(logits).dtype == log_softmax(logits).dtype == np.float32


@pytest.mark.parametrize(
    ("changed", "kind", "parts"),
    [
        ({"logits": [1.0]}, TypeError, ["logits is a list"]),
        ({"logits": draw(T, N)}, ValueError, ["targets", "logits", "(5,)"]),
        ({"logits": np.full((T, N, V), np.nan)}, NonFiniteError, ["logits holds nan"]),
        ({"logits": np.array(1.0)}, ValueError, ["logits has shape ()", "(..., V)"]),
        ({"targets": draw(T, N)}, TypeError, ["targets has dtype float64", "integers"]),
        ({"targets": np.full((T, N), V)}, ValueError, ["holds 7", "V = 7", "0 to 6"]),
        ({"targets": np.full((T, N), -1)}, ValueError, ["holds -1", "0 to 6"]),
        (
            {"targets": draw_tokens(N, T)},
            ValueError,
            ["(3, 5)", "Pass targets", "(5, 3)"],
        ),
        ({"mask": np.ones((T, N))}, TypeError, ["mask", "float64", "dtype=bool"]),
        ({"mask": [[True]]}, TypeError, ["mask", "list", "booleans"]),
        ({"mask": np.ones(T, bool)}, ValueError, ["mask", "(5,)", "Pass mask"]),
        ({"mask": np.zeros((T, N), bool)}, ValueError, ["False everywhere", "Leave"]),
        ({"reduction": "average"}, ValueError, ["'average'", "'mean', 'sum'"]),
    ],
)
def test_bad_input_of_cross_entropy(changed, kind, parts):
    arguments = {"logits": draw(T, N, V), "targets": draw_tokens(T, N)}
    with rejects(kind, "cross_entropy_forward", *parts):
        cross_entropy_forward(**{**arguments, **changed})


@pytest.mark.parametrize("dloss", [None, "1", [1.0], 1j])
def test_bad_upstream_gradient_of_cross_entropy(dloss):
    _, cache = cross_entropy_forward(draw(T, N, V), draw_tokens(T, N))
    with rejects(TypeError, "cross_entropy_backward: dloss is", "Pass a float"):
        cross_entropy_backward(cache, dloss)


def test_the_wrong_cache_of_cross_entropy():
    with rejects(TypeError, "cross_entropy_backward", "cross_entropy_forward"):
        cross_entropy_backward(None)


# Embedding


@pytest.mark.parametrize("shape", [(T, N), (1,), (40,)])
def test_embedding_is_a_one_hot_product(shape):
    tokens, W, drows = draw_tokens(*shape), draw(V, H), draw(*shape, H, seed=1)
    rows, cache = embedding_forward(tokens, W)
    hot = one_hot(tokens, V)
    np.testing.assert_array_equal(rows, hot @ W)
    expected = hot.reshape(-1, V).T @ drows.reshape(-1, H)
    assert relative_error(embedding_backward(drows, cache), expected) < 1e-13


@pytest.mark.parametrize("method", LIMITS)
def test_embedding_gradient(method):
    tokens, drows = draw_tokens(T, N), draw(T, N, H)

    def loss_and_grads(p):
        rows, cache = embedding_forward(tokens, p["W"])
        return np.sum(drows * rows), {"W": embedding_backward(drows, cache)}

    errors = check_gradients(loss_and_grads, {"W": draw(V, H, seed=1)}, method)
    assert errors["W"] < LIMITS[method]


def test_embedding_against_pytorch():
    tokens, W, drows = draw_tokens(T, N), draw(V, H), draw(T, N, H, seed=1)
    table = torch.tensor(W, requires_grad=True)
    torch.nn.functional.embedding(torch.tensor(tokens), table).backward(
        torch.tensor(drows)
    )
    _, cache = embedding_forward(tokens, W)
    assert relative_error(embedding_backward(drows, cache), table.grad.numpy()) < 1e-10


def test_bad_input_of_embedding():
    with rejects(ValueError, "embedding_forward: tokens holds 7", "V = 7", "0 to 6"):
        embedding_forward(np.array([0, 7]), draw(V, H))
    with rejects(TypeError, "tokens has dtype float64"):
        embedding_forward(np.array([0.0]), draw(V, H))
    _, cache = embedding_forward(draw_tokens(T, N), draw(V, H))
    with rejects(ValueError, "embedding_backward: drows", "(3, 5)", "(5, 3, 6)"):
        embedding_backward(draw(N, T, H), cache)


def test_bad_input_of_one_hot():
    with rejects(ValueError, "one_hot: tokens holds 3", "0 to 2"):
        one_hot(np.array([3]), 3)
    with rejects(ValueError, "one_hot: vocab_size is 0"):
        one_hot(np.array([3]), 0)
    with rejects(TypeError, "one_hot: tokens is a list"):
        one_hot([1], 3)


# Dropout


def test_dropout_keeps_the_mean():
    mask = dropout_mask(np.random.default_rng(0), (200, 300), 0.2, like=draw(1))
    assert set(np.unique(mask)) == {0, 1.25}
    deviation = np.sqrt(0.2 / 0.8 / mask.size)
    assert abs(mask.mean() - 1) < 4 * deviation


def test_the_draws_of_dropout_do_not_depend_on_the_dtype():
    masks = [
        dropout_mask(np.random.default_rng(5), (N, H), 0.5, like=draw(1).astype(dtype))
        for dtype in ("float32", "float64", "complex128")
    ]
    assert [mask.dtype for mask in masks] == ["float32", "float64", "complex128"]
    np.testing.assert_array_equal(masks[0], masks[1])
    np.testing.assert_array_equal(masks[1], masks[2])


def test_a_rate_of_zero_drops_nothing():
    mask = dropout_mask(np.random.default_rng(0), (N, H), 0, like=draw(1))
    np.testing.assert_array_equal(mask, np.ones((N, H)))


@pytest.mark.parametrize(
    ("changed", "kind", "parts"),
    [
        ({"rng": 0}, TypeError, ["rng is 0", "default_rng"]),
        ({"shape": [3, 4]}, ValueError, ["shape is [3, 4]", "Pass", "(N, H)"]),
        ({"shape": (3, 0)}, ValueError, ["shape[1] is 0", "at least 1"]),
        ({"rate": 1}, ValueError, ["rate is 1", "below 1", "rate=0.5"]),
        ({"rate": -0.1}, ValueError, ["rate is -0.1", "Pass"]),
        ({"rate": np.nan}, ValueError, ["rate is nan", "Pass"]),
        ({"rate": "half"}, TypeError, ["rate is 'half'", "Pass a float"]),
        ({"like": float}, TypeError, ["like is a type", "floats"]),
    ],
)
def test_bad_input_of_dropout(changed, kind, parts):
    given = {"rng": np.random.default_rng(0), "shape": (N, H), "rate": 0.5}
    with rejects(kind, "dropout_mask", *parts):
        dropout_mask(**{**given, "like": draw(1), **changed})
