"""Generated tasks: what they ask for, and the numbers to compare a network with.

Numbers are reached by exact reasoning where that is possible, else by simulation: a
mean must be within five standard errors, as estimated from the sample.
"""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncore import tasks
from rnncore.data import Batch
from tests.rejection import rejects

SIZES = (st.integers(1, 6), st.integers(6, 40), st.integers(0, 99))


def generator(seed=0):
    return np.random.default_rng(seed)


def agrees(values, expected):
    """Tell whether the mean of independent values is within five standard errors."""
    error = np.std(values, ddof=1) / math.sqrt(values.size)
    return abs(values.mean() - expected) < 5 * error


def test_a_wrong_number_does_not_agree():
    values = generator().random(10_000)
    assert agrees(values, 1 / 2)
    assert not agrees(values, 0.52)


# Adding


@given(*SIZES)
@settings(deadline=None)
def test_the_sum_of_the_two_marked_numbers(N, T, seed):
    xs, targets, mask = tasks.adding_problem(generator(seed), N, T)
    assert (xs.shape, targets.shape, mask) == ((T, N, 2), (N, 1), None)
    assert ((xs[..., 0] >= 0) & (xs[..., 0] < 1)).all()
    assert set(np.unique(xs[..., 1])) == {0, 1}
    for n in range(N):
        early, late = np.flatnonzero(xs[:, n, 1])
        assert early < T // 2 <= late
        assert targets[n, 0] == xs[early, n, 0] + xs[late, n, 0]


@pytest.mark.parametrize("task", [tasks.adding_problem, tasks.adding_problem_hs97])
def test_every_place_is_marked_at_times(task):
    xs = task(generator(), 2000, 30).inputs
    marked = (xs[..., 1] == 1).any(axis=1)
    if task is tasks.adding_problem:
        assert marked.all()
    else:  # the paper: one of the first ten, another one in the first half
        np.testing.assert_array_equal(np.flatnonzero(marked), np.arange(1, 15))


def test_the_baseline_of_the_adding_problem():
    sums = tasks.adding_problem(generator(), 200_000, 2).targets
    assert agrees((sums - 1) ** 2, tasks.ADDING_BASELINE)
    assert not agrees((sums - 1) ** 2, 0.1767)  # a number that is in print


