"""Bubblewrap: a process among the few files that it needs, without network.

:func:`command` puts a Python program into namespaces of its own. It sees the
interpreter, the standard library without the packages installed in it, and the files
that it is given, all of them for reading only; ``/dev/null`` and ``/dev/urandom``; and
one folder in which it may write. There is no ``/proc``, no ``/etc``, no other process,
no network, and no way to make namespaces again. It is the first process of its own,
so that the kernel ends all that it has started when it ends.

It does not end with its parent: it is handed a socket, and ends when that is closed.
Limits and the filter of system calls come from :mod:`rnngrade.sandbox.lockdown`.
"""

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator

from rnngrade.sandbox import lockdown

ENVIRONMENT = {"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "PATH": ""}
# In the order in which they are tried: versions before 0.8 do not know the option, and
# what is installed with the rights of root makes no namespace of users.
_ISOLATION = (("--unshare-user", "--disable-userns"), ("--unshare-user",), ())
_TRIAL_SECONDS = 60


def python() -> list[str]:
    """Name the interpreter without its environment, and its options.

    Returns
    -------
    list of str
        The first words of a command, for use with and without bubblewrap.
    """
    base = getattr(sys, "_base_executable", "") or sys.executable
    return [os.path.realpath(base), "-I", "-S", "-B", "-X", "utf8"]


def missing() -> str:
    """Say why bubblewrap does not work here; it is tried once.

    Returns
    -------
    str
        Empty where it works.
    """
    return _try()[0]


def version() -> str:
    """Ask bubblewrap for its version.

    Returns
    -------
    str
        Such as ``"0.8.0"``; empty where it is not installed.
    """
    program = shutil.which("bwrap")
    if not program:
        return ""
    told = subprocess.run([program, "--version"], capture_output=True, text=True)
    return told.stdout.strip().rpartition(" ")[2]


def command(program: list[str], readable: Iterable[str], folder: str) -> list[str]:
    """Write the command line that starts a program in the sandbox.

    Parameters
    ----------
    program : list of str
        The program and its arguments.
    readable : iterable of str
        Files and folders that it may read besides the interpreter's.
    folder : str
        The one folder in which it may write.

    Returns
    -------
    list of str
        For :class:`subprocess.Popen`.
    """
    return _command(_try()[1], program, readable, folder)


def _command(
    isolation: tuple[str, ...], program: list[str], readable: Iterable[str], folder: str
) -> list[str]:
    return [
        shutil.which("bwrap") or "bwrap",
        *("--unshare-all", *isolation, "--as-pid-1", "--new-session"),
        *("--clearenv", "--cap-drop", "ALL"),
        *(word for name, value in ENVIRONMENT.items() for word in _set(name, value)),
        *_mounts(readable),
        *("--bind", folder, folder, "--chdir", folder, "--remount-ro", "/", "--"),
        *program,
    ]


def _set(name: str, value: str) -> tuple[str, str, str]:
    return "--setenv", name, value


def _mounts(readable: Iterable[str]) -> Iterator[str]:
    masks = []
    for folder in lockdown.standard_library():
        yield from ("--ro-bind", folder, folder)
        installed = (os.path.join(folder, name) for name in lockdown.INSTALLED)
        masks += filter(os.path.isdir, installed)
    for folder in masks:
        yield from ("--tmpfs", folder)
    own = _outermost([*lockdown.shared_libraries(), python()[0]])
    for path in filter(os.path.exists, (*own, *readable)):
        yield from ("--ro-bind", path, path)
    for folder in masks:
        yield from ("--remount-ro", folder)
    for device in ("/dev/null", "/dev/urandom"):
        yield from ("--dev-bind", device, device)


def _outermost(paths: list[str]) -> list[str]:
    # What lies in a folder that is mounted for reading comes with it.
    folders = tuple(f"{path}{os.sep}" for path in paths)
    return [path for path in paths if not path.startswith(folders)]


@functools.cache
def _try() -> tuple[str, tuple[str, ...]]:
    """Find what works: empty and how, or why nothing does."""  # numpydoc ignore=RT01
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed.", ()
    reasons = []
    for isolation in _ISOLATION:
        with tempfile.TemporaryDirectory(prefix="rnngrade-") as folder:
            program = [*python(), "-c", "pass"]
            tried = _run(_command(isolation, program, (), folder))
        if not tried:
            return "", isolation
        reasons.append(tried)
    return f"bubblewrap does not work here ({reasons[0]}).", ()


def _run(words: list[str]) -> str:
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TRIAL_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    return lines[0] if done.returncode else ""
