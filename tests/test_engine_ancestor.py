"""Workers are copies of one process, which has loaded what they need."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from multiprocessing import forkserver

import pytest

from rnngrade.engine import ancestor
from rnngrade.engine.cluster import Cluster

PROGRAM = """
import sys
from multiprocessing import forkserver
from rnngrade.engine import ancestor
ancestor.start()
print(forkserver._forkserver._forkserver_pid, flush=True)
sys.stdin.read()
"""


def about(_):
    return {
        "parent": os.getppid(),
        "loaded": "rnngrade.engine.grading" in sys.modules,
        "variables": [os.environ.get(name) for name in ancestor.ONE_THREAD],
        "temporary": tempfile.gettempdir(),
    }


@pytest.fixture(scope="module")
def told():
    with Cluster(processes=2) as cluster:
        calls = cluster.map(about, range(20), lambda n: (n,))
        yield cluster._scratch, [seen for _, seen in calls]


def test_workers_are_its_copies(told):
    assert {seen["parent"] for seen in told[1]} == {server()}
    assert all(seen["loaded"] for seen in told[1])


def test_a_worker_computes_with_one_thread(told):
    assert all(seen["variables"] == ["1", "1", "1"] for seen in told[1])


def test_a_worker_writes_where_its_cluster_does(told):
    assert {seen["temporary"] for seen in told[1]} == {told[0]}


def test_it_is_started_once_and_leaves_no_variables():
    before = dict(os.environ)
    ancestor.start()
    first = server()
    ancestor.start()
    assert server() == first
    assert dict(os.environ) == before


def test_where_there_is_none_the_command_goes_on(monkeypatch):
    monkeypatch.setattr(ancestor.multiprocessing, "get_all_start_methods", list)
    monkeypatch.setattr(ancestor.forkserver, "ensure_running", None)
    assert ancestor.start() == "spawn"


LONG = """
import sys
from rnngrade.engine.cluster import Cluster
if __name__ == "__main__":
    with Cluster(processes=1) as cluster:
        print(dict(cluster.map(abs, [-1], lambda n: (n,))))
"""


def test_a_folder_with_a_long_name_is_no_trouble(tmp_path):
    folder = tmp_path / ("f" * 100)
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", LONG],
        env={**os.environ, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert (done.stdout, done.returncode) == ("{-1: 1}\n", 0), done.stderr
    assert os.listdir(folder) == []


@pytest.mark.parametrize("how", ["end", "kill"])
def test_it_ends_with_the_command(how):
    words = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as command:
        pid = int(command.stdout.readline())
        assert is_running(pid)
        if how == "kill":
            command.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 60
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(pid)


def server():
    return forkserver._forkserver._forkserver_pid


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
