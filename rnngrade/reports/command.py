"""``rnngrade report`` and ``rnngrade similar``: what a graded class looks like.

Both write pages for the instructor into ``course/reports/<assignment>``, which only you
can read: they name students, and one shows the reference solution.
"""

from functools import partial
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps.baseapp import NbGrader, nbgrader_aliases, nbgrader_flags

from rnngrade.engine.application import assignment_of, launch
from rnngrade.engine.feedback import read_grades
from rnngrade.engine.store import PRIVATE, Store, write_whole
from rnngrade.exercises import EXERCISES
from rnngrade.reports.class_page import render as render_class
from rnngrade.reports.class_report import Final, summarize
from rnngrade.reports.class_tables import write_csv
from rnngrade.reports.similarity import from_folders
from rnngrade.reports.similarity_page import render as render_similarity

FOLDER = "reports"


class Report(NbGrader):
    """What both applications share."""

    flags = nbgrader_flags
    aliases = nbgrader_aliases

    def start(self) -> None:
        """Write the report, and say where it is."""
        super().start()
        name = assignment_of(self)
        folder = Path(self.coursedir.root, FOLDER, name)
        store = Store(Path(self.coursedir.root), name, self.log)
        try:
            if next(iter(store), None) is None:
                self.fail(
                    "There is no verdict on %s. Grade it: `rnngrade autograde %s`.",
                    name,
                    name,
                )
            folder.mkdir(parents=True, exist_ok=True)
            for path in self.write(name, folder, store):
                print(path)
        except OSError as error:
            self.log.error("%s. Reports that are there are whole.", error)
            self.exit(1)

    def write(self, name: str, folder: Path, store: Store) -> list[Path]:
        """Write the report.

        Parameters
        ----------
        name : str
            The assignment.
        folder : Path
            Where to.
        store : rnngrade.engine.store.Store
            What has been graded.

        Returns
        -------
        list of Path
            The files that were written.
        """
        raise NotImplementedError


class ClassReport(Report):
    """The application ``rnngrade report``."""

    name = "rnngrade-report"
    description = "Sum up a graded assignment: points, mistakes, what failed."
    examples = "rnngrade report 05_bptt"

    def write(self, name: str, folder: Path, store: Store) -> list[Path]:
        """Write a page and two tables."""  # numpydoc ignore=PR01,RT01
        finals, missing = self._gradebook(name)
        report = summarize(name, store, EXERCISES, finals=finals, missing=missing)
        page = folder / "report.html"
        write_whole(page, render_class(report), PRIVATE)
        write_csv(report, folder)
        return [page, folder / "answers.csv", folder / "mistakes.csv"]

    def _gradebook(self, name: str) -> tuple[dict[str, Final], list[str]]:
        finals: dict[str, Final] = {}
        for (student, _), grades in read_grades(self.coursedir, name).items():
            before = finals.get(student, Final(0.0, 0.0, 0.0, False))
            finals[student] = Final(
                before.score + grades.score + grades.penalty,
                before.max_score + grades.max_score,
                before.late_penalty + grades.penalty,
                before.needs_manual or grades.unfinished,
            )
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            everybody = [student.id for student in gradebook.students]
        return finals, [student for student in everybody if student not in finals]


class Similar(Report):
    """The application ``rnngrade similar``."""

    name = "rnngrade-similar"
    description = "Show answers that are equal up to names and layout, side by side."
    examples = "rnngrade similar 05_bptt"

    def write(self, name: str, folder: Path, store: Store) -> list[Path]:
        """Write a page for each notebook."""  # numpydoc ignore=PR01,RT01
        checks = {
            record.student: {
                exercise: check
                for notebook in record.notebooks
                for exercise, check in notebook.checks.items()
            }
            for record in store
        }
        pages = []
        for notebook, found in from_folders(
            self.coursedir, name, self.log, checks
        ).items():
            pages.append(folder / f"similar_{notebook}.html")
            write_whole(pages[-1], render_similarity(found), PRIVATE)
        return pages


report = partial(launch, ClassReport)
similar = partial(launch, Similar)
