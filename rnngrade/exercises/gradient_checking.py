"""Exercises of chapter 4, "Checking gradients".

Several of them hand a function to the student's function: a loss to be differentiated,
a forward and a backward pass to be judged. Such a function stays on the side that
judges, in grading at the other end of a pipe. So it trusts no argument, sizes are small
(every call is a round trip), and a :class:`Probe` keeps what it was called with: step
sizes and precision show there better than in the numbers.

Every loss here also takes complex parameters. Its exact gradient is then a complex-step
difference, and an answer is never measured against another central difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from rnncore.cells import StepCache, rnn_step_forward
from rnncore.cells import rnn_step_backward as core_step_backward
from rnncore.gradcheck import complex_step_gradient, relative_error
from rnngrade.exercise import Case, Exercise, Mistake, Output
from rnngrade.values import Observation

__all__ = ["EXERCISES", "Loss", "Probe"]

Params = dict[str, np.ndarray]

MOST_CALLS = 2000  # kept by a probe: a loop without end must not fill the memory

# Central differences with steps of 1e-7 to 1e-4 times the size of an entry stay below
# this on these functions; one-sided ones stay above 3e-7 near a maximum, at any step.
DIFFERENCE = 1e-7


def _checked(name: str, given: object, shape: tuple[int, ...]) -> np.ndarray:
    """Refuse what a loss cannot take: it may come from anywhere."""
    numbers = isinstance(given, np.ndarray | np.generic) and given.dtype.kind in "iufc"
    if not numbers:
        what = type(given).__name__
        raise TypeError(f"{name} is a {what}; pass a NumPy array of numbers.")
    if given.shape != shape:
        raise ValueError(f"{name} has shape {given.shape}; pass shape {shape}.")
    return np.asarray(given)


# --- One step backward ----------------------------------------------------------------


def _backward_case(rng: np.random.Generator, N: int, D: int, H: int) -> Case:
    x = rng.normal(size=(N, D))
    h_prev = rng.uniform(-0.9, 0.9, size=(N, H))
    W_xh = rng.normal(size=(D, H)) / np.sqrt(D)
    W_hh = rng.normal(size=(H, H)) / np.sqrt(H)
    params = {"W_xh": W_xh, "W_hh": W_hh, "b_h": rng.normal(size=H)}
    h, _ = rnn_step_forward(x, h_prev, params)
    dh = rng.normal(size=(N, H))
    return Case(f"N = {N}, D = {D}, H = {H}", (dh, x, h_prev, h, W_xh, W_hh))


def _backward_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _backward_case(rng, N=3, D=5, H=4)
    yield _backward_case(rng, N=4, D=2, H=6)


def _backward_edges(rng: np.random.Generator) -> Iterator[Case]:
    yield _backward_case(rng, N=1, D=3, H=5)
    yield _backward_case(rng, N=5, D=1, H=2)
    yield _backward_case(
        rng, N=4, D=4, H=4
    )  # all square: no shape gives a mistake away


def _backward(dh, x, h_prev, h, W_xh, W_hh):
    cache = StepCache(x, h_prev, h, {"W_xh": W_xh, "W_hh": W_hh})
    dx, dh_prev, grads = core_step_backward(dh, cache)
    return dx, dh_prev, grads["W_xh"], grads["W_hh"], grads["b_h"]


def _with_slope(slope: Callable[..., np.ndarray]) -> Callable[..., tuple]:
    """Return the backward step that takes another slope for that of tanh."""

    def wrong(dh, x, h_prev, h, W_xh, W_hh):
        da = dh * slope(dh=dh, h_prev=h_prev, h=h)
        return da @ W_xh.T, da @ W_hh.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)

    return wrong


def _changed(**changes: Callable[..., np.ndarray]) -> Callable[..., tuple]:
    """Return the backward step with some outputs replaced, by name."""

    def wrong(dh, x, h_prev, h, W_xh, W_hh):
        names = ("dx", "dh_prev", "dW_xh", "dW_hh", "db_h")
        right = _backward(dh, x, h_prev, h, W_xh, W_hh)
        outputs = dict(zip(names, right, strict=True))
        given = {"dh": dh, "da": dh * (1 - h**2), "x": x, "h_prev": h_prev}
        given |= {"h": h, "W_xh": W_xh, "W_hh": W_hh}
        outputs |= {name: change(**given) for name, change in changes.items()}
        return tuple(outputs.values())

    return wrong


STEP_BACKWARD = Exercise(
    id="rnn-step-backward",
    function="rnn_step_backward",
    arguments=("dh", "x", "h_prev", "h", "W_xh", "W_hh"),
    outputs=(
        Output("dx", points=2),
        Output("dh_prev", points=2),
        Output("dW_xh", points=2),
        Output("dW_hh", points=2),
        Output("db_h", points=1),
    ),
    reference=_backward,
    cases=_backward_cases,
    edges=_backward_edges,
    mistakes=(
        Mistake(
            "NO_TANH_PRIME",
            "The gradient has come through the sum, but not through tanh: how much "
            "does h move when its argument moves a little?",
            _with_slope(lambda h, **_: np.ones_like(h)),
        ),
        Mistake(
            "ONE_MINUS_H",
            "At a = 0 the slope of tanh is 1, and it falls to both sides alike. Is "
            "that true of yours where h is negative?",
            _with_slope(lambda h, **_: 1 - h),
        ),
        Mistake(
            "TANH_OF_TANH",
            "Is h the argument of tanh, or already its value?",
            _with_slope(lambda h, **_: 1 - np.tanh(h) ** 2),
        ),
        Mistake(
            "SIGMOID_PRIME",
            "That is the slope of the logistic function. Which function made h?",
            _with_slope(lambda h, **_: h * (1 - h)),
        ),
        Mistake(
            "TANH_PRIME_AT_H_PREV",
            "The slope is taken at another state than the one that this tanh made.",
            _with_slope(lambda h_prev, **_: 1 - h_prev**2),
        ),
        Mistake(
            "TANH_PRIME_AT_DH",
            "The slope of tanh depends on where the forward pass was, not on the "
            "gradient that arrives.",
            _with_slope(lambda dh, **_: 1 - dh**2),
        ),
        Mistake(
            "TANH_PRIME_AFTER_W",
            "Going back, the last operation of the forward pass comes first. Was the "
            "product or the tanh last?",
            (
                _changed(dh_prev=lambda dh, h, W_hh, **_: (dh @ W_hh.T) * (1 - h**2)),
                _changed(
                    dh_prev=lambda dh, h_prev, W_hh, **_: (
                        (dh @ W_hh.T) * (1 - h_prev**2)
                    )
                ),
            ),
        ),
        Mistake(
            "DPREV_NO_TRANSPOSE",
            "W_hh is square, so no shape complains. Write one entry of dh_prev as a "
            "sum: over which index of W_hh does it run?",
            _changed(dh_prev=lambda da, W_hh, **_: da @ W_hh),
        ),
        Mistake(
            "DW_TRANSPOSED",
            "A gradient lies like its weight matrix: entry (i, j) is for the weight "
            "from i to j. Which of your two axes is which?",
            (
                _changed(dW_hh=lambda da, h_prev, **_: da.T @ h_prev),
                _changed(
                    dW_hh=lambda da, h_prev, **_: da.T @ h_prev,
                    dW_xh=lambda da, x, **_: da.T @ x,
                ),
            ),
        ),
        Mistake(
            "DW_FROM_H",
            "W_hh was multiplied by a state. Was it the one before the step or the one "
            "after?",
            _changed(dW_hh=lambda da, h, **_: h.T @ da),
        ),
        Mistake(
            "DB_MEAN",
            "The same bias is added to all N rows. Do their gradients add up, or are "
            "they averaged? A mean belongs to the loss, and dh knows of it already.",
            _changed(db_h=lambda da, **_: da.mean(axis=0)),
        ),
        Mistake(
            "DB_NOT_SUMMED",
            "There is one bias vector for all N rows, so there is one gradient for it.",
            (
                _changed(db_h=lambda da, **_: da),
                _changed(db_h=lambda da, **_: da.sum(axis=0, keepdims=True)),
                _changed(db_h=lambda da, **_: da[0]),
            ),
        ),
        Mistake(
            "DB_WRONG_AXIS",
            "b_h has one number for each hidden unit. Which axis of your array is it?",
            _changed(db_h=lambda da, **_: da.sum(axis=1)),
        ),
        Mistake(
            "WEIGHTS_MEAN",
            "Nothing in the step divides by N. If the loss is a mean over the rows, "
            "dh has that factor already.",
            _changed(
                dW_xh=lambda da, x, **_: x.T @ da / len(x),
                dW_hh=lambda da, h_prev, **_: h_prev.T @ da / len(h_prev),
                db_h=lambda da, **_: da.mean(axis=0),
            ),
        ),
    ),
)

# --- Derivatives by differences -------------------------------------------------------


@dataclass
class Probe:
    """A scalar function of one array that keeps what it was called with.

    Parameters
    ----------
    function : callable
        Takes an array and returns one number; analytic, and takes complex arrays.
    shape : tuple of int
        The only shape that is accepted.
    calls : list of ndarray
        Copies of the arguments so far, the first `MOST_CALLS` of them.
    """

    function: Callable[[np.ndarray], np.generic]
    shape: tuple[int, ...]
    calls: list[np.ndarray] = field(default_factory=list)

    def __call__(self, x: np.ndarray) -> float | complex:
        """Return the value at `x` as a Python number."""
        x = _checked("f: its argument", x, self.shape)
        if len(self.calls) < MOST_CALLS:
            self.calls.append(np.array(x))
        return self.function(x).item()


def _point(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw entries of size one and of both signs: none is near zero."""
    return rng.uniform(0.3, 1.2, size=shape) * rng.choice([-1, 1], size=shape)


