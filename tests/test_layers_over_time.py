"""Layers over time, against their plain version, PyTorch, and sequences alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncore.cells import CELLS
from rnncore.gradcheck import check_gradients, relative_error
from rnncore.kinds import NonFiniteError
from rnncore.layers import Layer
from rnncore.ops import one_hot
from rnncore.stepwise import stepwise_backward, stepwise_forward
from tests.network_problems import (
    alone,
    any_mask,
    cast,
    close,
    differentiable,
    numbered,
    problem,
    run,
)
from tests.rejection import rejects

T, N, D, H = 6, 3, 4, 5
every_cell = pytest.mark.parametrize("cell", CELLS)
masks = pytest.mark.parametrize("seed", [None, 0, 1])  # of the mask, if there is one


def layer_of(cell):
    return Layer(cell, D, H)


def plain(cell, p):
    """Do what `run` does, one step after the other."""
    tokens = p.xs.dtype.kind == "i"
    xs = one_hot(p.xs, D).astype(p.params["W_xh"].dtype) if tokens else p.xs
    hs, last, cache = stepwise_forward(CELLS[cell], xs, p.state, p.params, p.mask)
    dxs, dstate, grads = stepwise_backward(p.dhs, cache, p.dlast)
    inputs = {} if tokens else {"xs": dxs}
    values = {"hs": hs, **numbered("last", last)}
    return values, {**inputs, **numbered("state", dstate), **grads}


@every_cell
@masks
@pytest.mark.parametrize("tokens", [False, True])
@pytest.mark.parametrize("T", [1, T])
def test_fast_is_plain(cell, seed, tokens, T):
    p = problem(layer_of(cell), T, tokens=tokens)
    p = p._replace(mask=None if seed is None else any_mask(T, seed=seed))
    for q in (p, p._replace(dlast=None)):
        for fast, slow in zip(run(layer_of(cell), q), plain(cell, q), strict=True):
            close(fast, slow, 1e-12)


@every_cell
@masks
def test_float32_stays_float32(cell, seed):
    for tokens in (False, True):
        p = problem(layer_of(cell), tokens=tokens)
        p = p._replace(mask=None if seed is None else any_mask(seed=seed))
        single = run(layer_of(cell), cast(p, np.float32))
        for fast, exact in zip(single, plain(cell, p), strict=True):
            assert {array.dtype for array in fast.values()} == {np.dtype(np.float32)}
            close(fast, exact, 1e-5)


@every_cell
def test_the_precision_is_the_best_that_comes_in(cell):
    p = problem(layer_of(cell))
    mixed = cast(p, np.float32)._replace(xs=p.xs)
    values, grads = run(layer_of(cell), mixed)
    assert {a.dtype for a in (*values.values(), *grads.values())} == {p.xs.dtype}
    _, grads = run(layer_of(cell), cast(p, np.float32)._replace(dhs=p.dhs))
    assert {array.dtype for array in grads.values()} == {p.dhs.dtype}
    unused = {**cast(p, np.float32).params, "W_emb": np.ones(2), "note": "ignored"}
    values, _ = run(layer_of(cell), cast(p, np.float32)._replace(params=unused))
    assert {array.dtype for array in values.values()} == {np.dtype(np.float32)}


@every_cell
@pytest.mark.parametrize(("method", "limit"), [("central", 1e-6), ("complex", 1e-12)])
def test_gradients_against_numerical_derivatives(cell, method, limit):
    for tokens in (False, True):
        p = problem(Layer(cell, 2, 3), T=4, N=2, tokens=tokens, seed=3)
        p = p._replace(mask=any_mask(4, 2, seed=2))
        errors = check_gradients(*differentiable(Layer(cell, 2, 3), p), method)
        assert max(errors.values()) < limit


# Masks


@every_cell
@given(st.integers(0, 999), st.integers(1, 7), st.integers(1, 4))
@settings(deadline=None, max_examples=10)
def test_a_masked_batch_is_its_sequences_alone(cell, seed, T, N):
    layer, mask = layer_of(cell), any_mask(T, N, seed)
    p = problem(layer, T, N, seed=seed)._replace(mask=mask)
    p.dhs[~mask] = 0
    values, grads = run(layer, p)
    sums = {name: 0 * grads[name] for name in p.params}
    for n in range(N):
        on, one = mask[:, n], alone(p, n)
        assert not grads["xs"][~on, n].any()
        if not on.any():  # it ends where it began
            found = {"last": values["last[0]"][n], "grad": grads["state[0]"][n]}
            close(found, {"last": p.state[0][n], "grad": p.dlast[0][n]}, 0)
            continue
        expected, expected_grads = run(layer, one)
        close({"hs": values["hs"][on, n]}, {"hs": expected["hs"][:, 0]}, 1e-12)
        close({"xs": grads["xs"][on, n]}, {"xs": expected_grads["xs"][:, 0]}, 1e-10)
        for i in range(len(p.state)):
            last, first = f"last[{i}]", f"state[{i}]"
            close({last: values[last][n]}, {last: expected[last][0]}, 1e-12)
            close({first: grads[first][n]}, {first: expected_grads[first][0]}, 1e-10)
        sums = {name: sums[name] + expected_grads[name] for name in sums}
    close({name: grads[name] for name in sums}, sums, 1e-10)


@every_cell
def test_what_is_masked_out_has_no_influence(cell):
    p = problem(layer_of(cell))._replace(mask=any_mask())
    other = p._replace(xs=np.where(p.mask[..., None], p.xs, 1e3))
    pairs = zip(run(layer_of(cell), p), run(layer_of(cell), other), strict=True)
    for one, two in pairs:
        close(one, two, 0)


# In pieces


@every_cell
@masks
def test_two_halves_are_the_whole(cell, seed):
    layer = layer_of(cell)
    p = problem(layer)._replace(mask=None if seed is None else any_mask(seed=seed))
    values, grads = run(layer, p)
    masks = [None, None] if p.mask is None else [p.mask[:2], p.mask[2:]]
    one, middle, early = layer.forward(p.xs[:2], p.state, p.params, masks[0])
    two, end, late = layer.forward(p.xs[2:], middle, p.params, masks[1])
    whole = {"hs": np.concatenate([one, two]), **numbered("last", end)}
    close(values, whole, 1e-14)
    dxs2, dmiddle, grads2 = layer.backward(p.dhs[2:], late, p.dlast)
    dxs1, dstate, grads1 = layer.backward(p.dhs[:2], early, dmiddle)
    sums = {name: grads1[name] + grads2[name] for name in grads1}
    dxs = np.concatenate([dxs1, dxs2])
    close(grads, {"xs": dxs, **numbered("state", dstate), **sums}, 1e-12)


@every_cell
@pytest.mark.parametrize("tokens", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_single_steps_are_those_of_the_sequence(cell, tokens, dtype):
    layer = layer_of(cell)
    p = cast(problem(layer, tokens=tokens), dtype)
    hs, last, _ = layer.forward(p.xs, p.state, p.params)
    copies = {name: array.copy() for name, array in p.params.items()}
    step, state = layer.stepper(p.params, tokens), p.state
    limit = 1e-5 if dtype == np.float32 else 1e-13
    for t, x in enumerate(p.xs):
        state = step(x, state)
        assert state[0].dtype == dtype
        assert relative_error(state[0], hs[t]) < limit
    assert relative_error(state[-1], last[-1]) < limit
    close(p.params, copies, 0)


@every_cell
def test_nothing_is_changed_or_remembered(cell):
    layer = layer_of(cell)
    p = problem(layer)._replace(mask=any_mask())
    arrays = [p.xs, *p.state, *p.params.values(), p.dhs, *p.dlast, p.mask]
    copies = [array.copy() for array in arrays]
    for array in arrays:
        array.flags.writeable = False
    first, second = run(layer, p), run(layer, p)
    for one, two in zip(first, second, strict=True):
        close(one, two, 0)
    for array, copy in zip(arrays, copies, strict=True):
        np.testing.assert_array_equal(array, copy)
    hs, last, cache = layer.forward(p.xs, p.state, p.params)
    kept = last[0].copy()
    last[0][...] = 7  # a state that is carried on belongs to the caller
    np.testing.assert_array_equal(hs[-1], kept)
    one, two = (layer.backward(p.dhs, cache)[2] for _ in range(2))
    close(one, two, 0)


# The record of norms, and cuts


@every_cell
def test_norms_are_those_of_the_gradient_of_each_state(cell):
    layer = layer_of(cell)
    p, norms = problem(layer), np.empty(T + 1)
    run(layer, p, norms=norms)
    for t in range(T + 1):  # everything from t on, as if it began there
        state = layer.forward(p.xs[:t], p.state, p.params)[1] if t else p.state
        if t == T:
            rest = [p.dhs[-1] + p.dlast[0], *p.dlast[1:]]
        else:
            q = p._replace(xs=p.xs[t:], state=state, dhs=p.dhs[t:])
            loss, arrays = differentiable(layer, q)
            assert max(check_gradients(loss, arrays, "complex").values()) < 1e-12
            rest = [run(layer, q)[1][f"state[{i}]"] for i in range(len(p.state))]
            if t:
                rest[0] = rest[0] + p.dhs[t - 1]
        expected = np.sqrt(sum(np.sum(array**2) for array in rest))
        assert norms[t] == pytest.approx(expected, rel=1e-12)


def test_norms_of_a_linear_recurrence_are_powers():
    layer = Layer("identity", 1, 1)
    params = {"W_xh": np.ones((1, 1)), "W_hh": np.full((1, 1), 0.5), "b_h": np.ones(1)}
    _, _, cache = layer.forward(np.ones((9, 1, 1)), layer.zero_state(1), params)
    norms, dhs = np.empty(10), np.zeros((9, 1, 1))
    dhs[-1] = 1
    layer.backward(dhs, cache, norms=norms)
    np.testing.assert_array_equal(norms, 0.5 ** np.arange(9, -1, -1))


@every_cell
@masks
def test_a_cut_is_a_state_that_is_given(cell, seed):
    layer = layer_of(cell)
    p = problem(layer)._replace(mask=None if seed is None else any_mask(seed=seed))
    carry = np.array([1.0, 1, 0, 1, 1, 1])
    _, grads = run(layer, p, carry=carry)
    halves = []
    for steps, state in ((slice(0, 2), p.state), (slice(2, T), None)):
        mask = None if p.mask is None else p.mask[steps]
        state = state or halves[0][0]
        q = p._replace(xs=p.xs[steps], state=state, dhs=p.dhs[steps], mask=mask)
        q = q._replace(dlast=p.dlast if steps.stop == T else None)
        values, part = run(layer, q)
        last = tuple(values[f"last[{i}]"] for i in range(len(state)))
        halves.append((last, part))
    first, second = halves[0][1], halves[1][1]
    expected = {name: first[name] + second[name] for name in p.params}
    expected |= {name: first[name] for name in first if name.startswith("state")}
    expected["xs"] = np.concatenate([first["xs"], second["xs"]])
    close(grads, expected, 1e-12)


def test_a_weight_multiplies_what_passes():
    layer = layer_of("tanh")
    p = problem(layer)._replace(dlast=None)
    p.dhs[:-1] = 0
    _, full = run(layer, p)
    _, half = run(layer, p, carry=np.array([1.0, 0.5, 1, 3, 1, 1]))
    np.testing.assert_allclose(half["xs"][3:], full["xs"][3:])
    np.testing.assert_allclose(half["xs"][1:3], 3 * full["xs"][1:3])
    np.testing.assert_allclose(half["xs"][0], 1.5 * full["xs"][0])


# Bad input


def test_sizes_and_names():
    with rejects(ValueError, "Layer: cell is 'elman'", "'tanh'", "Pass cell='tanh'"):
        Layer("elman", 1, 1)
    with rejects(ValueError, "Layer: hidden_size is 0", "Pass hidden_size=1"):
        Layer("lstm", 1, 0)
    with rejects(TypeError, "Layer: input_size is 2.0"):
        Layer("lstm", 2.0, 1)
    with rejects(ValueError, "zero_state: N is 0"):
        layer_of("gru").zero_state(0)
    with rejects(TypeError, "rng is 0", "default_rng"):
        layer_of("gru").init(0)
    with rejects(ValueError, "stepper: params has no 'b_h'", "Add b_h"):
        layer_of("tanh").stepper({"W_xh": np.ones((D, H)), "W_hh": np.ones((H, H))})


ones = np.ones


@pytest.mark.parametrize(
    ("changed", "kind", "parts"),
    [
        ({"xs": [1.0]}, TypeError, ["xs is a list", "Pass np.asarray"]),
        ({"xs": ones((T, N, D), bool)}, TypeError, ["xs has dtype bool"]),
        ({"xs": ones((T, D))}, ValueError, ["xs has shape (6, 4)", "(T, N, D)"]),
        ({"xs": ones((0, N, D))}, ValueError, ["xs is empty", "T = 0"]),
        ({"xs": ones((T, 0, D))}, ValueError, ["xs is empty", "N = 0"]),
        ({"xs": ones((T, N, 7))}, ValueError, ["xs has D = 7", "D = 4"]),
        ({"xs": np.full((T, N, D), np.nan)}, NonFiniteError, ["xs holds nan"]),
        ({"xs": np.full((T, N), D)}, ValueError, ["xs holds 4", "Pass xs from 0 to 3"]),
        ({"xs": np.zeros((0, N), int)}, ValueError, ["xs is empty", "T = 0"]),
        ({"state": ones((N, H))}, TypeError, ["state is a ndarray", "(h, c)"]),
        ({"state": (ones((N, H)),)}, ValueError, ["1 array(s)", "(h, c)"]),
        ({"state": (ones((N, H)), None)}, TypeError, ["state[1] is a NoneType"]),
        (
            {"state": (ones((N, H)), ones((N, 1)))},
            ValueError,
            ["state[1] has H = 1", "(3, 5)"],
        ),
        (
            {"state": (ones((N, H)), np.full((N, H), np.inf))},
            NonFiniteError,
            ["state[1] holds inf"],
        ),
        ({"mask": ones((T, N))}, TypeError, ["mask has dtype float64"]),
        ({"mask": ones((N, T), bool)}, ValueError, ["mask has T = 3", "(6, 3)"]),
        ({"params": {}}, ValueError, ["params has no 'W_xh'"]),
        ({"params": None}, TypeError, ["params is a NoneType"]),
    ],
)
def test_bad_input(changed, kind, parts):
    p = problem(layer_of("lstm"))
    how = {"xs": p.xs, "state": p.state, "params": p.params, **changed}
    with rejects(kind, "forward", *parts):
        layer_of("lstm").forward(**how)


def test_weights_that_do_not_fit():
    p = problem(layer_of("lstm"))
    with rejects(ValueError, "W_hh has", "(5, 19)", "Pass W_hh"):
        params = {**p.params, "W_hh": p.params["W_hh"][:, 1:]}
        layer_of("lstm").forward(p.xs, p.state, params)
    with rejects(ValueError, "b_h has 15 columns", "20 are needed", "i, f, g, o"):
        params = {name: w[..., :15] for name, w in p.params.items()}
        layer_of("lstm").forward(p.xs, p.state, params)


@pytest.mark.parametrize(
    ("changed", "kind", "parts"),
    [
        ({"cache": None}, TypeError, ["cache is a NoneType", "LayerCache"]),
        ({"dhs": [1.0]}, TypeError, ["dhs is a list"]),
        ({"dhs": ones((T, N))}, ValueError, ["dhs has shape (6, 3)", "Pass dhs"]),
        ({"dhs": ones((2, N, H))}, ValueError, ["dhs has T = 2", "(6, 3, 5)"]),
        ({"dlast": ones((N, H))}, TypeError, ["dlast is a ndarray", "(dh, dc)"]),
        ({"dlast": (1.0, 2.0)}, TypeError, ["dh is a float"]),
        ({"dlast": (ones((N, H)),)}, ValueError, ["dlast holds 1 array(s)"]),
        ({"dlast": (ones((N, H)), ones((1, H)))}, ValueError, ["dc has N = 1"]),
        ({"carry": ones(T - 1)}, ValueError, ["carry has T = 5", "(6,)"]),
        ({"carry": ones(T, int)}, TypeError, ["carry has dtype int64"]),
        ({"norms": ones(T)}, ValueError, ["norms has R = 6", "(7,)"]),
        ({"norms": []}, TypeError, ["norms is a list"]),
    ],
)
def test_bad_upstream_gradients(changed, kind, parts):
    layer = layer_of("lstm")
    p = problem(layer)
    _, _, cache = layer.forward(p.xs, p.state, p.params)
    with rejects(kind, "backward", *parts):
        layer.backward(**{"dhs": p.dhs, "cache": cache, **changed})


@pytest.mark.parametrize(
    "other", [Layer("gru", D, H), Layer("lstm", D + 1, H)], ids=["cell", "size"]
)
def test_the_cache_of_another_layer(other):
    q = problem(other)
    _, _, cache = other.forward(q.xs, q.state, q.params)
    with rejects(ValueError, f"cache is of {other}", "Pass the cache that its own"):
        layer_of("lstm").backward(q.dhs, cache)


def test_a_gradient_of_the_last_state_keeps_its_imaginary_part():
    layer = layer_of("lstm")
    p = problem(layer)
    _, _, cache = layer.forward(p.xs, p.state, p.params)
    _, dstate, _ = layer.backward(p.dhs, cache, p.dlast)
    _, turned, _ = layer.backward(1j * p.dhs, cache, p.dlast)
    _, both, _ = layer.backward(p.dhs, cache, tuple(1j * d for d in p.dlast))
    for one, two, three in zip(dstate, turned, both, strict=True):
        assert relative_error(one + 1j * one, two + three) < 1e-13


@pytest.mark.parametrize(
    ("name", "shape", "parts"),
    [
        ("W_xh", (D + 1, 4 * H), ["W_xh has D = ", "layer has D = "]),
        ("W_hh", (H + 1, 4 * H), ["W_hh has H = "]),
        ("b_h", (1,), ["b_h has G = 1"]),
    ],
)
def test_single_steps_with_weights_of_another_size(name, shape, parts):
    layer = layer_of("lstm")
    params = {**problem(layer).params, name: np.ones(shape)}
    with rejects(ValueError, "stepper: ", *parts, "Pass "):
        layer.stepper(params)
    gru = Layer("gru", D, H).init(np.random.default_rng(0))
    with rejects(ValueError, "stepper: b_h has", "gates i, f, g, o", "Pass "):
        layer.stepper(gru)


def test_many_rows_in_single_precision():
    N, H = 100_000, 16
    layer = Layer("identity", 1, H)
    shapes = {"W_xh": (1, H), "W_hh": (H, H), "b_h": H}
    params = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    xs, state = np.ones((2, N, 1), np.float32), layer.zero_state(N, np.float32)
    hs, _, cache = layer.forward(xs, state, params)
    _, _, grads = layer.backward(np.full_like(hs, 0.1), cache)
    assert relative_error(grads["b_h"], np.full(H, 0.1 * 2 * N)) < 5e-4
