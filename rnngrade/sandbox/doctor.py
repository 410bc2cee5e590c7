"""What this machine offers to grade in safety, and the proof.

:func:`examine` looks at the kernel and at what is installed, and times a worker.
:func:`prove` runs every attempt of :mod:`rnngrade.sandbox.escapes` as a student's cell
in a real worker, looks from outside whether it got out, and runs the harmless ones
without a sandbox for comparison. :func:`main` is the command ``rnngrade doctor``.

This module changes nothing on the machine. It cannot prove that there is no other way
out.
"""

import argparse
import json
import os
import platform
import pwd
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tqdm import tqdm

from rnngrade import sandbox
from rnngrade.sandbox import bubblewrap, landlock, nursery, seccomp
from rnngrade.sandbox.channel import Confinement, Worker, WorkerLost
from rnngrade.sandbox.escapes import ESCAPES, Escape
from rnngrade.sandbox.ground import Ground, session_members

_APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
# Small, so that what is to hit a limit does so soon.
_SMALL = Confinement(
    limits=sandbox.Limits(memory=1 << 30), scratch_bytes=8 << 20, threads=16
)
_SECONDS = 20.0
_INSTALL = {
    "bubblewrap": "Install bubblewrap 0.8 or newer: `apt install bubblewrap` on Debian "
    "and Ubuntu, `dnf install bubblewrap` on Fedora.",
    "denied": "This system denies namespaces to ordinary users (as Ubuntu does from "
    "23.10), so bubblewrap cannot work; landlock does.",
    "landlock": "Landlock comes with Linux 5.13 and newer; it may have to be named in "
    "the boot option `lsm=landlock,…`.",
    "root": "You are root. Grade as an ordinary user, so that a flaw in the kernel "
    "costs less.",
}


@dataclass(frozen=True)
class Examination:
    """What was found.

    Attributes
    ----------
    kernel, architecture, user : str
        Where this runs, and as whom.
    landlock : int
        Its version; less than 1 where there is none.
    seccomp : str
        What is missing for it; empty where it works.
    bubblewrap : str
        Its version; empty where it is not installed.
    missing : dict
        Each kind of sandbox and what is missing for it; empty where it works.
    namespaces_denied : bool
        Whether AppArmor denies namespaces to ordinary users.
    taken : str
        The kind that ``"auto"`` takes; empty where none works.
    cold_seconds, warm_seconds : float
        Time for the first worker, and for each one after it.
    memory : int
        The most bytes that a worker had which did nothing, shared ones included.
    """

    kernel: str
    architecture: str
    user: str
    landlock: int
    seccomp: str
    bubblewrap: str
    missing: dict[str, str]
    namespaces_denied: bool
    taken: str
    cold_seconds: float = 0.0
    warm_seconds: float = 0.0
    memory: int = 0


@dataclass(frozen=True)
class Proof:
    """The outcome of one attempt.

    Attributes
    ----------
    name : str
        What it tried.
    kind : str
        The sandbox.
    escaped : bool
        Whether it got out.
    unprotected : str
        What the same attempt does without a sandbox: ``"succeeds"``, ``"fails"``, or
        ``"not tried"`` where that would do harm.
    """

    name: str
    kind: str
    escaped: bool
    unprotected: str


def examine() -> Examination:
    """Look at this machine.

    Returns
    -------
    Examination
        What was found.
    """
    try:
        taken = sandbox.choose()
    except sandbox.SandboxUnavailable:
        taken = ""
    found = Examination(
        kernel=platform.release(),
        architecture=platform.machine(),
        user=_user(),
        landlock=landlock.version(),
        seccomp=seccomp.missing(),
        bubblewrap=bubblewrap.version(),
        missing={kind: sandbox.missing(kind) for kind in sandbox.KINDS},
        namespaces_denied=_APPARMOR.exists() and _APPARMOR.read_text().strip() == "1",
        taken=taken,
    )
    return replace(found, **_measure(taken)) if taken else found


def prove(kinds: list[str], escapes: Iterable[Escape]) -> Iterator[Proof]:
    """Try to get out.

    Parameters
    ----------
    kinds : list of str
        Names in :data:`rnngrade.sandbox.KINDS` that work here.
    escapes : iterable of Escape
        What to try.

    Yields
    ------
    Proof
        One for each attempt and kind.
    """
    for escape in escapes if kinds else ():
        unprotected = "not tried"
        if escape.harmless:
            free = replace(_SMALL, protected=False)
            unprotected = "succeeds" if _gets_out(escape, free) else "fails"
        for kind in kinds:
            escaped = _gets_out(escape, replace(_SMALL, sandbox=kind))
            yield Proof(escape.name, kind, escaped, unprotected)


