"""How much memory this process has in RAM, now and at most.

Linux tells both in ``/proc/self/status``, and forgets the largest value on request.
Elsewhere only the largest value since the process began is known, from `resource`.
"""

import resource
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")


def resident_bytes() -> int:
    """
    Return the resident memory of this process.

    Returns
    -------
    int
        Bytes; where the system does not tell, the largest value so far.
    """
    return _status("VmRSS") or largest_bytes()


def largest_bytes() -> int:
    """
    Return the largest resident memory so far.

    Returns
    -------
    int
        Bytes.
    """
    unit = 1 if sys.platform == "darwin" else 1024
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return _status("VmHWM") or own


def reset_largest() -> None:
    """Forget the largest value so far, where the system can."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _status(field: str) -> int:
    if not STATUS.exists():
        return 0
    lines = STATUS.read_text().splitlines()
    kilobytes = [line.split()[1] for line in lines if line.startswith(f"{field}:")]
    return int(kilobytes[0]) * 1024 if kilobytes else 0
