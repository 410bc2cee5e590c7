"""The language model, against PyTorch, numerical derivatives, and its own parts."""

import numpy as np
import pytest
import torch

from rnncore.bptt import CheckpointedBPTT, FixedBPTT, RandomizedBPTT
from rnncore.cells import CELLS
from rnncore.gradcheck import check_gradients, relative_error
from rnncore.kinds import NonFiniteError
from rnncore.models import LanguageModel
from rnncore.ops import (
    affine_backward,
    affine_forward,
    cross_entropy_backward,
    cross_entropy_forward,
    dropout_mask,
    log_softmax,
    one_hot,
    softmax,
)
from rnncore.optim import adam_init, adam_update
from rnncore.parameters import part
from rnncore.rtrl import RTRL
from tests.network_problems import any_mask, close, gradients, module, numbered
from tests.rejection import rejects

T, N, H, V = 5, 3, 6, 7
WIDE = 40  # a vocabulary that is larger than T * N
MODELS = {
    "one-hot": LanguageModel(V, H),
    "folded": LanguageModel(V, H, "gru", embedding_size=4),
    "unfolded": LanguageModel(WIDE, H, "lstm", embedding_size=4),
    "tied": LanguageModel(V, H, "lstm", embedding_size=H, tied=True),
    "tied, wide": LanguageModel(WIDE, H, "tanh", embedding_size=H, tied=True),
    "deep": LanguageModel(V, H, "lstm", layers=2),
    "Jordan": LanguageModel(V, H, "jordan", embedding_size=3),
}
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def problem(model, seed=0, T=T):
    """Draw parameters without zeros, a batch with a mask, and a state."""
    rng = np.random.default_rng(seed)
    params = {name: p + 0.1 for name, p in model.init(rng).items()}
    inputs, targets = rng.integers(model.vocab_size, size=(2, T, N))
    zeros = model.network.zero_state(N)
    state = tuple(rng.uniform(-0.9, 0.9, size=array.shape) for array in zeros)
    return params, (inputs, targets, any_mask(T, N)), state


@pytest.mark.parametrize("tied", [False, True])
def test_init(tied):
    model = LanguageModel(V, H, "gru", layers=2, embedding_size=H, tied=tied)
    head = {} if tied else {"W_hy": (H, V)}
    params = model.init(np.random.default_rng(0))
    assert {name: p.shape for name, p in params.items()} == {
        "W_emb": (V, H),
        **{f"layer{k}.W_xh": (H, 3 * H) for k in range(2)},
        **{f"layer{k}.W_hh": (H, 3 * H) for k in range(2)},
        **{f"layer{k}.b_h": (3 * H,) for k in range(2)},
        **{f"layer{k}.b_n": (H,) for k in range(2)},
        **head,
        "b_y": (V,),
    }


# Gradients


@every_model
@pytest.mark.parametrize(("method", "limit"), [("central", 1e-6), ("complex", 1e-12)])
@pytest.mark.parametrize("masked", [False, True])
def test_gradients_against_numerical_derivatives(model, method, limit, masked):
    params, batch, state = problem(model)
    batch = batch if masked else batch[:2]
    errors = check_gradients(lambda p: model.loss(p, batch, state)[:2], params, method)
    assert errors.keys() == params.keys()
    assert max(errors.values()) < limit


@pytest.mark.parametrize("cell", CELLS)
def test_any_cell(cell):
    model = LanguageModel(4, 3, cell, layers=2)
    params, batch, state = problem(model)
    errors = check_gradients(
        lambda p: model.loss(p, batch, state)[:2], params, "complex"
    )
    assert max(errors.values()) < 1e-12


