"""The language model, against numerical derivatives, PyTorch and its own parts."""

import numpy as np
import pytest
import torch

from rnncore.gradcheck import check_gradients, relative_error
from rnncore.kinds import NonFiniteError
from rnncore.models import CharLanguageModel
from rnncore.ops import cross_entropy_forward, one_hot, softmax
from rnncore.sequence import rnn_forward
from tests.rejection import rejects

T, N, H, V = 5, 3, 6, 7
MODEL = CharLanguageModel(vocab_size=V, hidden_size=H)


def problem(seed=0):
    """Draw parameters without zeros, a batch that repeats tokens, and a state."""
    rng = np.random.default_rng(seed)
    params = {name: p + 0.1 for name, p in MODEL.init(rng).items()}
    batch = (rng.integers(V - 1, size=(T, N)), rng.integers(V, size=(T, N)))
    return params, batch, rng.uniform(-0.9, 0.9, size=(N, H))


def test_init():
    params = MODEL.init(np.random.default_rng(0))
    assert {name: p.shape for name, p in params.items()} == {
        "W_xh": (V, H),
        "W_hh": (H, H),
        "b_h": (H,),
        "W_hy": (H, V),
        "b_y": (V,),
    }


@pytest.mark.parametrize(("method", "limit"), [("central", 1e-7), ("complex", 1e-12)])
def test_gradients_against_numerical_derivatives(method, limit):
    params, batch, h0 = problem()
    errors = check_gradients(lambda p: MODEL.loss(p, batch, h0)[:2], params, method)
    assert len(errors) == 5
    assert max(errors.values()) < limit


def test_loss_and_gradients_against_pytorch():
    params, (inputs, targets), h0 = problem()
    p = {name: torch.tensor(a, requires_grad=True) for name, a in params.items()}
    h, logits = torch.tensor(h0), []
    for tokens in inputs:
        h = torch.tanh(p["W_xh"][torch.tensor(tokens)] + h @ p["W_hh"] + p["b_h"])
        logits.append(h @ p["W_hy"] + p["b_y"])
    theirs = torch.nn.functional.cross_entropy(
        torch.stack(logits).reshape(-1, V), torch.tensor(targets.ravel())
    )
    theirs.backward()
    loss, grads, h_last = MODEL.loss(params, (inputs, targets), h0)
    assert relative_error(loss, theirs.item()) < 1e-10
    assert relative_error(h_last, h.detach().numpy()) < 1e-10
    for name in params:
        assert relative_error(grads[name], p[name].grad.numpy()) < 1e-10, name


def test_row_lookup_equals_one_hot_inputs():
    params, (inputs, targets), h0 = problem()
    hs, _ = rnn_forward(one_hot(inputs, V), h0, params)
    logits, h_last = MODEL.logits(params, inputs, h0)
    assert relative_error(logits, hs @ params["W_hy"] + params["b_y"]) < 1e-13
    assert relative_error(h_last, hs[-1]) < 1e-13
    loss, _, _ = MODEL.loss(params, (inputs, targets), h0)
    assert loss == pytest.approx(cross_entropy_forward(logits, targets)[0], rel=1e-13)


def test_carrying_the_state_equals_one_long_call():
    params, (inputs, _), h0 = problem()
    logits, h_last = MODEL.logits(params, inputs, h0)
    first, h = MODEL.logits(params, inputs[:2], h0)
    second, h = MODEL.logits(params, inputs[2:], h)
    assert relative_error(logits, np.concatenate([first, second])) < 1e-13
    assert relative_error(h_last, h) < 1e-13


def test_the_state_is_zero_unless_given():
    params, batch, _ = problem()
    loss, _, _ = MODEL.loss(params, batch)
    assert loss == MODEL.loss(params, batch, np.zeros((N, H)))[0]


def test_float32_stays_float32():
    params, batch, _ = problem()
    params = {name: p.astype(np.float32) for name, p in params.items()}
    loss, grads, h_last = MODEL.loss(params, batch)
    assert {a.dtype for a in (loss, h_last, *grads.values())} == {np.dtype("float32")}


def test_nothing_is_changed_or_remembered():
    params, batch, h0 = problem()
    copies = {name: p.copy() for name, p in params.items()}
    first = MODEL.loss(params, batch, h0)
    second = MODEL.loss(params, batch, h0)
    assert first[0] == second[0]
    for name in params:
        np.testing.assert_array_equal(params[name], copies[name])
        np.testing.assert_array_equal(first[1][name], second[1][name])
    assert not np.shares_memory(first[2], h0)


# Generating


def generate(seed=0, length=20, prompt=(1, 2), temperature=1.0):
    params, _, _ = problem()
    rng = np.random.default_rng(seed)
    return MODEL.generate(params, rng, length, np.array(prompt), temperature)


def test_generation_is_reproducible():
    np.testing.assert_array_equal(generate(seed=4), generate(seed=4))
    assert not np.array_equal(generate(seed=4), generate(seed=5))
    assert generate().shape == (20,)
    assert generate().dtype.kind == "i"


def test_low_temperature_takes_the_likeliest_token():
    params, _, _ = problem()
    tokens = list(map(int, generate(temperature=1e-4, prompt=(1, 2))))
    text = [1, 2]
    for token in tokens:
        logits, _ = MODEL.logits(params, np.array(text)[:, None])
        assert token == np.argmax(logits[-1, 0])
        text.append(token)


