"""Judge an answer to an exercise: points for each output, and what is wrong.

Everything is decided from values: what came back, what the reference returns, and,
where something is wrong, what each known mistake returns.
"""

from __future__ import annotations

import numpy as np

from rnngrade.diagnosis import Diagnosis, diagnose, pattern
from rnngrade.exercise import Case, Exercise
from rnngrade.trial import Call, CallFailed, Trial, try_case
from rnngrade.verdict import ARGUMENTS, Result, Verdict

__all__ = ["evaluate"]


def evaluate(
    exercise: Exercise, call: Call, rng: np.random.Generator, hidden: bool = True
) -> Verdict:
    """Judge an answer.

    Parameters
    ----------
    exercise : Exercise
        What was asked.
    call : callable
        Runs the student's function on a tuple of arguments and returns an
        :class:`~rnngrade.sandbox.observation.Observation`; raises
        :class:`~rnngrade.trial.CallFailed` when there is none to be had.
    rng : numpy.random.Generator
        The source of the inputs.
    hidden : bool
        Whether to add the cases that a student's own check does not draw, and to ask in
        an order that nobody can know.

    Returns
    -------
    Verdict
        An output earns its points when it is right in every case. Where the function
        gives none in some case, because it raises or hangs, none is right in every
        case.
    """
    cases = exercise.draw(rng, hidden)
    trials: dict[int, Trial] = {}
    for number in _order(cases, rng) if hidden else range(len(cases)):
        before = [*trials.values()]
        try:
            trial = try_case(exercise, call, cases[number])
        except CallFailed as failure:
            text = f"{failure}{_no_output(before)}"
            return _failed(exercise, text, Diagnosis(None, ()))
        if trial.failure:
            right_so_far = before and not any(each.wrong for each in before)
            remark = _remark(before, trial) if right_so_far else ""
            text = f"{trial.failure}{remark}{_no_output(before)}"
            return _failed(exercise, text, diagnose(exercise, [trial]))
        trials[number] = trial
    return _judge(exercise, [trials[number] for number in sorted(trials)])


def _order(cases: list[Case], rng: np.random.Generator) -> list[int]:
    """Order the cases so that an answer cannot go by the number of a call."""
    # What a message says of the cases of the own check holds: they are the first.
    own = [i for i, case in enumerate(cases) if not (case.hidden or case.again)]
    rest = sorted({*range(len(cases))} - {*own})
    return [0, *rng.permutation(own[1:]).tolist(), *rng.permutation(rest).tolist()]


def _no_output(trials: list[Trial]) -> str:
    """Say why there are no points, where the cases before may have been right."""
    if not trials:
        return ""
    return " An output counts if it is right in every case; in this one there is none."


def _failed(exercise: Exercise, failure: str, diagnosis: Diagnosis) -> Verdict:
    results = [
        Result(o.name, 0, o.points, None, "not compared", diagnosis.whole)
        for o in exercise.outputs
    ]
    if exercise.inputs_points:
        unknown = Result(ARGUMENTS, 0, exercise.inputs_points, None, "not compared")
        results.append(unknown)
    return Verdict(exercise.function, tuple(results), failure=failure)


def _judge(exercise: Exercise, trials: list[Trial]) -> Verdict:
    diagnosis = diagnose(exercise, trials)
    results = [
        _judge_output(exercise, i, trials, diagnosis)
        for i in range(len(exercise.outputs))
    ]
    if exercise.inputs_points:
        right = all(not result.problem for result in results)
        results.append(_judge_arguments(exercise, trials, right, diagnosis))
    return Verdict(exercise.function, tuple(results), notes=_notes(exercise, trials))


def _judge_output(
    exercise: Exercise, i: int, trials: list[Trial], diagnosis: Diagnosis
) -> Result:
    output = exercise.outputs[i]
    wrong = [trial for trial in trials if not trial.differences[i].agrees]
    errors = [trial.differences[i].error for trial in (wrong or trials)]
    error = max((e for e in errors if e is not None), default=None)
    if wrong and wrong[0].differences[i].error is None:
        error = None  # the message is about something else than numbers
    if not wrong:
        return Result(output.name, output.points, output.points, error)
    first = wrong[0]
    problem = first.differences[i].message
    if not isinstance(first.expected[i], np.ndarray) and not first.case.hidden:
        problem += f" This is for {first.case.label}."
    mistake = diagnosis.whole or diagnosis.outputs[i]
    if mistake is None:
        problem += pattern(exercise, i, first)
    problem += _remark(trials, first)
    return Result(output.name, 0, output.points, error, problem, mistake)


def _remark(trials: list[Trial], first: Trial) -> str:
    """Say what it means that the cases before the first wrong one were right."""
    if first.case.hidden:
        return " It is right for the cases of your own check, but not in general."
    if first.case.again and first.case.label == trials[0].case.label:
        return (
            " The first call with arguments of these sizes was right, the next one is "
            "not: does your function keep something from one call to the next, in a "
            "global or in a default argument?"
        )
    return ""


def _judge_arguments(
    exercise: Exercise, trials: list[Trial], right: bool, diagnosis: Diagnosis
) -> Result:
    changed = sorted({i for trial in trials for i in trial.seen.mutated})
    if changed:
        names = ", ".join(exercise.arguments[i] for i in changed)
        problem = (
            f"arguments changed in place: {names}. The caller still needs them. "
            "Work on a copy: `a = a + b` makes a new array, `a += b` does not."
        )
        points = exercise.inputs_points
        return Result(ARGUMENTS, 0, points, None, problem, diagnosis.whole)
    points = exercise.inputs_points if right else 0
    return Result(ARGUMENTS, points, exercise.inputs_points)


def _notes(exercise: Exercise, trials: list[Trial]) -> tuple[str, ...]:
    views = sorted({pair for trial in trials for pair in trial.seen.views})
    return tuple(
        f"{exercise.outputs[out].name} is a view of the argument "
        f"{exercise.arguments[arg]}: a change of one changes the other. "
        "Return a new array, for example with .copy()."
        for out, arg in views
        if out < len(exercise.outputs)
    )
