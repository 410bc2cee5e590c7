"""Run a command, and count what it and all of its descendants have used.

::

    this process  --JSON-->  python -m benchmarks.process_tree  --starts-->  COMMAND
                  <--JSON--   (adopts every orphan of the tree)              |- ...

The process between the two is what orphans of the command are handed to, so processor
time is complete: whatever was started, however it was left, has been waited for. Its
own time is not counted.

With a :class:`Watch`, memory is sampled while the command runs. A process is counted
with its proportional set size, where the kernel tells it to us: each page that n
processes share counts 1/n, so that sums are what the machine really holds. Sampling
takes time itself, so runs that are timed against others go without. This works on
Linux only.
"""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from glob import glob
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
ADOPT = 36  # PR_SET_CHILD_SUBREAPER
LEFT_OVER_SECONDS = 60  # for what the command leaves running
PAGE = os.sysconf("SC_PAGE_SIZE")

Row = dict[str, Any]


@dataclass(frozen=True)
class Watch:
    """What to look at while a command runs.

    Attributes
    ----------
    files : str
        A pattern; the files that match it are what is done. Empty for none.
    every : float
        Seconds between two samples of memory.
    count_every : float
        Seconds between two counts of `files`.
    """

    files: str = ""
    every: float = 0.5
    count_every: float = 10.0


@dataclass(frozen=True)
class Usage:
    """What a command has used.

    Attributes
    ----------
    wall : float
        Seconds until it ended.
    cpu : float
        Processor time of it and of all its descendants, user and system.
    code : int
        Its exit code.
    output : str
        What it printed last.
    roles : dict
        For each kind of process, ``count`` (the most at one time), and ``rss`` and
        ``pss``, the largest of one process in bytes. Empty without a watch.
    peak : int
        The largest sum over the tree, in bytes; 0 without a watch.
    progress : list of [float, int]
        Seconds since the start, and how many files there were.
    """

    wall: float
    cpu: float
    code: int
    output: str
    roles: dict[str, Row]
    peak: int
    progress: list[list[float]]