@every_model
def test_the_parts_put_together(model):
    params, (inputs, targets, mask), state = problem(model)
    table = params.get("W_emb", np.eye(model.vocab_size))
    W_hy = params["W_emb"].T if model.tied else params["W_hy"]
    xs = one_hot(inputs, model.vocab_size) @ table
    hs, last, run = model.network.forward(xs, state, params, mask)
    logits, affine = affine_forward(hs, W_hy, params["b_y"])
    loss, entropy = cross_entropy_forward(logits, targets, mask)
    dhs, dW_hy, db_y = affine_backward(cross_entropy_backward(entropy), affine)
    dxs, _, grads = model.network.backward(dhs, run)
    flat = one_hot(inputs, model.vocab_size).reshape(-1, model.vocab_size)
    dtable = flat.T @ dxs.reshape(len(flat), -1)
    expected = {**grads, "b_y": db_y}
    if model.embedding_size:
        expected["W_emb"] = dtable + (dW_hy.T if model.tied else 0)
    if not model.tied:
        expected["W_hy"] = dW_hy
    found, found_grads, end = model.loss(params, (inputs, targets, mask), state)
    assert found == pytest.approx(loss, rel=1e-13)
    close(found_grads, expected, 1e-12)
    close(numbered("last", end), numbered("last", last), 1e-13)
    assert list(found_grads) == list(params)
    found, end = model.logits(params, inputs, state, mask)
    assert relative_error(found, logits) < 1e-13
    close(numbered("last", end), numbered("last", last), 1e-13)


# PyTorch


class Twin(torch.nn.Module):
    """The same model in PyTorch, with the same weights."""

    def __init__(self, model, params):
        super().__init__()
        layers = {name: params[name] for name in params if name.startswith("layer")}
        D = model.embedding_size or model.vocab_size
        self.net = module(layers, model.cell, D, model.hidden_size, model.layers)
        table = params.get("W_emb", np.eye(model.vocab_size))
        self.table = torch.nn.Parameter(torch.tensor(table), "W_emb" in params)
        W_hy = params["W_emb"].T if model.tied else params["W_hy"]
        self.W_hy = self.table if model.tied else torch.nn.Parameter(torch.tensor(W_hy))
        self.b_y = torch.nn.Parameter(torch.tensor(params["b_y"]))
        self.model = model
        for name, bias in self.net.named_parameters():
            if "bias_hh" in name and model.cell != "gru":
                bias.requires_grad_(
                    False
                )  # we have one bias, and so Adam takes one step

    def loss(self, inputs, targets):
        hs, _ = self.net(self.table[torch.tensor(inputs)])
        logits = hs @ (self.W_hy.T if self.model.tied else self.W_hy) + self.b_y
        return torch.nn.functional.cross_entropy(
            logits.reshape(-1, logits.shape[-1]), torch.tensor(targets.ravel())
        )

    def keep_one_bias(self):
        """Leave out the gradient of what would be a second bias of the same gate."""
        for name, bias in self.net.named_parameters():
            if "bias_hh" in name and self.model.cell == "gru":
                bias.grad[: 2 * self.model.hidden_size] = 0


@every_model
def test_loss_and_gradients_against_pytorch(model):
    if model.cell == "jordan":
        pytest.skip("PyTorch has no such cell")
    params, (inputs, targets, _), _ = problem(model)
    twin = Twin(model, params)
    for bias in twin.net.parameters():
        bias.requires_grad_(True)
    theirs = twin.loss(inputs, targets)
    theirs.backward()
    loss, grads, _ = model.loss(params, (inputs, targets))
    assert loss == pytest.approx(theirs.item(), rel=1e-10)
    expected = gradients(twin.net, model.cell)
    expected["b_y"] = twin.b_y.grad.numpy()
    if model.embedding_size:
        expected["W_emb"] = twin.table.grad.numpy()
    if not model.tied:
        expected["W_hy"] = twin.W_hy.grad.numpy()
    close(grads, expected, 1e-10)


def our_losses(model, params, batches):
    losses, adam = [], adam_init(params)
    for batch in batches:
        loss, grads, _ = model.loss(params, (batch[:-1], batch[1:]))
        params, adam = adam_update(params, grads, adam, 0.01)
        losses.append(loss)
    return losses


