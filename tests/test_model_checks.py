"""Checks of models: what they let through, and what they say about the rest."""

import numpy as np
import pytest

from rnncore.kinds import NonFiniteError
from rnncore.model_checks import (
    check_batch,
    check_inputs,
    check_model_params,
    check_no_state,
    check_steps,
)
from tests.rejection import rejects

NAMES = ("source", "targets", "mask", "source_mask")


def test_batches_are_filled_up():
    assert check_batch("f", (1, 2, 3, 4), NAMES) == (1, 2, 3, 4)
    assert check_batch("f", (1, 2), NAMES) == (1, 2, None, None)
    for given, text in (((1,), "(1 entries)"), ((1,) * 5, "(5 entries)")):
        with rejects(TypeError, f"f: batch is a tuple {text}", "(source, targets)"):
            check_batch("f", given, NAMES)
    with rejects(TypeError, "f: batch is a list (no tuple)", "Pass"):
        check_batch("f", [1, 2], NAMES)


def test_parameters():
    params = {"W_hy": np.ones((2, 3)), "b_y": np.ones(3)}
    axes = {"W_hy": "HV", "b_y": "V"}
    check_model_params("f", params, axes, H=2, V=3)
    with rejects(ValueError, "f: W_hy has H = 2", "Pass W_hy of shape (4, 3)"):
        check_model_params("f", params, axes, H=4, V=3)
    with rejects(ValueError, "f: params has no 'b_y'", "Add"):
        check_model_params("f", {"W_hy": params["W_hy"]}, axes, H=2, V=3)
    others = {**params, "layer0.W_xh": [1.0]}
    with rejects(TypeError, "f: params['layer0.W_xh'] is a list", "Pass"):
        check_model_params("f", others, axes, H=2, V=3)
    with rejects(TypeError, "f: params is a NoneType", "Pass"):
        check_model_params("f", None, axes, H=2, V=3)


@pytest.mark.parametrize("tokens_only", [False, True])
def test_tokens(tokens_only):
    tokens = np.array([[0, 2], [1, 1]])
    check_inputs("f", 3, tokens_only, xs=tokens)
    with rejects(ValueError, "f: xs holds 2", "from 0 to 1"):
        check_inputs("f", 2, tokens_only, xs=tokens)
    with rejects(ValueError, "f: xs has shape (2,)", "(T, N)"):
        check_inputs("f", 3, tokens_only, xs=tokens[0])


def test_vectors():
    vectors = np.ones((4, 2, 3))
    check_inputs("f", 3, False, xs=vectors)
    with rejects(TypeError, "f: xs has dtype float64", "integers"):
        check_inputs("f", 3, True, xs=vectors)
    with rejects(ValueError, "f: xs has D = 3", "Pass xs of shape (4, 2, 5)"):
        check_inputs("f", 5, False, xs=vectors)
    with rejects(NonFiniteError, "f: xs holds nan"):
        check_inputs("f", 3, False, xs=vectors * np.nan)
    with rejects(TypeError, "f: xs is a NoneType"):
        check_inputs("f", 3, False, xs=None)


def test_masks_and_states():
    mask = np.array([[True, False], [False, True]])
    check_steps("f", mask=mask)
    with rejects(ValueError, "f: mask is False everywhere in column 1", "Leave"):
        check_steps("f", mask=mask[:1])
    with rejects(ValueError, "f: mask has shape (2,)", "(T, N)"):
        check_steps("f", mask=mask[0])
    check_no_state("f", None)
    with rejects(ValueError, "f: state is a tuple", "Pass state=None"):
        check_no_state("f", (mask,))
