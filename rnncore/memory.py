"""Keep the memory of freed arrays for the next ones.

A training step makes the same arrays as the step before it. By default, glibc (the C
library of most Linux systems) gives the memory of large freed arrays back to the system
at once, and the next step gets it anew, page by page, each of them zeroed: that took a
fifth to a quarter of a step where it was measured. `keep_freed_memory` lets the process
keep up to 256 MB. `rnncore` calls it once, when it is imported.

Settings that a user has made in the environment, MALLOC_TRIM_THRESHOLD_ or
MALLOC_MMAP_THRESHOLD_, are left alone, and so are systems without glibc. Numbers do not
depend on any of this.
"""

import ctypes
import os

# Names and numbers of glibc's malloc.h.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT = 256 * 2**20  # bytes at the end of the heap that are kept
LARGEST = 32 * 2**20  # bytes; arrays beyond are given back: glibc allows no more


def keep_freed_memory() -> bool:
    """
    Tell the memory allocator to keep what is freed, up to 256 MB.

    Returns
    -------
    bool
        Whether it could be told, and had not been told otherwise by the user.
    """
    if {"MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"} & os.environ.keys():
        return False
    mallopt = (
        getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    )
    if mallopt is None:
        return False
    return all(
        mallopt(ctypes.c_int(setting), ctypes.c_int(value)) == 1
        for setting, value in ((M_MMAP_THRESHOLD, LARGEST), (M_TRIM_THRESHOLD, KEPT))
    )