def measure(
    command: list[str], cwd: Path, env: dict[str, str], watch: Watch | None = None
) -> Usage:
    """Run a command to its end.

    Parameters
    ----------
    command : list of str
        The command.
    cwd : Path
        Where it runs.
    env : dict of str to str
        Its environment.
    watch : Watch, optional
        What to look at meanwhile.

    Returns
    -------
    Usage
        What it took. The exit code may be any.

    Raises
    ------
    RuntimeError
        If the command has left processes behind that do not end.
    """
    order = {
        "command": command,
        "cwd": str(cwd),
        "env": env,
        "watch": asdict(watch) if watch else None,
    }
    done = subprocess.run(
        [sys.executable, "-m", __name__],
        input=json.dumps(order),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(
            f"{' '.join(command)} could not be measured: {done.stderr[-500:]} (exit "
            f"{done.returncode}). After {LEFT_OVER_SECONDS} s it may have left "
            "processes running; look for them with `ps`."
        )
    return Usage(**json.loads(done.stdout))


class Sampler:
    """The processes below this one, sampled.

    Parameters
    ----------
    watch : Watch
        What to look at.
    """

    def __init__(self, watch: Watch) -> None:
        self.watch, self.began = watch, time.monotonic()
        self.roles: dict[str, Row] = {}
        self.peak, self.progress = 0, []

    def until_end(self, command: int) -> None:
        """Sample until a process has ended; it is not waited for.

        Parameters
        ----------
        command : int
            Its id.
        """
        while not os.waitid(os.P_PID, command, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            self._sample(command)
            passed = time.monotonic() - self.began
            if passed >= self.watch.count_every * (len(self.progress) + 1):
                self._count(passed)
            time.sleep(self.watch.every)
        self._count(time.monotonic() - self.began)

    def _count(self, passed: float) -> None:
        if self.watch.files:
            self.progress.append([round(passed, 2), len(glob(self.watch.files))])

    def _sample(self, command: int) -> None:
        total, counts = 0, {}
        for pid, role in roles(os.getpid(), command).items():
            rss, pss = memory(pid)
            total += pss
            counts[role] = counts.get(role, 0) + 1
            most = self.roles.setdefault(role, {"count": 0, "rss": 0, "pss": 0})
            most.update(rss=max(most["rss"], rss), pss=max(most["pss"], pss))
        for role, count in counts.items():
            self.roles[role]["count"] = max(self.roles[role]["count"], count)
        self.peak = max(self.peak, total)


def roles(root: int, command: int) -> dict[int, str]:
    """Find the descendants of a process, and say what each of them does.

    Parameters
    ----------
    root : int
        Whose descendants.
    command : int
        The one that was started as the command.

    Returns
    -------
    dict of int to str
        Process ids; "grader" is the command, "worker" a process of the cluster,
        "ancestor" what these are forked from, "template" what students' processes are
        forked from, "student" such a process, "sandbox" what sets up a sandbox, "other"
        all else.
    """
    parents = {pid: parent for pid, (_, parent) in _processes().items()}
    found: dict[int, str] = {}
    waiting = [pid for pid, parent in parents.items() if parent == root]
    while waiting:
        pid = waiting.pop()
        above = found.get(parents[pid], "")
        found[pid] = "grader" if pid == command else role(_words(pid), above)
        waiting += [each for each, parent in parents.items() if parent == pid]
    return found


def role(words: list[str], above: str) -> str:
    """Say what a process does.

    Parameters
    ----------
    words : list of str
        Its command line.
    above : str
        What its parent does.

    Returns
    -------
    str
        As in `roles`.

    Examples
    --------
    >>> role(["/usr/bin/python3", "-I", "/x/template.py", "{}"], "sandbox")
    'template'
    >>> role(["/usr/bin/python3", "-I", "/x/template.py", "{}"], "template")
    'student'
    """
    program = Path(words[0]).name if words else ""
    if program in ("sh", "bwrap"):
        return "sandbox"
    if any(Path(word).name == "template.py" for word in words):
        return "student" if above in ("template", "student") else "template"
    if any("multiprocessing.forkserver" in word for word in words):
        return "worker" if above == "ancestor" else "ancestor"
    return "worker" if any("spawn_main" in word for word in words) else "other"


def memory(pid: int) -> tuple[int, int]:
    """Tell how much memory a process has.

    Parameters
    ----------
    pid : int
        Its id.

    Returns
    -------
    rss : int
        Resident bytes; 0 if it has ended.
    pss : int
        Proportional bytes; the resident ones where we may not see them.
    """
    try:
        rss = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0, 0
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return rss, rss
    sizes = [int(line.split()[1]) for line in lines if line.startswith("Pss:")]
    return rss, 1024 * sizes[0] if sizes else rss


def cpu_below(root: int) -> float:
    """Sum up the processor time of a process and its descendants so far.

    Parameters
    ----------
    root : int
        A running process.

    Returns
    -------
    float
        Seconds, with those of descendants that have ended and been waited for.
    """
    processes = _processes()
    total, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        total += processes[pid][0] if pid in processes else 0
        waiting += [each for each, (_, parent) in processes.items() if parent == pid]
    return total / os.sysconf("SC_CLK_TCK")


def _processes() -> dict[int, tuple[int, int]]:
    """Read clock ticks and parent of every process."""
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            text = Path(f"/proc/{name}/stat").read_text()
        except OSError:
            continue
        fields = text.rpartition(")")[2].split()
        found[int(name)] = sum(map(int, fields[11:15])), int(fields[1])
    return found


def _words(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return []
    return text.rstrip("\0").split("\0")


def main() -> None:
    """Follow the order on standard input, and print what came of it."""
    order = json.loads(sys.stdin.read())
    ctypes.CDLL(None).prctl(ADOPT, 1, 0, 0, 0)
    sampler = Sampler(Watch(**order["watch"] or {}))
    began = time.monotonic()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            order["command"],
            cwd=order["cwd"],
            env=order["env"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        if order["watch"]:
            sampler.until_end(process.pid)
        code = process.wait()
        wall = time.monotonic() - began
        _wait_for_all()
        log.seek(0)
        output = log.read()[-2000:].decode(errors="replace")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    found = sampler.roles, sampler.peak, sampler.progress
    print(json.dumps(asdict(Usage(wall, cpu, code, output, *found))))


def _wait_for_all() -> None:
    signal.alarm(LEFT_OVER_SECONDS)
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


if __name__ == "__main__":
    main()
