"""Exercise ``relative-error``: how far two gradients are apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from rnncore.gradcheck import relative_error
from rnngrade.exercise import Case, Exercise, Mistake, Output

__all__ = ["RELATIVE"]


def _led_by(sign: int, array: np.ndarray) -> np.ndarray:
    """Give the entry of largest size a sign."""
    largest = array.flat[np.argmax(np.abs(array))]
    return array * sign * np.sign(largest)


def _case(
    rng: np.random.Generator, shape: tuple[int, ...], size: float, gap: float, sign: int
) -> Case:
    a = size * _led_by(sign, rng.normal(size=shape))
    b = a - size * gap * _led_by(sign, rng.normal(size=shape))
    return Case(f"shape {shape}, entries near {size:g}, gap near {gap:g}", (a, b))


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _case(rng, (3, 4), size=1, gap=0.3, sign=-1)
    yield _case(rng, (5,), size=1e-9, gap=0.3, sign=+1)
    yield Case("both zero everywhere", (np.zeros((2, 3)), np.zeros((2, 3))))


def _edges(rng: np.random.Generator) -> Iterator[Case]:
    yield _case(rng, (2, 3, 4), size=1e4, gap=1e-3, sign=-1)
    yield _case(rng, (4, 2), size=1e-60, gap=0.3, sign=-1)
    high, low = rng.uniform(2, 3, size=(4, 2)), rng.uniform(0.1, 1, size=(4, 2))
    yield Case("b is the larger and negative", (low, -high))
    yield Case("a is the larger and negative", (-high, low))
    yield Case("a is zero", (np.zeros((4, 2)), high))
    yield Case("b is zero", (high, np.zeros((4, 2))))
    yield Case("one entry", (rng.uniform(1, 2, size=1), rng.uniform(3, 4, size=1)))


def _gap_over(
    scale: Callable[[np.ndarray, np.ndarray], float],
    gap: Callable[[np.ndarray], float] = lambda difference: np.abs(difference).max(),
) -> Callable[[np.ndarray, np.ndarray], float]:
    """Return a relative error with another scale or another measure of the gap."""

    def error(a, b):
        if not (a.any() or b.any()):
            return 0.0
        return float(gap(a - b) / scale(a, b))

    return error


def _largest(a, b):
    return max(np.abs(a).max(), np.abs(b).max())


def _elementwise(floor, scale_of=np.maximum):
    def error(a, b):
        scale = np.maximum(scale_of(np.abs(a), np.abs(b)), floor)
        return float(np.max(np.abs(a - b) / scale))

    return error


def _is_nan(value: object) -> bool:
    # Anything may have been returned: of most things NumPy makes no array.
    number = isinstance(value, float | np.ndarray) and np.size(value) == 1
    return number and bool(np.all(value != value))


RELATIVE = Exercise(
    id="relative-error",
    function="relative_error",
    arguments=("a", "b"),
    outputs=(Output("error", points=3, tolerance=1e-9),),
    reference=relative_error,
    cases=_cases,
    edges=_edges,
    mistakes=(
        Mistake(
            "ZERO_OVER_ZERO",
            "Two arrays of zeros are equal. What does your quotient make of them?",
            lambda a, b: float(np.abs(a - b).max() / _largest(a, b)),
            recognize=lambda args, seen: (
                not np.any(args)
                and (seen.error.startswith("ZeroDivisionError") or _is_nan(seen.value))
            ),
        ),
        Mistake(
            "ONE_SCALE_ONLY",
            "Your error changes when a and b change places. Which of the two is it "
            "measured against?",
            (
                _gap_over(lambda a, b: np.abs(a).max() or np.abs(b).max()),
                _gap_over(lambda a, b: np.abs(b).max() or np.abs(a).max()),
                _gap_over(lambda a, b: np.abs(a).max() or np.inf),
                _gap_over(lambda a, b: np.abs(b).max() or np.inf),
            ),
        ),
        Mistake(
            "FLOOR_HIDES",
            "A number is added to the scale, or bounds it from below, against a "
            "division by zero. What becomes of gradients that are smaller than it?",
            (
                _gap_over(lambda a, b: _largest(a, b) + 1e-8),
                _gap_over(lambda a, b: max(_largest(a, b), 1e-8)),
                _gap_over(lambda a, b: _largest(a, b) + 1e-12),
                _gap_over(lambda a, b: max(_largest(a, b), 1e-6)),
                _gap_over(lambda a, b: _largest(a, b) + np.finfo(float).eps),
                _gap_over(lambda a, b: max(_largest(a, b), np.finfo(float).eps)),
                _gap_over(lambda a, b: max(_largest(a, b), 1e-12)),
            ),
        ),
        Mistake(
            "SIGNED",
            "A gap has no sign, and neither has a size. Is -3 larger than 1 here?",
            (
                _gap_over(_largest, gap=np.max),
                _gap_over(lambda a, b: max(a.max(), b.max())),
                _gap_over(_largest, gap=lambda difference: abs(difference.max())),
            ),
        ),
        Mistake(
            "ABS_ERROR_ONLY",
            "The distance alone says nothing: 1e-9 is excellent for a gradient of 1, "
            "useless for one of 1e-9.",
            (
                lambda a, b: float(np.abs(a - b).max()),
                lambda a, b: float(np.linalg.norm(a - b)),
            ),
        ),
        Mistake(
            "ELEMENTWISE",
            "Each entry is measured against itself, so that one tiny entry, all of it "
            "rounding, decides. Which size belongs to the array as a whole?",
            (
                _elementwise(1e-300),
                _elementwise(1e-12),
                _elementwise(1e-8),
                _elementwise(1e-300, np.add),
                _elementwise(1e-12, np.add),
                _elementwise(1e-8, np.add),
            ),
        ),
        Mistake(
            "SUM_OF_SCALES",
            "Two opposite arrays should differ by 2, and one array from zero by 1. "
            "Is the scale the larger of the two sizes, or their sum?",
            (
                _gap_over(lambda a, b: np.abs(a).max() + np.abs(b).max()),
                _gap_over(lambda a, b: np.max(np.abs(a) + np.abs(b))),
                _gap_over(lambda a, b: (np.abs(a).max() + np.abs(b).max()) / 2),
            ),
        ),
        Mistake(
            "MEAN_FOR_MAX",
            "One wrong entry among a thousand right ones: what does a mean make of it?",
            (
                _gap_over(_largest, gap=lambda difference: np.abs(difference).mean()),
                _gap_over(
                    lambda a, b: max(np.abs(a).mean(), np.abs(b).mean()),
                    gap=lambda difference: np.abs(difference).mean(),
                ),
            ),
        ),
        Mistake(
            "NORM_FOR_MAX",
            "A norm is a fair measure too, but here the largest entries are asked for.",
            (
                _gap_over(
                    lambda a, b: max(np.linalg.norm(a), np.linalg.norm(b)),
                    gap=np.linalg.norm,
                ),
                _gap_over(
                    lambda a, b: np.linalg.norm(a) + np.linalg.norm(b),
                    gap=np.linalg.norm,
                ),
            ),
        ),
    ),
)
