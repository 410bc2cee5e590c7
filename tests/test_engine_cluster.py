"""The cluster, for real: processes that end, a scheduler that goes away."""

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import dask
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnngrade.engine import cluster as module
from rnngrade.engine.cluster import Cluster, ClusterLost, cores

ROOT = Path(__file__).parents[1]


def square(x):
    return x * x


def fail(text):
    raise ValueError(text)


def fail_on(text):
    if text:
        fail(text)


def end(kind):
    if kind == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    return kind


def search_path():
    return sys.path


def slow(seconds):
    time.sleep(seconds)
    return os.getpid()


@pytest.fixture(scope="module")
def local():
    with Cluster(processes=2) as cluster:
        yield cluster


def test_every_call_is_answered(local):
    expected = {f"call {n}": n * n for n in range(50)}
    calls = local.map(square, expected, lambda name: (int(name[5:]),))
    assert dict(calls) == expected
    assert [*local.map(square, [], tuple)] == []


def test_an_exception_is_the_outcome_of_its_call(local):
    [(name, outcome)] = local.map(fail, ["one"], lambda _: ("no",))
    assert (name, type(outcome), str(outcome)) == ("one", ValueError, "no")


def test_arguments_are_taken_when_their_turn_comes(local):
    taken = []

    def argument(n):
        taken.append(n)
        return (n,)

    ahead = (module.AHEAD * 2 + 1) * module.TOGETHER
    for done, _ in enumerate(local.map(square, range(100), argument)):
        assert len(taken) <= ahead + done
    assert taken == [*range(100)]


def test_a_call_that_ends_its_process_fails_alone(local):
    how = {n: "die" if n == 3 else "live" for n in range(40)}
    outcomes = dict(local.map(end, how, lambda n: (how[n],)))
    lost = outcomes.pop(3)
    assert isinstance(lost, ChildProcessError)
    assert "4 times, by itself" in str(lost)
    assert outcomes == dict.fromkeys({*how} - {3}, "live")


def test_an_exception_costs_nothing_else(local):
    text = {n: "" if n % 2 else "no" for n in range(40)}
    outcomes = dict(local.map(fail_on, text, lambda n: (text[n],)))
    for n, outcome in outcomes.items():
        assert outcome is None if n % 2 else str(outcome) == "no"
    assert outcomes.keys() == text.keys()


@given(st.integers(0, 300), st.integers(1, 9))
def test_calls_are_dealt_out_whole(count, cores):
    names = [*range(count)]
    bunches = [*module.bunched(names, cores)]
    assert [*itertools.chain(*bunches)] == names
    sizes = [len(bunch) for bunch in bunches]
    assert sorted(sizes, reverse=True) == sizes
    assert all(0 < size <= module.TOGETHER for size in sizes)
    # At the end, no core waits for the long bunch of another.
    assert sizes[-cores:] == [1] * min(count, cores)


def test_what_waits_behind_such_a_call_is_not_blamed():
    how = {n: "live" if n else "die" for n in range(4)}
    with Cluster(processes=1) as cluster:
        outcomes = dict(cluster.map(end, how, lambda n: (how[n],)))
    assert isinstance(outcomes.pop(0), ChildProcessError)
    assert outcomes == dict.fromkeys(range(1, 4), "live")


def test_a_worker_that_dies_costs_nothing_else(local):
    outcomes = local.map(slow, range(12), lambda _: (0.2,))
    _, process = next(outcomes)
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
    assert len([*outcomes]) == 11


def test_others_on_this_machine_cannot_send_code(local):
    address = local._local.scheduler_address
    assert address.startswith("tls://127.0.0.1:")
    # In another process, as another user would: a client that fails to connect leaves
    # a thread behind.
    program = f"from distributed import Client; Client({address!r}, timeout=2)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True)
    assert done.returncode == 1
    assert b"TLS" in done.stderr


def test_code_is_loaded_from_no_folder_that_others_can_write(local):
    shared = os.path.realpath(tempfile.gettempdir())
    [(_, there)] = local.map(search_path, ["path"], lambda _: ())
    for folder in [*sys.path, *there]:
        real = os.path.realpath(folder)
        if real.startswith(shared + os.sep) and os.path.exists(real):
            top = os.path.join(shared, os.path.relpath(real, shared).split(os.sep)[0])
            assert not os.stat(top).st_mode & 0o022, folder


def test_nothing_is_published(local):
    port = local._local.scheduler.http_server.port
    for page in ("info/main/workers.html", "json/identity.json", "metrics"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/{page}")


def test_the_environment_is_left_as_it_was():
    before = dict(os.environ)
    with Cluster(processes=1) as cluster:
        assert [*cluster.map(square, ["a"], lambda _: (2,))] == [("a", 4)]
    assert dict(os.environ) == before


def test_a_cluster_that_does_not_start_leaves_nothing(monkeypatch, tmp_path):
    def fail(*_, **__):
        os.environ["LEFT_BY_DASK"] = "1"
        raise RuntimeError("no worker")

    monkeypatch.setattr(module, "LocalCluster", fail)
    monkeypatch.setattr(module.tempfile, "tempdir", str(tmp_path))
    before = dict(os.environ), dask.config.get("distributed.worker.http.routes")
    with pytest.raises(RuntimeError, match="no worker"):
        Cluster(processes=1)
    routes = dask.config.get("distributed.worker.http.routes")
    assert (dict(os.environ), routes) == before
    assert not [name for name in os.listdir(tmp_path) if name.startswith("rnngrade-")]


def test_cores_are_counted():
    assert cores() == len(os.sched_getaffinity(0))


@contextlib.contextmanager
def running(*arguments):
    """Start a part of a cluster, in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def other_cluster(folder):
    file = folder / "scheduler.json"
    where = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    with running("scheduler", *where, "--scheduler-file", str(file)) as scheduler:
        worker = ("--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard")
        with running("worker", *worker, "--scheduler-file", str(file)):
            while not file.exists() or not file.read_text():
                assert scheduler.poll() is None
                time.sleep(0.05)
            address = next(
                part for part in file.read_text().split('"') if part.startswith("tcp:")
            )
            yield scheduler, address


def test_a_running_scheduler_takes_the_same_calls(tmp_path):
    with other_cluster(tmp_path) as (_, address), Cluster(address) as cluster:
        assert dict(cluster.map(square, ["a"], lambda _: (3,))) == {"a": 9}


def test_a_scheduler_that_goes_away_is_told_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.5)
    with other_cluster(tmp_path) as (scheduler, address), Cluster(address) as cluster:
        outcomes = cluster.map(slow, range(40), lambda _: (0.3,))
        next(outcomes)
        os.killpg(scheduler.pid, signal.SIGKILL)
        with pytest.raises(ClusterLost, match="run the same command"):
            list(outcomes)


def test_no_scheduler_at_this_address(monkeypatch):
    monkeypatch.setattr(module, "CONNECT_SECONDS", 1)
    with pytest.raises(ClusterLost, match="dask scheduler"):
        Cluster("tcp://127.0.0.1:9")
