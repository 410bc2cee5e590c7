"""Every way in which a value can differ gets a message that helps."""

import numpy as np
import pytest

from rnngrade.compare import compare, describe, relation, wrong_steps
from rnngrade.sandbox.values import Opaque

EXPECTED = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]])
TOLERANCE = 1e-11


def message(actual, expected=EXPECTED):
    return compare("dx", actual, expected, TOLERANCE).message


def test_equal_arrays_agree():
    difference = compare("dx", EXPECTED.copy(), EXPECTED, TOLERANCE)
    assert difference.agrees
    assert difference.error == 0


def test_rounding_is_forgiven_and_more_is_not():
    assert compare("dx", EXPECTED * (1 + 1e-14), EXPECTED, TOLERANCE).agrees
    wrong = compare("dx", EXPECTED * (1 + 1e-10), EXPECTED, TOLERANCE)
    assert not wrong.agrees
    assert wrong.error == pytest.approx(1e-10, rel=1e-3)


@pytest.mark.parametrize("scale", [1e-300, 1e-9, 1.0, 1e200])
def test_there_is_no_absolute_escape(scale):
    expected = EXPECTED * scale
    assert compare("dx", expected.copy(), expected, TOLERANCE).agrees
    assert not compare("dx", expected * 1.001, expected, TOLERANCE).agrees
    assert not compare("dx", np.zeros_like(expected), expected, TOLERANCE).agrees


def test_one_wrong_entry_is_enough():
    actual = EXPECTED.copy()
    actual[1, 0] += 1e-6
    assert not compare("dx", actual, EXPECTED, TOLERANCE).agrees


def test_expected_zeros_must_be_zero():
    zeros = np.zeros(3)
    assert compare("dx", np.zeros(3), zeros, TOLERANCE).agrees
    assert compare("dx", np.full(3, 1e-300), zeros, TOLERANCE).error == np.inf


@pytest.mark.parametrize(
    ("actual", "parts"),
    [
        (None, ("dx is None", "an array of shape (2, 3)", "forget to return")),
        ([1.0, 2.0], ("a list of 2", "Return a NumPy array")),
        (Opaque("generator"), ("an object of type generator", "an array")),
        (EXPECTED.T.copy(), ("shape (3, 2)", "expected (2, 3)")),
        (EXPECTED[0], ("shape (3,)", "expected (2, 3)")),
        (EXPECTED > 0, ("bool", "expected", "float64")),
        (EXPECTED + 0j, ("complex128", "expected an array", "float64")),
        (
            np.nextafter(EXPECTED.astype(np.float32), 9),
            ("nearly right", "1e-11", "float32"),
        ),
        (np.full((2, 3), np.nan), ("6 of 6 values", "NaN or infinite", "finite")),
        ((EXPECTED,), ("a tuple of 1", "a comma after it in your return line")),
        (Opaque("array of object"), ("dx is an array of object", "of float64")),
        (-EXPECTED, ("wrong values",)),
    ],
)
def test_messages_say_what_came_and_what_was_expected(actual, parts):
    said = message(actual)
    assert said.startswith("dx ")
    for part in parts:
        assert part in said


@pytest.mark.parametrize("right", [12, 12.0, np.asarray(12), np.asarray(12.0)])
def test_a_count_may_be_any_kind_of_number(right):
    assert compare("n", right, 12, TOLERANCE).agrees


@pytest.mark.parametrize(
    "wrong", [13, 12.5, None, "12", True, [12], (12,), np.ones(1), 12 + 0j, np.nan]
)
def test_wrong_counts(wrong):
    assert compare("n", wrong, 12, TOLERANCE).message


@pytest.mark.parametrize(
    ("wrong", "right"), [(2048, 2049), (np.inf, 100_000), (4096, 4097)]
)
def test_a_count_in_half_precision_is_no_other_count(wrong, right):
    assert compare("n", np.asarray(wrong, np.float16), right, TOLERANCE).message
    assert compare("n", np.asarray(2048, np.float16), 2048, TOLERANCE).agrees


def test_arrays_in_a_list_are_not_written_as_text():
    large = np.zeros((6,) * 8, np.int8)  # every axis too short to be abbreviated
    with np.printoptions(override_repr=lambda array: pytest.fail("it was written")):
        for items in ([large], [[large]], [{"a": large}], [(large,)]):
            said = message(items, ["a"])
            assert said == "dx is a list of 1; expected another list."
        assert "a dict of 1" in message({"a": large}, {"a": 1})


def test_a_number_that_is_not_finite_is_one_number():
    assert "error is NaN or infinite" in compare("error", np.nan, 0.5, 1e-9).message
    assert "a comma" in compare("error", (0.5,), 0.5, 1e-9).message


def test_names_are_compared_exactly():
    assert compare("names", ["a", "b"], ["a", "b"], TOLERANCE).agrees
    assert "another order" in message(["b", "a"], ["a", "b"])
    assert message(["a"], ["a", "b"]) == "dx is ['a']; expected another list."
    assert "expected a list" in message(("a", "b"), ["a", "b"])
    assert message("x", "y") == "dx is 'x'; expected another str."
    assert "…" in message("x" * 200, "y")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.float64(2.0), "2.0"),
        (np.asarray(3), "the number"),
        ({"a": 1}, "a dict of 1"),
        (2.5, "2.5 (float)"),
    ],
)
def test_describe(value, said):
    assert said in describe(value)


@pytest.mark.parametrize(
    "items", [[np.array([1, 2])], [np.array(["a"])], [["a"]], [("a",)], ["a", None]]
)
def test_names_are_told_from_anything_else_in_a_list(items):
    assert compare("names", items, ["a"], TOLERANCE).message


def test_containers_are_compared_with_what_is_in_them():
    right = {"a": np.array([1, 2]), "b": ("x", 2)}
    again = {"b": ("x", 2), "a": np.array([1, 2])}
    assert compare("d", again, right, TOLERANCE).agrees
    for wrong in (
        {},
        {**right, "c": 1},
        {**right, "a": 1},
        {**right, "b": ("x",)},
        {**right, "b": ("x", 2.0)},
    ):
        assert not compare("d", wrong, right, TOLERANCE).agrees


def test_relation_names_simple_relations_only():
    square = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert "zero everywhere" in relation(np.zeros(3), np.ones(3))
    assert "transpose" in relation(square.T, square)
    assert "sign" in relation(-EXPECTED, EXPECTED)
    assert "0.3333 times" in relation(EXPECTED / 3, EXPECTED)
    assert relation(EXPECTED + 1, EXPECTED) == ""


def test_wrong_steps_lists_the_steps():
    actual = np.stack([EXPECTED] * 4)
    expected = actual.copy()
    actual[[0, 3], 1, 2] += 1e-6
    assert wrong_steps(actual, expected, TOLERANCE) == [0, 3]
    assert wrong_steps(expected, expected, TOLERANCE) == []


def test_a_difference_of_integers_does_not_wrap_around():
    expected = np.array([5, 6])
    assert compare("n", expected.astype(np.int32), expected, 1e-11).agrees
    assert not compare("n", expected + np.iinfo(np.int64).min, expected, 1e-11).agrees
