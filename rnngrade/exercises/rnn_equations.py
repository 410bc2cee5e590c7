"""Exercises of chapter 2, "The equations of a recurrent network".

Inputs are drawn with all sizes different, three sequences or more, biases and initial
states that are not zero, and weights of a scale at which tanh neither saturates nor
looks linear: a mistake that could hide behind a special case has no place to hide.
Where an exercise asks for a count, the sizes themselves are drawn.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np

from rnncore.cells import rnn_step_forward
from rnncore.sequence import rnn_forward
from rnngrade.exercise import Case, Exercise, Mistake, Output
from rnngrade.values import Observation

__all__ = ["EXERCISES"]

STEP_ARGUMENTS = ("x", "h_prev", "W_xh", "W_hh", "b_h")


def _step_case(rng: np.random.Generator, N: int, D: int, H: int) -> Case:
    x = rng.normal(size=(N, D))
    h_prev = rng.uniform(-0.9, 0.9, size=(N, H))
    return Case(f"N = {N}, D = {D}, H = {H}", (x, h_prev, *_weights(rng, D, H)))


def _weights(rng: np.random.Generator, D: int, H: int) -> tuple[np.ndarray, ...]:
    W_xh = rng.normal(size=(D, H)) / np.sqrt(D)
    W_hh = rng.normal(size=(H, H)) / np.sqrt(H)
    return W_xh, W_hh, rng.normal(size=H)


def _step_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _step_case(rng, N=3, D=5, H=4)
    yield _step_case(rng, N=4, D=2, H=6)


def _step_edges(rng: np.random.Generator) -> Iterator[Case]:
    yield _step_case(rng, N=1, D=3, H=5)
    yield _step_case(rng, N=5, D=1, H=2)
    yield _step_case(rng, N=4, D=4, H=4)  # all square: no shape gives a mistake away


def _step(x, h_prev, W_xh, W_hh, b_h):
    return rnn_step_forward(x, h_prev, {"W_xh": W_xh, "W_hh": W_hh, "b_h": b_h})[0]


def _bias_as_column(x, h_prev, W_xh, W_hh, b_h):
    # Goes unnoticed only where N = H; elsewhere it raises, as the student's does.
    return np.tanh(x @ W_xh + h_prev @ W_hh + b_h[:, None])


STEP = Exercise(
    id="rnn-step",
    function="rnn_step",
    arguments=STEP_ARGUMENTS,
    outputs=(Output("h", points=3),),
    reference=_step,
    cases=_step_cases,
    edges=_step_edges,
    mistakes=(
        Mistake(
            "W_TRANSPOSED",
            "W_hh is square, so no shape complains. Which of its axes belongs to the "
            "state before the step?",
            lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(
                x @ W_xh + h_prev @ W_hh.T + b_h
            ),
        ),
        Mistake(
            "NO_BIAS",
            "One of the three terms of the equation never reaches tanh.",
            lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(x @ W_xh + h_prev @ W_hh),
        ),
        Mistake(
            "TANH_PER_TERM",
            "tanh is applied once, to the whole sum, not to its terms.",
            (
                lambda x, h_prev, W_xh, W_hh, b_h: (
                    np.tanh(x @ W_xh) + np.tanh(h_prev @ W_hh + b_h)
                ),
                lambda x, h_prev, W_xh, W_hh, b_h: (
                    np.tanh(x @ W_xh + b_h) + np.tanh(h_prev @ W_hh)
                ),
                lambda x, h_prev, W_xh, W_hh, b_h: (
                    np.tanh(x @ W_xh) + np.tanh(h_prev @ W_hh) + np.tanh(b_h)
                ),
                lambda x, h_prev, W_xh, W_hh, b_h: (
                    np.tanh(x @ W_xh) + np.tanh(h_prev @ W_hh) + b_h
                ),
            ),
        ),
        Mistake(
            "BIAS_BROADCAST_COLUMN",
            "b_h holds one number for each hidden unit. Which axis of h is that?",
            _bias_as_column,
        ),
        Mistake(
            "NO_TANH",
            "What keeps every state between -1 and 1?",
            lambda x, h_prev, W_xh, W_hh, b_h: x @ W_xh + h_prev @ W_hh + b_h,
        ),
        Mistake(
            "RELU_FOR_TANH",
            "The negative half of the states is missing: which nonlinearity is asked?",
            lambda x, h_prev, W_xh, W_hh, b_h: np.maximum(
                x @ W_xh + h_prev @ W_hh + b_h, 0
            ),
        ),
    ),
)


FORWARD_ARGUMENTS = ("xs", "h0", "W_xh", "W_hh", "b_h")


def _forward_case(rng: np.random.Generator, T: int, N: int, D: int, H: int) -> Case:
    xs = rng.normal(size=(T, N, D))
    h0 = rng.uniform(-0.9, 0.9, size=(N, H))
    label = f"T = {T}, N = {N}, D = {D}, H = {H}"
    return Case(label, (xs, h0, *_weights(rng, D, H)))


def _forward_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _forward_case(rng, T=5, N=3, D=4, H=6)
    yield _forward_case(rng, T=4, N=6, D=5, H=3)


def _forward_edges(rng: np.random.Generator) -> Iterator[Case]:
    yield _forward_case(rng, T=1, N=3, D=2, H=4)
    yield _forward_case(rng, T=6, N=1, D=3, H=5)
    yield _forward_case(rng, T=11, N=4, D=1, H=2)
    yield _forward_case(rng, T=4, N=4, D=4, H=4)  # no shape gives a mistake away


def _forward(xs, h0, W_xh, W_hh, b_h):
    return rnn_forward(xs, h0, {"W_xh": W_xh, "W_hh": W_hh, "b_h": b_h})[0].copy()


def _run(step: Callable) -> Callable:
    """Make a sequence of a step that may be wrong."""

    def forward(xs, h0, *weights):
        hs = [h0]
        for x in xs:
            hs.append(step(x, hs[-1], *weights))
        return np.stack(hs[1:])

    return forward


def _with_inputs(rearranged: Callable) -> Callable:
    """Run the right cell on inputs that are not in their places."""
    return lambda xs, *rest: _forward(rearranged(xs), *rest)


def _from_other_start(start: Callable) -> Callable:
    return lambda xs, h0, *weights: _forward(xs, start(h0), *weights)


def _from_drive(xs, h0, W_xh, W_hh, b_h):
    # Filled in place, so that index -1 finds the last step's x W_xh + b_h.
    hs = xs @ W_xh + b_h
    for t in range(len(xs)):
        hs[t] = np.tanh(hs[t] + hs[t - 1] @ W_hh)
    return hs


def _from_product(xs, h0, W_xh, W_hh, b_h):
    hs = xs @ W_xh
    for t in range(len(xs)):
        hs[t] = np.tanh(hs[t] + hs[t - 1] @ W_hh + b_h)
    return hs


_IN_PLACE = (_from_drive, _from_product)


def _long_buffer(write: int) -> Callable:
    """Read entry t - 1 of T + 1 entries, where the state before step t is entry t."""

    def forward(xs, h0, *weights):
        states = np.zeros((len(xs) + 1, *h0.shape))
        states[0] = h0
        for t, x in enumerate(xs):
            states[t + write] = _step(x, states[t - 1], *weights)
        return states[1:]

    return forward


def _growing_list(xs, h0, *weights):
    states = [h0]
    for t, x in enumerate(xs):
        states.append(_step(x, states[t - 1], *weights))
    return np.stack(states[1:])


def _without_h0(xs, h0, *weights):
    return _forward(xs, np.zeros_like(h0), *weights)


def _first_state_is_h0(xs, h0, *weights):
    if len(xs) == 1:
        return h0[None].copy()
    return np.concatenate([h0[None], _forward(xs[1:], h0, *weights)])


def _mixed_after_each_step(xs, h0, *weights):
    h, hs = h0, []
    for x in xs:
        hs.append(_step(x, h, *weights))
        h = 0 * h + hs[-1].mean(axis=0)
    return np.stack(hs)


def _last_state_everywhere(change_h0: bool) -> Callable:
    def forward(xs, h0, *weights):
        h = h0 if change_h0 else h0.copy()
        for x in xs:
            h[...] = _step(x, h, *weights)
        return np.stack([h] * len(xs))

    return forward


def _one_state_for_all(xs, h0, *weights):
    """Loop over the sequences and start each where the one before it ended."""
    hs = np.empty((*xs.shape[:2], h0.shape[1]))
    h = h0[0]
    for n in range(len(h0)):
        for t in range(len(xs)):
            h = hs[t, n] = _step(xs[t, n : n + 1], h[None], *weights)[0]
    return hs


def _starts_elsewhere(args: tuple, seen: Observation) -> bool:
    """Tell a right recurrence from a start that no other mistake explains."""
    xs, _, W_xh, W_hh, b_h = args
    explained = [
        right(*args)
        for right in (_forward, _without_h0, _first_state_is_h0, *_IN_PLACE)
    ]
    hs = seen.value
    if not isinstance(hs, np.ndarray) or hs.shape != explained[0].shape:
        return False
    with np.errstate(all="ignore"):  # a student's states may be anything
        following = np.tanh(xs[1:] @ W_xh + hs[:-1] @ W_hh + b_h)
    return _close(hs[1:], following) and not any(_close(hs, e) for e in explained)


def _close(a: np.ndarray, b: np.ndarray) -> bool:
    return np.allclose(a, b, rtol=1e-9, atol=1e-9)


def _batch_first(xs, h0, W_xh, W_hh, b_h):
    # Raises NumPy's own message where T and N differ, as the student's does.
    step = _run(lambda x, h: np.tanh(x @ W_xh + h @ W_hh + b_h))
    return step(xs.swapaxes(0, 1), h0)


FORWARD = Exercise(
    id="rnn-forward",
    function="rnn_forward",
    arguments=FORWARD_ARGUMENTS,
    outputs=(Output("hs", points=5, over_time=True),),
    reference=_forward,
    cases=_forward_cases,
    edges=_forward_edges,
    mistakes=(
        Mistake(
            "H0_IGNORED",
            "What stands for h_{t-1} at t = 0? Neither a new array of zeros nor "
            "hs[-1], which is what hs[t - 1] reads there, knows h0.",
            _without_h0,
        ),
        Mistake(
            "ALWAYS_H0",
            "Every step starts again from h0: where do you replace the old state?",
            lambda xs, h0, W_xh, W_hh, b_h: np.tanh(xs @ W_xh + h0 @ W_hh + b_h),
        ),
        Mistake(
            "NO_RECURRENCE",
            "Each state depends on its own input only: which term should bring in "
            "what came before?",
            lambda xs, h0, W_xh, W_hh, b_h: np.tanh(xs @ W_xh + b_h),
        ),
        Mistake(
            "WRAPAROUND_T_MINUS_1",
            "Write down which entry your index t - 1 reads at t = 0 and at t = 1, and "
            "what it holds by then: -1 raises no error, it reads the last entry.",
            (
                *_IN_PLACE,
                _long_buffer(write=0),
                _long_buffer(write=1),
                _growing_list,
            ),
        ),
        Mistake(
            "X_OFF_BY_ONE",
            "Which input does hs[t] read last? Compare the time index of x with that "
            "of the state it leads to, at the first and at the last step.",
            (
                _with_inputs(lambda xs: np.roll(xs, 1, axis=0)),
                _with_inputs(lambda xs: np.concatenate([0 * xs[:1], xs[:-1]])),
                _with_inputs(lambda xs: np.roll(xs, -1, axis=0)),
                _with_inputs(lambda xs: np.concatenate([xs[1:], 0 * xs[:1]])),
                _with_inputs(lambda xs: np.concatenate([xs[1:], xs[-1:]])),
            ),
        ),
        Mistake(
            "HS_STARTS_WITH_H0",
            "Your hs[0] is h0 itself. Which input has the state hs[0] already read?",
            (
                lambda xs, h0, *weights: np.concatenate(
                    [h0[None], _forward(xs, h0, *weights)[:-1]]
                ),
                lambda xs, h0, *weights: np.concatenate(
                    [h0[None], _forward(xs, h0, *weights)]
                ),
                _first_state_is_h0,
            ),
        ),
        Mistake(
            "STATE_MEAN_OVER_BATCH",
            "The N sequences are strangers to each other, but here a row of the state "
            "depends on all rows: what mixes them between two steps?",
            (
                _run(lambda x, h, *weights: _step(x, 0 * h + h.mean(axis=0), *weights)),
                _mixed_after_each_step,
            ),
        ),
        Mistake(
            "START_NOT_H0",
            "From t = 1 on every state follows from the one before it, but hs[0] does "
            "not follow from h0, row by row. What does your step read at t = 0?",
            (
                _one_state_for_all,
                _from_other_start(lambda h0: np.repeat(h0[:1], len(h0), axis=0)),
                _from_other_start(lambda h0: h0[::-1]),
                _from_other_start(lambda h0: 0 * h0 + 1),
            ),
            recognize=_starts_elsewhere,
        ),
        Mistake(
            "LAST_STATE_ONLY",
            "This is the state after the last step: what happened to the T - 1 before?",
            lambda *args: _forward(*args)[-1].copy(),
        ),
        Mistake(
            "STATE_OVERWRITTEN",
            "Every hs[t] is the last state: how many different arrays did you store, "
            "and what does writing into one of them change?",
            (
                _last_state_everywhere(change_h0=False),
                _last_state_everywhere(change_h0=True),
            ),
        ),
        Mistake(
            "TIME_REVERSED",
            "Time runs the wrong way: in which order do you read the inputs, and in "
            "which do you store the states?",
            (
                _with_inputs(lambda xs: xs[::-1]),
                lambda xs, *rest: _forward(xs[::-1], *rest)[::-1].copy(),
                lambda *args: _forward(*args)[::-1].copy(),
            ),
        ),
        Mistake(
            "AXES_SWAPPED_NT",
            "xs is (T, N, D) and hs is (T, N, H): which axis does your loop run over, "
            "and along which do you stack the states?",
            (
                _batch_first,
                lambda *args: np.stack(list(_forward(*args)), axis=1),
            ),
        ),
        *(
            Mistake(step.name, step.hint, tuple(map(_run, step.variants)))
            for step in STEP.mistakes
        ),
    ),
)

GATES = {"rnn": 1, "gru": 3, "lstm": 4}


def _count_case(
    cell: str, T: int, N: int, D: int, H: int, layers: int, both: bool
) -> Case:
    label = f'cell = "{cell}", T = {T}, N = {N}, D = {D}, H = {H}, layers = {layers}'
    return Case(f"{label}, bidirectional = {both}", (cell, T, N, D, H, layers, both))


def _sizes(rng: np.random.Generator) -> list[int]:
    """Draw T, N, D, H, all different and none of them near the edges."""
    return rng.choice(np.arange(5, 18), size=4, replace=False).tolist()


def _count_cases(rng: np.random.Generator) -> Iterator[Case]:
    networks = ((1, False), (3, False), (1, True), (2, True))
    for cell, (layers, both) in itertools.product(GATES, networks):
        yield _count_case(cell, *_sizes(rng), layers, both)


def _count_edges(rng: np.random.Generator) -> Iterator[Case]:
    T, N, D, H = _sizes(rng)
    yield _count_case("lstm", 1, 1, D, H, 4, True)
    yield _count_case("gru", T, N, 1, H, 2, False)
    yield _count_case("rnn", T, N, D, 1, 3, True)
    yield _count_case("lstm", 2, 2, 2, 2, 2, True)


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


_count = _counting()

PARAMETERS = Exercise(
    id="rnn-parameters",
    function="parameter_count",
    arguments=("cell", "T", "N", "D", "H", "layers", "bidirectional"),
    outputs=(Output("count", points=4),),
    reference=_count,
    cases=_count_cases,
    edges=_count_edges,
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
            lambda cell, T, N, D, H, layers, both: _count(cell, T, N, D, H, 1, both),
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
            lambda cell, T, N, D, H, layers, both: _count(
                cell, T, N, D, 2 * H if both else H, layers, False
            ),
        ),
    ),
)


def _work_case(T: int, N: int, D: int, H: int) -> Case:
    return Case(f"T = {T}, N = {N}, D = {D}, H = {H}", (T, N, D, H))


def _work_cases(rng: np.random.Generator) -> Iterator[Case]:
    for _ in range(3):
        yield _work_case(*_sizes(rng))


def _work_edges(rng: np.random.Generator) -> Iterator[Case]:
    T, N, D, H = _sizes(rng)
    yield _work_case(1, N, D, H)
    yield _work_case(T, 1, D, H)
    yield _work_case(T, N, 1, H)
    yield _work_case(T, N, D, 1)
    yield _work_case(3, 3, 3, 3)


def _work(T: int, N: int, D: int, H: int, multiply_add: int = 2) -> tuple[int, int]:
    products = multiply_add * T * N * H
    return products * (D + H), products * H


def _with_elementwise(dense: int, lookup: int) -> Callable:
    """Add so many operations for each unit of each step and sequence."""
    extra = np.array([dense, lookup])
    return lambda T, N, D, H: tuple((_work(T, N, D, H) + extra * T * N * H).tolist())


FLOPS = Exercise(
    id="rnn-flops",
    function="forward_flops",
    arguments=("T", "N", "D", "H"),
    outputs=(Output("dense", points=2), Output("lookup", points=2)),
    reference=_work,
    cases=_work_cases,
    edges=_work_edges,
    mistakes=(
        Mistake(
            "MULTIPLY_ADD_COUNTED_ONCE",
            "How many operations is one product that is added to a running sum?",
            lambda T, N, D, H: _work(T, N, D, H, multiply_add=1),
        ),
        Mistake(
            "ONE_STEP_ONLY",
            "Your count does not depend on T. The weights are shared by all steps: is "
            "the work?",
            lambda T, N, D, H: _work(1, N, D, H),
        ),
        Mistake(
            "ONE_SEQUENCE_ONLY",
            "Your count does not depend on N: how many rows has each product?",
            lambda T, N, D, H: _work(T, 1, D, H),
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
            lambda T, N, D, H: (_work(T, N, D, H)[0],) * 2,
        ),
        Mistake(
            "LOOKUP_FOR_BOTH_PRODUCTS",
            "The inputs are one-hot. Are the states?",
            lambda T, N, D, H: (_work(T, N, D, H)[0], 0),
        ),
        Mistake(
            "OUTPUTS_SWAPPED",
            "Which of the two has less to do?",
            lambda T, N, D, H: _work(T, N, D, H)[::-1],
        ),
        Mistake(
            "BACKWARD_COUNTED",
            "The forward pass only: what of your count belongs to the gradient?",
            lambda T, N, D, H: _work(T, N, D, H, multiply_add=6),
        ),
    ),
)

EXERCISES = (STEP, FORWARD, PARAMETERS, FLOPS)
