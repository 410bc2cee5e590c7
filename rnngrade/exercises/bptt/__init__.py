"""Exercises of chapter 5, "Backpropagation through time".

Everywhere ``states`` is ``h0`` followed by the state after each input, so that step t
reads ``xs[t]`` and turns ``states[t]`` into ``states[t + 1]``. In rows, with
h_t = tanh(a_t) and a_t = x_t W_xh + h_{t-1} W_hh + b_h,

=====================  ==========================================================
gradient at a_t        da_t = dh_t * (1 - h_t^2)
one step back          da_t W_hh^T is what step t sends to h_{t-1}
immediate derivative   h_{t-1}^T da_t is what step t alone adds to dL/dW_hh
=====================  ==========================================================

The states that are handed out with inputs come from a real run, so that automatic
differentiation can be asked for the same gradients. This module computes no loss:
every exercise starts from the gradient that the loss sends.
"""

from rnngrade.exercises.bptt.full import FULL
from rnngrade.exercises.bptt.output_weights import OUTPUT_WEIGHTS
from rnngrade.exercises.bptt.three_terms import TERMS

__all__ = ["EXERCISES"]

EXERCISES = (OUTPUT_WEIGHTS, TERMS, FULL)
