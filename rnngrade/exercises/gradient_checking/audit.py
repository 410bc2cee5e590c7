"""Exercise ``audit``: which of two passes is wrong, if any."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

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

__all__ = ["AUDIT"]

FORWARD_FLAWS: tuple[Callable[[Params], Params], ...] = (
    lambda params: {**params, "W_hh": -params["W_hh"]},
    lambda params: {**params, "b_h": 0 * params["b_h"]},
    lambda params: {**params, "W_hh": 0 * params["W_hh"]},
)


# One for every parameter, so that none may be left out.
BACKWARD_FLAWS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "W_hh": lambda gradient: gradient.T.copy(),
    "b_h": lambda gradient: gradient * [3, 1],
    "W_xh": lambda gradient: gradient * 0.999,
    "W_hy": lambda gradient: -gradient,
}


@dataclass(frozen=True)
class Backward:
    """A backward pass: the exact gradient of a loss, with or without a bug.

    Attributes
    ----------
    loss : Loss
        What it differentiates.
    bug : str
        Name of the array that comes out wrong; empty where none does.
    """

    loss: Loss
    bug: str = ""

    def __call__(self, params: Params) -> Params:
        """Return the gradients, a dict like `params`."""
        grads = self.loss.gradients(self.loss.checked(params))
        if self.bug:
            grads[self.bug] = BACKWARD_FLAWS[self.bug](grads[self.bug])
        return grads


def _case(
    rng: np.random.Generator,
    wrong_forward: bool = False,
    nearly_right_forward: bool = False,
    bug: str = "",
    first: bool = False,
    apart: bool = False,
    factor: float = 1.0,
) -> Case:
    """Build two passes; `apart`, the backward pass belongs to the right forward one.

    The array with the `bug` is the last of all, or the first.
    """
    network, params = draw_network(rng, T=4, N=3, D=2, H=2)
    if bug:
        names = sorted(params, key=lambda name: (name == bug) != first)
        params = {name: params[name] for name in names}
        # The network names them in the same order: another one would tell of the bug.
        network = replace(
            network, shapes={name: network.shapes[name] for name in names}
        )
    # One input is always 0, so that some gradients are.
    right = replace(network, xs=network.xs * np.array([1.0, 0.0]), factor=factor)
    flaw = rng.choice(FORWARD_FLAWS)
    forward = replace(right, flaw=flaw) if wrong_forward else right
    if nearly_right_forward:
        forward = replace(right, factor=factor * (1 + 1e-6))
    backward = Backward(right if apart else forward, bug)
    # Another order of summation, say: it never agrees with the others to the last bit.
    reference = replace(right, factor=factor * (1 + 16 * np.finfo(float).eps))
    label = f"{len(params)} parameters and a loss of {right(params):.1g}"
    return Case(label, (forward, backward, reference, params))


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _case(rng)
    yield _case(rng, bug=str(rng.choice(list(BACKWARD_FLAWS))))
    yield _case(rng, wrong_forward=True)
    yield _case(rng, wrong_forward=True, apart=True)


def _edges(rng: np.random.Generator) -> Iterator[Case]:
    yield _case(rng, factor=1e-10)
    yield _case(rng, wrong_forward=True, factor=1e-14)
    yield _case(rng, bug="b_h", factor=1e-10)
    yield _case(rng, wrong_forward=True, bug="W_hh")
    yield _case(rng, nearly_right_forward=True)
    for bug in BACKWARD_FLAWS:
        yield _case(rng, bug=bug)
    seed = rng.integers(2**63)
    for factor in (1.0, -1.0):  # what is wrong is once too large, once too small
        same, again = np.random.default_rng(seed), np.random.default_rng(seed)
        yield _case(same, bug="b_h", first=True, factor=factor)
        yield _case(again, wrong_forward=True, factor=factor)


def _reference(
    forward: Loss, backward: Backward, reference_forward: Loss, params: Params
) -> str:
    if relative_error(forward(params), reference_forward(params)) > 1e-8:
        return "wrong forward"
    right, given = reference_forward.gradients(params), backward(params)
    errors = [relative_error(right[name], given[name]) for name in params]
    return "wrong backward" if max(errors) > 1e-5 else "right"


def _gradient_of(loss: Callable, params: Params, backward: Callable) -> list[tuple]:
    """Pair each numerical gradient of a loss with the one that a pass returns."""
    given = backward(params)
    pairs = []
    for name in params:
        right, left = side_slopes(loss, params, name)
        pairs.append(((right + left) / 2, given[name]))
    return pairs


_unequal = beyond(1e-8)


def _auditor(
    steps: str,
    unequal: Callable[[float, float], bool] = _unequal,
    differs: Callable[[np.ndarray, np.ndarray], bool] = APART,
    arrays: slice = slice(None),
) -> Callable[..., str]:
    """Return an auditor that takes some steps, in the order of their letters.

    f compares the two forward passes, o checks the backward pass against the student's
    own forward pass, r against the reference; of all arrays only `arrays` are checked.
    """

    def auditor(forward, backward, reference_forward, params):
        losses = {"o": forward, "r": reference_forward}
        for step in steps:
            if step == "f":
                if unequal(forward(params), reference_forward(params)):
                    return "wrong forward"
                continue
            pairs = _gradient_of(losses[step], params, backward)
            if any(differs(a, b) for a, b in pairs[arrays]):
                return "wrong backward"
        return "right"

    return auditor


AUDIT = Exercise(
    id="audit",
    function="audit",
    arguments=("forward", "backward", "reference_forward", "params"),
    outputs=(Output("verdict", points=4),),
    reference=_reference,
    cases=_cases,
    edges=_edges,
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
            "LOOSE_LIMIT",
            "Something that is wrong by a thousandth, or less, got away. Which two "
            "limits does the statement name, and for what?",
            (
                _auditor("fo", unequal=beyond(1e-5)),
                _auditor("fo", differs=beyond(1e-2)),
                _auditor("fo", beyond(1e-5), beyond(1e-2)),
            ),
        ),
        Mistake(
            "FIRST_ARRAY_ONLY",
            "Some arrays are never looked at. Does your loop return before it has seen "
            "them all?",
            (
                _auditor("fo", arrays=slice(1)),
                _auditor("fo", arrays=slice(-1)),
                _auditor("fo", arrays=slice(1, None)),
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
                _auditor("fo", differs=far(1e-6)),
                _auditor("fo", differs=not_close),
                _auditor("fo", lambda a, b: not np.isclose(a, b), not_close),
                _auditor("fo", lambda a, b: abs(a - b) > 1e-8, far(1e-6)),
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
                _auditor("o", differs=far(1e-6)),
                _auditor("o", differs=not_close),
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
