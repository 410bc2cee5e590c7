"""How nbgrader's own commands work on the terms of the engine.

``nbgrader generate_assignment``, ``autograde`` and ``generate_feedback`` have no place
for what follows, except for the exporter, which each of them makes after it has listed
its folders and before it looks at the first. It is used here to

- refuse what cannot be graded, once and in a few words, before anything is touched;
- read a submission without trusting it;
- write files in one step;
- keep a verdict file for each submission, as ``rnngrade autograde`` does;
- do again what a killed command has left half done, which nbgrader would skip for good.

How a notebook is graded is in :mod:`rnngrade.preprocessors`.
"""

import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbconvert.writers import FilesWriter
from nbformat import NotebookNode
from nbgrader.api import MissingEntry
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.utils import rmtree

from rnngrade.engine.feedback import add_grades, read_grades
from rnngrade.engine.grading import Assignment, notebook_record
from rnngrade.engine.instructor import NotReleased, check_sources, prepare
from rnngrade.engine.record import NotebookRecord, Record
from rnngrade.engine.store import Store, write_whole
from rnngrade.engine.submissions import read_folder
from rnngrade.feedback import FeedbackExporter
from rnngrade.folders import (
    NotebooksOnly,
    graded_notebooks,
    notebooks_to_grade,
    why_missing,
)
from rnngrade.grader import CannotGrade
from rnngrade.intake import Unreadable, read_submission
from rnngrade.preprocessors import GRADING
from rnngrade.sandbox import SandboxUnavailable

SILENT = logging.Logger(__name__)  # for what has been said before
SILENT.disabled = True


class WholeFiles(FilesWriter):
    """Write each page or notebook in one step."""

    def write(
        self, output: str, resources: Any, notebook_name: str | None = None, **kw: Any
    ) -> str:
        """Write one file.

        Parameters
        ----------
        output : str
            Its content.
        resources : dict
            Says how its name ends.
        notebook_name : str, optional
            How its name begins.
        **kw : dict
            Not used.

        Returns
        -------
        str
            The file.
        """
        name = f"{notebook_name}{resources.get('output_extension', '')}"
        self.log.info(
            "Writing %d bytes to %s/%s", len(output), self.build_directory, name
        )
        path = Path(self.build_directory, name)
        write_whole(path, output)
        return str(path)


class SourceReader(NotebookExporter):
    """Refuse to release what could not be graded; what is released already stays.

    Raised while a notebook is converted, the reason would be lost in a traceback.

    Parameters
    ----------
    **kw : dict
        Among them ``parent``, nbgrader's converter.
    """

    def __init__(self, **kw: Any) -> None:
        super().__init__(**kw)
        try:
            check_sources(self.parent, chain(*self.parent.assignments.values()))
        except CannotGrade as error:
            self.log.error("Nothing has been released. %s", error)
            raise NbGraderException(str(error)) from None


