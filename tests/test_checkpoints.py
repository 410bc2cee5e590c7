"""Checkpoints come back as they were, and are whole or reported, whatever happens."""

import errno
import functools
import hashlib
import json
import os
import resource
from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from rnncore import checkpoints
from rnncore.checkpoints import (
    CheckpointError,
    described,
    digest,
    leaves,
    load_checkpoint,
    regrown,
    save_checkpoint,
)
from rnncore.models import LanguageModel
from rnncore.optim import ADAM, ADAMW
from tests.rejection import rejects

ARRAYS = {"params.W": np.arange(6.0).reshape(2, 3), "history.loss": np.array([0.5])}
VALUES = {"step": 7, "best": None, "draws": {"state": 2**127 + 1}, "rate": 0.1 + 0.2}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.checkpoint"


@pytest.fixture
def saved(path):
    save_checkpoint(path, ARRAYS, VALUES)
    return path


def assert_whole(path):
    arrays, values = load_checkpoint(path)
    assert values == VALUES
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array, strict=True)


def test_round_trip(saved):
    assert_whole(saved)
    arrays, _ = load_checkpoint(saved)
    arrays["params.W"][0] = 5  # they are one's own


kinds = st.sampled_from(["f4", "f8", "c16", "i8", "?", ">f4"])
shapes = npst.array_shapes(min_dims=0, min_side=0)


@settings(deadline=None, max_examples=40)
@given(
    st.dictionaries(st.text(), npst.arrays(kinds, shapes)),
    st.dictionaries(st.text(), st.integers() | st.floats(-9, 9) | st.text()),
    st.booleans(),
)
def test_any_array_and_any_value_come_back(tmp_path_factory, arrays, values, fortran):
    path = tmp_path_factory.mktemp("any") / "file"
    if fortran:
        arrays = {name: np.asfortranarray(array) for name, array in arrays.items()}
    save_checkpoint(path, arrays, values)
    again, values_again = load_checkpoint(path)
    assert values_again == values
    assert list(again) == list(arrays)
    for name, array in arrays.items():
        assert again[name].tobytes() == array.tobytes()
        assert (again[name].dtype, again[name].shape) == (array.dtype, array.shape)
        assert again[name].flags.f_contiguous == array.flags.f_contiguous


def test_equal_contents_make_equal_files(saved, tmp_path):
    save_checkpoint(tmp_path / "other", dict(ARRAYS), dict(VALUES))
    assert (tmp_path / "other").read_bytes() == saved.read_bytes()


def test_every_truncation_is_named_as_such(saved):
    content = saved.read_bytes()
    for size in range(len(content)):
        saved.write_bytes(content[:size])
        with rejects(CheckpointError, "run.checkpoint is truncated", "begin anew"):
            load_checkpoint(saved)


def test_every_changed_byte_is_found(saved):
    content = saved.read_bytes()
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1
        saved.write_bytes(changed)
        with pytest.raises(CheckpointError) as caught:
            load_checkpoint(saved)
        assert "run.checkpoint" in str(caught.value)
    saved.write_bytes(content[:-1] + b"!")
    with rejects(CheckpointError, "was changed after it was written"):
        load_checkpoint(saved)
    saved.write_bytes(content + b"?")
    with rejects(CheckpointError, "was changed after it was written"):
        load_checkpoint(saved)


def test_what_is_no_checkpoint(path):
    with rejects(CheckpointError, "cannot be read", "No such file", "Pass the path"):
        load_checkpoint(path)
    path.write_text("To be, or not to be")
    with rejects(CheckpointError, "begins with b'To be", "'rnncore checkpoint'"):
        load_checkpoint(path)


def test_another_version(saved):
    content = saved.read_bytes()
    saved.write_bytes(content.replace(b"version 1", b"version 2"))
    with rejects(CheckpointError, "version 2", "version 1' is needed", "Read it with"):
        load_checkpoint(saved)


def forged(path, body):
    header = f"{hashlib.sha256(body).hexdigest()} {len(body)}\n".encode()
    path.write_bytes(checkpoints.FIRST_LINE + header + body)


@pytest.mark.parametrize(
    "body",
    [b"", b"{}\n", b'{"arrays": ["a"], "values": {}}\n', 10**5 * b"[" + b"\n"],
    ids=["empty", "no legend", "no array", "deep"],
)
def test_a_checksum_alone_does_not_make_a_checkpoint(path, body):
    forged(path, body)
    with rejects(CheckpointError, "right checksum", "something else", "Pass the path"):
        load_checkpoint(path)


def test_nothing_is_unpickled(path):
    with open(path, "wb") as file:
        np.lib.format.write_array(file, np.array([{}], dtype=object))
    legend = json.dumps({"arrays": ["a"], "values": {}}).encode() + b"\n"
    forged(path, legend + path.read_bytes())
    with rejects(CheckpointError, "allow_pickle=False"):
        load_checkpoint(path)


