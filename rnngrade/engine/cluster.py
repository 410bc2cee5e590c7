"""Run a function on all cores of this machine, or on a running cluster.

This is `dask.distributed`_, with what grading needs of it: arguments are sent when
their turn comes, so that a large class does not have to fit into memory; a result is
let go of as soon as it is there, so that the death of a worker costs only what it was
doing; and a call that ends its worker again and again fails alone.

The local cluster listens on the loopback interface, with certificates of its own: a
scheduler runs whatever it is sent, and other users of the machine could reach it.

What is called is no matter of this module.

.. _dask.distributed: https://distributed.dask.org
"""

import contextlib
import itertools
import logging
import os
import queue
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import urlsplit

import dask
from distributed import Client, LocalCluster
from distributed.client import Future
from distributed.comm import CommClosedError
from distributed.scheduler import KilledWorker
from distributed.security import Security

from rnngrade.engine import ancestor

LOG = logging.getLogger(__name__)
Name = TypeVar("Name")
AHEAD = 3  # messages for each core that are sent before a core asks for them
TOGETHER = 4  # calls in a message, which costs its 5 ms whatever is in it
# Else anybody on this machine could read what is being done.
NO_PAGES = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}
# Twenty megabytes are a submission like any other.
LARGE = {"distributed.admin.large-graph-warning-threshold": "1GiB"}
CONNECT_SECONDS = 20
LOOK_SECONDS = 5  # between two looks at whether there is still a scheduler


class ClusterLost(RuntimeError):
    """There is no scheduler to ask any more."""


