"""Exercise ``rnn-flops``: the work of a forward pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from rnngrade.exercise import Case, Exercise, Mistake, Output
from rnngrade.exercises.rnn_equations.cases import draw_sizes

__all__ = ["FLOPS"]


def _case(T: int, N: int, D: int, H: int) -> Case:
    return Case(f"T = {T}, N = {N}, D = {D}, H = {H}", (T, N, D, H))


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    for _ in range(3):
        yield _case(*draw_sizes(rng))


def _edges(rng: np.random.Generator) -> Iterator[Case]:
    T, N, D, H = draw_sizes(rng)
    yield _case(1, N, D, H)
    yield _case(T, 1, D, H)
    yield _case(T, N, 1, H)
    yield _case(T, N, D, 1)
    yield _case(3, 3, 3, 3)


def _reference(
    T: int, N: int, D: int, H: int, multiply_add: int = 2
) -> tuple[int, int]:
    products = multiply_add * T * N * H
    return products * (D + H), products * H


def _with_elementwise(dense: int, lookup: int) -> Callable:
    """Add so many operations for each unit of each step and sequence."""
    extra = np.array([dense, lookup])
    return lambda T, N, D, H: tuple(
        (_reference(T, N, D, H) + extra * T * N * H).tolist()
    )


FLOPS = Exercise(
    id="rnn-flops",
    function="forward_flops",
    arguments=("T", "N", "D", "H"),
    outputs=(Output("dense", points=2), Output("lookup", points=3)),
    inputs_points=0,
    reference=_reference,
    cases=_cases,
    edges=_edges,
    mistakes=(
        Mistake(
            "MULTIPLY_ADD_COUNTED_ONCE",
            "How many operations is one product that is added to a running sum?",
            lambda T, N, D, H: _reference(T, N, D, H, multiply_add=1),
        ),
        Mistake(
            "ONE_STEP_ONLY",
            "Your count does not depend on T. The weights are shared by all steps: is "
            "the work?",
            lambda T, N, D, H: _reference(1, N, D, H),
        ),
        Mistake(
            "ONE_SEQUENCE_ONLY",
            "Your count does not depend on N: how many rows has each product?",
            lambda T, N, D, H: _reference(T, 1, D, H),
        ),
        Mistake(
            "PARAMETERS_FOR_FLOPS",
            "You counted the numbers that are stored. How often is each of them used?",
            (
                lambda T, N, D, H: (H * (D + H), H * H),
                lambda T, N, D, H: (H * (D + H + 1), H * (H + 1)),
                lambda T, N, D, H: (H * (D + H + 1), H * (D + H + 1)),
            ),
        ),
        Mistake(
            "RECURRENT_PRODUCT_FORGOTTEN",
            "You counted what the inputs cost. What does the state of the step before "
            "cost?",
            (
                lambda T, N, D, H: (2 * T * N * H * D, 0),
                lambda T, N, D, H: (2 * T * N * H * D, 2 * T * N * H * H),
            ),
        ),
        Mistake(
            "INPUT_PRODUCT_FORGOTTEN",
            "You counted what the states cost. What do inputs cost that are not "
            "one-hot?",
            lambda T, N, D, H: (2 * T * N * H * H,) * 2,
        ),
        Mistake(
            "FIRST_STEP_WITHOUT_H0",
            "How many states are multiplied by W_hh in T steps, if h0 is not zero?",
            lambda T, N, D, H: (
                2 * N * H * (T * D + (T - 1) * H),
                2 * N * H * (T - 1) * H,
            ),
        ),
        Mistake(
            "ELEMENTWISE_COUNTED",
            "Adding the two products, the bias and tanh are left out here: which of "
            "them did you count?",
            (
                _with_elementwise(1, 1),
                _with_elementwise(2, 2),
                _with_elementwise(3, 3),
            ),
        ),
        Mistake(
            "LOOKUP_NOT_FREE",
            "A row that is looked up is not multiplied by 1 and not added to zero: "
            "what does reading it cost here?",
            (_with_elementwise(0, 1), _with_elementwise(0, 2)),
        ),
        Mistake(
            "FIRST_ADDITION_DROPPED",
            "A sum of n products has n - 1 additions between them. How many does the "
            "statement count?",
            (_with_elementwise(-2, -1), _with_elementwise(-1, -1)),
        ),
        Mistake(
            "LOOKUP_COUNTED_AS_PRODUCT",
            "What is left to compute of x_t W_xh when x_t is one-hot?",
            lambda T, N, D, H: (_reference(T, N, D, H)[0],) * 2,
        ),
        Mistake(
            "LOOKUP_FOR_BOTH_PRODUCTS",
            "The inputs are one-hot. Are the states?",
            lambda T, N, D, H: (_reference(T, N, D, H)[0], 0),
        ),
        Mistake(
            "OUTPUTS_SWAPPED",
            "Which of the two has less to do?",
            lambda T, N, D, H: _reference(T, N, D, H)[::-1],
        ),
        Mistake(
            "BACKWARD_COUNTED",
            "The forward pass only: what of your count belongs to the gradient?",
            lambda T, N, D, H: _reference(T, N, D, H, multiply_add=6),
        ),
    ),
)
