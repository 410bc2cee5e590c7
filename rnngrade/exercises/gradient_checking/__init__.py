"""Exercises of chapter 4, "Checking gradients".

Several of them hand a function to the student's function: a loss to be differentiated,
a forward and a backward pass to be judged. Such a function stays on the side that
judges, in grading at the other end of a pipe. So it trusts no argument, sizes are small
(every call is a round trip), and a :class:`Probe` keeps what it was called with: step
sizes and precision show there better than in the numbers.

Every loss here also takes complex parameters. Its exact gradient is then a complex-step
difference, and an answer is never measured against another central difference.
"""

from rnngrade.exercises.gradient_checking.audit import AUDIT
from rnngrade.exercises.gradient_checking.complex_step_gradient import COMPLEX_STEP
from rnngrade.exercises.gradient_checking.numerical_gradient import NUMERICAL
from rnngrade.exercises.gradient_checking.relative_error import RELATIVE
from rnngrade.exercises.gradient_checking.step_backward import STEP_BACKWARD
from rnngrade.exercises.gradient_checking.wrong_gradients import WRONG_GRADIENTS

__all__ = ["EXERCISES"]

EXERCISES = (STEP_BACKWARD, NUMERICAL, COMPLEX_STEP, RELATIVE, WRONG_GRADIENTS, AUDIT)
