"""The steps by which nbgrader's own commands grade in the sandbox.

``nbgrader autograde`` reads a submission (:class:`SubmissionReader`), rebuilds it from
the instructor's cells (:class:`RebuildSubmission`), and runs it (:class:`Grade`, in the
place of nbgrader's ``Execute``); nbgrader's other steps then check and save what they
always do. ``nbgrader generate_assignment`` refuses what could not be graded
(:class:`CheckExercises`), ``nbgrader generate_feedback`` shows no hidden test
(:class:`ClearHiddenTestsOfChecks`), and the formgrader shows what students wrote as
text (:class:`ShowAsText`). They are put in place by :mod:`rnngrade.config`.

Wherever nbgrader calls ``preprocess``, it passes a notebook and what it knows of it,
and gets both back.
"""

import html
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import ClearHiddenTests, Execute, NbGraderPreprocessor
from traitlets import Bool, Integer, List, Unicode

from rnngrade.channel import Confinement
from rnngrade.exercises import EXERCISES
from rnngrade.feedback import plain
from rnngrade.folders import NotebooksOnly, keep_notebooks_only, other_names
from rnngrade.grader import CannotGrade, check_exercises, grade_notebook
from rnngrade.intake import Unreadable, read_submission, rebuild
from rnngrade.sandbox import Limits, SandboxUnavailable, check_available
from rnngrade.session import SessionLimits
from rnngrade.values import clean

Step = tuple[NotebookNode, dict[str, Any]]
MAX_LINE = 500  # characters of a line that the formgrader shows
MAX_SHOWN = 50_000  # characters of a cell


class SubmissionReader(NotebookExporter):
    """Read a submitted file without trusting it; it replaces ``nbformat.read``.

    Parameters
    ----------
    **kw : dict
        Among them ``parent``, nbgrader's converter. It makes its exporter before it
        copies any file, and copies none afterwards.
    """

    def __init__(self, **kw: Any) -> None:
        super().__init__(**kw)
        folders = self.parent.coursedir = NotebooksOnly.like(self.parent.coursedir)
        source = folders.format_path(
            folders.source_directory, ".", folders.assignment_id
        )
        try:
            self._check(source)
        except (SandboxUnavailable, CannotGrade) as error:
            self.log.error("Nothing has been graded. %s", error)
            raise NbGraderException(str(error)) from None
        for found in self.parent.assignments.values():
            warning = other_names(found, source)
            if warning:
                self.log.warning(warning)

    def _check(self, source: str) -> None:
        # Once for all: later it would be a traceback for each student.
        if not Grade(parent=self).trusted_classroom:
            check_available()
        for path in sorted(Path(source).glob("*.ipynb")):
            check_exercises(nbformat.read(path, 4), EXERCISES)

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
            return super().from_filename(filename, resources=resources, **kw)
        try:
            notebook = read_submission(filename)
        except Unreadable as error:
            self.log.warning("%s: %s", filename, error)
            notebook = nbformat.v4.new_notebook()
            notebook.metadata["rnngrade"] = {"notes": [str(error)]}
        resources["metadata"] = {"name": Path(filename).stem, "path": ""}
        return self.from_notebook_node(notebook, resources=resources, **kw)


class RebuildSubmission(NbGraderPreprocessor):
    """Put a student's answers into the instructor's notebook."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> Step:
        """Rebuild one notebook."""  # numpydoc ignore=PR01,RT01
        about, folders = resources["nbgrader"], self.parent.parent.coursedir
        source = folders.format_path(folders.source_directory, ".", about["assignment"])
        instructor = nbformat.read(Path(source, f"{about['notebook']}.ipynb"), 4)
        unreadable = list(nb.metadata.get("rnngrade", {}).get("notes", []))
        rebuilt, notes = rebuild(instructor, nb)
        # That every cell is missing from what cannot be read goes without saying.
        notes = unreadable or notes
        for note in notes:
            self.log.warning("%s: %s", about["student"], note)
        rebuilt.metadata["rnngrade"] = nbformat.from_dict({"notes": notes})
        submitted, graded = (
            folders.format_path(step, about["student"], about["assignment"])
            for step in (folders.submitted_directory, folders.autograded_directory)
        )
        keep_notebooks_only(graded, folders.get_existing_timestamp(submitted))
        return rebuilt, resources


class Grade(Execute):
    """Run student cells in the sandbox and write the verdicts as outputs.

    It takes the place of nbgrader's ``Execute`` and its settings: ``timeout`` is the
    number of seconds for a cell, and for a call of a function.
    """

    submission_timeout = Integer(300, help="Seconds for a whole notebook.").tag(
        config=True
    )
    packages = List(
        Unicode(),
        default_value=["numpy"],
        help="Installed packages that student code may import.",
    ).tag(config=True)
    memory = Integer(2048, help="Megabytes of memory for student code.").tag(
        config=True
    )
    trusted_classroom = Bool(
        False,
        help="Run student code WITHOUT a sandbox: it can then read and change "
        "everything that you can. Only where the kernel has no landlock and seccomp, "
        "and you would run any student's program on your own account.",
    ).tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any], km: object = None
    ) -> Step:
        """Run one notebook, without a kernel."""  # numpydoc ignore=PR01,RT01
        if self.trusted_classroom:
            self.log.warning(
                "trusted_classroom is set: the code of %s runs WITHOUT A SANDBOX.",
                resources["nbgrader"]["student"],
            )
        limits = SessionLimits(self.timeout or 30, self.submission_timeout)
        confinement = Confinement(
            packages=tuple(self.packages),
            limits=Limits(memory=self.memory << 20),
            protected=not self.trusted_classroom,
        )
        grade_notebook(nb, EXERCISES, limits, confinement)
        return nb, resources


class CheckExercises(NbGraderPreprocessor):
    """Refuse to release an assignment that could not be graded."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> Step:
        """Check one notebook, which stays as it is."""  # numpydoc ignore=PR01,RT01
        check_exercises(nb, EXERCISES)
        return nb, resources


class ClearHiddenTestsOfChecks(ClearHiddenTests):
    """Remove hidden tests from the instructor's checks, and only there.

    In a student's cell, the delimiters are the student's own text; nbgrader's step
    raises on it.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> Step:
        """Remove the hidden tests of one cell."""  # numpydoc ignore=PR01,RT01
        if utils.is_grade(cell) and not utils.is_solution(cell):
            return super().preprocess_cell(cell, resources, cell_index)
        return cell, resources


class ShowAsText(Preprocessor):
    """Show what a student wrote as text on the formgrader's pages; no file changes.

    There, Markdown may hold any HTML, and a script in it could change every grade.
    Code is colored, which takes minutes for one very long line.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> Step:
        """Change how one cell is shown."""  # numpydoc ignore=PR01,RT01
        if utils.is_locked(cell) and not utils.is_solution(cell):
            return cell, resources
        lines = plain(clean(cell.source, MAX_SHOWN)).split("\n")
        text = "\n".join(clean(line, MAX_LINE) for line in lines)
        if cell.cell_type != "code":
            text = f"<pre>{html.escape(text)}</pre>"
        cell.source = text
        return cell, resources