@given(*SIZES)
@settings(deadline=None)
def test_the_adding_problem_of_1997(N, T, seed):
    xs, targets, _ = tasks.adding_problem_hs97(generator(seed), N, T)
    assert (np.abs(xs[..., 0]) <= 1).all()
    assert (xs[[0, -1], :, 1] == -1).all()
    for n in range(N):
        places = np.flatnonzero(xs[:, n, 1] == 1)
        assert len(places) == 2
        assert 1 <= places[0] < min(10, T // 2)
        assert places[1] < T // 2
        assert (xs[:, n, 1] == 0).sum() == T - 4
        assert targets[n, 0] == 0.5 + xs[places, n, 0].sum() / 4


def test_the_baseline_of_the_adding_problem_of_1997():
    errors = tasks.adding_problem_hs97(generator(), 200_000, 6).targets - 0.5
    assert agrees(errors**2, tasks.HS97_BASELINE)
    assert round(tasks.HS97_LUCK, 4) == 0.1536
    assert agrees((np.abs(errors) < tasks.HS97_TOLERANCE) * 1.0, tasks.HS97_LUCK)


# Memory


@given(*SIZES)
def test_copy_memory_repeats_what_was_read(N, T, seed):
    inputs, targets, _ = tasks.copy_memory(generator(seed), N, T)
    assert inputs.shape == targets.shape == (T + 20, N)
    np.testing.assert_array_equal(targets[T + 10 :], inputs[:10])
    assert inputs[:10].max() < tasks.COPY_SYMBOLS
    assert (inputs[10 : T + 9] == tasks.COPY_BLANK).all()
    assert (inputs[T + 9] == tasks.COPY_START).all()  # read just before they are due
    assert (inputs[T + 10 :] == tasks.COPY_BLANK).all()
    assert (targets[: T + 10] == tasks.COPY_BLANK).all()
    assert tasks.COPY_START < tasks.COPY_VOCABULARY


def test_the_baseline_of_copy_memory():
    T = 30
    targets = tasks.copy_memory(generator(), 2000, T).targets
    blank = np.eye(tasks.COPY_VOCABULARY)[tasks.COPY_BLANK]
    symbol = np.where(np.arange(tasks.COPY_VOCABULARY) < 8, 1 / 8, 0)
    p = np.array([blank] * (T + 10) + [symbol] * 10)
    losses = -np.log(np.take_along_axis(p, targets, axis=1))
    assert losses.mean() == pytest.approx(tasks.copy_memory_baseline(T), rel=1e-12)
    counts = np.bincount(targets[-10:].ravel())  # no better guess: all are as likely
    assert abs(counts / 2500 - 1).max() < 5 * math.sqrt(7 / 8 / 2500)
    numbers = [round(tasks.copy_memory_baseline(t), 4) for t in (100, 200, 500, 1000)]
    assert numbers == [0.1733, 0.0945, 0.0400, 0.0204]


@given(*SIZES, st.integers(1, 5), st.integers(1, 4))
def test_an_echo_comes_after_its_delay(N, T, seed, delay, V):
    inputs, targets, mask = tasks.delayed_echo(generator(seed), N, T, delay, V)
    assert inputs.shape == targets.shape == mask.shape == (T, N)
    np.testing.assert_array_equal(targets[delay:], inputs[: T - delay])
    assert mask[delay:].all()
    assert not mask[:delay].any()
    assert 0 <= inputs.min() <= inputs.max() < V


@given(*SIZES)
def test_parity_is_that_of_all_bits_so_far(N, T, seed):
    bits, targets, _ = tasks.parity(generator(seed), N, T)
    for t in range(T):
        np.testing.assert_array_equal(targets[t], bits[: t + 1].sum(axis=0) % 2)


def test_one_bit_overlooked_leaves_parity_open():
    words = np.array(list(itertools.product([0, 1], repeat=5)))
    for overlooked in range(5):
        rest = np.delete(words, overlooked, axis=1) @ (8, 4, 2, 1)
        for key in range(16):
            assert sorted(words[rest == key].sum(axis=1) % 2) == [0, 1]
    assert tasks.guessing_baseline(2) == math.log(2)


def test_bits_and_tokens_are_equally_likely():
    bits = tasks.parity(generator(), 100, 500).inputs
    assert agrees(bits * 1.0, 1 / 2)
    tokens = tasks.reversal(generator(), 100, 500, vocab_size=7).inputs
    counts = np.bincount(tokens.ravel())
    p = counts / counts.sum()
    # The entropy of a sample is short by (V - 1) / (2 n) on average.
    assert -(p * np.log(p)).sum() == pytest.approx(tasks.guessing_baseline(7), abs=1e-3)


# Strings


@given(*SIZES)
def test_strings_of_matched_counts(N, n_max, seed):
    inputs, targets, mask = tasks.matched_counts(generator(seed), N, n_max)
    assert inputs.shape == targets.shape == mask.shape == (2 * n_max + 1, N)
    for n in range(N):
        read, due = (
            "".join(tasks.COUNTS_CHARACTERS[i] for i in tokens[mask[:, n], n])
            for tokens in (inputs, targets)
        )
        count = read.count("a")
        assert 1 <= count <= n_max
        assert read == "#" + "a" * count + "b" * count
        assert due == read[1:] + "#"


def matched_counts_predictions(inputs, n_max):
    """Return what can be known: (T, N, 3), by counting what each string has shown."""
    a, b = (np.cumsum(inputs == token, axis=0) for token in (1, 2))
    left = n_max - a  # of the greatest counts that are still possible, all as likely
    p = np.zeros((*inputs.shape, 3))
    p[..., 1] = np.where(b == 0, left / (left + 1), 0)
    p[..., 2] = np.where(b == 0, 1 / (left + 1), b < a)
    p[..., 0] = (b == a) & (b > 0)
    p[(a == 0) & (b == 0)] = [0, 1, 0]
    return p


@pytest.mark.parametrize("n_max", [1, 2, 10])
def test_the_optimum_of_matched_counts(n_max):
    inputs, targets, mask = tasks.matched_counts(generator(), 3000, n_max)
    p = matched_counts_predictions(inputs, n_max)
    np.testing.assert_allclose(p[mask].sum(axis=-1), 1)
    chosen = np.take_along_axis(p, targets[..., None], axis=-1)[..., 0]
    losses = -np.log(np.where(mask, chosen, 1))
    # Every string costs ln n_max, wherever the a's end.
    np.testing.assert_allclose(losses.sum(axis=0), math.log(n_max), atol=1e-12)
    optimum = tasks.matched_counts_optimum(n_max)
    assert optimum * (n_max + 2) == pytest.approx(math.log(n_max))
    assert n_max == 1 or agrees(mask.sum(axis=0), n_max + 2)


@given(*SIZES)
def test_reversal(N, T, seed):
    inputs, targets, mask = tasks.reversal(generator(seed), N, T)
    for n in range(N):
        assert inputs[:, n].tolist() == targets[:, n].tolist()[::-1]
    assert mask is None
    assert targets.base is None  # neither is a view of the other


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 99))
def test_sums_are_right(N, n_digits, seed):
    questions, answers, _ = tasks.addition(generator(seed), N, n_digits)
    assert questions.shape == (2 * n_digits + 1, N)
    assert answers.shape == (n_digits + 1, N)
    for question, answer in zip(questions.T, answers.T, strict=True):
        asked, said = (
            "".join(tasks.ADDITION_CHARACTERS[i] for i in tokens)
            for tokens in (question, answer)
        )
        one, other = asked.rstrip(" ").split("+")
        assert int(one) + int(other) == int(said)
        for number in (one, other, said.rstrip(" ")):
            assert number == str(int(number))  # no zeros or spaces in front


