"""Find the known mistake that does what an answer did, or describe the pattern.

A mistake is named only when one of its variants returns the same as the answer in
*every* case, those where the answer is right included. Where no mistake fits, simple
relations to the right values (transposed, a constant factor, wrong from some step on)
are better than nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnngrade.compare import compare, relation, wrong_steps
from rnngrade.exercise import Exercise, Mistake
from rnngrade.sandbox.observation import Observation, observe
from rnngrade.trial import Trial, returned_outputs

__all__ = ["Diagnosis", "diagnose", "pattern"]


@dataclass(frozen=True)
class Diagnosis:
    """The mistakes that explain an answer.

    Attributes
    ----------
    whole : Mistake, optional
        One that explains everything that was seen.
    outputs : tuple of (Mistake or None)
        For each output, one that explains this output.
    """

    whole: Mistake | None
    outputs: tuple[Mistake | None, ...]


def diagnose(exercise: Exercise, trials: list[Trial]) -> Diagnosis:
    """Compare an answer with the known mistakes.

    Parameters
    ----------
    exercise : Exercise
        Its mistakes are tried in their order.
    trials : list of Trial
        All cases that were tried; a failure is the only one of its list.

    Returns
    -------
    Diagnosis
        Empty for an answer that is right.
    """
    nothing = (None,) * len(exercise.outputs)
    telling = [trial for trial in trials if trial.wrong]
    if not telling:
        return Diagnosis(None, nothing)
    for mistake in telling[0].recognized:
        if all(mistake in trial.recognized for trial in telling):
            return Diagnosis(mistake, nothing)
    # A wrong case first: it rules out most mistakes at once.
    trials = sorted(trials, key=lambda trial: not trial.wrong)
    whole, outputs = None, list(nothing)
    for mistake, wrong in _variants(exercise):
        everything, explained = _explains(exercise, wrong, trials)
        if everything:
            whole = whole or mistake
        for i in explained:
            outputs[i] = outputs[i] or mistake
    return Diagnosis(whole, tuple(outputs))


def _explains(
    exercise: Exercise, wrong: Callable[..., object], trials: list[Trial]
) -> tuple[bool, set[int]]:
    """Tell whether a variant does all that was seen, and which outputs it explains."""
    everything, same = True, set(range(len(exercise.outputs)))
    spoiled: set[int] = set()
    for trial in trials:
        seen = observe(wrong, trial.case.args)
        all_same, each = _sameness(exercise, trial, seen)
        everything &= all_same
        same &= each
        if not everything and not same:
            break
        spoiled |= _spoiled(exercise, trial, seen)
    return everything, same & spoiled


def _variants(exercise: Exercise) -> list[tuple]:
    return [
        (mistake, wrong)
        for mistake in exercise.mistakes
        if mistake.recognize is None
        for wrong in mistake.variants
    ]


def _sameness(
    exercise: Exercise, trial: Trial, variant: Observation
) -> tuple[bool, set[int]]:
    """Whether a variant did the same in everything, and in which outputs."""
    wrong = returned_outputs(exercise, variant)
    if trial.failure or not wrong:
        return trial.seen.error == variant.error != "", set()
    each = {
        i
        for i, output in enumerate(exercise.outputs)
        if compare(
            output.name, trial.outputs[i], wrong[i], max(output.tolerance, 1e-9)
        ).agrees
    }
    every = len(each) == len(exercise.outputs)
    return every and trial.seen.mutated == variant.mutated, each


def _spoiled(exercise: Exercise, trial: Trial, variant: Observation) -> set[int]:
    """List the outputs that a variant gets wrong: it explains no other."""
    wrong = returned_outputs(exercise, variant)
    if not trial.expected or not wrong:
        return set()
    return {
        i
        for i, output in enumerate(exercise.outputs)
        if not compare(
            output.name, wrong[i], trial.expected[i], output.tolerance
        ).agrees
    }


def pattern(exercise: Exercise, i: int, trial: Trial) -> str:
    """Say what can be said of a wrong array when no known mistake returns it.

    Parameters
    ----------
    exercise : Exercise
        What was asked.
    i : int
        Position of the output.
    trial : Trial
        A case in which it is wrong.

    Returns
    -------
    str
        Sentences that begin with a space; may be empty.
    """
    actual, expected = trial.outputs[i], trial.expected[i]
    output = exercise.outputs[i]
    for other, right in zip(exercise.outputs, trial.expected, strict=True):
        if other != output and compare("", actual, right, other.tolerance).agrees:
            names = ", ".join(each.name for each in exercise.outputs)
            return f" But it is the right {other.name}: return {names}, in this order."
    if trial.differences[i].error is None or not np.ndim(expected):
        return ""
    related = relation(actual, expected)
    text = f" In fact, {related}." if related else ""
    if not output.over_time or trial.case.hidden:
        return text
    steps = wrong_steps(actual, expected, output.tolerance)
    if len(steps) == len(expected):
        return text
    last = len(expected) - 1
    return f"{text} Of {output.name}[0], …, [{last}], only {steps} are wrong."
