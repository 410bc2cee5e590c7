"""Growth and decay: known numbers, finite differences, known Lyapunov exponents."""

import numpy as np
import pytest

from rnncore.analysis import (
    jacobian_products,
    largest_lyapunov,
    singular_values,
    spectral_radius,
    step_jacobians,
)
from rnncore.cells import CELLS
from rnncore.gradcheck import relative_error
from rnncore.init import glorot_uniform, orthogonal
from rnncore.kinds import NonFiniteError
from tests.rejection import rejects

T, N, D, H = 6, 3, 4, 5


def rng(seed=0):
    return np.random.default_rng(seed)


def norms(products):
    return np.linalg.norm(products, ord=2, axis=(-2, -1))


def powers(W, T):
    return jacobian_products(np.repeat(W[None], T, axis=0))


# Matrices


def test_what_the_spectral_radius_does_not_say():
    W = np.array([[0.5, 10.0], [0.0, 0.5]])
    assert spectral_radius(W) == 0.5
    assert singular_values(W)[0] == pytest.approx(10.02, abs=5e-3)


def test_growth_before_decay():
    W = 0.9 * np.eye(5) + np.eye(5, k=1)
    assert spectral_radius(W) == pytest.approx(0.9)
    lags = np.array([1, 5, 10, 20, 40, 80, 160])
    expected = [1.8, 17.7, 142, 938, 2078, 528, 1.9]
    np.testing.assert_allclose(norms(powers(W, 160))[lags - 1], expected, rtol=0.03)


@pytest.mark.parametrize("gain", [0.5, 1.0, 1.5])
def test_the_edge_of_gaussian_weights(gain):
    size = 400
    W = rng().normal(size=(size, size)) * gain / np.sqrt(size)
    assert spectral_radius(W) == pytest.approx(gain, rel=0.1)
    assert singular_values(W)[0] == pytest.approx(2 * gain, rel=0.05)


def test_orthogonal_weights_have_one_singular_value():
    W = orthogonal(rng(), (20, 20), gain=0.7)
    assert spectral_radius(W) == pytest.approx(0.7)
    np.testing.assert_allclose(singular_values(W), 0.7)
    assert np.ptp(singular_values(glorot_uniform(rng(), (20, 20)))) > 1


def test_singular_values_of_a_rectangle():
    values = singular_values(rng().normal(size=(4, 7)))
    assert values.shape == (4,)
    assert (np.diff(values) <= 0).all()


@pytest.mark.parametrize("function", [spectral_radius, singular_values])
def test_bad_matrices(function):
    name = function.__name__
    with rejects(TypeError, f"{name}: W is a list", "Pass"):
        function([[1.0]])
    with rejects(ValueError, f"{name}: W has shape (3,)", "Pass W"):
        function(np.ones(3))
    with rejects(NonFiniteError, f"{name}: W holds nan"):
        function(np.full((2, 2), np.nan))


def test_a_spectral_radius_needs_a_square():
    with rejects(ValueError, "spectral_radius: W has H = 3", "H = 2", "Pass W"):
        spectral_radius(np.ones((2, 3)))


# Jacobians


def case(name, seed=0):
    cell, generator = CELLS[name], rng(seed)
    params = cell.init(generator, D, H)
    for key, array in params.items():  # biases of zero would hide mistakes
        params[key] = array + 0.3 * generator.normal(size=array.shape)
    xs = generator.normal(size=(T, N, D))
    return cell, xs, tuple(generator.normal(size=(N, H)) for _ in cell.state), params


def run(cell, xs, state, params):
    for x in xs:
        state, _ = cell.step_forward(x, state, params)
    return np.hstack(state)  # (N, S)


def differences(cell, xs, state, params, size=1e-6):
    """Return the derivative of the last state with respect to the first, (N, S, S)."""
    rows = []
    for part in range(len(state)):
        for i in range(H):
            ends = []
            for sign in (1, -1):
                moved = [array.copy() for array in state]
                moved[part][:, i] += sign * size
                ends.append(run(cell, xs, tuple(moved), params))
            rows.append((ends[0] - ends[1]) / (2 * size))
    return np.stack(rows, axis=1)


