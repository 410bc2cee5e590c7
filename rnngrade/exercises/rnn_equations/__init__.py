"""Exercises of chapter 2, "The equations of a recurrent network".

Inputs are drawn with all sizes different, three sequences or more, biases and initial
states that are not zero, and weights of a scale at which tanh neither saturates nor
looks linear: a mistake that could hide behind a special case has no place to hide.
Where an exercise asks for a count, the sizes themselves are drawn.
"""

from rnngrade.exercises.rnn_equations.flops import FLOPS
from rnngrade.exercises.rnn_equations.forward import FORWARD
from rnngrade.exercises.rnn_equations.parameters import PARAMETERS
from rnngrade.exercises.rnn_equations.step import STEP

__all__ = ["EXERCISES"]

EXERCISES = (STEP, FORWARD, PARAMETERS, FLOPS)
