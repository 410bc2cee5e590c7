"""Landlock: from now on this process can use the files that it names, and no others.

The worker loads this file without its package, hence the relative import; it needs the
standard library only.
"""

import ctypes
import os
import struct
from collections.abc import Iterable

from .kernel import LIBC, refused

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446

_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_WRITE_FILE, _REMOVE_FILE, _MAKE_FILE, _TRUNCATE = 1 << 1, 1 << 5, 1 << 8, 1 << 14
# The file rights that each version knows; later ones know more, which is not needed.
_FILE_RIGHTS = {n: (1 << bits) - 1 for n, bits in ((1, 13), (2, 14), (3, 15), (5, 16))}
_TCP = 0b11  # bind and connect, from version 4
_SCOPES = 0b11  # abstract sockets and signals, from version 6


def version() -> int:
    """Ask the kernel for its version of landlock.

    Returns
    -------
    int
        1 or more; less than 1 where there is none.
    """
    return LIBC.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)


def missing() -> str:
    """Say what this machine lacks.

    Returns
    -------
    str
        Empty where nothing is missing.
    """
    if version() < 1:
        return f"landlock is missing ({os.strerror(ctypes.get_errno())})."
    return ""


def restrict(readable: Iterable[str], listed: Iterable[str], scratch: str) -> None:
    """Give up all files but these, for good.

    Parameters
    ----------
    readable : iterable of str
        Folders with all that is in them, and files.
    listed : iterable of str
        Folders of which the names may be read, and nothing else.
    scratch : str
        A folder in which files may be written. It stays flat.
    """
    known = _FILE_RIGHTS[max(v for v in _FILE_RIGHTS if v <= version())]
    ruleset = _new_ruleset(known)
    for path in readable:
        _allow(ruleset, path, _READ_FILE | _READ_DIR)
    for folder in listed:
        _allow(ruleset, folder, _READ_DIR)
    _allow(ruleset, "/dev/null", _READ_FILE | _WRITE_FILE)
    write = _WRITE_FILE | _REMOVE_FILE | _MAKE_FILE | _TRUNCATE
    _allow(ruleset, scratch, known & write | _READ_FILE | _READ_DIR)
    if LIBC.syscall(_LANDLOCK_RESTRICT, ruleset, 0) < 0:
        raise refused("landlock_restrict_self")
    os.close(ruleset)


def _new_ruleset(known: int) -> int:
    words = [known]
    if version() >= 4:
        words.append(_TCP)
    if version() >= 6:
        words.append(_SCOPES)
    attributes = struct.pack(f"<{len(words)}Q", *words)
    size = ctypes.c_size_t(len(attributes))
    ruleset = LIBC.syscall(_LANDLOCK_CREATE, attributes, size, 0)
    if ruleset < 0:
        raise refused("landlock_create_ruleset")
    return ruleset


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        target = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what cannot be opened now cannot be opened later either
    try:
        if not os.path.isdir(path):
            rights &= _READ_FILE | _WRITE_FILE | _TRUNCATE
        rule = struct.pack("<Qi", rights, target)
        if LIBC.syscall(_LANDLOCK_ADD, ruleset, 1, rule, 0) < 0:
            raise refused("landlock_add_rule", path)
    finally:
        os.close(target)