@pytest.mark.parametrize("name", CELLS)
def test_jacobians_are_derivatives(name):
    cell, xs, state, params = case(name)
    jacobians = step_jacobians(cell, xs, state, params)
    first = differences(cell, xs[:1], state, params)
    assert relative_error(jacobians[0], first) < 1e-7
    products = jacobian_products(jacobians)
    assert products.shape == jacobians.shape
    assert relative_error(products[0], jacobians[-1]) == 0
    assert relative_error(products[-1], differences(cell, xs, state, params)) < 1e-7


def test_products_are_in_the_order_of_time():
    A, B = rng(1).normal(size=(2, 3, 3))
    np.testing.assert_allclose(jacobian_products(np.stack([A, B]))[1], A @ B)


def test_a_gradient_goes_back_by_the_transposed_product():
    cell, xs, state, params = case("lstm")
    product = jacobian_products(step_jacobians(cell, xs, state, params))[-1]
    upstream, after, caches = rng(4).normal(size=(N, 2 * H)), state, []
    for x in xs:
        after, cache = cell.step_forward(x, after, params)
        caches.append(cache)
    dstate = tuple(np.split(upstream, 2, axis=1))
    for cache in reversed(caches):
        _, dstate, _ = cell.step_backward(dstate, cache)
    expected = (product @ upstream[..., None])[..., 0]
    assert relative_error(np.hstack(dstate), expected) < 1e-12


def test_small_singular_values_make_gradients_vanish():
    params = {"W_xh": np.ones((1, H)), "b_h": np.zeros(H)}
    params["W_hh"] = orthogonal(rng(), (H, H), gain=0.9)
    at_rest = np.zeros((100, 1, 1)), (np.zeros((1, H)),)
    products = jacobian_products(step_jacobians(CELLS["tanh"], *at_rest, params))
    assert norms(products)[[49, 99], 0] == pytest.approx([5.2e-3, 2.7e-5], rel=0.02)
    xs, h = rng(1).normal(size=(100, 1, 1)), rng(2).normal(size=(1, H))
    products = jacobian_products(step_jacobians(CELLS["tanh"], xs, (h,), params))
    assert (norms(products)[:, 0] < 0.9 ** np.arange(1, 101)).all()
    quarter = 0.25 * orthogonal(rng(), (H, H))  # the steepest sigmoid
    assert norms(powers(quarter, 20))[-1] == pytest.approx(9.1e-13, rel=0.01)


def test_float32_jacobians():
    cell, xs, state, params = case("gru")
    single = {name: array.astype(np.float32) for name, array in params.items()}
    state32 = tuple(array.astype(np.float32) for array in state)
    jacobians = step_jacobians(cell, xs.astype(np.float32), state32, single)
    assert jacobians.dtype == jacobian_products(jacobians).dtype == np.float32
    assert relative_error(jacobians, step_jacobians(cell, xs, state, params)) < 1e-5


def test_bad_input_of_jacobians():
    cell, xs, state, params = case("tanh")
    with rejects(TypeError, "step_jacobians: cell is a str", "Pass one", "CELLS"):
        step_jacobians("tanh", xs, state, params)
    with rejects(TypeError, "state is a ndarray", "Pass state=(h,)"):
        step_jacobians(cell, xs, state[0], params)
    with rejects(ValueError, "state holds 0 array(s), but 1 are", "Pass state=(h,)"):
        step_jacobians(cell, xs, (), params)
    with rejects(ValueError, "state[0] has N = 2", "xs has N = 3", "Pass state[0]"):
        step_jacobians(cell, xs, (state[0][:2],), params)
    with rejects(ValueError, "jacobian_products: jacobians has shape (3, 3)", "Pass"):
        jacobian_products(np.eye(3))
    with rejects(ValueError, "jacobians has shape (2, 3, 4)", "square"):
        jacobian_products(np.ones((2, 3, 4)))
    with rejects(ValueError, "jacobians is empty"):
        jacobian_products(np.ones((0, 3, 3)))


