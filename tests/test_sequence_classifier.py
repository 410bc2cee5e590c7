"""The classifier, against numerical derivatives, PyTorch, and itself unpadded."""

import numpy as np
import pytest
import torch

from rnncore.gradcheck import check_gradients, relative_error
from rnncore.kinds import NonFiniteError
from rnncore.sequence_classifier import ClassBatch, SequenceClassifier
from rnncore.tasks import parity
from tests import torch_twins
from tests.learning import learn
from tests.rejection import rejects

T, N, D, C, H = 5, 4, 6, 3, 2
MASK = np.arange(T)[:, None] < np.array([5, 2, 1, 4])
MODELS = {
    "tokens": {},
    "lstm": {"cell": "lstm", "layers": 2},
    "embedding": {"cell": "gru", "embedding_size": 3, "pooling": "mean"},
    "both ways": {"cell": "lstm", "bidirectional": True, "layers": 2},
    "mean both ways": {"bidirectional": True, "pooling": "mean"},
    "vectors": {"cell": "gru", "bidirectional": True},
}


def problem(kind, mask=MASK, seed=0):
    rng = np.random.default_rng(seed)
    model = SequenceClassifier(D, C, H, **MODELS[kind])
    params = {name: p + 0.1 for name, p in model.init(rng).items()}
    tokens, vectors = rng.integers(D, size=(T, N)), rng.normal(size=(T, N, D))
    inputs = vectors if kind == "vectors" else tokens
    return model, params, ClassBatch(inputs, rng.integers(C, size=N), mask)


every_model = pytest.mark.parametrize("kind", MODELS)
every_mask = pytest.mark.parametrize("mask", [None, MASK], ids=["all", "masked"])


@every_model
@every_mask
def test_gradients_against_numerical_derivatives(kind, mask):
    model, params, batch = problem(kind, mask)
    for method, limit in (("central", 1e-6), ("complex", 1e-11)):
        errors = check_gradients(lambda p: model.loss(p, batch)[:2], params, method)
        assert max(errors.values()) < limit, errors


@every_model
@every_mask
def test_loss_and_gradients_against_pytorch(kind, mask):
    model, params, batch = problem(kind, mask)
    p = torch_twins.leaves(params)
    how = (model.layers, model.bidirectional, mask)
    hs, last = torch_twins.read(model.cell, batch.inputs, p, H, *how)
    n = torch_twins.STEPS[model.cell][1]
    if model.pooling == "mean":
        weights = torch.tensor((MASK >= 0 if mask is None else mask) * 1.0)
        weights = (weights / weights.sum(dim=0))[..., None]
        summary = (hs * weights).sum(dim=0)
    elif model.bidirectional:
        summary = torch.cat([last[-2 * n], last[-n]], dim=1)
    else:
        summary = last[-n]
    theirs = torch_twins.cross_entropy(summary @ p["W_hy"] + p["b_y"], batch.targets)
    torch_twins.assert_equal(model.loss(params, batch), theirs, p)


@every_model
def test_a_padded_batch_equals_sequences_alone(kind):
    model, params, batch = problem(kind)
    logits = model.logits(params, batch.inputs, batch.mask)
    loss, grads, _ = model.loss(params, batch)
    losses, parts = [], []
    for n in range(N):
        alone = batch.inputs[MASK[:, n], n : n + 1]
        found = model.logits(params, alone)
        assert relative_error(found, logits[n : n + 1]) < 1e-13
        one, more, _ = model.loss(params, (alone, batch.targets[n : n + 1]))
        losses.append(one)
        parts.append(more)
    assert loss == pytest.approx(np.mean(losses), rel=1e-12)
    for name, grad in grads.items():
        assert relative_error(grad, np.mean([p[name] for p in parts], axis=0)) < 1e-12


@every_model
def test_score_equals_loss(kind):
    model, params, batch = problem(kind)
    loss, _, state = model.loss(params, batch)
    total, count, _ = model.score(params, batch)
    assert state is None
    assert count == N
    assert total / count == pytest.approx(loss, rel=1e-13)


@every_model
def test_float32_stays_float32(kind):
    model, params, batch = problem(kind)
    params = {name: p.astype(np.float32) for name, p in params.items()}
    if kind == "vectors":
        batch = batch._replace(inputs=batch.inputs.astype(np.float32))
    loss, grads, _ = model.loss(params, batch)
    arrays = (loss, model.logits(params, batch.inputs), *grads.values())
    assert {a.dtype for a in arrays} == {np.dtype(np.float32)}


