"""Ways to compute a gradient: the exact ones agree, the others do what they say."""

import tracemalloc

import numpy as np
import pytest

from rnncore.bptt import (
    CarriedBPTT,
    CheckpointedBPTT,
    FixedBPTT,
    FullBPTT,
    RandomizedBPTT,
    SlidingBPTT,
    VariableBPTT,
)
from rnncore.cells import CELLS
from rnncore.gradcheck import relative_error
from rnncore.layers import Layer
from rnncore.models import LanguageModel
from rnncore.rtrl import RTRL
from rnncore.stacks import Bidirectional, Dropped, Stack, stacked
from tests.network_problems import any_mask, cast, close, numbered, problem, run
from tests.rejection import rejects

T, N, D, H = 7, 3, 4, 3
every_cell = pytest.mark.parametrize("cell", CELLS)
EXACT = [
    FullBPTT(),
    *(CheckpointedBPTT(K) for K in (1, 3, T, 2 * T)),
    *(CheckpointedBPTT(K, recompute=False) for K in (3, T)),
    *(FixedBPTT(K) for K in (T, T + 1)),
    *(SlidingBPTT(K) for K in (T, T + 1)),
    VariableBPTT(T, T + 3),
    RandomizedBPTT(0.0),
]
CUTTING = [FixedBPTT(2), SlidingBPTT(2), VariableBPTT(1, 3), RandomizedBPTT(0.4)]


class WeightedSum:
    """A head whose loss is a weighted sum of the states, and which takes notes."""

    def __init__(self, p):
        self.dhs, self.asked = p.dhs, []

    def __call__(self, hs, steps):
        self.asked += range(*steps.indices(len(self.dhs)))
        assert hs.shape == self.dhs[steps].shape
        return self.dhs[steps]


def by(method, network, p, rng=None):
    """Return what a method gives, by names, as `run` returns it."""
    head = WeightedSum(p)
    found = method(network, p.xs, p.state, p.params, head, p.mask, rng)
    assert sorted(head.asked) == list(range(len(p.xs)))  # each step once
    inputs = {} if found.dxs is None else {"xs": found.dxs}
    grads = {**inputs, **numbered("state", found.dstate), **found.grads}
    return numbered("last", found.last), grads


def expected(network, p, **how):
    values, grads = run(network, p._replace(dlast=None), **how)
    del values["hs"]
    return values, grads


@every_cell
@pytest.mark.parametrize("method", EXACT, ids=repr)
@pytest.mark.parametrize("seed", [None, 1])
@pytest.mark.parametrize("tokens", [False, True])
def test_exact_methods_agree(cell, method, seed, tokens):
    layer = Layer(cell, D, H)
    p = problem(layer, T, tokens=tokens)
    p = p._replace(mask=None if seed is None else any_mask(T, seed=seed))
    found = by(method, layer, p, np.random.default_rng(0))
    for one, two in zip(found, expected(layer, p), strict=True):
        close(one, two, 1e-12)


@pytest.mark.parametrize("method", EXACT, ids=repr)
def test_exact_methods_agree_on_stacks(method):
    stack = Stack((Layer("lstm", D, H), Layer("gru-before", H, 2)))
    dropped = Dropped(stack, [np.arange(N * H).reshape(N, H) / 4])
    p = problem(stack, T)._replace(mask=any_mask(T))
    for network in (stack, dropped):
        found = by(method, network, p, np.random.default_rng(0))
        for one, two in zip(found, expected(network, p), strict=True):
            close(one, two, 1e-12)


@pytest.mark.parametrize("method", [*EXACT, *CUTTING, RTRL()], ids=repr)
def test_float32_stays_float32(method):
    p = cast(problem(Layer("lstm", D, H), T), np.float32)
    values, grads = by(method, Layer("lstm", D, H), p, np.random.default_rng(0))
    dtypes = {array.dtype for array in (*values.values(), *grads.values())}
    assert dtypes == {np.dtype(np.float32)}


