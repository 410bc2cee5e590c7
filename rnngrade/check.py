"""Check an answer in a notebook: the one function that students import.

The same exercises, inputs and comparisons grade the submission later, there with the
student's code in a sandbox and with more cases. This module runs the student's
function in the notebook's own process: it is for the student's own machine.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnngrade.exercises import EXERCISES
from rnngrade.judge import evaluate
from rnngrade.sandbox.observation import observe

__all__ = ["check"]


def check(function: Callable, hidden: bool = False) -> float:
    """Compare a function with the reference on fresh inputs and print what was found.

    Parameters
    ----------
    function : callable
        The answer; its name tells which exercise it answers.
    hidden : bool
        Whether to add the cases that grading adds: other sizes and the edges.

    Returns
    -------
    float
        The points earned; nbgrader reads them as partial credit.

    Raises
    ------
    ValueError
        When no exercise asks for a function of that name.

    Examples
    --------
    >>> def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    ...     return np.tanh(x @ W_xh + h_prev @ W_hh + b_h)
    >>> points = check(rnn_step)  # doctest: +ELLIPSIS
    rnn_step: 4 of 4 points
      ✓ h right (relative error ...)
      ✓ arguments unchanged
    """
    name = getattr(function, "__name__", None)
    exercises = {exercise.function: exercise for exercise in EXERCISES.values()}
    if name not in exercises:
        given = f"a function named {name}" if name else f"{function!r}"
        raise ValueError(
            f"check: got {given}, which no exercise asks for. Pass the function "
            f"itself, named as in its exercise; the names are {', '.join(exercises)}. "
            "If your notebook is newer than your installation, install the wheel that "
            "came with it."
        )
    verdict = evaluate(
        exercises[name],
        lambda args: observe(function, args),
        np.random.default_rng(),
        hidden=hidden,
    )
    print(verdict.text)
    return verdict.points
