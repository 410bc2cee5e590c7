import contextlib
import os
import subprocess
import sys
import threading
import time

import pytest

from rnngrade import sandbox
from rnngrade.sandbox import landlock, nursery
from rnngrade.sandbox.channel import Confinement, Worker, WorkerLost
from rnngrade.sandbox.lockdown import Limits
from rnngrade.sandbox.usage import Usage

START = """
import os, sys
from rnngrade.sandbox.channel import Confinement, Worker
worker = Worker(Confinement(sandbox=sys.argv[1]))
ask = {"kind": "run", "source": "open('a', 'w').write('b')", "label": "c"}
worker.ask(ask, 60)
nursery = worker.process.nursery
print(nursery.pid, worker.process.pid, nursery.folder, flush=True)
"""
WAIT = "sys.stdin.read()"
FORK = """
copy = os.fork()
if copy == 0:
    with Worker(Confinement(sandbox=sys.argv[1])) as other:
        assert other.process.nursery.pid != nursery.pid
        os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]) == 0
assert nursery.alive()
worker.ask(ask, 60)
"""


@pytest.fixture(params=sandbox.KINDS)
def kind(request):
    missing = sandbox.missing(request.param)
    if missing and not os.environ.get("CI"):
        pytest.skip(missing)
    yield request.param
    nursery.close_all()


def run(worker, source):
    return worker.ask({"kind": "run", "source": source, "label": "cell"}, 20)


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(holds):
    deadline = time.monotonic() + 20
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert holds()


def wait_for_the_end_of(*pids):
    wait_until(lambda: not any(map(is_running, pids)))


def test_workers_of_one_kind_come_from_one_process(kind):
    with Worker(Confinement(sandbox=kind)) as one:
        limits = sandbox.Limits(cpu=10)
        with Worker(Confinement(sandbox=kind, limits=limits)) as two:
            assert two.process.nursery is one.process.nursery
            assert two.scratch != one.scratch
        with Worker(Confinement(("numpy", "six"), sandbox=kind)) as three:
            assert three.process.nursery is not one.process.nursery


def test_what_forks_has_one_thread(kind):
    with Worker(Confinement(sandbox=kind)) as worker:
        assert Usage(worker.process.nursery.pid, "/nowhere").threads() == 1


def test_descriptors_are_neither_lost_nor_handed_on(kind):
    source = (
        "import os, stat\nkinds = []\nfor i in range(1000):\n    try:\n"
        "        kinds.append(stat.S_IFMT(os.fstat(i).st_mode))\n"
        "    except OSError:\n        pass\n"
        "kinds == 3 * [stat.S_IFCHR] + 2 * [stat.S_IFIFO]"
    )
    counts = set()
    for _ in range(3):
        with Worker(Confinement(sandbox=kind)) as worker:
            assert run(worker, source)["result"] == "True"
            forks = worker.process.nursery.pid
        for pid in (os.getpid(), forks):
            counts.add((pid, len(os.listdir(f"/proc/{pid}/fd"))))
    assert len(counts) == 2


def test_programs_that_the_grader_starts_inherit_nothing(kind):
    with Worker(Confinement(sandbox=kind)) as worker:
        own = worker.process._descriptor, worker.process.nursery._descriptor
        own += (worker._requests, worker._replies)
        assert not any(map(os.get_inheritable, own))


def test_nothing_of_the_course_is_in_its_memory(kind):
    source = "import sys\nsorted(n for n in sys.modules if n.startswith({!r}))"
    with Worker(Confinement(sandbox=kind)) as worker:
        assert run(worker, source.format("rnn"))["result"] == "['rnngrade']"
        names = run(worker, source.format("_rnn"))["result"]
    own = {f"_rnngrade.{name}" for name in nursery._FILES} - {"_rnngrade.template"}
    assert set(eval(names)) == own | {"_rnngrade"}


def test_one_that_died_is_replaced(kind):
    with Worker(Confinement(sandbox=kind)) as worker:
        first = worker.process.nursery
        os.kill(first.pid, 9)
        assert nursery._has_ended(worker.process._descriptor, 20)
        with pytest.raises(WorkerLost, match="SIGKILL"):
            run(worker, "1")
    with Worker(Confinement(sandbox=kind)) as worker:
        assert run(worker, "1")["result"] == "1"
        assert worker.process.nursery is not first
    assert not os.path.exists(first.folder)


def test_one_that_dies_just_now_is_replaced(kind, monkeypatch):
    with Worker(Confinement(sandbox=kind)) as worker:
        first = worker.process.nursery
    os.kill(first.pid, 9)
    assert nursery._has_ended(first._descriptor, 20)
    monkeypatch.setattr(first, "alive", lambda: first._descriptor >= 0)
    with Worker(Confinement(sandbox=kind)) as worker:
        assert run(worker, "1")["result"] == "1"


def test_one_that_dies_when_it_has_forked_leaves_nothing_in_the_pipe(kind, monkeypatch):
    first = []
    receive = nursery.Nursery._receive

    def die(self):
        answer = receive(self)
        if "pid" in answer[0] and not first:
            first.append(self)
            time.sleep(0.2)  # until the worker has said that it is ready
            os.kill(self.pid, 9)
            raise ConnectionResetError
        return answer

    monkeypatch.setattr(nursery.Nursery, "_receive", die)
    with Worker(Confinement(sandbox=kind)) as worker:
        assert worker.process.nursery is not first[0]
        assert run(worker, "1")["result"] == "1"
        assert run(worker, "2")["result"] == "2"