def test_tokens_follow_the_probabilities_of_the_model():
    params, _, _ = problem()
    logits, _ = MODEL.logits(params, np.array([[1], [2]]))
    for temperature in (1.0, 3.0):
        expected = softmax(logits[-1, 0] / temperature)
        rng = np.random.default_rng(0)
        draws = [
            MODEL.generate(params, rng, 1, np.array([1, 2]), temperature)[0]
            for _ in range(3000)
        ]
        counts = np.bincount(draws, minlength=V)
        chi_square = np.sum((counts - 3000 * expected) ** 2 / (3000 * expected))
        assert chi_square < 24  # 6 degrees of freedom: exceeded once in 2000 seeds


def test_float32_parameters_generate():
    params, _, _ = problem()
    params = {name: p.astype(np.float32) for name, p in params.items()}
    rng = np.random.default_rng(0)
    assert MODEL.generate(params, rng, 50, np.array([0])).shape == (50,)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("temperature", [5e-324, 1e-40, np.longdouble(1e-9)])
def test_no_temperature_is_too_low(dtype, temperature):
    params = {name: p.astype(dtype) for name, p in problem()[0].items()}
    rng = np.random.default_rng(0)
    tokens = MODEL.generate(params, rng, 9, np.array([1, 2]), temperature)
    np.testing.assert_array_equal(tokens, generate(length=9, temperature=1e-4))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_temperature_is_too_high(dtype):
    params = {name: p.astype(dtype) for name, p in problem()[0].items()}
    rng = np.random.default_rng(0)
    tokens = MODEL.generate(params, rng, 700, np.array([1]), 1e308)
    assert np.bincount(tokens, minlength=V).min() > 60  # of 100 expected


# Bad input


def test_bad_sizes():
    with rejects(ValueError, "CharLanguageModel: vocab_size is 0", "at least 1"):
        CharLanguageModel(vocab_size=0, hidden_size=3)
    with rejects(TypeError, "CharLanguageModel: hidden_size is 3.0"):
        CharLanguageModel(vocab_size=2, hidden_size=3.0)


@pytest.mark.parametrize(
    ("batch", "kind", "parts"),
    [
        (None, TypeError, ["batch is a NoneType", "(inputs, targets)"]),
        (np.zeros((2, T, N), int), TypeError, ["batch is a ndarray", "Batch"]),
        ((np.zeros((T, N)), None), TypeError, ["inputs has dtype float64"]),
        ((np.full((T, N), V), np.zeros((T, N), int)), ValueError, ["inputs holds 7"]),
        (
            (np.zeros((T, N), int), np.full((T, N), -1)),
            ValueError,
            ["targets holds -1"],
        ),
        ((np.zeros((T, N), int),) * 1, TypeError, ["tuple"]),
        ((np.zeros((T, N), int), np.zeros((T, 1), int)), ValueError, ["targets has N"]),
        ((np.zeros((0, N), int),) * 2, ValueError, ["inputs is empty", "T = 0"]),
        ((np.zeros((T, 0), int),) * 2, ValueError, ["inputs is empty", "N = 0"]),
    ],
)
def test_bad_batches(batch, kind, parts):
    params, _, _ = problem()
    with rejects(kind, "loss", *parts):
        MODEL.loss(params, batch)


def test_bad_states_and_parameters():
    params, batch, h0 = problem()
    with rejects(ValueError, "loss: h0 has N = 2", "Pass h0 of shape (3, 6)"):
        MODEL.loss(params, batch, h0[:2])
    with rejects(NonFiniteError, "logits: h0 holds nan"):
        MODEL.logits(params, batch[0], h0 * np.nan)
    with rejects(ValueError, "loss: W_hy has V = 6", "model", "(6, 7)"):
        MODEL.loss({**params, "W_hy": params["W_hy"][:, 1:]}, batch)
    with rejects(ValueError, "loss: params has no 'W_hy'", "(H, V)"):
        MODEL.loss({k: v for k, v in params.items() if k != "W_hy"}, batch)
    with rejects(TypeError, "loss: params is a NoneType"):
        MODEL.loss(None, batch)


def test_parameters_that_are_not_finite():
    params, batch, _ = problem()
    bad = {**params, "W_hh": np.full((H, H), np.inf)}
    with rejects(NonFiniteError, "loss: params['W_hh'] holds inf", "36 of 36"):
        MODEL.loss(bad, batch)
    with rejects(NonFiniteError, "generate: params['W_hh'] holds inf"):
        MODEL.generate(bad, np.random.default_rng(0), 3, np.array([1]))
    huge = {**params, "b_h": np.ones(H), "W_hy": np.full((H, V), 1.7e308)}
    with rejects(NonFiniteError, "generate: logits holds inf"):
        MODEL.generate(huge, np.random.default_rng(0), 3, np.array([1]))


def test_bad_input_of_generate():
    with rejects(ValueError, "generate: length is 0", "at least 1"):
        generate(length=0)
    with rejects(ValueError, "generate: temperature is 0", "temperature=1e-3"):
        generate(temperature=0)
    with rejects(ValueError, "generate: prompt_tokens holds 7", "0 to 6"):
        generate(prompt=(7,))
    with rejects(TypeError, "generate: prompt_tokens has dtype float64"):
        generate(prompt=())
    params, _, _ = problem()
    with rejects(ValueError, "generate: prompt_tokens is empty", "T = 0"):
        MODEL.generate(params, np.random.default_rng(0), 3, np.zeros(0, int))
    with rejects(TypeError, "generate: rng is None", "default_rng"):
        MODEL.generate(params, None, 3, np.array([1]))