# Lyapunov exponents


def exponent(step, h, steps=2000, burn_in=500, seed=0):
    return largest_lyapunov(step, np.array(h), rng(seed), steps, burn_in)


def test_a_linear_map_grows_by_its_largest_eigenvalue():
    W = np.diag([0.5, -0.8, 0.3]) + np.triu(rng().normal(size=(3, 3)), k=1)
    found = exponent(lambda h: h @ W, [[1.0, 1.0, 1.0]], burn_in=200)
    np.testing.assert_allclose(found, np.log(0.8), atol=1e-10)


def test_the_logistic_map_doubles_a_change():
    orbits = rng(1).uniform(0.1, 0.9, size=(20, 1))
    found = exponent(lambda h: 4 * h * (1 - h), orbits, steps=5000)
    assert found.shape == (20,)
    np.testing.assert_allclose(found, np.log(2), atol=0.02)


def test_a_fixed_point_has_the_logarithm_of_its_slope():
    h = 1.0
    for _ in range(200):
        h = np.tanh(2 * h)
    found = exponent(lambda h: np.tanh(2 * h), [[0.1]])
    np.testing.assert_allclose(found, np.log(2 * (1 - h**2)), atol=1e-12)


def test_point_cycle_and_chaos_of_the_tanh_map():
    gaussian = rng(0).normal(size=(100, 100)) / 10
    start = rng(1).normal(size=(1, 100))
    assert exponent(lambda h: np.tanh(0.5 * h @ gaussian), start)[0] < -0.5
    assert exponent(lambda h: np.tanh(-2 * h), [[0.1]])[0] < -0.5  # a 2-cycle
    assert exponent(lambda h: np.tanh(3 * h @ gaussian), start)[0] > 0.1


def test_a_rotation_neither_grows_nor_shrinks():
    W = orthogonal(rng(), (4, 4))
    found = exponent(lambda h: h @ W, np.ones((2, 4)))
    np.testing.assert_allclose(found, 0, atol=1e-12)


@pytest.mark.parametrize("burn_in", [0, 3])
def test_a_change_that_vanishes(burn_in):
    found = exponent(lambda h: 0 * h + 0.5, [[0.3]], steps=5, burn_in=burn_in)
    np.testing.assert_array_equal(found, [-np.inf])


def test_exactly_the_steps_after_the_burn_in_count():
    slopes = iter(2.0 ** -np.arange(1, 9))
    found = exponent(lambda h: next(slopes) * h, [[1.0]], steps=3, burn_in=5)
    np.testing.assert_allclose(found, -7 * np.log(2))  # the mean of 6, 7 and 8


def test_lyapunov_in_float32():
    start = np.array([[0.3]], dtype=np.float32)
    found = largest_lyapunov(lambda h: np.tanh(2 * h), start, rng(), 50)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, exponent(lambda h: np.tanh(2 * h), [[0.3]]), 1e-4)


def test_bad_input_of_lyapunov():
    given = {"step": np.tanh, "h": np.ones((1, 2)), "rng": rng(), "steps": 5}
    for changed, kind, parts in [
        ({"step": 3.0}, TypeError, ["step is a float", "Pass step itself"]),
        ({"h": np.ones(2)}, ValueError, ["h has shape (2,)", "(N, H)", "Pass h"]),
        ({"h": np.ones((1, 2), int)}, TypeError, ["h has dtype int64", "Pass"]),
        ({"h": np.full((1, 2), np.inf)}, NonFiniteError, ["h holds inf"]),
        ({"rng": 0}, TypeError, ["rng is 0", "default_rng"]),
        ({"steps": 0}, ValueError, ["steps is 0", "steps=1"]),
        ({"burn_in": -1}, ValueError, ["burn_in is -1", "burn_in=0"]),
        ({"step": lambda h: 100 * h**2}, NonFiniteError, ["h after the last step"]),
    ]:
        with rejects(kind, "largest_lyapunov: ", *parts):
            largest_lyapunov(**{**given, **changed})
