"""The exercises of the course, by id.

One package for each chapter that has exercises, named like the chapter, and in it one
module for each exercise. An exercise's statement, starter and solution are in
``solutions/``; here is what judges an answer.
"""

from rnngrade.exercise import Exercise
from rnngrade.exercises import bptt, gradient_checking, rnn_equations

__all__ = ["EXERCISES"]

EXERCISES: dict[str, Exercise] = {
    exercise.id: exercise
    for chapter in (rnn_equations, gradient_checking, bptt)
    for exercise in chapter.EXERCISES
}
