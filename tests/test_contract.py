"""What every numerical function of rnncore promises, tried on each of them.

Inputs are never changed, float32 stays float32, memory order does not matter, no global
random state is touched, and an array of the wrong kind is rejected by its name.
"""

import importlib
import inspect
import re

import numpy as np
import pytest

import rnncore
from rnncore import cells, data, gradcheck, init, metrics, models, ops, optim, sequence
from rnncore.training import evaluate, train

MODULES = ["cells", "data", "gradcheck", "init", "metrics", "models"]
MODULES += ["ops", "optim", "sequence", "training"]
T, N, D, H, V = 3, 2, 4, 5, 6
MODEL = models.CharLanguageModel(vocab_size=V, hidden_size=H)
LAYOUTS = {
    "read-only": lambda a: np.require(a, requirements="C"),
    "Fortran": np.asfortranarray,
    "strided": lambda a: np.repeat(a, 2, axis=0)[::2],
    "reversed": lambda a: a[::-1].copy()[::-1],
}


def loss_and_grads(params):
    return np.sum(params["w"] ** 3), {"w": 3 * params["w"] ** 2}


def arguments(cast=lambda array: array):
    """Return valid arguments of every public function, each array passed to cast."""
    rng = np.random.default_rng(0)

    def draw(*shape):
        return cast(rng.normal(size=shape))

    weights = {"W_xh": draw(D, H), "W_hh": draw(H, H), "b_h": draw(H)}
    grads = {name: draw(*w.shape) for name, w in weights.items()}
    params = {**weights, "W_xh": draw(V, H), "W_hy": draw(H, V), "b_y": draw(V)}
    tokens, text = cast(rng.integers(V, size=(T, N))), cast(rng.integers(V, size=40))
    mask = cast(np.array([[True, False], [True, True], [False, True]]))
    logits, targets = draw(T, N, V), tokens
    x, xs, h0 = draw(N, D), draw(T, N, D), draw(N, H)
    dh, dhs = draw(N, H), draw(T, N, H)
    states = draw(T + 1, N, H)
    how = {"model": MODEL, "params": params, "tokens": text, "N": 2, "T": 3}
    fit = {"steps": 3, "learning_rate": 0.1, "progress": False}
    _, step = cells.rnn_step_forward(x, h0, weights)
    _, run = sequence.rnn_forward(xs, h0, weights)
    _, affine = ops.affine_forward(xs, weights["W_xh"], weights["b_h"])
    _, entropy = ops.cross_entropy_forward(logits, targets, mask)
    _, lookup = ops.embedding_forward(tokens, params["W_xh"])
    w, generator = draw(3), np.random.default_rng(1)
    return {
        ops.affine_forward: {"x": xs, "W": weights["W_xh"], "b": weights["b_h"]},
        ops.affine_backward: {"dy": dhs, "cache": affine},
        ops.softmax: {"logits": logits},
        ops.log_softmax: {"logits": logits},
        ops.cross_entropy_forward: {"logits": logits, "targets": targets, "mask": mask},
        ops.cross_entropy_backward: {"cache": entropy, "dloss": np.float64(0.5)},
        ops.embedding_forward: {"tokens": tokens, "W": params["W_xh"]},
        ops.embedding_backward: {"drows": dhs, "cache": lookup},
        ops.one_hot: {"tokens": tokens, "vocab_size": V},
        init.glorot_uniform: {"rng": generator, "shape": (3, 4)},
        init.orthogonal: {"rng": generator, "shape": (3, 4)},
        init.init_rnn: {"rng": generator, "D": 3, "H": 4},
        cells.rnn_step_forward: {"x": x, "h_prev": h0, "params": weights},
        cells.rnn_step_backward: {"dh": dh, "cache": step},
        sequence.unroll: {"drives": dhs, "h0": h0, "W_hh": weights["W_hh"]},
        sequence.unroll_backward: {
            "dhs": dhs,
            "states": states,
            "W_hh": weights["W_hh"],
        },
        sequence.rnn_forward: {"xs": xs, "h0": h0, "params": weights},
        sequence.rnn_backward: {"dhs": dhs, "cache": run},
        MODEL.init: {"rng": generator},
        MODEL.loss: {"params": params, "batch": (tokens, targets), "h0": h0},
        MODEL.logits: {"params": params, "inputs": tokens, "h0": h0},
        MODEL.generate: {
            "params": params,
            "rng": generator,
            "length": 3,
            "prompt_tokens": tokens[:, 0],
        },
        data.sequential_batches: {"tokens": text, "N": 2, "T": 3},
        optim.sgd_init: {"params": weights},
        optim.sgd_update: {
            "params": weights,
            "grads": grads,
            "state": (),
            "learning_rate": np.float64(0.1),
        },
        optim.adam_init: {"params": weights},
        optim.adam_update: {
            "params": weights,
            "grads": grads,
            "state": optim.AdamState(2, grads, {k: g**2 for k, g in grads.items()}),
            "learning_rate": np.float64(0.1),
        },
        optim.global_norm: {"grads": grads},
        optim.clip_by_global_norm: {"grads": grads, "max_norm": np.float64(0.5)},
        metrics.perplexity: {"total_nll": 3.0, "n_tokens": 2},
        metrics.bits_per_character: {"total_nll": 3.0, "n_characters": 2},
        metrics.unigram_entropy: {"tokens": text, "vocab_size": V},
        evaluate: how,
        train: {**how, **fit},
        gradcheck.numerical_gradient: {"f": lambda x: np.sum(x**3), "x": w},
        gradcheck.complex_step_gradient: {"f": lambda x: np.sum(x**3), "x": w},
        gradcheck.relative_error: {"a": w, "b": 2 * w},
        gradcheck.check_gradients: {
            "loss_and_grads": loss_and_grads,
            "params": {"w": w},
        },
    }


