"""Dicts of arrays: what passes a check, and what a walk through them does."""

import numpy as np
import pytest

from rnncore import dicts
from rnncore.kinds import NonFiniteError
from tests.rejection import rejects


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize(
    "array",
    [
        [1.0],
        1.0,
        np.ones(2, int),
        np.ones(2, complex),
        np.ones(2, "float16"),
        np.ma.masked_array([1.0]),
        None,
    ],
)
def test_what_is_no_array_of_real_floats(array):
    with rejects(TypeError, "f: params['b'] ", "Pass "):
        dicts.check_dicts("f", grads={}, params={"a": np.ones(2), "b": array})


def test_what_is_an_array_of_real_floats():
    mapped = np.ones(3).view(type("Mapped", (np.ndarray,), {}))
    kinds = ["float32", "float64", "longdouble", ">f8"]
    arrays = {kind: np.ones(2, kind) for kind in kinds}
    dicts.check_dicts("f", params={**arrays, "mapped": mapped, "empty": np.ones(0)})


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_bad_number_is_found(bad, dtype):
    array = draw(40, 50).astype(dtype)
    array[7, 9] = bad
    with rejects(NonFiniteError, "f: grads['W'] holds", "(7, 9)", "1 of 2000"):
        dicts.check_finite_dict("f", "grads", {"a": np.ones(2), "W": array})


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_largest_numbers_are_finite(dtype):
    largest = np.full(5, np.finfo(dtype).max)
    dicts.check_finite_dict("f", "grads", {"W": largest, "none": np.ones((0, 2))})
    assert dicts.sum_of_squares({"W": largest}) == np.inf


@pytest.mark.parametrize("layout", [np.asfortranarray, lambda a: a[::2, ::-1]])
def test_sum_of_squares(layout):
    array, number = layout(draw(40, 50)), np.array(3.0)
    expected = np.sum(array**2) + 9
    total = dicts.sum_of_squares({"a": array, "b": number})
    assert total == pytest.approx(expected, rel=1e-13)
    assert dicts.sum_of_squares({}) == 0


def test_own():
    array = np.asfortranarray(draw(3, 4))
    (same,) = dicts.own(True, {"a": array})
    (copy, other) = dicts.own(False, {"a": array}, {"a": array})
    assert same["a"] is array
    np.testing.assert_array_equal(copy["a"], array)
    assert not np.shares_memory(copy["a"], array)
    assert not np.shares_memory(copy["a"], other["a"])
    assert copy["a"].flags.c_contiguous


def test_zeros():
    zeros = dicts.zeros({"a": np.asfortranarray(draw(3, 4)), "b": np.float32([1, 2])})
    assert [zero.dtype for zero in zeros.values()] == [float, np.float32]
    assert not zeros["a"].any()
    assert zeros["a"].flags.c_contiguous


@pytest.mark.parametrize("block", [1, 3, 7, 10**6])
@pytest.mark.parametrize(
    "shape", [(), (0,), (1,), (11,), (5, 3), (1, 20), (20, 1), (4, 3, 2), (0, 3)]
)
def test_a_walk_visits_every_number_once(block, shape, monkeypatch):
    monkeypatch.setattr(dicts, "BLOCK", block)
    visits, numbers = {"a": np.zeros(shape)}, {"a": draw(*shape)}
    sizes = []

    def rule(visit, number):
        visit += 1
        number *= 2
        sizes.append(visit.size)

    dicts.walk(rule, visits, numbers)
    assert (visits["a"] == 1).all()
    np.testing.assert_array_equal(numbers["a"], 2 * draw(*shape))
    row = int(np.prod(shape[1:]))
    assert max(sizes, default=0) <= max(block, row)


def test_a_walk_goes_by_names():
    params, others = {"a": np.zeros(2), "b": np.zeros(3)}, {"b": draw(3), "a": draw(2)}

    def rule(p, other):
        p += other

    dicts.walk(rule, params, others)
    np.testing.assert_array_equal(params["b"], others["b"])