def their_losses(model, params, batches):
    twin, losses = Twin(model, params), []
    adam = torch.optim.Adam([p for p in twin.parameters() if p.requires_grad], 0.01)
    for batch in batches:
        adam.zero_grad()
        loss = twin.loss(batch[:-1], batch[1:])
        loss.backward()
        twin.keep_one_bias()
        adam.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize(
    "model",
    [
        LanguageModel(V, H),
        LanguageModel(WIDE, H, "lstm", embedding_size=H, tied=True),
        LanguageModel(V, H, "gru", layers=2, embedding_size=4),
    ],
    ids=["tanh", "tied lstm", "deep gru"],
)
def test_the_loss_falls_as_it_does_in_pytorch(model):
    rng = np.random.default_rng(0)
    params = {name: p.astype(np.float32) for name, p in model.init(rng).items()}
    same = {name: p.astype(float) for name, p in params.items()}
    batches = np.tile(rng.integers(V, size=(10, T + 1, N)), (30, 1, 1))
    theirs = their_losses(model, same, batches)
    assert len(theirs) == 300
    assert theirs[-1] < 0.8 * theirs[0]
    np.testing.assert_allclose(our_losses(model, same, batches), theirs, rtol=1e-10)
    np.testing.assert_allclose(our_losses(model, params, batches), theirs, rtol=1e-4)


# States, methods, precision


@every_model
def test_two_halves_are_the_whole(model):
    params, (inputs, targets, _), state = problem(model)
    loss, _, last = model.loss(params, (inputs, targets), state)
    first, grads1, middle = model.loss(params, (inputs[:2], targets[:2]), state)
    second, grads2, end = model.loss(params, (inputs[2:], targets[2:]), middle)
    assert (2 * first + 3 * second) / T == pytest.approx(loss, rel=1e-12)
    close(numbered("state", end), numbered("state", last), 1e-13)
    _, cut, _ = model.loss(params, (inputs, targets), state, method=FixedBPTT(2))
    third, grads3, _ = model.loss(params, (inputs[2:4], targets[2:4]), middle)
    _, _, after = model.loss(params, (inputs[:4], targets[:4]), state)
    fourth, grads4, _ = model.loss(params, (inputs[4:], targets[4:]), after)
    assert 2 * third + fourth == pytest.approx(3 * second, rel=1e-12)
    sums = {k: (2 * grads1[k] + 2 * grads3[k] + grads4[k]) / T for k in params}
    close(cut, sums, 1e-12)
    assert grads2.keys() == params.keys()


@every_model
def test_methods_that_are_exact(model):
    params, batch, state = problem(model)
    loss, grads, last = model.loss(params, batch, state)
    for method in (CheckpointedBPTT(2), RandomizedBPTT(0.0)):
        rng = np.random.default_rng(0)
        found, found_grads, end = model.loss(params, batch, state, rng, method)
        assert found == pytest.approx(loss, rel=1e-13)
        close(found_grads, grads, 1e-12)
        close(numbered("state", end), numbered("state", last), 0)
    with rejects(TypeError, "RTRL: network is a Stack"):
        model.loss(params, batch, state, method=RTRL())


@every_model
def test_the_score_is_the_loss(model):
    params, batch, state = problem(model)
    for given in (batch, batch[:2]):
        loss, _, last = model.loss(params, given, state)
        total, n_tokens, end = model.score(params, given, state)
        assert n_tokens == (batch[2].sum() if len(given) == 3 else T * N)
        assert isinstance(total, float)
        assert total == pytest.approx(loss * n_tokens, rel=1e-13)
        close(numbered("state", end), numbered("state", last), 0)