def test_an_answer_that_nobody_took_is_not_taken_for_another(kind, monkeypatch):
    def interrupt(self):
        raise KeyboardInterrupt

    with Worker(Confinement(sandbox=kind)) as worker:
        first = worker.process.nursery
        with monkeypatch.context() as patch:
            patch.setattr(nursery.Nursery, "_receive", interrupt)
            with pytest.raises(KeyboardInterrupt):
                Worker(Confinement(sandbox=kind))
        assert not first.alive()
    with Worker(Confinement(sandbox=kind)) as worker:
        assert run(worker, "1")["result"] == "1"


def test_the_end_of_a_thread_is_not_the_end_of_its_worker(kind):
    started = []
    thread = threading.Thread(
        target=lambda: started.append(Worker(Confinement(sandbox=kind)))
    )
    thread.start()
    thread.join()
    with started[0] as worker:
        assert run(worker, "1")["result"] == "1"


def test_nothing_outlives_the_grader(kind, tmp_path):
    grader = subprocess.Popen(
        [sys.executable, "-c", START + WAIT, kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        text=True,
    )
    try:
        forks, worker, folder = grader.stdout.readline().split()
        assert is_running(int(worker))
        assert len(os.listdir(folder)) == 1
    finally:
        grader.kill()
        grader.communicate()
    wait_for_the_end_of(int(forks), int(worker))
    wait_until(lambda: not os.path.exists(folder))


def test_no_folder_is_made_in_one_that_is_being_removed(kind, monkeypatch):
    with Worker(Confinement(sandbox=kind)) as worker:
        home = worker.process.nursery
    another = threading.Thread(target=fork_and_fail, args=(home,))

    def remove_slowly(path, ignore_errors=False):
        if path == home.folder and another.ident is None:
            os.makedirs(path, exist_ok=True)  # the template may have been faster
            inside = [os.path.join(path, name) for name in os.listdir(path)]
            another.start()
            another.join(0.3)
            for folder in inside:
                os.rmdir(folder)
        with contextlib.suppress(OSError):
            os.rmdir(path)

    monkeypatch.setattr(nursery.shutil, "rmtree", remove_slowly)
    home.close()
    another.join()
    assert not os.path.exists(home.folder)


def fork_and_fail(home):
    with open(os.devnull) as one, contextlib.suppress(nursery.NurseryLost):
        home.fork(Limits(), (one.fileno(), one.fileno()))


def test_no_nursery_is_opened_while_the_process_ends(kind, monkeypatch):
    monkeypatch.setattr(nursery, "_ENDING", False)
    nursery._end()
    with pytest.raises(nursery.NurseryLost), Worker(Confinement(sandbox=kind)):
        pass


def test_the_end_of_the_grader_is_the_end_of_it(kind):
    command = [sys.executable, "-c", START, kind]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    forks, worker, folder = told.split()
    wait_for_the_end_of(int(forks), int(worker))
    assert not os.path.exists(folder)


def test_a_copy_of_the_grader_has_its_own(kind):
    subprocess.run([sys.executable, "-c", START + FORK, kind], check=True)


@pytest.fixture
def no_landlock(monkeypatch):
    if sandbox.missing("bubblewrap"):
        pytest.skip(sandbox.missing("bubblewrap"))
    monkeypatch.setattr(landlock, "missing", lambda: "landlock is missing.")
    nursery.close_all()
    yield Confinement(sandbox="bubblewrap")
    nursery.close_all()


def test_without_landlock_no_two_workers_share_a_folder(no_landlock):
    with Worker(no_landlock) as one, Worker(no_landlock) as two:
        assert one.process.nursery is not two.process.nursery
        run(one, "open('a', 'w').write('b')")
        assert run(two, "import os; os.listdir()")["result"] == "[]"
        assert "Error" in run(two, f"open({one.scratch + '/a'!r})")["error"]


def test_without_landlock_nothing_is_left_for_the_next_worker(no_landlock):
    hide = "os.open('.b', os.O_CREAT | os.O_WRONLY, 0)"
    with Worker(no_landlock) as one:
        assert run(one, f"import os\nopen('a', 'w')\n{hide}\n1")["error"] == ""
    with Worker(no_landlock) as two:
        assert two.process.nursery is one.process.nursery
        assert run(two, "import os; os.listdir()")["result"] == "[]"


@pytest.mark.parametrize(
    "source",
    [
        "os.mkdir('a')",
        "os.symlink('/', 'a')",
        "open('a', 'w')\nos.link('a', 'b')",
        "os.mkfifo('a')",
        "open('/a', 'w')",
        "open(os.path.dirname(os.__file__) + '/a', 'w')",
        "open(os.path.dirname(os.__file__) + '/site-packages/a', 'w')",
    ],
)
def test_without_landlock_files_stay_flat_and_in_their_folder(no_landlock, source):
    with Worker(no_landlock) as worker:
        assert "Error" in run(worker, f"import os\n{source}")["error"]


@pytest.mark.parametrize(
    ("name", "part"),
    [("rnncore", "reference solutions"), ("no_such_package", "is not installed")],
)
def test_packages_that_cannot_be_allowed(name, part):
    with pytest.raises(ValueError, match=part):
        nursery._find(name)


def test_one_that_does_not_start_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(nursery.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(nursery.bubblewrap, "python", lambda: ["/bin/false"])
    with pytest.raises(ChildProcessError, match="No student code is to blame"):
        nursery.Nursery(("numpy",), "landlock")
    assert os.listdir(tmp_path) == []
