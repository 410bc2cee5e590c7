"""Attempts to get out of the sandbox, each with what would be seen from outside.

An :class:`Escape` is a few lines that are run as a student's cell. Whether they got
out is not theirs to say: a :class:`~rnngrade.sandbox.ground.Ground` around the sandbox
is looked at afterwards, or what came back is compared with a random secret that only
the ground knew. Where it does no harm, the same lines are run without a sandbox as
well, and must get out: an attempt that fails for a silly reason proves nothing.

This module runs nothing: see :mod:`rnngrade.sandbox.doctor`.
"""

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rnngrade.sandbox.channel import Worker
from rnngrade.sandbox.ground import REFERENCE, Ground, session_members, status


@dataclass(frozen=True)
class Escape:
    """One attempt.

    Attributes
    ----------
    name : str
        What it tries, as the table shows it.
    source : str
        The lines of a cell; names in capitals come from :meth:`Ground.names`.
    got_out : callable
        ``got_out(ground, worker, text)`` tells whether it succeeded, from outside;
        the text is what the cell printed and returned, without its traceback.
    harmless : bool
        Whether it is tried without a sandbox as well.
    """

    name: str
    source: str
    got_out: Callable[[Ground, Worker, str], bool]
    harmless: bool = True


def _told(ground: Ground, worker: Worker, text: str) -> bool:
    return ground.secret in text


def _wrote(ground: Ground, worker: Worker, text: str) -> bool:
    return ground.written.exists()


def _changed(ground: Ground, worker: Worker, text: str) -> bool:
    path = ground.gradebook
    return not path.exists() or path.read_text() != ground.secret


def _linked(ground: Ground, worker: Worker, text: str) -> bool:
    return ground.gradebook.stat().st_nlink > 1


def _moded(ground: Ground, worker: Worker, text: str) -> bool:
    return ground.gradebook.stat().st_mode & 0o777 == 0o707


def _connected(ground: Ground, worker: Worker, text: str) -> bool:
    return ground.reached()


def _sent(ground: Ground, worker: Worker, text: str) -> bool:
    return ground.reached(kind=socket.SOCK_DGRAM)


def _called(ground: Ground, worker: Worker, text: str) -> bool:
    return ground.reached(socket.AF_UNIX)


def _ended(ground: Ground, worker: Worker, text: str) -> bool:
    with contextlib.suppress(subprocess.TimeoutExpired):
        ground.victim.wait(0.2)
    return ground.victim.returncode is not None


def _traced(ground: Ground, worker: Worker, text: str) -> bool:
    return status(ground.victim.pid, "TracerPid") != ["0"]


def _other_user(ground: Ground, worker: Worker, text: str) -> bool:
    own = list(map(str, os.getresuid()))
    return status(worker.process.pid, "Uid")[:3] not in ([], own)


def _other_space(ground: Ground, worker: Worker, text: str) -> bool:
    with contextlib.suppress(OSError):
        found = os.readlink(f"/proc/{worker.process.pid}/ns/user")
        return found != os.readlink(f"/proc/{worker.process.nursery.pid}/ns/user")
    return False


def _mounted(ground: Ground, worker: Worker, text: str) -> bool:
    with contextlib.suppress(OSError):
        mounts = Path(f"/proc/{worker.process.pid}/mounts").read_text()
        return str(ground.folder) in mounts
    return False


def _multiplied(ground: Ground, worker: Worker, text: str) -> bool:
    return len(session_members(worker.process.pid)) > 1


def _outlived(ground: Ground, worker: Worker, text: str) -> bool:
    # A worker is told to end with the process that forked it, which ends with the
    # grader; killed, that one has no time to end its workers itself.
    os.kill(worker.process.nursery.pid, signal.SIGKILL)
    return worker.process.wait(2) is None


def _too_much_memory(ground: Ground, worker: Worker, text: str) -> bool:
    worker.close()
    return worker.process.memory > worker.confinement.limits.memory


def _too_many_bytes(ground: Ground, worker: Worker, text: str) -> bool:
    return "wrote all" in text


def _read(ground: Ground, worker: Worker, text: str) -> bool:
    return "read it" in text


def _referred(ground: Ground, worker: Worker, text: str) -> bool:
    return repr(REFERENCE.read_text(encoding="utf-8")[:80]) in text


def _inherited(ground: Ground, worker: Worker, text: str) -> bool:
    return text.strip() != "5 descriptors"


