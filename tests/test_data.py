"""Minibatches: rows continue, nothing is read twice, and padding is never counted."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncore.data import (
    Batch,
    bucketed_batches,
    document_batch,
    length_buckets,
    lengths_from_mask,
    mask_from_lengths,
    pad,
    padding_share,
    random_batches,
    sequential_batches,
)
from rnncore.ops import cross_entropy_forward
from tests.rejection import rejects


def generator(seed=0):
    return np.random.default_rng(seed)


# Sequential


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


def test_every_step_of_one_long_text_counts():
    (batch,) = sequential_batches(np.arange(5), N=2, T=9)
    assert isinstance(batch, Batch)
    inputs, targets, mask = batch
    assert inputs.shape == targets.shape == (2, 2)
    assert mask is None
    assert random_batches(np.arange(5), N=2, T=2, rng=generator())[0].mask is None


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


# Random


def read(batches):
    """Return the windows of batches as rows: inputs, targets."""
    inputs = np.concatenate([batch.inputs.T for batch in batches])
    targets = np.concatenate([batch.targets.T for batch in batches])
    return inputs, targets


@given(st.integers(2, 200), st.integers(1, 9), st.integers(1, 9), st.integers(0, 99))
@settings(deadline=None)
def test_random_windows_cover_the_text_once(n_tokens, N, T, seed):
    tokens = np.arange(n_tokens)
    if n_tokens < 2 * T:
        with rejects(ValueError, "random_batches", f"need {2 * T}", "smaller T"):
            random_batches(tokens, N, T, generator(seed))
        return
    batches = random_batches(tokens, N, T, generator(seed))
    inputs, targets = read(batches)
    assert [b.inputs.shape for b in batches[:-1]] == [(T, N)] * (len(batches) - 1)
    assert 1 <= batches[-1].inputs.shape[1] <= N
    np.testing.assert_array_equal(targets, inputs + 1)
    np.testing.assert_array_equal(np.diff(inputs, axis=1), 1)
    seen = np.sort(inputs, axis=None)  # one stretch of the text, each token once
    np.testing.assert_array_equal(seen, np.arange(seen[0], seen[0] + seen.size))
    assert 0 <= seen[0] <= T - 1
    assert 1 <= n_tokens - seen[0] - seen.size <= T
    assert targets.max() < n_tokens


def test_every_offset_and_every_order_is_drawn():
    rng, tokens = generator(), np.arange(12)
    passes = [read(random_batches(tokens, 2, 3, rng))[0] for _ in range(600)]
    offsets = np.bincount([windows.min() for windows in passes])
    assert len(offsets) == 3
    # 600 draws of probability 1/3: 200, with a standard error of 11.5.
    assert abs(offsets - 200).max() < 5 * 11.5
    orders = {tuple(w[:, 0]) for w in passes if w.min() == 0}
    assert len(orders) == 6  # all orders of windows 0, 3, 6


def test_random_batches_depend_on_the_generator_alone():
    tokens = np.arange(50)
    one, same, other = (
        read(random_batches(tokens, 2, 3, generator(seed)))[0] for seed in (7, 7, 8)
    )
    np.testing.assert_array_equal(one, same)
    assert one.shape != other.shape or (one != other).any()


@pytest.mark.parametrize(
    ("changed", "kind", "parts"),
    [
        ({"tokens": [1, 2, 3]}, TypeError, ["tokens is a list", "encode"]),
        ({"tokens": np.zeros(0, int)}, ValueError, ["tokens is empty"]),
        ({"tokens": np.arange(3)}, ValueError, ["3 tokens", "T = 2", "need 4"]),
        ({"N": 0}, ValueError, ["N is 0", "at least 1"]),
        ({"T": 2.0}, TypeError, ["T is 2.0", "Pass an int"]),
        ({"rng": 3}, TypeError, ["rng is 3", "default_rng"]),
    ],
)
def test_bad_input_of_random_batches(changed, kind, parts):
    arguments = {"tokens": np.arange(9), "N": 2, "T": 2, "rng": generator()}
    with rejects(kind, "random_batches", *parts):
        random_batches(**{**arguments, **changed})


# Lengths and masks


LENGTHS = st.lists(st.integers(0, 9), min_size=1, max_size=6).filter(any)


@given(LENGTHS, st.integers(0, 3))
def test_lengths_and_masks_are_two_ways_to_say_the_same(lengths, extra):
    lengths = np.array(lengths)
    for T in (None, int(lengths.max()) + extra):
        mask = mask_from_lengths(lengths, T)
        assert mask.shape == (lengths.max() if T is None else T, len(lengths))
        np.testing.assert_array_equal(lengths_from_mask(mask), lengths)
        for n, length in enumerate(lengths):
            assert mask[:length, n].all()
            assert not mask[length:, n].any()


@pytest.mark.parametrize(
    ("lengths", "T", "kind", "parts"),
    [
        ([2, 1], None, TypeError, ["lengths is a list", "integers"]),
        (np.array([2.0]), None, TypeError, ["lengths has dtype float64"]),
        (np.ones((2, 2), int), None, ValueError, ["shape (2, 2)", "(N,)"]),
        (np.array([], int), None, ValueError, ["lengths is empty"]),
        (np.array([2, -1]), None, ValueError, ["-1 at index 1", "from 0 on", "Pass"]),
        (np.array([2, 4]), 3, ValueError, ["4 at index 1", "to T = 3", "Pass"]),
        (np.array([2]), 0, ValueError, ["T is 0", "at least 1"]),
        (np.array([0, 0]), None, ValueError, ["0 everywhere", "no step", "Leave"]),
        (np.array([0, 0]), 5, ValueError, ["0 everywhere", "no step", "Leave"]),
    ],
)
def test_bad_lengths(lengths, T, kind, parts):
    with rejects(kind, "mask_from_lengths", *parts):
        mask_from_lengths(lengths, T)


@pytest.mark.parametrize(
    ("mask", "kind", "parts"),
    [
        (np.ones((3, 2)), TypeError, ["mask has dtype float64", "dtype=bool"]),
        (np.ones(3, bool), ValueError, ["mask has shape (3,)", "(T, N)"]),
        (np.zeros((3, 2), bool), ValueError, ["False everywhere", "Leave"]),
        (np.array([[1, 1], [1, 0], [1, 1]], bool), ValueError, ["column 1", "Pass"]),
        (np.array([[1, 0], [1, 1]], bool), ValueError, ["column 1", "Pass"]),
    ],
)
def test_bad_masks(mask, kind, parts):
    with rejects(kind, "lengths_from_mask", *parts):
        lengths_from_mask(mask)


# Padding


@given(st.lists(st.integers(1, 7), min_size=1, max_size=5), st.integers(0, 3))
def test_padding_changes_no_sequence(lengths, D):
    rng = generator()
    shapes = [(n, D) if D else (n,) for n in lengths]
    if D:
        sequences = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
    else:
        sequences = [rng.integers(1, 9, size=shape) for shape in shapes]
    padded, mask = pad(sequences)
    assert padded.dtype == sequences[0].dtype
    assert padded.shape[2:] == sequences[0].shape[1:]
    np.testing.assert_array_equal(lengths_from_mask(mask), lengths)
    for n, sequence in enumerate(sequences):
        np.testing.assert_array_equal(padded[: len(sequence), n], sequence)
    assert not padded[~mask].any()


@pytest.mark.parametrize(
    ("sequences", "kind", "parts"),
    [
        (np.arange(3), TypeError, ["sequences is a ndarray", "Pass [sequences]"]),
        ([], ValueError, ["sequences is empty", "Leave out"]),
        ([[1, 2]], TypeError, ["sequences[0] is a list"]),
        ([np.arange(2), [1]], TypeError, ["sequences[1] is a list", "integers"]),
        ([np.arange(2), np.ones(2)], TypeError, ["sequences[1] has dtype float64"]),
        ([np.arange(2), np.zeros(0, int)], ValueError, ["sequences[1] is empty"]),
        ([np.ones(2)], ValueError, ["sequences[0] has shape (2,)", "(T, D)"]),
        (
            [np.ones((2, 3)), np.ones((2, 4))],
            ValueError,
            ["sequences[1] has D = 4", "D = 3", "Pass sequences[1]"],
        ),
        (
            [np.arange(2, dtype=np.int32), np.arange(2, dtype=np.uint8)],
            TypeError,
            ["sequences[1] has dtype uint8", "int32", "astype(sequences[0].dtype)"],
        ),
    ],
)
def test_bad_sequences(sequences, kind, parts):
    with rejects(kind, "pad", *parts):
        pad(sequences)


# Documents


def spell(word):
    return np.array([ord(c) for c in word])


def test_targets_are_the_document_one_token_on():
    batch = document_batch([spell("machine"), spell("time")])
    words = [
        "".join(map(chr, row[real]))
        for rows in (batch.inputs, batch.targets)
        for row, real in zip(rows.T, batch.mask.T, strict=True)
    ]
    assert words == ["machin", "tim", "achine", "ime"]
    assert batch.inputs.shape == batch.targets.shape == batch.mask.shape == (6, 2)


def test_the_loss_of_a_padded_batch_is_that_of_its_documents():
    rng = generator()
    documents = [rng.integers(5, size=n) for n in (2, 7, 4)]
    table = rng.normal(size=(5, 5))  # logits of the next token, given this one
    batch = document_batch(documents)
    logits = table[batch.inputs]
    total, _ = cross_entropy_forward(logits, batch.targets, batch.mask, "sum")
    alone = [
        cross_entropy_forward(table[d[:-1]], d[1:], reduction="sum")[0]
        for d in documents
    ]
    assert np.isclose(total, sum(alone), rtol=1e-13, atol=0)


DOCUMENTS = st.lists(st.integers(2, 12), min_size=1, max_size=30)


@given(DOCUMENTS, st.integers(1, 7), st.integers(0, 99))
@settings(deadline=None)
def test_every_document_comes_once_a_pass(lengths, N, seed):
    documents = [np.arange(n) + 100 * i for i, n in enumerate(lengths)]
    batches = bucketed_batches(documents, N, generator(seed))
    returned = [
        np.append(column[real], targets[real][-1])
        for inputs, rows, mask in batches
        for column, targets, real in zip(inputs.T, rows.T, mask.T, strict=True)
    ]
    assert len(returned) == len(documents)
    for document in returned:
        np.testing.assert_array_equal(document, documents[document[0] // 100])
    assert len({document[0] for document in returned}) == len(documents)
    assert sum(batch.inputs.shape[1] == N for batch in batches) >= len(lengths) // N


@given(DOCUMENTS, st.integers(1, 7), st.integers(0, 99))
@settings(deadline=None)
def test_buckets_overlap_at_most_in_one_length(lengths, N, seed):
    buckets = length_buckets(np.array(lengths), N, generator(seed))
    np.testing.assert_array_equal(
        np.sort(np.concatenate(buckets)), np.arange(len(lengths))
    )
    spans = sorted((min(of), max(of)) for of in (np.array(lengths)[b] for b in buckets))
    for (_, longest), (shortest, _) in pairwise(spans):
        assert longest <= shortest


def test_buckets_waste_less_than_the_order_of_arrival():
    rng = generator()
    documents = [np.arange(n) for n in rng.integers(2, 100, size=320)]
    chunks = [documents[i : i + 32] for i in range(0, 320, 32)]
    arrival = padding_share([document_batch(chunk).mask for chunk in chunks])
    bucketed = padding_share([b.mask for b in bucketed_batches(documents, 32, rng)])
    # Of 32 uniform lengths the mean is half the greatest; a bucket spans a tenth.
    assert 0.4 < arrival < 0.55
    assert bucketed < 0.11


def test_every_pass_has_another_order():
    rng, lengths = generator(), np.array([3, 3, 3, 3, 5, 5, 5, 5])
    passes = [length_buckets(lengths, 2, rng) for _ in range(300)]
    firsts = {tuple(sorted(buckets[0])) for buckets in passes}
    assert len(firsts) == 12  # any two of the short ones, any two of the long ones


@pytest.mark.parametrize(
    ("documents", "kind", "parts"),
    [
        ("text", TypeError, ["documents is a str", "list"]),
        ((), ValueError, ["documents is empty"]),
        ([np.ones(3)], TypeError, ["documents[0] has dtype float64", "encode"]),
        ([np.arange(3), np.arange(1)], ValueError, ["documents[1] has a single token"]),
    ],
)
def test_bad_documents(documents, kind, parts):
    with rejects(kind, "document_batch", *parts):
        document_batch(documents)
    with rejects(kind, "bucketed_batches", *parts):
        bucketed_batches(documents, 2, generator())


def test_bad_input_of_buckets():
    lengths = np.array([3, 2])
    with rejects(ValueError, "length_buckets: N is 0", "Pass N=1"):
        length_buckets(lengths, 0, generator())
    with rejects(TypeError, "length_buckets: rng is None", "default_rng"):
        length_buckets(lengths, 1, None)
    with rejects(ValueError, "length_buckets: lengths holds -3", "Pass lengths"):
        length_buckets(-lengths, 1, generator())


def test_the_share_of_padding():
    masks = [mask_from_lengths(np.array(n)) for n in ([4, 1], [2, 2, 2])]
    assert padding_share(masks) == 3 / 14
    assert padding_share(masks[1:]) == 0
    with rejects(ValueError, "padding_share: masks is empty", "Leave out"):
        padding_share([])
    with rejects(TypeError, "padding_share: masks is a ndarray", "Pass [masks]"):
        padding_share(masks[0])
    with rejects(TypeError, "padding_share: masks[1] is a NoneType", "booleans"):
        padding_share([masks[0], None])
    with rejects(ValueError, "padding_share: masks[0] is False everywhere", "Leave"):
        padding_share([np.zeros((2, 2), bool)])
