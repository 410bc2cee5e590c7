"""The exercises of chapter 2: what only they need beside the tests of every exercise.

PyTorch is the outside oracle: its recurrent layers for the states and the parameter
counts, its operation counter for the work.
"""

from collections import namedtuple

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from rnngrade.exercises.rnn_equations.flops import FLOPS
from rnngrade.exercises.rnn_equations.forward import FORWARD
from rnngrade.exercises.rnn_equations.parameters import PARAMETERS
from rnngrade.exercises.rnn_equations.step import STEP
from rnngrade.judge import evaluate
from rnngrade.sandbox.observation import observe

LAYERS = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
SIZES = (4, 3, 5, 7)


def judge(exercise, function, seed=0, hidden=True):
    return evaluate(
        exercise,
        lambda args: observe(function, args),
        np.random.default_rng(seed),
        hidden=hidden,
    )


def drawn(exercise, seed=0):
    return exercise.draw(np.random.default_rng(seed), hidden=True)


@pytest.mark.parametrize("case", drawn(FORWARD), ids=lambda case: case.label)
def test_states_agree_with_pytorch(case):
    xs, h0, W_xh, W_hh, b_h = map(torch.from_numpy, case.args)
    layer = torch.nn.RNN(*W_xh.shape).double()
    with torch.no_grad():
        layer.weight_ih_l0.copy_(W_xh.T)
        layer.weight_hh_l0.copy_(W_hh.T)
        layer.bias_ih_l0.copy_(b_h)
        layer.bias_hh_l0.zero_()
        hs, _ = layer(xs, h0[None])
    np.testing.assert_allclose(FORWARD.reference(*case.args), hs.numpy(), rtol=1e-12)


@pytest.mark.parametrize("cell", LAYERS)
@pytest.mark.parametrize("layers", [1, 2, 4])
@pytest.mark.parametrize("both", [False, True])
def test_parameters_are_those_of_pytorch_without_its_second_bias(cell, layers, both):
    T, N, D, H = SIZES
    network = LAYERS[cell](D, H, layers, bidirectional=both)
    numbers = sum(
        parameter.numel()
        for name, parameter in network.named_parameters()
        if not name.startswith("bias_hh")
    )
    assert PARAMETERS.reference(cell, T, N, D, H, layers, both) == numbers


def test_the_work_is_what_pytorch_counts():
    T, N, D, H = SIZES
    W_xh, W_hh = torch.randn(D, H), torch.randn(H, H)
    tokens = torch.randint(D, (T, N))
    xs = torch.nn.functional.one_hot(tokens, D).float()
    counts = []
    for from_input in (lambda t: xs[t] @ W_xh, lambda t: W_xh[tokens[t]]):
        h = torch.randn(N, H)
        with FlopCounterMode(display=False) as counter:
            for t in range(T):
                h = torch.tanh(from_input(t) + h @ W_hh)
        counts.append(counter.get_total_flops())
    assert FLOPS.reference(T, N, D, H) == tuple(counts)


def test_a_count_done_by_hand():
    # Two cells of four sums, 3 units each, on 2 numbers; above them on 2 * 3.
    assert PARAMETERS.reference("lstm", 9, 8, 2, 3, 2, True) == (
        2 * 4 * (2 * 3 + 3 * 3 + 3) + 2 * 4 * (6 * 3 + 3 * 3 + 3)
    )


@pytest.mark.parametrize("exercise", [PARAMETERS, FLOPS], ids=lambda e: e.id)
def test_mistakes_in_counts_are_named_whatever_sizes_are_drawn(exercise):
    for mistake in exercise.mistakes:
        for wrong, seed in ((w, s) for w in mistake.variants for s in range(20)):
            named = judge(exercise, wrong, seed, hidden=False).mistakes
            assert named == (mistake.name,), (mistake.name, seed)


@pytest.mark.parametrize("exercise", [STEP, FORWARD, PARAMETERS, FLOPS])
def test_sizes_of_visible_cases_differ(exercise):
    for seed in range(20):
        for case in exercise.draw(np.random.default_rng(seed), hidden=False):
            shapes = [a.shape for a in case.args if isinstance(a, np.ndarray)]
            sizes = {size for shape in shapes for size in shape}
            if not shapes:
                sizes = [a for a in case.args if type(a) is int and a >= 4]
            assert len(set(sizes)) == (3 if exercise is STEP else 4), case.label


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    return FORWARD.reference(xs, h0, W_xh, W_hh, b_h)


def hs_uninitialized(xs, h0, W_xh, W_hh, b_h):
    hs = np.full((len(xs), *h0.shape), 0.25)  # what np.empty may happen to hold
    for t in range(len(xs)):
        hs[t] = np.tanh(xs[t] @ W_xh + hs[t - 1] @ W_hh + b_h)
    return hs