def main(arguments: list[str]) -> int:
    """Say what this machine offers, and prove it.

    Parameters
    ----------
    arguments : list of str
        ``--json`` prints all for another program to read.

    Returns
    -------
    int
        0 if a sandbox works and nothing got out of any that does, else 1.
    """
    parser = argparse.ArgumentParser(prog="rnngrade doctor", description=main.__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    try:
        found = examine()
        kinds = [kind for kind, missing in found.missing.items() if not missing]
        tried, total = prove(kinds, ESCAPES), len(ESCAPES) * len(kinds)
        proofs = list(tqdm(tried, "trying to escape", total, leave=False, disable=None))
    except ChildProcessError as error:
        print(error, file=sys.stderr)
        return 1
    if options.json:
        told = {"examination": asdict(found), "proofs": [*map(asdict, proofs)]}
        print(json.dumps(told, indent=1))
    else:
        table = ["", *_table(kinds, proofs)] if kinds else []
        print("\n".join([*_facts(found), *table]))
        if kinds and not any(proof.escaped for proof in proofs):
            print("\nok: it was stopped. This machine can confine student code.")
    return 0 if kinds and not any(proof.escaped for proof in proofs) else 1


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _measure(kind: str) -> dict[str, float]:
    confinement, times = Confinement(sandbox=kind), []
    nursery.close_all()
    for _ in range(4):
        start = time.perf_counter()
        with Worker(confinement) as worker:
            times.append(time.perf_counter() - start)
    cold, *warm = times
    return {
        "cold_seconds": cold,
        "warm_seconds": min(warm),
        "memory": worker.process.memory,
    }


def _gets_out(escape: Escape, confinement: Confinement) -> bool:
    with Ground() as ground, Worker(confinement) as other, Worker(confinement) as own:
        path = Path(other.scratch, "submission")
        path.write_text(ground.secret)
        path.chmod(0o666)
        ground.other = str(path)
        text = _run(own, ground.names(escape.source) + escape.source)
        escaped = escape.got_out(ground, own, text)
        left = session_members(own.process.pid)
        own.close()
        _end(left)
    return escaped


def _run(worker: Worker, source: str) -> str:
    try:
        answer = worker.ask(
            {"kind": "run", "source": source, "label": "doctor"}, _SECONDS
        )
    except WorkerLost:
        return ""
    return answer["text"] + answer["result"]


def _end(processes: list[int]) -> None:
    """End what an attempt has started without a sandbox."""
    for pid in processes:
        try:
            os.kill(pid, 9)
        except ProcessLookupError:
            continue


def _facts(found: Examination) -> Iterator[str]:
    yield f"system       Linux {found.kernel} on {found.architecture}, as {found.user}"
    yield f"landlock     {found.missing['landlock'] or f'version {found.landlock}'}"
    yield f"seccomp      {found.seccomp or 'works'}"
    told = found.missing["bubblewrap"] or "works"
    yield f"bubblewrap   {' '.join(filter(None, (found.bubblewrap, told)))}"
    yield f"taken        {found.taken or 'none: student code will not be run'}"
    if found.taken:
        yield (
            f"workers      the first after {1000 * found.cold_seconds:.0f} ms, others "
            f"after {1000 * found.warm_seconds:.0f} ms, {found.memory >> 20} MB each"
        )
    for name in _remedies(found):
        yield f"\n{_INSTALL[name]}"


def _remedies(found: Examination) -> Iterator[str]:
    if found.missing["bubblewrap"] and not found.seccomp:
        yield "denied" if found.namespaces_denied else "bubblewrap"
    if found.missing["landlock"] and not found.seccomp:
        yield "landlock"
    if os.geteuid() == 0:
        yield "root"


def _table(kinds: list[str], proofs: list[Proof]) -> Iterator[str]:
    width = max(len(escape.name) for escape in ESCAPES) + 2
    heads = [*kinds, "without a sandbox"]
    yield "tried".ljust(width) + "".join(head.ljust(12) for head in heads)
    for escape in ESCAPES:
        same = [proof for proof in proofs if proof.name == escape.name]
        cells = ["ESCAPED" if proof.escaped else "ok" for proof in same]
        cells += [proof.unprotected for proof in same[:1]]
        yield escape.name.ljust(width) + "".join(cell.ljust(12) for cell in cells)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
