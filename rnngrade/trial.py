"""Put one case to an answer and compare what comes back with the reference.

The student's function is never called here: ``call`` is handed in, and may run it in
this process (at home) or in a sandboxed worker (in grading).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rnngrade.compare import Difference, compare, describe
from rnngrade.exercise import Case, Exercise, Mistake
from rnngrade.sandbox.observation import Observation, observe

__all__ = ["Call", "CallFailed", "Trial", "returned_outputs", "try_case"]

Call = Callable[[tuple], Observation]


class CallFailed(Exception):
    """The student's function gave no observation: no such name, no time, no process."""


@dataclass(frozen=True)
class Trial:
    """One case and what came of it.

    Attributes
    ----------
    case : Case
        The arguments.
    seen : rnngrade.sandbox.observation.Observation
        What the function did.
    failure : str
        Why the outputs cannot be compared one by one; empty when they can.
    outputs, expected : tuple
        The returned and the right values; empty after a failure.
    differences : tuple of Difference
        One for each output.
    recognized : tuple of Mistake
        Those whose own recognizer spoke up.
    """

    case: Case
    seen: Observation
    failure: str = ""
    outputs: tuple = ()
    expected: tuple = ()
    differences: tuple[Difference, ...] = ()
    recognized: tuple[Mistake, ...] = ()

    @property
    def wrong(self) -> bool:  # numpydoc ignore=RT01
        """Whether anything is to be objected to."""
        agree = all(difference.agrees for difference in self.differences)
        return bool(self.failure or self.seen.mutated or not agree)


def try_case(exercise: Exercise, call: Call, case: Case) -> Trial:
    """Call the function once and compare.

    Parameters
    ----------
    exercise : Exercise
        What was asked.
    call : callable
        Runs the student's function on a tuple of arguments.
    case : Case
        The arguments.

    Returns
    -------
    Trial
        What came of it.

    Raises
    ------
    CallFailed
        If `call` gives no observation.
    """
    seen = call(case.args)
    # At once, before anything else calls a function among the arguments.
    recognized = tuple(
        m for m in exercise.mistakes if m.recognize and m.recognize(case.args, seen)
    )
    failure = _failure(exercise, case, seen)
    if failure:
        return Trial(case, seen, failure, recognized=recognized)
    outputs = returned_outputs(exercise, seen)
    expected = returned_outputs(exercise, observe(exercise.reference, case.args))
    if not expected:
        names = ", ".join(output.name for output in exercise.outputs)
        raise TypeError(
            f"The reference of {exercise.id} does not return {names}. Mend it, or the "
            "exercise's outputs."
        )
    differences = tuple(
        compare(output.name, actual, right, output.tolerance)
        for output, actual, right in zip(
            exercise.outputs, outputs, expected, strict=True
        )
    )
    return Trial(case, seen, "", outputs, expected, differences, recognized)


def returned_outputs(exercise: Exercise, seen: Observation) -> tuple:
    """Take a returned value apart into the outputs of an exercise.

    Parameters
    ----------
    exercise : Exercise
        Says how many outputs there are.
    seen : rnngrade.sandbox.observation.Observation
        What a function did.

    Returns
    -------
    tuple
        One value for each output; empty when the function did not return so many.
    """
    count = len(exercise.outputs)
    if seen.error:
        return ()
    if count == 1:
        return (seen.value,)
    fits = isinstance(seen.value, tuple) and len(seen.value) == count
    return seen.value if fits else ()


def _failure(exercise: Exercise, case: Case, seen: Observation) -> str:
    if returned_outputs(exercise, seen):
        return ""
    if seen.error.startswith("NotImplementedError"):
        return f"{exercise.function} is not written yet: it raises {seen.error}."
    if seen.error:
        where = "" if case.hidden else f" for {case.label}"
        if seen.error.startswith("The returned value"):
            return f"{exercise.function}: {seen.error}"
        return f"{exercise.function} raised {seen.error.strip().rstrip('.')}{where}."
    names = ", ".join(output.name for output in exercise.outputs)
    if seen.value is None:
        return (
            f"{exercise.function} returned None; expected {names}. "
            f"Did you forget `return {names}`?"
        )
    given = describe(seen.value)
    if isinstance(seen.value, tuple):
        given = f"{len(seen.value)} value{'s' * (len(seen.value) != 1)}"
    return (
        f"{exercise.function} returned {given}; expected {len(exercise.outputs)} "
        f"values, separated by commas. End it with `return {names}`."
    )
