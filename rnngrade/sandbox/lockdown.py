"""A process gives up everything that a student's code does not need.

``enter`` is called by the worker on itself, before any student code. Afterwards the
process, and every thread it starts, can compute and can talk through the pipes that
it already has. It can read the interpreter, its standard library and the packages
it was given, and read and write plain files in one folder. It cannot reach the
network, another process, or any other file; it cannot start a process, and it cannot
undo this. Three means of the Linux kernel do it, none of which needs a privilege:

- landlock (Linux 5.13 or newer) for files; where it is missing, the process must
  already live among the mounts of :mod:`rnngrade.sandbox.bubblewrap`,
- seccomp, a filter of system calls (x86_64 and aarch64), for all else,
- resource limits, for memory, processor time and the size of files.

The worker loads this file without its package, hence the relative imports; it needs
the standard library only. It does not choose the sandbox: see
:mod:`rnngrade.sandbox`. It does not bound wall time, nor how many files are written
and how many threads run: the other side of the pipe watches that. What remains
visible under landlock alone: whether a path exists, and its size.
"""

import os
import resource
import signal
import struct
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from . import landlock, seccomp
from .kernel import (
    LIBC,
    PR_CAP_AMBIENT,
    PR_CAPBSET_DROP,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_PDEATHSIG,
    prctl,
    refused,
)

INSTALLED = ("site-packages", "dist-packages")  # names of folders of packages


@dataclass(frozen=True)
class Limits:
    """What one worker may use.

    Attributes
    ----------
    memory : int
        Bytes of address space.
    cpu : int
        Seconds of processor time in the worker's whole life.
    file_size : int
        Bytes in one file.
    open_files : int
        Files and pipes that are open at the same time.
    """

    memory: int = 2 << 30
    cpu: int = 900
    file_size: int = 8 << 20
    open_files: int = 64


def enter(
    readable: Iterable[str], scratch: str, limits: Limits, landlocked: bool = True
) -> None:
    """Give up all rights but those listed; there is no way back.

    Parameters
    ----------
    readable : iterable of str
        Files, and folders with all that is in them, that may be read: those of
        `interpreter_files`, and packages.
    scratch : str
        The one folder in which files may be written. It stays flat.
    limits : Limits
        What the process may use.
    landlocked : bool
        False leaves the files to the mounts among which the process lives.

    Raises
    ------
    OSError
        If the kernel refuses; then no student code may run.
    """
    limit(limits)
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    _drop_capabilities()
    if landlocked:
        # Imports look for names in the standard library's folders.
        landlock.restrict(readable, standard_library(), scratch)
    seccomp.restrict()


def limit(limits: Limits) -> None:
    """Set the resource limits alone.

    Parameters
    ----------
    limits : Limits
        What the process may use.
    """
    for name, value in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.cpu + 1),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_SIGPENDING, 64),  # timers, too; shared by all of a user
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        _, hard = resource.getrlimit(name)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (value, value))
    # The soft limit comes first and sends a signal of its own, which tells why.
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (min(limits.cpu, hard), hard))


def die_with_parent(parent: int) -> None:
    """Ask the kernel to end this process when its parent ends.

    Parameters
    ----------
    parent : int
        Process id of the parent; if it is gone already, this process ends now.
    """
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def interpreter_files() -> Iterator[str]:
    """List what Python itself reads: standard library and shared libraries.

    Yields
    ------
    str
        Files and folders. Folders of installed packages are not among them, also
        where they lie inside the standard library's folder.
    """
    for folder in standard_library():
        for name in os.listdir(folder):
            if name not in INSTALLED:
                yield os.path.join(folder, name)
    yield from shared_libraries()
    yield "/dev/urandom"


def shared_libraries() -> Iterator[str]:
    """List where the shared libraries are that Python and its modules load.

    Yields
    ------
    str
        Files and folders.
    """
    multiarch = sysconfig.get_config_var("MULTIARCH") or "none"
    yield from (f"/lib/{multiarch}", f"/usr/lib/{multiarch}", "/etc/ld.so.cache")
    own = os.path.join(sys.base_exec_prefix, "lib")
    found = {"/lib64", "/usr/lib64", own, sysconfig.get_config_var("LIBDIR") or own}
    for folder in filter(os.path.isdir, found):
        names = (name for name in os.listdir(folder) if ".so" in name)
        yield from (os.path.join(folder, name) for name in names)


@lru_cache(maxsize=1)
def standard_library() -> frozenset[str]:
    """List the folders of the standard library.

    Returns
    -------
    frozenset of str
        One or two folders, in which installed packages may lie as well.
    """
    # Not sys.path: in another program than the worker it leads to everything.
    base = {"platbase": sys.base_exec_prefix}
    folders = {sysconfig.get_path(n, vars=base) for n in ("stdlib", "platstdlib")}
    return frozenset(filter(os.path.isdir, folders))


def _drop_capabilities() -> None:
    LIBC.prctl(PR_CAP_AMBIENT, 4, 0, 0, 0)
    number = 0
    # Fails at the first number that is no capability, or at once for an ordinary
    # user, who has none to lose.
    while LIBC.prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0:
        number += 1
    header = struct.pack("<Ii", 0x20080522, 0)
    if LIBC.capset(header, bytes(24)) < 0:
        raise refused("capset")