def _curve_case(
    rng: np.random.Generator, label: str, shape: tuple[int, ...], size: float = 1.0
) -> Case:
    a = rng.uniform(0.3, 1.0, size=shape)
    b = rng.uniform(0.1, 0.4, size=shape)
    per = max(size, 1)  # beside entries of a thousandth the curve is still one long

    def curve(x):
        return np.sum(a * np.expm1(x / per)) + np.tanh(np.sum(b * x / per))

    return Case(label, (Probe(curve, shape), size * _point(rng, shape)))


def _maximum_case(rng: np.random.Generator, n: int) -> Case:
    center, curvature = _point(rng, (n,)), rng.uniform(0.5, 2.0, size=n)
    x = center + 1e-3 * _point(rng, (n,))
    peak = Probe(lambda x: -np.sum(curvature * (x - center) ** 2), (n,))
    return Case(f"x of shape ({n},), close to a maximum of f", (peak, x))


def _recurrent_case(rng: np.random.Generator, name: str, N: int, H: int) -> Case:
    loss, params = _network(rng, T=4, N=N, D=2, H=H)
    x = params[name]
    probe = Probe(lambda x: loss.value({**params, name: x}), x.shape)
    return Case(f"x = {name} of a recurrent network, shape {x.shape}", (probe, x))