def test_masked_targets_and_inputs_do_not_count():
    model = MODELS["folded"]
    params, (inputs, targets, mask), state = problem(model)
    loss, grads, last = model.loss(params, (inputs, targets, mask), state)
    other = (np.where(mask, inputs, 3), np.where(mask, targets, 2), mask)
    assert model.loss(params, other, state)[0] == pytest.approx(loss, rel=1e-14)
    total, sums = 0.0, {name: 0 * p for name, p in params.items()}
    for n in range(N):  # each sequence alone
        on = mask[:, n]
        batch = (inputs[on, n : n + 1], targets[on, n : n + 1])
        one, own, end = model.loss(params, batch, (state[0][n : n + 1],))
        assert relative_error(last[0][n], end[0][0]) < 1e-13
        total += on.sum() * one / mask.sum()
        sums = {k: sums[k] + on.sum() / mask.sum() * own[k] for k in sums}
    assert loss == pytest.approx(total, rel=1e-13)
    close(grads, sums, 1e-12)


@every_model
def test_the_state_is_zero_unless_given(model):
    params, batch, _ = problem(model)
    zeros = model.network.zero_state(N)
    assert model.loss(params, batch)[0] == model.loss(params, batch, zeros)[0]
    assert model.score(params, batch)[0] == model.score(params, batch, zeros)[0]


@every_model
def test_float32_stays_float32(model):
    params, batch, _ = problem(model)
    params = {name: p.astype(np.float32) for name, p in params.items()}
    loss, grads, last = model.loss(params, batch)
    logits, end = model.logits(params, batch[0])
    found = (loss, *grads.values(), *last, logits, *end)
    assert {array.dtype for array in found} == {np.dtype(np.float32)}
    logits, state = model.step(params)(batch[0][0], last)
    assert {array.dtype for array in (logits, *state)} == {np.dtype(np.float32)}
    rng = np.random.default_rng(0)
    assert model.generate(params, rng, 9, batch[0][:, 0]).shape == (9,)


@every_model
def test_nothing_is_changed_or_remembered(model):
    params, batch, state = problem(model)
    copies = {name: p.copy() for name, p in params.items()}
    for array in (*params.values(), *batch, *state):
        array.flags.writeable = False
    first, second = (model.loss(params, batch, state) for _ in range(2))
    assert first[0] == second[0]
    close(first[1], second[1], 0)
    close(params, copies, 0)
    assert not any(map(np.shares_memory, first[2], state))


# Dropout


def test_dropout_is_drawn_once_and_replayed():
    model = LanguageModel(V, H, "lstm", layers=2, dropout=0.4)
    params, (inputs, targets, mask), state = problem(model)
    batch = (inputs, targets, mask)
    loss, grads, last = model.loss(params, batch, state, np.random.default_rng(5))
    rng = np.random.default_rng(5)
    between, before_head = (
        dropout_mask(rng, (N, H), 0.4, params["b_y"]) for _ in range(2)
    )
    one, two = model.network.layers
    xs = one_hot(inputs, V)
    below, early, run1 = one.forward(xs, state[:2], part(params, "layer0"), mask)
    hs, late, run2 = two.forward(
        below * between, state[2:], part(params, "layer1"), mask
    )
    logits, affine = affine_forward(hs * before_head, params["W_hy"], params["b_y"])
    expected, entropy = cross_entropy_forward(logits, targets, mask)
    dhs, dW_hy, db_y = affine_backward(cross_entropy_backward(entropy), affine)
    dbelow, _, upper = two.backward(dhs * before_head, run2)
    _, _, lower = one.backward(dbelow * between, run1)
    assert loss == pytest.approx(expected, rel=1e-13)
    close(numbered("state", last), numbered("state", early + late), 1e-13)
    by_hand = {f"layer0.{name}": grad for name, grad in lower.items()}
    by_hand |= {f"layer1.{name}": grad for name, grad in upper.items()}
    close(grads, {**by_hand, "W_hy": dW_hy, "b_y": db_y}, 1e-12)


