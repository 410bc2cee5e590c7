"""Files from which a training run goes on: written in one piece, checked when read.

A file holds arrays, each under a name, and values that JSON knows:

====================================  ==================================================
``rnncore checkpoint, version 1``     the first line
64 hexadecimal digits, and a number   the second: SHA-256 and size of all that follows
``{"arrays": [...], "values": ...}``  the third: names in order, and the values
arrays in NumPy's format              the rest, one after the other
====================================  ==================================================

Equal contents make equal files, byte for byte. A new file is written beside the old one
and takes its place only when it is on the disk, so whatever happens in between, one of
the two is there and whole. What a killed process left unfinished is removed when the
next file has been written. Nothing is pickled, so reading a file runs no code.

States of optimizers are nested tuples and dicts: `leaves` lists their arrays and
numbers by name, `regrown` puts them back. `described` and `digest` say in short what a
setting or a batch is, to be compared when a run goes on.

Files are not compressed, and only the last one is kept.
"""

import dataclasses
import functools
import hashlib
import io
import json
import os
import re
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from rnncore.dicts import Arrays

FIRST_LINE = b"rnncore checkpoint, version 1\n"
FORMAT = FIRST_LINE.split(b",")[0]
HEADER = rb"(?P<sha256>[0-9a-f]{64}) (?P<size>[0-9]{1,18})\n"


class CheckpointError(OSError):
    """Report a checkpoint that cannot be written, or cannot be read as it is."""


def save_checkpoint(
    path: str | os.PathLike[str], arrays: Arrays, values: dict[str, Any]
) -> None:
    """
    Write a checkpoint, all of it or nothing.

    Parameters
    ----------
    path : str or path
        The file. One that exists is replaced at the end, in one go.
    arrays : dict of str to ndarray
        Arrays of any shape and of any dtype but object.
    values : dict of str to object
        What else there is: numbers, strings, lists and dicts of such, None.

    Raises
    ------
    CheckpointError
        If the file cannot be written; one that was there before is as it was.
    TypeError
        If JSON does not know a value.
    ValueError
        If a number among the values is NaN or infinite, or an array holds objects.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "run.checkpoint"
    >>> save_checkpoint(path, {"params.b": np.ones(2)}, {"step": 5})
    >>> load_checkpoint(path)
    ({'params.b': array([1., 1.])}, {'step': 5})
    """
    path = Path(path)
    body = _body(arrays, values)
    header = f"{hashlib.sha256(body).hexdigest()} {len(body)}\n".encode()
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        try:
            with open(new, "wb") as file:
                _write(file, FIRST_LINE + header, body)
            os.replace(new, path)
        finally:
            new.unlink(missing_ok=True)
        _sync_directory(path.parent)
        _remove_unfinished(path)
    except OSError as error:
        kept = "A good one is still" if path.exists() else "None is"
        raise CheckpointError(
            f"save_checkpoint: {path} cannot be written ({error}), but a file in a "
            f"folder with enough space is needed. {kept} there. Pass "
            f"a path in a folder that exists and in which you may write, or free space."
        ) from error


def load_checkpoint(
    path: str | os.PathLike[str],
) -> tuple[Arrays, dict[str, Any]]:
    """
    Read a checkpoint.

    Parameters
    ----------
    path : str or path
        The file.

    Returns
    -------
    arrays : dict of str to ndarray
        New arrays, as they were saved.
    values : dict of str to object
        The values.

    Raises
    ------
    CheckpointError
        If the file cannot be read, is no checkpoint, is one of another version, or is
        not what was written.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "run.checkpoint"
    >>> save_checkpoint(path, {}, {"step": 5})
    >>> _ = path.write_bytes(path.read_bytes().replace(b"5", b"6"))
    >>> load_checkpoint(path)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    rnncore.checkpoints.CheckpointError: load_checkpoint: ...run.checkpoint was changed
    after it was written (...
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CheckpointError(
            f"load_checkpoint: {path} cannot be read ({error}), but a checkpoint is "
            f"needed. Pass the path of a file that save_checkpoint has written."
        ) from error
    body = _checked_body(path, content)
    try:
        return _parsed(io.BytesIO(body))
    except (ValueError, LookupError, TypeError, EOFError, RecursionError) as error:
        raise CheckpointError(
            f"load_checkpoint: {path} has the right checksum, but holds something else "
            f"({error}). Pass the path of a file that save_checkpoint has written."
        ) from error


def leaves(tree: Any, name: str) -> dict[str, Any]:
    """
    List what is in nested tuples and dicts.

    Parameters
    ----------
    tree : object
        Tuples, named or not, and dicts, of arrays or of anything else.
    name : str
        What to call the whole.

    Returns
    -------
    dict of str to object
        Everything that is neither a tuple nor a dict, under a name that tells its
        place: the names of all that it is in, joined by dots.

    Examples
    --------
    >>> leaves((3, {"W_xh": 0.5}), "state")
    {'state.0': 3, 'state.1.W_xh': 0.5}
    """
    branches = _branches(tree)
    if branches is None:
        return {name: tree}
    return {
        place: leaf
        for key, branch in branches.items()
        for place, leaf in leaves(branch, f"{name}.{key}").items()
    }


def regrown(tree: Any, name: str, found: dict[str, Any]) -> Any:
    """
    Put other things into nested tuples and dicts.

    Parameters
    ----------
    tree : object
        Tuples and dicts of the shape that is wanted; it is not changed.
    name : str
        What the whole was called.
    found : dict of str to object
        What `leaves` returned for a tree of this shape; there may be more.

    Returns
    -------
    object
        A tree of the same shape, with the things found.

    Raises
    ------
    KeyError
        If something is missing.

    Examples
    --------
    >>> regrown((0, {"W_xh": 0}), "state", {"state.0": 3, "state.1.W_xh": 0.5})
    (3, {'W_xh': 0.5})
    """
    branches = _branches(tree)
    if branches is None:
        return found[name]
    new = {
        key: regrown(branch, f"{name}.{key}", found) for key, branch in branches.items()
    }
    if isinstance(tree, dict):
        return new
    return type(tree)(**new) if hasattr(tree, "_fields") else tuple(new.values())


def described(value: Any) -> str:
    """
    Say what a setting is, in words that are the same in every process.

    Parameters
    ----------
    value : object
        A number, string, or None; a tuple, a dataclass, or a function with options set
        by `functools.partial`, of such. Of functions, only the name is told, and of
        other objects only the kind.

    Returns
    -------
    str
        The description.

    Examples
    --------
    >>> from rnncore.schedules import StepDecay
    >>> described(StepDecay(rate=0.4, factor=0.5, every=100))
    'StepDecay(rate=0.4, factor=0.5, every=100)'
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, str | int | float):
        return repr(value)
    if hasattr(value, "__qualname__"):
        return value.__qualname__
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        return _call(type(value), {name: getattr(value, name) for name in names})
    if isinstance(value, tuple):
        return _call(type(value), _branches(value) or {})
    if isinstance(value, functools.partial):
        return _call(value.func, {**dict(enumerate(value.args)), **value.keywords})
    return type(value).__qualname__


