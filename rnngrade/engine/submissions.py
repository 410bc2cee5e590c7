"""What has been handed in: the bytes in a student's folder.

A file is read once. What is graded, and what the fingerprint is of, are the same bytes,
also where a student's file changes at that moment.

Nothing is parsed here; that is done in the process that grades.
"""

import hashlib
import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from rnngrade.folders import submitted_time, why_missing
from rnngrade.intake import Unreadable, submitted_bytes


@dataclass(frozen=True)
class Submission:
    """What one student has handed in.

    Attributes
    ----------
    student : str
        The student's name in nbgrader.
    submitted : str
        When, as ISO 8601 in UTC; empty where that is not known.
    files : dict of str to bytes
        The notebooks of the assignment that are there, by their names in nbgrader.
    refused : dict of str to str
        Those that are there and cannot be read, and why.
    fingerprint : str
        Of all of the above.
    """

    student: str
    submitted: str
    files: dict[str, bytes]
    refused: dict[str, str]
    fingerprint: str


def read_folder(
    student: str, folder: Path, names: Iterable[str], log: logging.Logger
) -> Submission:
    """Read the notebooks of one student.

    Parameters
    ----------
    student : str
        The student.
    folder : Path
        What was handed in.
    names : iterable of str
        The notebooks of the assignment.
    log : logging.Logger
        Is told of a time that cannot be read.

    Returns
    -------
    Submission
        The content of the files.
    """
    files: dict[str, bytes] = {}
    refused: dict[str, str] = {}
    for name in names:
        path = folder / f"{name}.ipynb"
        if os.path.lexists(path):
            try:
                files[name] = submitted_bytes(path)
            except Unreadable as error:
                refused[name] = str(error)
    if not files and not refused:
        refused = {name: why_missing(folder / f"{name}.ipynb") for name in names}
    time = submitted_time(SimpleNamespace(log=log), folder)
    submitted = time.isoformat() if time else ""
    fingerprint = _fingerprint(submitted, files, refused)
    return Submission(student, submitted, files, refused, fingerprint)


def _fingerprint(
    submitted: str, files: dict[str, bytes], refused: dict[str, str]
) -> str:
    whole = hashlib.sha256(submitted.encode())
    for name in sorted(files):
        whole.update(f"\n{name} ".encode())
        whole.update(hashlib.sha256(files[name]).digest())
    for name in sorted(refused):
        whole.update(f"\n{name} {refused[name]}".encode(errors="replace"))
    return whole.hexdigest()