@pytest.mark.parametrize("method", CUTTING, ids=repr)
def test_cuts_change_gradients_and_no_states(method):
    layer = Layer("gru", D, H)
    p = problem(layer, T)
    last, grads = by(method, layer, p, np.random.default_rng(1))
    full, full_grads = expected(layer, p)
    close(last, full, 0)
    assert relative_error(grads["W_hh"], full_grads["W_hh"]) > 1e-3


# Checkpoints


@every_cell
@pytest.mark.parametrize("K", [1, 3, T])
def test_recomputing_gives_the_same_bits(cell, K):
    layer = Layer(cell, D, H)
    p = problem(layer, T)._replace(mask=any_mask(T))
    found = by(CheckpointedBPTT(K), layer, p)
    kept = by(CheckpointedBPTT(K, recompute=False), layer, p)
    for one, two in zip(found, kept, strict=True):
        close(one, two, 0)


def peak(method, T):
    """Measure the memory of one gradient of a language model, in bytes."""
    model = LanguageModel(vocab_size=20, hidden_size=16, cell="lstm")
    rng = np.random.default_rng(0)
    params = model.init(rng)
    tokens = rng.integers(20, size=(T + 1, 4))
    tracemalloc.start()
    loss, grads, _ = model.loss(params, (tokens[:-1], tokens[1:]), method=method)
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found, loss, grads


def test_checkpoints_take_an_eighth_of_the_memory():
    full, loss, grads = peak(FullBPTT(), 1024)
    little, same_loss, same_grads = peak(CheckpointedBPTT(32), 1024)
    assert little < full / 8
    assert same_loss == pytest.approx(loss, rel=1e-12)
    close(same_grads, grads, 1e-11)


def test_two_directions_take_one_segment():
    both = Bidirectional("tanh", D, H)
    deep = stacked("gru", D, H, 2, bidirectional=True)
    for network in (both, deep, Dropped(deep, [np.ones((N, 2 * H))])):
        p = problem(both if network is both else deep, T)
        for method in (FullBPTT(), CheckpointedBPTT(T)):
            found = by(method, network, p)
            for one, two in zip(found, expected(network, p), strict=True):
                close(one, two, 1e-12)
        with rejects(ValueError, "CheckpointedBPTT: network reads in both", "Pass K=7"):
            by(CheckpointedBPTT(3), network, p)
        with rejects(ValueError, "backward: carry is given", "cannot be truncated"):
            by(FixedBPTT(3), network, p)


# Chunks


@every_cell
@pytest.mark.parametrize("K", [1, 2, 3])
@pytest.mark.parametrize("masked", [False, True])
def test_fixed_chunks_are_runs_that_carry_the_state(cell, K, masked):
    layer = Layer(cell, D, H)
    p = problem(layer, T)._replace(mask=any_mask(T) if masked else None, dlast=None)
    last, grads = by(FixedBPTT(K), layer, p)
    state, sums, dxs = p.state, {}, []
    for start in range(0, T, K):
        steps = slice(start, start + K)
        mask = p.mask[steps] if masked else None
        q = p._replace(xs=p.xs[steps], state=state, dhs=p.dhs[steps], mask=mask)
        values, part = run(layer, q)
        state = tuple(values[f"last[{i}]"] for i in range(len(state)))
        dxs.append(part.pop("xs"))
        first = {name: part.pop(name) for name in list(part) if "state" in name}
        sums = {name: sums.get(name, 0) + part[name] for name in part} | (
            first if start == 0 else {name: sums[name] for name in first}
        )
    close(last, numbered("last", state), 0)
    close(grads, {**sums, "xs": np.concatenate(dxs)}, 1e-12)


