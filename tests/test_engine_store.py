import logging
import os
import stat
import subprocess
import sys
import threading
import time

import pytest

from rnngrade.engine import store as module
from rnngrade.engine.record import Record
from rnngrade.engine.store import Store, write_whole

LOG = logging.getLogger("store")


def record(student, fingerprint="f"):
    return Record("hw", student, fingerprint, "", ())


def test_what_is_written_is_read_again(tmp_path):
    store = Store(tmp_path, "hw", LOG)
    assert store.read("ada") is None
    store.write(record("ada"))
    store.write(record("bob"))
    store.write(record("ada", "g"))
    assert store.read("ada") == record("ada", "g")
    assert list(store) == [record("ada", "g"), record("bob")]


def test_nobody_else_reads_a_verdict_or_holds_the_lock(tmp_path):
    store = Store(tmp_path, "hw", LOG)
    store.write(record("ada"))
    with store.alone():
        pass
    for path in (store.path("ada"), tmp_path / "verdicts" / ".hw.lock"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_assignments_do_not_mix(tmp_path):
    Store(tmp_path, "hw", LOG).write(record("ada"))
    assert list(Store(tmp_path, "h*", LOG)) == []
    assert Store(tmp_path, "other", LOG).read("ada") is None


def test_a_damaged_file_is_named_and_counts_as_none(tmp_path, caplog):
    store = Store(tmp_path, "hw", LOG)
    store.write(record("ada"))
    store.path("ada").write_text("{")
    assert store.read("ada") is None
    assert list(store) == []
    assert "hw.json" in caplog.text
    assert "Delete the file" in caplog.text


def test_a_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "folder" / "file"
    write_whole(path, "old", 0o444)
    assert stat.S_IMODE(path.stat().st_mode) == 0o444

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "new", lasting=True)
    assert path.read_text() == "old"
    assert os.listdir(path.parent) == ["file"]


def test_drafts_of_a_killed_run_are_removed(tmp_path):
    store = Store(tmp_path, "hw", LOG)
    store.write(record("ada"))
    draft = store.path("ada").with_name(".draft-x")
    draft.write_text("{")
    with store.alone():
        assert not draft.exists()
    assert store.read("ada") == record("ada")


def test_a_second_run_waits_for_the_first_and_says_so(tmp_path, caplog):
    store, order = Store(tmp_path, "hw", LOG), []

    def second():
        with Store(tmp_path, "hw", LOG).alone():
            order.append("second")

    with store.alone():
        thread = threading.Thread(target=second)
        thread.start()
        while "waits" not in caplog.text:
            time.sleep(0.01)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
    assert f"process {os.getpid()}" in caplog.text


def test_the_lock_of_a_killed_run_is_free(tmp_path):
    program = (
        "import logging, os, sys\n"
        "from rnngrade.engine.store import Store\n"
        "lock = Store(sys.argv[1], 'hw', logging.getLogger()).alone()\n"
        "lock.__enter__()\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path], check=False)
    assert done.returncode == -9
    with Store(tmp_path, "hw", LOG).alone():
        pass