def name_of(function):
    return function.__name__


def leaves(value):
    """List the arrays and NumPy scalars in nested dicts and tuples."""
    if isinstance(value, np.ndarray | np.generic):
        return [value]
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, tuple | list):
        return []
    return [leaf for item in value for leaf in leaves(item)]


def freeze(array):
    array = array.copy()
    array.flags.writeable = False
    return array


every_function = pytest.mark.parametrize("function", arguments(), ids=name_of)


def test_no_public_function_is_forgotten():
    public = {
        name
        for module in MODULES
        for name, function in vars(importlib.import_module(f"rnncore.{module}")).items()
        if inspect.isfunction(function)
        and function.__module__ == f"rnncore.{module}"
        and not name.startswith("_")
    }
    public |= {name for name in vars(models.CharLanguageModel) if name[0] != "_"}
    assert public - {"vocab_size", "hidden_size"} == set(map(name_of, arguments()))


def test_the_package_lists_its_functions():
    listed = set(re.findall(r"`(\w+)`", rnncore.__doc__))
    pairs = {name for name in listed if name.endswith("_")}
    listed |= {name + way for name in pairs for way in ("forward", "backward")}
    methods = {name for name in vars(models.CharLanguageModel) if name[0] != "_"}
    assert set(map(name_of, arguments())) - methods <= listed
    for name in pairs:
        assert any(hasattr(m, f"{name}forward") for m in (ops, cells, sequence)), name


@every_function
def test_inputs_are_not_changed(function):
    given, fresh = arguments(freeze)[function], arguments()[function]
    function(**given)  # raises if it writes to an array
    for array, copy in zip(leaves(given), leaves(fresh), strict=True):
        np.testing.assert_array_equal(array, copy)


def single(array):
    return array.astype(np.float32) if array.dtype == float else array


def takes_floats(given):
    return any(leaf.dtype == np.float32 for leaf in leaves(given))


@pytest.mark.parametrize(
    "function",
    [f for f, given in arguments(single).items() if takes_floats(given)],
    ids=name_of,
)
def test_float32_stays_float32(function):
    given = arguments(single)[function]
    returned = function(**given)
    if function is train:
        returned = returned[0]  # the history is for people to read
    kinds = {leaf.dtype for leaf in leaves(returned) if leaf.dtype.kind == "f"}
    assert kinds <= {np.dtype(np.float32)}


@every_function
@pytest.mark.parametrize("layout", LAYOUTS)
def test_memory_order_does_not_matter(function, layout):
    expected = leaves(function(**arguments()[function]))
    returned = leaves(function(**arguments(LAYOUTS[layout])[function]))
    for one, other in zip(returned, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


@every_function
def test_global_random_state_is_left_alone(function):
    before = np.random.get_state()[1].copy()
    function(**arguments()[function])
    np.testing.assert_array_equal(np.random.get_state()[1], before)


WRONG_KINDS = {
    "None": lambda array: None,
    "list": lambda array: array.tolist(),
    "text": lambda array: array.astype(str),
    "objects": lambda array: array.astype(object),
    "float16": lambda array: array.astype(np.float16),
    "booleans": lambda array: array != 0,
    "masked": np.ma.masked_array,
    "axis more": lambda array: array[None, None, None],
}
ANYTHING_GOES = {  # what has another meaning, or is welcome
    "cross_entropy_forward": {"mask": {"None", "booleans"}},
    "loss": {"h0": {"None"}},
    "logits": {"h0": {"None"}},
    "numerical_gradient": {"x": {"axis more"}},
    "complex_step_gradient": {"x": {"axis more"}},
}


@pytest.mark.parametrize("kind", WRONG_KINDS)
@pytest.mark.parametrize(
    "function",  # relative_error takes whatever can be compared
    [f for f in arguments() if f is not gradcheck.relative_error],
    ids=name_of,
)
def test_an_array_of_the_wrong_kind_is_rejected_by_name(function, kind):
    given = arguments()[function]
    for name, value in given.items():
        fine = ANYTHING_GOES.get(function.__name__, {}).get(name, set())
        if not isinstance(value, np.ndarray) or kind in fine:
            continue
        if kind == "axis more" and "..." in inspect.getdoc(function):
            continue
        with pytest.raises((TypeError, ValueError)) as caught:
            function(**{**given, name: WRONG_KINDS[kind](value)})
        assert f" {name} " in str(caught.value), str(caught.value)
        assert "Pass " in str(caught.value)


@pytest.mark.parametrize("key", ["params", "grads"])
@pytest.mark.parametrize("kind", [kind for kind in WRONG_KINDS if kind != "axis more"])
@every_function
def test_a_wrong_entry_of_a_dict_is_rejected_by_name(function, kind, key):
    given = arguments()[function]
    for name, value in given.get(key, {}).items():
        wrong = {**given[key], name: WRONG_KINDS[kind](value)}
        with pytest.raises(TypeError) as caught:
            function(**{**given, key: wrong})
        assert name in str(caught.value).split(" is ")[0].split(" has ")[0]


@pytest.mark.parametrize(
    "function", [f for f, given in arguments().items() if "cache" in given], ids=name_of
)
def test_the_cache_of_another_function_is_rejected(function):
    given = arguments()[function]
    others = [a["cache"] for a in arguments().values() if "cache" in a]
    for other in (*others, tuple(given["cache"]), None):
        if type(other) is not type(given["cache"]):
            with pytest.raises(TypeError, match=r"cache is a .* is needed\. Pass"):
                function(**{**given, "cache": other})
