"""The training loop equals its steps written out, and stops when numbers go bad."""

import numpy as np
import pytest
import torch

from rnncore.bptt import FixedBPTT, RandomizedBPTT
from rnncore.cells import CELLS
from rnncore.checkpoints import load_checkpoint
from rnncore.clipping import clip_by_global_norm, global_norm
from rnncore.data import Batch, document_batch, random_batches, sequential_batches
from rnncore.kinds import NonFiniteError
from rnncore.models import LanguageModel
from rnncore.optim import ADAM, MOMENTUM, SGD, Optimizer, sgd_update
from rnncore.recipes import Checkpoints, Recipe, Validation
from rnncore.schedules import StepDecay
from rnncore.training import DivergedError, evaluate, train
from tests.rejection import rejects

MODEL = LanguageModel(vocab_size=4, hidden_size=8)
TOKENS = np.tile([0, 1, 2, 0, 3, 3], 30)
BATCHES = sequential_batches(TOKENS, N=2, T=7)
RECIPE = Recipe(0.05, carry_state=True)
FRESH = Recipe(0.05)
# Finite, but the logits are not.
HUGE = {"W_hy": np.full((8, 4), 1.7e308), "layer0.b_h": np.ones(8)}


def in_order(rng):
    return BATCHES


def at_random(rng):
    return random_batches(TOKENS, N=3, T=7, rng=rng)


def init(seed=0, dtype=float, model=MODEL):
    params = model.init(np.random.default_rng(seed))
    return {name: p.astype(dtype) for name, p in params.items()}


def fit(epoch_batches=in_order, recipe=RECIPE, steps=30, **how):
    """Train from the same start; return the result."""
    given = {"model": MODEL, "params": init(), "progress": False, **how}
    rng = given.pop("rng", None) or np.random.default_rng(1)
    return train(
        epoch_batches=epoch_batches, recipe=recipe, steps=steps, rng=rng, **given
    )


def assert_same(one, other):
    """Compare results bit by bit."""
    for mine, theirs in zip(one, other, strict=True):
        assert mine.keys() == theirs.keys()
        for name in mine:
            np.testing.assert_array_equal(mine[name], theirs[name], strict=True)


def test_a_periodic_text_is_learned():
    params, history = fit(steps=150)
    assert history["loss"][0] > 1
    assert history["loss"][-1] < 0.1
    whole = sequential_batches(TOKENS, N=1, T=50)
    assert evaluate(MODEL, params, whole, carry_state=True) < 0.1


