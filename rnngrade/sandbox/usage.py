"""What a running worker uses of the machine, seen from outside.

The kernel bounds the memory, the processor time and the size of one file; it does not
bound how many files there are, nor how many threads. Both are read from ``/proc``.

Most students write no file. That is seen at a glance: the one folder in which they
could is dated back by :func:`mark_unused`, which a worker may not do.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Usage:
    """A process, and the one folder in which it may write.

    Attributes
    ----------
    pid : int
        The process.
    scratch : str
        The folder.
    """

    pid: int
    scratch: str

    def threads(self) -> int:
        """Count the threads.

        Returns
        -------
        int
            0 when the process has ended.
        """
        with contextlib.suppress(OSError):
            return os.stat(f"/proc/{self.pid}/task").st_nlink - 2
        return 0

    def file_sizes(self, largest: int) -> Iterator[int]:
        """List the sizes of all its files, removed ones included that it still holds.

        Parameters
        ----------
        largest : int
            The largest possible file, in bytes: what a removed file counts that is
            mapped to memory, as its size is not to be seen.

        Yields
        ------
        int
            Bytes, and a page for the file itself.
        """
        if not _is_unused(self.scratch):
            for size in self._sizes(largest):
                yield 4096 + size

    def _sizes(self, largest: int) -> Iterator[int]:
        yield from (seen.st_size for seen in _files(self.scratch, follow=False))
        # A thread may have descriptors of its own, and the first may have ended.
        threads = self._threads()
        removed = {
            (seen.st_dev, seen.st_ino): seen.st_size
            for thread in threads
            for seen in _files(f"{thread}/fd", follow=True)
            if stat.S_ISREG(seen.st_mode) and not seen.st_nlink
        }
        yield from removed.values()
        mapped = next(filter(None, map(_mapped, threads)), [])
        yield from (largest for line in mapped if _is_removed_file(line))

    def _threads(self) -> list[str]:
        folder = f"/proc/{self.pid}/task"
        with contextlib.suppress(OSError):
            return [f"{folder}/{name}" for name in os.listdir(folder)]
        return []


def mark_unused(folder: str) -> None:
    """Date a folder back, so that the first file in it is noticed.

    Parameters
    ----------
    folder : str
        An empty folder, in which a worker may soon write.
    """
    os.utime(folder, (0, 0))


def _is_unused(folder: str) -> bool:
    with contextlib.suppress(OSError):
        return os.stat(folder).st_mtime == 0
    return False


def _mapped(thread: str) -> list[bytes]:
    with contextlib.suppress(OSError), open(f"{thread}/maps", "rb") as lines:
        return lines.readlines()
    return []


def _is_removed_file(line: bytes) -> bool:
    # Shared memory looks like one, and is bounded as memory. No file has its name: a
    # worker makes no folders.
    removed = line.endswith(b" (deleted)\n")
    return removed and not line.endswith(b" /dev/zero (deleted)\n")


def _files(folder: str, follow: bool) -> Iterator[os.stat_result]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            # One that has just been removed must not hide those after it.
            with contextlib.suppress(OSError):
                yield os.stat(entry.path, follow_symlinks=follow)
