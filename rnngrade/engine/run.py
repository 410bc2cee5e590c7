"""Grade all submissions of an assignment, into nbgrader's gradebook.

::

    folders --read--> submissions --cluster--> records --> verdict files
                                                             |
                            autograded notebooks, gradebook <-

What has a verdict file with the same fingerprint is not graded again. A submission is
done when its notebooks and its row in the gradebook say the same as its verdict file,
so a run that was killed anywhere is completed by the next one.

How one submission is graded is in :mod:`rnngrade.engine.grading`; this process runs no
student code and is the only one that writes.
"""

import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from tqdm import tqdm

from rnngrade.engine import grading
from rnngrade.engine.cluster import Cluster
from rnngrade.engine.gradebook import GradebookWriter
from rnngrade.engine.grading import Assignment
from rnngrade.engine.record import Record
from rnngrade.engine.store import Store, write_whole
from rnngrade.engine.submissions import Submission, read_folder
from rnngrade.folders import (
    SECRET,
    TIME,
    copy_own_files,
    student_folders,
    submission_secret,
)

LOOKS = 3  # how often to look for what has changed during the run


@dataclass
class Summary:
    """What a run has done.

    Attributes
    ----------
    graded : list of str
        Students whose submissions have been graded in this run.
    kept : list of str
        Those that had been graded before.
    outdated : list of str
        Of these, those that were graded with other exercises or settings.
    unreadable : list of str
        Those that were graded with zero, because there was nothing to read.
    failed : dict of str to str
        Those that could not be graded, and why.
    """

    graded: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    def take(self, record: Record) -> None:
        """Count a submission that has been graded, perhaps once more.

        Parameters
        ----------
        record : Record
            What was found out.
        """
        for names in (self.graded, self.unreadable):
            if record.student in names:
                names.remove(record.student)
        self.failed.pop(record.student, None)
        self.graded.append(record.student)
        if not all(notebook.readable for notebook in record.notebooks):
            self.unreadable.append(record.student)


class Run:
    """One grading of a class.

    Parameters
    ----------
    folders : nbgrader.coursedir.CourseDirectory
        The course.
    assignment : Assignment
        What is graded, and how.
    writer : rnngrade.engine.gradebook.GradebookWriter
        The gradebook, prepared for this assignment.
    cluster : callable
        Makes the cluster; called when there is something to grade.
    log : logging.Logger
        Where messages go.
    force : bool
        Whether to grade again what has been graded.
    shared : bool
        Whether workers read submissions themselves, instead of being sent them.
    """

    def __init__(
        self,
        folders: CourseDirectory,
        assignment: Assignment,
        writer: GradebookWriter,
        cluster: Callable[[], Cluster],
        log: logging.Logger,
        force: bool = False,
        shared: bool = False,
    ) -> None:
        self.folders, self.assignment, self.writer = folders, assignment, writer
        self.make_cluster, self.log = cluster, log
        self.force, self.shared = force, shared
        self.store = Store(Path(folders.root), assignment.name, log)
        self.summary = Summary()
        self._graded: dict[str, str] = {}  # fingerprints of what this run has graded

    def start(self) -> Summary:
        """Grade what has to be graded.

        Returns
        -------
        Summary
            What was done.

        Raises
        ------
        OSError, ClusterLost, GradebookError
            If it could not be completed. What has been graded is kept.
        """
        with self.store.alone():
            submitted = self.folders.submitted_directory
            name = self.assignment.name
            todo = self._settle(student_folders(self.folders, submitted, name))
            self.force = False
            for _ in range(LOOKS):
                if todo:
                    self._grade(todo)
                todo = self._changed(todo)
                if not todo:
                    break
        return self.summary

    def _settle(self, found: dict[str, Path]) -> dict[str, Path]:
        """Complete what is graded already; return what is not."""
        todo = {}
        for student, folder in found.items():
            record = None if self.force else self.store.read(student)
            if (
                not record
                or record.fingerprint != self._read(student, folder).fingerprint
            ):
                todo[student] = folder
                continue
            self.summary.kept.append(student)
            if record.version != self.assignment.version:
                self.summary.outdated.append(student)
            self._place(record)
            self.writer.save(record, again=True)
        return todo

    def _grade(self, todo: dict[str, Path]) -> None:
        with (
            self.make_cluster() as cluster,
            tqdm(
                total=len(todo),
                unit="submission",
                smoothing=0.05,
                disable=None if sys.stderr else True,  # it may be closed
            ) as bar,
        ):
            for student, outcome in self._call(cluster, todo):
                self._take(student, outcome)
                bar.update()

    def _call(self, cluster: Cluster, todo: dict[str, Path]) -> Iterator[tuple]:
        def sent(student: str) -> tuple:
            return self.assignment, self._read(student, todo[student])

        def named(student: str) -> tuple:
            return self.assignment, student, todo[student].resolve()

        if self.shared:
            return cluster.map(grading.grade_shared, todo, named)
        return cluster.map(grading.grade, todo, sent)

    def _take(self, student: str, outcome: Record | BaseException) -> None:
        if isinstance(outcome, BaseException):
            self.summary.failed[student] = f"{type(outcome).__name__}: {outcome}"
            self.log.error("%s was not graded. %s", student, outcome)
            return
        self.store.write(outcome)
        self._place(outcome)
        self.writer.save(outcome)
        self._graded[student] = outcome.fingerprint
        self.summary.take(outcome)
        for notebook in outcome.notebooks:
            for note in notebook.notes:
                self.log.info("%s: %s", student, note)

    def _changed(self, graded: dict[str, Path]) -> dict[str, Path]:
        changed = {}
        for student, folder in graded.items():
            before = self._graded.get(student)
            now = self._read(student, folder) if folder.is_dir() else None
            if before and now and before != now.fingerprint:
                self.log.warning("%s changed while it was graded; again.", folder)
                changed[student] = folder
        return changed

    def _read(self, student: str, folder: Path) -> Submission:
        names = [name for name, _ in self.assignment.notebooks]
        return read_folder(student, folder, names, self.log)

    def _place(self, record: Record) -> None:
        """Put the graded notebooks where nbgrader has them."""
        folder = Path(
            self.folders.format_path(
                self.folders.autograded_directory, record.student, record.assignment
            )
        )
        wanted = {f"{n.name}.ipynb": n.text for n in record.notebooks if n.text}
        if record.submitted:
            time = record.submitted.replace("T", " ")
            wanted[TIME] = f"{time} UTC\n"
        submitted = self.folders.format_path(
            self.folders.submitted_directory, record.student, record.assignment
        )
        secret = submission_secret(submitted)
        if secret:
            wanted[SECRET] = secret
        own = {path.parts[0] for path in self._copy_own_files(folder)}
        for name in os.listdir(folder):
            if name not in wanted and name not in own:
                _remove(folder / name)
        for name, text in wanted.items():
            if not _holds(folder / name, text):
                write_whole(folder / name, text, 0o444)

    def _copy_own_files(self, folder: Path) -> list[Path]:
        folder.mkdir(parents=True, exist_ok=True)
        source = self.folders.format_path(
            self.folders.source_directory, ".", self.assignment.name
        )
        return copy_own_files(source, folder, self.folders.ignore)


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_text(encoding="utf-8") == text
    except (OSError, ValueError):
        return False


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
