"""Exercise ``complex-step-gradient``: derivatives by complex steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from rnncore.gradcheck import complex_step_gradient, relative_error
from rnngrade.exercise import Case, Exercise, Mistake, Output
from rnngrade.exercises.gradient_checking.numerical_gradient import central, one_side
from rnngrade.exercises.gradient_checking.probe import (
    curve_case,
    difference_edges,
    maximum_case,
    recurrent_case,
)
from rnngrade.sandbox.observation import Observation

__all__ = ["COMPLEX_STEP"]


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield curve_case(rng, "x of shape (3, 4)", (3, 4))
    yield maximum_case(rng, 6)
    yield recurrent_case(rng, "W_hh", N=3, H=3)


def _with_step(take, step=1e-20, over=None):
    """Return complex-step differences with something changed."""

    def difference(f, x):
        values = []
        for i in np.ndindex(x.shape):
            moved = x.astype(complex)
            moved[i] += 1j * step
            values.append(take(f(moved)) / (over or step))
        return np.array(values).reshape(x.shape)

    return difference


def _never_complex(args: tuple, seen: Observation) -> bool:
    calls = args[0].calls
    return bool(calls) and not any(map(np.any, map(np.imag, calls)))


def _several_imaginary(args: tuple, seen: Observation) -> bool:
    return any(np.count_nonzero(call.imag) > 1 for call in args[0].calls)


def _all_imaginary(f, x):
    return np.full_like(x, f(x + 1e-20j).imag / 1e-20)


def _left_imaginary(f, x):
    moved, gradient = x.astype(complex), np.zeros_like(x)
    for i in np.ndindex(x.shape):
        moved[i] += 1e-20j
        gradient[i] = f(moved).imag / 1e-20
    return gradient


def _imaginary_step(args: tuple) -> float:
    return max((float(np.abs(call.imag).max()) for call in args[0].calls), default=0.0)


def _equals(value: object, other: np.ndarray) -> bool:
    comparable = isinstance(value, np.ndarray) and value.shape == other.shape
    return (
        comparable and value.dtype.kind == "f" and relative_error(value, other) < 1e-6
    )


def _is_value(part: Callable) -> Callable[[tuple, Observation], bool]:
    """Recognize f(x) itself in the place of the slope, divided by the step or not."""

    def recognize(args: tuple, seen: Observation) -> bool:
        (f, x), step = args, _imaginary_step(args)
        there = np.full_like(x, part(f.function(x)))
        return step > 0 and (
            _equals(seen.value, there) or _equals(seen.value, there / step)
        )

    return recognize


def _slopes_without_sign(args: tuple, seen: Observation) -> bool:
    slopes = complex_step_gradient(args[0].function, args[1])
    return _equals(seen.value, np.abs(slopes)) or _is_value(np.abs)(args, seen)


def _not_divided(args: tuple, seen: Observation) -> bool:
    slopes = complex_step_gradient(args[0].function, args[1])
    return _equals(seen.value, slopes * _imaginary_step(args))


def _complex_returned(args: tuple, seen: Observation) -> bool:
    return isinstance(seen.value, np.ndarray) and seen.value.dtype.kind == "c"


COMPLEX_STEP = Exercise(
    id="complex-step-gradient",
    function="complex_step_gradient",
    arguments=("f", "x"),
    outputs=(Output("gradient", points=3),),
    reference=complex_step_gradient,
    cases=_cases,
    edges=difference_edges,
    mistakes=(
        Mistake(
            "REAL_DIFFERENCE",
            "f was never asked about a complex number. A difference of two real values "
            "loses many digits, and here all of them are wanted.",
            (central, one_side(+1)),
            recognize=_never_complex,
        ),
        Mistake(
            "SEVERAL_AT_ONCE",
            "Several entries stepped off the real axis together. A partial derivative "
            "asks what one entry does while all others rest.",
            (_all_imaginary, _left_imaginary),
            recognize=_several_imaginary,
        ),
        Mistake(
            "COMPLEX_RETURNED",
            "f returns a complex number, and so does its quotient with the step. The "
            "gradient is one part of it.",
            (
                _with_step(lambda value: value),
                _with_step(lambda value: value, over=1e-20j),
            ),
            recognize=_complex_returned,
        ),
        Mistake(
            "REAL_PART_TAKEN",
            "A step along the imaginary axis moves one part of f and leaves the other "
            "where it was. Which one holds the slope?",
            (
                _with_step(lambda value: value.real),
                _with_step(lambda value: value.real, step=1e-8),
                _with_step(lambda value: value.real, over=1.0),
            ),
            recognize=_is_value(np.real),
        ),
        Mistake(
            "ABS_TAKEN",
            "An absolute value has no sign, and that of a complex number mixes both of "
            "its parts. A slope has a sign and is one of the parts.",
            (
                _with_step(abs),
                _with_step(abs, over=1.0),
                _with_step(lambda value: abs(value.imag)),
            ),
            recognize=_slopes_without_sign,
        ),
        Mistake(
            "STEP_NOT_DIVIDED",
            "That is how far f moved. A slope is how far it moved per step.",
            (
                _with_step(lambda value: value.imag, over=1.0),
                _with_step(lambda value: value.imag, step=1e-8, over=1.0),
            ),
            recognize=_not_divided,
        ),
        Mistake(
            "STEP_TOO_LARGE",
            "Nothing is subtracted here, so nothing is lost however small the step is; "
            "its square is what remains as an error.",
            (
                _with_step(lambda value: value.imag, step=1e-3),
                _with_step(lambda value: value.imag, step=1e-4),
            ),
            recognize=lambda args, seen: _imaginary_step(args) > 1e-6,
        ),
    ),
)
