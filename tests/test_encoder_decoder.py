"""Encoder and decoder, against numerical derivatives, PyTorch, and their own parts."""

import numpy as np
import pytest
import torch

from rnncore.decoding import greedy
from rnncore.encoder_decoder import EncoderDecoder, PairBatch
from rnncore.gradcheck import check_gradients, relative_error
from rnncore.kinds import NonFiniteError
from rnncore.tasks import reversal
from tests import torch_twins
from tests.learning import learn
from tests.rejection import rejects

S, T, N, U, V, H = 6, 4, 3, 5, 7, 2
MASK = np.arange(T)[:, None] < np.array([4, 1, 3])
SOURCES = np.arange(S)[:, None] < np.array([2, 6, 4])
MODELS = {
    "plain": {},
    "dot": {"attention": "dot", "start_token": 2},
    "stack": {"cell": "lstm", "layers": 2, "attention": "additive"},
    "embedding": {"cell": "gru", "embedding_size": 3, "attention": "dot"},
}


def problem(kind, masked=True, seed=0):
    rng = np.random.default_rng(seed)
    model = EncoderDecoder(U, V, H, **MODELS[kind])
    params = {name: p + 0.1 for name, p in model.init(rng).items()}
    batch = PairBatch(rng.integers(U, size=(S, N)), rng.integers(V, size=(T, N)))
    if masked:
        batch = batch._replace(mask=MASK, source_mask=SOURCES)
    return model, params, batch


every_model = pytest.mark.parametrize("kind", MODELS)
every_mask = pytest.mark.parametrize("masked", [False, True], ids=["all", "masked"])


@every_model
@every_mask
def test_gradients_against_numerical_derivatives(kind, masked):
    model, params, batch = problem(kind, masked)
    for method, limit in (("central", 1e-5), ("complex", 1e-11)):
        errors = check_gradients(lambda p: model.loss(p, batch)[:2], params, method)
        assert max(errors.values()) < limit, errors


@every_model
@every_mask
def test_loss_and_gradients_against_pytorch(kind, masked):
    model, params, batch = problem(kind, masked)
    source, targets, mask, source_mask = batch
    p = torch_twins.leaves(params)
    encoder, decoder = (torch_twins.part(p, name) for name in ("encoder", "decoder"))
    how = {"layers": model.layers, "mask": source_mask}
    memory, last = torch_twins.read(model.cell, source, encoder, H, **how)
    read = np.vstack([np.full((1, N), model.start_token), targets[:-1]])
    how = {"layers": model.layers, "mask": mask, "state": last}
    outputs, _ = torch_twins.read(model.cell, read, decoder, H, **how)
    if model.attention is not None:
        scores = torch.einsum("tnh,snh->tns", outputs, memory)
        if model.attention == "additive":
            looks = torch_twins.part(p, "attention")
            from_keys = memory @ looks["W_ka"]
            units = torch.tanh((outputs @ looks["W_qa"])[:, None] + from_keys)
            scores = (units @ looks["v_a"]).transpose(1, 2)
        if masked:
            scores = scores.masked_fill(~torch.tensor(source_mask.T), -torch.inf)
        weights = torch.softmax(scores, dim=-1)
        contexts = torch.einsum("tns,snh->tnh", weights, memory)
        both = torch.cat([outputs, contexts], dim=2)
        outputs = torch.tanh(both @ p["attention.W_c"])
        ours = model.attention_weights(params, batch)
        assert relative_error(ours, weights.detach().numpy()) < 1e-10
    logits = outputs @ p["W_hy"] + p["b_y"]
    theirs = torch_twins.cross_entropy(logits, targets, mask)
    torch_twins.assert_equal(model.loss(params, batch), theirs, p)


@every_model
def test_a_padded_batch_equals_pairs_alone(kind):
    model, params, batch = problem(kind)
    loss, grads, _ = model.loss(params, batch)
    total, mean = dict.fromkeys(params, 0), 0
    for n in range(N):
        source = batch.source[SOURCES[:, n], n : n + 1]
        targets = batch.targets[MASK[:, n], n : n + 1]
        one, more, _ = model.loss(params, (source, targets))
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
    loss, grads, _ = model.loss(params, batch)
    _, scores = model.beam_search(params, batch.source, 3, 2)
    arrays = (loss, scores, *grads.values())
    assert {a.dtype for a in arrays} == {np.dtype(np.float32)}


# Writing


@every_model
def test_what_is_written_has_the_score_that_the_search_says(kind):
    model, params, batch = problem(kind)
    how = {"source_mask": SOURCES}
    tokens, scores = model.beam_search(params, batch.source, T, beam_width=3, **how)
    for n in range(N):
        source = batch.source[SOURCES[:, n], n : n + 1]
        for k in range(3):
            total, _, _ = model.score(params, (source, tokens[:, n, k : k + 1]))
            assert -total == pytest.approx(scores[n, k], rel=1e-12)