def hs_zeros_read_at_minus_1(xs, h0, W_xh, W_hh, b_h):
    hs = np.zeros((len(xs), *h0.shape))
    for t in range(len(xs)):
        hs[t] = np.tanh(xs[t] @ W_xh + hs[t - 1] @ W_hh + b_h)
    return hs


def h0_overwritten(xs, h0, W_xh, W_hh, b_h):
    hs = []
    for x in xs:
        h0[...] = np.tanh(x @ W_xh + h0 @ W_hh + b_h)
        hs.append(h0.copy())
    return np.stack(hs)


def batch_first(xs, h0, W_xh, W_hh, b_h):
    hs, h = [], h0
    for t in range(len(xs)):
        h = np.tanh(b_h + xs[:, t] @ W_xh + h @ W_hh)
        hs.append(h)
    return np.stack(hs)


def last_step_left_out(*args):
    hs = rnn_forward(*args)
    hs[-1] = 0
    return hs


def infinite_states(*args):
    return np.full_like(rnn_forward(*args), np.inf)


def huge_states(*args):
    return np.full_like(rnn_forward(*args), 1e308)


@pytest.mark.parametrize(
    ("answer", "parts"),
    [
        (hs_uninitialized, ("START_NOT_H0", "at t = 0?")),
        (hs_zeros_read_at_minus_1, ("H0_IGNORED", "hs[t - 1]")),
        (h0_overwritten, ("✓ hs right", "changed in place: h0")),
        (batch_first, ("raised ValueError", "AXES_SWAPPED_NT")),
        (last_step_left_out, ("only [4] are wrong",)),
        (lambda *args: list(rnn_forward(*args)), ("a list of 5", "NumPy array")),
        (lambda *args: np.concatenate(rnn_forward(*args)), ("has shape (15, 6)",)),
        (lambda *args: rnn_forward(*args)[:1], ("has shape (1, 3, 6)",)),
        (lambda *args: (rnn_forward(*args),) * 2, ("a tuple of 2",)),
        (lambda *args: rnn_forward(*args).astype("f4"), ("nearly right", "float32")),
        (infinite_states, ("infinite",)),
        (huge_states, ("wrong values",)),
    ],
)
def test_wrong_sequences_get_a_message_that_helps(answer, parts):
    verdict = judge(FORWARD, answer)
    assert verdict.points < FORWARD.max_points
    assert all(part in verdict.text for part in parts), verdict.text


@pytest.mark.parametrize(
    ("exercise", "answer", "parts"),
    [
        (PARAMETERS, lambda *args: None, ("count is None", "one number")),
        (PARAMETERS, lambda *args: "312", ("'312' (str)", "one number")),
        (PARAMETERS, lambda *args: -1, ("count is -1", 'cell = "rnn", T = ')),
        (FLOPS, lambda T, N, D, H: 2 * T, ("expected 2 values", "dense, lookup")),
        (FLOPS, lambda *args: list(FLOPS.reference(*args)), ("list of 2", "return")),
        (
            FLOPS,
            lambda *args: (FLOPS.reference(*args)[0], 1),
            ("✓ dense", "lookup is 1"),
        ),
        (
            FLOPS,
            lambda *args: (1, FLOPS.reference(*args)[1]),
            ("dense is 1", "✓ lookup"),
        ),
    ],
)
def test_wrong_counts_get_a_message_that_helps(exercise, answer, parts):
    verdict = judge(exercise, answer)
    assert verdict.points < exercise.max_points
    assert not verdict.mistakes
    assert all(part in verdict.text for part in parts), verdict.text


Work = namedtuple("Work", "dense lookup")


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        (FORWARD, lambda *args: np.asfortranarray(FORWARD.reference(*args))),
        (FORWARD, lambda *args: FORWARD.reference(*args).view(np.ndarray)[::-1][::-1]),
        (PARAMETERS, lambda *args: np.int64(PARAMETERS.reference(*args))),
        (PARAMETERS, lambda *args: float(PARAMETERS.reference(*args))),
        (PARAMETERS, lambda *args: np.array(PARAMETERS.reference(*args))),
        (FLOPS, lambda *args: Work(*FLOPS.reference(*args))),
    ],
)
def test_unusual_right_answers_score_in_full(exercise, answer):
    verdict = judge(exercise, answer)
    assert verdict.points == exercise.max_points, verdict.text
    assert not verdict.notes


def test_a_start_that_is_right_is_not_a_mistake():
    (mistake,) = (m for m in FORWARD.mistakes if m.name == "START_NOT_H0")
    for case in drawn(FORWARD):
        assert not mistake.recognize(case.args, observe(FORWARD.reference, case.args))


def test_a_start_that_another_mistake_explains_is_left_to_it():
    (mistake,) = (m for m in FORWARD.mistakes if m.name == "START_NOT_H0")
    for case in drawn(FORWARD):
        seen = observe(hs_zeros_read_at_minus_1, case.args)
        assert not mistake.recognize(case.args, seen)
