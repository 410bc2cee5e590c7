import errno
import json
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from rnngrade import sandbox
from rnngrade.sandbox import kernel, landlock, lockdown, seccomp

PROBE = r"""
import json, os, sys

sys.path.insert(0, sys.argv[1])
from alone import landlock, lockdown
scratch, outside, protected = sys.argv[2], sys.argv[3], sys.argv[4] != "no"
if sys.argv[4].isdigit():  # as if the kernel were older
    landlock.version = lambda: int(sys.argv[4])

import contextlib, ctypes, fcntl, resource, signal, socket, subprocess, threading

libc = ctypes.CDLL(None, use_errno=True)
if protected:
    lockdown.enter(
        lockdown.interpreter_files(), scratch, lockdown.Limits(file_size=1000)
    )

def syscall(*args):
    if libc.syscall(*args) < 0:
        raise OSError(ctypes.get_errno(), "syscall")

def write(path, data="x"):
    with open(path, "w") as file:
        file.write(data)

def thread():
    worker = threading.Thread(target=write, args=(scratch + "/thread",))
    worker.start()
    worker.join()
    os.stat(scratch + "/thread")

library = open(os.__file__)
write(scratch + "/thread")
own = open(scratch + "/thread")

def reserve():
    with open(scratch + "/reserved", "w") as file:
        os.posix_fallocate(file.fileno(), 0, 500)

def attributes():
    flags = ctypes.create_string_buffer(8)
    for request in (0x80086601, 0x40086602):  # get and set
        if libc.ioctl(library.fileno(), ctypes.c_ulong(request), flags) < 0:
            raise OSError(ctypes.get_errno(), "ioctl")

pair, other = socket.socketpair()
other_kind = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0]

def send_to_nobody():
    with contextlib.suppress(FileNotFoundError):  # the kernel has looked for it
        other_kind.sendto(b"x", scratch + "/socket")

def fork():
    if os.fork() == 0:
        os._exit(0)
    os.wait()

PROBES = {
    "read outside": lambda: open(outside + "/secret").read(),
    "list outside": lambda: os.listdir(outside),
    "write outside": lambda: write(outside + "/new"),
    "truncate outside": lambda: os.truncate(outside + "/secret", 0),
    "truncate by reading": lambda: os.open(outside + "/secret", os.O_TRUNC),
    "truncate by nothing": lambda: os.open(outside + "/secret", os.O_TRUNC | 3),
    "remove outside": lambda: os.unlink(outside + "/victim"),
    "rename out": lambda: os.rename(outside + "/secret", scratch + "/secret"),
    "link in": lambda: os.link(outside + "/secret", scratch + "/l"),
    "mode outside": lambda: os.chmod(outside + "/secret", 0o777),
    "times outside": lambda: os.utime(outside + "/secret"),
    "times of its folder": lambda: os.utime(scratch, (0, 0)),
    "attribute outside": lambda: os.setxattr(outside + "/secret", "user.a", b"1"),
    "processes": lambda: os.listdir("/proc"),
    "own environment": lambda: open("/proc/self/environ").read(),
    "make folder": lambda: os.mkdir(scratch + "/folder"),
    "make link": lambda: os.symlink("/", scratch + "/link"),
    "make pipe": lambda: os.mkfifo(scratch + "/fifo"),
    "internet": lambda: socket.socket(),
    "internet 6": lambda: socket.socket(socket.AF_INET6),
    "local socket": lambda: socket.socket(socket.AF_UNIX),
    "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "pair for itself": lambda: socket.socketpair(),
    "pair of another kind": lambda: socket.socketpair(socket.AF_INET),
    "descriptors of a thread": lambda: syscall(436, 1 << 20, 1 << 21, 2),
    "thread with own files": lambda: syscall(56, 0x10B00, 0, 0, 0, 0),
    "kernel buffers": lambda: pair.setsockopt(
        socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 30
    ),
    "send to an address": send_to_nobody,
    "send to its pair": lambda: pair.send(b"x"),
    "receive from its pair": lambda: other.recv(1),
    "watch files": lambda: syscall(294, 0),
    "asynchronous reading": lambda: syscall(206, 1, ctypes.create_string_buffer(8)),
    "fork": fork,
    "spawn": lambda: subprocess.run(["/bin/true"], check=True),
    "execute": lambda: os.execv("/bin/true", ["true"]),
    "signal parent": lambda: os.kill(os.getppid(), 0),
    "signal all": lambda: os.killpg(os.getppid(), 0),
    "signal by descriptor": lambda: fcntl.fcntl(0, fcntl.F_SETOWN, os.getppid()),
    "limits of parent": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CORE),
    "priority of parent": lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 19),
    "outlive parent": lambda: syscall(157, 1, 0, 0, 0, 0),
    "new namespace": lambda: syscall(272, 0x10000000),
    "trace parent": lambda: syscall(101, 16, os.getppid(), 0, 0),
    "memory of parent": lambda: syscall(310, os.getppid(), 0, 0, 0, 0, 0),
    "keys": lambda: syscall(250, 0, -3, 0, 0, 0),
    "io_uring": lambda: syscall(425, 1, ctypes.create_string_buffer(120)),
    "shared memory": lambda: syscall(29, 0, 4096, 0o1600),
    "memory file": lambda: os.memfd_create("m"),
    "more limits": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1)),
    "large file": lambda: write(scratch + "/large", "x" * 2000),
    "file without a name": lambda: os.open(scratch, os.O_RDWR | os.O_TMPFILE),
    "reserve disk": reserve,
    "attributes of a library": attributes,
    "lease": lambda: fcntl.fcntl(own, fcntl.F_SETLEASE, fcntl.F_RDLCK),
    "hide from the grader": lambda: syscall(157, 4, 0, 0, 0, 0),
    "user": lambda: os.setuid(os.getuid() + 1),
    "write scratch": lambda: write(scratch + "/file"),
    "read scratch": lambda: open(scratch + "/file").read(),
    "remove scratch": lambda: os.unlink(scratch + "/file"),
    "terminal": lambda: os.isatty(0),
    "library": lambda: __import__("sqlite3").sqlite_version,
    "thread": thread,
    "random": lambda: os.urandom(8),
    "null": lambda: write(os.devnull),
    "raise signal": lambda: signal.setitimer(signal.ITIMER_REAL, 0),
}

results = {}
for name in sys.argv[5:] or PROBES:
    try:
        PROBES[name]()
        results[name] = ""
    except BaseException as error:
        results[name] = type(error).__name__
print(json.dumps(results))
"""

