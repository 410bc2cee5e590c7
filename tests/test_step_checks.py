"""What cells check about a step: messages, and what is let through."""

import numpy as np
import pytest

from rnncore.step_checks import (
    check_gates,
    check_state,
    check_step,
    check_upstream,
)
from tests.rejection import rejects

AXES = {"W_hh": "HH", "b_h": "H"}
PARAMS = {"W_hh": np.ones((3, 3)), "b_h": np.ones(3), "more": "is welcome"}
H_PREV = np.ones((2, 3))


def test_what_fits_is_let_through():
    check_step("f", PARAMS, AXES, h_prev=(H_PREV, "NH"))
    check_gates("f", {"b_h": np.ones(6)}, ("z", "n"), h_prev=H_PREV)
    check_state("f", state=((H_PREV, H_PREV), ("h", "c")))


@pytest.mark.parametrize(
    ("params", "h_prev", "kind", "parts"),
    [
        (None, H_PREV, TypeError, ["params is a NoneType"]),
        ({"b_h": np.ones(3)}, H_PREV, ValueError, ["no 'W_hh'", "(H, H)"]),
        ({**PARAMS, "b_h": [1.0]}, H_PREV, TypeError, ["b_h is a list"]),
        ({**PARAMS, "b_h": np.ones(2)}, H_PREV, ValueError, ["b_h has H = 2"]),
        (PARAMS, None, TypeError, ["h_prev is a NoneType"]),
        (PARAMS, H_PREV.T, ValueError, ["h_prev has H = 2", "W_hh has H = 3"]),
        (PARAMS, 0 * H_PREV - np.inf, ValueError, ["h_prev holds -inf"]),
    ],
)
def test_a_step_that_does_not_fit(params, h_prev, kind, parts):
    with pytest.raises(kind) as caught:
        check_step("f", params, AXES, h_prev=(h_prev, "NH"))
    assert str(caught.value).startswith("f: ")
    for part in parts:
        assert part in str(caught.value)


def test_columns_that_are_no_gates():
    with rejects(ValueError, "f: b_h has 7 columns, but 6", "H = 3 (as h_prev", "z, n"):
        check_gates("f", {"b_h": np.ones(7)}, ("z", "n"), h_prev=H_PREV)


def test_a_state_that_is_none():
    with rejects(TypeError, "f: state is a NoneType", "Pass state=(h,)."):
        check_state("f", state=(None, ("h",)))
    with rejects(ValueError, "f: dstate holds 1 array(s)", "Pass dstate=(dh, dc)."):
        check_state("f", dstate=((H_PREV,), ("dh", "dc")))


def test_an_upstream_gradient_that_does_not_fit():
    class Cache:
        h = H_PREV

    check_upstream("f_backward", Cache(), Cache, "h", "NH", dh=H_PREV)
    with rejects(TypeError, "f_backward: cache is a tuple", "f_forward returned"):
        check_upstream("f_backward", (), Cache, "h", "NH", dh=H_PREV)
    with rejects(TypeError, "dh has dtype int64"):
        check_upstream("f", Cache(), Cache, "h", "NH", dh=H_PREV.astype(int))
    with rejects(ValueError, "dc has N = 1", "h has N = 2", "Pass dc"):
        check_upstream("f", Cache(), Cache, "h", "NH", dh=H_PREV, dc=H_PREV[:1])
