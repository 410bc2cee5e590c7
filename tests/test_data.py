"""Sequential minibatches: rows continue, and nothing is read twice."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncore.data import Batch, sequential_batches
from tests.rejection import rejects


def test_the_example_of_the_module():
    tokens = np.array([ord(c) - ord("a") for c in "abcdefghijk"])
    first, rest = sequential_batches(tokens, N=2, T=3)
    np.testing.assert_array_equal(first.inputs.T, [[0, 1, 2], [5, 6, 7]])
    np.testing.assert_array_equal(first.targets.T, [[1, 2, 3], [6, 7, 8]])
    np.testing.assert_array_equal(rest.inputs.T, [[3, 4], [8, 9]])
    np.testing.assert_array_equal(rest.targets.T, [[4, 5], [9, 10]])


SIZES = st.tuples(
    st.integers(1, 200), st.integers(1, 9), st.integers(1, 9), st.integers(0, 20)
)


@given(SIZES)
@settings(deadline=None)
def test_what_the_docstring_promises(sizes):
    n_tokens, N, T, offset = sizes
    tokens = np.arange(n_tokens)
    if n_tokens - offset - 1 < N:
        with rejects(ValueError, "sequential_batches", str(offset + N + 1)):
            sequential_batches(tokens, N, T, offset)
        return
    batches = sequential_batches(tokens, N, T, offset)
    inputs = np.concatenate([batch.inputs for batch in batches])
    targets = np.concatenate([batch.targets for batch in batches])

    assert [len(b.inputs) for b in batches[:-1]] == [T] * (len(batches) - 1)
    assert 1 <= len(batches[-1].inputs) <= T
    np.testing.assert_array_equal(targets, inputs + 1)
    # Along each row, hence also from batch to batch, every token follows the last.
    np.testing.assert_array_equal(np.diff(inputs, axis=0), 1)
    assert len(np.unique(inputs)) == inputs.size
    assert inputs.min() == offset
    left_out = n_tokens - offset - inputs.size
    assert 1 <= left_out <= N
    assert targets.max() < n_tokens


def test_batches_are_tuples_of_inputs_and_targets():
    (batch,) = sequential_batches(np.arange(5), N=2, T=9)
    inputs, targets = batch
    assert isinstance(batch, Batch)
    assert inputs.shape == targets.shape == (2, 2)


@pytest.mark.parametrize(
    ("changed", "kind", "parts"),
    [
        ({"tokens": [1, 2, 3]}, TypeError, ["tokens is a list", "encode"]),
        ({"tokens": np.ones(9)}, TypeError, ["tokens has dtype float64"]),
        ({"tokens": np.zeros((9, 1), int)}, ValueError, ["shape (9, 1)", "(T,)"]),
        ({"tokens": np.zeros(0, int)}, ValueError, ["tokens is empty"]),
        ({"N": 0}, ValueError, ["N is 0", "at least 1"]),
        ({"T": 0}, ValueError, ["T is 0", "at least 1"]),
        ({"T": 2.0}, TypeError, ["T is 2.0", "Pass an int"]),
        ({"N": 9}, ValueError, ["9 tokens", "N = 9", "need 10", "smaller N"]),
        ({"offset": -1}, ValueError, ["offset is -1", "at least 0", "offset=0"]),
        ({"offset": True}, TypeError, ["offset is True", "Pass an int"]),
        ({"offset": 8}, ValueError, ["offset 8", "need 11"]),
    ],
)
def test_bad_input(changed, kind, parts):
    arguments = {"tokens": np.arange(9), "N": 2, "T": 2}
    with rejects(kind, "sequential_batches", *parts):
        sequential_batches(**{**arguments, **changed})
