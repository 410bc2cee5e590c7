"""Conventions of other courses: ways and ways back, and their own equations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncore.cells import CELLS
from rnncore.converters import (
    CONVENTIONS,
    change_layout,
    from_convention,
    gates_of,
    to_convention,
)
from rnncore.gradcheck import relative_error
from rnncore.ops import sigmoid
from rnncore.stepwise import stepwise_forward
from tests.cell_problems import cell_problem
from tests.rejection import rejects

T, N, D, H, V = 6, 3, 4, 5, 7
NO_BIAS = ("s", "no-bias")
every_convention = pytest.mark.parametrize("convention", CONVENTIONS)


def our_params(convention, D=D, H=H, V=V, seed=0, output=True):
    """Draw parameters that the convention can hold without a loss."""
    source = CONVENTIONS[convention]
    arrays, _ = cell_problem(source.cell, seed, D=D, H=H)
    params = {name: arrays[name] for name in CELLS[source.cell].axes}
    rng = np.random.default_rng(seed + 1)
    if output and "W_hy" in source.names:
        params |= {"W_hy": rng.normal(size=(H, V)), "b_y": rng.normal(size=V)}
    if convention in NO_BIAS:
        params |= {k: 0 * a for k, a in params.items() if k.startswith("b")}
    if "b_n" in params:
        params["b_n"] = 0 * params["b_n"]
    return params


def run(cell, params, xs, h0=None):
    """Run a cell from zero, or from h0."""
    h0 = np.zeros((xs.shape[1], H)) if h0 is None else h0
    state = (h0, *(np.zeros_like(h0) for _ in CELLS[cell].state[1:]))
    return stepwise_forward(CELLS[cell], xs, state, params)[0]


# Layouts


@given(st.permutations("TND").map("".join), st.permutations("TND").map("".join))
@settings(deadline=None)
def test_layouts_there_and_back(one, other):
    sizes = {"T": T, "N": N, "D": D}
    xs = np.random.default_rng(0).normal(size=[sizes[letter] for letter in one])
    there = change_layout(xs, one, other)
    assert there.shape == tuple(sizes[letter] for letter in other)
    assert not np.shares_memory(there, xs)
    np.testing.assert_array_equal(change_layout(there, other, one), xs)


def test_what_each_layout_means():
    xs = np.random.default_rng(0).normal(size=(T, N, D))
    t, n, d = 4, 1, 3
    assert change_layout(xs, "TND", "NTD")[n, t, d] == xs[t, n, d]
    assert change_layout(xs, "TND", "DNT")[d, n, t] == xs[t, n, d]


@pytest.mark.parametrize(
    ("axes", "parts"),
    [
        (("TN", "NT"), ["given is 'TN'", "(6, 3, 4)", "Pass one letter"]),
        (("TTD", "TTD"), ["given is 'TTD'", "Pass one letter"]),
        (("TND", "NTV"), ["wanted is 'NTV'", "'TND'", "Pass them"]),
    ],
)
def test_bad_layouts(axes, parts):
    with rejects(ValueError, "change_layout", *parts):
        change_layout(np.ones((T, N, D)), *axes)


@pytest.mark.parametrize("name", ["given", "wanted"])
def test_what_is_no_layout(name):
    axes = {"given": "TND", "wanted": "NTD", name: None}
    with rejects(TypeError, f"change_layout: {name} is a NoneType", "Pass one"):
        change_layout(np.ones((T, N, D)), **axes)


# There and back


@every_convention
@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 5), st.booleans())
@settings(deadline=None, max_examples=25)
def test_ours_to_theirs_and_back(convention, D, H, V, output):
    params = our_params(convention, D, H, V, seed=D + 7 * H, output=output)
    copies = {name: array.copy() for name, array in params.items()}
    there = to_convention(params, convention)
    back = from_convention(there, convention)
    assert list(back) == list(params)
    for name, array in params.items():
        np.testing.assert_array_equal(back[name], array)
        np.testing.assert_array_equal(copies[name], array)
        both = (*there.values(), back[name])
        assert not any(np.shares_memory(other, array) for other in both)


@every_convention
def test_theirs_to_ours_and_back(convention):
    theirs = to_convention(our_params(convention), convention)
    rng = np.random.default_rng(2)
    theirs = {name: rng.normal(size=array.shape) for name, array in theirs.items()}
    again = to_convention(from_convention(theirs, convention), convention)
    assert again.keys() == theirs.keys()
    for name, array in theirs.items():
        np.testing.assert_array_equal(again[name], array)


@every_convention
def test_float32_stays_float32(convention):
    params = our_params(convention)
    params = {name: array.astype(np.float32) for name, array in params.items()}
    there = to_convention(params, convention)
    back = from_convention(there, convention)
    assert {a.dtype for a in (*there.values(), *back.values())} == {np.dtype("f4")}


def test_two_biases_of_a_candidate_become_one():
    params = our_params("dlai-gru") | {"b_n": np.ones(H)}
    back = from_convention(to_convention(params, "dlai-gru"), "dlai-gru")
    np.testing.assert_array_equal(back["b_n"], 0)
    xs = np.random.default_rng(0).normal(size=(T, N, D))
    cell = "gru-before-renew"
    assert relative_error(run(cell, back, xs), run(cell, params, xs)) < 1e-13


# The equations of the sources


def cs231n_rnn(x, h, w):
    return np.tanh(x.dot(w["Wx"]) + h.dot(w["Wh"]) + w["b"])


def cs231n_lstm(x, h, c, w):
    a = x.dot(w["Wx"]) + h.dot(w["Wh"]) + w["b"]
    H = h.shape[1]
    i, f, o = (sigmoid(a[:, k * H : (k + 1) * H]) for k in range(3))
    c = f * c + i * np.tanh(a[:, 3 * H :])
    return o * np.tanh(c), c


def scratch_lstm(x, h, c, w):
    a = x.dot(w["Wx"]) + h.dot(w["Wh"]) + w["b"]
    H = h.shape[1]
    f, g, i, o = (a[:, k * H : (k + 1) * H] for k in range(4))
    c = sigmoid(f) * c + np.tanh(g) * sigmoid(i)
    return sigmoid(o) * np.tanh(c), c


def dlai_rnn(x, a, w):
    return np.tanh(w["Waa"].dot(a) + w["Wax"].dot(x) + w["ba"])


def dlai_lstm(x, a, c, w):
    both = np.concatenate([a, x])
    f = sigmoid(w["Wf"].dot(both) + w["bf"])
    i = sigmoid(w["Wi"].dot(both) + w["bi"])
    c = f * c + i * np.tanh(w["Wc"].dot(both) + w["bc"])
    o = sigmoid(w["Wo"].dot(both) + w["bo"])
    return o * np.tanh(c), c


def dlai_gru(x, c, w):
    both = np.concatenate([c, x])
    u = sigmoid(w["Wu"].dot(both) + w["bu"])
    r = sigmoid(w["Wr"].dot(both) + w["br"])
    candidate = np.tanh(w["Wc"].dot(np.concatenate([r * c, x])) + w["bc"])
    return u * candidate + (1 - u) * c


EQUATIONS = {
    "cs231n": cs231n_rnn,
    "cs231n-lstm": cs231n_lstm,
    "scratch-lstm": scratch_lstm,
    "dlai": dlai_rnn,
    "dlai-lstm": dlai_lstm,
    "dlai-gru": dlai_gru,
    "a": lambda x, a, w: np.tanh(w["W_aa"] @ a + w["W_ax"] @ x + w["b_a"]),
    "o": lambda x, h, w: np.tanh(w["W_hh"] @ h + w["W_hx"] @ x + w["b_h"]),
    "s": lambda x, s, w: np.tanh(x @ w["W_x"] + s @ w["W_s"]),
    "no-bias": lambda x, h, w: np.tanh(w["W_hh"] @ h + w["W_xh"] @ x),
}
READ = {  # what the output is of the states
    "cs231n": lambda h, w: h.dot(w["W_vocab"]) + w["b_vocab"],
    "dlai": lambda a, w: w["Wya"].dot(a) + w["by"],
    "dlai-lstm": lambda a, w: w["Wy"].dot(a) + w["by"],
    "a": lambda a, w: w["W_ya"] @ a + w["b_y"],
    "o": lambda h, w: w["W_ho"] @ h + w["b_o"],
    "s": lambda s, w: s @ w["W_y"],
    "no-bias": lambda h, w: w["W_hy"] @ h,
}


@every_convention
def test_the_equations_of_the_source_give_the_same_states(convention):
    source, params = CONVENTIONS[convention], our_params(convention)
    weights = to_convention(params, convention)
    rng = np.random.default_rng(3)
    xs, h0 = rng.normal(size=(T, N, D)), rng.normal(size=(N, H))
    hs = run(source.cell, params, xs, h0)
    turn = np.transpose if source.columns else np.asarray
    state = (turn(h0), *(np.zeros_like(turn(h0)) for _ in CELLS[source.cell].state[1:]))
    for t in range(T):
        after = EQUATIONS[convention](turn(xs[t]), *state, weights)
        state = after if isinstance(after, tuple) else (after,)
        assert relative_error(turn(state[0]), hs[t]) < 1e-12
    if convention in READ:
        y = turn(READ[convention](state[0], weights))
        assert relative_error(y, hs[-1] @ params["W_hy"] + params["b_y"]) < 1e-12


def test_a_stacked_matrix_is_two_side_by_side():
    w = to_convention(our_params("a"), "a")
    x, a = np.random.default_rng(0).normal(size=(2, 5))
    stacked = np.hstack([w["W_aa"], w["W_ax"]]) @ np.concatenate([a, x[:D]])
    assert relative_error(stacked, w["W_aa"] @ a + w["W_ax"] @ x[:D]) < 1e-13


# Bad input


@pytest.mark.parametrize(
    ("convention", "changed", "parts"),
    [
        ("cs231n", {"Wx": None}, ["lack 'Wx'", "Pass exactly Wx, Wh, b", "W_vocab"]),
        ("cs231n", {"Wz": np.ones(3)}, ["the unknown 'Wz'", "Pass exactly Wx"]),
        ("cs231n", {"Wh": np.ones((H, 2))}, ["Wh has H = 2", "(5, 5)"]),
        ("cs231n-lstm", {"b": np.ones(H)}, ["b has G = 5", "(20,)"]),
        ("dlai", {"ba": np.ones(H)}, ["ba has shape (5,)", "Pass"]),
        ("dlai-lstm", {"bi": np.ones((H, 2))}, ["bi has 1 = 2", "(5, 1)"]),
        ("dlai-lstm", {"Wo": np.ones((H, H))}, ["Wo has K = 5", "(5, 9)"]),
        ("no-bias", {"b_h": np.ones(H)}, ["the unknown 'b_h'", "W_xh, W_hh"]),
    ],
)
def test_bad_weights_of_theirs(convention, changed, parts):
    weights = to_convention(our_params(convention), convention) | changed
    weights = {name: array for name, array in weights.items() if array is not None}
    with rejects(ValueError, "from_convention", *parts):
        from_convention(weights, convention)


@pytest.mark.parametrize(
    ("convention", "changed", "parts"),
    [
        ("cs231n", {"b_h": None}, ["lack 'b_h'", "Pass exactly W_xh, W_hh, b_h"]),
        ("cs231n", {"b_n": np.ones(H)}, ["the unknown 'b_n'"]),
        ("s", {"b_h": np.ones(H)}, ["b_h is not zero", "'s' has no bias", "zeros"]),
        ("no-bias", {"b_y": np.ones(V)}, ["b_y is not zero", "Pass zeros"]),
        ("scratch-lstm", {"W_hy": np.ones((H, V))}, ["'W_hy'", "without W_hy"]),
    ],
)
def test_bad_parameters_of_ours(convention, changed, parts):
    params = our_params(convention) | changed
    params = {name: array for name, array in params.items() if array is not None}
    with rejects(ValueError, "to_convention", *parts):
        to_convention(params, convention)


def test_the_weights_of_another_cell():
    params = our_params("cs231n")
    with rejects(ValueError, "G = 5", "20 is needed", "H = 5 for each of 4", "Pass"):
        to_convention(params, "cs231n-lstm")
    weights = to_convention(params, "cs231n")
    with rejects(ValueError, "G = 5", "20 is needed", "Pass the weights of this kind"):
        from_convention(weights, "cs231n-lstm")


@pytest.mark.parametrize("function", [from_convention, to_convention])
def test_other_bad_input(function):
    where = function.__name__
    with rejects(ValueError, where, "convention is 'tf'", "'cs231n'", "Pass"):
        function({}, "tf")
    with rejects(TypeError, where, "the weights are a list", "Pass each array"):
        function([], "cs231n")
    params = our_params("cs231n", output=False)
    given = params if function is to_convention else to_convention(params, "cs231n")
    name = list(given)[1]
    with rejects(TypeError, where, f"{name} is a list", "np.asarray"):
        function({**given, name: [1.0]}, "cs231n")


def test_a_matrix_without_room_for_an_input():
    weights = {f"W{g}": np.ones((H, H)) for g in "ifco"}
    weights |= {f"b{g}": np.ones((H, 1)) for g in "ifco"}
    with rejects(ValueError, "have 5 columns", "more than H = 5", "(H, H + D)"):
        from_convention(weights, "dlai-lstm")


def test_biases_with_too_many_columns():
    weights = {f"W{g}": np.ones((H, H + D)) for g in "ifco"}
    weights |= {f"b{g}": np.ones((H, 2)) for g in "ifco"}
    with rejects(ValueError, "the biases have 2 columns", "(H, 1)"):
        from_convention(weights, "dlai-lstm")


def test_the_gates_of_every_cell():
    assert gates_of("relu") == ("",)
    assert gates_of("gru-before") == ("r", "z", "n")
    assert gates_of("lstm") == ("i", "f", "g", "o")
    assert gates_of("mingru") == ("z", "n")
    with rejects(ValueError, "gates_of: cell is 'elman'", "Pass cell='tanh'"):
        gates_of("elman")
