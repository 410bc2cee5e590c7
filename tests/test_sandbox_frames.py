import contextlib
import json
import struct
from collections import OrderedDict, namedtuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rnngrade.sandbox import frames
from rnngrade.sandbox.frames import decode, encode
from rnngrade.sandbox.values import Callback, Opaque

Pair = namedtuple("Pair", "dx dW")

arrays = hnp.arrays(
    st.sampled_from([*"?bBhHiIlLefdFD"]), hnp.array_shapes(min_dims=0, min_side=0)
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.complex_numbers()
    | st.text(st.characters(exclude_categories=["Cs"]))
)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
anything = st.recursive(
    scalars | arrays,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(names, inner, max_size=3)
    ),
    max_leaves=8,
)


def equal(a, b):
    if isinstance(a, np.ndarray):
        return type(b) is np.ndarray and (a.dtype, a.shape, a.tobytes()) == (
            b.dtype,
            b.shape,
            b.tobytes(),
        )
    if isinstance(a, dict):
        return list(a) == list(b) and all(equal(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        same = type(a) is type(b) and len(a) == len(b)
        return same and all(map(equal, a, b))
    return type(a) is type(b) and repr(a) == repr(b)


@settings(deadline=None)
@given(anything)
def test_round_trip(value):
    assert equal(value, decode(encode(value)))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2**63, Opaque("int")),
        (print, Opaque("builtin_function_or_method")),
        ({1: 2.0}, Opaque("dict with a key of type int")),
        (np.array([None]), Opaque("array of object")),
        (np.array("text"), Opaque("array of <U4")),
        (np.ones((1,) * 33), Opaque("array of 33 axes")),
        (np.zeros(2, "f8,i4"), Opaque("array of [('f0', '<f8'), ('f1', '<i4')]")),
        (Pair(1, 2), (1, 2)),
        (OrderedDict(a=1), {"a": 1}),
        (np.str_("word"), "word"),
        ("lone \ud800", "lone ?"),
        (Callback(3), Callback(3)),
        (Opaque("Thing"), Opaque("Thing")),
    ],
)
def test_what_is_outside_the_set_becomes_plain_or_opaque(value, expected):
    seen = decode(encode(value))
    assert seen == expected
    assert type(seen) is type(expected)


def test_arrays_come_back_plain_native_and_writable():
    for given_array in (
        np.ma.array([[1.0, 2.0]]),
        np.arange(4, dtype=">f4")[::2],
        np.ones((2, 3)).T,
        np.float64(3),
    ):
        seen = decode(encode(given_array))
        assert type(seen) is np.ndarray
        assert seen.dtype.isnative
        assert seen.flags.writeable
        np.testing.assert_array_equal(seen, np.asarray(given_array))


def test_a_lying_class_is_not_believed():
    class Liar:
        __class__ = np.ndarray

    assert decode(encode(Liar())) == Opaque("Liar")


def test_the_name_of_a_type_is_one_line_whoever_wrote_the_frame():
    # An opponent's: our own end would have put it on one line already.
    frame = encode(Opaque("x\n  ✓ h right"))
    assert b"\\n" in frame
    assert decode(frame) == Opaque("x ✓ h right")


def test_deep_and_cyclic_values_end():
    loop = []
    loop.append(loop)
    text = repr(decode(encode(loop)))
    assert "nested too deeply" in text


@pytest.mark.parametrize(
    ("value", "part"),
    [
        (np.broadcast_to(0.0, (10**6, 10**6)), "8000000000000 bytes"),
        ([0] * 20_001, "at most 20000"),
        (["x" * 190_000] * 30, "text too large"),
    ],
)
def test_too_large_values_are_refused_with_the_remedy(value, part):
    with pytest.raises(ValueError, match="too large") as caught:
        encode(value)
    assert part in str(caught.value)
    assert "Return the arrays that are asked for" in str(caught.value)


def frame(head, body=b""):
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    return frames.HEADER.pack(frames.MAGIC, len(text), len(body)) + text + body


HOSTILE = {
    "not JSON": frame(b"{"),
    "not UTF-8": frame(b'["str","\xff"]'),
    "deep JSON": frame(b"[" * 100_000),
    "long number": frame(b'["int",' + b"9" * 5000 + b"]"),
    "no list": frame({"a": 1}),
    "unknown kind": frame(["pickle", "x"]),
    "too many fields": frame(["none", 1]),
    "bool as int": frame(["int", True]),
    "65 bits": frame(["int", 2**64]),
    "float as number": frame(["float", 1.0]),
    "float overflow": frame(["float", "0x1p9999"]),
    "float too long": frame(["float", "1" * 50]),
    "dtype object": frame(["array", "|O", [1]], bytes(8)),
    "dtype big endian": frame(["array", ">f8", [1]], bytes(8)),
    "dtype list": frame(["array", ["f8"], [1]], bytes(8)),
    "negative shape": frame(["array", "<f8", [-1]], bytes(8)),
    "huge shape": frame(["array", "<f8", [2**60]], bytes(8)),
    "huge empty shape": frame(["array", "<f8", [0, 2**20, 2**20]]),
    "float shape": frame(["array", "<f8", [1.0]], bytes(8)),
    "many axes": frame(["array", "<f8", [1] * 65], bytes(8)),
    "short body": frame(["array", "<f8", [2]], bytes(8)),
    "long body": frame(["array", "<f8", [1]], bytes(16)),
    "bool of 2": frame(["array", "|b1", [1]], b"\x02"),
    "dict without pairs": frame(["dict", [["a"]]]),
    "dict with number keys": frame(["dict", [[1, ["none"]]]]),
    "wrong magic": b"RNV0" + encode(1)[4:],
    "empty": b"",
    "trailing bytes": encode(1) + b"x",
    "cut": encode(1)[:-1],
    "giant head": frames.HEADER.pack(frames.MAGIC, 2**31, 0),
    "giant body": frames.HEADER.pack(frames.MAGIC, 0, 2**60),
    "header of another kind": struct.pack("<16s", b"\x80\x04pickle"),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_frames_raise_a_value_error(data):
    with pytest.raises(ValueError, match="frame: "):
        decode(data)


@settings(deadline=None, max_examples=300)
@given(anything, st.data())
def test_damaged_frames_raise_nothing_else(value, data):
    damaged = bytearray(encode(value))
    for _ in range(data.draw(st.integers(1, 4))):
        where = data.draw(st.integers(0, len(damaged) - 1))
        damaged[where] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ValueError):
        decode(bytes(damaged))