@pytest.mark.parametrize("n_digits", [1, 2])
def test_the_baseline_of_addition_by_counting_all_questions(n_digits):
    numbers = np.arange(10**n_digits)
    texts = [str(s).ljust(n_digits + 1) for s in np.add.outer(numbers, numbers).flat]
    total = 0.0
    for place in range(n_digits + 1):  # what a character says beyond those before it
        for length, sign in ((place + 1, 1), (place, -1)):
            _, counts = np.unique([t[:length] for t in texts], return_counts=True)
            p = counts / len(texts)
            total -= sign * (p * np.log(p)).sum()
    expected = tasks.addition_baseline(n_digits)
    assert total / (n_digits + 1) == pytest.approx(expected, rel=1e-12)


def test_all_numbers_are_added():
    questions = tasks.addition(generator(), 4000, 1).inputs
    assert len(np.unique(questions, axis=1).T) == 100


def test_hello():
    inputs, targets, _ = tasks.hello()
    spelled = [
        "".join(tasks.HELLO_CHARACTERS[i] for i in row[:, 0])
        for row in (inputs, targets)
    ]
    assert spelled == ["hell", "ello"]
    followers = {letter: targets[inputs == letter] for letter in range(4)}
    total = sum(
        math.log(len(set(after.tolist()))) * len(after) if len(after) else 0
        for after in followers.values()
    )
    assert total / 4 == tasks.HELLO_BASELINE == pytest.approx(0.3466, abs=1e-4)


# Forecasting


