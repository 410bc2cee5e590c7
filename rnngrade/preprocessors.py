"""The steps by which nbgrader's own commands grade in the sandbox.

``nbgrader autograde`` reads a submission (:mod:`rnngrade.engine.converters`), rebuilds
it from the instructor's cells (:class:`RebuildSubmission`), and runs it
(:class:`Grade`, in the place of nbgrader's ``Execute``); nbgrader's other steps then
check and save what they always do. ``nbgrader generate_feedback`` shows no hidden test
(:class:`ClearHiddenTestsOfChecks`), and the formgrader shows what students wrote as
text (:class:`ShowAsText`). They are put in place by :mod:`rnngrade.config`.

Wherever nbgrader calls ``preprocess``, it passes a notebook and what it knows of it,
and gets both back.
"""

import html
import logging
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    AssignLatePenalties,
    ClearHiddenTests,
    Execute,
    NbGraderPreprocessor,
)
from traitlets import Bool, Enum, Integer, List, Unicode, default

from rnngrade.exercises import EXERCISES
from rnngrade.feedback import plain
from rnngrade.folders import copy_own_files, keep_notebooks_only, submission_secret
from rnngrade.grader import GradeSettings, grade_notebook
from rnngrade.intake import rebuild
from rnngrade.sandbox.channel import Confinement
from rnngrade.sandbox.lockdown import Limits
from rnngrade.sandbox.values import clean
from rnngrade.session import SessionLimits

Step = tuple[NotebookNode, dict[str, Any]]
GRADING = "rnngrade_grading"  # where a later step finds the verdicts
MAX_LINE = 500  # characters of a line that the formgrader shows
MAX_SHOWN = 50_000  # characters of a cell
NOT_EXECUTED = (
    "Without running the notebooks, every graded cell would earn all points: outputs "
    "that students have saved are not taken over. Leave out --no-execute "
    "(c.Execute.enabled, c.Grade.enabled)."
)
FAILED = "this test failed. Part of it is hidden; you can run the visible part."


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
        time = folders.get_existing_timestamp(submitted)
        keep_notebooks_only(graded, time, submission_secret(submitted))
        ignored = CourseDirectory(parent=folders.parent).ignore
        copy_own_files(source, graded, ignored)
        return rebuilt, resources


class Grade(Execute):
    """Run student cells in the sandbox and write the verdicts as outputs.

    It takes the place of nbgrader's ``Execute`` and its settings: ``timeout`` is the
    number of seconds for a cell, and for a call of a function; without it (None or
    -1), ``submission_timeout`` alone holds.
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
    plain_tests = Bool(
        False,
        help="Also accept graded cells that belong to no exercise, such as asserts. "
        "They run in the sandbox, after the student's cells and in the same process: "
        "a student's code can read them, hidden tests included, and FORGE THEIR "
        "POINTS. The machine, other students and the verdicts on exercises stay safe.",
    ).tag(config=True)
    sandbox = Enum(
        ["auto", "bubblewrap", "landlock"],
        default_value="auto",
        help="Which sandbox: the first that this machine has, or the one named.",
    ).tag(config=True)
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
        resources[GRADING] = grade_notebook(nb, EXERCISES, self.settings())
        return nb, resources

    def settings(self) -> GradeSettings:
        """Sum up how to grade.

        Returns
        -------
        GradeSettings
            What :func:`rnngrade.grader.grade_notebook` needs.
        """
        confinement = Confinement(
            packages=tuple(self.packages),
            limits=Limits(memory=self.memory << 20),
            protected=not self.trusted_classroom,
            sandbox=self.sandbox,
        )
        # nbgrader takes None and -1 for "without end".
        endless = self.timeout is None or self.timeout < 0
        seconds = self.submission_timeout if endless else self.timeout
        limits = SessionLimits(seconds, self.submission_timeout)
        return GradeSettings(limits, confinement, self.plain_tests)


class AssignPenalties(AssignLatePenalties):
    """Take off what being late costs, without saying again who is late.

    nbgrader has said it when it began with the submission.
    """

    @default("log")
    def _log_default(self) -> logging.LoggerAdapter:
        return _Unrepeated(super()._log_default())


class _Unrepeated(logging.LoggerAdapter):
    def log(self, level: int, msg: object, *args: Any, **kw: Any) -> None:
        if not str(msg).endswith(" seconds late"):
            super().log(level, msg, *args, **kw)


class ClearHiddenTestsOfChecks(ClearHiddenTests):
    """Remove hidden tests from the instructor's checks, and only there.

    In a student's cell, the delimiters are the student's own text; nbgrader's step
    raises on it. Where a plain test has failed, its traceback would show hidden lines.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> Step:
        """Remove the hidden tests of one cell."""  # numpydoc ignore=PR01,RT01
        if utils.is_solution(cell) or not utils.is_grade(cell):
            return cell, resources
        whole = cell.source
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        for output in cell.get("outputs", []) if cell.source != whole else ():
            if output.output_type == "error":
                output.evalue, output.traceback = "", [f"{output.ename}: {FAILED}"]
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
        for output in cell.get("outputs", []):
            _make_plain(output)
        if utils.is_locked(cell) and not utils.is_solution(cell):
            return cell, resources
        lines = plain(clean(cell.source, MAX_SHOWN)).split("\n")
        text = "\n".join(clean(line, MAX_LINE) for line in lines)
        if cell.cell_type != "code":
            text = f"<pre>{html.escape(text)}</pre>"
        cell.source = text
        return cell, resources


def _make_plain(output: NotebookNode) -> None:
    if output.output_type == "stream":
        output.text = plain(output.text)
    elif output.output_type == "error":
        output.ename, output.evalue = plain(output.ename), plain(output.evalue)
        output.traceback = [plain(line) for line in output.traceback]
    elif "text/plain" in output.get("data", {}):
        output.data["text/plain"] = plain(output.data["text/plain"])
