import json
import os
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnngrade import sandbox
from rnngrade.sandbox import doctor, escapes, landlock, nursery
from rnngrade.sandbox.escapes import ESCAPES
from rnngrade.sandbox.ground import Ground

ROOT = Path(__file__).parent.parent
HARMLESS = {escape.name for escape in ESCAPES if escape.harmless}
# What an ordinary user could not do anyway, or not on every system.
NOT_FOR_ALL = {"become another user", "make a namespace", "trace another process"}
MAIN = """
import sys
from rnngrade.sandbox import doctor, escapes, landlock
if sys.argv[1] == "no":
    landlock.missing = lambda: "landlock is missing."
sys.exit(doctor.main(["--json"]))
"""


@pytest.fixture(autouse=True)
def _close():
    yield
    nursery.close_all()


def assert_held(told, kinds, ordinary):
    proofs = told["proofs"]
    assert not [proof for proof in proofs if proof["escaped"]]
    assert Counter(p["kind"] for p in proofs) == dict.fromkeys(kinds, len(ESCAPES))
    shown = {p["name"] for p in proofs if p["unprotected"] == "succeeds"}
    missing = HARMLESS - shown
    assert missing - NOT_FOR_ALL == set()
    assert ordinary or not missing


def working_kinds(expected=2):
    kinds = [kind for kind in sandbox.KINDS if not sandbox.missing(kind)]
    if len(kinds) < expected and os.environ.get("CI"):
        pytest.fail(f"only {kinds} can be tried here")
    if not kinds:
        pytest.skip("no sandbox works here")
    return kinds


def test_nothing_gets_out_that_would_without_a_sandbox(capsys):
    kinds = working_kinds()
    home = set(os.listdir(Path.home()))
    assert doctor.main(["--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert_held(told, kinds, ordinary=os.geteuid() != 0)
    assert told["examination"]["taken"] == kinds[0]
    assert told["examination"]["memory"] > 1 << 20
    assert set(os.listdir(Path.home())) <= home


def test_nothing_gets_out_of_bubblewrap_without_landlock(monkeypatch, capsys):
    monkeypatch.setattr(landlock, "missing", lambda: "landlock is missing.")
    kinds = working_kinds(expected=1)
    nursery.close_all()
    assert doctor.main(["--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert_held(told, kinds, ordinary=os.geteuid() != 0)


@pytest.fixture(scope="module")
def ordinary():
    """Make a copy of the course where an ordinary user can read it."""
    if os.geteuid():
        pytest.skip("this is an ordinary user; the tests above are the same")
    if not shutil.which("setpriv"):
        pytest.skip("setpriv, of util-linux, is not installed")
    folder = Path("/var/tmp", f"rnngrade doctor {os.getpid()}")
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("rnngrade", "rnncore"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    home = folder / "home"
    home.mkdir()
    os.chown(home, 65534, 65534)
    packages = Path(np.__file__).parent.parent
    yield [
        *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
        *("env", "-i", f"HOME={home}", "PATH=/usr/bin:/bin"),
        *("PYTHONDONTWRITEBYTECODE=1", f"PYTHONPATH={folder}:{packages}"),
        "/usr/bin/python3",
    ]
    shutil.rmtree(folder)


@pytest.mark.parametrize("with_landlock", ["yes", "no"])
def test_nothing_gets_out_as_an_ordinary_user(ordinary, with_landlock):
    kinds = working_kinds()
    numbers = "import numpy; assert numpy.zeros(1)[0] == 0"
    if subprocess.run([*ordinary, "-c", numbers], capture_output=True).returncode:
        pytest.skip("no Python that another user may run can import this NumPy")
    if with_landlock == "no":
        kinds = [kind for kind in kinds if kind == "bubblewrap"]
    command = [*ordinary, "-c", MAIN, with_landlock]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stderr + done.stdout
    assert_held(json.loads(done.stdout), kinds, ordinary=True)


def test_what_gets_out_is_told(monkeypatch, capsys):
    kinds, choose = working_kinds(), sandbox.choose
    read = tuple(escape for escape in ESCAPES if escape.name == "read the gradebook")
    monkeypatch.setattr(doctor, "ESCAPES", read)
    monkeypatch.setattr(
        sandbox, "choose", lambda kind="auto": choose() and nursery.UNPROTECTED
    )
    assert doctor.main([]) == 1
    told = capsys.readouterr().out.splitlines()[-1].split()
    assert told == ["read", "the", "gradebook", *(["ESCAPED"] * len(kinds)), "succeeds"]


def test_a_machine_without_a_sandbox_is_told_what_to_install(monkeypatch, capsys):
    for kind, module in sandbox.KINDS.items():
        reason = f"{kind} is missing."
        monkeypatch.setattr(module, "missing", lambda reason=reason: reason)
    assert doctor.main([]) == 1
    told = capsys.readouterr().out
    for part in (
        "bubblewrap is missing.",
        "none: student code will not be run",
        "apt install bubblewrap",
        "lsm=landlock",
    ):
        assert part in told


def test_where_namespaces_are_denied_landlock_is_named(monkeypatch, tmp_path):
    setting = tmp_path / "restrict"
    setting.write_text("1\n")
    monkeypatch.setattr(doctor, "_APPARMOR", setting)
    monkeypatch.setattr(doctor.bubblewrap, "missing", lambda: "denied.")
    found = doctor.examine()
    assert found.namespaces_denied
    told = "\n".join(doctor._facts(found))
    assert "denies namespaces to ordinary users" in told
    assert "apt install" not in told
    setting.write_text("0\n")
    assert not doctor.examine().namespaces_denied


def test_a_worker_that_does_not_start_is_told(monkeypatch, capsys):
    working_kinds()
    small = replace(doctor._SMALL, limits=sandbox.Limits(open_files=1))
    monkeypatch.setattr(doctor, "_SMALL", small)
    monkeypatch.setattr(doctor, "_measure", lambda kind: {})
    assert doctor.main([]) == 1
    assert "did not start" in capsys.readouterr().err


def test_every_attempt_has_a_name_of_its_own():
    names = [escape.name for escape in ESCAPES]
    assert len(names) == len(set(names)) > 25


@pytest.mark.parametrize(
    "got_out",
    [
        *(escapes._told, escapes._wrote, escapes._changed, escapes._linked),
        *(escapes._moded, escapes._connected, escapes._sent, escapes._called),
        *(escapes._ended, escapes._traced, escapes._referred, escapes._read),
    ],
)
def test_an_untouched_ground_is_reached_by_nobody(got_out):
    with Ground() as ground:
        assert not got_out(ground, None, "")
    assert not ground.folder.exists()
    assert not ground.at_home.exists()


def test_no_attempt_is_told_the_secret():
    for escape in ESCAPES:
        with Ground() as ground:
            assert ground.secret not in ground.names(escape.source)
