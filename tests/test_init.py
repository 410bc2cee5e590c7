"""Initial weights: distribution, shape, and reproducibility."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncore.init import glorot_uniform, init_rnn, orthogonal
from tests.rejection import rejects

INITIALISERS = [glorot_uniform, orthogonal]


def rng(seed=0):
    return np.random.default_rng(seed)


def test_glorot_has_the_variance_of_the_paper():
    W = glorot_uniform(rng(), (200, 300))
    assert W.shape == (200, 300)
    assert np.var(W) == pytest.approx(2 / 500, rel=0.02)
    assert np.abs(W).max() == pytest.approx(np.sqrt(6 / 500), rel=1e-3)
    assert W.mean() == pytest.approx(0, abs=1e-3)


@given(st.integers(1, 12), st.integers(1, 12), st.floats(0.1, 3), st.integers(0, 99))
@settings(deadline=None)
def test_every_singular_value_of_orthogonal_is_the_gain(rows, columns, gain, seed):
    W = orthogonal(rng(seed), (rows, columns), gain)
    assert W.shape == (rows, columns)
    np.testing.assert_allclose(np.linalg.svd(W, compute_uv=False), gain, rtol=1e-12)


def test_orthogonal_is_uniform():
    # A QR decomposition without its signs set right fails this: its diagonal leans to
    # one side, so that the mean trace is far from 0.
    traces = [np.trace(orthogonal(rng(seed), (3, 3))) for seed in range(2000)]
    assert abs(np.mean(traces)) < 4 / np.sqrt(2000)
    assert np.var(traces) == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("draw", INITIALISERS)
def test_the_generator_decides(draw):
    generator = rng(5)
    first, second = draw(generator, (4, 3)), draw(generator, (4, 3))
    np.testing.assert_array_equal(first, draw(rng(5), (4, 3)))
    assert not np.array_equal(first, second)


def test_init_rnn_gives_the_parameters_of_a_cell():
    params = init_rnn(rng(), D=4, H=3)
    assert {name: p.shape for name, p in params.items()} == {
        "W_xh": (4, 3),
        "W_hh": (3, 3),
        "b_h": (3,),
    }
    np.testing.assert_allclose(params["W_hh"] @ params["W_hh"].T, np.eye(3), atol=1e-12)
    assert not params["b_h"].any()
    assert {p.dtype for p in params.values()} == {np.dtype(float)}


@pytest.mark.parametrize("draw", INITIALISERS)
def test_bad_input(draw):
    name = draw.__name__
    with rejects(TypeError, f"{name}: rng is 0", "np.random.default_rng"):
        draw(0, (4, 3))
    with rejects(ValueError, f"{name}: shape is (4,)", "(rows, columns)"):
        draw(rng(), (4,))
    with rejects(ValueError, f"{name}: columns is 0", "at least 1"):
        draw(rng(), (4, 0))
    with rejects(TypeError, f"{name}: rows is 4.0", "Pass an int"):
        draw(rng(), (4.0, 3))


def test_bad_gain_and_sizes():
    with rejects(ValueError, "orthogonal: gain is 0", "greater than 0"):
        orthogonal(rng(), (4, 3), gain=0)
    with rejects(TypeError, "init_rnn: rng is 0", "default_rng"):
        init_rnn(0, D=4, H=3)
    with rejects(ValueError, "init_rnn: H is 0", "H=1"):
        init_rnn(rng(), D=4, H=0)
