"""What converters check about weights: names, kinds, and shapes that fit."""

import numpy as np
import pytest

from rnncore.weight_checks import check_weights
from tests.rejection import rejects

AXES = {"Wx": "DG", "Wh": "HG", "b": "G", "V": "HV"}
WEIGHTS = {"Wx": np.ones((2, 6)), "Wh": np.ones((3, 6)), "b": np.ones(6)}


def test_weights_that_fit_are_let_through():
    check_weights("f", WEIGHTS, AXES, ["V"], blocks=2)
    check_weights("f", WEIGHTS | {"V": np.ones((3, 9))}, AXES, ["V"], blocks=2)


@pytest.mark.parametrize(
    ("changed", "kind", "parts"),
    [
        ({"b": None}, ValueError, ["lack 'b'", "exactly Wx, Wh, b, and if you like V"]),
        ({"c": np.ones(6)}, ValueError, ["the unknown 'c'", "they have: 'Wx'"]),
        ({"b": [1.0]}, TypeError, ["b is a list", "np.asarray(b"]),
        ({"b": np.ones(5)}, ValueError, ["b has G = 5", "(6,)"]),
        ({"Wh": np.ones((4, 6))}, ValueError, ["8 is needed, H = 4 for each of 2"]),
    ],
)
def test_weights_that_do_not_fit(changed, kind, parts):
    weights = {k: a for k, a in (WEIGHTS | changed).items() if a is not None}
    with rejects(kind, "f: ", *parts):
        check_weights("f", weights, AXES, ["V"], blocks=2)


def test_weights_that_are_none():
    with rejects(TypeError, "f: the weights are a NoneType", "under its name"):
        check_weights("f", None, AXES)