ALLOWED = {
    "pair for itself",
    "send to its pair",
    "receive from its pair",
    "write scratch",
    "read scratch",
    "remove scratch",
    "terminal",
    "library",
    "thread",
    "random",
    "null",
    "raise signal",
}

SUCCEED_WITHOUT = [
    "read outside",
    "write outside",
    "truncate outside",
    "make folder",
    "large file",
    "memory file",
    "file without a name",
    "reserve disk",
    "lease",
    "hide from the grader",
    "descriptors of a thread",
    "kernel buffers",
    "send to an address",
    "watch files",
    "internet",
    "fork",
    "spawn",
    "signal parent",
    "own environment",
]


def make_ground(folder):
    """Put the modules, a scratch folder and a forbidden one where anybody gets."""
    outside, scratch, alone = (folder / n for n in ("outside", "scratch", "alone"))
    for path in (outside, scratch, alone):
        path.mkdir()
    for name in ("secret", "victim"):
        (outside / name).write_text("secret")
        (outside / name).chmod(0o666)
    for module in (kernel, landlock, lockdown, seccomp):
        shutil.copy(module.__file__, alone)
    for path in (folder, outside, scratch, alone):
        path.chmod(0o777)
    return [str(folder), str(scratch), str(outside)]


def probe(ground, *names, protected="yes", python=(sys.executable,)):
    command = [*python, "-I", "-S", "-c", PROBE, *ground, protected, *names]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def check_available():
    try:
        sandbox.check_available("landlock")
    except sandbox.SandboxUnavailable as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


def assert_confined(results, folder):
    allowed = {name for name, error in results.items() if not error}
    # A mode that is asked for and not changed is no escape: nothing else may differ.
    assert allowed == ALLOWED
    assert (folder / "outside" / "secret").read_text() == "secret"
    assert sorted(p.name for p in (folder / "outside").iterdir()) == [
        "secret",
        "victim",
    ]


def test_nothing_gets_out(tmp_path):
    check_available()
    assert_confined(probe(make_ground(tmp_path)), tmp_path)


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5, 6])
def test_nothing_gets_out_of_an_older_landlock(tmp_path, version):
    check_available()
    if version > landlock.version():
        pytest.skip(f"this kernel has version {landlock.version()}")
    assert_confined(probe(make_ground(tmp_path), protected=str(version)), tmp_path)


def test_nothing_gets_out_as_an_ordinary_user(tmp_path_factory):
    check_available()
    if os.geteuid():
        pytest.skip("this is an ordinary user; the test above is the same")
    python, user = ordinary_python(), ["setpriv", "--reuid=65534", "--regid=65534"]
    folder = Path("/var/tmp", f"rnngrade-{os.getpid()}")
    folder.mkdir()
    try:
        command = (*user, "--clear-groups", python)
        assert_confined(probe(make_ground(folder), python=command), folder)
    finally:
        shutil.rmtree(folder)


def ordinary_python():
    if not shutil.which("setpriv"):
        pytest.skip("setpriv, of util-linux, is not installed")
    for candidate in ("/usr/bin/python3", "/usr/local/bin/python3"):
        if Path(candidate).exists():
            return candidate
    pytest.skip("no Python that another user may run")


@pytest.mark.parametrize(
    "name",
    SUCCEED_WITHOUT,
)
def test_the_probes_do_succeed_without_the_sandbox(tmp_path, name):
    assert probe(make_ground(tmp_path), name, protected="no") == {name: ""}