def test_dropout_and_its_gradients():
    model = LanguageModel(V, H, "gru", layers=2, embedding_size=4, dropout=0.3)
    params, batch, state = problem(model)

    def loss(p, K=T):
        rng, method = np.random.default_rng(1), CheckpointedBPTT(K)
        return model.loss(p, batch, state, rng, method)[:2]

    assert max(check_gradients(loss, params, "complex").values()) < 1e-12
    close(loss(params, K=2)[1], loss(params)[1], 1e-12)
    rng = np.random.default_rng(0)
    losses = [model.loss(params, batch, state, rng)[0] for _ in range(20)]
    assert len(set(losses)) == 20
    plain = LanguageModel(V, H, "gru", layers=2, embedding_size=4)
    scores = [m.score(params, batch, state)[0] for m in (model, plain)]
    assert scores[0] == scores[1]  # nothing is dropped
    with rejects(TypeError, "rng is None", "default_rng"):
        model.loss(params, batch, state)


# Writing


@every_model
def test_steps_are_those_of_the_sequence(model):
    params, (inputs, *_), state = problem(model)
    logits, last = model.logits(params, inputs, state)
    step = model.step(params)
    for t, tokens in enumerate(inputs):
        found, state = step(tokens, state)
        assert relative_error(found, logits[t]) < 1e-13
    close(numbered("state", state), numbered("state", last), 1e-13)


def written(model, seed=0, length=12, prompt=(1, 2), **how):
    params, _, _ = problem(model)
    prompt = None if prompt is None else np.array(prompt)
    return model.generate(params, np.random.default_rng(seed), length, prompt, **how)


@every_model
def test_writing_is_reproducible(model):
    for prompt in ((1, 2), None):
        one, two = (written(model, 4, prompt=prompt) for _ in range(2))
        np.testing.assert_array_equal(one, two)
        assert one.shape == (12,)
        assert one.dtype.kind == "i"
        assert not np.array_equal(one, written(model, 5, prompt=prompt))
    assert written(model, length=1, prompt=None).shape == (1,)
    params, _, _ = problem(model)
    first = np.random.default_rng(3).integers(model.vocab_size, size=1)
    rng = np.random.default_rng(3)
    text = model.generate(params, rng, 5)
    assert text[0] == first[0]  # drawn with equal chances, and read


@every_model
@pytest.mark.parametrize("prompt", [(1,), (1, 2, 3)])
@pytest.mark.parametrize("how", [{"top_k": 1}, {"temperature": 1e-5}])
def test_greedy_writing_takes_the_likeliest_token(model, prompt, how):
    params, _, _ = problem(model)
    text = list(prompt)
    for token in written(model, prompt=prompt, **how):
        logits, _ = model.logits(params, np.array(text)[:, None])
        assert token == np.argmax(logits[-1, 0])
        text.append(int(token))


def test_tokens_follow_the_probabilities_of_the_model():
    model = MODELS["folded"]
    params, _, _ = problem(model)
    logits, _ = model.logits(params, np.array([[1], [2]]))
    for temperature in (1.0, 3.0):
        expected = softmax(logits[-1, 0] / temperature)
        rng = np.random.default_rng(0)
        draws = [
            model.generate(params, rng, 1, np.array([1, 2]), temperature)[0]
            for _ in range(2000)
        ]
        counts = np.bincount(draws, minlength=V)
        chi_square = np.sum((counts - 2000 * expected) ** 2 / (2000 * expected))
        assert chi_square < 24  # 6 degrees of freedom: exceeded once in 2000 seeds


