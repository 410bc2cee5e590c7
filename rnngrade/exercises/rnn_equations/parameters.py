"""Exercise ``rnn-parameters``: how many numbers a network has to learn."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np

from rnngrade.exercise import Case, Exercise, Mistake, Output
from rnngrade.exercises.rnn_equations.cases import draw_sizes

__all__ = ["PARAMETERS"]

GATES = {"rnn": 1, "gru": 3, "lstm": 4}


def _case(cell: str, T: int, N: int, D: int, H: int, layers: int, both: bool) -> Case:
    label = f'cell = "{cell}", T = {T}, N = {N}, D = {D}, H = {H}, layers = {layers}'
    return Case(f"{label}, bidirectional = {both}", (cell, T, N, D, H, layers, both))


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    networks = ((1, False), (3, False), (1, True), (2, True))
    for cell, (layers, both) in itertools.product(GATES, networks):
        yield _case(cell, *draw_sizes(rng), layers, both)


def _edges(rng: np.random.Generator) -> Iterator[Case]:
    T, N, D, H = draw_sizes(rng)
    yield _case("lstm", 1, 1, D, H, 4, True)
    yield _case("gru", T, N, 1, H, 2, False)
    yield _case("rnn", T, N, D, 1, 3, True)
    yield _case("lstm", 2, 2, 2, 2, 2, True)


def _counting(
    gates: dict[str, int] = GATES,
    sum_size: Callable = lambda width, H, gates: width + H + 1,
    above: Callable = lambda D, H, directions: directions * H,
    cells: Callable = lambda directions: directions,
    times: Callable = lambda T, N: 1,
) -> Callable:
    """Count parameters as the book does, but for what is replaced.

    Parameters
    ----------
    gates : dict of str to int
        How many sums each kind of cell forms.
    sum_size : callable
        ``(width, H, gates)`` to the parameters that feed one unit of one sum.
    above : callable
        ``(D, H, directions)`` to the number of features that layers above read.
    cells : callable
        ``directions`` to the number of cells in each layer.
    times : callable
        ``(T, N)`` to how often everything is counted.

    Returns
    -------
    callable
        A function as the exercise asks for it.
    """

    def count(cell, T, N, D, H, layers, bidirectional):
        directions = 2 if bidirectional else 1
        widths = [D] + [above(D, H, directions)] * (layers - 1)
        per_unit = sum(gates[cell] * sum_size(w, H, gates[cell]) for w in widths)
        return round(times(T, N) * cells(directions) * H * per_unit)

    return count


_reference = _counting()


PARAMETERS = Exercise(
    id="rnn-parameters",
    function="parameter_count",
    arguments=("cell", "T", "N", "D", "H", "layers", "bidirectional"),
    outputs=(Output("count", points=5),),
    inputs_points=0,
    reference=_reference,
    cases=_cases,
    edges=_edges,
    mistakes=(
        Mistake(
            "FIRST_LAYER_SIZE_EVERYWHERE",
            "Only the first layer reads the D inputs. What do the layers above read, "
            "and how many numbers is that?",
            _counting(above=lambda D, H, directions: D),
        ),
        Mistake(
            "LAYER_2_READS_H_ONLY",
            "In a bidirectional network the layer below has two cells: how many "
            "states does it pass on?",
            _counting(above=lambda D, H, directions: H),
        ),
        Mistake(
            "PER_TIMESTEP_WEIGHTS",
            "Your count grows with T. Which weights does step t = 1 use, and which "
            "did step t = 0?",
            _counting(times=lambda T, N: T),
        ),
        Mistake(
            "PER_SEQUENCE_WEIGHTS",
            "Your count grows with N. Does each sequence of a batch have a network of "
            "its own?",
            (
                _counting(times=lambda T, N: N),
                _counting(times=lambda T, N: T * N),
            ),
        ),
        Mistake(
            "NO_BIAS_COUNTED",
            "Compare your count with the sum that a cell forms, term by term: one "
            "term has not been counted.",
            _counting(sum_size=lambda width, H, gates: width + H),
        ),
        Mistake(
            "TWO_BIASES",
            "This is PyTorch's count. How many bias vectors does each sum have here?",
            _counting(sum_size=lambda width, H, gates: width + H + 2),
        ),
        Mistake(
            "BIAS_SHARED_BY_GATES",
            "Your gates have weights of their own but share one thing: what is it?",
            _counting(sum_size=lambda width, H, gates: width + H + 1 / gates),
        ),
        Mistake(
            "RECURRENT_WEIGHTS_FORGOTTEN",
            "This would be the count without any memory: what reads the state of the "
            "step before?",
            _counting(sum_size=lambda width, H, gates: width + 1),
        ),
        Mistake(
            "GATES_FORGOTTEN",
            "It is right for the tanh cell only: how many sums does the cell form?",
            _counting(gates=dict.fromkeys(GATES, 1)),
        ),
        Mistake(
            "CANDIDATE_FORGOTTEN",
            "You counted the gates. Is a gate all that such a cell computes?",
            _counting(gates={"rnn": 1, "gru": 2, "lstm": 3}),
        ),
        Mistake(
            "CELLS_SWAPPED",
            "Which of the two, GRU or LSTM, is the smaller one?",
            _counting(gates={"rnn": 1, "gru": 4, "lstm": 3}),
        ),
        Mistake(
            "LAYERS_FORGOTTEN",
            "You counted the lowest layer. What about those above it?",
            lambda cell, T, N, D, H, layers, both: _reference(
                cell, T, N, D, H, 1, both
            ),
        ),
        Mistake(
            "DIRECTIONS_FORGOTTEN",
            "How many cells does one layer of a bidirectional network have, and do "
            "they share their weights?",
            (
                _counting(cells=lambda directions: 1),
                _counting(cells=lambda directions: 1, above=lambda D, H, directions: H),
            ),
        ),
        Mistake(
            "DIRECTIONS_CONNECTED",
            "Two cells with H units are not one with 2H: does the cell that runs "
            "forward read the state of the one that runs backward?",
            lambda cell, T, N, D, H, layers, both: _reference(
                cell, T, N, D, 2 * H if both else H, layers, False
            ),
        ),
    ),
)