def test_parameters():
    _, params, _ = problem("mean both ways")
    assert {name: p.shape for name, p in params.items()} == {
        **{f"layer0.{way}.W_xh": (D, H) for way in ("forward", "backward")},
        **{f"layer0.{way}.W_hh": (H, H) for way in ("forward", "backward")},
        **{f"layer0.{way}.b_h": (H,) for way in ("forward", "backward")},
        "W_hy": (2 * H, C),
        "b_y": (C,),
    }


@pytest.mark.parametrize("pooling", ["last", "mean"])
def test_it_learns_parity(pooling):
    rng = np.random.default_rng(1)
    model = SequenceClassifier(2, 2, 16, cell="lstm", pooling=pooling)

    def draw():
        inputs, targets, _ = parity(rng, N=32, T=4)
        return ClassBatch(inputs, targets[-1])

    params = learn(model, model.init(rng), draw, steps=300, rate=0.03)
    total, count, _ = model.score(params, draw())
    assert total / count < 0.05  # nats; a guess has 0.69


# Bad input


def test_bad_models():
    with rejects(ValueError, "SequenceClassifier: n_classes is 0", "Pass"):
        SequenceClassifier(3, 0, 2)
    with rejects(ValueError, "pooling is 'max'", "'last', 'mean'", "Pass"):
        SequenceClassifier(3, 2, 2, pooling="max")
    with rejects(ValueError, "cell is 'LSTM'", "Pass"):
        SequenceClassifier(3, 2, 2, cell="LSTM")
    with rejects(TypeError, "embedding_size is 2.0", "Pass an int"):
        SequenceClassifier(3, 2, 2, embedding_size=2.0)


@pytest.mark.parametrize(
    ("change", "kind", "parts"),
    [
        ({"inputs": np.full((T, N), D)}, ValueError, ["inputs holds 6", "0 to 5"]),
        ({"inputs": np.ones((T, N, 2))}, ValueError, ["inputs has D = 2", "(5, 4, 6)"]),
        ({"inputs": [1]}, TypeError, ["inputs is a list", "Pass"]),
        ({"inputs": np.full((T, N, D), np.nan)}, NonFiniteError, ["inputs holds nan"]),
        ({"targets": np.full(N, C)}, ValueError, ["targets holds 3", "0 to 2"]),
        ({"targets": np.zeros(3, int)}, ValueError, ["targets has N = 3", "(4,)"]),
        ({"targets": np.zeros((1, N), int)}, ValueError, ["targets has shape (1, 4)"]),
        ({"mask": MASK[:4]}, ValueError, ["mask has T = 4", "(5, 4)"]),
        ({"mask": MASK * 1}, TypeError, ["mask has dtype int64", "Pass"]),
        ({"mask": MASK & (np.arange(N) > 0)}, ValueError, ["column 0", "Leave"]),
    ],
)
def test_bad_batches(change, kind, parts):
    model, params, batch = problem("tokens")
    with rejects(kind, "loss: ", *parts):
        model.loss(params, batch._replace(**change))


def test_other_bad_input():
    model, params, batch = problem("tokens")
    with rejects(TypeError, "loss: batch is a list (no tuple)", "Pass"):
        model.loss(params, list(batch))
    with rejects(ValueError, "score: state is a tuple", "Pass state=None"):
        model.score(params, batch, ())
    with rejects(ValueError, "loss: W_hy has V = 2", "Pass W_hy of shape (2, 3)"):
        model.loss({**params, "W_hy": params["W_hy"][:, :2]}, batch)
    with rejects(ValueError, "loss: params has no 'b_y'", "Add"):
        model.loss({k: p for k, p in params.items() if k != "b_y"}, batch)
    with rejects(NonFiniteError, "loss: logits holds nan"):
        model.loss({**params, "W_hy": params["W_hy"] * np.nan}, batch)
    with rejects(TypeError, "init: rng is 0", "default_rng(0)"):
        model.init(0)
    model, params, batch = problem("embedding")
    with rejects(TypeError, "logits: inputs has dtype float64", "Pass"):
        model.logits(params, np.ones((T, N, D)))