@pytest.mark.parametrize("K", [1, 2, 3, 5])
def test_every_loss_slides_as_far_back_as_the_others(K):
    layer = Layer("lstm", D, H)
    p = problem(layer, T)._replace(dlast=None)
    _, grads = by(SlidingBPTT(K), layer, p)
    sums = dict.fromkeys(grads, 0)
    for t in range(T):
        dhs = np.zeros_like(p.dhs)
        dhs[t] = p.dhs[t]
        carry = np.ones(T)
        carry[max(0, t - K + 1)] = 0 if t >= K else 1
        _, one = run(layer, p._replace(dhs=dhs), carry=carry)
        sums = {name: sums[name] + one[name] for name in sums}
    close(grads, sums, 1e-12)


def test_cuts_are_where_they_should_be():
    np.testing.assert_array_equal(FixedBPTT(3).carry(8, None), [1, 1, 1, 0, 1, 1, 0, 1])
    np.testing.assert_array_equal(FixedBPTT(8).carry(8, None), 1)
    rng = np.random.default_rng(0)
    lengths = []
    for _ in range(300):
        carry = VariableBPTT(2, 5).carry(40, rng)
        assert set(carry) == {0, 1}
        assert carry[0] == 1
        cuts = np.flatnonzero(carry == 0)
        lengths += list(np.diff(cuts, prepend=0))
        assert 40 - cuts[-1] <= 5
    counts = np.bincount(lengths)
    assert set(np.flatnonzero(counts)) == {2, 3, 4, 5}
    # What does not fit into the last steps is short of a few long ones.
    assert counts[2:].min() > 0.2 * counts.sum()
    one, two = (VariableBPTT(1, 9).carry(40, np.random.default_rng(3)) for _ in "12")
    np.testing.assert_array_equal(one, two)


def test_random_cuts_are_as_likely_as_asked():
    carry = RandomizedBPTT(0.2).carry(100_000, np.random.default_rng(0))
    assert carry[0] == 1
    assert set(carry[1:]) == {0, 1.25}
    assert np.mean(carry == 0) == pytest.approx(0.2, abs=4 * 0.4 / 316)


# A linear recurrence with one unit: h_t = w h_{t-1} + 1, and the sum of h^2 / 2

POINT = {"W_xh": np.ones((1, 1)), "W_hh": np.full((1, 1), 0.95), "b_h": np.zeros(1)}


def slope(method, rng=None, N=1, params=POINT):
    """Return dL/dw for 50 steps, for the mean over N equal sequences."""
    layer = Layer("identity", 1, 1)
    xs, state = np.ones((50, N, 1)), layer.zero_state(N)
    found = method(layer, xs, state, params, lambda hs, steps: hs / N, None, rng)
    return found.grads["W_hh"].item()


def test_the_exact_slope_is_that_of_the_formula():
    w, h, dh, total = 0.95, 0.0, 0.0, 0.0
    for _ in range(50):
        h, dh = w * h + 1, h + w * dh
        total += h * dh
    assert slope(FullBPTT()) == pytest.approx(total, rel=1e-12)
    assert round(total, 1) == 114676.6


@pytest.mark.parametrize(
    ("kind", "shares"),
    [
        (SlidingBPTT, {1: 0.083, 2: 0.160, 5: 0.360, 10: 0.606, 20: 0.873}),
        (FixedBPTT, {1: 0.083, 2: 0.122, 5: 0.231, 10: 0.389, 25: 0.717}),
    ],
)
def test_truncation_loses_a_known_share(kind, shares):
    full = slope(FullBPTT())
    found = {K: round(slope(kind(K)) / full, 3) for K in shares}
    assert found == shares


class Uncompensated(RandomizedBPTT):
    """What randomized BPTT would be without the factor for what passes."""

    def carry(self, T, rng):
        return np.sign(super().carry(T, rng))


def draws(method, count=4000):
    rng, full = np.random.default_rng(0), slope(FullBPTT())
    return np.array([slope(method, rng) / full for _ in range(count)])


def test_random_cuts_are_unbiased_and_without_compensation_are_not():
    found = draws(RandomizedBPTT(0.02), 1500)
    error = found.std() / np.sqrt(len(found))
    assert abs(found.mean() - 1) < 4 * error
    assert found.std() == pytest.approx(0.23, abs=0.02)
    biased = draws(Uncompensated(0.02), 400)
    assert biased.mean() == pytest.approx(0.838, abs=0.05)
    assert abs(biased.mean() - 1) > 4 * biased.std() / np.sqrt(len(biased))


