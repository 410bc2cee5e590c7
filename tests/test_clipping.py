"""The length of gradients, and two ways to make them shorter."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rnncore.clipping import clip_by_global_norm, clip_by_value, global_norm
from rnncore.kinds import NonFiniteError
from tests.rejection import rejects


def draw(seed=0):
    rng = np.random.default_rng(seed)
    return {"W": rng.normal(size=(4, 3)), "b": rng.normal(size=3)}


def test_nothing_has_length_zero():
    assert global_norm({}) == global_norm({"a": np.ones((0, 3))}) == 0
    assert clip_by_global_norm({}, 1.0) == ({}, 0.0)


def test_global_norm_is_that_of_one_long_vector():
    grads = draw()
    long = np.concatenate([grad.ravel() for grad in grads.values()])
    assert global_norm(grads) == pytest.approx(np.linalg.norm(long), rel=1e-14)
    assert global_norm({"a": np.zeros(3)}) == 0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gradients_whose_squares_overflow_are_clipped(dtype):
    size = 1e30 if dtype == "float32" else 1e300
    grads = {"a": np.full(4, size, dtype=dtype), "b": np.zeros(2, dtype=dtype)}
    clipped, norm = clip_by_global_norm(grads, max_norm=1.0)
    assert norm == pytest.approx(2 * size, rel=1e-6)
    np.testing.assert_allclose(clipped["a"], 0.5, rtol=1e-6)
    assert clipped["a"].dtype == dtype


GRADS = st.fixed_dictionaries(
    {
        "W": arrays(float, (2, 3), elements=st.floats(-1e6, 1e6)),
        "b": arrays(float, 3, elements=st.floats(-1e6, 1e6)),
    }
)


@given(GRADS, st.floats(1e-3, 1e3))
@settings(deadline=None)
def test_clipping_shortens_and_never_turns(grads, max_norm):
    clipped, norm = clip_by_global_norm(grads, max_norm)
    assert norm == pytest.approx(global_norm(grads))
    assert global_norm(clipped) <= max_norm * (1 + 1e-12)
    factor = min(1, max_norm / norm) if norm else 1
    for name in grads:
        np.testing.assert_allclose(clipped[name], factor * grads[name], rtol=1e-12)
        assert not np.shares_memory(clipped[name], grads[name])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_named(bad):
    grads = draw()
    grads["b"][1] = bad
    with rejects(NonFiniteError, "grads['b'] holds", str(bad), "(1,)"):
        clip_by_global_norm(grads, 1.0)


def test_a_norm_beyond_the_largest_float():
    with rejects(NonFiniteError, "global_norm", "1.7e+308", "Lower the learning rate"):
        global_norm({"a": np.full(9, 1.7e308)})


@pytest.mark.parametrize("bad", [0, -1.0, np.nan])
def test_bad_limits(bad):
    with rejects(ValueError, "clip_by_global_norm: max_norm is", "greater than 0"):
        clip_by_global_norm(draw(), bad)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [1e-35, 1e-23, 3e-22, 1e-12, 1e-8, 1.0, 1e15, 1e25])
def test_the_norm_of_every_size(size, dtype):
    grads = {"a": np.full(64, size, dtype=dtype), "b": np.zeros((2, 2), dtype=dtype)}
    assert global_norm(grads) == pytest.approx(8 * size, rel=1e-6)


def test_small_gradients_beside_others_do_not_get_lost():
    grads = {"a": np.full(10**6, 1e-12, dtype="float32"), "b": np.array([1e-10])}
    assert global_norm(grads) == pytest.approx(1e-9 * np.sqrt(1.01), rel=1e-6)


@pytest.mark.parametrize("max_norm", [0.5, 50.0])
def test_clipping_against_pytorch(max_norm):
    grads = {name: 3 * grad for name, grad in draw().items()}
    tensors = [torch.zeros(grad.shape, dtype=torch.double) for grad in grads.values()]
    for tensor, grad in zip(tensors, grads.values(), strict=True):
        tensor.grad = torch.tensor(grad)
    theirs = torch.nn.utils.clip_grad_norm_(tensors, max_norm).item()
    clipped, norm = clip_by_global_norm(grads, max_norm)
    assert norm == pytest.approx(theirs, rel=1e-12)
    for tensor, grad in zip(tensors, clipped.values(), strict=True):
        np.testing.assert_allclose(grad, tensor.grad.numpy(), rtol=2e-6)  # eps 1e-6


def test_values_are_cut_off():
    grads = {"a": np.array([-3.0, -0.5, 0.0, 0.5, 3.0])}
    clipped = clip_by_value(grads, 1.0)
    np.testing.assert_array_equal(clipped["a"], [-1, -0.5, 0, 0.5, 1])
    np.testing.assert_array_equal(grads["a"], [-3, -0.5, 0, 0.5, 3])
    small = clip_by_value({"a": grads["a"].astype("float32")}, np.float64(1.0))
    assert small["a"].dtype == np.float32


@pytest.mark.parametrize("clip", [clip_by_global_norm, clip_by_value])
@pytest.mark.parametrize("limit", [0.1, 100.0])
def test_in_place_gives_the_same(clip, limit):
    grads = draw()
    expected, returned = clip(grads, limit), clip(grads, limit, in_place=True)
    if clip is clip_by_global_norm:
        (expected, norm), (returned, same_norm) = expected, returned
        assert norm == same_norm
    for name, grad in expected.items():
        assert returned[name] is grads[name]
        np.testing.assert_array_equal(grads[name], grad)
        assert np.array_equal(draw()[name], grad) == (limit == 100)


@pytest.mark.parametrize("clip", [clip_by_global_norm, clip_by_value])
def test_in_place_needs_arrays_that_can_be_written(clip):
    grads = draw()
    grads["b"].flags.writeable = False
    with rejects(ValueError, clip.__name__, "grads['b'] is read-only", ".copy()"):
        clip(grads, 0.1, in_place=True)
    np.testing.assert_array_equal(grads["W"], draw()["W"])
    twice = {"W": grads["W"], "U": grads["W"]}
    with rejects(ValueError, clip.__name__, "grads['U'] was passed twice"):
        clip(twice, 0.1, in_place=True)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_value_that_is_not_finite_is_not_cut_off(bad):
    with rejects(NonFiniteError, "clip_by_value: grads['a'] holds", "(0,)"):
        clip_by_value({"a": np.array([bad])}, 1.0)


def test_bad_input_of_clipping_by_value():
    with rejects(ValueError, "clip_by_value: limit is 0", "greater than 0"):
        clip_by_value(draw(), 0)
    with rejects(TypeError, "clip_by_value: grads is a list", "dict"):
        clip_by_value([np.ones(3)], 1.0)
