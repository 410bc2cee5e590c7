"""What every numerical function of rnncore promises, tried on each of them.

Inputs are never changed, float32 stays float32, memory order does not matter, no global
random state is touched, and an array of the wrong kind is rejected by its name.
"""

import inspect

import numpy as np
import pytest

from rnncore import gradcheck
from rnncore.training import train
from tests.contract_arguments import arguments
from tests.interface import is_record, methods, public_objects

LAYOUTS = {
    "read-only": lambda a: np.require(a, requirements="C"),
    "Fortran": np.asfortranarray,
    "strided": lambda a: np.repeat(a, 2, axis=0)[::2],
    "reversed": lambda a: a[::-1].copy()[::-1],
}
# Modules whose functions take no arrays: files, texts, settings, figures.
OTHERS = {"bpe", "checkpoints", "corpora", "kinds", "parameters", "plots", "recipes"}
OTHERS |= {"schedules", "tokenizers"}
# What takes a training run that is under way, or is inherited by those that are tried.
COVERED = {"learn", "validate", "CarriedBPTT.__call__", "CarriedBPTT.carry"}
ARGUMENTS = arguments()


def name_of(function):
    owner = getattr(function, "__self__", None)
    name = function.__name__
    return name if owner is None else f"{type(owner).__name__}.{name}"


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


every_function = pytest.mark.parametrize("function", ARGUMENTS, ids=name_of)


def promised():
    """Name all public functions, and all methods of public classes."""
    names = set()
    for (module, name), thing in public_objects().items():
        if module in OTHERS or is_record(thing):
            continue
        if inspect.isfunction(thing):
            names.add(name)
        elif inspect.isclass(thing) and not issubclass(thing, Exception):
            names |= {f"{name}.{method}" for method in methods(thing)}
    return names


def test_no_public_function_is_forgotten():
    assert promised() - COVERED == set(map(name_of, ARGUMENTS))


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
WELCOME = {  # what has another meaning
    "lengths_from_mask": {"mask": {"booleans"}},
    "sigmoid": {"a": {"axis more"}},
    "dropout_mask": {"like": {"axis more"}},
    "numerical_gradient": {"x": {"axis more"}},
    "complex_step_gradient": {"x": {"axis more"}},
}


def welcome(function, name):
    """Name the kinds that are right for an argument, whatever the others are."""
    kinds = WELCOME.get(name_of(function), {}).get(name, set())
    if inspect.signature(function).parameters[name].default is None:
        kinds = kinds | {"None"}
    return kinds | {"booleans"} if name.endswith("mask") else kinds


@pytest.mark.parametrize("kind", WRONG_KINDS)
@pytest.mark.parametrize(
    "function",  # relative_error takes whatever can be compared
    [f for f in ARGUMENTS if f is not gradcheck.relative_error],
    ids=name_of,
)
def test_an_array_of_the_wrong_kind_is_rejected_by_name(function, kind):
    given = ARGUMENTS[function]
    for name, value in given.items():
        if not isinstance(value, np.ndarray) or kind in welcome(function, name):
            continue
        if kind == "axis more" and "..." in inspect.getdoc(function):
            continue
        with pytest.raises((TypeError, ValueError)) as caught:
            function(**{**given, name: WRONG_KINDS[kind](value)})
        assert f" {name} " in str(caught.value), str(caught.value)
        assert "Pass " in str(caught.value)


@pytest.mark.parametrize("kind", [kind for kind in WRONG_KINDS if kind != "axis more"])
@pytest.mark.parametrize(
    ("function", "key"),
    [(f, key) for f in ARGUMENTS for key in ("params", "grads") if key in ARGUMENTS[f]],
    ids=lambda item: item if isinstance(item, str) else name_of(item),
)
def test_a_wrong_entry_of_a_dict_is_rejected_by_name(function, key, kind):
    given = ARGUMENTS[function]
    for name, value in given[key].items():
        wrong = {**given[key], name: WRONG_KINDS[kind](value)}
        with pytest.raises(TypeError) as caught:
            function(**{**given, key: wrong})
        own_name = name.split(".")[-1]  # a part does not know what it is called
        assert own_name in str(caught.value).split(" is ")[0].split(" has ")[0]


CACHES = {f: given for f, given in ARGUMENTS.items() if "cache" in given}


@pytest.mark.parametrize("function", CACHES, ids=name_of)
def test_the_cache_of_another_function_is_rejected(function):
    given = CACHES[function]
    others = [other["cache"] for other in CACHES.values()]
    for other in (*others, tuple(given["cache"]), None):
        if type(other) is not type(given["cache"]):
            with pytest.raises(TypeError, match=r"cache is a .* is needed\. Pass"):
                function(**{**given, "cache": other})
