"""The exercises of the course, by id.

One package for each chapter that has exercises, named like the chapter, and in it one
module for each exercise. An exercise's statement, starter and solution are in
``solutions/``; here is what judges an answer. ``rnn_equations/step.py`` is the pattern.
A module has, in this order:

- ``_case``, which draws one set of arguments, ``_cases``, those that a student's own
  check draws, and ``_edges``, what grading adds;
- ``_reference``, the right answer, as far as `rnncore` has no function that is it;
- the wrong answers that take more than an expression;
- the :class:`~rnngrade.exercise.Exercise`, which the chapter's package collects.

What several exercises of a chapter draw their arguments from is in its ``cases.py``.
Chapters import nothing from each other: what changes in one leaves the grades of the
others as they are.
"""

from rnngrade.exercise import Exercise
from rnngrade.exercises import bptt, gradient_checking, rnn_equations

__all__ = ["CHAPTERS", "EXERCISES"]

CHAPTERS = (rnn_equations, gradient_checking, bptt)
EXERCISES: dict[str, Exercise] = {
    exercise.id: exercise for chapter in CHAPTERS for exercise in chapter.EXERCISES
}
