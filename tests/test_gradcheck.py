"""The testers are tested: right gradients pass, slightly wrong ones do not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncore.gradcheck import (
    check_gradients,
    complex_step_gradient,
    numerical_gradient,
    relative_error,
)
from rnncore.kinds import NonFiniteError
from tests.rejection import rejects

METHODS = [numerical_gradient, complex_step_gradient]


def cubes(x):
    return np.sum(x**3)


@pytest.mark.parametrize(("method", "limit"), [(METHODS[0], 1e-9), (METHODS[1], 1e-15)])
@pytest.mark.parametrize("shape", [(), (1,), (5,), (2, 3), (2, 1, 3)])
def test_known_derivative_in_every_shape(method, limit, shape):
    x = np.random.default_rng(0).normal(size=shape)
    gradient = method(cubes, np.asarray(x))
    assert gradient.shape == shape
    assert relative_error(gradient, 3 * np.asarray(x) ** 2) < limit


@pytest.mark.parametrize("method", METHODS)
def test_the_point_is_not_changed(method):
    x = np.array([1.0, 2.0])

    def vandal(point):
        value = cubes(point)
        point[:] = 0
        return value

    gradient = method(vandal, x)
    np.testing.assert_array_equal(x, [1.0, 2.0])
    assert relative_error(gradient, 3 * x**2) < 1e-9


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_is_kept(method, dtype):
    x = np.array([1.0, 2.0], dtype=dtype)
    gradient = method(cubes, x)
    assert gradient.dtype == dtype
    assert relative_error(gradient, 3 * x**2) < 1e-4


def test_large_and_small_points_get_fitting_steps():
    for size in (1e-8, 1.0, 1e8):
        gradient = numerical_gradient(lambda x: x[0] ** 2, np.array([size]))
        assert relative_error(gradient, np.array([2 * size])) < 1e-6


def test_central_differences_are_of_second_order():
    x = np.array([0.7])
    errors = [
        relative_error(numerical_gradient(lambda x: np.sin(x[0]), x, step), np.cos(x))
        for step in (1e-2, 1e-3)
    ]
    assert errors[0] / errors[1] == pytest.approx(100, rel=1e-3)


def test_complex_step_needs_no_compromise():
    x = np.array([0.7])
    for step in (1e-8, 1e-100, 1e-200):
        gradient = complex_step_gradient(lambda x: np.exp(x[0]), x, step)
        assert relative_error(gradient, np.exp(x)) < 1e-15


def test_relative_error_of_known_pairs():
    assert relative_error([1.0, 4.0], [1.0, 3.0]) == 0.25
    assert relative_error(np.zeros((2, 2)), np.zeros((2, 2))) == 0
    assert relative_error(0.0, 1e-300) == 1
    assert relative_error([5], [5]) == 0
    assert relative_error(np.array([1j]), np.array([1.0])) == pytest.approx(np.sqrt(2))


def test_tiny_gradients_have_no_escape():
    assert relative_error(np.array([1e-30]), np.array([2e-30])) == 0.5
    assert relative_error(np.array([1e-320]), np.zeros(1)) == 1


def test_huge_values_do_not_overflow():
    assert relative_error(np.array([1e308]), np.array([-1e308])) == 2


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_infinitely_wrong(bad):
    assert relative_error(np.array([bad, 1.0]), np.array([bad, 1.0])) == np.inf
    assert relative_error(np.array([1.0]), np.array([bad])) == np.inf


def test_shapes_are_never_broadcast():
    with rejects(ValueError, "a has shape (3,)", "b has (1, 3)", "equal shape"):
        relative_error(np.ones(3), np.ones((1, 3)))


def test_nothing_to_compare_is_an_error():
    with rejects(ValueError, "a is empty", "at least one"):
        relative_error(np.ones(0), np.ones(0))


@pytest.mark.parametrize("bad", [[True], ["1.0"], None, [1, None]])
def test_only_numbers_are_compared(bad):
    with rejects(TypeError, "b has dtype", "numbers are needed", "dtype=float"):
        relative_error(np.ones(1), bad)


@given(
    st.lists(st.floats(-1e100, 1e100), min_size=1, max_size=6),
    st.floats(1e-50, 1e50),
)
@settings(deadline=None)
def test_relative_error_is_symmetric_and_free_of_units(values, unit):
    a = np.array(values)
    b = a[::-1] + 1.0
    error = relative_error(a, b)
    assert 0 <= error <= 2
    assert relative_error(b, a) == error
    assert relative_error(a * unit, b * unit) == pytest.approx(
        error, rel=1e-9, abs=1e-9
    )


def quadratic(params):
    """Return x' A x + b . x and its gradient."""
    A, x, b = params["A"], params["x"], params["b"]
    grads = {"A": np.outer(x, x), "x": (A + A.T) @ x + b, "b": x}
    return x @ A @ x + b @ x, grads


def quadratic_params():
    rng = np.random.default_rng(1)
    return {
        "A": rng.normal(size=(3, 3)),
        "x": rng.normal(size=3),
        "b": rng.normal(size=3),
    }


LIMITS = {"central": 1e-7, "complex": 1e-12}


@pytest.mark.parametrize("method", LIMITS)
def test_right_gradients_pass(method):
    errors = check_gradients(quadratic, quadratic_params(), method=method)
    assert errors.keys() == {"A", "x", "b"}
    assert max(errors.values()) < LIMITS[method]


