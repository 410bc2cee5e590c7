"""The softmax head is an affine map, softmax, and cross-entropy, and nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncore import heads
from rnncore.gradcheck import check_gradients, relative_error
from rnncore.heads import SoftmaxHead
from rnncore.kinds import NonFiniteError
from rnncore.ops import (
    affine_backward,
    affine_forward,
    cross_entropy_backward,
    cross_entropy_forward,
)
from tests.rejection import rejects

T, N, H, V = 5, 3, 4, 6
WHOLE = slice(0, T)


def problem(seed=0, T=T, scale=1.0):
    """Draw states, parameters, targets, a mask, and a dropout mask."""
    rng = np.random.default_rng(seed)
    hs, W_hy = rng.normal(size=(T, N, H)), scale * rng.normal(size=(H, V))
    mask = rng.random((T, N)) < 0.6
    mask[0] = True
    drop = 2.0 * (rng.random((N, H)) < 0.5)
    targets = rng.integers(V, size=(T, N))
    return hs, W_hy, scale * rng.normal(size=V), targets, mask, drop


def plain(hs, W_hy, b_y, targets, mask=None, drop=None):
    """Return loss, gradient of the states, and gradients of the parameters."""
    drop = np.ones(hs.shape[1:]) if drop is None else drop
    logits, affine = affine_forward(hs * drop, W_hy, b_y)
    loss, entropy = cross_entropy_forward(logits, targets, mask)
    dhs, dW_hy, db_y = affine_backward(cross_entropy_backward(entropy), affine)
    return loss, dhs * drop, {"W_hy": dW_hy, "b_y": db_y}


def compare(head, dhs, expected):
    loss, expected_dhs, grads = expected
    assert head.loss == pytest.approx(loss, rel=1e-12)
    assert relative_error(dhs, expected_dhs) < 1e-12
    assert head.grads.keys() == grads.keys()
    for name, grad in grads.items():
        assert relative_error(head.grads[name], grad) < 1e-12


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("dropped", [False, True])
@pytest.mark.parametrize("scale", [1.0, 100.0])
@pytest.mark.parametrize("block", [1, V, 4 * V, 2**16])
def test_equals_its_parts(masked, dropped, scale, block, monkeypatch):
    monkeypatch.setattr(heads, "BLOCK", block)
    hs, W_hy, b_y, targets, mask, drop = problem(scale=scale)
    rest = (targets, mask if masked else None, drop if dropped else None)
    head = SoftmaxHead(W_hy, b_y, *rest)
    dhs = head(hs, WHOLE)
    compare(head, dhs, plain(hs, W_hy, b_y, *rest))
    assert head.n_tokens == (mask.sum() if masked else T * N)


@given(st.integers(0, 99), st.integers(1, 6), st.booleans())
@settings(deadline=None, max_examples=30)
def test_pieces_in_any_order_are_the_whole(seed, K, masked):
    hs, W_hy, b_y, targets, mask, drop = problem(seed)
    rest = (targets, mask if masked else None, drop)
    head, dhs = SoftmaxHead(W_hy, b_y, *rest), np.empty_like(hs)
    starts = np.random.default_rng(seed).permutation(np.arange(0, T, K))
    for start in starts:
        steps = slice(start, start + K)
        dhs[steps] = head(hs[steps], steps)
    compare(head, dhs, plain(hs, W_hy, b_y, *rest))


@pytest.mark.parametrize("masked", [False, True])
def test_the_score_is_the_loss(masked):
    hs, W_hy, b_y, targets, mask, _ = problem()
    head = SoftmaxHead(W_hy, b_y, targets, mask if masked else None)
    score = head.score(hs)
    assert head.loss == 0  # a score counts for nothing
    assert head.grads == {}
    head(hs, WHOLE)
    assert score == pytest.approx(head.loss, rel=1e-14)


def test_gradients_against_numerical_derivatives():
    hs, W_hy, b_y, targets, mask, drop = problem()

    def loss_and_grads(p):
        head = SoftmaxHead(p["W_hy"], p["b_y"], targets, mask, drop)
        dhs = head(p["hs"], WHOLE)
        return head.loss, {"hs": dhs, **head.grads}

    arrays = {"hs": hs, "W_hy": W_hy, "b_y": b_y}
    assert max(check_gradients(loss_and_grads, arrays).values()) < 1e-7
    assert max(check_gradients(loss_and_grads, arrays, "complex").values()) < 1e-12


def test_float32_stays_float32():
    hs, W_hy, b_y, targets, mask, drop = problem()
    single = [array.astype(np.float32) for array in (hs, W_hy, b_y, drop)]
    for rest in ((targets, None, None), (targets, mask, single[3])):
        head = SoftmaxHead(*single[1:3], *rest)
        dhs = head(single[0], WHOLE)
        dtypes = {array.dtype for array in (head.loss, dhs, *head.grads.values())}
        assert dtypes | {head.score(single[0]).dtype} == {np.dtype(np.float32)}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_logits_do_not_overflow(dtype):
    W_hy = np.array([[1e4, -1e4, 0.0]], dtype)
    hs = np.array([[[1.0]], [[-1.0]], [[0.0]]], dtype)
    targets = np.array([[0], [0], [0]])
    head = SoftmaxHead(W_hy, np.zeros(3, dtype), targets)
    head(hs, slice(0, 3))
    # Certain and right, certain and wrong by 2e4, and all the same.
    assert head.loss == pytest.approx((0 + 2e4 + np.log(3)) / 3, rel=1e-6)
    expected = np.array([[1.0, -1.0, 0.0]]) / 3
    np.testing.assert_allclose(head.grads["W_hy"], expected, rtol=1e-6, atol=1e-7)
    row = SoftmaxHead(W_hy, np.zeros(3, dtype), targets[:1])
    assert row.score(hs[1:2]) == 2e4


def test_nothing_is_changed():
    arrays = problem()
    copies = [array.copy() for array in arrays]
    for array in arrays:
        array.flags.writeable = False
    hs, W_hy, b_y, *rest = arrays
    SoftmaxHead(np.asfortranarray(W_hy), b_y, *rest)(np.asfortranarray(hs), WHOLE)
    SoftmaxHead(W_hy, b_y, *rest).score(hs)
    for array, copy in zip(arrays, copies, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_named(bad):
    hs, W_hy, b_y, targets, *_ = problem()
    b_y[2] = bad
    with rejects(NonFiniteError, f"loss: logits holds {bad} at index (0, 2)", "finite"):
        SoftmaxHead(W_hy, b_y, targets)(hs, WHOLE)
    with rejects(NonFiniteError, f"score: logits holds {bad}"):
        SoftmaxHead(W_hy, b_y, targets).score(hs)


def test_many_rows_in_single_precision():
    T, V = 200_000, 16
    W_hy, b_y = np.zeros((1, V), np.float32), np.zeros(V, np.float32)
    head = SoftmaxHead(W_hy, b_y, np.zeros((T, 1), int))
    head(np.zeros((T, 1, 1), np.float32), slice(0, T))
    db_y = np.full(V, 1 / V)
    db_y[0] -= 1
    assert relative_error(head.grads["b_y"], db_y) < 5e-4
    assert relative_error(np.array(head.loss), np.array(np.log(V))) < 1e-4
