"""The verdict files of a course: what makes grading a class resumable.

Each graded submission has one, ``verdicts/<student>/<assignment>.json`` in the course's
folder, written in one step before anything else follows from it. A run that was killed
goes on from them; a gradebook that was lost is filled from them again.

What a record holds is in :mod:`rnngrade.engine.record`.
"""

import contextlib
import fcntl
import logging
import os
import tempfile
from collections.abc import Iterator
from glob import escape
from pathlib import Path

from rnngrade.engine.record import Record, dumps, loads

FOLDER = "verdicts"
DRAFT = ".draft-"
PRIVATE = 0o600


class Store:
    """The verdict files of one assignment.

    Parameters
    ----------
    course : Path
        The course's folder.
    assignment : str
        The assignment.
    log : logging.Logger
        Where messages go.
    """

    def __init__(self, course: Path, assignment: str, log: logging.Logger) -> None:
        self.folder = Path(course) / FOLDER
        self.assignment, self.log = assignment, log

    def path(self, student: str) -> Path:
        """Name the file of one student.

        Parameters
        ----------
        student : str
            The student's name in nbgrader.

        Returns
        -------
        Path
            The file; it may not exist.
        """
        return self.folder / student / f"{self.assignment}.json"

    def write(self, record: Record) -> None:
        """Keep a record; from now on it counts.

        Parameters
        ----------
        record : Record
            What grading has found out.

        Raises
        ------
        OSError
            If there is no room for it; the file before it, if any, is still there.
        """
        path = self.path(record.student)
        write_whole(path, dumps(record), PRIVATE, lasting=True)

    def read(self, student: str) -> Record | None:
        """Read what is known of one student.

        Parameters
        ----------
        student : str
            The student.

        Returns
        -------
        Record or None
            None where the submission has not been graded, or its file is damaged.
        """
        path = self.path(student)
        try:
            return loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            self.log.warning("%s: %s", path, error)
            return None

    def __iter__(self) -> Iterator[Record]:
        for path in sorted(self.folder.glob(f"*/{escape(self.assignment)}.json")):
            record = self.read(path.parent.name)
            if record:
                yield record

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold off other runs that grade the same assignment.

        Yields
        ------
        None
            While this run is the only one; the kernel lets go when it ends, however it
            does.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f".{self.assignment}.lock"
        # Whoever can open it can hold it, also for reading only.
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, PRIVATE)
        os.fchmod(handle, PRIVATE)
        with os.fdopen(handle, "a+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                self.log.warning(
                    "%s is being graded by another run (process %s). This one waits "
                    "until it ends, and then grades what is left.",
                    self.assignment,
                    file.read().strip() or "unknown",
                )
                fcntl.flock(file, fcntl.LOCK_EX)
            file.truncate(0)
            print(os.getpid(), file=file, flush=True)
            for draft in self.folder.glob(f"*/{DRAFT}*"):
                draft.unlink()  # of a run that was killed
            yield


def write_whole(
    path: Path, text: str, mode: int = 0o644, lasting: bool = False
) -> None:
    """Write a file in one step: whoever reads it sees all of it or what was before.

    Parameters
    ----------
    path : Path
        The file; its folder is made.
    text : str
        Its content.
    mode : int
        Its permissions.
    lasting : bool
        Whether to wait until it is on the disk, for what cannot be made again.

    Raises
    ------
    OSError
        If it cannot be written; then what was there is still there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=DRAFT)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        os.chmod(draft, mode)
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise
