"""The generator, against numerical derivatives, PyTorch, and its own parts."""

import numpy as np
import pytest
import torch

from rnncore.cells import CELLS
from rnncore.decoding import greedy
from rnncore.gradcheck import check_gradients, relative_error
from rnncore.kinds import NonFiniteError
from rnncore.ops import log_softmax
from rnncore.sequence_generator import CaptionBatch, SequenceGenerator
from tests import torch_twins
from tests.learning import learn
from tests.rejection import rejects

T, N, K, V, H = 5, 4, 3, 6, 2
MASK = np.arange(T)[:, None] < np.array([5, 2, 1, 4])
MODELS = {
    "tanh": {},
    "stack": {"cell": "lstm", "layers": 2, "start_token": 3},
    "embedding": {"cell": "gru", "embedding_size": 3},
}


def problem(kind, mask=MASK, seed=0):
    rng = np.random.default_rng(seed)
    model = SequenceGenerator(K, V, H, **MODELS.get(kind, {"cell": kind}))
    params = {name: p + 0.1 for name, p in model.init(rng).items()}
    vectors, targets = rng.normal(size=(N, K)), rng.integers(V, size=(T, N))
    return model, params, CaptionBatch(vectors, targets, mask)


every_model = pytest.mark.parametrize("kind", MODELS)
every_mask = pytest.mark.parametrize("mask", [None, MASK], ids=["all", "masked"])


@pytest.mark.parametrize("kind", sorted(CELLS.keys() | MODELS.keys()))
@every_mask
def test_gradients_against_numerical_derivatives(kind, mask):
    model, params, batch = problem(kind, mask)
    for method, limit in (("central", 1e-6), ("complex", 1e-11)):
        errors = check_gradients(lambda p: model.loss(p, batch)[:2], params, method)
        assert max(errors.values()) < limit, errors


@every_model
@every_mask
def test_loss_and_gradients_against_pytorch(kind, mask):
    model, params, (vectors, targets, _) = problem(kind, mask)
    p = torch_twins.leaves(params)
    a = torch.tensor(vectors) @ p["W_vs"] + p["b_s"]
    arrays = torch_twins.STEPS[model.cell][1]
    blocks = enumerate(a.chunk(model.layers * arrays, dim=1))
    start = tuple(b if i % arrays else torch.tanh(b) for i, b in blocks)
    read = np.vstack([np.full((1, N), model.start_token), targets[:-1]])
    how = {"layers": model.layers, "mask": mask, "state": start}
    hs, _ = torch_twins.read(model.cell, read, p, H, **how)
    theirs = torch_twins.cross_entropy(hs @ p["W_hy"] + p["b_y"], targets, mask)
    torch_twins.assert_equal(model.loss(params, (vectors, targets, mask)), theirs, p)


def test_where_writing_starts():
    model, params, batch = problem("lstm")
    big = {**params, "W_vs": 100 * params["W_vs"]}
    h, c = model.start(big, batch.vectors)
    assert np.abs(h).max() <= 1 < np.abs(c).max()
    model, params, batch = problem("relu")
    (h,) = model.start({**params, "W_vs": 100 * params["W_vs"]}, batch.vectors)
    assert np.abs(h).max() > 1


@every_model
def test_a_padded_batch_equals_sequences_alone(kind):
    model, params, batch = problem(kind)
    loss, grads, _ = model.loss(params, batch)
    total, mean = dict.fromkeys(params, 0), 0
    for n in range(N):
        targets = batch.targets[MASK[:, n], n : n + 1]
        one, more, _ = model.loss(params, (batch.vectors[n : n + 1], targets))
        share = len(targets) / MASK.sum()
        mean += share * one
        total = {name: total[name] + share * more[name] for name in more}
    assert loss == pytest.approx(mean, rel=1e-12)
    for name, grad in grads.items():
        assert relative_error(grad, total[name]) < 1e-12, name


@every_model
def test_score_equals_loss(kind):
    model, params, batch = problem(kind)
    loss, _, state = model.loss(params, batch)
    total, count, _ = model.score(params, batch)
    assert state is None
    assert count == MASK.sum()
    assert total / count == pytest.approx(loss, rel=1e-13)


@every_model
def test_float32_stays_float32(kind):
    model, params, batch = problem(kind)
    params = {name: p.astype(np.float32) for name, p in params.items()}
    vectors = batch.vectors.astype(np.float32)
    loss, grads, _ = model.loss(params, batch._replace(vectors=vectors))
    _, scores = model.beam_search(params, vectors, 3, 2)
    arrays = (loss, scores, *model.start(params, vectors), *grads.values())
    assert {a.dtype for a in arrays} == {np.dtype(np.float32)}


# Writing


@every_model
def test_what_is_written_has_the_score_that_the_search_says(kind):
    model, params, batch = problem(kind)
    tokens, scores = model.beam_search(params, batch.vectors, T, beam_width=3)
    for n in range(N):
        for k in range(3):
            pair = (batch.vectors[n : n + 1], tokens[:, n, k : k + 1])
            total, _, _ = model.score(params, pair)
            assert -total == pytest.approx(scores[n, k], rel=1e-12)


