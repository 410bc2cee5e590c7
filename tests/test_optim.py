"""Updates against PyTorch's; clipping by norm."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rnncore.gradcheck import relative_error
from rnncore.kinds import NonFiniteError
from rnncore.optim import ADAM, SGD, clip_by_global_norm, global_norm
from tests.rejection import rejects

OPTIMIZERS = {
    "sgd": (SGD, lambda p: torch.optim.SGD(p, lr=0.05)),
    "adam": (ADAM, lambda p: torch.optim.Adam(p, lr=0.05)),
}


def draw(seed=0):
    rng = np.random.default_rng(seed)
    return {"W": rng.normal(size=(4, 3)), "b": rng.normal(size=3)}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_fifty_steps_against_pytorch(name):
    optimizer, theirs = OPTIMIZERS[name]
    params = draw()
    tensors = {k: torch.tensor(p, requires_grad=True) for k, p in params.items()}
    other = theirs(tensors.values())
    state = optimizer.init(params)
    for step in range(50):
        grads = draw(seed=step + 1)
        params, state = optimizer.update(params, grads, state, 0.05)
        for key, tensor in tensors.items():
            tensor.grad = torch.tensor(grads[key])
        other.step()
    for key, tensor in tensors.items():
        assert relative_error(params[key], tensor.detach().numpy()) < 1e-12


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_updates_return_new_arrays(name):
    optimizer, _ = OPTIMIZERS[name]
    params, grads = draw(), draw(1)
    state = optimizer.init(params)
    new, new_state = optimizer.update(params, grads, state, 0.1)
    again, _ = optimizer.update(params, grads, state, 0.1)
    for key, expected in draw().items():
        np.testing.assert_array_equal(params[key], expected)
        np.testing.assert_array_equal(grads[key], draw(1)[key])
        np.testing.assert_array_equal(new[key], again[key])
        assert not np.shares_memory(new[key], params[key])
    assert new_state is not state or name == "sgd"


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_float32_stays_float32(name):
    optimizer, _ = OPTIMIZERS[name]
    params = {key: p.astype(np.float32) for key, p in draw().items()}
    state = optimizer.init(params)
    for _ in range(2):
        params, state = optimizer.update(params, params, state, 0.1)
    assert {p.dtype for p in params.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("rate", [0.1, np.float64(0.1), np.float32(0.1)])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_float32_survives_numbers_of_numpy(name, rate):
    optimizer, _ = OPTIMIZERS[name]
    params = {key: p.astype(np.float32) for key, p in draw().items()}
    params, state = optimizer.update(params, params, optimizer.init(params), rate)
    clipped, _ = clip_by_global_norm(params, rate)
    states = [] if name == "sgd" else [*state.means.values(), *state.squares.values()]
    kept = [*params.values(), *clipped.values(), *states]
    assert {a.dtype for a in kept} == {np.dtype(np.float32)}


def test_float32_survives_the_options_of_adam():
    params = {key: p.astype(np.float32) for key, p in draw().items()}
    numbers = map(np.float64, (0.1, 0.9, 0.999, 1e-8))
    params, state = ADAM.update(params, params, ADAM.init(params), *numbers)
    kept = [*params.values(), *state.means.values(), *state.squares.values()]
    assert {a.dtype for a in kept} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({"beta1": 1.0}, ["beta1 is 1.0", "below 1", "default"]),
        ({"beta2": np.nan}, ["beta2 is nan", "below 1"]),
        ({"beta2": -0.1}, ["beta2 is -0.1", "from 0"]),
        ({"eps": 0}, ["eps is 0", "greater than 0"]),
    ],
)
def test_bad_options_of_adam(options, parts):
    with rejects(ValueError, "adam_update", *parts):
        ADAM.update(draw(), draw(1), ADAM.init(draw()), 0.1, **options)


def test_states_of_others():
    with rejects(TypeError, "adam_update: state is a tuple", "AdamState", "adam_init"):
        ADAM.update(draw(), draw(1), (), 0.1)
    other = ADAM.init({"W": np.ones(3), "b": np.ones(3)})
    with rejects(ValueError, "state.means has the shapes {'W': (3,)", "(4, 3)", "init"):
        ADAM.update(draw(), draw(1), other, 0.1)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_gradient_that_is_not_finite(name):
    optimizer, _ = OPTIMIZERS[name]
    grads = {**draw(), "b": np.array([0, np.inf, 0])}
    with rejects(NonFiniteError, "update: grads['b'] holds inf", "(1,)"):
        optimizer.update(draw(), grads, optimizer.init(draw()), 0.1)


def test_nothing_has_length_zero():
    assert global_norm({}) == global_norm({"a": np.ones((0, 3))}) == 0
    assert clip_by_global_norm({}, 1.0) == ({}, 0.0)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_bad_updates(name):
    optimizer, _ = OPTIMIZERS[name]
    params, state = draw(), optimizer.init(draw())
    with rejects(ValueError, "update: learning_rate is 0", "greater than 0"):
        optimizer.update(params, draw(1), state, 0)
    with rejects(
        ValueError, "update: grads has the shapes", "'b': (3,)", "one gradient"
    ):
        optimizer.update(params, {"W": params["W"]}, state, 0.1)
    with rejects(ValueError, "(3, 4)", "same shape"):
        optimizer.update(params, {**params, "W": params["W"].T}, state, 0.1)
    with rejects(TypeError, "update: grads['b'] has dtype int64"):
        optimizer.update(params, {**params, "b": np.arange(3)}, state, 0.1)
    with rejects(TypeError, "init: params['W'] is a list"):
        optimizer.init({"W": [1.0]})


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
