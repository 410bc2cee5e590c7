"""What an exercise is: a function to write, inputs, outputs, and known mistakes.

The same :class:`Exercise` serves ``check()`` in a notebook, nbgrader's visible and
hidden tests, the mutation tests, and the page that documents the exercise. How an
answer is judged is in :mod:`rnngrade.judge`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from rnngrade.sandbox.observation import Observation

__all__ = ["Case", "Exercise", "Mistake", "Output"]

# Far above what another order of summation costs (1e-14 here), below what a central
# difference reaches (1e-10). Differences of high order and complex steps do reach it:
# numbers do not tell how they were found.
EXACT = 1e-11


@dataclass(frozen=True)
class Output:
    """One returned value, right or wrong on its own.

    Attributes
    ----------
    name : str
        The name that the statement gives it, such as ``"dW_hh"``.
    points : float
        What it is worth.
    tolerance : float
        Largest relative error that counts as right.
    over_time : bool
        Whether axis 0 is time, so that a message can say at which steps it is wrong.
    """

    name: str
    points: float
    tolerance: float = EXACT
    over_time: bool = False


@dataclass(frozen=True)
class Mistake:
    """A known wrong way to solve an exercise.

    Attributes
    ----------
    name : str
        Its identifier, such as ``"LAST_STEP_ONLY"``.
    hint : str
        One sentence or two that point at the cause and do not give the answer.
    wrong : callable or tuple of callable
        Takes the arguments of the exercise and returns what the mistake returns; a
        tuple where the same mistake can be made in several ways.
    recognize : callable, optional
        ``(args, observation) -> bool``, for a mistake that shows in how the function
        worked rather than in equal numbers; by default the outputs are compared.
    """

    name: str
    hint: str
    wrong: Callable[..., object] | tuple[Callable[..., object], ...]
    recognize: Callable[[tuple, Observation], bool] | None = None

    @property
    def variants(self) -> tuple[Callable[..., object], ...]:  # numpydoc ignore=RT01
        """The ways to make this mistake."""
        return self.wrong if isinstance(self.wrong, tuple) else (self.wrong,)


@dataclass(frozen=True)
class Case:
    """One set of arguments.

    Attributes
    ----------
    label : str
        What a message calls it, such as ``"T = 5, N = 3, D = 4, H = 6"``.
    args : tuple
        The arguments, in order.
    hidden : bool
        Whether only grading draws it; then no message shows its label.
    again : bool
        Whether this is the first case drawn a second time: other numbers, so that a
        function that keeps something from call to call gives itself away.
    """

    label: str
    args: tuple
    hidden: bool = False
    again: bool = False


@dataclass(frozen=True)
class Exercise:
    """A function to be written by a student.

    Attributes
    ----------
    id : str
        The ``grade_id`` of the answer cell; the check's is ``id + "-check"``.
    function : str
        The name that the student's function must have.
    arguments : tuple of str
        The names of the arguments, for messages.
    outputs : tuple of Output
        What it returns, in order.
    reference : callable
        The right function.
    cases : callable
        ``rng -> iterable of Case``: what a student's own check draws.
    edges : callable
        ``rng -> iterable of Case``: what grading adds (other sizes, edges).
    mistakes : tuple of Mistake
        The known mistakes. No two of them may return the same.
    inputs_points : float
        What leaving the arguments unchanged is worth, once every output is right;
        0 where no argument can be changed. In grading this rests on what the worker
        says: code that tampers with the worker can keep these points, and no others.
    """

    id: str
    function: str
    arguments: tuple[str, ...]
    outputs: tuple[Output, ...]
    reference: Callable[..., object]
    cases: Callable[[np.random.Generator], Iterable[Case]]
    edges: Callable[[np.random.Generator], Iterable[Case]]
    mistakes: tuple[Mistake, ...] = ()
    inputs_points: float = 1

    @property
    def max_points(self) -> float:  # numpydoc ignore=RT01
        """The points of a right answer."""
        return sum(output.points for output in self.outputs) + self.inputs_points

    def draw(self, rng: np.random.Generator, hidden: bool) -> list[Case]:
        """Draw fresh arguments.

        Parameters
        ----------
        rng : numpy.random.Generator
            The source of every number.
        hidden : bool
            Whether to add the edges to the visible cases.

        Returns
        -------
        list of Case
            The visible cases first; the last one is the first one drawn again.
        """
        edges = self.edges(rng) if hidden else ()
        return [
            *self.cases(rng),
            *(replace(case, hidden=True) for case in edges),
            replace(next(iter(self.cases(rng))), again=True),
        ]