@pytest.mark.parametrize("method", LIMITS)
@pytest.mark.parametrize("name", ["A", "x", "b"])
def test_one_entry_wrong_by_a_thousandth_is_seen(method, name):
    def slightly_wrong(params):
        loss, grads = quadratic(params)
        grads[name] = grads[name].copy()
        grads[name].flat[np.abs(grads[name]).argmax()] *= 1.001
        return loss, grads

    errors = check_gradients(slightly_wrong, quadratic_params(), method=method)
    assert errors[name] > 5e-4
    assert all(errors[other] < LIMITS[method] for other in errors if other != name)


@pytest.mark.parametrize("method", LIMITS)
def test_right_shapes_are_not_enough(method):
    def shapes_only(params):
        loss, grads = quadratic(params)
        return loss, {name: np.zeros_like(grad) for name, grad in grads.items()}

    errors = check_gradients(shapes_only, quadratic_params(), method=method)
    assert min(errors.values()) == 1


def test_wrong_shapes_are_an_error():
    def transposed(params):
        loss, grads = quadratic(params)
        return loss, {**grads, "x": grads["x"][None]}

    with rejects(ValueError, "shape (1, 3)", "(3,)"):
        check_gradients(transposed, quadratic_params())


@pytest.mark.parametrize("names", [["A", "x"], ["A", "x", "b", "c"], ["A", "x", "c"]])
def test_every_parameter_needs_its_gradient(names):
    def misnamed(params):
        loss, grads = quadratic(params)
        return loss, {name: grads.get(name, grads["x"]) for name in names}

    with rejects(ValueError, str(names), "['A', 'x', 'b']", "one gradient for each"):
        check_gradients(misnamed, quadratic_params())


def test_unknown_method():
    with rejects(ValueError, "'forward'", "'central', 'complex'"):
        check_gradients(quadratic, quadratic_params(), method="forward")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("step", [0, -1e-5, np.nan, np.inf])
def test_steps_are_positive(method, step):
    with rejects(ValueError, method.__name__, str(step), "positive", "Leave it out"):
        method(cubes, np.ones(2), step)


def test_a_step_lost_in_rounding():
    with rejects(ValueError, "step is 1e-17", "lost in rounding", "larger step"):
        numerical_gradient(cubes, np.ones(2), 1e-17)


@pytest.mark.parametrize("method", METHODS)
def test_only_scalar_functions(method):
    with rejects(ValueError, "shape (2,)", "one number", "Sum it"):
        method(lambda x: x**2, np.ones(2))


def test_complex_step_notices_a_cast():
    with rejects(TypeError, "float64", "complex number", "numerical_gradient"):
        complex_step_gradient(lambda x: cubes(x).real, np.ones(2))


@pytest.mark.parametrize("method", METHODS)
def test_bad_points(method):
    with rejects(TypeError, method.__name__, "is a list", "asarray"):
        method(cubes, [1.0])
    with rejects(TypeError, "int64", "floats"):
        method(cubes, np.arange(3))
    with rejects(TypeError, "complex128", "real floats", "x.real"):
        method(cubes, np.ones(2) + 0j)
    with rejects(NonFiniteError, "x holds nan"):
        method(cubes, np.array([np.nan]))
    with rejects(ValueError, "x is empty"):
        method(cubes, np.ones(0))


@pytest.mark.parametrize("method", METHODS)
def test_bad_functions(method):
    with rejects(TypeError, f"{method.__name__}: f is a float", "f itself"):
        method(3.0, np.ones(2))
    with rejects(TypeError, f"{method.__name__}: f returned dtype object", "number"):
        method(lambda x: None, np.ones(2))
    with rejects(NonFiniteError, f"{method.__name__}: f returned", "nan", "overflow"):
        method(lambda x: np.sum(x * np.nan), np.ones(2))
    with rejects(TypeError, f"{method.__name__}: step is '1'", "real number"):
        method(cubes, np.ones(2), "1")


def test_unsigned_integers_do_not_wrap_around():
    gradient = numerical_gradient(lambda x: np.uint8(x[0] < 1), np.ones(1), 0.5)
    assert gradient == -1


def test_bad_arguments_of_the_check():
    params = quadratic_params()
    with rejects(TypeError, "check_gradients: loss_and_grads is a NoneType"):
        check_gradients(None, params)
    with rejects(TypeError, "check_gradients: params is a list", "dict of arrays"):
        check_gradients(quadratic, [params])
    with rejects(TypeError, "check_gradients: params['x'] has dtype int64"):
        check_gradients(quadratic, {**params, "x": np.arange(3)})
    with rejects(ValueError, "grads has the keys []", "at least one"):
        check_gradients(lambda params: (0.0, {}), {})
    with rejects(ValueError, "method is ['central']", "'complex'"):
        check_gradients(quadratic, params, method=["central"])


@pytest.mark.parametrize("returned", [None, 1.0, (1.0,), (1.0, [0.0]), [1.0, {}]])
def test_what_the_function_returns_is_checked(returned):
    with rejects(TypeError, "loss_and_grads returned", "Return (loss, grads)"):
        check_gradients(lambda params: returned, quadratic_params())