@every_model
def test_beams(model):
    params, _, _ = problem(model)
    prompt = np.array([1, 2])
    tokens, scores = model.beam_search(params, 4, prompt, beam_width=3)
    assert (tokens.shape, scores.shape) == ((4, 3), (3,))
    assert np.all(np.diff(scores) <= 0)
    for k in range(3):
        text = np.concatenate([prompt, tokens[:, k]])[:, None]
        log_p = log_softmax(model.logits(params, text[:-1])[0][1:, 0])
        total = log_p[np.arange(4), tokens[:, k]].sum()
        assert scores[k] == pytest.approx(total, rel=1e-12)
    best, _ = model.beam_search(params, 4, prompt, beam_width=1)
    np.testing.assert_array_equal(best[:, 0], written(model, length=4, top_k=1))
    _, means = model.beam_search(params, 4, prompt, 3, length_penalty=1.0)
    assert means[0] == pytest.approx(scores[0] / 4, rel=1e-12)


# Bad input


@pytest.mark.parametrize(
    ("changed", "kind", "parts"),
    [
        ({"vocab_size": 0}, ValueError, ["LanguageModel: vocab_size is 0", "Pass"]),
        ({"hidden_size": 3.0}, TypeError, ["hidden_size is 3.0"]),
        ({"layers": 0}, ValueError, ["layers is 0", "Pass layers=1"]),
        ({"cell": "elman"}, ValueError, ["cell is 'elman'", "'tanh'"]),
        ({"embedding_size": 0}, ValueError, ["embedding_size is 0"]),
        ({"tied": True}, ValueError, ["embedding_size is None", "embedding_size=6"]),
        ({"tied": True, "embedding_size": 4}, ValueError, ["embedding_size is 4"]),
        ({"dropout": 1.0}, ValueError, ["dropout is 1.0", "dropout=0.5"]),
        ({"dropout": "0"}, TypeError, ["dropout is '0'"]),
    ],
)
def test_bad_sizes(changed, kind, parts):
    with rejects(kind, *parts):
        LanguageModel(**{"vocab_size": V, "hidden_size": H, **changed})


ZEROS = np.zeros((T, N), int)


@pytest.mark.parametrize("where", ["loss", "score"])
@pytest.mark.parametrize(
    ("batch", "kind", "parts"),
    [
        (None, TypeError, ["batch is a NoneType", "(inputs, targets)"]),
        (np.zeros((2, T, N), int), TypeError, ["batch is a ndarray", "Batch"]),
        ((ZEROS,), TypeError, ["batch is a tuple", "(inputs, targets)"]),
        ((0.0 * ZEROS, ZEROS), TypeError, ["inputs has dtype float64"]),
        ((ZEROS + V, ZEROS), ValueError, ["inputs holds 7"]),
        ((ZEROS, ZEROS - 1), ValueError, ["targets holds -1"]),
        ((ZEROS, ZEROS[:, :1]), ValueError, ["targets has N = 1", "(5, 3)"]),
        ((ZEROS[:0], ZEROS[:0]), ValueError, ["inputs is empty", "T = 0"]),
        ((ZEROS[:, :0], ZEROS[:, :0]), ValueError, ["inputs is empty", "N = 0"]),
        ((ZEROS, ZEROS, ZEROS), TypeError, ["mask has dtype int64"]),
        ((ZEROS, ZEROS, ZEROS > 0), ValueError, ["mask is False everywhere"]),
        ((ZEROS, ZEROS, ZEROS[1:] == 0), ValueError, ["mask has T = 4", "(5, 3)"]),
    ],
)
def test_bad_batches(where, batch, kind, parts):
    model = MODELS["one-hot"]
    params, _, _ = problem(model)
    with rejects(kind, where, *parts):
        getattr(model, where)(params, batch)


def test_bad_states():
    model = MODELS["unfolded"]
    params, batch, (h, c) = problem(model)
    calls = {
        "loss": lambda state: model.loss(params, batch, state),
        "score": lambda state: model.score(params, batch, state),
        "logits": lambda state: model.logits(params, batch[0], state),
    }
    for call in calls.values():
        with rejects(ValueError, "state[1] has N = 2", "Pass state[1] of shape (3, 6)"):
            call((h, c[:2]))
        with rejects(ValueError, "state holds 1 array(s)", "layer0.h, layer0.c"):
            call((h,))
        with rejects(ValueError, "state holds 0 array(s)"):
            call(())
        with rejects(TypeError, "state is a ndarray", "Pass state="):
            call(h)
        with rejects(NonFiniteError, "state[0] holds nan"):
            call((h * np.nan, c))