def test_a_sine_and_its_noise():
    N, T, period, noise = 4000, 40, 8.0, 0.3
    inputs, targets, _ = tasks.noisy_sine(generator(), N, T, period, noise)
    assert inputs.shape == targets.shape == (T, N, 1)
    np.testing.assert_array_equal(inputs[1:], targets[:-1])
    # Who knows the phase is left with the noise. Least squares finds it from all.
    angles = 2 * np.pi * np.arange(T) / period
    waves = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    _, residuals, *_ = np.linalg.lstsq(waves, inputs[:, :, 0], rcond=None)
    assert agrees(residuals / (T - 2), noise**2)
    assert agrees(inputs[0], 0)  # waves start anywhere
    means = (targets[..., 0] ** 2).mean(axis=0)  # of five whole periods
    assert agrees(means, tasks.SINE_BASELINE + noise**2)


def test_no_forecast_of_a_sine_beats_the_noise():
    N, T, noise = 2000, 40, 0.3
    inputs, targets, _ = tasks.noisy_sine(generator(), N, T, 8.0, noise)
    errors = []
    for first in (30, 0):  # from ten steps, then from all forty
        past = inputs[first:, :, 0].T
        fit, rest = slice(0, N, 2), slice(1, N, 2)
        weights, *_ = np.linalg.lstsq(past[fit], targets[-1, fit, 0], rcond=None)
        errors.append(((past @ weights - targets[-1, :, 0])[rest] ** 2).mean())
    assert noise**2 < errors[1] < errors[0]


PERIOD, DECAY, NOISE = 12.0, 0.8, 0.2


def test_a_disturbed_oscillation_leaves_the_disturbance_to_guess():
    N, T = 300, 200
    batch = tasks.disturbed_oscillation(generator(), N, T, PERIOD, DECAY, NOISE)
    assert batch.inputs.shape == batch.targets.shape == (T, N, 1)
    before = np.stack([batch.inputs[1:], batch.inputs[:-1]], axis=-1).reshape(-1, 2)
    after = batch.targets[1:].ravel()
    weights, *_ = np.linalg.lstsq(before, after, rcond=None)
    a = 2 * DECAY * math.cos(2 * math.pi / PERIOD)
    np.testing.assert_allclose(weights, [a, -(DECAY**2)], atol=0.02)
    left = after - before @ (a, -(DECAY**2))
    assert agrees(left**2, NOISE**2)
    assert abs(np.corrcoef(left[:-N], left[N:])[0, 1]) < 5 / math.sqrt(len(left))


@pytest.mark.parametrize("step", [0, 1, 2, 30])
def test_no_step_of_a_disturbed_oscillation_differs(step):
    batch = tasks.disturbed_oscillation(generator(), 50_000, 31, PERIOD, DECAY, NOISE)
    variance = tasks.disturbed_oscillation_baseline(PERIOD, DECAY, NOISE)
    assert agrees(batch.inputs[step] ** 2, variance)
    a = 2 * DECAY * math.cos(2 * math.pi / PERIOD)
    correlation = a / (1 + DECAY**2)
    assert agrees(batch.inputs[step] * batch.targets[step], correlation * variance)


def test_a_series_of_one_step():
    batch = tasks.disturbed_oscillation(generator(), N=2, T=1)
    assert batch.inputs.shape == batch.targets.shape == (1, 2, 1)


def test_narma10_follows_its_equation():
    us, ys, _ = tasks.narma10(generator(), N=3, T=60)
    u, y = us[..., 0], ys[..., 0]  # y[t] comes after u[t]
    assert us.shape == ys.shape == (60, 3, 1)
    assert ((u >= 0) & (u < 0.5)).all()
    for t in range(10, 60):
        memory = sum(y[t - i] for i in range(1, 11))
        expected = 0.3 * y[t - 1] + 0.05 * y[t - 1] * memory
        expected = expected + 1.5 * u[t - 9] * u[t] + 0.1
        np.testing.assert_allclose(y[t], expected, rtol=1e-12)


def test_the_baseline_of_narma10():
    ys = tasks.narma10(generator(), N=10_000, T=300).targets[..., 0]
    # Series are independent, steps are not: one value for each series.
    assert agrees(((ys - ys.mean()) ** 2).mean(axis=0), tasks.NARMA10_BASELINE)
    assert agrees(ys[0], ys.mean())  # the start is forgotten
    assert agrees((ys[0] - ys.mean()) ** 2, tasks.NARMA10_BASELINE)


