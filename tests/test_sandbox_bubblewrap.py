import json
import os
import shutil
import socket
import subprocess
import sys
import venv
from pathlib import Path

import numpy as np
import pytest

from rnngrade import sandbox
from rnngrade.sandbox import bubblewrap

LOOK = """
import json, os, socket, sys
def fails(call, *args):
    try:
        call(*args)
    except OSError as error:
        return type(error).__name__
    return ""
stdlib = os.path.dirname(os.__file__)
installed = os.path.join(stdlib, "site-packages")
print(json.dumps({
    "pid": os.getpid(),
    "devices": sorted(os.listdir("/dev")),
    "settings": os.listdir("/etc") if os.path.exists("/etc") else ["ld.so.cache"],
    "processes": os.path.exists("/proc"),
    "installed": os.listdir(installed) if os.path.exists(installed) else [],
    "course": os.path.exists(sys.argv[1]),
    "environment": sorted(os.environ),
    "connect": fails(socket.create_connection, ("127.0.0.1", int(sys.argv[2])), 2),
    "write": [bool(fails(open, os.path.join(place, "new"), "w"))
              for place in ("/", "/dev", stdlib, installed)],
    "scratch": fails(open, "new", "w"),
}))
"""


@pytest.fixture(autouse=True)
def _forget():
    yield
    bubblewrap._try.cache_clear()


@pytest.fixture
def works():
    skip_without("bubblewrap")


def skip_without(kind):
    missing = sandbox.missing(kind)
    assert not (missing and os.environ.get("CI")), missing
    if missing:
        pytest.skip(missing)


@pytest.mark.usefixtures("works")
def test_what_is_to_be_seen(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        program = [*bubblewrap.python(), "-c", LOOK, __file__]
        program.append(str(server.getsockname()[1]))
        command = bubblewrap.command(program, (), str(tmp_path))
        secret = {**os.environ, "SECRET": "x"}
        done = subprocess.run(command, env=secret, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen == {
        "pid": 1,
        "devices": ["null", "urandom"],
        "settings": ["ld.so.cache"],
        "processes": False,
        "installed": [],
        "course": False,
        "environment": ["LC_ALL", "OPENBLAS_NUM_THREADS", "PATH", "PWD"],
        "connect": seen["connect"],
        "write": [True, True, True, True],
        "scratch": "",
    }
    assert seen["connect"]
    assert os.listdir(tmp_path) == ["new"]


def test_where_it_is_not_installed_that_is_said(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    bubblewrap._try.cache_clear()
    assert bubblewrap.missing() == "bubblewrap is not installed."
    assert bubblewrap.version() == ""


def install(folder, monkeypatch, script):
    """Put another bwrap before the one that there is."""
    program = folder / "bwrap"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    bubblewrap._try.cache_clear()


def test_where_it_fails_the_reason_is_said(tmp_path, monkeypatch):
    install(tmp_path, monkeypatch, "echo 'setting up uid map: denied' >&2; exit 1")
    assert "setting up uid map: denied" in bubblewrap.missing()


def test_where_it_fails_without_a_word_that_is_said(tmp_path, monkeypatch):
    install(tmp_path, monkeypatch, "exit 7")
    assert "exit code 7" in bubblewrap.missing()


@pytest.mark.usefixtures("works")
def test_an_older_version_is_taken_without_what_it_does_not_know(tmp_path, monkeypatch):
    real = shutil.which("bwrap")
    refuse = 'case "$*" in *--disable-userns*) echo no such option >&2; exit 1;; esac'
    install(tmp_path, monkeypatch, f'{refuse}\nexec {real} "$@"')
    assert bubblewrap.missing() == ""
    command = bubblewrap.command(["true"], (), "/")
    assert "--disable-userns" not in command
    assert "--unshare-user" in command


def test_it_is_tried_once(tmp_path, monkeypatch):
    log = tmp_path / "log"
    install(tmp_path, monkeypatch, f"echo tried >> {log}; exit 1")
    bubblewrap.missing(), bubblewrap.missing()
    assert len(log.read_text().splitlines()) == len(bubblewrap._ISOLATION)


ANYWHERE = """
import sys
from rnngrade.sandbox.channel import Confinement, Worker
ask = {"kind": "run", "source": "import numpy\\nnumpy.__file__", "label": "c"}
with Worker(Confinement(sandbox=sys.argv[1])) as worker:
    print(worker.ask(ask, 60)["result"])
"""


@pytest.mark.parametrize("kind", sandbox.KINDS)
def test_an_environment_may_lie_anywhere(tmp_path, kind):
    skip_without(kind)
    home = tmp_path / "odd päth, $HOME; 'x'"
    venv.create(home, symlinks=True)
    python = home / "bin" / "python"
    packages = next(home.glob("lib/python*/site-packages"))
    installed = Path(np.__file__).parent
    for path in (installed, installed.with_name("numpy.libs")):
        if path.exists():
            (packages / path.name).symlink_to(path)
    root = str(Path(__file__).parent.parent)
    done = subprocess.run(
        [python, "-c", ANYWHERE, kind],
        env={"PYTHONPATH": root, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )
    assert str(packages / "numpy") in done.stdout, done.stderr


def test_the_interpreter_is_the_one_below_the_environment():
    assert bubblewrap.python()[0] == os.path.realpath(sys._base_executable)
