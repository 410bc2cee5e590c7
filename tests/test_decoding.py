"""Searches over next tokens, against exhaustive search and known distributions."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rnncore.decoding import beam_search, filter_logits, greedy, sample
from rnncore.kinds import NonFiniteError
from tests.rejection import rejects

N, H, V, LENGTH = 3, 5, 4, 4


def rng(seed=0):
    return np.random.default_rng(seed)


class TinyModel:
    """A tanh network with random weights, which counts how often it is called."""

    def __init__(self, seed=0, V=V):
        self.W_xh, self.W_hh = 2 * rng(seed).normal(size=(2, max(V, H), H))
        self.W_hy = 2 * rng(seed + 1).normal(size=(H, V))
        self.calls = []

    def __call__(self, tokens, state):
        self.calls.append(tokens.copy())
        h = np.tanh(self.W_xh[tokens] + state[0] @ self.W_hh[:H])
        return h @ self.W_hy, (h, state[1] + 1)

    def start(self, N=N, seed=5):
        return (rng(seed).normal(size=(N, H)), np.zeros(N)), np.arange(N) % V

    def log_probability(self, state, start, tokens):
        total = 0.0
        for read, written in itertools.pairwise([start, *tokens]):
            logits, state = self(np.array([read]), state)
            total += logits[0, written] - np.log(np.exp(logits[0]).sum())
        return total


def row(state, n):
    return tuple(part[n : n + 1] for part in state)


# Probabilities


rows_of_logits = arrays(float, (2, 6), elements=st.integers(-8, 8).map(lambda i: i / 2))


@given(
    rows_of_logits,
    st.floats(0.1, 5),
    st.none() | st.integers(1, 6),
    st.none() | st.floats(0.01, 1),
)
@settings(deadline=None)
def test_what_is_kept_is_the_shortest_list_of_the_most_likely(logits, T, k, p):
    found = filter_logits(logits, T, top_k=k, top_p=p)
    plain = torch.softmax(torch.tensor(logits) / T, dim=-1).numpy()
    for probabilities, full in zip(found, plain, strict=True):
        order = sorted(range(6), key=lambda v: (-full[v].round(12), v))[:k]
        kept = order
        if p is not None:
            sums = np.cumsum(full[order]) / full[order].sum()
            if abs(sums - p).min() < 1e-9:
                continue  # rounding decides
            kept = order[: 1 + int((sums < p).sum())]
        assert set(np.flatnonzero(probabilities)) == set(kept)
        np.testing.assert_allclose(
            probabilities[kept], full[kept] / full[kept].sum(), rtol=1e-9
        )


def test_filters_that_filter_nothing():
    logits = rng().normal(size=(2, 3, V))
    plain = filter_logits(logits)
    np.testing.assert_allclose(plain.sum(axis=-1), 1)
    for settings_ in ({"top_k": V}, {"top_k": V + 9}, {"top_p": 1}, {"top_p": 1.0}):
        np.testing.assert_array_equal(filter_logits(logits, **settings_), plain)
    # Beside 1, what is left of the second token is lost in the sum, but not here.
    assert filter_logits(np.array([0.0, -40.0]), top_p=1)[1] > 0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [1e-300, 1e-30])
def test_a_temperature_near_zero_leaves_the_best(dtype, size):
    logits = np.array([[1.0, 3.0, 2.0], [-1e4, -2e4, -3e4]], dtype=dtype)
    found = filter_logits(logits, temperature=size)
    np.testing.assert_array_equal(found, [[0, 1, 0], [1, 0, 0]])
    assert found.dtype == dtype


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_high_temperature_makes_all_equal(dtype):
    logits = np.array([[1e4, 0, -1e4, 3]], dtype=dtype)
    for temperature in (1e12, 1e300):
        found = filter_logits(logits, temperature)
        np.testing.assert_allclose(found, 0.25, rtol=1e-6)


def test_the_settings_come_one_after_the_other():
    logits = np.log(np.array([0.4, 0.3, 0.2, 0.1]))
    # Of the two that top_k leaves, the first has 4/7 and is enough for 0.55.
    np.testing.assert_allclose(filter_logits(logits, 1, 2, 0.55), [1, 0, 0, 0])
    # At a high temperature it has hardly more than one half.
    assert (filter_logits(logits, 1e3, 2, 0.55) > 0).sum() == 2


def test_of_equal_tokens_the_lower_comes_first():
    logits = np.array([0.0, 1.0, 0.0, 1.0, 1.0])
    np.testing.assert_array_equal(filter_logits(logits, top_k=1), [0, 1, 0, 0, 0])
    np.testing.assert_array_equal(filter_logits(logits, top_k=2), [0, 0.5, 0, 0.5, 0])
    np.testing.assert_array_equal(filter_logits(logits, top_p=1e-9), [0, 1, 0, 0, 0])
    assert (filter_logits(logits, top_k=4) > 0).tolist() == [True, True, False] + 2 * [
        True
    ]


def test_forbidden_tokens_have_probability_zero():
    logits = np.array([[0.0, -np.inf, 0.0], [-np.inf, -np.inf, 5.0]])
    expected = [[0.5, 0, 0.5], [0, 0, 1]]
    for settings_ in ({}, {"top_k": 2}, {"temperature": 0.5}, {"top_p": 0.99}):
        np.testing.assert_array_equal(filter_logits(logits, **settings_), expected)


def test_bad_settings():
    logits = rng().normal(size=(2, V))
    for given_, kind, parts in [
        ({"temperature": 0.0}, ValueError, ["temperature is 0.0", "Pass"]),
        ({"top_k": 0}, ValueError, ["top_k is 0", "Pass top_k=1"]),
        ({"top_k": 2.0}, TypeError, ["top_k is 2.0", "Pass an int"]),
        ({"top_p": 0.0}, ValueError, ["top_p is 0.0", "Pass"]),
        ({"top_p": 1.5}, ValueError, ["top_p is 1.5", "Pass top_p=1"]),
        ({"top_p": "all"}, TypeError, ["top_p is 'all'", "Pass a float"]),
        ({"logits": [1.0]}, TypeError, ["logits is a list", "Pass"]),
        ({"logits": np.ones(2, complex)}, TypeError, ["logits has dtype complex"]),
        ({"logits": np.ones((2, 0))}, ValueError, ["logits is empty"]),
    ]:
        with rejects(kind, "filter_logits: ", *parts):
            filter_logits(**{"logits": logits, **given_})


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_logits_that_are_not_numbers(value):
    logits = np.zeros((N, V))
    logits[1, 2] = value

    def step(tokens, state):
        return logits, state

    start = (), np.zeros(N, int)
    searches = {
        "filter_logits": lambda: filter_logits(logits),
        "greedy": lambda: greedy(step, *start, 2),
        "sample": lambda: sample(step, *start, 2, rng()),
        "beam_search": lambda: beam_search(step, *start, 2, 1),
    }
    for name, search in searches.items():
        with rejects(NonFiniteError, f"{name}: ", f"logits is {value}", "Find"):
            search()
    logits[...] = -np.inf
    for name, search in searches.items():
        with rejects(NonFiniteError, f"{name}: ", "-inf", "at least one"):
            search()


# Greedy and sampling


def test_greedy_follows_the_argmax():
    model = TinyModel()
    state, start = model.start()
    tokens, _ = greedy(model, state, start, LENGTH)
    assert tokens.shape == (LENGTH, N)
    for read, written in itertools.pairwise([start, *tokens]):
        logits, state = model(read, state)
        np.testing.assert_array_equal(written, logits.argmax(axis=-1))


@pytest.mark.parametrize(
    "setting", [{"temperature": 1e-9}, {"top_k": 1}, {"top_p": 1e-9}]
)
def test_what_makes_sampling_greedy(setting):
    model = TinyModel()
    expected, _ = greedy(model, *model.start(), 20)
    found, _ = sample(model, *model.start(), 20, rng(), **setting)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "setting",
    [
        {},
        {"temperature": 1e9},
        {"temperature": 0.5},
        {"top_k": 3},
        {"top_p": 0.8},
        {"temperature": 2.0, "top_k": 5, "top_p": 0.7},
    ],
)
def test_draws_have_the_probabilities(setting):
    logits, draws = 1.5 * rng(7).normal(size=6), 10_000

    def step(tokens, state):
        return np.tile(logits, (len(tokens), 1)), state

    start = (), np.zeros(100, int)
    tokens, _ = sample(step, *start, draws // 100, rng(1), **setting)
    counts = np.bincount(tokens.ravel(), minlength=6)
    expected = draws * filter_logits(logits, **setting)
    possible = expected > 0
    assert not counts[~possible].any()
    statistic = ((counts - expected)[possible] ** 2 / expected[possible]).sum()
    # The 99.9 % point of chi-square for 5 degrees of freedom; fewer have a lower one.
    assert statistic < 20.52


def test_tokens_without_probability_are_never_drawn():
    logits = np.full((1, 5), -np.inf)
    logits[0, 2] = 0
    tokens, _ = sample(lambda t, s: (logits, s), (), np.array([0]), 500, rng())
    assert (tokens == 2).all()


class Zeros(np.random.Generator):
    """A generator that always draws the lowest number that there is."""

    def random(self, size):
        return np.zeros(size)


def test_the_lowest_draw_skips_forbidden_tokens():
    logits = np.array([[-np.inf, -np.inf, 0.0, 0.0]])
    lowest = Zeros(np.random.PCG64(0))
    tokens, _ = sample(lambda t, s: (logits, s), (), np.array([0]), 3, lowest)
    assert (tokens == 2).all()


def test_the_generator_decides():
    model = TinyModel()
    one, other, third = (
        sample(model, *model.start(), 30, rng(seed))[0] for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(one, other)
    assert not np.array_equal(one, third)


@pytest.mark.parametrize("search", ["greedy", "sample"])
def test_a_search_can_go_on_where_it_stopped(search):
    def run(state, start, length, generator):
        if search == "greedy":
            return greedy(TinyModel(), state, start, length)
        return sample(TinyModel(), state, start, length, generator)

    whole, last = run(*TinyModel().start(), 10, rng())
    generator = rng()
    first, state = run(*TinyModel().start(), 6, generator)
    second, state = run(state, first[-1], 4, generator)
    np.testing.assert_array_equal(np.concatenate([first, second]), whole)
    for part, expected in zip(state, last, strict=True):
        np.testing.assert_array_equal(part, expected)


def test_the_model_reads_every_token_once():
    for search in (
        lambda model, start: greedy(model, *start, LENGTH)[0],
        lambda model, start: sample(model, *start, LENGTH, rng())[0],
    ):
        model = TinyModel()
        start = model.start()
        tokens = search(model, start)
        np.testing.assert_array_equal(model.calls, [start[1], *tokens[:-1]])
    model = TinyModel()
    beam_search(model, *model.start(), LENGTH, beam_width=2)
    assert [len(call) for call in model.calls] == [2 * N] * LENGTH


def counting(tokens, state):
    """After each token its successor, from 4 on 0."""
    return 50 * np.eye(5)[(tokens + 1) % 5], state


@pytest.mark.parametrize(
    "search",
    [
        lambda *given, **more: greedy(*given, **more)[0],
        lambda *given, **more: sample(*given, rng(), **more)[0],
        lambda *given, **more: beam_search(*given, 1, **more)[0][..., 0],
    ],
    ids=["greedy", "sample", "beam"],
)
def test_after_its_end_a_sequence_writes_end_tokens(search):
    start = np.array([0, 2, 3])
    tokens = search(counting, (), start, 20, end_token=4)
    np.testing.assert_array_equal(tokens.T, [[1, 2, 3, 4], [3, 4, 4, 4], [4] * 4])
    tokens = search(counting, (), start, 2, end_token=4)
    np.testing.assert_array_equal(tokens.T, [[1, 2], [3, 4], [4, 4]])
    tokens = search(counting, (), start, 6)
    np.testing.assert_array_equal(tokens[:, 1], [3, 4, 0, 1, 2, 3])


# Beam search


def test_a_beam_of_one_is_greedy():
    model = TinyModel()
    tokens, scores = beam_search(model, *model.start(), 20, beam_width=1)
    np.testing.assert_array_equal(tokens[..., 0], greedy(model, *model.start(), 20)[0])
    state, start = model.start()
    for n in range(N):
        expected = model.log_probability(row(state, n), start[n], tokens[:, n, 0])
        assert scores[n, 0] == pytest.approx(expected)


def ended_sequences(length, end_token):
    """List all sequences that end with their first end token, or at the length."""
    for tokens in itertools.product(range(V), repeat=length):
        before = tokens.index(end_token) + 1 if end_token in tokens else length
        if all(token == end_token for token in tokens[before:]):
            yield tokens, before


@pytest.mark.parametrize("length_penalty", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("end_token", [None, 2])
def test_a_beam_that_keeps_all_is_exhaustive(length_penalty, end_token):
    model = TinyModel()
    state, start = model.start()
    found, scores = beam_search(model, state, start, 3, V**3, end_token, length_penalty)
    for n in range(N):
        expected = {
            tokens: model.log_probability(row(state, n), start[n], tokens[:before])
            / before**length_penalty
            for tokens, before in ended_sequences(3, end_token)
        }
        count = len(expected)
        ranked = sorted(expected, key=expected.get, reverse=True)
        np.testing.assert_array_equal(found[:, n, :count].T, ranked)
        np.testing.assert_allclose(scores[n, :count], sorted(expected.values())[::-1])
        assert (scores[n, count:] == -np.inf).all()


def test_a_wider_beam_finds_what_greedy_misses():
    P = np.array([[0.1, 0.5, 0.4], [0.4, 0.3, 0.3], [0.1, 1e-4, 0.8999]])
    start = (), np.array([0])
    narrow, low = beam_search(lambda t, s: (np.log(P[t]), s), *start, 2, 1)
    wide, high = beam_search(lambda t, s: (np.log(P[t]), s), *start, 2, 2)
    np.testing.assert_array_equal(narrow[:, 0, 0], [1, 0])
    np.testing.assert_array_equal(wide[:, 0, 0], [2, 2])
    assert high[0, 0] == pytest.approx(np.log(0.4 * 0.8999))
    assert low[0, 0] == pytest.approx(np.log(0.5 * 0.4))


def test_the_length_penalty_prefers_longer_sequences():
    # Ending at once has probability 0.4, five times token 1 0.6 * 0.9^4 = 0.394.
    P = np.log(np.array([[0.4, 0.6], [0.1, 0.9]]))
    start = (), np.array([0])
    lengths = []
    for penalty in (0.0, 1.0):
        tokens, _ = beam_search(
            lambda t, s: (P[t], s), *start, 5, 2, end_token=0, length_penalty=penalty
        )
        lengths.append(int((tokens[:, 0, 0] == 1).sum()))
    assert lengths == [0, 5]


def test_sequences_do_not_mix():
    model = TinyModel()
    state, start = model.start()
    together, scores = beam_search(model, state, start, LENGTH, 3, end_token=1)
    for n in range(N):
        alone, score = beam_search(
            model, row(state, n), start[n : n + 1], LENGTH, 3, end_token=1
        )
        np.testing.assert_array_equal(together[: len(alone), n], alone[:, 0])
        np.testing.assert_allclose(scores[n], score[0])


def test_equal_candidates_go_by_token():
    tokens, scores = beam_search(
        lambda t, s: (np.zeros((len(t), 3)), s), (), np.array([0]), 2, 4
    )
    np.testing.assert_array_equal(tokens[:, 0].T, [[0, 0], [0, 1], [0, 2], [1, 0]])
    np.testing.assert_allclose(scores, -2 * np.log(3))


def test_candidates_beyond_the_possible_ones_do_not_prolong_the_search():
    logits = np.array([[0.0, -np.inf]])
    tokens, scores = beam_search(
        lambda t, s: (np.repeat(logits, len(t), axis=0), s), (), np.array([1]), 9, 3, 0
    )
    assert len(tokens) == 1
    np.testing.assert_array_equal(scores, [[0, -np.inf, -np.inf]])


def test_scores_have_the_dtype_of_the_logits():
    logits = rng().normal(size=(1, V)).astype(np.float32)
    _, scores = beam_search(
        lambda t, s: (np.repeat(logits, len(t), axis=0), s), (), np.array([0]), 3, 2
    )
    assert scores.dtype == np.float32


# Bad input


@pytest.mark.parametrize("name", ["greedy", "sample", "beam_search"])
def test_bad_input_of_a_search(name):
    search, more = {
        "greedy": (greedy, {}),
        "sample": (sample, {"rng": rng()}),
        "beam_search": (beam_search, {"beam_width": 2}),
    }[name]
    model = TinyModel()
    state, start = model.start()
    good = {"step": model, "state": state, "start_tokens": start, "length": 3, **more}
    for changed, kind, parts in [
        ({"step": None}, TypeError, ["step is a NoneType", "Pass step itself"]),
        ({"state": state[0]}, TypeError, ["state is a ndarray", "Pass state=(h,)"]),
        ({"state": (start[:2],)}, ValueError, ["state[0]", "N = 3", "Pass state[0]"]),
        ({"start_tokens": [0]}, TypeError, ["start_tokens is a list", "Pass"]),
        ({"start_tokens": start[None]}, ValueError, ["start_tokens has shape (1, 3)"]),
        ({"length": 0}, ValueError, ["length is 0", "length=1"]),
        ({"end_token": -1}, ValueError, ["end_token is -1", "at least 0"]),
        ({"end_token": V}, ValueError, ["end_token is 4", "V = 4", "end_token=3"]),
        ({"step": lambda t, s: (np.ones(V), s)}, ValueError, ["logits has shape (4,)"]),
        ({"step": lambda t, s: (t[:, None], s)}, TypeError, ["logits has dtype int64"]),
        ({"step": lambda t, s: (np.ones((9, V)), s)}, ValueError, ["logits has N = 9"]),
    ]:
        with rejects(kind, f"{name}: ", *parts):
            search(**{**good, **changed})


def test_bad_input_of_sampling_and_beams():
    model = TinyModel()
    with rejects(TypeError, "sample: rng is 0", "default_rng"):
        sample(model, *model.start(), 3, 0)
    with rejects(ValueError, "sample: top_p is 2", "Pass top_p=1"):
        sample(model, *model.start(), 3, rng(), top_p=2)
    with rejects(ValueError, "beam_search: beam_width is 0", "beam_width=1"):
        beam_search(model, *model.start(), 3, 0)
    with rejects(ValueError, "length_penalty is -1", "Pass length_penalty=0"):
        beam_search(model, *model.start(), 3, 2, length_penalty=-1)
