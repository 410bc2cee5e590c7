"""The process from which workers are forked, with everything loaded that they need.

:mod:`rnngrade.sandbox.nursery` starts it as ``python -I -S template.py SETTINGS``. It
takes orders from one socket, a message each: to fork a worker (with the two ends of
its pipes; the answer brings a descriptor of the process), or to say how a worker that
has ended did so. When the socket is closed, because the grader is done or dead, it
ends, and the kernel ends its workers with it.

No student code runs here and nothing that a student wrote is read here. What is in
this memory, every worker can read: there is no reference solution in it, no grade and
no path that is worth knowing. It has one thread, and no descriptor of it goes to a
worker.

This module does not watch what the workers do: see :mod:`rnngrade.sandbox.channel`.
"""

import gc
import importlib
import json
import linecache
import os
import shutil
import signal
import socket
import sys
import types
from typing import Any

# A package of its own for the neighbors: to import `rnngrade` would run its __init__,
# and with it the reference solutions.
NEIGHBORS = types.ModuleType("_rnngrade")
NEIGHBORS.__path__ = [os.path.dirname(os.path.abspath(__file__))]
WARM_UP = """
import numpy as np, warnings
def fail(x):
    warnings.warn("a warning")
    raise ValueError(f"{x!r}")
fail(np.random.default_rng(0).normal(size=(2, 2)) @ np.eye(2))
"""


def load(name: str) -> types.ModuleType:
    """Import a neighbor of this file without its package.

    Parameters
    ----------
    name : str
        The file's name without its ending.

    Returns
    -------
    module
        The module.
    """
    sys.modules[NEIGHBORS.__name__] = NEIGHBORS
    return importlib.import_module(f"{NEIGHBORS.__name__}.{name}")


class Template:
    """Fork workers on request.

    Parameters
    ----------
    settings : dict
        ``socket``, ``folder``, ``packages``, ``readable``, ``protected`` and
        ``landlocked``, as :class:`rnngrade.sandbox.nursery.Nursery` writes them.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings, self.pid = settings, os.getpid()
        self.workers: set[int] = set()
        self.control = socket.socket(fileno=settings["socket"])
        self.stand_ins, self.lockdown = load("stand_ins"), load("lockdown")
        sys.meta_path.append(self.stand_ins.Guard(settings["packages"]))
        self.worker = load("worker")
        NEIGHBORS.__path__ = []  # student code finds nothing more there
        self.readable = [*self.lockdown.interpreter_files(), *settings["readable"]]
        self._warm_up()

    def serve(self) -> None:
        """Follow orders until the socket is closed."""
        while True:
            data, ends, _, _ = socket.recv_fds(self.control, 1 << 16, 2)
            if not data:
                return
            order = json.loads(data)
            if "ended" in order:
                self._answer(self._how_it_ended(order["ended"]))
            elif ends:
                self._fork(order, ends)
            else:  # the first one asks who is there
                self._answer({}, self.pid)

    def clean_up(self) -> None:
        """End what the grader has left running, and remove what was written."""
        for worker in list(self.workers):
            os.kill(worker, signal.SIGKILL)
            self._how_it_ended(worker)
        shutil.rmtree(self.settings["folder"], ignore_errors=True)

    def _warm_up(self) -> None:
        """Run once what every worker would otherwise be the first to run."""
        # What has been counted here must not be counted again in every worker.
        gc.disable()
        server = self.worker.Server(-1, -1)
        streams = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = self.worker.execution.Capture(1000)
        server.run(WARM_UP, "warm-up")
        server.run("import numpy\nnumpy.eye(2)", "warm-up")
        sys.stdout, sys.stderr = streams
        linecache.cache.pop("<warm-up>", None)
        if self.settings["protected"]:
            self.lockdown.seccomp.filter_here()
        gc.collect()
        gc.freeze()

    def _fork(self, order: dict[str, Any], ends: list[int]) -> None:
        pid = os.fork()
        if pid == 0:
            self._become_worker(order, ends)
        self.workers.add(pid)
        for end in ends:
            os.close(end)
        self._answer({"pid": pid}, pid)

    def _how_it_ended(self, pid: int) -> dict[str, Any]:
        # Not before it is asked for: until then the number is not given away again.
        _, status, used = os.wait4(pid, 0)
        self.workers.remove(pid)
        return {
            "code": os.waitstatus_to_exitcode(status),
            "memory": used.ru_maxrss << 10,
            "cpu_seconds": used.ru_utime + used.ru_stime,
        }

    def _answer(self, message: dict[str, Any], pid: int = 0) -> None:
        about = [os.pidfd_open(pid)] if pid else []
        socket.send_fds(self.control, [json.dumps(message).encode()], about)
        for descriptor in about:
            os.close(descriptor)

    def _become_worker(self, order: dict[str, Any], ends: list[int]) -> None:
        code = 1
        try:
            self.lockdown.die_with_parent(self.pid)
            self.control.detach()
            _close_all_but(ends)
            os.setsid()
            os.chdir(order["scratch"])
            self._confine(order)
            self.worker.Server(*ends).serve()
            code = 0
        finally:
            os._exit(code)  # never back into the template, whatever was raised

    def _confine(self, order: dict[str, Any]) -> None:
        gc.enable()
        # Every worker would draw the same numbers else.
        sys.modules["numpy"].random.seed()
        limits = self.lockdown.Limits(**order["limits"])
        settings = self.settings
        if settings["protected"]:
            self.lockdown.enter(
                self.readable, order["scratch"], limits, settings["landlocked"]
            )
        else:
            self.lockdown.limit(limits)
        sys.modules["rnngrade"] = self.stand_ins.stand_in()


def _close_all_but(ends: list[int]) -> None:
    first = 3
    for end in sorted(ends):
        os.closerange(first, end)
        first = end + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))


def main(settings: dict[str, Any]) -> None:
    """Serve, and remove what the workers wrote if the grader cannot do it any more.

    Parameters
    ----------
    settings : dict
        As :class:`Template` takes them.
    """
    os.environ.pop("PWD", None)  # bubblewrap sets it
    template = Template(settings)
    try:
        template.serve()
    finally:
        template.clean_up()


if __name__ == "__main__":
    main(json.loads(sys.argv.pop()))