def _difference_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _curve_case(rng, "x of shape (3, 4)", (3, 4))
    yield _curve_case(rng, "x of shape (5,), entries near 0.001", (5,), size=1e-3)
    yield _curve_case(rng, "x of shape (2, 3), entries near 1e6", (2, 3), size=1e6)
    yield _maximum_case(rng, 6)
    yield _recurrent_case(rng, "W_hh", N=3, H=3)


def _difference_edges(rng: np.random.Generator) -> Iterator[Case]:
    yield _curve_case(rng, "x of shape (1,)", (1,))
    yield _curve_case(rng, "x of shape (2, 1, 3)", (2, 1, 3))
    yield _recurrent_case(rng, "b_h", N=4, H=2)


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


def _central(f, x, step=6e-6, absolute=False, over=2.0, dtype=float):
    x = x.astype(dtype)
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        s = dtype(step if absolute else step * _scale(x))
        right, left = x.copy(), x.copy()
        right[i] += s
        left[i] -= s
        gradient[i] = (f(right) - f(left)) / (over * s)
    return gradient


def _one_side(sign, step=1e-7):
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
    cases=_difference_cases,
    edges=_difference_edges,
    mistakes=(
        Mistake(
            "FLOAT32_CHECK",
            "f was asked about numbers of single precision, which have seven digits: a "
            "small step changes the last one or two of them. x came in float64.",
            (
                lambda f, x: _central(f, x, 1e-3, dtype=np.float32).astype(float),
                lambda f, x: _central(f, x, dtype=np.float32),
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
            (_one_side(+1), _one_side(+1, 1e-8), _one_side(-1), _one_side(-1, 1e-5)),
            recognize=_one_sided,
        ),
        Mistake(
            "NOT_HALVED",
            "How far apart are the two points at which you ask f?",
            lambda f, x: _central(f, x, over=1.0),
        ),
        Mistake(
            "ABSOLUTE_STEP",
            "Beside an entry of a million, this step is lost in rounding: the spacing "
            "of floating-point numbers grows with their size. Does your step?",
            (
                lambda f, x: _central(f, x, 1e-5, absolute=True),
                lambda f, x: _central(f, x, 1e-4, absolute=True),
                lambda f, x: _central(f, x, 1e-6, absolute=True),
            ),
            recognize=_step_ignores_size,
        ),
        Mistake(
            "H_TOO_SMALL",
            "The two values of f agree in nearly all of their sixteen digits, and the "
            "difference keeps only the rest. Smaller is not better.",
            (
                lambda f, x: _central(f, x, 1e-12, absolute=True),
                lambda f, x: _central(f, x, 1e-12),
                lambda f, x: _central(f, x, 1e-15),
            ),
            recognize=_too_small,
        ),
        Mistake(
            "H_TOO_LARGE",
            "The step is so large that f bends between the two points.",
            (
                lambda f, x: _central(f, x, 1e-2),
                lambda f, x: _central(f, x, 1e-3, absolute=True),
            ),
            recognize=_too_large,
        ),
    ),
)


