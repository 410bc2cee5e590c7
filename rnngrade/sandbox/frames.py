"""Values as bytes: how they go through the pipe between the grader and its worker.

``encode`` writes a value as one frame,

    magic (4 bytes) | length of the head | length of the body | head | body

where the head is JSON and the body holds the arrays' bytes, little-endian, one after
the other. ``decode`` believes nothing of a frame. Which values there are is said in
:mod:`rnngrade.sandbox.values`.

The worker loads this file without its package, hence the relative import; it needs
NumPy and the standard library only.
"""

import json
import math
import struct
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .values import (
    MAX_NAME,
    MAX_TEXT,
    Callback,
    Opaque,
    clean,
    error_text,
    one_line,
    type_name,
)

MAGIC = b"RNV1"
HEADER = struct.Struct("<4sIQ")
MAX_HEAD = 4_000_000  # bytes of JSON
MAX_BODY = 16_000_000  # bytes of all arrays together; a grader keeps many frames
MAX_ITEMS = 20_000  # values in one frame, nested ones included
MAX_DEPTH = 8
MAX_AXES = 32
DTYPES = {"|b1", "|i1", "|u1", "<i2", "<i4", "<i8", "<u2", "<u4", "<u8"}
DTYPES |= {"<f2", "<f4", "<f8", "<c8", "<c16"}


def encode(value: object) -> bytes:
    """Write a value as one frame.

    Parameters
    ----------
    value : object
        Anything; what is outside the closed set becomes `Opaque`.

    Returns
    -------
    bytes
        The frame.

    Raises
    ------
    ValueError
        If the value is too large: too many items or too many bytes of arrays.

    Examples
    --------
    >>> decode(encode({"dW": np.ones((2, 1)), "loss": 0.5}))
    {'dW': array([[1.], [1.]]), 'loss': 0.5}
    >>> decode(encode(print))
    Opaque(type_name='builtin_function_or_method')
    """
    writer = _Writer()
    head = writer.node(value, 0)
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    if len(text) > MAX_HEAD:
        raise ValueError(_too_much("text", len(text), MAX_HEAD, "bytes"))
    return HEADER.pack(MAGIC, len(text), writer.size) + text + b"".join(writer.body)


def decode(data: bytes) -> Any:
    """Read a frame that may have been written by an opponent.

    Parameters
    ----------
    data : bytes
        One whole frame.

    Returns
    -------
    object
        The value; its arrays are fresh, writable and in native byte order.

    Raises
    ------
    ValueError
        If anything in the frame is not exactly as `encode` writes it.

    Examples
    --------
    >>> decode(b"not a frame at all")
    Traceback (most recent call last):
    ValueError: frame: it starts with b'not ', not with b'RNV1'.
    """
    size = frame_size(data[: HEADER.size])
    if len(data) != size:
        raise ValueError(f"frame: {len(data)} bytes long; its header says {size}.")
    _, n_head, _ = HEADER.unpack_from(data)
    start = HEADER.size + n_head
    reader = _Reader(memoryview(data)[start:])
    value = reader.node(_parse(data[HEADER.size : start]), 0)
    if reader.position != len(reader.body):
        raise ValueError(f"frame: its arrays need {reader.position} bytes of the body.")
    return value


def frame_size(header: bytes) -> int:
    """Return how long a frame is, from its first bytes.

    Parameters
    ----------
    header : bytes
        The first ``HEADER.size`` bytes.

    Returns
    -------
    int
        Length of the whole frame in bytes.

    Raises
    ------
    ValueError
        If this is not the beginning of a frame, or the frame is too large.

    Examples
    --------
    >>> frame = encode(1.5)
    >>> frame_size(frame[:HEADER.size]) == len(frame)
    True
    """
    if len(header) != HEADER.size:
        raise ValueError(
            f"frame: {len(header)} bytes; its header alone has {HEADER.size}."
        )
    magic, n_head, n_body = HEADER.unpack(header)
    if magic != MAGIC:
        raise ValueError(f"frame: it starts with {magic!r}, not with {MAGIC!r}.")
    if n_head > MAX_HEAD or n_body > MAX_BODY:
        raise ValueError(f"frame: a head of {n_head} and a body of {n_body} bytes.")
    return HEADER.size + n_head + n_body


class _Writer:
    def __init__(self) -> None:
        self.body: list[bytes] = []
        self.size = 0
        self.items = 0

    def node(self, value: object, depth: int) -> list:
        # Types are asked, never the values: a value may lie about its class.
        self.items += 1
        if self.items > MAX_ITEMS:
            raise ValueError(_too_much("value", "more", MAX_ITEMS, "items"))
        kind = type(value)
        if issubclass(kind, (tuple, list, dict)):
            return self.container(value, kind, depth)
        if issubclass(kind, (np.ndarray, np.generic)) and not issubclass(kind, str):
            return self.array(value)
        return _scalar(value, kind)

    def container(self, value: Any, kind: type, depth: int) -> list:
        if depth >= MAX_DEPTH:
            return ["opaque", f"{type_name(value)}, nested too deeply"]
        if not issubclass(kind, dict):
            base = tuple if issubclass(kind, tuple) else list
            nodes = [self.node(item, depth + 1) for item in base.__iter__(value)]
            return [base.__name__, nodes]
        for key in dict.keys(value):
            if not issubclass(type(key), str):
                return ["opaque", f"dict with a key of type {type_name(key)}"]
        return ["dict", [self.pair(*item, depth) for item in dict.items(value)]]

    def pair(self, key: str, value: object, depth: int) -> list:
        return [clean(key, MAX_NAME), self.node(value, depth + 1)]

    def array(self, value: Any) -> list:
        if issubclass(type(value), np.ndarray):
            value = np.ndarray.view(value, np.ndarray)
        else:
            value = np.array(value)
        dtype = value.dtype.newbyteorder("<")
        if dtype.str not in DTYPES:
            return ["opaque", f"array of {clean(str(value.dtype), MAX_NAME)}"]
        if value.ndim > MAX_AXES:
            return ["opaque", f"array of {value.ndim} axes"]
        self.size += value.nbytes  # before copying: a broadcast array owns less
        if self.size > MAX_BODY:
            raise ValueError(_too_much("value", self.size, MAX_BODY, "bytes"))
        self.body.append(value.astype(dtype, copy=False).tobytes())
        return ["array", dtype.str, list(value.shape)]


