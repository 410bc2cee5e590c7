"""Exercise ``rnn-step-backward``: a gradient goes back through one step."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from rnncore.cells import StepCache, rnn_step_forward
from rnncore.cells import rnn_step_backward as core_step_backward
from rnngrade.exercise import Case, Exercise, Mistake, Output

__all__ = ["STEP_BACKWARD"]


def _case(rng: np.random.Generator, N: int, D: int, H: int, size: float = 1.0) -> Case:
    x = rng.normal(size=(N, D))
    h_prev = rng.uniform(-0.9, 0.9, size=(N, H))
    W_xh = rng.normal(size=(D, H)) / np.sqrt(D)
    W_hh = rng.normal(size=(H, H)) / np.sqrt(H)
    params = {"W_xh": W_xh, "W_hh": W_hh, "b_h": rng.normal(size=H)}
    h, _ = rnn_step_forward(x, h_prev, params)
    dh = size * rng.normal(size=(N, H))
    return Case(f"N = {N}, D = {D}, H = {H}", (dh, x, h_prev, h, W_xh, W_hh))


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _case(rng, N=3, D=5, H=4)
    yield _case(rng, N=4, D=2, H=6)


def _edges(rng: np.random.Generator) -> Iterator[Case]:
    yield _case(rng, N=1, D=3, H=5)
    yield _case(rng, N=5, D=1, H=2, size=1e3)  # nothing is clipped
    yield _case(rng, N=3, D=2, H=1)
    # All square: no shape gives a mistake away.
    yield _case(rng, N=4, D=4, H=4)


def _reference(dh, x, h_prev, h, W_xh, W_hh):
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
        right = _reference(dh, x, h_prev, h, W_xh, W_hh)
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
    reference=_reference,
    cases=_cases,
    edges=_edges,
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
