"""Messages about shapes, parameters and caches; each remedy is tried."""

from typing import NamedTuple

import numpy as np
import pytest

from rnncore.shapes import check_cache, check_params, check_shapes
from tests.rejection import rejects


def test_shapes_that_fit_are_accepted():
    check_shapes(
        "f",
        W=(np.ones((4, 3)), "DH"),
        x=(np.ones((7, 2, 4)), "TND"),
        y=(np.ones((7, 2, 3)), "...H"),
        mask=(np.ones((7, 2)), "..."),
        loss=(np.ones(()), ""),
    )


def test_a_size_that_differs_is_named_with_its_owner_and_the_remedy():
    W = np.ones((4, 3))
    with rejects(
        ValueError,
        "f: xs has D = 5 inputs (shape (7, 2, 5))",
        "W has D = 4 (shape (4, 3))",
        "Pass xs of shape (7, 2, 4)",
    ):
        check_shapes("f", W=(W, "DH"), xs=(np.ones((7, 2, 5)), "TND"))
    check_shapes("f", W=(W, "DH"), xs=(np.ones((7, 2, 4)), "TND"))


def test_sizes_not_known_yet_stay_letters():
    with rejects(ValueError, "h has N = 2 sequences", "Pass h of shape (9, H)"):
        check_shapes("f", x=(np.ones((9, 4)), "ND"), h=(np.ones((2, 3)), "NH"))


def test_a_matrix_that_is_not_square_is_rejected():
    with rejects(
        ValueError, "W_hh has H = 5 hidden units", "Pass W_hh of shape (4, 4)"
    ):
        check_shapes("f", W_hh=(np.ones((4, 5)), "HH"))


def test_leading_axes_are_compared_too():
    with rejects(ValueError, "targets has leading axes (2, 7)", "shape (7, 2)"):
        check_shapes(
            "f",
            logits=(np.ones((7, 2, 5)), "...V"),
            targets=(np.ones((2, 7)), "..."),
        )


@pytest.mark.parametrize("shape", [(4,), (2, 3, 4, 5), ()])
def test_the_number_of_axes_is_checked(shape):
    with rejects(ValueError, f"f: xs has shape {shape}", "(T, N, D)", "size 1"):
        check_shapes("f", xs=(np.ones(shape), "TND"))


def test_too_few_axes_for_an_open_specification():
    with rejects(ValueError, "f: logits has shape ()", "(..., V)"):
        check_shapes("f", logits=(np.ones(()), "...V"))


@pytest.mark.parametrize(
    ("shape", "named"),
    [((0, 2, 4), "T = 0 steps"), ((7, 0, 4), "N = 0 sequences"), ((7, 2, 0), "D = 0")],
)
def test_empty_axes_are_rejected_by_name(shape, named):
    with rejects(ValueError, "f: xs is empty", named, "at least one", "Leave out"):
        check_shapes("f", xs=(np.ones(shape), "TND"))


def test_params_must_be_a_dict():
    with rejects(TypeError, "f: params is a list", "W_xh, b_h", "under its name"):
        check_params("f", [np.ones(3)], {"W_xh": "DH", "b_h": "H"})


def test_a_missing_parameter_is_named_with_its_shape():
    with rejects(ValueError, "f: params has no 'b_h'", "'W_xh'", "shape (H,)"):
        check_params("f", {"W_xh": np.ones((4, 3))}, {"W_xh": "DH", "b_h": "H"})


def test_no_parameters_at_all():
    with rejects(ValueError, "f: params has no 'b_h'", "nothing"):
        check_params("f", {}, {"b_h": "H"})


def test_a_parameter_of_integers_is_rejected():
    with rejects(TypeError, "f: b_h has dtype int64", "floats"):
        check_params("f", {"b_h": np.arange(3)}, {"b_h": "H"})


def test_further_parameters_are_welcome():
    check_params("f", {"b_h": np.ones(3), "other": None}, {"b_h": "H"})


def test_the_wrong_cache_is_named_with_the_function_that_makes_the_right_one():
    class RightCache(NamedTuple):
        x: int

    with rejects(TypeError, "g_backward", "tuple", "RightCache", "g_forward returned"):
        check_cache("g_backward", (1,), RightCache)
    with rejects(TypeError, "the cache that forward returned"):  # of a method
        check_cache("backward", (1,), RightCache)
    check_cache("g_backward", RightCache(1), RightCache)
