"""Layers above each other and in both directions, against PyTorch and their parts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncore.cells import CELLS
from rnncore.gradcheck import check_gradients, relative_error
from rnncore.kinds import NonFiniteError
from rnncore.layers import Layer
from rnncore.ops import dropout_mask
from rnncore.parameters import part
from rnncore.stacks import Bidirectional, Dropped, Stack, stacked
from tests.network_problems import (
    alone,
    any_mask,
    cast,
    close,
    differentiable,
    in_pytorch,
    mask_of,
    problem,
    run,
)
from tests.rejection import rejects

T, N, D, H = 6, 3, 4, 5
MIXED = Stack((Layer("gru", D, H), Bidirectional("tanh", H, 3), Layer("lstm", 6, 2)))
DEEP = stacked("lstm", D, H, layers=2)
BOTH = Bidirectional("lstm", D, H)


@pytest.mark.parametrize("cell", ["tanh", "relu", "lstm", "gru"])
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("lengths", [None, (4, 1, 6)])
def test_values_and_gradients_against_pytorch(cell, layers, both, lengths):
    stack = stacked(cell, D, H, layers, both)
    p = problem(stack)
    if lengths is not None:
        p = p._replace(mask=mask_of(lengths, T))
        p.dhs[~p.mask] = 0
    values, grads = run(stack, p)
    expected, expected_grads = in_pytorch(p, cell, layers, both)
    if lengths is not None:  # what is padded repeats the state here, and is 0 there
        for given_, out in ((values, values["hs"]), (expected, expected["hs"])):
            given_["hs"] = out[p.mask]
    close(values, expected, 1e-10)
    close(grads, expected_grads, 1e-10)


@pytest.mark.parametrize("network", [MIXED, BOTH, DEEP], ids=["mixed", "both", "deep"])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("tokens", [False, True])
def test_gradients_against_complex_steps(network, masked, tokens):
    p = problem(network, T=4, N=2, tokens=tokens, seed=1)
    p = p._replace(mask=any_mask(4, 2) if masked else None)
    errors = check_gradients(*differentiable(network, p), "complex")
    assert max(errors.values()) < 1e-12


@pytest.mark.parametrize("network", [MIXED, BOTH], ids=["mixed", "both"])
@given(st.integers(0, 999), st.integers(1, 7), st.integers(1, 4))
@settings(deadline=None, max_examples=15)
def test_a_masked_batch_is_its_sequences_alone(network, seed, T, N):
    mask = any_mask(T, N, seed)
    p = problem(network, T, N, seed=seed)._replace(mask=mask)
    p.dhs[~mask] = 0
    values, grads = run(network, p)
    sums = {name: 0 * grads[name] for name in p.params}
    for n in range(N):
        on = mask[:, n]
        if not on.any():
            continue
        expected, expected_grads = run(network, alone(p, n))
        close({"hs": values["hs"][on, n]}, {"hs": expected["hs"][:, 0]}, 1e-12)
        close({"xs": grads["xs"][on, n]}, {"xs": expected_grads["xs"][:, 0]}, 1e-10)
        for name in (f"[{i}]" for i in range(len(p.state))):
            assert (
                relative_error(values["last" + name][n], expected["last" + name][0])
                < 1e-12
            )
            one, two = grads["state" + name][n], expected_grads["state" + name][0]
            assert relative_error(one, two) < 1e-10
        sums = {name: sums[name] + expected_grads[name] for name in sums}
    close({name: grads[name] for name in sums}, sums, 1e-10)


def test_a_stack_is_its_layers_one_after_the_other():
    p = problem(MIXED)._replace(mask=any_mask())
    hs, last, cache = MIXED.forward(p.xs, p.state, p.params, p.mask)
    dxs, dstate, grads = MIXED.backward(p.dhs, cache, p.dlast)
    pieces = [slice(0, 1), slice(1, 3), slice(3, 5)]
    below, caches = p.xs, []
    for k, (layer, piece) in enumerate(zip(MIXED.layers, pieces, strict=True)):
        params = part(p.params, f"layer{k}")
        below, end, one = layer.forward(below, p.state[piece], params, p.mask)
        np.testing.assert_array_equal(last[piece], end)
        caches.append(one)
    np.testing.assert_array_equal(hs, below)
    above = p.dhs
    for k in (2, 1, 0):
        layer, piece = MIXED.layers[k], pieces[k]
        above, dfirst, own = layer.backward(above, caches[k], p.dlast[piece])
        np.testing.assert_array_equal(dstate[piece], dfirst)
        for name, grad in own.items():
            np.testing.assert_array_equal(grads[f"layer{k}.{name}"], grad)
    np.testing.assert_array_equal(dxs, above)
    assert grads.keys() == p.params.keys()


def test_the_second_direction_reads_from_the_end_of_each_sequence():
    p = problem(BOTH)._replace(mask=mask_of((2, 6, 3), T))
    hs, last, _ = BOTH.forward(p.xs, p.state, p.params, p.mask)
    for n, length in enumerate((2, 6, 3)):
        xs = p.xs[:length, n : n + 1][::-1]
        state = tuple(array[n : n + 1] for array in p.state[2:])
        back, end, _ = BOTH.layer.forward(xs, state, part(p.params, "backward"))
        assert relative_error(hs[:length, n, H:], back[::-1, 0]) < 1e-13
        assert relative_error(last[2][n], end[0][0]) < 1e-13
        assert relative_error(last[2][n], hs[0, n, H:]) < 1e-15  # it ends at t = 0


@pytest.mark.parametrize("network", [MIXED, BOTH], ids=["mixed", "both"])
def test_float32_stays_float32(network):
    p = problem(network)._replace(mask=any_mask())
    for single, exact in zip(
        run(network, cast(p, np.float32)), run(network, p), strict=True
    ):
        assert {array.dtype for array in single.values()} == {np.dtype(np.float32)}
        close(single, exact, 1e-5)
    assert network.zero_state(2, np.float32)[0].dtype == np.float32


@pytest.mark.parametrize("tokens", [False, True])
def test_single_steps_are_those_of_the_sequence(tokens):
    stack = Stack((Layer("gru", D, H), Layer("lstm", H, 3), Layer("jordan", 3, 2)))
    p = problem(stack, tokens=tokens)
    hs, last, _ = stack.forward(p.xs, p.state, p.params)
    step, state = stack.stepper(p.params, tokens), p.state
    for t, x in enumerate(p.xs):
        state = step(x, state)
        assert relative_error(state[-1], hs[t]) < 1e-13
    for one, two in zip(state, last, strict=True):
        assert relative_error(one, two) < 1e-13


def test_a_cut_cuts_in_every_layer():
    p = problem(DEEP)
    _, grads = run(DEEP, p, carry=np.array([1.0, 1, 1, 0, 1, 1]))
    _, middle, cache = DEEP.forward(p.xs[:3], p.state, p.params)
    dxs1, dstate, grads1 = DEEP.backward(p.dhs[:3], cache)
    _, _, cache = DEEP.forward(p.xs[3:], middle, p.params)
    dxs2, _, grads2 = DEEP.backward(p.dhs[3:], cache, p.dlast)
    expected = {name: grads1[name] + grads2[name] for name in p.params}
    expected |= {f"state[{i}]": array for i, array in enumerate(dstate)}
    close(grads, {**expected, "xs": np.concatenate([dxs1, dxs2])}, 1e-12)


# Dropout


def test_dropout_between_layers():
    rng, p = np.random.default_rng(0), problem(DEEP)
    drops = [dropout_mask(rng, (N, H), 0.5, p.dhs)]
    dropped = Dropped(DEEP, drops)
    values, grads = run(dropped, p)
    one, two = DEEP.layers
    below, end, early = one.forward(p.xs, p.state[:2], part(p.params, "layer0"))
    hs, top, late = two.forward(below * drops[0], p.state[2:], part(p.params, "layer1"))
    np.testing.assert_array_equal(values["hs"], hs)
    np.testing.assert_array_equal(values["last[1]"], end[1])
    np.testing.assert_array_equal(values["last[3]"], top[1])
    dbelow, _, own = two.backward(p.dhs, late, p.dlast[2:])
    dxs, _, lower = one.backward(dbelow * drops[0], early, p.dlast[:2])
    np.testing.assert_array_equal(grads["xs"], dxs)
    np.testing.assert_array_equal(grads["layer1.W_xh"], own["W_xh"])
    np.testing.assert_array_equal(grads["layer0.W_hh"], lower["W_hh"])
    errors = check_gradients(*differentiable(dropped, p), "complex")
    assert max(errors.values()) < 1e-12


def test_what_is_dropped_is_dropped_at_every_step():
    p = problem(DEEP)
    nothing = [np.zeros((N, H))]
    _, grads = run(Dropped(DEEP, nothing), p._replace(dlast=None))
    assert not any(grads[name].any() for name in grads if name.startswith("layer0"))
    assert not grads["layer1.W_xh"].any()
    assert grads["layer1.W_hh"].any()


# Sizes, names, bad input


def test_sizes():
    assert (MIXED.input_size, MIXED.width) == (D, 2)
    assert (BOTH.input_size, BOTH.width) == (D, 2 * H)
    assert [layer.input_size for layer in stacked("gru", 3, 8, 3, True).layers] == [
        3,
        16,
        16,
    ]
    assert [array.shape for array in MIXED.zero_state(2)] == [
        (2, 5),
        (2, 3),
        (2, 3),
        (2, 2),
        (2, 2),
    ]


def test_both_directions_draw_their_own_weights():
    params = BOTH.init(np.random.default_rng(0))
    assert not np.array_equal(params["forward.W_hh"], params["backward.W_hh"])
    assert {name.split(".")[1] for name in params} == CELLS["lstm"].axes.keys()


def test_bad_layers():
    with rejects(ValueError, "Stack: layers is ()", "at least one", "Pass (Layer"):
        Stack(())
    with rejects(ValueError, "Stack: layers is [", "stacked(...)"):
        Stack([Layer("tanh", 1, 1)])
    with rejects(ValueError, "layer1 has 5 inputs", "layer0 gives 3", "input_size 3"):
        Stack((Layer("tanh", 2, 3), Layer("tanh", 5, 3)))
    with rejects(ValueError, "stacked: layers is 0", "Pass layers=1"):
        stacked("tanh", 1, 1, 0)
    with rejects(ValueError, "cell is 'elman'"):
        Bidirectional("elman", 1, 1)
    with rejects(TypeError, "stepper: layer1 is a Bidirectional", "Pass a stack of"):
        MIXED.stepper(problem(MIXED).params)


@pytest.mark.parametrize("network", [MIXED, BOTH], ids=["mixed", "both"])
@pytest.mark.parametrize(
    ("changed", "kind", "parts"),
    [
        ({"xs": [1.0]}, TypeError, ["xs is a list"]),
        ({"xs": np.ones((0, N, D))}, ValueError, ["xs is empty", "T = 0"]),
        ({"xs": np.ones((T, N, 7))}, ValueError, ["xs has D = 7"]),
        ({"xs": np.full((T, N, D), np.inf)}, NonFiniteError, ["xs holds inf"]),
        (
            {"state": np.ones((N, H))},
            TypeError,
            ["forward: state is a ndarray", "Pass state="],
        ),
        ({"state": (np.ones((N, H)),)}, ValueError, ["state holds 1 array(s)"]),
        ({"mask": np.ones((T, N))}, TypeError, ["mask has dtype float64"]),
        ({"mask": [[True]]}, TypeError, ["mask is a list"]),
        ({"params": None}, TypeError, ["params is a NoneType"]),
    ],
)
def test_bad_input(network, changed, kind, parts):
    p = problem(network)
    how = {"xs": p.xs, "state": p.state, "params": p.params, **changed}
    with rejects(kind, *parts):
        network.forward(**how)


@pytest.mark.parametrize(
    ("network", "name"), [(MIXED, "layer1.backward.b_h"), (BOTH, "forward.W_xh")]
)
def test_parameters_are_named_in_full(network, name):
    p = problem(network)
    with rejects(ValueError, f"params has no {name!r}", f"Add {name} of shape ("):
        params = {key: w for key, w in p.params.items() if key != name}
        network.forward(p.xs, p.state, params)
    with rejects(TypeError, f"{name} is a list"):
        network.forward(p.xs, p.state, {**p.params, name: [1.0]})


def test_bad_upstream_gradients():
    p = problem(BOTH)
    _, _, cache = BOTH.forward(p.xs, p.state, p.params)
    with rejects(TypeError, "backward: cache is a NoneType", "BidirectionalCache"):
        BOTH.backward(p.dhs, None)
    with rejects(ValueError, "dhs has K = 3", "Pass dhs of shape (6, 3, 10)"):
        BOTH.backward(p.dhs[..., :3], cache)
    with rejects(ValueError, "dlast holds 1 array(s)", "4 are needed", "backward.c"):
        BOTH.backward(p.dhs, cache, p.dlast[:1])
    with rejects(ValueError, "carry is given", "cannot be truncated", "Leave carry"):
        BOTH.backward(p.dhs, cache, carry=np.ones(T))
    p = problem(MIXED)
    _, _, cache = MIXED.forward(p.xs, p.state, p.params)
    with rejects(TypeError, "backward: cache is a BidirectionalCache", "StackCache"):
        MIXED.backward(p.dhs, cache.caches[1])
    with rejects(
        ValueError, "backward: dlast holds 2 array(s)", "5 are needed", "layer2.c"
    ):
        MIXED.backward(p.dhs, cache, p.dlast[:2])
    with rejects(ValueError, "carry is given"):
        MIXED.backward(p.dhs, cache, carry=np.ones(T))


def test_a_mask_without_axes():
    both = Bidirectional("gru", D, H)
    p = problem(both)
    with rejects(ValueError, "forward: mask has shape ()", "Pass mask"):
        both.forward(p.xs, p.state, p.params, np.array(True))


def test_the_cache_of_another_stack():
    p, other = problem(DEEP), stacked("lstm", D, H, layers=3)
    q = problem(other)
    _, _, cache = other.forward(q.xs, q.state, q.params)
    with rejects(ValueError, "cache holds 3 layers", "2", "Pass the cache"):
        DEEP.backward(p.dhs, cache)