def test_memory_is_limited():
    code = (
        "from rnngrade.sandbox import lockdown\n"
        "lockdown.limit(lockdown.Limits(memory=1 << 28))\n"
        "bytearray(1 << 29)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "MemoryError" in done.stderr


def test_another_processor_is_refused(monkeypatch):
    monkeypatch.setattr(seccomp.platform, "machine", lambda: "riscv64")
    assert "not for riscv64" in seccomp.missing()


def test_installed_packages_are_not_among_the_interpreters_files():
    files = list(lockdown.interpreter_files())
    assert any(path.endswith("/json") for path in files)
    assert not any("site-packages" in path for path in files)


def test_no_process_works_for_another_parent():
    code = "from rnngrade.sandbox import lockdown\nlockdown.die_with_parent({})"
    for parent, expected in ((os.getpid(), 0), (1, 1)):
        command = [sys.executable, "-c", code.format(parent)]
        assert subprocess.run(command).returncode == expected


def run_filter(program, number, *args, architecture):
    """Interpret a filter as the kernel does: an oracle of its own."""
    data = struct.pack(
        "<iIQ6Q", number, architecture, 0, *(*args, 0, 0, 0, 0, 0, 0)[:6]
    )
    value, position = 0, 0
    while True:
        code, yes, no, k = struct.unpack("HBBI", program[position])
        position += 1
        if code == 0x20:
            value = struct.unpack_from("<I", data, k)[0]
        elif code == 0x06:
            return k
        elif code == 0x54:
            value &= k
        else:
            true = {0x15: value == k, 0x35: value >= k, 0x45: bool(value & k)}[code]
            position += yes if true else no


ALLOW, EPERM, ENOSYS = 0x7FFF0000, 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS


@pytest.mark.parametrize(
    ("call", "x86_64", "aarch64", "args", "verdict"),
    [
        ("read", 0, 63, (), ALLOW),
        ("openat", 257, 56, (), ALLOW),
        ("mmap", 9, 222, (), ALLOW),
        ("socket", 41, 198, (), EPERM),
        ("execve", 59, 221, (), EPERM),
        ("kill", 62, 129, (), EPERM),
        ("ptrace", 101, 117, (), EPERM),
        ("clone, a thread", 56, 220, (0x3D0F00,), ALLOW),
        ("clone, a process", 56, 220, (17,), EPERM),
        ("clone3", 435, 435, (), ENOSYS),
        ("prctl, name", 157, 167, (15,), ALLOW),
        ("prctl, outlive the parent", 157, 167, (1,), EPERM),
        ("fcntl, flags", 72, 25, (0, 3), ALLOW),
        ("fcntl, owner", 72, 25, (0, 8), EPERM),
        ("fcntl, lease", 72, 25, (0, 1024), EPERM),
        ("prctl, hide", 157, 167, (4,), EPERM),
        ("openat, no name", 257, 56, (0, 0, 0o20200002), EPERM),
        ("openat, truncate a file to write", 257, 56, (0, 0, 0o1001), ALLOW),
        ("openat, truncate a file to read", 257, 56, (0, 0, 0o1000), EPERM),
        ("openat, truncate a file for nothing", 257, 56, (0, 0, 0o1003), EPERM),
        ("mkdirat", 258, 34, (), EPERM),
        ("linkat", 265, 37, (), EPERM),
        ("symlinkat", 266, 36, (), EPERM),
        ("mknodat", 259, 33, (), EPERM),
        ("truncate", 76, 45, (), EPERM),
        ("openat2", 437, 437, (), ENOSYS),
        ("fallocate", 285, 47, (), EPERM),
        ("ioctl, terminal", 16, 29, (0, 0x5401), ALLOW),
        ("ioctl, attributes", 16, 29, (0, 0x40086602), EPERM),
        ("prlimit, own", 302, 261, (0,), ALLOW),
        ("prlimit, other", 302, 261, (1,), EPERM),
        ("a call of the future", 500, 500, (), ENOSYS),
        ("x32", 0x40000000, 0x40000000, (), ENOSYS),
    ],
)
def test_the_filter_decides(call, x86_64, aarch64, args, verdict):
    for column, number in enumerate((x86_64, aarch64)):
        architecture = (0xC000003E, 0xC00000B7)[column]
        program = seccomp.program(column, architecture)
        found = run_filter(program, number, *args, architecture=architecture)
        assert found == verdict, call


def test_the_filter_ends_a_process_of_another_architecture():
    program = seccomp.program(0, 0xC000003E)
    assert run_filter(program, 0, architecture=0x40000003) == 0x80000000


def test_the_name_of_every_refused_call_is_given_once():
    lines = [line for line in seccomp._REFUSED.splitlines() if "#" not in line]
    names = [call.split(":")[0] for call in " ".join(lines).split()]
    assert len(names) == len(set(names)) > 100