@pytest.mark.parametrize("carry_state", [True, False])
def test_equals_the_loop_written_out(carry_state):
    schedule = StepDecay(0.5, factor=0.9, every=10)
    recipe = Recipe(schedule, SGD, max_norm=0.7, carry_state=carry_state)
    trained, history = fit(recipe=recipe)
    assert len(BATCHES) == 13  # so that 30 steps are two epochs and a bit
    params, state, losses, norms = init(), None, [], []
    for step in range(30):
        if step % 13 == 0 or not carry_state:
            state = (np.zeros((2, 8)),)
        loss, grads, state = MODEL.loss(params, BATCHES[step % 13], state)
        grads, norm = clip_by_global_norm(grads, 0.7)
        rate = 0.5 * 0.9 ** (step // 10)
        params = {name: params[name] - rate * grads[name] for name in params}
        losses.append(loss)
        norms.append(norm)
    assert min(norms) < 0.7 < max(norms)
    np.testing.assert_allclose(history["loss"], losses, rtol=1e-12)
    np.testing.assert_allclose(history["gradient_norm"], norms, rtol=1e-10)
    np.testing.assert_allclose(history["learning_rate"][[0, 29]], [0.5, 0.405])
    for name in params:
        np.testing.assert_allclose(trained[name], params[name], rtol=1e-10)


def losses_of_pytorch(max_norm, steps):
    p = {name: torch.tensor(w, requires_grad=True) for name, w in init().items()}
    adam, losses = torch.optim.Adam(p.values(), lr=0.05), []
    h = start = torch.zeros(2, 8, dtype=torch.float64)
    for step in range(steps):
        inputs, targets = map(torch.tensor, BATCHES[step % 13][:2])
        h, logits = h.detach() if step % 13 else start, []
        for tokens in inputs:
            a = p["layer0.W_xh"][tokens] + h @ p["layer0.W_hh"] + p["layer0.b_h"]
            h = torch.tanh(a)
            logits.append(h @ p["W_hy"] + p["b_y"])
        logits = torch.stack(logits).reshape(-1, 4)
        loss = torch.nn.functional.cross_entropy(logits, targets.reshape(-1))
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(p.values(), max_norm)
        adam.step()
        losses.append(loss.item())
    return losses


# PyTorch adds 1e-6 to the norm by which it divides.
@pytest.mark.parametrize(("max_norm", "rtol"), [(1e9, 1e-9), (0.5, 1e-3)])
def test_loss_curve_equals_that_of_pytorch(max_norm, rtol):
    theirs = losses_of_pytorch(max_norm, steps=100)
    recipe = Recipe(0.05, max_norm=max_norm, carry_state=True)
    _, history = fit(recipe=recipe, steps=100)
    assert (history["gradient_norm"].max() > max_norm) == (max_norm == 0.5)
    np.testing.assert_allclose(history["loss"], theirs, rtol=rtol)


def test_training_is_reproducible_and_leaves_its_input_alone():
    start, how = init(), {"model": LanguageModel(4, 8, dropout=0.3), "recipe": FRESH}
    copies = {name: p.copy() for name, p in start.items()}
    for p in start.values():
        p.flags.writeable = False
    one = fit(at_random, params=start, **how)
    assert_same(one, fit(at_random, params=start, **how))
    other = fit(at_random, **how, rng=np.random.default_rng(2))
    assert not np.array_equal(one.history["loss"], other.history["loss"])
    assert_same([start], [copies])


def test_float32_stays_float32():
    for schedule in (0.05, np.float64(0.05), lambda step: np.float64(0.05)):
        params, _ = fit(params=init(dtype=np.float32), recipe=Recipe(schedule))
        assert {p.dtype for p in params.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_do_not_share_memory(cell):
    # Otherwise clipping has to copy them, or would shorten some of them twice.
    model = LanguageModel(4, 8, cell, layers=2, embedding_size=8, tied=True)
    _, grads, _ = model.loss(init(model=model), BATCHES[0])
    assert all(grad.base is None for grad in grads.values())


def test_gradients_that_share_memory_are_clipped_once():
    whole = np.array([30.0, 40.0])
    grads, norm = Recipe(0.1, max_norm=5.0).clip({"a": whole[:1], "b": whole[1:]})
    assert norm == 50
    assert (grads["a"], grads["b"]) == (3, 4)
    grads, _ = Recipe(0.1, max_norm=5.0).clip({"a": whole, "b": whole[:]})
    assert global_norm(grads) == pytest.approx(5)


def test_truncation_and_random_cuts_reach_the_model():
    full = fit(steps=3).params
    cut = fit(recipe=Recipe(0.05, method=FixedBPTT(1), carry_state=True), steps=3)
    assert not np.array_equal(full["layer0.W_hh"], cut.params["layer0.W_hh"])
    at_chance = Recipe(0.05, method=RandomizedBPTT(0.5))
    assert_same(fit(recipe=at_chance, steps=3), fit(recipe=at_chance, steps=3))


def test_an_epoch_is_asked_for_when_the_last_one_is_used_up():
    asked = []

    def epoch_batches(rng):
        asked.append(rng.integers(100))
        return BATCHES[:4]

    fit(epoch_batches, steps=9)
    assert len(asked) == 3
    assert len(set(asked)) > 1


def test_a_state_does_not_hold_on_to_those_of_all_steps():
    kept = []

    class Watched(LanguageModel):
        def loss(self, params, batch, state=None, rng=None):
            kept.append(state)
            loss, grads, (h,) = super().loss(params, batch, state, rng)
            return loss, grads, (np.broadcast_to(h, (9, *h.shape))[-1],)

    fit(model=Watched(4, 8), steps=2)
    assert kept[0] is None
    assert kept[1][0].base is None


@pytest.mark.parametrize("optimizer", [ADAM, MOMENTUM])
def test_updates_in_place_or_not_give_the_same_numbers(optimizer):
    copying = optimizer._replace(
        update=lambda p, g, s, rate: optimizer.update(p, g, s, rate)
    )
    one = fit(recipe=Recipe(0.05, optimizer, carry_state=True))
    assert_same(one, fit(recipe=Recipe(0.05, copying, carry_state=True)))


# Validation and early stopping.


def test_validation_measures_and_does_not_disturb():
    held_out = Validation(BATCHES[:3], every=4, carry_state=True)
    plain, (params, history) = fit(), fit(validation=held_out)
    assert_same([plain.params], [params])
    np.testing.assert_array_equal(plain.history["loss"], history["loss"])
    assert history["validation_step"].tolist() == [4, 8, 12, 16, 20, 24, 28]
    early = fit(steps=12).params
    loss = evaluate(MODEL, early, BATCHES[:3], carry_state=True)
    assert history["validation_loss"][2] == loss
    assert plain.history["validation_step"].tolist() == []


def test_early_stopping_returns_the_best_parameters():
    diverging = Recipe(StepDecay(0.05, 1.0, every=1))
    turned = [Batch(b.inputs, (b.targets + 1) % 4) for b in BATCHES]
    check = Validation(turned, every=3, patience=2)  # what is learned is wrong there
    params, history = fit(recipe=diverging, steps=300, validation=check)
    losses = history["validation_loss"]
    best = int(losses.argmin())
    assert len(losses) == best + 3
    assert len(history["loss"]) == history["validation_step"][-1] < 300
    assert evaluate(MODEL, params, turned) == losses[best]
    assert_same([params], [fit(recipe=diverging, steps=3 * (best + 1)).params])


def test_a_run_too_short_for_validation_returns_its_last_parameters():
    check = Validation(BATCHES, every=50, patience=1)
    assert_same(fit(), fit(validation=check))


def test_evaluation_does_not_depend_on_the_window():
    batches = [sequential_batches(TOKENS, N=3, T=T) for T in (1, 7, 1000)]
    losses = [evaluate(MODEL, init(), b, carry_state=True) for b in batches]
    np.testing.assert_allclose(losses, losses[0], rtol=1e-12)
    assert evaluate(MODEL, init(), batches[0]) != pytest.approx(losses[0])


def test_evaluation_weights_every_token_equally():
    documents = [TOKENS[:3], TOKENS[:9], TOKENS[1:20], TOKENS[:2]]
    together = document_batch(documents)
    apart = [document_batch(documents[:1]), document_batch(documents[1:])]
    loss, _, _ = MODEL.loss(init(), together)
    assert evaluate(MODEL, init(), apart) == pytest.approx(loss, rel=1e-12)


def test_the_progress_bar_can_be_hidden(capsys):
    fit()
    assert capsys.readouterr().err == ""
    fit(progress=True)
    shown = capsys.readouterr().err
    assert "training" in shown
    assert "30/30" in shown


# What goes bad.


def spoil(step, value):
    """Return gradient descent that writes a bad number into W_hy after some steps."""

    def update(params, grads, state, learning_rate):
        params, _ = sgd_update(params, grads, (), learning_rate)
        if state == step:
            params["W_hy"][1, 2] = value
        return params, state + 1

    return Optimizer(lambda params: 0, update)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_bad_parameter_stops_the_run_and_is_named(value, tmp_path):
    file = Checkpoints(tmp_path / "run", every=2)
    with pytest.raises(DivergedError) as caught:
        fit(recipe=Recipe(0.05, spoil(5, value)), checkpoints=file)
    message = str(caught.value)
    for part in (
        "train: stopped at step 5",
        "params['W_hy'] holds",
        "(1, 2)",
        "lower learning_rate or max_norm",
        f"last good checkpoint is {file.path}",
    ):
        assert part in message
    assert caught.value.step == len(caught.value.history["loss"]) == 5
    arrays, values = load_checkpoint(file.path)
    assert values["step"] == 4
    losses = caught.value.history["loss"]
    np.testing.assert_array_equal(losses[:4], arrays["history.loss"])


class Spoiled(LanguageModel):
    """A model whose gradients go bad, all of them or one, at the third batch."""

    bad = ("layer0.b_h",)

    def loss(self, params, batch, state=None, rng=None):
        loss, grads, state = super().loss(params, batch, state, rng)
        if batch is BATCHES[2]:
            loss = np.nan if "loss" in self.bad else loss
            for name in set(self.bad) & grads.keys():
                grads[name][-1] = np.inf
        return loss, grads, state


@pytest.mark.parametrize("max_norm", [5.0, None])
@pytest.mark.parametrize(
    ("bad", "first"),
    [
        (("layer0.b_h",), "grads['layer0.b_h'] holds inf"),
        (("layer0.W_xh", "W_hy", "layer0.b_h"), "grads['W_hy'] holds inf"),
        (("loss", "b_y"), "model.loss: loss holds nan"),
    ],
)
def test_the_first_value_that_goes_bad_is_named(bad, first, max_norm, monkeypatch):
    monkeypatch.setattr(Spoiled, "bad", bad)
    with rejects(DivergedError, "stopped at step 2", first, "attribute history"):
        fit(model=Spoiled(4, 8), recipe=Recipe(0.05, max_norm=max_norm))


def test_overflow_on_the_way_to_the_loss_is_reported_not_warned_of():
    params = {**init(), **HUGE}
    with rejects(DivergedError, "train: stopped at step 0", "logits holds"):
        fit(params=params)


def test_a_learning_rate_that_is_far_too_large_is_reported_not_warned_of():
    params = init(dtype=np.float32)
    with rejects(DivergedError, "train: stopped at step", "holds"):
        fit(params=params, recipe=Recipe(1e38, max_norm=None))


def test_squares_that_overflow_are_not_saved(tmp_path):
    # Nothing else shows it: the parameters just stay where they are.
    class Steep(LanguageModel):
        def loss(self, params, batch, state=None, rng=None):
            loss, grads, state = super().loss(params, batch, state, rng)
            grads["b_y"] += np.float32(1e25)
            return loss, grads, state

    given = {"model": Steep(4, 8), "params": init(dtype=np.float32), "steps": 3}
    recipe, file = Recipe(0.05, max_norm=None), Checkpoints(tmp_path / "run")
    with rejects(DivergedError, "optimizer.squares.b_y", "holds inf"):
        fit(recipe=recipe, checkpoints=file, **given)
    assert load_checkpoint(file.path)[1]["step"] == 0


def test_parameters_that_are_bad_from_the_start():
    bad = {**init(), "b_y": np.full(4, np.nan)}
    with rejects(NonFiniteError, "train: params['b_y'] holds nan"):
        fit(params=bad)


def test_a_validation_that_goes_bad_stops_the_run():
    class Spoiler(LanguageModel):
        def score(self, params, batch, state=None):
            raise NonFiniteError("score: logits holds inf.")

    with rejects(DivergedError, "stopped at step 4", "logits holds inf"):
        fit(model=Spoiler(4, 8), validation=Validation(BATCHES, every=4))


# What callers get wrong.


@pytest.mark.parametrize(
    ("changed", "kind", "parts"),
    [
        ({"steps": 0}, ValueError, ["train: steps is 0", "at least 1"]),
        ({"params": []}, TypeError, ["train: params is a list", "dict of arrays"]),
        ({"rng": 3}, TypeError, ["train: rng is 3", "default_rng"]),
        ({"epoch_batches": BATCHES}, TypeError, ["epoch_batches is a list", "itself"]),
        (
            {"epoch_batches": lambda rng: []},
            ValueError,
            ["epoch_batches(rng) is empty"],
        ),
        (
            {"epoch_batches": lambda rng: iter(BATCHES)},
            TypeError,
            ["epoch_batches(rng) is a list_iterator", "Pass list(...)"],
        ),
        ({"recipe": 0.1}, TypeError, ["recipe is a float", "Recipe(learning_rate)"]),
        ({"model": LanguageModel}, TypeError, ["model is a type", "LanguageModel("]),
        ({"model": {}}, TypeError, ["train: model is a dict", "loss and score"]),
    ],
)
def test_bad_arguments(changed, kind, parts):
    with rejects(kind, *parts):
        fit(**changed)


def test_bad_arguments_of_an_evaluation():
    with rejects(TypeError, "evaluate: model is a NoneType", "LanguageModel"):
        evaluate(None, init(), BATCHES)
    with rejects(ValueError, "evaluate: batches is empty"):
        evaluate(MODEL, init(), [])
    with rejects(TypeError, "evaluate: params['b_y'] has dtype complex128", ".real"):
        evaluate(MODEL, {**init(), "b_y": np.ones(4) + 0j}, BATCHES)
    with rejects(NonFiniteError, "logits holds inf"):
        evaluate(MODEL, {**init(), **HUGE}, BATCHES)


def test_tokens_of_another_vocabulary():
    with rejects(ValueError, "inputs holds 4", "V = 4", "0 to 3"):
        fit(lambda rng: sequential_batches(TOKENS + 1, N=2, T=7))
