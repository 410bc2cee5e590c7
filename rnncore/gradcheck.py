"""Numerical derivatives, to find out whether a gradient is right.

Two ways to differentiate a scalar function f without its formula:

- central differences, (f(x + s) - f(x - s)) / 2s: works for any f; the step s is a
  compromise between truncation (large s) and rounding (small s), and about ten of
  sixteen digits are right at best;
- complex-step differences, Im f(x + i s) / s: nothing is subtracted, so s may be
  1e-20 and all digits are right, but f must be analytic and take complex numbers (no
  absolute value, no comparison, no cast to float on the way).

Errors are always relative to the size of the gradient: there is no absolute tolerance
under which a gradient of small numbers would pass unseen. This module says how far
two gradients differ; how far is too far is the caller's to say (1e-6 is a good limit
for central differences in float64, 1e-10 for complex steps).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnncore.kinds import (
    NonFiniteError,
    check_arrays,
    check_callable,
    check_choice,
    check_finite,
    check_numbers,
    check_real,
)
from rnncore.shapes import check_shapes


def numerical_gradient(
    f: Callable[[np.ndarray], Any], x: np.ndarray, step: float | None = None
) -> np.ndarray:
    """
    Differentiate a scalar function by central differences.

    Parameters
    ----------
    f : callable
        Takes an array like `x` and returns one number. It is called twice for each
        value of `x`, each time with a fresh copy.
    x : ndarray of float, any shape
        The point at which to differentiate.
    step : float, optional
        Half the distance between the two points, the same for every value. By default
        the cube root of the machine epsilon of x's dtype (6e-6 in float64), times
        max(1, abs(x_i)).

    Returns
    -------
    ndarray, shape of x
        The derivative of f with respect to each value of `x`.

    Raises
    ------
    TypeError
        If `f` is not a function that returns a number, `x` not an array of real
        floats, or `step` not a number.
    NonFiniteError
        If `x`, or what `f` returns, is not finite.
    ValueError
        If `step` is not positive, is lost in rounding beside a value of `x`, or `f`
        returns more than one number.

    Notes
    -----
    Truncation makes an error of about s^2 f''' / 6, rounding one of about eps f / s,
    with eps the machine epsilon: the sum is smallest for s near the cube root of eps.

    Examples
    --------
    >>> gradient = numerical_gradient(lambda x: np.sum(x**3), np.array([1.0, 2.0]))
    >>> np.round(gradient, 6)
    array([ 3., 12.])
    """
    _check_point("numerical_gradient", f, x)
    steps = _central_steps(x, step)
    gradient = np.empty_like(x)
    for i in np.ndindex(x.shape):
        right, left = x.copy(), x.copy()
        right[i] += steps[i]
        left[i] -= steps[i]
        distance = right[i] - left[i]  # as rounded, which is not quite 2s
        gradient[i] = (_real_value(f, right) - _real_value(f, left)) / distance
    return gradient


def complex_step_gradient(
    f: Callable[[np.ndarray], Any], x: np.ndarray, step: float = 1e-20
) -> np.ndarray:
    """
    Differentiate a scalar function by complex steps.

    Parameters
    ----------
    f : callable
        Takes a complex array like `x` and returns one number; analytic in `x`. It is
        called once for each value of `x`, each time with a fresh copy.
    x : ndarray of float, any shape
        The point at which to differentiate.
    step : float, optional
        Length of the imaginary step.

    Returns
    -------
    ndarray, shape of x
        The derivative of f with respect to each value of `x`.

    Raises
    ------
    TypeError
        If `f` is not a function, or returns a real number, `x` is not an array of real
        floats, or `step` not a number.
    NonFiniteError
        If `x`, or what `f` returns, is not finite.
    ValueError
        If `step` is not positive, or `f` returns more than one number.

    References
    ----------
    W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real
    functions", SIAM Review 40 (1998), 110-112.

    Examples
    --------
    >>> complex_step_gradient(lambda x: np.sum(x**3), np.array([1.0, 2.0]))
    array([ 3., 12.])
    """
    _check_point("complex_step_gradient", f, x)
    _check_step("complex_step_gradient", step)
    gradient = np.empty_like(x)
    for i in np.ndindex(x.shape):
        shifted = np.array(x + 0j)
        shifted[i] += 1j * step
        gradient[i] = _complex_value(f, shifted).imag / step
    return gradient


def relative_error(a: Any, b: Any) -> float:
    """
    Measure how far two arrays differ, relative to the larger of them.

    Parameters
    ----------
    a, b : array_like of numbers, equal shapes
        The arrays to compare.

    Returns
    -------
    float
        The largest abs(a - b), divided by the largest of all abs(a) and abs(b): 0
        where both are zero everywhere, infinity where any value is not finite.

    Raises
    ------
    TypeError
        If the values are not numbers.
    ValueError
        If the shapes differ, or there is nothing to compare.

    Examples
    --------
    >>> relative_error(np.array([1.0, 4.0]), np.array([1.0, 3.0]))
    0.25
    >>> relative_error(np.zeros(3), np.zeros(3))
    0.0
    """
    a, b = _comparable("a", a), _comparable("b", b)
    if a.shape != b.shape:
        raise ValueError(
            f"relative_error: a has shape {a.shape}, but b has {b.shape}. Pass two "
            f"arrays of equal shape; broadcasting would hide a missing sum."
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return float("inf")
    scale = max(np.abs(a).max(), np.abs(b).max())
    # Divided first, since the difference of two huge numbers may overflow.
    return float(np.abs(a / scale - b / scale).max()) if scale > 0 else 0.0


def check_gradients(
    loss_and_grads: Callable[[dict[str, np.ndarray]], tuple[Any, dict[str, Any]]],
    params: dict[str, np.ndarray],
    method: str = "central",
    step: float | None = None,
) -> dict[str, float]:
    """
    Compare every gradient that a function returns with numerical derivatives.

    Parameters
    ----------
    loss_and_grads : callable
        Takes a dict like `params`; returns the loss and a dict of gradients with the
        same keys. Inputs can be checked as well: put them into `params`.
    params : dict of str to ndarray
        The arrays at which to differentiate.
    method : {"central", "complex"}
        Central differences or complex steps.
    step : float, optional
        The step of the method, if not its default.

    Returns
    -------
    dict of str to float
        For each key of `params`, the `relative_error` of the gradient.

    Raises
    ------
    TypeError
        If `params` is not a dict of arrays of real floats, or `loss_and_grads` not a
        function that returns a loss and a dict.
    ValueError
        If there is no parameter, `method` is unknown, a gradient is missing or
        superfluous, or has another shape than its parameter.

    Examples
    --------
    >>> def loss_and_grads(params):
    ...     w = params["w"]
    ...     return np.sum(w**2), {"w": 2 * w}
    >>> errors = check_gradients(loss_and_grads, {"w": np.array([1.0, -3.0])})
    >>> errors["w"] < 1e-8
    True
    """
    differentiate = _method(method)
    options = {} if step is None else {"step": step}
    check_callable("check_gradients", loss_and_grads=loss_and_grads)
    check_arrays("check_gradients", params=params)
    grads = _checked_grads(loss_and_grads(params), params)

    def error(name: str) -> float:
        def loss_of(value: np.ndarray) -> Any:
            return loss_and_grads({**params, name: value})[0]

        return relative_error(
            grads[name], differentiate(loss_of, params[name], **options)
        )

    return {name: error(name) for name in params}


def _method(method: str) -> Callable[..., np.ndarray]:
    methods = {"central": numerical_gradient, "complex": complex_step_gradient}
    check_choice("check_gradients", tuple(methods), method=method)
    return methods[method]


def _central_steps(x: np.ndarray, step: float | None) -> np.ndarray:
    if step is None:
        return np.cbrt(np.finfo(x.dtype).eps) * np.maximum(1, np.abs(x))
    _check_step("numerical_gradient", step)
    if np.any(x + step == x - step):
        raise ValueError(
            f"numerical_gradient: step is {step}, which is lost in rounding beside a "
            f"value of x as large as {np.abs(x).max():.3g}. Pass a larger step."
        )
    return np.full_like(x, step)


def _check_point(where: str, f: Any, x: Any) -> None:
    check_callable(where, f=f)
    check_real(where, x=x)
    check_shapes(where, x=(x, "..."))
    check_finite(where, x=x)


def _check_step(where: str, step: Any) -> None:
    check_numbers(where, step=step)
    if not 0 < step < np.inf:
        raise ValueError(
            f"{where}: step is {step}, but a positive number is needed. "
            f"Leave it out to take the default."
        )


def _real_value(f: Callable[[np.ndarray], Any], x: np.ndarray) -> Any:
    return _value("numerical_gradient", f, x, "iuf", "Return a real number.")


def _complex_value(f: Callable[[np.ndarray], Any], x: np.ndarray) -> Any:
    remedy = "Remove casts to real numbers from f, or use numerical_gradient."
    return _value("complex_step_gradient", f, x, "c", remedy)


def _value(
    where: str, f: Callable[[np.ndarray], Any], x: np.ndarray, kinds: str, remedy: str
) -> Any:
    value = np.asarray(f(x))
    if value.shape != ():
        raise ValueError(
            f"{where}: f returned an array of shape {value.shape}, but one number is "
            f"needed. Sum it, or weight it and sum it, inside f."
        )
    if value.dtype.kind not in kinds:
        raise TypeError(
            f"{where}: f returned dtype {value.dtype} for an input of dtype {x.dtype}, "
            f"but a {'complex' if kinds == 'c' else 'real'} number is needed. {remedy}"
        )
    if not np.isfinite(value):
        raise NonFiniteError(
            f"{where}: f returned {value} near x, but a finite number is needed. "
            f"Choose another x, or look for an overflow in f."
        )
    return value * 1.0  # differences of unsigned integers would wrap around


def _comparable(name: str, values: Any) -> np.ndarray:
    array = np.asarray(values)
    if array.dtype.kind not in "iufc":
        raise TypeError(
            f"relative_error: {name} has dtype {array.dtype}, but numbers are needed. "
            f"Pass np.asarray({name}, dtype=float)."
        )
    if array.size == 0:
        raise ValueError(
            f"relative_error: {name} is empty (shape {array.shape}), so nothing would "
            f"be compared. Pass at least one number."
        )
    return array * 1.0


def _checked_grads(returned: Any, params: dict[str, Any]) -> dict[str, Any]:
    pair = isinstance(returned, tuple) and len(returned) == 2
    if not pair or not isinstance(returned[1], dict):
        raise TypeError(
            "check_gradients: loss_and_grads returned something else than a loss and a "
            "dict of gradients. Return (loss, grads)."
        )
    grads = returned[1]
    if not params or params.keys() != grads.keys():
        raise ValueError(
            f"check_gradients: grads has the keys {list(grads)}, but params has "
            f"{list(params)}. Return one gradient for each parameter, of which there "
            f"is at least one, and no other."
        )
    return grads