# Bad input


@pytest.mark.parametrize("kind", [FixedBPTT, SlidingBPTT, CheckpointedBPTT])
def test_bad_lengths(kind):
    with rejects(ValueError, f"{kind.__name__}: K is 0", "Pass K=1 or more"):
        kind(0)
    with rejects(TypeError, f"{kind.__name__}: K is 2.0", "Pass an int"):
        kind(2.0)


def test_bad_settings():
    with rejects(ValueError, "VariableBPTT: longest is 2", "3", "Pass longest=3"):
        VariableBPTT(3, 2)
    with rejects(ValueError, "VariableBPTT: shortest is 0", "Pass shortest=1"):
        VariableBPTT(0, 2)
    for bad in (1.0, -0.1, np.nan):
        with rejects(ValueError, "RandomizedBPTT: cut_probability is", "Pass 1/K"):
            RandomizedBPTT(bad)
    with rejects(TypeError, "RandomizedBPTT: cut_probability is '0'"):
        RandomizedBPTT("0")
    for method in (VariableBPTT(1, 2), RandomizedBPTT(0.5)):
        with rejects(TypeError, type(method).__name__, "rng is None", "default_rng"):
            slope(method)
    with pytest.raises(NotImplementedError):
        slope(CarriedBPTT())


@pytest.mark.parametrize("method", [*EXACT, *CUTTING, RTRL()], ids=repr)
@pytest.mark.parametrize(
    ("changed", "kind", "parts"),
    [
        ({"xs": np.ones((0, N, D))}, ValueError, ["xs is empty", "T = 0"]),
        ({"xs": np.ones((T, N, 9))}, ValueError, ["xs has D = 9"]),
        ({"mask": np.ones((T - 1, N), bool)}, ValueError, ["mask has T = 6", "(7, 3)"]),
        ({"mask": np.ones((T + 1, N), bool)}, ValueError, ["mask has T = 8", "(7, 3)"]),
        ({"state": ()}, ValueError, ["state holds 0 array(s)"]),
        ({"params": {}}, ValueError, ["params has no 'W_xh'"]),
    ],
)
def test_bad_input(method, changed, kind, parts):
    layer = Layer("tanh", D, H)
    p = problem(layer, T)
    how = {"xs": p.xs, "state": p.state, "params": p.params, **changed}
    with rejects(kind, *parts):
        method(layer, **how, head=WeightedSum(p), rng=np.random.default_rng(0))


@pytest.mark.parametrize("method", [FixedBPTT(10**30), SlidingBPTT(10**30)])
def test_a_chunk_longer_than_all_sequences(method):
    layer = Layer("tanh", D, H)
    p = problem(layer, T)
    given = layer, p.xs, p.state, p.params
    full, same = (m(*given, WeightedSum(p)) for m in (FullBPTT(), method))
    close(same.grads, full.grads, 1e-14)


@pytest.mark.parametrize(
    "method", [FixedBPTT(2), VariableBPTT(1, 2), RandomizedBPTT(0.5)]
)
def test_bad_numbers_of_steps(method):
    with rejects(ValueError, "carry: T is 0", "Pass T=1"):
        method.carry(0, np.random.default_rng(0))


@pytest.mark.parametrize("method", [FullBPTT(), SlidingBPTT(2), CheckpointedBPTT(2)])
def test_what_is_no_network_and_no_head(method):
    layer = Layer("tanh", D, H)
    p = problem(layer, T)
    with rejects(TypeError, "BPTT: network is a str", "Pass a Layer"):
        method("tanh", p.xs, p.state, p.params, WeightedSum(p))
    with rejects(TypeError, "BPTT: head is a ndarray", "Pass head itself"):
        method(layer, p.xs, p.state, p.params, p.dhs)
