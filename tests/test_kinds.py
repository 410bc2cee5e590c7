"""Messages about kinds and values; each remedy is tried."""

import numpy as np
import pytest

from rnncore.kinds import (
    NonFiniteError,
    check_arrays,
    check_callable,
    check_choice,
    check_counts,
    check_finite,
    check_floats,
    check_integers,
    check_mask,
    check_numbers,
    check_positive,
    check_real,
    check_rng,
    check_tokens,
)
from tests.rejection import rejects


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ([1.0, 2.0], "is a list"),
        (None, "is a NoneType"),
        (2.0, "is a float"),
        (np.arange(3), "has dtype int64"),
        (np.array([True]), "has dtype bool"),
        (np.array(["1.5"]), "has dtype <U3"),
        (np.array([1, 2.0], dtype=object), "has dtype object"),
        (np.ones(2, dtype=np.float16), "has dtype float16"),
        (np.ma.masked_array([1.0, 2.0], [True, False]), "is a MaskedArray"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_what_is_not_floats_is_rejected(given, named):
    with rejects(
        TypeError,
        "f: xs",
        named,
        "floats (32 bits or more) is needed",
        "np.asarray(xs, dtype=float)",
    ):
        check_floats("f", h=np.ones(2), xs=given)
    if given is not None:
        check_floats("f", xs=np.asarray(given, dtype=float))


@pytest.mark.parametrize("dtype", ["float32", "float64", "longdouble", "complex64"])
def test_every_float_is_accepted(dtype):
    check_floats("f", xs=np.ones((2, 3), dtype=dtype))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_the_first_value_that_is_not_finite_is_named(bad):
    xs = np.zeros((2, 3))
    xs[1, 2] = bad
    with rejects(
        NonFiniteError, "f: xs holds", str(bad), "(1, 2)", "1 of 6", "must be finite"
    ):
        check_finite("f", h=np.ones(2), xs=xs)
    check_finite("f", xs=np.nan_to_num(xs))


def test_a_nan_in_the_imaginary_part_is_found():
    with rejects(NonFiniteError, "xs"):
        check_finite("f", xs=np.array([complex(0, np.nan)]))


def test_a_non_finite_value_is_a_value_error():
    assert issubclass(NonFiniteError, ValueError)


@pytest.mark.parametrize(
    "given", [[1, 2], np.array([1.0]), np.array([True]), "ab"], ids=str
)
def test_what_is_not_integers_is_rejected(given):
    with rejects(TypeError, "f: tokens", "integers is needed", "encode"):
        check_integers("f", tokens=given)


@pytest.mark.parametrize("bad", [-1, 4, 10**9])
def test_a_token_outside_the_vocabulary_is_named(bad):
    with rejects(ValueError, "f: tokens", f"{bad} at index (1, 0)", "V = 4", "0 to 3"):
        check_tokens("f", 4, tokens=np.array([[0, 3], [bad, 1]]))


def test_tokens_of_the_vocabulary_are_accepted():
    check_tokens("f", 4, tokens=np.array([0, 3], dtype=np.uint8))
    check_tokens("f", 4, tokens=np.array([], dtype=int))


@pytest.mark.parametrize("bad", [0, -3])
def test_counts_start_at_one(bad):
    with rejects(ValueError, "f: N", str(bad), "at least 1", "N=1"):
        check_counts("f", T=np.int64(3), N=bad)


@pytest.mark.parametrize("bad", [1.0, True, "3", None])
def test_counts_are_integers(bad):
    with rejects(TypeError, "f: N", repr(bad), "whole number", "Pass an int"):
        check_counts("f", N=bad)


@pytest.mark.parametrize("bad", [0, -1.0, np.inf, np.nan])
def test_positive_numbers_are_positive_and_finite(bad):
    with rejects(ValueError, "f: rate", str(bad), "greater than 0", "rate=1e-3"):
        check_positive("f", rate=bad)
    check_positive("f", rate=1e-3)


@pytest.mark.parametrize("bad", ["1", None, True, 1j])
def test_positive_numbers_are_numbers(bad):
    with rejects(TypeError, "f: rate", repr(bad), "Pass a float"):
        check_positive("f", rate=bad)


def test_a_seed_is_not_a_generator():
    with rejects(TypeError, "f: rng is 7", "Generator", "default_rng"):
        check_rng("f", 7)
    check_rng("f", np.random.default_rng(7))


def test_a_matrix_is_rejected():
    matrix = np.ones((2, 2)).view(np.matrix)
    with rejects(TypeError, "f: W is a matrix", "np.asarray(W, dtype=float)"):
        check_floats("f", W=matrix)
    check_floats("f", W=np.asarray(matrix, dtype=float))


def test_complex_numbers_are_not_real():
    x = np.ones(2) + 1j
    with rejects(TypeError, "f: x has dtype complex128", "real floats", "x.real"):
        check_real("f", x=x)
    check_real("f", x=x.real)
    with rejects(TypeError, "f: x is a list", "np.asarray"):
        check_real("f", x=[1.0])


@pytest.mark.parametrize("key", ["W", 3, "where"])
def test_an_entry_of_a_dict_is_named_as_it_is_written(key):
    with rejects(TypeError, f"f: params[{key!r}] is a list", f"(params[{key!r}], dty"):
        check_arrays("f", params={"b": np.ones(2), key: [1.0]})
    check_arrays("f", params={key: np.ones(2)}, grads={})


@pytest.mark.parametrize("given", [None, [np.ones(2)], np.ones(2)])
def test_a_dict_of_arrays_is_a_dict(given):
    with rejects(TypeError, "f: params is a", type(given).__name__, "dict", "name"):
        check_arrays("f", params=given)


@pytest.mark.parametrize("bad", [np.ones(()), True, "1", None])
def test_numbers_are_numbers(bad):
    with rejects(TypeError, "f: eps", repr(bad), "real number", "Pass a float"):
        check_numbers("f", eps=bad)
    check_numbers("f", eps=np.float64(-1), b=2)


def test_counts_from_another_number_on():
    with rejects(ValueError, "f: offset is -1", "at least 0", "offset=0"):
        check_counts("f", least=0, offset=-1)
    check_counts("f", least=0, offset=0)


def test_what_cannot_be_called_is_named():
    with rejects(TypeError, "f: loss is a float", "function is needed", "loss itself"):
        check_callable("f", loss=1.0)
    check_callable("f", loss=print)


def test_a_choice_that_is_none():
    with rejects(ValueError, "f: update is 'x'", "'keep', 'renew'", "update='keep'"):
        check_choice("f", ("keep", "renew"), update="x")
    check_choice("f", ("keep", "renew"), update="renew")


def test_a_mask_counts_something():
    with rejects(ValueError, "f: mask is False everywhere", "(2, 3)", "Leave"):
        check_mask("f", mask=np.zeros((2, 3), bool))
    with rejects(TypeError, "f: mask has dtype int64", "dtype=bool"):
        check_mask("f", mask=np.ones(3, int))
    check_mask("f", mask=np.array([False, True]))
