"""What was found about an answer, and the report that a student reads.

A verdict is made by :mod:`rnngrade.judge`. It is text and numbers only.
"""

from __future__ import annotations

from dataclasses import dataclass

from rnngrade.exercise import Mistake

__all__ = ["ARGUMENTS", "Result", "Verdict"]

# The name of the property "leaves its arguments unchanged".
ARGUMENTS = "arguments"


@dataclass(frozen=True)
class Result:
    """What was found about one property of an answer.

    Attributes
    ----------
    name : str
        The output's name, or ``"arguments"``.
    points, max_points : float
        Earned and possible.
    error : float, optional
        The largest relative error seen.
    problem : str
        What is wrong; empty when it is right.
    mistake : Mistake, optional
        The known mistake that gives the same.
    """

    name: str
    points: float
    max_points: float
    error: float | None = None
    problem: str = ""
    mistake: Mistake | None = None


@dataclass(frozen=True)
class Verdict:
    """The judgment of one answer.

    Attributes
    ----------
    function : str
        The function that was judged.
    results : tuple of Result
        One for each property.
    failure : str
        Why nothing could be compared; empty when it could.
    notes : tuple of str
        Remarks that cost no points.
    """

    function: str
    results: tuple[Result, ...]
    failure: str = ""
    notes: tuple[str, ...] = ()

    @property
    def points(self) -> float:  # numpydoc ignore=RT01
        """The points earned."""
        return sum(result.points for result in self.results)

    @property
    def max_points(self) -> float:  # numpydoc ignore=RT01
        """The points of a right answer."""
        return sum(result.max_points for result in self.results)

    @property
    def mistakes(self) -> tuple[str, ...]:  # numpydoc ignore=RT01
        """The names of the known mistakes that were recognized, each once."""
        named = (result.mistake.name for result in self.results if result.mistake)
        return tuple(dict.fromkeys(named))

    @property
    def text(self) -> str:  # numpydoc ignore=RT01
        """The report that a student reads."""
        head = f"{self.function}: {self.points:g} of {self.max_points:g} points"
        lines = [head, *map(_result_line, self.results)] if not self.failure else [head]
        if self.failure:
            lines.append(f"  ✗ {self.failure}")
        hints = {
            result.mistake.name: result.mistake.hint
            for result in self.results
            if result.mistake
        }
        lines += [f"  → {name}: {hint}" for name, hint in hints.items()]
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])


def _result_line(result: Result) -> str:
    error = "" if result.error is None else f" (relative error {result.error:.1e})"
    if result.problem:
        name = f" {result.mistake.name}" if result.mistake else ""
        return f"  ✗ {result.problem}{error}{name}"
    if result.points < result.max_points:
        return f"  · {result.name} unchanged: counts once every output is right"
    fine = "unchanged" if result.name == ARGUMENTS else "right"
    return f"  ✓ {result.name} {fine}{error}"