def fail(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("call", ["replace", "fsync"])
def test_a_full_disk_leaves_the_old_file(saved, monkeypatch, call):
    with monkeypatch.context() as broken:
        broken.setattr(os, call, fail)
        with rejects(CheckpointError, "No space left", "A good one is still there"):
            save_checkpoint(saved, {}, {})
    assert_whole(saved)
    assert os.listdir(saved.parent) == [saved.name]


def test_a_file_that_may_not_grow_leaves_the_old_one(saved):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with rejects(CheckpointError, "File too large", "A good one is still there"):
            save_checkpoint(saved, {"W": np.ones(10_000)}, {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert_whole(saved)
    assert os.listdir(saved.parent) == [saved.name]


def test_a_folder_that_is_not_there(tmp_path):
    with rejects(CheckpointError, "cannot be written", "None is there", "exists"):
        save_checkpoint(tmp_path / "new" / "run", {}, {})


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_in_which_nothing_can_be_written(saved):
    saved.parent.chmod(0o500)
    try:
        with rejects(CheckpointError, "Permission denied", "A good one is still"):
            save_checkpoint(saved, {}, {})
        assert_whole(saved)
    finally:
        saved.parent.chmod(0o700)


def test_what_json_does_not_know_is_refused_before_anything_is_written(saved):
    with rejects(TypeError, "save_checkpoint: values", "ndarray is not JSON", "Pass"):
        save_checkpoint(saved, {}, {"W": np.ones(2)})
    with rejects(ValueError, "save_checkpoint: values", "not JSON compliant", "Pass"):
        save_checkpoint(saved, {}, {"loss": np.inf})
    with pytest.raises(ValueError, match="Object arrays"):
        save_checkpoint(saved, {"W": np.array([None])}, {})
    assert_whole(saved)


def test_what_killed_processes_left_is_removed(saved):
    for name in (".run.checkpoint.123.new", ".run.checkpoint.77.new"):
        (saved.parent / name).write_text("unfinis")
    (saved.parent / ".other.checkpoint.123.new").write_text("another run")
    save_checkpoint(saved, ARRAYS, VALUES)
    assert sorted(os.listdir(saved.parent)) == [".other.checkpoint.123.new", saved.name]


def test_the_file_is_on_the_disk_before_it_takes_the_place_of_the_old(
    saved, monkeypatch
):
    calls = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(
            os, name, lambda *a, real=real, name=name: (calls.append(name), real(*a))
        )
    save_checkpoint(saved, ARRAYS, VALUES)
    assert calls == ["fsync", "replace", "fsync"]


Pair = namedtuple("Pair", ["left", "right"])


def test_trees_are_taken_apart_and_put_together():
    tree = ({"a": 1, "b": ()}, Pair(2, {"c": (3, 4)}), None)
    found = leaves(tree, "t")
    assert found == {
        "t.0.a": 1,
        "t.1.left": 2,
        "t.1.right.c.0": 3,
        "t.1.right.c.1": 4,
        "t.2": None,
    }
    again = regrown(tree, "t", found)
    assert again == tree
    assert type(again[1]) is Pair
    with pytest.raises(KeyError, match=r"t\.2"):
        regrown(tree, "t", {k: v for k, v in found.items() if k != "t.2"})


def test_settings_are_described_by_their_values():
    model = LanguageModel(3, 4, cell="lstm", dropout=0.5)
    assert described(model) == described(LanguageModel(3, 4, "lstm", dropout=0.5))
    assert described(model) != described(LanguageModel(3, 4, "lstm", dropout=0.4))
    assert described(np.float64(0.1)) == "0.1"
    assert described(functools.partial(round, 5)) == "round(0=5)"
    assert described(ADAM) == "Optimizer(init=adam_init, update=adam_update)"
    heavy = ADAMW.with_options(weight_decay=0.3, beta1=0.5)
    assert "adamw_update(weight_decay=0.3, beta1=0.5)" in described(heavy)
    assert described(object()) == "object"


def test_batches_that_differ_have_other_digests():
    tokens = np.arange(6).reshape(2, 3)
    batches = [
        [(tokens, tokens, None)],
        [(tokens, tokens, tokens > 0)],
        [(tokens, tokens + 1, None)],
        [(tokens.astype("i4"), tokens, None)],
        [(tokens.reshape(3, 2), tokens, None)],
        [(tokens, tokens)],
        [(tokens, tokens, None)] * 2,
    ]
    assert len(set(map(digest, batches))) == len(batches)
    assert digest(batches[0]) == digest([(np.asfortranarray(tokens), tokens, None)])
