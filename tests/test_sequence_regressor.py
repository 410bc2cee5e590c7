"""The regressor, against numerical derivatives, PyTorch, and itself unpadded."""

import numpy as np
import pytest
import torch

from rnncore.gradcheck import check_gradients, relative_error
from rnncore.kinds import NonFiniteError
from rnncore.sequence_regressor import SequenceRegressor, SeriesBatch
from rnncore.tasks import ADDING_BASELINE, SINE_BASELINE, adding_problem, noisy_sine
from tests import torch_twins
from tests.learning import learn
from tests.rejection import rejects

T, N, D, K, H = 5, 4, 3, 2, 3
MASK = np.arange(T)[:, None] < np.array([5, 2, 1, 4])
MODELS = {
    "each step": {},
    "stack": {"cell": "lstm", "layers": 2},
    "one answer": {"cell": "lstm", "layers": 2, "per_step": False},
    "one answer gru": {"cell": "gru", "per_step": False},
}


def problem(kind, mask=MASK, seed=0):
    rng = np.random.default_rng(seed)
    model = SequenceRegressor(D, K, H, **MODELS[kind])
    params = {name: p + 0.1 for name, p in model.init(rng).items()}
    targets = rng.normal(size=(T, N, K) if model.per_step else (N, K))
    state = tuple(rng.normal(size=a.shape) for a in model.reader.zero_state(N))
    batch = SeriesBatch(rng.normal(size=(T, N, D)), targets, mask)
    return model, params, batch, state if model.per_step else None


every_model = pytest.mark.parametrize("kind", MODELS)
every_mask = pytest.mark.parametrize("mask", [None, MASK], ids=["all", "masked"])


@every_model
@every_mask
def test_gradients_against_numerical_derivatives(kind, mask):
    model, params, *given = problem(kind, mask)
    for method, limit in (("central", 1e-6), ("complex", 1e-11)):
        errors = check_gradients(lambda p: model.loss(p, *given)[:2], params, method)
        assert max(errors.values()) < limit, errors


@every_model
@every_mask
def test_loss_and_gradients_against_pytorch(kind, mask):
    model, params, batch, state = problem(kind, mask)
    p = torch_twins.leaves(params)
    start = None if state is None else tuple(map(torch.tensor, state))
    how = {"layers": model.layers, "mask": mask, "state": start}
    hs, last = torch_twins.read(model.cell, batch.inputs, p, H, **how)
    seen = hs if model.per_step else last[-torch_twins.STEPS[model.cell][1]]
    errors = (seen @ p["W_hy"] + p["b_y"] - torch.tensor(batch.targets)) ** 2
    if mask is not None and model.per_step:
        errors = errors[torch.tensor(mask)]
    found = model.loss(params, batch, state)
    torch_twins.assert_equal(found, errors.mean(), p)
    if model.per_step:
        for ours, theirs in zip(found[2], last, strict=True):
            assert relative_error(ours, theirs.detach().numpy()) < 1e-10
    else:
        assert found[2] is None


@every_model
def test_a_padded_batch_equals_sequences_alone(kind):
    model, params, batch, _ = problem(kind)
    _, grads, _ = model.loss(params, batch)
    predictions, _ = model.predict(params, batch.inputs, mask=batch.mask)
    weights = MASK.sum(axis=0) if model.per_step else np.ones(N)
    total = dict.fromkeys(params, 0)
    for n in range(N):
        real = MASK[:, n]
        kept = (real, slice(n, n + 1)) if model.per_step else slice(n, n + 1)
        alone = batch.inputs[real, n : n + 1]
        found, _ = model.predict(params, alone)
        assert relative_error(found, predictions[kept]) < 1e-13
        _, more, _ = model.loss(params, (alone, batch.targets[kept]))
        total = {k: total[k] + weights[n] / weights.sum() * more[k] for k in more}
    for name, grad in grads.items():
        assert relative_error(grad, total[name]) < 1e-12, name


@every_model
@every_mask
def test_score_equals_loss(kind, mask):
    model, params, *given = problem(kind, mask)
    loss, _, last = model.loss(params, *given)
    total, count, after = model.score(params, *given)
    steps = N if not model.per_step else T * N if mask is None else MASK.sum()
    assert count == steps * K
    assert total / count == pytest.approx(loss, rel=1e-13)
    if model.per_step:
        np.testing.assert_array_equal(last, after)


def test_two_halves_equal_the_whole():
    model, params, batch, state = problem("stack", None)
    whole, last = model.predict(params, batch.inputs, state)
    first, between = model.predict(params, batch.inputs[:2], state)
    second, after = model.predict(params, batch.inputs[2:], between)
    assert relative_error(np.concatenate([first, second]), whole) < 1e-13
    np.testing.assert_allclose(after, last)


