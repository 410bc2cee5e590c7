import os
import select
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from rnngrade import sandbox
from rnngrade.sandbox import nursery, seccomp, values
from rnngrade.sandbox.channel import Confinement, Worker, WorkerLost

START = """
import time, os, sys
from rnngrade.sandbox.channel import Confinement, Worker
worker = Worker(Confinement())
print(worker.process.pid, flush=True)
worker.ask({"kind": "run", "source": "while True: pass", "label": "c"}, 60)
"""


@pytest.fixture
def worker():
    try:
        started = Worker(Confinement())
    except sandbox.SandboxUnavailable as error:
        pytest.skip(str(error))
    with started:
        yield started


def run(worker, source, seconds=20.0):
    return worker.ask({"kind": "run", "source": source, "label": "cell"}, seconds)


def call(worker, function, *args, seconds=20, functions=()):
    request = {"kind": "call", "function": function, "args": args}
    return worker.ask(request, seconds, functions)


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


LOST = {
    "loop": ("while True: pass", "it took longer than 0.5 s"),
    "sleep": ("import time; time.sleep(60)", "it took longer than 0.5 s"),
    "loop in C": ("sum(iter(int, 1))", "it took longer than 0.5 s"),
    "exit": ("import os; os._exit(0)", "it ended the process (exit code 0)"),
    "crash": ("import ctypes; ctypes.string_at(0)", "it ended the process (SIGSEGV)"),
    "abort": ("import os; os.abort()", "it ended the process (SIG"),
}


@pytest.mark.parametrize(("source", "reason"), LOST.values(), ids=LOST)
def test_why_a_worker_was_lost(worker, source, reason):
    with pytest.raises(WorkerLost) as caught:
        run(worker, source, 0.5)
    assert str(caught.value).startswith(reason)
    assert worker.process.returncode is not None
    assert not os.path.exists(worker.scratch)


def forge(*lines):
    """Write student code that finds the way out and writes on it by itself."""
    find = [
        "import gc, os, sys",
        "v = sys.modules['_rnngrade.frames']",
        "s = next(o for o in gc.get_objects() if type(o).__name__ == 'Server')",
        "w = lambda m: os.write(s.replies, v.encode(m))",
    ]
    return "\n".join([*find, *lines])


FORGED = {
    "rubbish": "os.write(s.replies, b'x' * 100)",
    "half a frame": "os.write(s.replies, v.MAGIC + bytes(10)); os._exit(0)",
    "giant frame": "os.write(s.replies, v.HEADER.pack(v.MAGIC, 2**31, 2**60))",
    "pickle": "import pickle; os.write(s.replies, pickle.dumps([1]))",
    "no dict": "w([1, 2])",
    "no token": "w({'kind': 'ran', 'text': '', 'result': '', 'error': ''})",
    "wrong token": "w({'kind':'ran', 'token':1, 'text':'', 'result':'', 'error':''})",
    "wrong kind": "w({'kind': 'ready', 'token': s.token})",
    "unknown kind": "w({'kind': 'points', 'token': s.token, 'points': 4})",
    "wrong types": "w({'kind': 'ran', 'token': s.token, 'text': 1, 'result': '',"
    "'error': ''})",
    "more fields": "w({'kind': 'ran', 'token': s.token, 'text': '', 'result': '',"
    "'error': '', 'points': 4})",
    "a question": "w({'kind': 'ask', 'token': s.token, 'index': 0, 'args': ()})",
    "an answer to a call": "w({'kind': 'observed', 'token': s.token, 'value': 1,"
    "'error': '', 'mutated': (), 'views': ()})",
}


@pytest.mark.parametrize("line", FORGED.values(), ids=FORGED)
def test_what_is_no_answer_is_the_end_of_the_worker(worker, line):
    with pytest.raises(WorkerLost, match=r"is no answer|ended the process"):
        run(worker, forge(line))


def test_an_answer_in_advance_is_the_end_of_the_worker(worker):
    ran = "{'kind':'ran','token':s.token,'text':'','result':'','error':''}"
    run(worker, forge(f"w({ran})"))
    with pytest.raises(WorkerLost, match="it wrote to the grader"):
        run(worker, "1")