@every_model
def test_greedy_is_a_beam_of_one_and_the_limit_of_sampling(kind):
    model, params, batch = problem(kind)
    how = {"source_mask": SOURCES}
    tokens = model.generate(params, batch.source, T, **how)
    beams, _ = model.beam_search(params, batch.source, T, beam_width=1, **how)
    np.testing.assert_array_equal(beams[..., 0], tokens)
    rng = np.random.default_rng(0)
    cold = model.generate(params, batch.source, T, rng, temperature=1e-6, **how)
    np.testing.assert_array_equal(cold, tokens)
    start = model.encode(params, batch.source, SOURCES)
    first = np.full(N, model.start_token)
    expected, _ = greedy(model.step(params), start, first, T)
    np.testing.assert_array_equal(expected, tokens)


def test_draws_are_reproducible():
    model, params, batch = problem("stack")
    one, other, third = (
        model.generate(params, batch.source, 20, np.random.default_rng(seed))
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, other)
    assert not np.array_equal(one, third)


@every_model
def test_free_running_reads_what_was_written(kind):
    model, params, batch = problem(kind)
    tokens = model.generate(params, batch.source, T, source_mask=SOURCES)
    written = batch._replace(targets=tokens)
    # Where the model is right about everything, both ways read the same.
    assert model.accuracy(params, written) == 1
    assert model.accuracy(params, written, free_running=False) == 1
    forced = model.score(params, written)
    free = model.score(params, written, free_running=True)
    assert free[0] == pytest.approx(forced[0], rel=1e-13)
    # Where it is not, the share of right tokens is that of what it writes.
    right = (tokens == batch.targets)[MASK].mean()
    assert model.accuracy(params, batch) == right
    forced, free = (
        model.score(params, batch, free_running=f)[0] for f in (False, True)
    )
    assert forced != free


@pytest.mark.parametrize("attention", ["dot", "additive"])
def test_it_learns_to_reverse_five_symbols(attention):
    rng = np.random.default_rng(0)
    model = EncoderDecoder(6, 6, 24, cell="gru", attention=attention)

    def draw():
        return reversal(rng, N=32, T=5, vocab_size=6)

    params = learn(model, model.init(rng), draw, steps=500, rate=0.02)
    batch = reversal(rng, N=200, T=5, vocab_size=6)
    assert model.accuracy(params, batch) > 0.9  # a guess has 1/6
    weights = model.attention_weights(params, batch)
    assert weights.shape == (5, 200, 5)
    np.testing.assert_allclose(weights.sum(axis=-1), 1)


# Bad input


def test_bad_models():
    with rejects(ValueError, "EncoderDecoder: source_size is 0", "Pass"):
        EncoderDecoder(0, 2, 2)
    with rejects(ValueError, "Attention: kind is 'luong'", "'dot', 'additive'"):
        EncoderDecoder(2, 2, 2, attention="luong")
    with rejects(ValueError, "start_token holds 2", "from 0 to 1"):
        EncoderDecoder(2, 2, 2, start_token=2)


@pytest.mark.parametrize(
    ("change", "kind", "parts"),
    [
        ({"source": np.full((S, N), U)}, ValueError, ["source holds 5", "0 to 4"]),
        ({"source": np.zeros((S, N))}, TypeError, ["source has dtype float64"]),
        ({"targets": np.full((T, N), V)}, ValueError, ["targets holds 7", "0 to 6"]),
        ({"targets": np.zeros((T, 2), int)}, ValueError, ["targets has N = 2"]),
        ({"mask": MASK[:3]}, ValueError, ["mask has T = 3", "(4, 3)"]),
        ({"mask": MASK & False}, ValueError, ["mask is False everywhere", "Leave"]),
        ({"source_mask": SOURCES[:3]}, ValueError, ["source_mask has S = 3", "(6, 3)"]),
        ({"source_mask": SOURCES * 1}, TypeError, ["source_mask has dtype int64"]),
        (
            {"source_mask": SOURCES & (np.arange(N) > 0)},
            ValueError,
            ["source_mask is False everywhere in column 0", "Leave"],
        ),
    ],
)
def test_bad_batches(change, kind, parts):
    model, params, batch = problem("dot")
    with rejects(kind, "loss: ", *parts):
        model.loss(params, batch._replace(**change))


def test_other_bad_input():
    model, params, batch = problem("plain")
    with rejects(TypeError, "(source, targets)", "mask and source_mask", "Pass"):
        model.loss(params, None)
    with rejects(ValueError, "score: state is a tuple", "Pass state=None"):
        model.score(params, batch, ())
    with rejects(ValueError, "attention_weights: ", "attention=None", "Pass"):
        model.attention_weights(params, batch)
    with rejects(ValueError, "generate: length is 0", "Pass"):
        model.generate(params, batch.source, 0)
    with rejects(ValueError, "encode: W_hy has V = 6", "Pass W_hy of shape (2, 7)"):
        model.encode({**params, "W_hy": params["W_hy"][:, :6]}, batch.source)
    with rejects(ValueError, "beam_search: beam_width is 0", "Pass"):
        model.beam_search(params, batch.source, 3, 0)
    with rejects(NonFiniteError, "loss: logits holds nan"):
        model.loss({**params, "W_hy": params["W_hy"] * np.nan}, batch)