@every_model
def test_float32_stays_float32(kind):
    model, params, batch, _ = problem(kind)
    params = {name: p.astype(np.float32) for name, p in params.items()}
    inputs, targets, mask = batch
    batch = (inputs.astype(np.float32), targets.astype(np.float32), mask)
    loss, grads, _ = model.loss(params, batch)
    predictions, _ = model.predict(params, batch[0])
    arrays = (loss, predictions, *grads.values())
    assert {a.dtype for a in arrays} == {np.dtype(np.float32)}


def test_a_forecast_reads_its_own_predictions():
    rng = np.random.default_rng(0)
    model = SequenceRegressor(2, 2, 3, cell="gru", layers=2)
    params, inputs = model.init(rng), rng.normal(size=(T, N, 2))
    found, _ = model.forecast(params, inputs, 4)
    for t in range(4):
        read = np.concatenate([inputs, found[:t]])
        expected, _ = model.predict(params, read)
        assert relative_error(found[t], expected[-1]) < 1e-12


def test_it_learns_the_adding_problem():
    rng = np.random.default_rng(0)
    model = SequenceRegressor(2, 1, 16, cell="lstm", per_step=False)

    def draw():
        return adding_problem(rng, N=32, T=6)

    params = learn(model, model.init(rng), draw, steps=500, rate=0.02)
    total, count, _ = model.score(params, draw())
    assert total / count < ADDING_BASELINE / 10


def test_it_learns_to_forecast_a_wave():
    rng = np.random.default_rng(0)
    model = SequenceRegressor(1, 1, 16)

    def draw():
        return noisy_sine(rng, N=16, T=30, noise=0.02)

    params = learn(model, model.init(rng), draw, steps=300)
    batch = draw()
    total, count, _ = model.score(params, batch)
    assert total / count < SINE_BASELINE / 20
    forecast, _ = model.forecast(params, batch.inputs[:21], 9)
    assert np.mean((forecast - batch.targets[20:29]) ** 2) < SINE_BASELINE / 5


# Bad input


def test_bad_models():
    with rejects(ValueError, "SequenceRegressor: output_size is 0", "Pass"):
        SequenceRegressor(3, 0, 2)
    with rejects(ValueError, "hidden_size is 0", "Pass"):
        SequenceRegressor(3, 1, 0)


@pytest.mark.parametrize(
    ("change", "kind", "parts"),
    [
        ({"inputs": np.zeros((T, N), int)}, TypeError, ["inputs has dtype int64"]),
        ({"inputs": np.ones((T, N, 2))}, ValueError, ["inputs has D = 2", "(5, 4, 3)"]),
        ({"inputs": np.full((T, N, D), np.inf)}, NonFiniteError, ["inputs holds inf"]),
        ({"targets": np.zeros((T, N, K), int)}, TypeError, ["targets has dtype int64"]),
        ({"targets": np.ones((T, N, 1))}, ValueError, ["targets has K = 1", "5, 4, 2"]),
        ({"targets": np.ones((N, K))}, ValueError, ["targets has shape (4, 2)"]),
        ({"targets": np.full((T, N, K), np.nan)}, NonFiniteError, ["targets holds"]),
        ({"mask": MASK[:, :3]}, ValueError, ["mask has N = 3", "(5, 4)"]),
        ({"mask": MASK & False}, ValueError, ["mask is False everywhere", "Leave"]),
    ],
)
def test_bad_batches(change, kind, parts):
    model, params, batch, _ = problem("each step")
    with rejects(kind, "loss: ", *parts):
        model.loss(params, batch._replace(**change))


def test_other_bad_input():
    model, params, batch, state = problem("each step")
    with rejects(TypeError, "score: batch is a NoneType", "(inputs, targets)", "mask"):
        model.score(params, None)
    with rejects(ValueError, "predict: W_hy has H = 2", "Pass W_hy of shape (3, 2)"):
        model.predict({**params, "W_hy": params["W_hy"][:2]}, batch.inputs)
    with rejects(NonFiniteError, "predictions holds inf"):
        model.loss({**params, "b_y": np.full(K, np.inf)}, batch)
    with rejects(ValueError, "state holds 0 array(s)", "Pass state=("):
        model.predict(params, batch.inputs, ())
    with rejects(ValueError, "forecast: the model reads 3 and predicts 2", "Pass"):
        model.forecast(params, batch.inputs, 3)
    model, params, batch, _ = problem("one answer")
    with rejects(ValueError, "loss: state is a tuple", "Pass state=None"):
        model.loss(params, batch, state)
    with rejects(ValueError, "loss: mask is False everywhere in column 0", "Leave"):
        model.loss(params, batch._replace(mask=MASK & (np.arange(N) > 0)))
