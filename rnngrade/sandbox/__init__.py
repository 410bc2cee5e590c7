"""Where student code runs, and what comes out of it.

Reading order: ``channel`` and ``nursery`` on the grader's side; ``template``,
``worker`` and ``lockdown`` on the other; ``frames`` between them; ``doctor`` and
``escapes`` try to get out.

There are two kinds of sandbox. Each holds alone, for an ordinary user and for root:

- ``bubblewrap``: the process from which workers are forked is started in a file system
  of its own, without network and other processes; where the kernel has landlock, each
  worker applies it as well;
- ``landlock``: each worker gives up its rights by itself.

Both need seccomp. Without any, student code is not run. This module finds out what the
machine offers, and chooses.
"""

from rnngrade.sandbox import bubblewrap, landlock, seccomp
from rnngrade.sandbox.lockdown import Limits

__all__ = ["KINDS", "Limits", "SandboxUnavailable", "check_available", "choose"]

KINDS = {"bubblewrap": bubblewrap, "landlock": landlock}


class SandboxUnavailable(RuntimeError):
    """The machine does not offer what a sandbox is made of."""


def missing(kind: str) -> str:
    """Say what this machine lacks for one kind of sandbox.

    Parameters
    ----------
    kind : str
        A name in `KINDS`.

    Returns
    -------
    str
        Empty where nothing is missing.
    """
    return seccomp.missing() or KINDS[kind].missing()


def choose(wanted: str = "auto") -> str:
    """Take the sandbox that was asked for, or the first that works.

    Parameters
    ----------
    wanted : str
        A name in `KINDS`, or ``"auto"``.

    Returns
    -------
    str
        A name in `KINDS`. One that was asked for by name is never replaced.

    Raises
    ------
    ValueError
        If there is no sandbox of this name.
    SandboxUnavailable
        If it does not work here, with what is missing and the remedy.
    """
    if wanted not in ("auto", *KINDS):
        known = ", ".join(map(repr, ("auto", *KINDS)))
        raise ValueError(f"sandbox: {wanted!r} is none of {known}. Take one of them.")
    kinds = KINDS if wanted == "auto" else (wanted,)
    reasons = {}
    for kind in kinds:
        reasons[kind] = missing(kind)
        if not reasons[kind]:
            return kind
    told = " ".join(dict.fromkeys(reasons.values()))
    raise SandboxUnavailable(
        f"There is no sandbox for student code ({wanted}): {told} Grade on Linux: "
        "install bubblewrap (`apt install bubblewrap` on Debian and Ubuntu; Ubuntu "
        "23.10 and later deny it to ordinary users, where landlock works), or take "
        "Linux 5.13 or newer with the boot option `lsm=landlock,…`. On macOS and "
        "Windows: grade in a Linux virtual machine or WSL2. Only if you trust every "
        "student in the class, set `c.Grade.trusted_classroom = True` in "
        "nbgrader_config.py."
    )


def check_available(wanted: str = "auto") -> None:
    """Make sure that this machine can run the sandbox; nothing is given up.

    Parameters
    ----------
    wanted : str
        As :func:`choose` takes it.

    Raises
    ------
    SandboxUnavailable
        If it cannot, with what is missing and the remedy.
    """
    choose(wanted)
