"""Initial weights: distribution, shape, and reproducibility."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncore.gated_cells import GRU_GATES, LSTM_GATES, MINGRU_GATES
from rnncore.init import (
    embedding_rows,
    glorot_uniform,
    identity,
    init_gru,
    init_jordan,
    init_lstm,
    init_mingru,
    init_rnn,
    orthogonal,
    uniform,
)
from tests.rejection import rejects

INITIALISERS = [
    glorot_uniform,
    orthogonal,
    pytest.param(lambda rng, shape: uniform(rng, shape, 0.1), id="uniform"),
]
GATED = {init_lstm: LSTM_GATES, init_gru: GRU_GATES, init_mingru: MINGRU_GATES}
CELLS = {
    init_rnn: {"D": 4, "H": 3},
    **{init_cell: {"D": 4, "H": 3} for init_cell in GATED},
    init_jordan: {"D": 4, "H": 3, "V": 2},
}


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


def test_the_scale_of_an_embedding_does_not_depend_on_the_vocabulary():
    for V in (20, 2000):
        W_emb = embedding_rows(rng(), V, 100)
        assert W_emb.shape == (V, 100)
        assert abs(W_emb.std() - 1) < 0.05
        assert abs(W_emb.mean()) < 0.05


def test_uniform_fills_its_limits():
    W = uniform(rng(), (200, 300), limit=0.25)
    assert W.shape == (200, 300)
    assert np.abs(W).max() == pytest.approx(0.25, rel=1e-3)
    assert np.var(W) == pytest.approx(0.25**2 / 3, rel=0.02)


def test_identity_keeps_the_state():
    np.testing.assert_array_equal(identity(3, gain=0.5), 0.5 * np.eye(3))
    params = init_rnn(rng(), D=4, H=3, recurrent="identity")
    np.testing.assert_array_equal(params["W_hh"], np.eye(3))
    plain = init_rnn(rng(), D=4, H=3)
    np.testing.assert_array_equal(params["W_xh"], plain["W_xh"])


@pytest.mark.parametrize("init_cell", GATED)
def test_each_gate_is_drawn_as_if_alone(init_cell):
    D, H, gates = 4, 3, GATED[init_cell]
    params, generator = init_cell(rng(), D=D, H=H), rng()
    assert params["b_h"].shape == (len(gates) * H,)
    for name, draw, rows in (("W_xh", glorot_uniform, D), ("W_hh", orthogonal, H)):
        if name in params:
            assert params[name].shape == (rows, len(gates) * H)
            for block in np.split(params[name], len(gates), axis=1):
                np.testing.assert_array_equal(block, draw(generator, (rows, H)))


def test_only_the_forget_gate_has_a_bias():
    biases = np.split(init_lstm(rng(), D=4, H=3, forget_bias=2.5)["b_h"], 4)
    for gate, b in zip(LSTM_GATES, biases, strict=True):
        np.testing.assert_array_equal(b, np.full(3, 2.5 if gate == "f" else 0))
    assert init_lstm(rng(), D=4, H=3)["b_h"].sum() == 3
    gru = init_gru(rng(), D=4, H=3)
    assert gru["b_n"].shape == (3,)
    assert not gru["b_h"].any()
    assert not gru["b_n"].any()


def test_init_jordan():
    params = init_jordan(rng(), D=4, H=3, V=2)
    shapes = {"W_xh": (4, 3), "W_yh": (2, 3), "b_h": (3,), "W_hy": (3, 2), "b_y": (2,)}
    assert {name: p.shape for name, p in params.items()} == shapes
    np.testing.assert_allclose(params["W_yh"] @ params["W_yh"].T, np.eye(2), atol=1e-12)
    assert not params["b_h"].any()
    assert not params["b_y"].any()


@pytest.mark.parametrize("init_cell", CELLS)
def test_bad_sizes_of_cells(init_cell):
    name, sizes = init_cell.__name__, CELLS[init_cell]
    with rejects(TypeError, f"{name}: rng is 0", "default_rng"):
        init_cell(0, **sizes)
    for size in sizes:
        with rejects(ValueError, f"{name}: {size} is 0", f"{size}=1"):
            init_cell(rng(), **{**sizes, size: 0})
        with rejects(TypeError, f"{name}: {size} is 2.5", "Pass an int"):
            init_cell(rng(), **{**sizes, size: 2.5})


@pytest.mark.parametrize("draw", INITIALISERS)
def test_bad_input(draw):
    name = draw.__name__.replace("<lambda>", "uniform")
    with rejects(TypeError, f"{name}: rng is 0", "np.random.default_rng"):
        draw(0, (4, 3))
    with rejects(ValueError, f"{name}: shape is (4,)", "(rows, columns)"):
        draw(rng(), (4,))
    with rejects(ValueError, f"{name}: columns is 0", "at least 1"):
        draw(rng(), (4, 0))
    with rejects(TypeError, f"{name}: rows is 4.0", "Pass an int"):
        draw(rng(), (4.0, 3))


def test_bad_gain_limit_and_names():
    with rejects(ValueError, "orthogonal: gain is 0", "greater than 0"):
        orthogonal(rng(), (4, 3), gain=0)
    with rejects(ValueError, "identity: gain is -1", "greater than 0"):
        identity(3, gain=-1)
    with rejects(ValueError, "identity: H is 0", "H=1"):
        identity(0)
    with rejects(ValueError, "uniform: limit is 0", "greater than 0"):
        uniform(rng(), (4, 3), limit=0)
    with rejects(TypeError, "init_lstm: forget_bias is 'one'", "Pass a float"):
        init_lstm(rng(), D=4, H=3, forget_bias="one")
    with rejects(ValueError, "init_rnn: recurrent is 'relu'", "one of 'orthogonal'"):
        init_rnn(rng(), D=4, H=3, recurrent="relu")