def test_a_slow_dribble_does_not_extend_the_deadline(worker):
    source = forge(
        "import time",
        "frame = v.encode({'text': 'x' * 1000})",
        "for i in range(1000): os.write(s.replies, frame[i:i+1]); time.sleep(0.1)",
    )
    before = time.monotonic()
    with pytest.raises(WorkerLost, match="took longer than 1 s"):
        run(worker, source, 1)
    assert time.monotonic() - before < 10  # far from the 100 s that the dribble takes


def test_an_answer_that_is_taken_back_does_not_extend_the_deadline(worker):
    assert not os.get_blocking(worker._replies)
    wait = worker._wait

    def looks_ready(pipe, event):
        if event != select.POLLIN:
            return wait(pipe, event)
        worker._wait = wait

    worker._wait = looks_ready
    with pytest.raises(WorkerLost, match="took longer than 1 s"):
        run(worker, "while True: pass", 1)


def test_endless_questions_do_not_extend_the_deadline(worker):
    run(worker, "def f(g):\n    while True: g(1)")
    with pytest.raises(WorkerLost, match="took longer than 1 s"):
        call(worker, "f", values.Callback(0), seconds=1, functions=(abs,))


@pytest.mark.parametrize("index", [-1, 1, 2**62])
def test_a_question_to_no_function_is_an_error_of_the_call(worker, index):
    run(
        worker,
        forge("def f(g):", f"    return type(s).remote(s, v.Callback({index}))(1)"),
    )
    answer = call(worker, "f", values.Callback(0), functions=(abs,))
    assert "there is no such function" in answer["error"]


def test_a_function_that_returns_too_much_is_an_error_of_the_call(worker):
    run(worker, "def f(g): return g(1)")
    giant = np.broadcast_to(0.0, (10**6, 10**6))
    answer = call(worker, "f", values.Callback(0), functions=(lambda x: giant,))
    assert "value too large" in answer["error"]
    assert call(worker, "f", values.Callback(0), functions=(abs,))["value"] == 1


def test_a_worker_that_does_not_read_is_lost(worker):
    run(worker, forge("s.receive = lambda: __import__('time').sleep(60)"))
    with pytest.raises(WorkerLost, match="took longer than 1 s"):
        call(worker, "f", np.zeros(10**6), seconds=1)


def test_too_many_files_are_the_end_of_the_worker():
    small = Confinement(scratch_bytes=1 << 20)
    write = "open(os.urandom(9).hex(), 'wb').write(bytes(1 << 20))"
    source = f"import os\nwhile True: {write}"
    with Worker(small) as worker, pytest.raises(WorkerLost, match="more than 1 MB"):
        run(worker, source)


def test_a_dribble_does_not_hide_files():
    source = forge(
        "import time",
        "frame = v.encode({'text': 'x' * 1000})",
        "for i in range(60):",
        "    os.write(s.replies, frame[i:i+1])",
        "    open(str(i), 'wb').write(bytes(1 << 20)); time.sleep(0.05)",
    )
    small = Confinement(scratch_bytes=1 << 20)
    with Worker(small) as worker, pytest.raises(WorkerLost, match="more than 1 MB"):
        run(worker, source)


HIDDEN = {
    "open": "keep.append(os.dup(file))",
    "mapped": "keep.append(mmap.mmap(file, 4096))",
}


@pytest.mark.parametrize("hide", HIDDEN.values(), ids=HIDDEN)
def test_files_that_were_removed_are_counted_while_they_are_held(hide):
    source = (
        "import mmap, os, time\nkeep = []\nfor i in range(20):\n"
        "    file = os.open('h', os.O_RDWR | os.O_CREAT)\n"
        "    os.write(file, bytes(4 << 20))\n"
        f"    {hide}\n"
        "    os.close(file)\n    os.unlink('h')\n"
    )
    with Worker(Confinement()) as worker, pytest.raises(WorkerLost, match="64 MB"):
        run(worker, source)


def test_files_that_were_removed_for_good_are_not_counted(worker):
    source = (
        "import os, tempfile\nfor i in range(40):\n"
        "    open('a', 'wb').write(bytes(4 << 20)); os.remove('a')\n"
        "    with tempfile.TemporaryFile() as file: file.write(bytes(1 << 20))\n"
        "os.listdir()"
    )
    assert run(worker, source)["result"] == "[]"


