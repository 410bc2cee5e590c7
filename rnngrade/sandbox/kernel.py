"""The C library's way into the Linux kernel, as far as the sandbox needs it.

The worker loads this file without its package; it needs the standard library only.
"""

import ctypes
import os

LIBC = ctypes.CDLL(None, use_errno=True)

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 4, 22, 24
PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 38, 47


def prctl(*values: int) -> None:
    """Change an attribute of this process.

    Parameters
    ----------
    *values : int
        Which one, and what the kernel wants to know for it.

    Raises
    ------
    OSError
        If the kernel refuses.
    """
    words = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:5]]
    if LIBC.prctl(*words) < 0:
        raise refused("prctl", values[0])


def refused(call: str, detail: object = "") -> OSError:
    """Say why the last call failed.

    Parameters
    ----------
    call : str
        The call.
    detail : object
        What it was about.

    Returns
    -------
    OSError
        To be raised.
    """
    code = ctypes.get_errno()
    return OSError(code, f"{call} {detail}: {os.strerror(code)}")
