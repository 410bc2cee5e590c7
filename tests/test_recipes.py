"""What a run is told is checked when it is written down."""

import numpy as np
import pytest

from rnncore.optim import SGD
from rnncore.recipes import Checkpoints, Recipe, Validation
from rnncore.schedules import StepDecay
from tests.rejection import rejects


def test_a_rate_is_a_number_or_a_function_of_the_step():
    assert Recipe(0.1).rate(500) == 0.1
    assert Recipe(StepDecay(0.4, 0.5, every=10)).rate(10) == 0.2


def test_clipping_measures_and_may_be_left_out():
    grads = {"w": np.array([3.0, 4.0])}
    clipped, norm = Recipe(0.1, max_norm=None).clip(grads)
    assert norm == 5
    assert clipped["w"].tolist() == [3, 4]
    clipped, norm = Recipe(0.1, max_norm=0.5).clip(grads)
    assert norm == 5
    np.testing.assert_allclose(clipped["w"], [0.3, 0.4])
    assert clipped["w"] is grads["w"]  # no copies are made


def test_updates_are_in_place_where_the_optimizer_knows_how():
    params, grads = {"w": np.ones(2)}, {"w": np.ones(2)}
    new, _ = Recipe(0.1, SGD).update(params, grads, (), 0.25)
    assert new["w"] is params["w"]
    plain = SGD._replace(update=lambda p, g, s, rate: SGD.update(p, g, s, rate))
    newer, _ = Recipe(0.1, plain).update(new, grads, (), 0.25)
    assert newer["w"].tolist() == [0.5, 0.5]
    assert new["w"].tolist() == [0.75, 0.75]


@pytest.mark.parametrize(
    ("make", "kind", "parts"),
    [
        (lambda: Recipe(-1), ValueError, ["Recipe: learning_rate is -1"]),
        (lambda: Recipe("0.1"), TypeError, ["Recipe: learning_rate is '0.1'"]),
        (
            lambda: Recipe(0.1, "adam"),
            TypeError,
            ["optimizer is a str", "such as ADAM"],
        ),
        (lambda: Recipe(0.1, max_norm=0), ValueError, ["Recipe: max_norm is 0"]),
        (lambda: Recipe(0.1, method=3), TypeError, ["Recipe: method is a int"]),
        (lambda: Validation([]), ValueError, ["Validation: batches is empty"]),
        (
            lambda: Validation({}),
            TypeError,
            ["Validation: batches is a dict", "[batch]"],
        ),
        (lambda: Validation([1], every=0), ValueError, ["Validation: every is 0"]),
        (lambda: Validation([1], patience=0), ValueError, ["patience is 0"]),
        (lambda: Checkpoints(3), TypeError, ["Checkpoints: path is a int", "a string"]),
        (lambda: Checkpoints("run", every=0), ValueError, ["Checkpoints: every is 0"]),
    ],
)
def test_bad_settings(make, kind, parts):
    with rejects(kind, *parts):
        make()
