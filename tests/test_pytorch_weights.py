"""Weights of PyTorch: there and back, and the same outputs as its modules."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncore.cells import CELLS
from rnncore.converters import gates_of
from rnncore.gradcheck import relative_error
from rnncore.pytorch_weights import from_pytorch, to_pytorch
from rnncore.stepwise import stepwise_forward
from tests.cell_problems import cell_problem, run_step
from tests.rejection import rejects

T, N, D, H = 6, 3, 4, 5
MODULES = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
every_cell = pytest.mark.parametrize("cell", ["tanh", "relu", "lstm", "gru"])


def module(cell, layers=1, bidirectional=False, **how):
    """Make a module of PyTorch, and return it with its arrays."""
    kind = MODULES.get(cell, torch.nn.RNN)
    if cell in ("tanh", "relu"):
        how["nonlinearity"] = cell
    torch.manual_seed(0)
    net = kind(D, H, layers, bidirectional=bidirectional, dtype=torch.float64, **how)
    return net, {name: a.detach().numpy() for name, a in net.state_dict().items()}


def our_params(cell, layers=1, bidirectional=False, D=D, H=H, seed=0):
    """Draw parameters of a stack, under our names."""
    params, width = {}, D
    for k in range(layers):
        for way in ("forward.", "backward.") if bidirectional else ("",):
            arrays, _ = cell_problem(cell, seed + k + len(way), D=width, H=H)
            for name in CELLS[cell].axes:
                params[f"layer{k}.{way}{name}"] = arrays[name]
        width = 2 * H if bidirectional else H
    return params


def part(params, prefix):
    return {k[len(prefix) :]: a for k, a in params.items() if k.startswith(prefix)}


def run(cell, params, xs):
    zeros = tuple(np.zeros((xs.shape[1], H)) for _ in CELLS[cell].state)
    return stepwise_forward(CELLS[cell], xs, zeros, params)[0]


def run_all(cell, params, xs, layers, bidirectional):
    """Run a stack the plain way, from states of zero."""
    for k in range(layers):
        if bidirectional:
            ahead = run(cell, part(params, f"layer{k}.forward."), xs)
            back = run(cell, part(params, f"layer{k}.backward."), xs[::-1])[::-1]
            xs = np.concatenate([ahead, back], axis=-1)
        else:
            xs = run(cell, part(params, f"layer{k}."), xs)
    return xs


@every_cell
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_same_outputs_as_the_module(cell, layers, bidirectional):
    net, weights = module(cell, layers, bidirectional)
    xs = np.random.default_rng(0).normal(size=(T, N, D))
    with torch.no_grad():
        theirs = net(torch.tensor(xs))[0].numpy()
    params = from_pytorch(weights, cell)
    ours = run_all(cell, params, xs, layers, bidirectional)
    assert relative_error(ours, theirs) < 1e-10

    again, _ = module(cell, layers, bidirectional)
    arrays = to_pytorch(params, cell)
    again.load_state_dict({name: torch.tensor(a) for name, a in arrays.items()})
    with torch.no_grad():
        assert relative_error(again(torch.tensor(xs))[0].numpy(), theirs) < 1e-12


@every_cell
@given(st.integers(1, 4), st.booleans(), st.integers(1, 4), st.integers(1, 4))
@settings(deadline=None, max_examples=20)
def test_ours_to_theirs_and_back(cell, layers, bidirectional, D, H):
    params = our_params(cell, layers, bidirectional, D, H)
    copies = {name: array.copy() for name, array in params.items()}
    there = to_pytorch(params, cell)
    back = from_pytorch(there, cell)
    assert list(back) == list(params)
    for name, array in params.items():
        np.testing.assert_array_equal(back[name], array)
        np.testing.assert_array_equal(copies[name], array)
        both = (*there.values(), back[name])
        assert not any(np.shares_memory(other, array) for other in both)


@every_cell
@pytest.mark.parametrize("bidirectional", [False, True])
def test_theirs_to_ours_and_back_up_to_the_sum_of_biases(cell, bidirectional):
    _, weights = module(cell, 2, bidirectional)
    again = to_pytorch(from_pytorch(weights, cell), cell)
    assert list(again) == list(weights)
    for name in weights:
        if name.startswith("weight"):
            np.testing.assert_array_equal(again[name], weights[name])
            continue
        end = name.split("_", 2)[2]
        sums = [w[f"bias_ih_{end}"] + w[f"bias_hh_{end}"] for w in (again, weights)]
        np.testing.assert_array_equal(*sums)
    if cell == "gru":  # the candidate's two biases are not one
        for name in ("bias_ih_l0", "bias_hh_l1"):
            np.testing.assert_array_equal(again[name][-H:], weights[name][-H:])


@every_cell
def test_a_single_cell_has_names_without_layers(cell):
    kinds = {"lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell}
    how = {"nonlinearity": cell} if cell in ("tanh", "relu") else {}
    net = kinds.get(cell, torch.nn.RNNCell)(D, H, dtype=torch.float64, **how)
    weights = {name: a.detach().numpy() for name, a in net.state_dict().items()}
    params = from_pytorch(weights, cell)
    assert params.keys() == CELLS[cell].axes.keys()
    assert to_pytorch(params, cell).keys() == weights.keys()
    arrays, dstate = cell_problem(cell, N=N, D=D, H=H)
    state = [torch.tensor(arrays[f"{s}_prev"]) for s in CELLS[cell].state]
    with torch.no_grad():
        after = net(torch.tensor(arrays["x"]), state if cell == "lstm" else state[0])
    ours, _ = run_step(cell, arrays | params, dstate)
    theirs = after if cell == "lstm" else (after,)
    for mine, other in zip(ours, theirs, strict=True):
        assert relative_error(mine, other.numpy()) < 1e-10


@every_cell
def test_float32_stays_float32(cell):
    params = our_params(cell)
    params = {name: array.astype(np.float32) for name, array in params.items()}
    there = to_pytorch(params, cell)
    back = from_pytorch(there, cell)
    assert {a.dtype for a in (*there.values(), *back.values())} == {np.dtype("f4")}


@pytest.mark.parametrize(
    ("changed", "kind", "parts"),
    [
        ({"weight_hh_l1": None}, ValueError, ["lack 'weight_hh_l1'", "weight_ih_l1"]),
        ({"weight_hr_l0": np.ones(1)}, ValueError, ["'weight_hr_l0'", "names such as"]),
        ({"fc.weight": np.ones(1)}, ValueError, ["unknown 'fc.weight'", "Pass"]),
        (
            {"weight_ih_l3": np.ones((4, 4))},
            ValueError,
            ["['_l0', '_l1', '_l3']", "all layers from 0 on"],
        ),
        (
            {"weight_ih_l0_reverse": np.ones((4, 4))},
            ValueError,
            ["'_l0_reverse'", "in one direction or in both"],
        ),
        (
            {"weight_hh_l1": np.ones((4 * H, 2))},
            ValueError,
            ["G = 20 for all", "8 is needed, H = 2 for each of 4"],
        ),
        ({"bias_hh_l0": np.ones(7)}, ValueError, ["bias_hh_l0 has G = 7", "(20,)"]),
        ({"bias_hh_l0": [1.0]}, TypeError, ["bias_hh_l0 is a list"]),
    ],
)
def test_bad_weights_of_theirs(changed, kind, parts):
    _, weights = module("lstm", 2)
    weights = {k: a for k, a in (weights | changed).items() if a is not None}
    with rejects(kind, "from_pytorch", *parts):
        from_pytorch(weights, "lstm")


@pytest.mark.parametrize(
    ("changed", "kind", "parts"),
    [
        ({"layer0.b_h": None}, ValueError, ["lack 'layer0.b_h'", "layer0.W_xh"]),
        ({"layer0.b_n": np.ones(H)}, ValueError, ["unknown 'layer0.b_n'"]),
        ({"W_hy": np.ones((H, 2))}, ValueError, ["unknown 'W_hy'", "'layer0.W_xh'"]),
        ({"W_xh": np.ones((D, H))}, ValueError, ["['', 'layer0.']", "whole"]),
        ({"layer0.b_h": np.ones(H)}, ValueError, ["layer0.b_h has G = 5", "(20,)"]),
    ],
)
def test_bad_parameters_of_ours(changed, kind, parts):
    params = our_params("lstm")
    params = {k: a for k, a in (params | changed).items() if a is not None}
    with rejects(kind, "to_pytorch", *parts):
        to_pytorch(params, "lstm")


@pytest.mark.parametrize("function", [from_pytorch, to_pytorch])
def test_other_bad_input(function):
    where = function.__name__
    with rejects(ValueError, where, "cell is 'mingru'", "'tanh', 'relu', 'lstm'"):
        function({}, "mingru")
    with rejects(TypeError, where, "the weights are a NoneType", "Pass each array"):
        function(None, "lstm")
    with rejects(ValueError, where, "the parts []", "one network whole"):
        function({}, "lstm")
    with rejects(ValueError, where, "unknown 0"):
        function({0: np.ones(1)}, "lstm")


def test_the_weights_of_another_cell():
    _, weights = module("gru")
    with rejects(
        ValueError, "G = 15 for all gates", "20 is needed", "Pass the weights"
    ):
        from_pytorch(weights, "lstm")
    assert len(gates_of("gru")) == 3