def test_many_threads_are_the_end_of_the_worker(worker):
    source = "import threading, time\nfor _ in range({}):\n"
    source += "    threading.Thread(target=time.sleep, args=(9,), daemon=True).start()"
    assert run(worker, source.format(20))["error"] == ""
    with pytest.raises(WorkerLost, match="started more than 64 threads"):
        run(worker, source.format(100))


def test_processor_time_is_limited():
    short = Confinement(limits=sandbox.Limits(cpu=1))
    with Worker(short) as worker, pytest.raises(WorkerLost, match="1 s of processor"):
        run(worker, "while True: pass", 30)


def test_the_scratch_folder_is_the_current_one_and_goes_away(worker):
    assert run(worker, "open('a', 'w').write('b'); open('a').read()")["result"] == "'b'"
    assert os.listdir(worker.scratch) == ["a"]
    worker.close()
    worker.close()
    assert not os.path.exists(worker.scratch)


def test_the_environment_is_clean(worker, monkeypatch):
    names = run(worker, "import os; sorted(os.environ)")["result"]
    assert names == "['LC_ALL', 'OPENBLAS_NUM_THREADS', 'PATH']"


def test_no_worker_outlives_its_grader(tmp_path):
    grader = subprocess.Popen(
        [sys.executable, "-c", START],
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},  # nobody is left to remove it
    )
    try:
        pid = int(grader.stdout.readline())
        assert is_running(pid)
    finally:
        grader.kill()
        grader.communicate()
    deadline = time.monotonic() + 20
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(pid)


def test_a_worker_that_cannot_be_started_leaves_nothing(monkeypatch, tmp_path):
    def fail(*_, **__):
        raise OSError("no more processes")

    nursery.close_all()
    monkeypatch.setattr(nursery.tempfile, "tempdir", str(tmp_path))
    sandbox.choose()
    monkeypatch.setattr(nursery.subprocess, "Popen", fail)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(OSError, match="no more processes"):
        Worker(Confinement())
    with pytest.raises(ValueError, match="is not installed"):
        Worker(Confinement(packages=("no_such_package",)))
    assert os.listdir(tmp_path) == []
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_worker_tells_what_it_used(worker):
    run(worker, "keep = bytearray(100 << 20); sum(range(10**6))")
    worker.close()
    assert 100 << 20 < worker.process.memory < 400 << 20
    assert 0 < worker.process.cpu_seconds < 20


def test_who_killed_a_worker_is_known(worker):
    os.kill(worker.process.pid, signal.SIGKILL)
    with pytest.raises(WorkerLost, match="SIGKILL") as caught:
        run(worker, "1")
    assert caught.value.killed


@pytest.mark.parametrize("source", ["while True: pass", "import os; os._exit(9)"])
def test_what_a_worker_does_to_itself_is_no_kill(worker, source):
    with pytest.raises(WorkerLost) as caught:
        run(worker, source, 0.5)
    assert not caught.value.killed


def test_a_worker_that_does_not_come_up_is_no_students_fault():
    closed = Confinement(limits=sandbox.Limits(open_files=1))  # landlock opens one
    with pytest.raises(ChildProcessError, match="No student code has run"):
        Worker(closed)


def test_where_there_is_no_sandbox_no_worker_starts(monkeypatch):
    monkeypatch.setattr(seccomp, "missing", lambda: "seccomp is missing.")
    with pytest.raises(sandbox.SandboxUnavailable, match="seccomp is missing"):
        Worker(Confinement())


def test_a_trusted_classroom_needs_no_sandbox(monkeypatch, tmp_path):
    monkeypatch.setattr(seccomp, "missing", lambda: "seccomp is missing.")
    (tmp_path / "file").write_text("outside")
    with Worker(Confinement(protected=False)) as worker:
        answer = run(worker, f"open({str(tmp_path / 'file')!r}).read()")
        assert answer["result"] == "'outside'"


def test_another_package_can_be_allowed():
    with Worker(Confinement(packages=("numpy", "tqdm", "six"))) as worker:
        assert run(worker, "import tqdm, six; six.PY3")["result"] == "True"