class _Reader:
    def __init__(self, body: memoryview) -> None:
        self.body = body
        self.position = 0
        self.items = 0

    def node(self, node: object, depth: int) -> object:
        self.items += 1
        if self.items > MAX_ITEMS or depth > MAX_DEPTH:
            raise ValueError("frame: too many items or nested too deeply.")
        if type(node) is not list or not node or type(node[0]) is not str:
            raise ValueError("frame: a value is not a list that starts with a name.")
        tag, *rest = node
        if tag == "array" and len(rest) == 2:
            return self.array(*rest)
        if tag in _CONTAINERS and len(rest) == 1 and type(rest[0]) is list:
            return _CONTAINERS[tag](self.children(tag, rest[0], depth + 1))
        if tag in _SCALARS:
            return _SCALARS[tag](*_typed(tag, rest))
        raise ValueError(f"frame: {clean(tag, MAX_NAME)!r} is not a kind of value.")

    def children(self, tag: str, nodes: list, depth: int) -> Iterator[Any]:
        for node in nodes:
            if tag != "dict":
                yield self.node(node, depth)
            elif type(node) is list and len(node) == 2 and type(node[0]) is str:
                yield clean(node[0], MAX_NAME), self.node(node[1], depth)
            else:
                raise ValueError("frame: an entry of a dict is not a name and a value.")

    def array(self, dtype: object, shape: object) -> np.ndarray:
        if type(dtype) is not str or dtype not in DTYPES:
            raise ValueError("frame: an array's dtype is not among the allowed ones.")
        if type(shape) is not list or len(shape) > MAX_AXES:
            raise ValueError("frame: an array's shape is not a short list.")
        if not all(type(n) is int and 0 <= n <= MAX_BODY for n in shape):
            raise ValueError("frame: an array's shape is not made of sizes.")
        if math.prod(n or 1 for n in shape) > MAX_BODY:
            raise ValueError("frame: an array's shape is too large.")
        kind = np.dtype(dtype)
        start = self.position
        self.position += math.prod(shape) * kind.itemsize
        if self.position > len(self.body):
            raise ValueError("frame: the body is too short for its arrays.")
        return _array(self.body[start : self.position], kind).reshape(shape)


def _array(raw: memoryview, dtype: np.dtype) -> np.ndarray:
    if dtype.kind == "b" and len(raw) and np.frombuffer(raw, np.uint8).max() > 1:
        raise ValueError("frame: a bool array holds something else than 0 and 1.")
    return np.frombuffer(raw, dtype).astype(dtype.newbyteorder("="))


def _parse(head: bytes) -> object:
    try:
        return json.loads(head.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"frame: its head is not JSON ({error_text(error)})."
        ) from None


def _scalar(value: Any, kind: type) -> list:
    if value is None:
        return ["none"]
    if kind is bool:
        return ["bool", value]
    if issubclass(kind, str):
        return ["str", clean(value, MAX_TEXT)]
    if issubclass(kind, int) and -(2**63) <= int.__index__(value) < 2**63:
        return ["int", int.__index__(value)]
    if issubclass(kind, float):
        return ["float", float.hex(value)]
    if issubclass(kind, complex):
        plain = complex.__complex__(value)
        return ["complex", plain.real.hex(), plain.imag.hex()]
    if kind is Callback:
        return ["callback", value.index]
    return ["opaque", value.type_name if kind is Opaque else type_name(value)]


_CONTAINERS: dict[str, Callable] = {"tuple": tuple, "list": list, "dict": dict}
_ARGUMENTS = {
    "none": (),
    "bool": (bool,),
    "str": (str,),
    "int": (int,),
    "float": (str,),
    "complex": (str, str),
    "callback": (int,),
    "opaque": (str,),
}
_SCALARS: dict[str, Callable] = {
    "none": lambda: None,
    "bool": bool,
    "str": lambda text: clean(text, MAX_TEXT),
    "int": int,
    "float": float.fromhex,
    "complex": lambda a, b: complex(float.fromhex(a), float.fromhex(b)),
    "callback": Callback,
    "opaque": lambda name: Opaque(one_line(name, 2 * MAX_NAME)),
}


def _typed(tag: str, rest: list) -> list:
    if tuple(map(type, rest)) != _ARGUMENTS[tag]:
        raise ValueError(f"frame: what follows {tag!r} has the wrong types.")
    if tag == "int" and not -(2**63) <= rest[0] < 2**63:
        raise ValueError("frame: an int has more than 64 bits.")
    if tag in ("float", "complex"):
        _check_floats(rest)
    return rest


def _check_floats(texts: list) -> None:
    # 1e308 takes 24 characters; fromhex overflows on what no float can hold.
    try:
        for text in texts:
            float.fromhex(text[:40])
    except (ValueError, OverflowError):
        raise ValueError("frame: a float is not written as a float.") from None
    if max(map(len, texts)) > 40:
        raise ValueError("frame: a float is written too long.")


def _too_much(what: str, given: object, limit: int, unit: str) -> str:
    return (
        f"{what} too large: {given} {unit}, at most {limit} are taken. "
        "Return the arrays that are asked for and nothing else."
    )