@every_model
def test_bad_parameters(model):
    params, batch, state = problem(model)
    rng, prompt = np.random.default_rng(0), np.array([1])
    calls = {
        "loss": lambda p: model.loss(p, batch, state),
        "score": lambda p: model.score(p, batch, state),
        "logits": lambda p: model.logits(p, batch[0], state),
        "step": model.step,
        "generate": lambda p: model.generate(p, rng, 2, prompt),
        "beam_search": lambda p: model.beam_search(p, 2, prompt, 2),
    }
    for where, call in calls.items():
        with rejects(TypeError, f"{where}: params is a NoneType"):
            call(None)
        for name in params:
            with rejects(ValueError, f"{where}: params has no {name!r}", f"Add {name}"):
                call({key: p for key, p in params.items() if key != name})
            with rejects(TypeError, f"{where}: {name} is a list", "np.asarray"):
                call({**params, name: params[name].tolist()})
        with rejects(
            ValueError, f"{where}: b_y has V = ", "model", "Pass b_y of shape"
        ):
            call({**params, "b_y": params["b_y"][1:]})
        with rejects(ValueError, "W_xh has", "Pass ", "W_xh of shape"):
            call({**params, "layer0.W_xh": params["layer0.W_xh"][1:]})


def test_numbers_that_overflow():
    model = MODELS["one-hot"]
    params, batch, _ = problem(model)
    huge = {**params, "layer0.W_hh": np.full((H, H), np.inf)}
    with rejects(NonFiniteError, "loss: logits holds nan"):
        model.loss(huge, batch)
    with rejects(NonFiniteError, "logits is nan", "finite"):
        model.generate(huge, np.random.default_rng(0), 3, np.array([1, 2]))
    with rejects(NonFiniteError, "beam_search", "logits is nan"):
        model.beam_search(huge, 3, np.array([1, 2]), 2)


def test_bad_input_of_writing():
    model = MODELS["one-hot"]
    with rejects(ValueError, "generate: length is 0", "at least 1"):
        written(model, length=0)
    with rejects(ValueError, "temperature is 0", "Pass"):
        written(model, temperature=0)
    with rejects(ValueError, "generate: prompt_tokens holds 7", "0 to 6"):
        written(model, prompt=(7,))
    with rejects(TypeError, "generate: prompt_tokens has dtype float64"):
        written(model, prompt=())
    params, _, _ = problem(model)
    nothing = np.zeros(0, int)
    with rejects(ValueError, "generate: prompt_tokens is empty", "T = 0"):
        model.generate(params, np.random.default_rng(0), 3, nothing)
    with rejects(ValueError, "beam_search: prompt_tokens is empty"):
        model.beam_search(params, 3, nothing, 2)
    with rejects(ValueError, "beam_search: beam_width is 0"):
        model.beam_search(params, 3, np.array([1]), 0)
    with rejects(TypeError, "generate: rng is None", "default_rng"):
        model.generate(params, None, 3, np.array([1]))
    with rejects(TypeError, "init: rng is 0", "default_rng"):
        model.init(0)


@pytest.mark.parametrize("E", [None, 40])
def test_what_tokens_look_up_has_the_scale_of_inputs(E):
    # With Glorot's scale for V inputs, of which only one is 1, learning is slow.
    model = LanguageModel(vocab_size=500, hidden_size=40, embedding_size=E)
    params = model.init(np.random.default_rng(0))
    rows = params["layer0.W_xh" if E is None else "W_emb"]
    assert abs(rows.std() - 1) < 0.02
    assert params["W_hy"].std() < 0.1