def test_narma10_draws_anew_what_runs_away():
    class Faulty(np.random.Generator):
        def uniform(self, low, high, size):
            sizes.append(size)
            drawn = super().uniform(low, high, size)
            if len(sizes) == 1:
                drawn[:, 1:3] = 0.5  # drives two of the four series to infinity
            return drawn

    sizes = []
    ys = tasks.narma10(Faulty(np.random.PCG64(0)), N=4, T=200).targets
    assert sizes == [(300, 4), (300, 2)]
    assert ys.max() <= 2


# What all have in common


TASKS = {
    tasks.adding_problem: {"N": 3, "T": 7},
    tasks.adding_problem_hs97: {"N": 3, "T": 7},
    tasks.copy_memory: {"N": 3, "T": 7},
    tasks.delayed_echo: {"N": 3, "T": 7, "delay": 2},
    tasks.parity: {"N": 3, "T": 7},
    tasks.matched_counts: {"N": 3, "n_max": 7},
    tasks.reversal: {"N": 3, "T": 7},
    tasks.addition: {"N": 3, "n_digits": 2},
    tasks.noisy_sine: {"N": 3, "T": 7},
    tasks.disturbed_oscillation: {"N": 3, "T": 7},
    tasks.narma10: {"N": 3, "T": 7},
}
every_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.__name__)


@every_task
def test_the_generator_decides_everything(task):
    one, same, other = (task(generator(seed), **TASKS[task]) for seed in (1, 1, 2))
    assert isinstance(one, Batch)
    for name in ("inputs", "targets"):
        np.testing.assert_array_equal(getattr(one, name), getattr(same, name))
        assert (getattr(one, name) != getattr(other, name)).any()


@every_task
def test_bad_sizes(task):
    given = TASKS[task]
    with rejects(TypeError, f"{task.__name__}: rng is 3", "default_rng"):
        task(3, **given)
    for name in given:
        with rejects(ValueError, f"{task.__name__}: {name} is 0", f"Pass {name}="):
            task(generator(), **{**given, name: 0})
        with rejects(TypeError, f"{task.__name__}: {name} is 2.0", "Pass an int"):
            task(generator(), **{**given, name: 2.0})


def test_bad_options():
    with rejects(ValueError, "adding_problem: T is 1", "at least 2", "Pass T=2"):
        tasks.adding_problem(generator(), 3, 1)
    with rejects(ValueError, "adding_problem_hs97: T is 5", "Pass T=6"):
        tasks.adding_problem_hs97(generator(), 3, 5)
    with rejects(ValueError, "delayed_echo: T is 4", "Pass T=5"):
        tasks.delayed_echo(generator(), 3, 4, delay=4)
    with rejects(ValueError, "addition: n_digits is 7", "at most 6", "n_digits=6"):
        tasks.addition(generator(), 3, 7)
    with rejects(ValueError, "addition_baseline: n_digits is 7", "n_digits=6"):
        tasks.addition_baseline(7)
    with rejects(ValueError, "noisy_sine: noise is -1", "Pass a positive one"):
        tasks.noisy_sine(generator(), 3, 4, noise=-1)
    with rejects(ValueError, "disturbed_oscillation: decay is 1", "decay=0.95"):
        tasks.disturbed_oscillation(generator(), 3, 4, decay=1)
    with rejects(ValueError, "disturbed_oscillation_baseline: period is 0"):
        tasks.disturbed_oscillation_baseline(period=0)
    for baseline in (tasks.copy_memory_baseline, tasks.guessing_baseline):
        with rejects(ValueError, f"{baseline.__name__}: ", " is 0", "Pass"):
            baseline(0)
    with rejects(TypeError, "matched_counts_optimum: n_max is 1.5", "Pass an int"):
        tasks.matched_counts_optimum(1.5)