def _complex_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _curve_case(rng, "x of shape (3, 4)", (3, 4))
    yield _maximum_case(rng, 6)
    yield _recurrent_case(rng, "W_hh", N=3, H=3)


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
    cases=_complex_cases,
    edges=_difference_edges,
    mistakes=(
        Mistake(
            "REAL_DIFFERENCE",
            "f was never asked about a complex number. A difference of two real values "
            "loses many digits, and here all of them are wanted.",
            (_central, _one_side(+1)),
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

# --- Relative error -------------------------------------------------------------------


def _led_by(sign: int, array: np.ndarray) -> np.ndarray:
    """Give the entry of largest size a sign."""
    largest = array.flat[np.argmax(np.abs(array))]
    return array * sign * np.sign(largest)


def _pair(
    rng: np.random.Generator, shape: tuple[int, ...], size: float, gap: float, sign: int
) -> Case:
    a = size * _led_by(sign, rng.normal(size=shape))
    b = a - size * gap * _led_by(sign, rng.normal(size=shape))
    return Case(f"shape {shape}, entries near {size:g}, gap near {gap:g}", (a, b))


def _pairs(rng: np.random.Generator) -> Iterator[Case]:
    yield _pair(rng, (3, 4), size=1, gap=0.3, sign=-1)
    yield _pair(rng, (5,), size=1e-9, gap=0.3, sign=+1)
    yield Case("both zero everywhere", (np.zeros((2, 3)), np.zeros((2, 3))))


def _more_pairs(rng: np.random.Generator) -> Iterator[Case]:
    yield _pair(rng, (2, 3, 4), size=1e4, gap=1e-3, sign=-1)
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


RELATIVE = Exercise(
    id="relative-error",
    function="relative_error",
    arguments=("a", "b"),
    outputs=(Output("error", points=3, tolerance=1e-9),),
    reference=relative_error,
    cases=_pairs,
    edges=_more_pairs,
    mistakes=(
        Mistake(
            "ZERO_OVER_ZERO",
            "Two arrays of zeros are equal. What does your quotient make of them?",
            lambda a, b: float(np.abs(a - b).max() / _largest(a, b)),
            recognize=lambda args, seen: (
                not np.any(args)
                and (
                    seen.error.startswith("ZeroDivisionError")
                    or bool(np.size(seen.value) == 1 and seen.value != seen.value)
                )
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

# --- Finding the bug ------------------------------------------------------------------


@dataclass(frozen=True)
class Loss:
    """The loss of a small recurrent network, as a function of its parameters.

    The last state goes through gains, ``max(gain, 0)`` for each unit, to one output;
    the loss is half the mean square of its error.

    Parameters
    ----------
    xs : ndarray, shape (T, N, D)
        Inputs.
    h0 : ndarray, shape (N, H)
        State before the first step.
    targets : ndarray, shape (N,)
        What the output should be.
    shapes : dict of str to tuple of int
        The parameters that it takes.
    factor : float
        Unit of the loss; negative for something that is to be made large.
    flaw : callable
        What a wrong forward pass takes for its parameters; nothing is changed by
        default.
    """

    xs: np.ndarray
    h0: np.ndarray
    targets: np.ndarray
    shapes: dict[str, tuple[int, ...]]
    factor: float = 1.0
    flaw: Callable[[Params], Params] = lambda params: params

    def __call__(self, params: Params) -> float | complex:
        """Return the loss as a Python number, whatever is passed."""
        return self.value(self.checked(params)).item()

    def checked(self, params: object) -> Params:
        """Return the parameters as a dict of arrays of the right shapes."""
        if not isinstance(params, dict) or set(params) != set(self.shapes):
            given = list(params) if isinstance(params, dict) else type(params).__name__
            raise ValueError(
                f"params: got {given}; pass a dict with the keys {list(self.shapes)}."
            )
        return {
            name: _checked(f"params[{name!r}]", params[name], shape)
            for name, shape in self.shapes.items()
        }

    def value(self, params: Params) -> np.generic:
        """Return the loss; analytic in the parameters but for the kinks at gain 0."""
        params = self.flaw(params)
        h = self.h0
        for x in self.xs:
            h = np.tanh(x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        gain = params.get("gain", np.ones(1))
        y = (h * np.where(np.real(gain) > 0, gain, 0)) @ params["W_hy"]  # (N,)
        return self.factor * np.mean((y - self.targets) ** 2) / 2

    def gradients(self, params: Params) -> Params:
        """Return the exact gradient; 0 where a gain is exactly at its kink."""

        def gradient(name: str) -> np.ndarray:
            return complex_step_gradient(
                lambda array: self.value({**params, name: array}), params[name]
            )

        return {name: gradient(name) for name in params}


def _network(
    rng: np.random.Generator, T: int, N: int, D: int, H: int, gained: bool = False
) -> tuple[Loss, Params]:
    """Draw a network none of whose gradients is mostly rounding."""
    shapes = {"W_xh": (D, H), "W_hh": (H, H), "b_h": (H,), "W_hy": (H,)}
    if gained:
        shapes["gain"] = (H,)
    shapes = {name: shapes[name] for name in rng.permutation(list(shapes)).tolist()}
    while True:
        params = {name: 0.6 * _point(rng, shape) for name, shape in shapes.items()}
        if gained:
            params["gain"] = rng.uniform(0.5, 1.5, size=H)
        xs = rng.normal(size=(T, N, D))
        h0 = rng.uniform(-0.9, 0.9, size=(N, H))
        # Beyond every output and on one side, so that all sequences pull alike.
        targets = rng.uniform(2, 3, size=N) * rng.choice([-1, 1])
        loss = Loss(xs, h0, targets, shapes)
        sizes = [np.abs(array).max() for array in loss.gradients(params).values()]
        if min(sizes) > 0.1 * loss(params):
            return loss, params


def _one_entry(rng: np.random.Generator, gradient: np.ndarray, by: float) -> np.ndarray:
    """Return the gradient with one of its larger entries changed by a factor."""
    wrong, sizes = gradient.copy(), np.abs(gradient)
    large = np.argwhere(sizes > sizes.max() / 2)
    wrong[tuple(rng.choice(large))] *= by
    return wrong


def _kinked(rng: np.random.Generator, **sizes: int) -> tuple[Loss, Params, float]:
    """Draw a network with one gain at its kink; return the slope to the right as well.

    That slope is neither the largest of its array nor small beside it, so that no rule
    that measures kinks against another scale finds the same entries.
    """
    while True:
        loss, params = _network(rng, gained=True, **sizes)
        k = int(np.argmin(np.abs(loss.gradients(params)["gain"])))
        params["gain"][k] = 1e-12
        slopes = loss.gradients(params)["gain"]
        params["gain"][k] = 0.0
        if 0.1 < np.abs(slopes[k]) / np.abs(slopes).max() < 0.8:
            return loss, params, float(slopes[k])


def _bug_case(
    rng: np.random.Generator,
    bugs: dict[str, Callable[[np.ndarray], np.ndarray]],
    factor: float = 1.0,
    kink: str = "",
    **sizes: int,
) -> Case:
    """Plant the bugs; a gain at a `kink` gets the slope to its left or right."""
    if kink:
        loss, params, slope = _kinked(rng, **sizes)
    else:
        loss, params = _network(rng, gained=True, **sizes)
    loss = replace(loss, factor=factor)
    right = loss.gradients(params)
    if kink == "right":
        right["gain"][params["gain"] == 0] = factor * slope
    grads = {name: bugs.get(name, np.copy)(array) for name, array in right.items()}
    label = ", ".join(f"{name} = {size}" for name, size in sizes.items())
    return Case(label, (loss, params, grads))


def _some(rng: np.random.Generator, count: int) -> list[str]:
    return list(rng.choice(["W_xh", "b_h", "W_hy", "gain"], size=count, replace=False))


def _times(factor: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda gradient: gradient * factor


def _bug_cases(rng: np.random.Generator) -> Iterator[Case]:
    def nearly(gradient):
        return _one_entry(rng, gradient, by=1.001)

    def badly(gradient):
        return _one_entry(rng, gradient, by=1.5)

    (other,), (entry,) = _some(rng, 1), _some(rng, 1)
    yield _bug_case(rng, {}, T=3, N=3, D=1, H=2)
    yield _bug_case(rng, {entry: nearly}, T=4, N=3, D=2, H=2)
    bugs = {"W_hh": np.transpose, other: _times(2.0)}
    yield _bug_case(rng, bugs, T=4, N=3, D=1, H=3)
    tiny = dict.fromkeys(_some(rng, 2), _times(0.5))
    yield _bug_case(rng, tiny, factor=1e-9, T=4, N=5, D=3, H=2)
    yield _bug_case(rng, {}, kink="left", T=4, N=3, D=1, H=3)
    yield _bug_case(rng, {"gain": badly}, kink="left", T=3, N=4, D=2, H=3)


def _bug_edges(rng: np.random.Generator) -> Iterator[Case]:
    every = dict.fromkeys(("W_xh", "W_hh", "b_h", "W_hy", "gain"), _times(1 / 3))
    yield _bug_case(rng, every, T=1, N=1, D=1, H=1)
    doubled = {"W_hy": _times(2.0)}
    yield _bug_case(rng, doubled, factor=1e-9, kink="right", T=1, N=2, D=2, H=2)


def _bugs(loss: Loss, params: Params, grads: Params) -> list[str]:
    right = loss.gradients(params)

    def differs(name: str) -> bool:
        smooth = params[name] != 0  # only a gain at its kink is exactly 0
        return smooth.any() and (
            relative_error(right[name][smooth], grads[name][smooth]) > 1e-6
        )

    return sorted(name for name in params if differs(name))


def _slopes(loss: Callable, params: Params, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the slopes to the right and to the left of every entry."""
    here, array, step = loss(params), params[name], 1e-5
    slopes = np.empty((2, *array.shape))
    for side, sign in enumerate((+1, -1)):
        for i in np.ndindex(array.shape):
            moved = array.copy()
            moved[i] += sign * step
            slopes[side][i] = (loss({**params, name: moved}) - here) / (sign * step)
    return slopes[0], slopes[1]


def _accuse(
    differs: Callable[[np.ndarray, np.ndarray], bool],
    at_kinks: Callable[[np.ndarray], np.ndarray] = np.logical_not,
) -> Callable[[Callable, Params, Params], list[str]]:
    """Return a checker.

    `differs` compares the entries that are kept; `at_kinks` takes the mask of the
    entries at a kink and returns which ones are.
    """

    def checker(loss, params, grads):
        def accused(name: str) -> bool:
            right, left = _slopes(loss, params, name)
            central = (right + left) / 2
            kept = at_kinks(np.abs(right - left) > 0.01 * np.abs(central).max())
            return kept.any() and bool(differs(central[kept], grads[name][kept]))

        return sorted(name for name in params if accused(name))

    return checker


def _beyond(limit: float) -> Callable[[np.ndarray, np.ndarray], bool]:
    return lambda a, b: relative_error(a, b) > limit


def _far(limit: float) -> Callable[[np.ndarray, np.ndarray], bool]:
    return lambda a, b: np.abs(a - b).max() > limit


def _not_close(a: np.ndarray, b: np.ndarray) -> bool:
    return not np.allclose(a, b)


def _summary(measure: Callable) -> Callable[[np.ndarray, np.ndarray], bool]:
    return lambda a, b: abs(measure(a) - measure(b)) > 1e-6 * abs(measure(a))


_everywhere = np.ones_like  # keeps the kinks
_apart = _beyond(1e-5)
_unequal = _beyond(1e-8)
_checker = _accuse(_apart)


WRONG_GRADIENTS = Exercise(
    id="wrong-gradients",
    function="wrong_gradients",
    arguments=("loss", "params", "grads"),
    outputs=(Output("names", points=6),),
    reference=_bugs,
    cases=_bug_cases,
    edges=_bug_edges,
    # From the mistake that is wrong in the fewest cases to the one in the most.
    mistakes=(
        Mistake(
            "KINK",
            "An innocent array is accused. Look at the slopes to the right and to the "
            "left of each of its entries: does the loss have one slope there?",
            _accuse(_apart, _everywhere),
        ),
        Mistake(
            "KINK_SKIPS_ARRAY",
            "One entry at a kink excuses itself, not its neighbors in the same array.",
            _accuse(_apart, lambda kinks: np.full_like(kinks, not kinks.any())),
        ),
        Mistake(
            "LOOSE_LIMIT",
            "An entry that is wrong by a thousandth got away. How close do central "
            "differences come to a right gradient?",
            (
                _accuse(_beyond(1e-2)),
                _accuse(_beyond(1e-2), _everywhere),
            ),
        ),
        Mistake(
            "ABS_ERROR_ONLY",
            "In one of the losses all gradients are about 1e-9, and there 1e-9 is a "
            "large error. Compared with what is yours small?",
            (
                _accuse(_far(1e-6)),
                _accuse(_far(1e-6), _everywhere),
                _accuse(_not_close),
                _accuse(_not_close, _everywhere),
            ),
        ),
        Mistake(
            "NORMS_COMPARED",
            "A transposed array has the same norm and the same sum as the right one. "
            "Compare entry by entry before anything is summed.",
            (_accuse(_summary(np.linalg.norm)), _accuse(_summary(np.sum))),
        ),
        Mistake(
            "FIRST_BUG_ONLY",
            "There may be more than one bug. Does your search go on after the first?",
            (
                lambda *args: _checker(*args)[:1],
                lambda *args: [name for name in args[1] if name in _checker(*args)][:1],
            ),
        ),
        Mistake(
            "ALL_ACCUSED",
            "Every array is accused, the right ones as well. A numerical gradient is "
            "never exact: how close can it be?",
            (
                lambda loss, params, grads: sorted(params),
                _accuse(lambda a, b: np.any(a != b), _everywhere),
            ),
        ),
        Mistake(
            "SHAPES_ONLY",
            "Nobody is accused. All shapes are as expected, but shapes say nothing "
            "about the numbers.",
            lambda loss, params, grads: [
                name
                for name in sorted(params)
                if params[name].shape != grads[name].shape
            ],
        ),
    ),
)

# --- Auditing a pair of passes --------------------------------------------------------


@dataclass(frozen=True)
class Backward:
    """A backward pass: the exact gradient of a loss, with or without a bug.

    Parameters
    ----------
    loss : Loss
        What it differentiates.
    flaw : callable
        Takes the gradients and returns what the pass returns.
    """

    loss: Loss
    flaw: Callable[[Params], Params] = lambda grads: grads

    def __call__(self, params: Params) -> Params:
        """Return the gradients, a dict like `params`."""
        return self.flaw(self.loss.gradients(self.loss.checked(params)))


FORWARD_FLAWS: tuple[Callable[[Params], Params], ...] = (
    lambda params: {**params, "W_hh": -params["W_hh"]},
    lambda params: {**params, "b_h": 0 * params["b_h"]},
    lambda params: {**params, "W_hh": 0 * params["W_hh"]},
)
BACKWARD_FLAWS: tuple[Callable[[Params], Params], ...] = (
    lambda grads: {**grads, "W_hh": grads["W_hh"].T.copy()},
    lambda grads: {**grads, "b_h": grads["b_h"] * [3, 1]},
    lambda grads: {**grads, "W_xh": 0.999 * grads["W_xh"]},
)


def _audit_case(
    rng: np.random.Generator,
    wrong_forward: bool = False,
    wrong_backward: bool = False,
    apart: bool = False,
    factor: float = 1.0,
    bugs: Sequence[Callable[[Params], Params]] = BACKWARD_FLAWS,
) -> Case:
    """Build two passes; `apart`, the backward pass belongs to the right forward one."""
    network, params = _network(rng, T=4, N=3, D=2, H=2)
    # One input is always 0, so that some gradients are.
    right = replace(network, xs=network.xs * np.array([1.0, 0.0]), factor=factor)
    flaw, bug = rng.choice(FORWARD_FLAWS), rng.choice(bugs)
    forward = replace(right, flaw=flaw) if wrong_forward else right
    backward = Backward(right if apart else forward)
    if wrong_backward:
        backward = replace(backward, flaw=bug)
    # Another order of summation, say: it never agrees with the others to the last bit.
    reference = replace(right, factor=factor * (1 + 16 * np.finfo(float).eps))
    label = f"{len(params)} parameters and a loss of {right(params):.1g}"
    return Case(label, (forward, backward, reference, params))


def _audit_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _audit_case(rng)
    yield _audit_case(rng, wrong_backward=True)
    yield _audit_case(rng, wrong_forward=True)
    yield _audit_case(rng, wrong_forward=True, apart=True)


def _audit_edges(rng: np.random.Generator) -> Iterator[Case]:
    yield _audit_case(rng, factor=1e-10)
    yield _audit_case(rng, wrong_forward=True, factor=1e-10)
    yield _audit_case(rng, wrong_backward=True, factor=1e-10)
    yield _audit_case(rng, wrong_forward=True, wrong_backward=True)
    seed = rng.integers(2**63)
    for factor in (1.0, -1.0):  # one entry is wrong: once too large, once too small
        one = BACKWARD_FLAWS[1:2]
        again = np.random.default_rng(seed)
        yield _audit_case(again, wrong_backward=True, factor=factor, bugs=one)


def _audit(
    forward: Loss, backward: Backward, reference_forward: Loss, params: Params
) -> str:
    if relative_error(forward(params), reference_forward(params)) > 1e-10:
        return "wrong forward"
    right, given = reference_forward.gradients(params), backward(params)
    errors = [relative_error(right[name], given[name]) for name in params]
    return "wrong backward" if max(errors) > 1e-6 else "right"


def _gradient_of(loss: Callable, params: Params, backward: Callable) -> list[tuple]:
    """Pair each numerical gradient of a loss with the one that a pass returns."""
    given = backward(params)
    pairs = []
    for name in params:
        right, left = _slopes(loss, params, name)
        pairs.append(((right + left) / 2, given[name]))
    return pairs


def _auditor(
    steps: str,
    unequal: Callable[[float, float], bool] = _unequal,
    differs: Callable[[np.ndarray, np.ndarray], bool] = _apart,
) -> Callable[..., str]:
    """Return an auditor that takes some steps, in the order of their letters.

    f compares the two forward passes, o checks the backward pass against the student's
    own forward pass, r against the reference.
    """

    def auditor(forward, backward, reference_forward, params):
        losses = {"o": forward, "r": reference_forward}
        for step in steps:
            if step == "f":
                if unequal(forward(params), reference_forward(params)):
                    return "wrong forward"
            elif any(
                differs(a, b) for a, b in _gradient_of(losses[step], params, backward)
            ):
                return "wrong backward"
        return "right"

    return auditor


AUDIT = Exercise(
    id="audit",
    function="audit",
    arguments=("forward", "backward", "reference_forward", "params"),
    outputs=(Output("verdict", points=4),),
    reference=_audit,
    cases=_audit_cases,
    edges=_audit_edges,
    # From the mistake that is wrong in the fewest cases to the one in the most.
    mistakes=(
        Mistake(
            "UNKNOWN_VERDICT",
            'The expected strings are "right", "wrong forward" and "wrong backward", '
            "letter by letter.",
            (lambda *args: "Right", lambda *args: "forward", lambda *args: "ok"),
            recognize=lambda args, seen: (
                isinstance(seen.value, str)
                and seen.value not in ("right", "wrong forward", "wrong backward")
            ),
        ),
        Mistake(
            "EXACT_EQUALITY",
            "A right pass is accused. Two right programs may add in another order, and "
            "a numerical gradient is never exact.",
            (
                _auditor("fo", unequal=lambda a, b: a != b),
                _auditor("fo", differs=lambda a, b: bool(np.any(a != b))),
            ),
        ),
        Mistake(
            "ABS_ERROR_ONLY",
            "One of the losses is about 1e-10. Compared with what is a difference "
            "small?",
            (
                _auditor("fo", unequal=lambda a, b: abs(a - b) > 1e-8),
                _auditor("fo", unequal=lambda a, b: not np.isclose(a, b)),
                _auditor("fo", differs=_far(1e-6)),
                _auditor("fo", differs=_not_close),
                _auditor("fo", lambda a, b: not np.isclose(a, b), _not_close),
                _auditor("fo", lambda a, b: abs(a - b) > 1e-8, _far(1e-6)),
            ),
        ),
        Mistake(
            "BACKWARD_FIRST",
            "Where the passes disagree, one is wrong, but which? Your verdict hangs on "
            "which of them you look at first.",
            (_auditor("of"), _auditor("rf")),
        ),
        Mistake(
            "CHECK_OWN_WRONG_FORWARD",
            "A backward pass can be the exact gradient of the wrong function, and then "
            "every gradient check passes. Who has looked at the function itself?",
            (
                _auditor("o"),
                _auditor("o", differs=_far(1e-6)),
                _auditor("o", differs=_not_close),
            ),
        ),
        Mistake(
            "FORWARD_NOT_COMPARED",
            "The gradient of the reference was taken, but are the two forward passes "
            "equal? Where they are not, the backward pass may be blamed for it.",
            _auditor("r"),
        ),
        Mistake(
            "FORWARD_ONLY",
            "A right forward pass does not make its backward pass right.",
            _auditor("f"),
        ),
    ),
)

EXERCISES = (STEP_BACKWARD, NUMERICAL, COMPLEX_STEP, RELATIVE, WRONG_GRADIENTS, AUDIT)
