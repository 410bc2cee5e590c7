"""The processes of a run: found, ended, and counted afterwards.

What loses its parent becomes a child of this process, so nothing gets out of sight.
"""

import contextlib
import ctypes
import os
import signal
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 30  # seconds in which what has lost its grader must end
FORK_SERVER = "multiprocessing.forkserver"
LIBC = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def nothing_left(wrong):
    """Adopt orphans; write down and end those that do not end by themselves."""
    before = set(descendants())
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
        until = time.monotonic() + PATIENCE
        while left := _alive(before):
            if time.monotonic() > until:
                wrong += [
                    f"process left over: {about[:300]}" for about in left.values()
                ]
                break
            time.sleep(0.1)
    finally:
        while left := _alive(before):
            for pid in left:
                end(pid)
            time.sleep(0.05)
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def _alive(before):
    left = {}
    for pid, parent in descendants().items():
        if pid in before:
            continue
        with contextlib.suppress(OSError):
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            if state != "Z":
                left[pid] = command_line(pid)
            elif parent == os.getpid():
                os.waitpid(pid, os.WNOHANG)
    return left


def descendants(of=None):
    """Return all processes below one, each with its parent."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            stat = Path(f"/proc/{name}/stat").read_text()
            parents[int(name)] = int(stat.rpartition(")")[2].split()[1])
    found, new = {}, {of or os.getpid()}
    while new:
        new = {pid for pid, parent in parents.items() if parent in new} - found.keys()
        found |= {pid: parents[pid] for pid in new}
    return found


def command_line(pid):
    """Return the words of a process in one line, or nothing when it is gone."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ""
    return words.replace(b"\0", b" ").decode(errors="replace")


def workers(of):
    """Return the processes of Dask that grade, below a grader or a worker."""
    below = descendants(of)
    told = {pid: command_line(pid) for pid in below}
    return [
        pid
        for pid, parent in below.items()
        if "--multiprocessing-fork" in told[pid]
        or (FORK_SERVER in told[pid] and FORK_SERVER in told.get(parent, ""))
    ]


def ancestors(of):
    """Return the process of which the workers below a grader are copies."""
    below = descendants(of)
    told = {pid: command_line(pid) for pid in below}
    return [
        pid
        for pid, parent in below.items()
        if FORK_SERVER in told[pid] and FORK_SERVER not in told.get(parent, "")
    ]


def templates(of):
    """Return the processes from which those of students are forked."""
    below = descendants(of)
    told = {pid: command_line(pid) for pid in below}
    return [
        pid
        for pid, parent in below.items()
        if "template.py" in told[pid]
        and (
            told[pid].startswith("/usr/bin/bwrap") or not _is_template(told.get(parent))
        )
    ]


def students(of):
    """Return the processes in which student code runs."""
    below = descendants(of)
    told = {pid: command_line(pid) for pid in below}
    return [
        pid
        for pid, parent in below.items()
        if _is_template(told[pid]) and _is_template(told.get(parent))
    ]


def _is_template(told):
    return bool(told) and "template.py" in told and "bwrap" not in told.split(" ")[0]


def end(pid):
    """Kill it, if it is still there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
