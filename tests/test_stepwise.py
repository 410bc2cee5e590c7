"""Any cell over time: masks against sequences alone, derivatives, PyTorch."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncore.cells import CELLS
from rnncore.gradcheck import check_gradients, relative_error
from rnncore.kinds import NonFiniteError
from rnncore.sequence import rnn_backward, rnn_forward
from rnncore.stepwise import StepwiseCache, stepwise_backward, stepwise_forward
from tests.cell_problems import cell_problem, state_axes
from tests.rejection import rejects

T, N, D, H = 6, 3, 4, 5
every_cell = pytest.mark.parametrize("name", CELLS)


def sequence_problem(name, T=T, N=N, D=D, H=H, seed=0):
    """Draw what T steps read, with an upstream gradient everywhere."""
    arrays, dlast = cell_problem(name, seed, N=N, D=D, H=H, V=H)
    rng = np.random.default_rng(seed + 1)
    del arrays["x"]
    return {"xs": rng.normal(size=(T, N, D)), **arrays}, (
        rng.normal(size=(T, N, H)),
        dlast,
    )


def draw_mask(T=T, N=N, seed=0):
    """Draw padding at the end, at the beginning, and in between."""
    mask = np.random.default_rng(seed).random((T, N)) < 0.6
    mask[0, 0], mask[-1, -1] = False, False
    mask[T // 2] = True
    return mask


def run(name, arrays, upstream, mask=None):
    """Go forward and back; return values, and gradients named like the arrays."""
    cell, names = CELLS[name], list(state_axes(CELLS[name]))
    state = tuple(arrays[key] for key in names)
    hs, last, cache = stepwise_forward(cell, arrays["xs"], state, arrays, mask)
    dxs, dstate, grads = stepwise_backward(upstream[0], cache, upstream[1])
    return (hs, *last), {"xs": dxs, **dict(zip(names, dstate, strict=True)), **grads}


@every_cell
@pytest.mark.parametrize(("method", "limit"), [("central", 1e-6), ("complex", 1e-12)])
@pytest.mark.parametrize("masked", [False, True])
def test_gradients_against_numerical_derivatives(name, method, limit, masked):
    arrays, (dhs, dlast) = sequence_problem(name, T=4, N=2, D=2, H=3)
    mask = draw_mask(4, 2) if masked else None

    def loss_and_grads(p):
        values, grads = run(name, p, (dhs, dlast), mask)
        return sum(
            np.sum(d * v) for d, v in zip((dhs, *dlast), values, strict=True)
        ), grads

    errors = check_gradients(loss_and_grads, arrays, method)
    assert errors.keys() == arrays.keys()
    assert max(errors.values()) < limit


@every_cell
@given(st.integers(0, 999), st.integers(1, 7), st.integers(1, 4))
@settings(deadline=None, max_examples=10)
def test_a_masked_batch_is_its_sequences_alone(name, seed, T, N):
    arrays, (dhs, dlast) = sequence_problem(name, T=T, N=N, seed=seed)
    mask = np.random.default_rng(seed).random((T, N)) < 0.6
    values, grads = run(name, arrays, (dhs, dlast), mask)
    weights = CELLS[name].axes
    sums = dict.fromkeys(weights, 0)
    for n in range(N):
        on, one = mask[:, n], slice(n, n + 1)
        np.testing.assert_array_equal(grads["xs"][~on, n], 0)
        alone = {key: a if key in weights else a[one] for key, a in arrays.items()}
        alone["xs"] = arrays["xs"][on][:, one]
        # What is lost on a step without input is a gradient of the step before it.
        before = np.cumsum(on)  # steps taken; 0 while the initial state stands
        dhs_n = np.zeros((on.sum() + 1, 1, H))
        np.add.at(dhs_n[:, 0], before, dhs[:, n])
        dlast_n = tuple(d[one] for d in dlast)
        names = list(state_axes(CELLS[name]))
        if on.any():
            (hs, *last), expected = run(name, alone, (dhs_n[1:], dlast_n))
        else:
            hs, last = np.zeros((0, 1, H)), [alone[key] for key in names]
            expected = dict(zip(names, dlast_n, strict=True))
            expected["xs"] = np.zeros((0, 1, D))
        expected[names[0]] = expected[names[0]] + dhs_n[0]
        states = np.concatenate([alone[names[0]][None], hs])
        np.testing.assert_allclose(values[0][:, n], states[before, 0], rtol=1e-10)
        for whole, part in zip(values[1:], last, strict=True):
            np.testing.assert_allclose(whole[n], part[0], rtol=1e-10)
        close = {"rtol": 1e-8, "atol": 1e-10}
        np.testing.assert_allclose(grads["xs"][on, n], expected["xs"][:, 0], **close)
        for key in names:
            np.testing.assert_allclose(grads[key][n], expected[key][0], **close)
        sums = {key: sums[key] + expected.get(key, 0) for key in sums}
    for key, total in sums.items():
        np.testing.assert_allclose(grads[key], total, rtol=1e-8, atol=1e-8)


@every_cell
def test_what_is_masked_out_has_no_influence(name):
    arrays, upstream = sequence_problem(name)
    mask = draw_mask()
    values, grads = run(name, arrays, upstream, mask)
    arrays["xs"] = np.where(mask[..., None], arrays["xs"], 9.0)
    others, other_grads = run(name, arrays, upstream, mask)
    for one, other in zip(values, others, strict=True):
        np.testing.assert_array_equal(one, other)
    for key in grads:
        np.testing.assert_array_equal(grads[key], other_grads[key])


@every_cell
def test_a_mask_that_is_true_everywhere_changes_nothing(name):
    arrays, upstream = sequence_problem(name)
    values, grads = run(name, arrays, upstream)
    others, other_grads = run(name, arrays, upstream, np.ones((T, N), bool))
    for one, other in zip(values, others, strict=True):
        np.testing.assert_array_equal(one, other)
    for key in grads:
        np.testing.assert_array_equal(grads[key], other_grads[key])


@every_cell
def test_two_halves_are_the_whole(name):
    arrays, (dhs, dlast) = sequence_problem(name)
    (hs, *last), grads = run(name, arrays, (dhs, dlast))
    cell, names = CELLS[name], list(state_axes(CELLS[name]))
    state = tuple(arrays[key] for key in names)
    xs = arrays["xs"]
    first, middle, cache1 = stepwise_forward(cell, xs[:2], state, arrays)
    second, end, cache2 = stepwise_forward(cell, xs[2:], middle, arrays)
    np.testing.assert_array_equal(hs, np.concatenate([first, second]))
    np.testing.assert_array_equal(last, end)
    dxs2, dmiddle, late = stepwise_backward(dhs[2:], cache2, dlast)
    dxs1, dstate, early = stepwise_backward(dhs[:2], cache1, dmiddle)
    assert relative_error(grads["xs"], np.concatenate([dxs1, dxs2])) < 1e-13
    for key, d in zip(names, dstate, strict=True):
        assert relative_error(grads[key], d) < 1e-13
    for key in cell.axes:
        assert relative_error(grads[key], early[key] + late[key]) < 1e-12


def test_equals_the_sequence_of_the_tanh_cell():
    arrays, (dhs, _) = sequence_problem("tanh")
    (hs, _), grads = run("tanh", arrays, (dhs, None))
    expected, cache = rnn_forward(arrays["xs"], arrays["h_prev"], arrays)
    dxs, dh0, expected_grads = rnn_backward(dhs, cache)
    assert relative_error(hs, expected) < 1e-13
    assert relative_error(grads["xs"], dxs) < 1e-12
    assert relative_error(grads["h_prev"], dh0) < 1e-12
    for key in expected_grads:
        assert relative_error(grads[key], expected_grads[key]) < 1e-12


def pytorch_net(name, arrays):
    nets = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
    net = nets.get(name, torch.nn.RNN)(
        D,
        H,
        dtype=torch.float64,
        **({"nonlinearity": name} if name in ("tanh", "relu") else {}),
    )
    with torch.no_grad():
        net.weight_ih_l0.copy_(torch.tensor(arrays["W_xh"].T))
        net.weight_hh_l0.copy_(torch.tensor(arrays["W_hh"].T))
        net.bias_ih_l0.copy_(torch.tensor(arrays["b_h"]))
        net.bias_hh_l0.zero_()
        if name == "gru":
            net.bias_hh_l0[2 * H :] = torch.tensor(arrays["b_n"])
    return net


@pytest.mark.parametrize("name", ["tanh", "relu", "lstm", "gru"])
def test_values_and_gradients_against_pytorch(name):
    arrays, (dhs, dlast) = sequence_problem(name, T=12)
    net = pytorch_net(name, arrays)
    xs = torch.tensor(arrays["xs"], requires_grad=True)
    state = [
        torch.tensor(arrays[key][None], requires_grad=True)
        for key in state_axes(CELLS[name])
    ]
    theirs, last = net(xs, tuple(state) if name == "lstm" else state[0])
    last = last if name == "lstm" else (last,)
    upstream = [torch.tensor(dhs), *(torch.tensor(d[None]) for d in dlast)]
    torch.autograd.backward([theirs, *last], upstream)
    values, grads = run(name, arrays, (dhs, dlast))
    assert relative_error(values[0], theirs.detach().numpy()) < 1e-10
    for mine, other in zip(values[1:], last, strict=True):
        assert relative_error(mine, other[0].detach().numpy()) < 1e-10
    expected = {"xs": xs.grad, "W_xh": net.weight_ih_l0.grad.T}
    expected |= {"W_hh": net.weight_hh_l0.grad.T, "b_h": net.bias_ih_l0.grad}
    for key, tensor in zip(state_axes(CELLS[name]), state, strict=True):
        expected[key] = tensor.grad[0]
    if name == "gru":
        expected["b_n"] = net.bias_hh_l0.grad[2 * H :]
    assert grads.keys() == expected.keys()
    for key in grads:
        assert relative_error(grads[key], expected[key].numpy()) < 1e-10, key


@every_cell
def test_float32_stays_float32(name):
    arrays, (dhs, dlast) = sequence_problem(name)
    arrays = {key: array.astype(np.float32) for key, array in arrays.items()}
    dlast = tuple(d.astype(np.float32) for d in dlast)
    for mask in (None, draw_mask()):
        values, grads = run(name, arrays, (dhs.astype(np.float32), dlast), mask)
        assert {a.dtype for a in (*values, *grads.values())} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("changed", "kind", "parts"),
    [
        ({"cell": "tanh"}, TypeError, ["cell is 'tanh'", "Cell", "CELLS['tanh']"]),
        ({"xs": [1.0]}, TypeError, ["xs is a list", "Pass np.asarray"]),
        ({"xs": np.ones((T, D))}, ValueError, ["xs has shape (6, 4)", "(T, N, D)"]),
        ({"xs": np.ones((0, N, D))}, ValueError, ["xs is empty", "T = 0"]),
        ({"xs": np.ones((T, N, 7))}, ValueError, ["xs has D = 7", "W_xh has D = 4"]),
        ({"xs": np.full((T, N, D), np.inf)}, NonFiniteError, ["xs holds inf"]),
        ({"state": np.ones((N, H))}, TypeError, ["state is a ndarray", "(h, c)"]),
        ({"state": (np.ones((N, H)),)}, ValueError, ["1 array(s)", "(h, c)"]),
        ({"mask": np.ones((T, N))}, TypeError, ["mask has dtype float64"]),
        ({"mask": np.ones((N, T), bool)}, ValueError, ["mask has T = 3", "(6, 3)"]),
        ({"params": {}}, ValueError, ["params has no 'W_xh'"]),
        ({"params": None}, TypeError, ["params is a NoneType"]),
    ],
)
def test_bad_input(changed, kind, parts):
    arrays, _ = sequence_problem("lstm")
    state = (arrays["h_prev"], arrays["c_prev"])
    given = {"cell": CELLS["lstm"], "xs": arrays["xs"], "state": state}
    with rejects(kind, "stepwise_forward", *parts):
        stepwise_forward(**{**given, "params": arrays, **changed})


@pytest.mark.parametrize(
    ("changed", "kind", "parts"),
    [
        ({"cache": None}, TypeError, ["cache is a NoneType", "stepwise_forward"]),
        ({"dhs": np.ones((T, N))}, ValueError, ["dhs has shape (6, 3)", "Pass dhs"]),
        ({"dhs": np.ones((2, N, H))}, ValueError, ["dhs has T = 2", "(6, 3, 5)"]),
        ({"dlast": np.ones((N, H))}, TypeError, ["dlast is a ndarray", "(dh, dc)"]),
        ({"dlast": (1.0, 2.0)}, TypeError, ["dlast[0] is a float"]),
        (
            {"dlast": (np.ones((N, H)), np.ones((1, H)))},
            ValueError,
            ["dlast[1] has N = 1", "Pass dlast[1] of shape (3, 5)"],
        ),
    ],
)
def test_bad_upstream_gradients(changed, kind, parts):
    arrays, (dhs, _) = sequence_problem("lstm")
    state = (arrays["h_prev"], arrays["c_prev"])
    _, _, cache = stepwise_forward(CELLS["lstm"], arrays["xs"], state, arrays)
    assert isinstance(cache, StepwiseCache)
    with rejects(kind, "stepwise_backward", *parts):
        stepwise_backward(**{"dhs": dhs, "cache": cache, **changed})