def digest(batches: Any) -> str:
    """
    Compute a checksum of batches.

    Parameters
    ----------
    batches : sequence of tuple
        Tuples of arrays and None.

    Returns
    -------
    str
        SHA-256 of shapes, dtypes and numbers, as hexadecimal digits.

    Examples
    --------
    >>> digest([(np.zeros(2),)]) == digest([(np.zeros((1, 2)),)])
    False
    """
    checksum = hashlib.sha256()
    for batch in batches:
        for name, leaf in leaves(batch, "batch").items():
            array = np.asarray(leaf)
            checksum.update(f"{name} {array.dtype.str} {array.shape}".encode())
            checksum.update(b"" if leaf is None else array.tobytes())
    return checksum.hexdigest()


def _body(arrays: Arrays, values: dict[str, Any]) -> bytes:
    body = io.BytesIO()
    body.write(_legend({"arrays": list(arrays), "values": values}))
    for array in arrays.values():
        np.lib.format.write_array(body, np.asarray(array), allow_pickle=False)
    return body.getvalue()


def _legend(legend: dict[str, Any]) -> bytes:
    try:
        return json.dumps(legend, allow_nan=False).encode() + b"\n"
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"save_checkpoint: values cannot be written as JSON ({error}), but finite "
            f"numbers of Python, strings, lists and dicts are needed. Pass NumPy's "
            f"arrays and numbers among the arrays."
        ) from error


def _write(file: BinaryIO, *parts: bytes) -> None:
    file.writelines(parts)
    file.flush()
    os.fsync(file.fileno())  # or the name could reach the disk before the contents


def _sync_directory(directory: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):
        return  # Windows has no such thing as opening a folder
    number = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _remove_unfinished(path: Path) -> None:
    start = f".{path.name}."
    for entry in os.listdir(path.parent):
        if entry.startswith(start) and entry.endswith(".new"):
            (path.parent / entry).unlink(missing_ok=True)


def _checked_body(path: Path, content: bytes) -> bytes:
    _check_format(path, content)
    header = re.match(FIRST_LINE + HEADER, content)
    if not header:
        cut = content.count(b"\n") < 2
    else:
        body, size = content[header.end() :], int(header["size"])
        checksum = hashlib.sha256(body).hexdigest().encode()
        if len(body) == size and checksum == header["sha256"]:
            return body
        cut = len(body) < size
    fault = "is truncated" if cut else "was changed after it was written"
    raise CheckpointError(
        f"load_checkpoint: {path} {fault} ({len(content)} bytes are there), but the "
        f"contents must have the checksum in its second line. Move it away, and go on "
        f"from a copy, or begin anew."
    )


def _check_format(path: Path, content: bytes) -> None:
    start = content[: len(FORMAT)]
    if not FORMAT.startswith(start):
        raise CheckpointError(
            f"load_checkpoint: {path} begins with {start!r}, but a checkpoint begins "
            f"with {FORMAT!r}. Pass the path of a file that save_checkpoint has "
            f"written."
        )
    first, end, _ = content.partition(b"\n")
    if end and first + end != FIRST_LINE:
        raise CheckpointError(
            f"load_checkpoint: {path} is a {first.decode(errors='replace')!r}, but "
            f"{FIRST_LINE.decode().strip()!r} is needed. Read it with the rnncore that "
            f"has written it, or begin anew."
        )


def _parsed(body: BinaryIO) -> tuple[Arrays, dict[str, Any]]:
    legend = json.loads(body.readline())
    arrays = {
        str(name): np.lib.format.read_array(body, allow_pickle=False)
        for name in legend["arrays"]
    }
    return arrays, dict(legend["values"])


def _branches(tree: Any) -> dict[Any, Any] | None:
    if isinstance(tree, dict):
        return tree
    if isinstance(tree, tuple):
        names = getattr(tree, "_fields", range(len(tree)))
        return dict(zip(names, tree, strict=True))
    return None


def _call(function: Any, options: dict[Any, Any]) -> str:
    named = ", ".join(f"{key}={described(value)}" for key, value in options.items())
    return f"{described(function)}({named})"
