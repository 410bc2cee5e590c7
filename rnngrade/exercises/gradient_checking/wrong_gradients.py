"""Exercise ``wrong-gradients``: which gradients have a bug."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from rnncore.gradcheck import relative_error
from rnngrade.exercise import Case, Exercise, Mistake, Output
from rnngrade.exercises.gradient_checking.cases import Loss, Params, draw_network
from rnngrade.exercises.gradient_checking.differences import (
    APART,
    beyond,
    far,
    not_close,
    side_slopes,
)

__all__ = ["WRONG_GRADIENTS"]


def _one_entry(rng: np.random.Generator, gradient: np.ndarray, by: float) -> np.ndarray:
    """Return the gradient with one of its larger entries changed by a factor."""
    wrong, sizes = gradient.copy(), np.abs(gradient)
    large = np.argwhere(sizes > sizes.max() / 2)
    wrong[tuple(rng.choice(large))] *= by
    return wrong


def _evenness(gradient: np.ndarray) -> float:
    sizes = np.abs(gradient)
    return sizes.min() / sizes.max()


def _smallest_moved(gradient: np.ndarray, by: float) -> np.ndarray:
    """Return the gradient with its smallest entry moved by a part of the largest."""
    near, sizes = gradient.copy(), np.abs(gradient)
    near.flat[np.argmin(sizes)] += by * sizes.max()
    return near


def _kinked(rng: np.random.Generator, **sizes: int) -> tuple[Loss, Params, float]:
    """Draw a network with one gain at its kink; return the slope to the right as well.

    That slope is neither the largest of its array nor small beside it, so that no rule
    that measures kinks against another scale finds the same entries; an array of one
    entry is all kink.
    """
    while True:
        loss, params = draw_network(rng, gained=True, **sizes)
        k = int(np.argmin(np.abs(loss.gradients(params)["gain"])))
        params["gain"][k] = loss.knee + 1e-12
        slopes = loss.gradients(params)["gain"]
        params["gain"][k] = loss.knee
        share = np.abs(slopes[k]) / np.abs(slopes).max()
        if 0.15 < share < 0.8 or len(slopes) == 1:
            return loss, params, float(slopes[k])


def _case(
    rng: np.random.Generator,
    bugs: dict[str, Callable[[np.ndarray], np.ndarray]],
    factor: float = 1.0,
    kink: str = "",
    near: bool = False,
    **sizes: int,
) -> Case:
    """Plant the bugs; a gain at a `kink` gets the slope to its left or right.

    `near` the minimum the loss bends more, so that one-sided slopes are not enough, and
    one innocent entry is off by less than counts.
    """
    if kink:
        loss, params, slope = _kinked(rng, **sizes)
    else:
        loss, params = draw_network(rng, gained=True, **sizes)
    loss = replace(loss, factor=factor)
    if near:
        y = loss.output(params)
        loss = replace(loss, targets=y + 0.05 * (loss.targets - y))
    right = loss.gradients(params)
    if kink == "right":
        right["gain"][params["gain"] == loss.knee] = factor * slope
    grads = {name: bugs.get(name, np.copy)(array) for name, array in right.items()}
    if near:
        name = min(set(right) - set(bugs), key=lambda name: _evenness(right[name]))
        grads[name] = _smallest_moved(right[name], by=5e-6)
    label = ", ".join(f"{name} = {size}" for name, size in sizes.items())
    return Case(label, (loss, params, grads))


def _some(rng: np.random.Generator, count: int) -> list[str]:
    return list(rng.choice(["W_xh", "b_h", "W_hy", "gain"], size=count, replace=False))


def _times(factor: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda gradient: gradient * factor


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    def nearly(gradient):
        return _one_entry(rng, gradient, by=1.001)

    def badly(gradient):
        return _one_entry(rng, gradient, by=1.5)

    (other,), (entry,) = _some(rng, 1), _some(rng, 1)
    yield _case(rng, {}, T=3, N=3, D=1, H=2)
    yield _case(rng, {entry: nearly}, near=True, T=4, N=3, D=2, H=2)
    bugs = {"W_hh": np.transpose, other: _times(2.0)}
    yield _case(rng, bugs, T=4, N=3, D=1, H=3)
    tiny = dict.fromkeys(_some(rng, 2), _times(0.5))
    yield _case(rng, tiny, factor=1e-9, T=4, N=5, D=3, H=2)
    yield _case(rng, {}, kink="left", T=4, N=3, D=1, H=3)
    yield _case(rng, {"gain": badly}, kink="left", T=3, N=4, D=2, H=3)


def _edges(rng: np.random.Generator) -> Iterator[Case]:
    every = dict.fromkeys(("W_xh", "W_hh", "b_h", "W_hy", "gain"), _times(1 / 3))
    yield _case(rng, every, T=1, N=1, D=1, H=1)
    doubled = {"W_hy": _times(2.0)}
    yield _case(rng, doubled, factor=1e-9, kink="right", T=1, N=2, D=2, H=2)
    yield _case(rng, {}, kink="right", T=2, N=3, D=2, H=1)


def _reference(loss: Loss, params: Params, grads: Params) -> list[str]:
    right = loss.gradients(params)

    def differs(name: str) -> bool:
        smooth = np.full(params[name].shape, True)
        if name == "gain":
            smooth = params[name] != loss.knee
        return smooth.any() and (
            relative_error(right[name][smooth], grads[name][smooth]) > 1e-5
        )

    return sorted(name for name in params if differs(name))


def _accuse(
    differs: Callable[[np.ndarray, np.ndarray], bool],
    at_kinks: Callable[[np.ndarray], np.ndarray] = np.logical_not,
    none_left: bool = False,
) -> Callable[[Callable, Params, Params], list[str]]:
    """Return a checker.

    `differs` compares the entries that are kept; `at_kinks` takes the mask of the
    entries at a kink and returns which ones are. An array of which none is kept is
    accused if `none_left`.
    """

    def checker(loss, params, grads):
        def accused(name: str) -> bool:
            right, left = side_slopes(loss, params, name)
            central = (right + left) / 2
            kept = at_kinks(np.abs(right - left) > 0.01 * np.abs(central).max())
            if not kept.any():
                return none_left
            return bool(differs(central[kept], grads[name][kept]))

        return sorted(name for name in params if accused(name))

    return checker


def _summary(measure: Callable) -> Callable[[np.ndarray, np.ndarray], bool]:
    return lambda a, b: abs(measure(a) - measure(b)) > 1e-6 * abs(measure(a))


_everywhere = np.ones_like  # keeps the kinks


_checker = _accuse(APART)


WRONG_GRADIENTS = Exercise(
    id="wrong-gradients",
    function="wrong_gradients",
    arguments=("loss", "params", "grads"),
    outputs=(Output("names", points=6),),
    reference=_reference,
    cases=_cases,
    edges=_edges,
    # From the mistake that is wrong in the fewest cases to the one in the most.
    mistakes=(
        Mistake(
            "KINK",
            "An innocent array is accused. Look at the slopes to the right and to the "
            "left of each of its entries: does the loss have one slope there?",
            _accuse(APART, _everywhere),
        ),
        Mistake(
            "KINK_SKIPS_ARRAY",
            "One entry at a kink excuses itself, not its neighbors in the same array.",
            _accuse(APART, lambda kinks: np.full_like(kinks, not kinks.any())),
        ),
        Mistake(
            "LOOSE_LIMIT",
            "An entry that is wrong by a thousandth got away. How close do central "
            "differences come to a right gradient?",
            (
                _accuse(beyond(1e-2)),
                _accuse(beyond(1e-2), _everywhere),
            ),
        ),
        Mistake(
            "STRICT_LIMIT",
            "An array is accused whose relative error is 5e-6. From which error "
            "on does the statement call an array wrong?",
            (
                _accuse(beyond(1e-7)),
                _accuse(beyond(1e-8)),
                _accuse(beyond(1e-7), _everywhere),
            ),
        ),
        Mistake(
            "ALL_KINKS_ACCUSED",
            "What is left to judge of an array whose every entry is at a kink?",
            _accuse(APART, none_left=True),
        ),
        Mistake(
            "ABS_ERROR_ONLY",
            "In one of the losses all gradients are about 1e-9, and there 1e-9 is a "
            "large error. Compared with what is yours small?",
            (
                _accuse(far(1e-6)),
                _accuse(far(1e-6), _everywhere),
                _accuse(not_close),
                _accuse(not_close, _everywhere),
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
