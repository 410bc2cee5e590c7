"""Exercise ``numerical-gradient``: derivatives by central differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from rnncore.gradcheck import complex_step_gradient
from rnngrade.exercise import Case, Exercise, Mistake, Output
from rnngrade.exercises.gradient_checking.probe import (
    Probe,
    curve_case,
    difference_edges,
    maximum_case,
    recurrent_case,
)
from rnngrade.sandbox.observation import Observation

__all__ = ["NUMERICAL", "central", "one_side"]

# Central differences with steps of 1e-7 to 1e-4 times the size of an entry stay below
# this on these functions; one-sided ones stay above 3e-7 near a maximum, at any step.
DIFFERENCE = 1.5e-7


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield curve_case(rng, "x of shape (3, 4)", (3, 4))
    yield curve_case(rng, "x of shape (5,), entries near 0.001", (5,), size=1e-3)
    yield curve_case(rng, "x of shape (2, 3), entries near 1e6", (2, 3), size=1e6)
    yield maximum_case(rng, 6)
    yield recurrent_case(rng, "W_hh", N=3, H=3)


def _moves(f: Probe, x: np.ndarray) -> list[np.ndarray]:
    """Return how far each recorded call was from x, where it was real."""
    return [call.astype(float) - x for call in f.calls if call.dtype.kind != "c"]


def _step_size(args: tuple) -> float:
    """Return the median distance of the calls from x; 0 where it was lost."""
    sizes = [np.abs(move).max() for move in _moves(*args)]
    return float(np.median(sizes)) if len(sizes) > args[1].size else np.nan


def _scale(x: np.ndarray) -> float:
    return max(1.0, float(np.abs(x).max()))


def _in_float32(args: tuple, seen: Observation) -> bool:
    calls = args[0].calls
    return bool(calls) and all(
        np.array_equal(call, call.astype(np.complex64)) for call in calls
    )


def _not_moved(args: tuple, seen: Observation) -> bool:
    rounding = 4 * np.finfo(float).eps * np.abs(args[1]).max()
    moves = _moves(*args)
    return bool(moves) and all(np.abs(move).max() <= rounding for move in moves)


def _several_at_once(args: tuple, seen: Observation) -> bool:
    counts = [np.count_nonzero(move) for move in _moves(*args)]
    return args[1].size > 1 and any(counts) and min(filter(None, counts)) > 1


def _not_restored(args: tuple, seen: Observation) -> bool:
    several = any(np.count_nonzero(move) > 1 for move in _moves(*args))
    return 1 in seen.mutated or (several and not _several_at_once(args, seen))


def _one_sided(args: tuple, seen: Observation) -> bool:
    moves = [move for move in _moves(*args) if move.any()]
    up = np.any([move > 0 for move in moves], axis=0)
    down = np.any([move < 0 for move in moves], axis=0)
    return bool(moves) and not np.any(up & down)


def _step_ignores_size(args: tuple, seen: Observation) -> bool:
    step = _step_size(args)
    return bool(1e-9 <= step < 5e-8 * _scale(args[1])) and _scale(args[1]) > 1e3


def _too_small(args: tuple, seen: Observation) -> bool:
    return _step_size(args) < 5e-8 * _scale(args[1])


def _too_large(args: tuple, seen: Observation) -> bool:
    # Or too large for the other points, and lost beside a million.
    step, scale = _step_size(args), _scale(args[1])
    return step > 2e-4 and not 5e-8 * scale <= step <= 2e-4 * scale


def central(
    f: Callable,
    x: np.ndarray,
    step: float = 6e-6,
    absolute: bool = False,
    over: float = 2.0,
    dtype: type = float,
) -> np.ndarray:
    """Take central differences, well or badly.

    Parameters
    ----------
    f : callable
        Takes an array like `x` and returns one number.
    x : ndarray
        The point.
    step : float
        How far to each side, for entries of size one or less.
    absolute : bool
        Whether it is as far for larger entries.
    over : float
        How many steps the distance is taken for.
    dtype : type
        What everything is computed in.

    Returns
    -------
    ndarray, shape of x
        The differences.
    """
    x = x.astype(dtype)
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        s = dtype(step if absolute else step * _scale(x))
        right, left = x.copy(), x.copy()
        right[i] += s
        left[i] -= s
        gradient[i] = (f(right) - f(left)) / (over * s)
    return gradient


def one_side(sign: int, step: float = 1e-7) -> Callable[..., np.ndarray]:
    """Make a function that takes differences to one side.

    Parameters
    ----------
    sign : int
        To which side.
    step : float
        How far, for entries of size one or less.

    Returns
    -------
    callable
        Takes f and x.
    """

    def difference(f, x):
        gradient, s = np.zeros_like(x), sign * step * _scale(x)
        for i in np.ndindex(x.shape):
            moved = x.copy()
            moved[i] += s
            gradient[i] = (f(moved) - f(x)) / s
        return gradient

    return difference


def _left_moved(f, x):
    gradient, s = np.zeros_like(x), 1e-5 * _scale(x)
    for i in np.ndindex(x.shape):
        x[i] += s
        right = f(x)
        x[i] -= 2 * s
        gradient[i] = (right - f(x)) / (2 * s)
    return gradient


def _put_back_by_sums(f, x):
    gradient, s = np.zeros_like(x), 1e-5 * np.pi * _scale(x)
    for i in np.ndindex(x.shape):
        x[i] += s
        right = f(x)
        x[i] -= 2 * s
        gradient[i] = (right - f(x)) / (2 * s)
        x[i] += s
    x.flat[0] = np.nextafter(x.flat[0], 9e9)  # as happens in most draws
    return gradient


def _two_names(f, x):
    gradient, s = np.zeros_like(x), 1e-5 * _scale(x)
    for i in np.ndindex(x.shape):
        right = left = x
        right[i] += s
        left[i] -= s
        gradient[i] = (f(right) - f(left)) / (2 * s)
    return gradient


def _whole_array(f, x):
    s = 1e-5 * _scale(x)
    return np.full_like(x, (f(x + s) - f(x - s)) / (2 * s))


def _whole_rows(f, x):
    gradient, s = np.zeros_like(x), 1e-5 * _scale(x)
    for i in range(len(x)):
        right, left = x.copy(), x.copy()
        right[i] += s
        left[i] -= s
        gradient[i] = (f(right) - f(left)) / (2 * s)
    return gradient


NUMERICAL = Exercise(
    id="numerical-gradient",
    function="numerical_gradient",
    arguments=("f", "x"),
    outputs=(Output("gradient", points=5, tolerance=DIFFERENCE),),
    reference=complex_step_gradient,
    cases=_cases,
    edges=difference_edges,
    mistakes=(
        Mistake(
            "FLOAT32_CHECK",
            "f was asked about numbers of single precision, which have seven digits: a "
            "small step changes the last one or two of them. x came in float64.",
            (
                lambda f, x: central(f, x, 1e-3, dtype=np.float32).astype(float),
                lambda f, x: central(f, x, dtype=np.float32),
            ),
            recognize=_in_float32,
        ),
        Mistake(
            "SEVERAL_AT_ONCE",
            "Several entries of x moved together. A partial derivative asks what one "
            "entry does while all others rest.",
            (_whole_array, _whole_rows),
            recognize=_several_at_once,
        ),
        Mistake(
            "NOT_MOVED",
            "f was asked at x itself, nowhere else. After `right = x`, are there two "
            "arrays, or two names of one?",
            (_two_names, lambda f, x: np.full_like(x, f(x))),
            recognize=_not_moved,
        ),
        Mistake(
            "X_NOT_RESTORED",
            "An entry was not put back exactly before the next one moved, or before "
            "you returned. In floating point, is (x + s) - s the same as x?",
            (
                _left_moved,
                lambda f, x: _left_moved(f, x.copy()),
                _put_back_by_sums,
            ),
            recognize=_not_restored,
        ),
        Mistake(
            "FORWARD_DIFFERENCE",
            "f was asked on one side of x only. How does the error of that shrink with "
            "the step, and how with both sides?",
            (one_side(+1), one_side(+1, 1e-8), one_side(-1), one_side(-1, 1e-5)),
            recognize=_one_sided,
        ),
        Mistake(
            "NOT_HALVED",
            "How far apart are the two points at which you ask f?",
            lambda f, x: central(f, x, over=1.0),
        ),
        Mistake(
            "ABSOLUTE_STEP",
            "Beside an entry of a million, this step is lost in rounding: the spacing "
            "of floating-point numbers grows with their size. Does your step?",
            (
                lambda f, x: central(f, x, 1e-5, absolute=True),
                lambda f, x: central(f, x, 1e-4, absolute=True),
                lambda f, x: central(f, x, 1e-6, absolute=True),
            ),
            recognize=_step_ignores_size,
        ),
        Mistake(
            "H_TOO_SMALL",
            "The two values of f agree in nearly all of their sixteen digits, and the "
            "difference keeps only the rest. Smaller is not better.",
            (
                lambda f, x: central(f, x, 1e-12, absolute=True),
                lambda f, x: central(f, x, 1e-12),
                lambda f, x: central(f, x, 1e-15),
            ),
            recognize=_too_small,
        ),
        Mistake(
            "H_TOO_LARGE",
            "The step is so large that f bends between the two points.",
            (
                lambda f, x: central(f, x, 1e-2),
                lambda f, x: central(f, x, 1e-3, absolute=True),
            ),
            recognize=_too_large,
        ),
    ),
)
