"""All peers of the benchmarks compute the same network, whatever their settings."""

import numpy as np
import pytest

from benchmarks.case import BLOCKS, TABLE, Case, TextCase, draw_batch, draw_params
from benchmarks.peer import PEERS, SAMPLE_LENGTH, load

NETWORKS = ["rnncore", "rnncore, checkpointed", "PyTorch", "JAX"]
SMALL = {cell: Case(cell, N=3, T=5, V=11, H=7) for cell in BLOCKS}


def models(name, case, task):
    """Make the model of a peer with each of its settings."""
    make = load(name)
    return [make(case, **settings) for settings in make.settings(task)]


@pytest.mark.parametrize("cell", BLOCKS)
@pytest.mark.parametrize("name", NETWORKS)
def test_losses_and_gradients_are_those_of_the_naive_peer(name, cell):
    loss, grads = load("naive")(SMALL[cell]).loss_and_grads()
    for model in models(name, SMALL[cell], "step"):
        other_loss, other_grads = model.loss_and_grads()
        assert other_loss == pytest.approx(loss, rel=1e-5)
        assert other_grads.keys() == grads.keys()
        for key, grad in grads.items():
            assert other_grads[key].dtype == np.float32
            np.testing.assert_allclose(
                other_grads[key], grad, rtol=1e-4, atol=1e-6, err_msg=key
            )


@pytest.mark.parametrize("cell", BLOCKS)
@pytest.mark.parametrize("name", NETWORKS)
def test_peers_stay_together_while_they_train(name, cell):
    wanted = load("naive")(SMALL[cell]).first_losses(20)
    assert wanted[-1] < wanted[0]
    for model in models(name, SMALL[cell], "step"):
        np.testing.assert_allclose(model.first_losses(20), wanted, rtol=1e-4)


@pytest.mark.parametrize("cell", BLOCKS)
@pytest.mark.parametrize("name", ["rnncore", "PyTorch", "JAX"])
def test_peers_read_the_same(name, cell):
    wanted = load("naive")(SMALL[cell]).forward()
    assert wanted.shape == (5, 3, 11)
    for model in models(name, SMALL[cell], "forward"):
        np.testing.assert_allclose(model.forward(), wanted, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("cell", BLOCKS)
@pytest.mark.parametrize("name", ["rnncore", "PyTorch", "naive"])
def test_peers_predict_the_same_step_by_step(name, cell):
    naive = load("naive")(SMALL[cell])
    wanted = naive.forward()[-1, 1]
    for model in models(name, SMALL[cell], "sample"):
        logits = model.predict(model.inputs[:, 1])
        np.testing.assert_allclose(logits, wanted, rtol=1e-4, atol=1e-6)
        tokens = [int(token) for token in model.sample()]
        assert len(tokens) == SAMPLE_LENGTH
        assert set(tokens) <= set(range(11))
        assert len(set(tokens)) > 1


@pytest.mark.parametrize("task", ["step", "forward", "sample"])
@pytest.mark.parametrize("name", ["rnncore", "PyTorch"])
def test_peers_pass_the_check_before_timing(name, task):
    case = Case("gru", N=1, T=9, V=11, H=7)
    wanted = load("naive")(case).check(task)
    np.testing.assert_allclose(load(name)(case).check(task), wanted, rtol=1e-4)


def test_pytorch_with_both_biases_goes_another_way():
    wanted = load("naive")(SMALL["lstm"]).first_losses(20)
    model = load("PyTorch")(SMALL["lstm"])
    losses = [model.step() for _ in range(20)]
    assert abs(losses[-1] / wanted[-1] - 1) > 1e-4
    # And the hook that holds one of them is gone after the comparison.
    assert model.first_losses(1)
    assert not model.network.layer.bias_hh_l0._backward_hooks


def test_the_naive_gradient_is_that_of_its_loss():
    """Central differences of the loss, along a random direction for each array."""
    model = load("naive")(SMALL["gru"])
    model.params = {name: p.astype(float) for name, p in model.params.items()}
    _, grads = model.loss_and_grads()
    rng = np.random.default_rng(3)
    for name, p in list(model.params.items()):
        direction = rng.standard_normal(p.shape)
        ends = []
        for sign in (1, -1):
            model.params[name] = p + sign * 1e-5 * direction
            ends.append(model.loss_and_grads()[0])
        model.params[name] = p
        slope = (ends[0] - ends[1]) / 2e-5
        assert (grads[name] * direction).sum() == pytest.approx(slope, rel=1e-5), name


def test_weights_and_batches_are_the_same_at_every_call():
    case = SMALL["gru"]
    first, second = draw_params(case), draw_params(case)
    assert all((first[name] == second[name]).all() for name in first)
    assert all(array.dtype == np.float32 for array in first.values())
    inputs, targets = draw_batch(case)
    assert (inputs[1:] == targets[:-1]).all()


def test_the_table_has_every_cell_at_every_size():
    assert len(TABLE) == len(set(TABLE)) == 18
    assert str(TABLE[0]) == "tanh (N 1, T 25, V 65, H 100)"


def test_every_peer_can_be_loaded():
    for name in PEERS:
        assert callable(load(name).settings)


def test_tokenizers_cut_the_text_in_the_same_places():
    text = "the cat sat on the mat, the cat's 12 mats; été, 漢字 🙂!\n"
    case = TextCase(text * 30, vocab_size=280)
    ours = load("rnncore BPE")(case).check("train")
    assert ours[0] == 280 - 256
    theirs = load("HF tokenizers")
    for settings in theirs.settings("encode"):
        assert theirs(case, **settings).check("encode") == ours