@every_model
def test_greedy_is_a_beam_of_one_and_the_limit_of_sampling(kind):
    model, params, batch = problem(kind)
    tokens = model.generate(params, batch.vectors, T)
    beams, _ = model.beam_search(params, batch.vectors, T, beam_width=1)
    np.testing.assert_array_equal(beams[..., 0], tokens)
    rng = np.random.default_rng(0)
    cold = model.generate(params, batch.vectors, T, rng, temperature=1e-6)
    np.testing.assert_array_equal(cold, tokens)
    start, first = model.start(params, batch.vectors), np.full(N, model.start_token)
    expected, _ = greedy(model.step(params), start, first, T)
    np.testing.assert_array_equal(expected, tokens)


def test_draws_follow_the_probabilities():
    model, params, batch = problem("stack")
    vectors = np.repeat(batch.vectors[:1], 4000, axis=0)
    rng = np.random.default_rng(0)
    tokens = model.generate(params, vectors, 1, rng)[0]
    first = np.array([model.start_token])
    logits, _ = model.step(params)(first, model.start(params, vectors[:1]))
    expected = 4000 * np.exp(log_softmax(logits[0]))
    counts = np.bincount(tokens, minlength=V)
    assert ((counts - expected) ** 2 / expected).sum() < 20.5  # once in 1000 seeds
    again = model.generate(params, vectors, 1, np.random.default_rng(0))[0]
    np.testing.assert_array_equal(again, tokens)


def test_an_end_token_ends():
    model, params, batch = problem("tanh")
    params = {**params, "b_y": 50 * (np.arange(V) == 5)}
    params["b_y"] = params["b_y"].astype(float)
    for rng in (None, np.random.default_rng(0)):
        tokens = model.generate(params, batch.vectors, 9, rng, end_token=5)
        np.testing.assert_array_equal(tokens, [[5] * N])


def test_it_learns_to_spell_what_a_vector_says():
    rng = np.random.default_rng(0)
    model = SequenceGenerator(4, 5, 16, cell="gru")
    words = 1 + rng.integers(4, size=(4, 4))

    def draw():
        chosen = rng.integers(4, size=16)
        vectors = np.eye(4)[chosen] + 0.1 * rng.normal(size=(16, 4))
        return CaptionBatch(vectors, words[:, chosen])

    params = learn(model, model.init(rng), draw, steps=150, rate=0.02)
    np.testing.assert_array_equal(model.generate(params, np.eye(4), 4), words)


# Bad input


def test_bad_models():
    for sizes, name in (((0, 2, 2), "vector"), ((2, 0, 2), "vocab")):
        with rejects(ValueError, f"SequenceGenerator: {name}_size is 0", "Pass"):
            SequenceGenerator(*sizes)
    with rejects(ValueError, "start_token holds 3", "from 0 to 2"):
        SequenceGenerator(2, 3, 2, start_token=3)
    with rejects(ValueError, "start_token is -1", "Pass"):
        SequenceGenerator(2, 3, 2, start_token=-1)


@pytest.mark.parametrize(
    ("change", "kind", "parts"),
    [
        ({"vectors": np.ones((N, 2))}, ValueError, ["vectors has K = 2", "(4, 3)"]),
        ({"vectors": np.ones((N, K), int)}, TypeError, ["vectors has dtype int64"]),
        ({"vectors": np.full((N, K), np.nan)}, NonFiniteError, ["vectors holds nan"]),
        ({"targets": np.full((T, N), V)}, ValueError, ["targets holds 6", "0 to 5"]),
        ({"targets": np.zeros((T, 3), int)}, ValueError, ["targets has N = 3"]),
        ({"mask": MASK[:4]}, ValueError, ["mask has T = 4", "(5, 4)"]),
        ({"mask": MASK & False}, ValueError, ["mask is False everywhere", "Leave"]),
    ],
)
def test_bad_batches(change, kind, parts):
    model, params, batch = problem("tanh")
    with rejects(kind, "loss: ", *parts):
        model.loss(params, batch._replace(**change))


def test_other_bad_input():
    model, params, batch = problem("tanh")
    with rejects(ValueError, "loss: state is a tuple", "Pass state=None"):
        model.loss(params, batch, ())
    with rejects(TypeError, "batch is a tuple (1 entries)", "(vectors, targets)"):
        model.loss(params, batch[:1])
    with rejects(ValueError, "generate: length is 0", "Pass"):
        model.generate(params, batch.vectors, 0)
    with rejects(TypeError, "rng is 0", "default_rng(0)"):
        model.generate(params, batch.vectors, 2, 0)
    with rejects(ValueError, "start: W_vs has S = 1", "Pass W_vs of shape (3, 2)"):
        model.start({**params, "W_vs": params["W_vs"][:, :1]}, batch.vectors)
    huge = {**params, "W_hy": np.full((H, V), 1.7e308)}
    huge["layer0.b_h"] = np.full(H, 20.0)
    with rejects(NonFiniteError, "logits is inf"):
        model.generate(huge, batch.vectors, 3)
    with rejects(NonFiniteError, "loss: logits holds inf"):
        model.loss(huge, batch)