_LIBC = "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"
_OPEN = "import os, socket\n"
ESCAPES = (
    Escape("read a file in the home folder", "open(AT_HOME).read()", _told),
    Escape("read the gradebook", "open(GRADEBOOK).read()", _told),
    Escape(
        "read it through a link",
        "import os\nos.symlink(GRADEBOOK, 'link')\nopen('link').read()",
        _told,
    ),
    Escape("link it", "import os\nos.link(GRADEBOOK, 'link')", _linked),
    Escape("change it", "open(GRADEBOOK, 'a').write('points')", _changed),
    Escape("empty it", "import os\nos.truncate(GRADEBOOK, 0)", _changed),
    Escape("remove it", "import os\nos.remove(GRADEBOOK)", _changed),
    Escape("let others read it", "import os\nos.chmod(GRADEBOOK, 0o707)", _moded),
    Escape("write a file outside", "open(WRITTEN, 'w').write('x')", _wrote),
    Escape("make a folder outside", "import os\nos.mkdir(WRITTEN)", _wrote),
    Escape("read another submission", "open(OTHER).read()", _told),
    Escape("read the reference", "open(REFERENCE).read(80)", _referred),
    Escape(
        "read the environment of a process",
        "open(f'/proc/{VICTIM}/environ').read()",
        _told,
    ),
    Escape(
        "read the memory of the machine",
        "open('/dev/mem', 'rb').read(1)\n'read it'",
        _read,
        harmless=False,
    ),
    Escape(
        "use what the grader has open",
        "import os\nn = 0\nfor i in range(4096):\n    try:\n        os.fstat(i)\n"
        "        n += 1\n    except OSError:\n        pass\nprint(n, 'descriptors')",
        _inherited,
        harmless=False,
    ),
    Escape(
        "connect to a server",
        _OPEN + "socket.create_connection(('127.0.0.1', TCP), 2).send(b'x')",
        _connected,
    ),
    Escape(
        "connect to a local service",
        _OPEN + "s = socket.socket(socket.AF_UNIX)\ns.connect(LOCAL)",
        _called,
    ),
    Escape(
        "send a datagram",
        _OPEN + "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "s.sendto(b'x', ('127.0.0.1', UDP))",
        _sent,
    ),
    Escape(
        "start a program",
        "import subprocess\nwords = ['/bin/sh', '-c', 'echo ' + TERCES[::-1]]\n"
        "subprocess.run(words, capture_output=True).stdout",
        _told,
    ),
    Escape(
        "multiply",
        "import os, time\nfor _ in range(3):\n    if os.fork() == 0:\n"
        "        time.sleep(5)\n        os._exit(0)",
        _multiplied,
    ),
    Escape("end another process", "import os\nos.kill(VICTIM, 9)", _ended),
    Escape(
        "trace another process", _LIBC + "libc.ptrace(0x4206, VICTIM, 0, 0)", _traced
    ),
    Escape("outlive the grader", _LIBC + "libc.prctl(1, 0, 0, 0, 0)", _outlived),
    Escape("become another user", "import os\nos.setuid(os.getuid() + 1)", _other_user),
    Escape("make a namespace", _LIBC + "libc.unshare(0x10000000)", _other_space),
    Escape(
        "mount",
        _LIBC
        + "libc.unshare(0x10020000)\nlibc.mount(b'none', FOLDER.encode(), b'tmpfs'"
        ", 0, None)",
        _mounted,
        harmless=False,
    ),
    Escape(
        "use all memory",
        "keep = []\nfor _ in range(256):\n    keep.append(b'x' * (16 << 20))",
        _too_much_memory,
        harmless=False,
    ),
    Escape(
        "fill the disk",
        "import time\nfor i in range(64):\n"
        "    open(str(i), 'wb').write(bytes(1 << 20))\n    time.sleep(0.02)\n"
        "'wrote all'",
        _too_many_bytes,
        harmless=False,
    ),
    Escape(
        "fill it with removed files",
        "import mmap, os, time\nkeep = []\nfor i in range(40):\n"
        "    file = os.open('h', os.O_RDWR | os.O_CREAT)\n"
        "    os.write(file, bytes(1 << 20))\n    os.unlink('h')\n"
        "    keep.append(file)\n    time.sleep(0.05)\n'wrote all'",
        _too_many_bytes,
        harmless=False,
    ),
    Escape(
        "write one large file",
        "open('large', 'wb').write(bytes(16 << 20))\n'wrote all'",
        _too_many_bytes,
        harmless=False,
    ),
)
