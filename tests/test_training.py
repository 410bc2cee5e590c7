"""The training loop carries the state, learns, and stops when numbers go bad."""

import numpy as np
import pytest

from rnncore.data import sequential_batches
from rnncore.kinds import NonFiniteError
from rnncore.models import CharLanguageModel
from rnncore.optim import SGD, Optimizer, clip_by_global_norm, sgd_init, sgd_update
from rnncore.training import evaluate, train
from tests.rejection import rejects

MODEL = CharLanguageModel(vocab_size=4, hidden_size=8)
TOKENS = np.tile([0, 1, 2, 0, 3, 3], 30)
HOW = {"N": 2, "T": 7, "steps": 30, "learning_rate": 0.05, "progress": False}


def init(seed=0):
    return MODEL.init(np.random.default_rng(seed))


def test_a_periodic_text_is_learned():
    params, history = train(MODEL, init(), TOKENS, **{**HOW, "steps": 150})
    assert history["loss"][0] > 1
    assert history["loss"][-1] < 0.1
    assert evaluate(MODEL, params, TOKENS, N=1, T=50) < 0.1


def test_equals_the_loop_written_out():
    how = {**HOW, "learning_rate": 0.5, "max_norm": 0.7}
    trained, history = train(MODEL, init(), TOKENS, **how, optimizer=SGD)
    batches = sequential_batches(TOKENS, N=2, T=7)
    assert len(batches) == 13  # so that 30 steps are two epochs and a bit
    params, h, losses, norms = init(), None, [], []
    for step in range(HOW["steps"]):
        if step % 13 == 0:
            h = np.zeros((2, 8))
        loss, grads, h = MODEL.loss(params, batches[step % 13], h)
        grads, norm = clip_by_global_norm(grads, 0.7)
        params = {name: params[name] - 0.5 * grads[name] for name in params}
        losses.append(loss)
        norms.append(norm)
    assert min(norms) < 0.7 < max(norms)
    np.testing.assert_allclose(history["loss"], losses, rtol=1e-12)
    np.testing.assert_allclose(history["gradient_norm"], norms, rtol=1e-10)
    for name in params:
        np.testing.assert_allclose(trained[name], params[name], rtol=1e-10)


def test_training_is_reproducible_and_leaves_its_input_alone():
    start = init()
    copies = {name: p.copy() for name, p in start.items()}
    first, _ = train(MODEL, start, TOKENS, **HOW)
    second, _ = train(MODEL, start, TOKENS, **HOW)
    for name, copy in copies.items():
        np.testing.assert_array_equal(first[name], second[name])
        np.testing.assert_array_equal(start[name], copy)


def test_float32_stays_float32():
    start = {name: p.astype(np.float32) for name, p in init().items()}
    params, _ = train(MODEL, start, TOKENS, **HOW)
    assert {p.dtype for p in params.values()} == {np.dtype(np.float32)}


def test_evaluation_does_not_depend_on_the_window():
    losses = [evaluate(MODEL, init(), TOKENS, N=3, T=T) for T in (1, 7, 1000)]
    np.testing.assert_allclose(losses, losses[0], rtol=1e-12)


def test_evaluation_weights_every_token_equally():
    inputs, targets = TOKENS[:-1, None], TOKENS[1:, None]
    loss, _, _ = MODEL.loss(init(), (inputs, targets))
    assert evaluate(MODEL, init(), TOKENS, N=1, T=100) == pytest.approx(loss, rel=1e-12)


def test_the_progress_bar_can_be_hidden(capsys):
    train(MODEL, init(), TOKENS, **HOW)
    assert capsys.readouterr().err == ""
    train(MODEL, init(), TOKENS, **{**HOW, "progress": True})
    assert "training" in capsys.readouterr().err


def spoil(step, value):
    """Return gradient descent that writes a bad number into W_hy after some steps."""

    def update(params, grads, state, learning_rate):
        params, _ = sgd_update(params, grads, (), learning_rate)
        if state == step:
            params["W_hy"][1, 2] = value
        return params, state + 1

    return Optimizer(lambda params: sgd_init(params) or 0, update)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_bad_parameter_stops_the_run_and_is_named(value):
    with rejects(
        NonFiniteError,
        "train: stopped at step 6",
        "params['W_hy'] holds",
        "(1, 2)",
        "lower learning_rate or max_norm",
    ):
        train(MODEL, init(), TOKENS, **HOW, optimizer=spoil(5, value))


def test_a_bad_gradient_stops_the_run_and_is_named(monkeypatch):
    original = CharLanguageModel.loss

    def bad_gradient(self, params, batch, h0):
        loss, grads, h = original(self, params, batch, h0)
        grads["b_h"][3] = np.inf
        return loss, grads, h

    monkeypatch.setattr(CharLanguageModel, "loss", bad_gradient)
    with rejects(NonFiniteError, "step 0", "grads['b_h'] holds inf", "(3,)"):
        train(MODEL, init(), TOKENS, **HOW)


def test_overflow_on_the_way_to_the_loss_is_reported_not_warned_of():
    params = {name: 1e200 * (p + 1) for name, p in init().items()}
    params["W_hy"] *= 1e107
    with rejects(NonFiniteError, "train: stopped at step 0", "holds inf"):
        train(MODEL, params, TOKENS, **HOW)


@pytest.mark.parametrize(
    ("changed", "kind", "parts"),
    [
        ({"steps": 0}, ValueError, ["train: steps is 0", "at least 1"]),
        ({"learning_rate": -1}, ValueError, ["train: learning_rate is -1"]),
        ({"max_norm": 0}, ValueError, ["train: max_norm is 0"]),
        ({"N": 200}, ValueError, ["180 tokens", "N = 200", "smaller N"]),
        ({"T": 0}, ValueError, ["T is 0"]),
    ],
)
def test_bad_options(changed, kind, parts):
    with rejects(kind, *parts):
        train(MODEL, init(), TOKENS, **{**HOW, **changed})


@pytest.mark.parametrize("model", [None, {}, CharLanguageModel])
def test_what_is_no_model(model):
    with rejects(TypeError, "train: model is a", "CharLanguageModel is needed"):
        train(model, init(), TOKENS, **HOW)
    with rejects(TypeError, "evaluate: model is a", "CharLanguageModel is needed"):
        evaluate(model, init(), TOKENS, N=1, T=5)


def test_what_is_no_optimizer_or_no_parameters():
    with rejects(TypeError, "train: optimizer is a str", "Optimizer is needed"):
        train(MODEL, init(), TOKENS, **HOW, optimizer="adam")
    with rejects(TypeError, "train: params is a list", "dict of arrays"):
        train(MODEL, [], TOKENS, **HOW)
    with rejects(TypeError, "evaluate: params['b_h'] has dtype complex128", ".real"):
        evaluate(MODEL, {**init(), "b_h": np.ones(8) + 0j}, TOKENS, N=1, T=5)


def test_evaluation_reports_what_is_not_finite():
    with rejects(NonFiniteError, "logits: params['W_hh'] holds inf", "(0, 0)"):
        evaluate(MODEL, {**init(), "W_hh": np.full((8, 8), np.inf)}, TOKENS, N=1, T=5)
    huge = {**init(), "W_hy": np.full((8, 4), 1.7e308), "b_h": np.ones(8)}
    with rejects(NonFiniteError, "logits holds inf"):
        evaluate(MODEL, huge, TOKENS, N=1, T=5)


def test_tokens_of_another_vocabulary():
    with rejects(ValueError, "inputs holds 4", "V = 4", "0 to 3"):
        train(MODEL, init(), TOKENS + 1, **HOW)
