"""Updates against PyTorch's and against the equations; in place and not."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncore.dicts import BLOCK
from rnncore.gradcheck import relative_error
from rnncore.kinds import NonFiniteError
from rnncore.optim import ADAGRAD, ADAM, ADAMW, MOMENTUM, RMSPROP, SGD
from tests.rejection import rejects

RATE = 0.05
NESTEROV = {"momentum": 0.8, "nesterov": True}
OPTIMIZERS = {
    "sgd": (SGD, torch.optim.SGD, {}),
    "momentum": (MOMENTUM, torch.optim.SGD, {"momentum": 0.9}),
    "nesterov": (
        MOMENTUM.with_options(beta=0.8, nesterov=True),
        torch.optim.SGD,
        NESTEROV,
    ),
    "adagrad": (ADAGRAD, torch.optim.Adagrad, {}),
    "rmsprop": (RMSPROP, torch.optim.RMSprop, {}),
    "rmsprop 0.9": (
        RMSPROP.with_options(beta=0.9, eps=0.1),
        torch.optim.RMSprop,
        {"alpha": 0.9, "eps": 0.1},
    ),
    "adam": (ADAM, torch.optim.Adam, {}),
    "adam 0.5": (
        ADAM.with_options(beta1=0.5, beta2=0.7, eps=0.1),
        torch.optim.Adam,
        {"betas": (0.5, 0.7), "eps": 0.1},
    ),
    "adamw": (ADAMW, torch.optim.AdamW, {}),
    "adamw 0.3": (
        ADAMW.with_options(weight_decay=0.3, eps=0.1),
        torch.optim.AdamW,
        {"weight_decay": 0.3, "eps": 0.1},
    ),
}
every_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)


def draw(seed=0, dtype=float):
    rng = np.random.default_rng(seed)
    shapes = {"W_hh": (4, 3), "b": (3,), "scale": ()}
    return {k: np.asarray(rng.normal(size=s), dtype=dtype) for k, s in shapes.items()}


def leaves(tree):
    if isinstance(tree, np.ndarray):
        return [tree]
    values = tree.values() if isinstance(tree, dict) else tree
    return [a for v in values if not isinstance(v, int) for a in leaves(v)]


def run(optimizer, steps=5, dtype=float, in_place=False, draw=draw):
    params = draw(dtype=dtype)
    state = optimizer.init(params)
    for step in range(steps):
        grads = draw(seed=step + 1, dtype=dtype)
        params, state = optimizer.update(params, grads, state, RATE, in_place=in_place)
    return params, state


@every_optimizer
def test_two_hundred_steps_against_pytorch(name):
    optimizer, theirs, options = OPTIMIZERS[name]
    tensors = {k: torch.tensor(p, requires_grad=True) for k, p in draw().items()}
    other = theirs(tensors.values(), lr=RATE, **options)
    for step in range(200):
        for key, grad in draw(seed=step + 1).items():
            tensors[key].grad = torch.tensor(grad)
        other.step()
    params, _ = run(optimizer, steps=200)
    for key, tensor in tensors.items():
        assert relative_error(params[key], tensor.detach().numpy()) < 1e-12


def written_out(p, g, m, s, t):
    """Return one step of Adam as its paper has it."""
    m = 0.9 * m + (1 - 0.9) * g
    s = 0.999 * s + (1 - 0.999) * g**2
    mean, square = m / (1 - 0.9**t), s / (1 - 0.999**t)
    return p - RATE * mean / (np.sqrt(square) + 1e-8), m, s


def test_adam_is_that_of_the_paper():
    params, state = run(ADAM, steps=30)
    for name, p in draw().items():
        m, s = np.zeros_like(p), np.zeros_like(p)
        for t in range(1, 31):
            p, m, s = written_out(p, draw(seed=t)[name], m, s, t)
        np.testing.assert_allclose(params[name], p, rtol=1e-13)
        np.testing.assert_allclose(state.means[name], m, rtol=1e-13)
        np.testing.assert_allclose(state.squares[name], s, rtol=1e-13)
    assert state.step == 30


def draw_large(seed=0, dtype=float):
    rng = np.random.default_rng(seed)
    shapes = {"tall": (BLOCK + 7, 2), "wide": (2, BLOCK + 7), "flat": (BLOCK + 1,)}
    return {k: rng.normal(size=shape).astype(dtype) for k, shape in shapes.items()}


@every_optimizer
@pytest.mark.parametrize("some", [draw, draw_large])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_in_place_gives_the_same_bits(name, some, dtype):
    optimizer, _, _ = OPTIMIZERS[name]
    results = [run(optimizer, 3, dtype, in_place, some) for in_place in (False, True)]
    for one, other in zip(*map(leaves, results), strict=True):
        np.testing.assert_array_equal(one, other)


@every_optimizer
def test_blocks_give_the_same_bits(name, monkeypatch):
    optimizer, _, _ = OPTIMIZERS[name]
    expected = run(optimizer)
    monkeypatch.setattr("rnncore.dicts.BLOCK", 2)
    for one, other in zip(leaves(run(optimizer)), leaves(expected), strict=True):
        np.testing.assert_array_equal(one, other)


@every_optimizer
def test_in_place_overwrites_what_it_is_given(name):
    optimizer, _, _ = OPTIMIZERS[name]
    params, grads = draw(), draw(1)
    state = optimizer.init(params)
    new, new_state = optimizer.update(params, grads, state, RATE, in_place=True)
    for one, other in zip(
        leaves([new, new_state]), leaves([params, state]), strict=True
    ):
        assert one is other
    for key, grad in draw(1).items():
        np.testing.assert_array_equal(grads[key], grad)
        assert not np.array_equal(params[key], draw()[key])


@every_optimizer
def test_updates_return_new_arrays(name):
    optimizer, _, _ = OPTIMIZERS[name]
    params, state = run(optimizer)
    grads = draw(9)
    given = params, grads, state
    kept = deepcopy(given)
    new, new_state = optimizer.update(*given, RATE)
    again, _ = optimizer.update(*given, RATE)
    for one, other in zip(leaves(given), leaves(kept), strict=True):
        np.testing.assert_array_equal(one, other)
        assert not any(np.shares_memory(one, a) for a in leaves([new, new_state]))
    for key in new:
        np.testing.assert_array_equal(new[key], again[key])


@every_optimizer
@pytest.mark.parametrize("in_place", [False, True])
def test_float32_stays_float32(name, in_place):
    optimizer, _, _ = OPTIMIZERS[name]
    trained = run(optimizer, dtype="float32", in_place=in_place)
    assert {array.dtype for array in leaves(trained)} == {np.dtype("float32")}


@pytest.mark.parametrize("number", [np.float64, np.float32])
@pytest.mark.parametrize(
    ("optimizer", "options"),
    [
        (SGD, {}),
        (MOMENTUM, {"beta": 0.9}),
        (ADAGRAD, {"eps": 1e-10}),
        (RMSPROP, {"beta": 0.99, "eps": 1e-8}),
        (ADAM, {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}),
        (ADAMW, {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.01}),
    ],
)
def test_float32_survives_numbers_of_numpy(optimizer, options, number):
    params, grads = draw(dtype="float32"), draw(1, "float32")
    numbers = {name: number(value) for name, value in options.items()}
    plain = {name: float(value) for name, value in numbers.items()}
    state, rate = optimizer.init(params), number(0.1)
    trained = optimizer.update(params, grads, state, rate, **numbers)
    expected = optimizer.update(params, grads, state, float(rate), **plain)
    for one, other in zip(leaves(trained), leaves(expected), strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == "float32"


def test_a_step_that_is_a_number_of_numpy():
    params, state = run(ADAM, dtype="float32")
    grads = draw(9, dtype="float32")
    expected, _ = ADAM.update(params, grads, state, RATE)
    resumed = state._replace(step=np.int64(state.step))
    params, state = ADAM.update(params, grads, resumed, RATE)
    for name, array in expected.items():
        np.testing.assert_array_equal(params[name], array)
    assert type(state.step) is int


@every_optimizer
@pytest.mark.parametrize("layout", [np.asfortranarray, lambda a: a[..., ::-1]])
def test_memory_order_does_not_matter(name, layout):
    optimizer, _, _ = OPTIMIZERS[name]

    def laid_out(seed=0, dtype=float):
        rng = np.random.default_rng(seed)
        return {"a": layout(rng.normal(size=(9, 8)).astype(dtype))}

    def plain(seed=0, dtype=float):
        return {"a": np.ascontiguousarray(laid_out(seed, dtype)["a"])}

    for in_place in (False, True):
        trained = run(optimizer, in_place=in_place, draw=laid_out)
        expected = run(optimizer, draw=plain)
        for one, other in zip(leaves(trained), leaves(expected), strict=True):
            np.testing.assert_array_equal(one, other)


def test_only_chosen_parameters_decay():
    options = {"weight_decay": 0.5, "decays": lambda name: "W_" in name}
    params, state = run(ADAMW, steps=1)
    chosen, _ = ADAMW.update(params, draw(8), state, RATE, **options)
    plain, _ = ADAM.update(params, draw(8), state, RATE)
    everywhere, _ = ADAMW.update(params, draw(8), state, RATE, weight_decay=0.5)
    np.testing.assert_array_equal(chosen["b"], plain["b"])
    np.testing.assert_array_equal(chosen["W_hh"], everywhere["W_hh"])
    lost = plain["W_hh"] - chosen["W_hh"]
    np.testing.assert_allclose(lost, 0.5 * RATE * params["W_hh"], rtol=1e-12)


@given(st.floats(1e-3, 1e3), st.floats(0.01, 1))
@settings(deadline=None)
def test_adam_does_not_see_the_scale_of_the_loss(scale, rate):
    params, grads = {"w": np.ones(3)}, {"w": np.array([0.5, -2.0, 1.0])}
    scaled = {"w": scale * grads["w"]}
    one, _ = ADAM.update(params, grads, ADAM.init(params), rate)
    other, _ = ADAM.update(params, scaled, ADAM.init(params), rate)
    np.testing.assert_allclose(one["w"], other["w"], atol=1e-4 * rate)


def test_options_that_do_not_exist():
    with rejects(TypeError, "with_options: beta3 is not", "beta1, beta2, eps", "Pass"):
        ADAM.with_options(beta3=0.5)
    with rejects(TypeError, "params is not an option"):
        ADAM.with_options(params={})


def test_options_can_be_added():
    optimizer = ADAM.with_options(beta1=0.5, eps=0.1).with_options(beta1=0.6)
    params, grads = draw(), draw(1)
    new, _ = optimizer.update(params, grads, optimizer.init(params), RATE)
    expected, _ = ADAM.update(params, grads, ADAM.init(params), RATE, 0.6, eps=0.1)
    np.testing.assert_array_equal(new["b"], expected["b"])


@pytest.mark.parametrize(
    ("optimizer", "options", "kind", "parts"),
    [
        (ADAM, {"beta1": 1.0}, ValueError, ["adam_update: beta1 is 1.0", "below 1"]),
        (ADAM, {"beta2": np.nan}, ValueError, ["beta2 is nan", "below 1", "default"]),
        (ADAM, {"beta2": -0.1}, ValueError, ["beta2 is -0.1", "from 0"]),
        (ADAM, {"beta1": "1"}, TypeError, ["beta1 is '1'", "Pass a float"]),
        (ADAM, {"eps": 0}, ValueError, ["eps is 0", "greater than 0"]),
        (MOMENTUM, {"beta": 1}, ValueError, ["momentum_update: beta is 1", "below 1"]),
        (ADAGRAD, {"eps": 0}, ValueError, ["adagrad_update: eps is 0"]),
        (RMSPROP, {"beta": 2}, ValueError, ["rmsprop_update: beta is 2"]),
        (RMSPROP, {"eps": -1}, ValueError, ["rmsprop_update: eps is -1"]),
        (ADAMW, {"beta1": 1.0}, ValueError, ["adamw_update: beta1 is 1.0"]),
        (ADAMW, {"weight_decay": -1}, ValueError, ["weight_decay is -1", "Pass"]),
        (ADAMW, {"weight_decay": "1"}, TypeError, ["weight_decay is '1'", "Pass"]),
        (ADAMW, {"decays": ["W"]}, TypeError, ["decays is a list", "a function"]),
    ],
)
def test_bad_options(optimizer, options, kind, parts):
    params, state = draw(), optimizer.init(draw())
    with rejects(kind, *parts):
        optimizer.update(params, draw(1), state, 0.1, **options, in_place=True)
    for name, array in draw().items():
        np.testing.assert_array_equal(params[name], array)


@every_optimizer
def test_states_of_others(name):
    optimizer, _, _ = OPTIMIZERS[name]
    right = type(optimizer.init(draw())).__name__
    for other in (SGD, MOMENTUM, ADAGRAD, RMSPROP, ADAM):
        state = other.init(draw())
        if type(state) is type(optimizer.init(draw())):
            continue
        wrong = type(state).__name__
        with rejects(TypeError, f"state is a {wrong}", right, "_init(params) returned"):
            optimizer.update(draw(), draw(1), state, 0.1)


def test_states_that_do_not_fit():
    other = ADAM.init({name: np.ones(3) for name in draw()})
    with rejects(ValueError, "state.means has the shapes {'W_hh': (3,)", "(4, 3)"):
        ADAM.update(draw(), draw(1), other, 0.1)
    state = ADAM.init(draw())
    with rejects(ValueError, "state.squares has the shapes {}", "adam_init(params)"):
        ADAM.update(draw(), draw(1), state._replace(squares={}), 0.1)
    with rejects(TypeError, "adam_update: state.means is a list", "dict"):
        ADAM.update(draw(), draw(1), state._replace(means=[]), 0.1)
    with rejects(ValueError, "adam_update: state.step is -1", "at least 0"):
        ADAM.update(draw(), draw(1), state._replace(step=-1), 0.1)


@every_optimizer
@pytest.mark.parametrize("in_place", [False, True])
def test_a_gradient_that_is_not_finite(name, in_place):
    optimizer, _, _ = OPTIMIZERS[name]
    params, grads = draw(), {**draw(), "b": np.array([0, np.inf, 0])}
    state = optimizer.init(params)
    with rejects(NonFiniteError, "update: grads['b'] holds inf", "(1,)"):
        optimizer.update(params, grads, state, 0.1, in_place=in_place)
    for key, array in draw().items():
        np.testing.assert_array_equal(params[key], array)


@every_optimizer
def test_bad_updates(name):
    optimizer, _, _ = OPTIMIZERS[name]
    params, state = draw(), optimizer.init(draw())
    with rejects(ValueError, "update: learning_rate is 0", "greater than 0"):
        optimizer.update(params, draw(1), state, 0)
    with rejects(ValueError, "grads has the shapes", "'b': (3,)", "one gradient"):
        optimizer.update(params, {"W_hh": params["W_hh"]}, state, 0.1)
    with rejects(ValueError, "(3, 4)", "same shape"):
        optimizer.update(params, {**params, "W_hh": params["W_hh"].T}, state, 0.1)
    with rejects(TypeError, "update: grads['b'] has dtype int64"):
        optimizer.update(params, {**params, "b": np.arange(3)}, state, 0.1)
    with rejects(TypeError, "init: params['W'] is a list"):
        optimizer.init({"W": [1.0]})


@every_optimizer
def test_in_place_needs_arrays_of_its_own(name):
    optimizer, _, _ = OPTIMIZERS[name]
    params, state = draw(), optimizer.init(draw())
    with rejects(ValueError, "update: params['W_hh'] was passed twice", "in_place"):
        optimizer.update(params, params, state, 0.1, in_place=True)
    params["b"].flags.writeable = False
    with rejects(ValueError, "update: params['b'] is read-only", "in_place=False"):
        optimizer.update(params, draw(1), state, 0.1, in_place=True)
    np.testing.assert_array_equal(params["W_hh"], draw()["W_hh"])
