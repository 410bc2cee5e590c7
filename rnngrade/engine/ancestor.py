"""The process of which the workers on this machine are copies.

What grading needs takes most of a second to import. It is imported once, in a `fork
server`_ of Python's, and beside the command's own imports if it is started early; a
worker is then there in some milliseconds, and shares that memory with the others.

No student code runs in it, and no grade is in its memory.

.. _fork server: https://docs.python.org/3/library/multiprocessing.html
"""

import contextlib
import multiprocessing
import os
from collections.abc import Iterator
from multiprocessing import forkserver

LOADED = "rnngrade.engine.loaded"
# Each worker has one core to itself.
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
)


def start() -> str:
    """Start it, unless it runs; it ends with this process.

    Returns
    -------
    str
        How :mod:`multiprocessing` is to start workers: as its copies, or, where there
        can be none, each by itself.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return "spawn"
    multiprocessing.get_context("forkserver").set_forkserver_preload([LOADED])
    try:
        with _environment(ONE_THREAD):  # NumPy reads it while it is loaded
            forkserver.ensure_running()
    except OSError:  # the path of its socket must not be longer than 107 bytes
        return "spawn"
    return "forkserver"


@contextlib.contextmanager
def _environment(names: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(names)
    try:
        yield
    finally:
        for name in names:
            del os.environ[name]
        os.environ.update(before)