class SubmissionReader(NotebookExporter):
    """Read a submitted file without trusting it; it replaces ``nbformat.read``.

    Parameters
    ----------
    **kw : dict
        Among them ``parent``, nbgrader's converter.
    """

    def __init__(self, **kw: Any) -> None:
        super().__init__(**kw)
        self.parent.writer = WholeFiles(parent=self.parent)
        # nbgrader would copy whatever lies beside a notebook.
        self.folders = NotebooksOnly.like(self.parent.coursedir)
        self.parent.coursedir = self.folders
        # Several steps ask for a time; what is wrong with it is said once.
        times = cache(self.folders.get_existing_timestamp)
        self.folders.get_existing_timestamp = times
        name = self.folders.assignment_id
        self.store = Store(Path(self.folders.root), name, self.log)
        self.assignment = self._prepare()
        if self.assignment:
            self.parent.assignments = notebooks_to_grade(self.folders)
            for student, folder in _students(self.parent):
                if os.path.isdir(folder) and not self._complete(student, folder):
                    self.log.warning("%s is incomplete and is graded again.", folder)
                    rmtree(folder)

    def _prepare(self) -> Assignment | None:
        try:
            return prepare(self.parent, self.folders, self.folders.assignment_id)
        except (SandboxUnavailable, CannotGrade) as error:
            self.log.error("Nothing has been graded. %s", error)
            raise NbGraderException(str(error)) from None
        except NotReleased:
            return None  # nbgrader has its own messages for that

    def _complete(self, student: str, folder: str) -> bool:
        record = self.store.read(student)
        notebooks = record.notebooks if record else ()
        return bool(notebooks) and all(
            _content(Path(folder, f"{notebook.name}.ipynb")) == notebook.text
            for notebook in notebooks
        )

    def from_filename(
        self, filename: str, resources: Any = None, **kw: Any
    ) -> tuple[str, Any]:
        """Read a notebook and run the preprocessors on it.

        Parameters
        ----------
        filename : str
            The file.
        resources : dict, optional
            What nbgrader knows of it.
        **kw : dict
            Passed on.

        Returns
        -------
        output : str
            The notebook as text.
        resources : dict
            The same, completed.
        """
        if not self.parent._sanitizing:  # nbgrader reads what it has just written
            output, resources = super().from_filename(filename, resources, **kw)
            self._keep(output, resources)
            return output, resources
        self._readable = True
        try:
            notebook = read_submission(filename)
        except Unreadable as error:
            self._readable = False
            reason = why_missing(filename) or str(error)
            notebook = nbformat.v4.new_notebook()
            # RebuildSubmission says it, as it says all that it finds.
            notebook.metadata["rnngrade"] = {"notes": [reason]}
        resources["metadata"] = {"name": Path(filename).stem, "path": ""}
        return self.from_notebook_node(notebook, resources=resources, **kw)

    def _keep(self, output: str, resources: Any) -> None:
        """Write the verdict file; the gradebook has the grades already."""
        grading = resources.get(GRADING)
        if self.assignment is None or grading is None:
            return
        about, notebook = resources["nbgrader"], nbformat.v4.reads_json(output)
        new = notebook_record(
            about["notebook"], notebook, grading, output, self._readable
        )
        record = self._record(about["student"])
        others = [each for each in record.notebooks if each.name != new.name]
        notebooks = sorted([*others, new], key=_name)
        self.store.write(replace(record, notebooks=tuple(notebooks)))

    def _record(self, student: str) -> Record:
        """Go on with the record of the same submission, or begin one."""
        name = self.assignment.name
        folder = self.folders.format_path(
            self.folders.submitted_directory, student, name
        )
        names = [each for each, _ in self.assignment.notebooks]
        seen = read_folder(student, Path(folder), names, SILENT)
        known = self.store.read(student)
        same = (seen.fingerprint, self.assignment.version)
        if known and (known.fingerprint, known.version) == same:
            return known
        version = self.assignment.version
        return Record(
            name, student, seen.fingerprint, seen.submitted, (), version=version
        )


class FeedbackWriter(FeedbackExporter):
    """Write feedback pages in one step, and again where a notebook is newer.

    The grades of all students are read once. nbgrader's ``GetGrades`` opens the
    gradebook anew for each of them, which takes longer than all else.

    Parameters
    ----------
    **kw : dict
        Among them ``parent``, nbgrader's converter.
    """

    def __init__(self, **kw: Any) -> None:
        super().__init__(**kw)
        self.parent.writer = WholeFiles(parent=self.parent)
        self.parent.assignments = graded_notebooks(self.parent.coursedir)
        for (_, folder), found in zip(
            _students(self.parent), self.parent.assignments.values(), strict=True
        ):
            pages = [Path(folder, f"{Path(path).stem}.html") for path in found]
            if os.path.isdir(folder) and any(map(_outdated, pages, found)):
                rmtree(folder)
        folders = self.parent.coursedir
        self.grades = read_grades(folders, folders.assignment_id)

    def from_notebook_node(
        self, nb: NotebookNode, resources: Any = None, **kw: Any
    ) -> tuple[str, Any]:
        """Add the grades, and render the page.

        Parameters
        ----------
        nb : nbformat.NotebookNode
            The autograded notebook.
        resources : dict
            What nbgrader knows of it.
        **kw : dict
            Passed on.

        Returns
        -------
        page : str
            HTML.
        resources : dict
            The same, with the totals.

        Raises
        ------
        nbgrader.api.MissingEntry
            If the gradebook does not know it.
        """
        about = resources["nbgrader"]
        where = about["student"], about["notebook"]
        if where not in self.grades:
            raise MissingEntry(
                f"The gradebook has no grades of {where[0]!r} for the notebook "
                f"{where[1]!r}. Grade it again."
            )
        about.update(add_grades(nb, self.grades[where]))
        return super().from_notebook_node(nb, resources, **kw)


def _students(converter: BaseConverter) -> Iterator[tuple[str, str]]:
    """List students and their folders of output, in the order of ``assignments``."""
    folders = converter.coursedir
    for path in converter.assignments:
        student = _student(converter, path)
        folder = folders.format_path(
            converter._output_directory, student, folders.assignment_id
        )
        yield student, folder


def _student(converter: BaseConverter, path: str) -> str:
    mark = "\0"
    whole = converter.coursedir.format_path(
        converter._input_directory, mark, converter.coursedir.assignment_id
    )
    before, _, after = whole.partition(mark)
    return path.removeprefix(before).removesuffix(after)


def _outdated(page: Path, notebook: str) -> bool:
    return not page.exists() or page.stat().st_mtime < os.stat(notebook).st_mtime


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def _name(record: NotebookRecord) -> str:
    return record.name