class Cluster:
    """Workers that take calls.

    Parameters
    ----------
    scheduler : str
        The address of a running scheduler; empty for a cluster on this machine.
    processes : int
        How many processes that one has; by default one for each core.
    log : logging.Logger
        Where messages go.

    Raises
    ------
    ClusterLost
        If there is no scheduler at this address.
    """

    def __init__(
        self,
        scheduler: str = "",
        processes: int = 0,
        log: logging.Logger = LOG,
    ) -> None:
        self.scheduler, self.log = scheduler, log
        for name in ("distributed", "distributed.client"):  # which has its own level
            logging.getLogger(name).setLevel(logging.CRITICAL)
        if scheduler:
            self._local = None
            try:
                # First by itself: a client that fails to connect may hang at its end.
                where = urlsplit(scheduler)
                address = where.hostname or "", where.port or 0
                socket.create_connection(address, CONNECT_SECONDS).close()
                self._client = Client(scheduler, timeout=CONNECT_SECONDS)
            except (OSError, ValueError) as error:
                raise ClusterLost(
                    f"No scheduler answers at {scheduler} ({error}). Start one with "
                    "`dask scheduler`, workers with `dask worker ADDRESS`, and give "
                    "its address with --scheduler."
                ) from None
            return
        method = {"distributed.worker.multiprocessing-method": ancestor.start()}
        security = Security.temporary()
        self._environment = dict(os.environ)
        self._scratch = tempfile.mkdtemp(prefix="rnngrade-")
        # Dask would make a folder that all users of this machine share.
        folder = {"temporary-directory": self._scratch}
        self._config = dask.config.set(NO_PAGES | folder | method)
        try:
            self._local = LocalCluster(
                n_workers=processes or cores(),
                threads_per_worker=1,
                dashboard_address="127.0.0.1:0",  # without one it is a fixed port
                env={"TMPDIR": self._scratch},
                security=security,
                silence_logs=logging.CRITICAL,
            )
            self._client = Client(self._local, security=security)
        except BaseException:
            self._put_back()
            raise

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()
        if self._local:
            self._local.close()
            self._put_back()

    def _put_back(self) -> None:
        """Undo what a local cluster has changed in this process; remove its folder."""
        self._config.__exit__(None, None, None)
        shutil.rmtree(self._scratch, ignore_errors=True)
        # Dask sets variables for its processes, and leaves them in this one.
        for name in os.environ.keys() - self._environment.keys():
            del os.environ[name]
        os.environ.update(self._environment)

    def map(
        self,
        function: Callable,
        names: Iterable[Name],
        arguments: Callable[[Name], tuple],
    ) -> Iterator[tuple[Name, Any]]:
        """Call a function many times.

        Parameters
        ----------
        function : callable
            What to call; workers import it by its name.
        names : iterable of object
            A name for each call.
        arguments : callable
            What the call with this name takes; asked when its turn comes.

        Yields
        ------
        name : object
            Of a call that has ended, in any order.
        outcome : object
            What it returned, or the exception that it raised.

        Raises
        ------
        ClusterLost
            If the scheduler is gone.
        """
        threads = max(1, sum(self._client.nthreads().values()))
        alone: list[Name] = []
        bunches = bunched([*names], threads)
        for bunch, outcome in self._make(function, bunches, arguments, AHEAD * threads):
            if isinstance(outcome, list):
                yield from zip(bunch, outcome, strict=True)
            else:
                alone += bunch
        # A worker's end is blamed on all of a bunch, and on what waits behind it.
        singles = ([name] for name in alone)
        for (name,), outcome in self._make(function, singles, arguments, 1):
            if isinstance(outcome, list):
                [outcome] = outcome
            elif isinstance(outcome, KilledWorker):
                outcome = ChildProcessError(
                    "It ended the process that graded it "
                    f"{outcome.allowed_failures + 1} times, by itself. Has the machine "
                    "run out of memory?"
                )
            yield name, outcome

    def _make(
        self,
        function: Callable,
        bunches: Iterable[list[Name]],
        arguments: Callable[[Name], tuple],
        ahead: int,
    ) -> Iterator[tuple[list[Name], Any]]:
        """Make calls, so many bunches at a time; each comes back with its outcome."""
        waiting, made = iter(bunches), {}
        done: queue.Queue[Future] = queue.Queue()

        def send(count: int) -> None:
            for bunch in itertools.islice(waiting, count):
                many = [arguments(name) for name in bunch]
                with dask.config.set(LARGE):
                    future = self._client.submit(one_by_one, function, many, pure=False)
                made[future] = bunch
                future.add_done_callback(done.put)

        send(ahead)
        while made:
            future = self._next(done)
            bunch, outcome = made.pop(future), self._outcome(future)
            future.release()
            send(1)
            yield bunch, outcome

    def _next(self, done: "queue.Queue[Future]") -> Future:
        while True:
            with contextlib.suppress(queue.Empty):
                return done.get(timeout=LOOK_SECONDS)
            # A client that has lost its scheduler would wait for ever.
            if self._client.status not in ("running", "connecting"):
                raise self._lost()
            if not self._client.nthreads():
                self.log.warning(
                    "No worker is connected to %s; waiting for one. Start it with "
                    "`dask worker %s`.",
                    *(2 * [self.scheduler or "the local cluster"]),
                )

    def _outcome(self, future: Future) -> Any:
        if future.status == "cancelled":
            raise self._lost()
        try:
            return future.result()
        except CommClosedError:
            raise self._lost() from None
        except Exception as error:
            return error

    def _lost(self) -> ClusterLost:
        where = f" at {self.scheduler}" if self.scheduler else ""
        return ClusterLost(
            f"The scheduler{where} is gone. What has been graded is kept: start it "
            "again and run the same command; the rest is then graded."
        )


def one_by_one(function: Callable, many: Iterable[tuple]) -> list:
    """Call a function with some arguments after the other; this is what is sent.

    Parameters
    ----------
    function : callable
        What to call.
    many : iterable of tuple
        The arguments of each call.

    Returns
    -------
    list
        What it returned, or the exception that it raised.
    """
    outcomes: list[Any] = []
    for arguments in many:
        try:
            outcomes.append(function(*arguments))
        except Exception as error:
            outcomes.append(error)
    return outcomes


def bunched(names: list[Name], cores: int) -> Iterator[list[Name]]:
    """Deal out calls: some at a time, and towards the end one by one.

    Parameters
    ----------
    names : list
        All calls.
    cores : int
        How many are made at the same time.

    Yields
    ------
    list
        Up to `TOGETHER` of them.

    Examples
    --------
    >>> [len(bunch) for bunch in bunched([*range(20)], cores=2)]
    [3, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
    """
    start = 0
    while start < len(names):
        fair = (len(names) - start) // (AHEAD * cores)
        stop = start + min(max(1, fair), TOGETHER)
        yield names[start:stop]
        start = stop


def cores() -> int:
    """Count the cores that this process may use.

    Returns
    -------
    int
        At least 1.
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1
