"""The class's grades as CSV files: for scripts and people, for Canvas, for Moodle.

They are exporters of nbgrader's, used as ``nbgrader export --exporter
rnngrade.exports.CanvasExporter --to grades-canvas.csv``. A score is what nbgrader says:
points less the late penalty, and never below zero. The gradebook is read in a handful
of queries, however large the class. A file appears whole or not at all.

What the importers do with a file was read in their sources:
``lib/gradebook_importer.rb`` and ``ui/features/gradebook_uploads`` in
github.com/instructure/canvas-lms, ``grade/import/csv/classes/load_data.php`` in
github.com/moodle/moodle, and "Grade import", docs.moodle.org/311/en/Grade_import.
What follows from it:

* In both, an empty cell is not neutral: it **removes** a grade that is there.
  Therefore students who have submitted nothing of what is exported are left out, and
  the importer leaves them alone. Export one assignment at a time, or give the Canvas
  exporter a roster, to keep all other grades as well.
* Canvas finds a student by ``ID``, then by ``SIS User ID``, then by ``SIS Login ID``,
  and at last by the name. It reads ``42ada`` in the column ``ID`` as the user 42. It
  finds an assignment by the number in ``NAME (NUMBER)``, else by the name.
* Moodle gives the grades of a row whose user column is blank to the student of the row
  before. There is one user column, and nobody without a value in it is exported.
* Moodle replaces a grade by the feedback that is imported without one. There is no
  feedback in the file.

A spreadsheet runs text that starts like a formula. Names, and the email address where
it is no key, get an apostrophe in front, which a spreadsheet takes for "this is text".
What identifies a student stays as it is in every file, since a changed key would give
the grade to nobody or to somebody else; such keys are named in a warning. Numbers stay
numbers.

Grades are read here and never changed, and nothing is sent to Canvas or Moodle.
"""

import os
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from nbgrader.api import Gradebook, Student
from nbgrader.plugins import ExportPlugin
from traitlets import Dict, Enum, Unicode

from rnngrade.feedback import plain
from rnngrade.roster import Roster, read_roster
from rnngrade.scores import CannotExport, Grades, Result, read_grades, some

PLAIN_COLUMNS = (
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
)
# The last four are the wide forms, which some spreadsheets take for the others.
FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
POINTS = "Points Possible"


def write_file(path: str | os.PathLike, rows: Iterable[Iterable[str]]) -> None:
    r"""Write a CSV file as a whole: it takes the place of an older one at the end.

    Parameters
    ----------
    path : path-like
        The file. What is no plain file, such as ``/dev/stdout``, is written to.
    rows : iterable of iterable of str
        The cells. One with a comma, a quote or a line break is quoted.

    Raises
    ------
    CannotExport
        If it cannot be written. An older file is then as it was.
    """
    text = "".join(",".join(map(_quoted, row)) + "\n" for row in rows)
    place = Path(path)
    try:
        if place.exists() and not place.is_file():
            place.write_text(text, encoding="utf-8", newline="")
        else:
            _replace(Path(os.path.realpath(place)), text)
    except OSError as error:
        raise CannotExport(
            f"{str(path)!r} cannot be written ({error.strerror}). An older file is as "
            "it was. Name a file in a folder that you may write to with --to, and see "
            "that the disk has room."
        ) from None


class GradesExporter(ExportPlugin):
    """What all exporters share; ``rows`` says what is in the file."""

    default_to = "grades.csv"

    def export(self, gradebook: Gradebook) -> None:
        """Write the grades to the file that ``--to`` names.

        Parameters
        ----------
        gradebook : nbgrader.api.Gradebook
            An open gradebook.
        """
        path = self.to or self.default_to
        self.log.info("Exporting grades to %s", path)
        try:
            grades = read_grades(
                gradebook, map(str, self.assignment), map(str, self.student)
            )
            write_file(path, self.rows(grades))
        except CannotExport as error:
            self.log.error("Nothing has been exported. %s", error)
            sys.exit(1)
        self._warn(grades)

    def rows(self, grades: Grades) -> Iterator[list[str]]:
        """Yield the rows of the file.

        Parameters
        ----------
        grades : Grades
            What is to be exported.

        Yields
        ------
        list of str
            The cells of a row; the first row is the header.
        """
        raise NotImplementedError

    def key_of(self, student: Student) -> str:
        """Return what identifies a student in the file.

        Parameters
        ----------
        student : nbgrader.api.Student
            One of the class.

        Returns
        -------
        str
            The student's id in nbgrader.
        """
        return student.id

    def _warn(self, grades: Grades) -> None:
        open_parts = Counter(
            assignment.name
            for assignment in grades.assignments
            for student in grades.students
            if grades.results.get((assignment.id, student.id), Result()).unfinished
        )
        for name, count in open_parts.items():
            self.log.warning(
                "%r: %d exported %s parts that nobody has graded yet and that count as "
                "0. Grade them in the formgrader and export again.",
                name,
                count,
                "score has" if count == 1 else "scores have",
            )
        risky = [k for k in map(self.key_of, grades.students) if k != _as_text(k)]
        if risky:
            self.log.warning(
                "A spreadsheet may run what identifies these students as a formula: "
                "%s. It has been written as it is, since it must match. Import the "
                "file without opening it in a spreadsheet.",
                some(risky),
            )


class PlainExporter(GradesExporter):
    """Write what nbgrader's ``CsvExportPlugin`` writes, in the same columns.

    Whoever has submitted nothing has a score of 0. Any name can be read back.
    """

    def rows(self, grades: Grades) -> Iterator[list[str]]:
        """Yield a row for each assignment and student."""  # numpydoc ignore=PR01,YD01
        yield list(PLAIN_COLUMNS)
        for assignment in grades.assignments:
            for student in grades.students:
                result = grades.results.get((assignment.id, student.id), Result())
                yield [
                    _text(assignment.name),
                    _text(assignment.duedate),
                    _text(result.timestamp),
                    _text(student.id),
                    _as_text(_text(student.last_name)),
                    _as_text(_text(student.first_name)),
                    _as_text(_text(student.email)),
                    str(result.raw_score),
                    str(result.penalty),
                    str(result.score),
                    _text(assignment.max_score),
                ]


class LmsExporter(GradesExporter):
    """What the exporters for learning platforms share: a row for each student."""

    columns = Dict(
        help="For an assignment, the name of its column in the file, where that is not "
        "the assignment's own name. For Canvas, its number there is enough.",
    ).tag(config=True)
    missing = Enum(
        ["empty", "zero"],
        default_value="empty",
        help="What becomes of students who have not submitted. 'empty': no grade, and "
        "who has submitted nothing at all is left out, so that the platform changes "
        "nothing for them. In another cell, an empty grade removes one that the "
        "platform has. 'zero': a score of 0, which replaces any grade.",
    ).tag(config=True)
    no_grade = ""

    def about(self, student: Student) -> list[str] | None:
        """Say who a student is.

        Parameters
        ----------
        student : nbgrader.api.Student
            One of the class.

        Returns
        -------
        list of str or None
            The first cells of the row; None where the platform could not know them.
        """
        raise NotImplementedError

    def kept(self, student: Student, title: str) -> str:
        """Return the cell of a student who has not submitted.

        Parameters
        ----------
        student : nbgrader.api.Student
            One of the class.
        title : str
            The column.

        Returns
        -------
        str
            No grade.
        """
        return self.no_grade

    def title(self, name: str) -> str:
        """Return the name of an assignment's column.

        Parameters
        ----------
        name : str
            The assignment's name in nbgrader.

        Returns
        -------
        str
            The name in the file.
        """
        return _line(self.columns.get(name, name))

    def titles(self, grades: Grades) -> list[str]:
        """Return the names of the columns that hold grades.

        Parameters
        ----------
        grades : Grades
            What is to be exported.

        Returns
        -------
        list of str
            One for each assignment.

        Raises
        ------
        CannotExport
            If two are the same.
        """
        titles = [self.title(assignment.name) for assignment in grades.assignments]
        twice = [title for title, count in Counter(titles).items() if count > 1]
        if twice:
            raise CannotExport(
                f"Several assignments would have the column {some(twice)}, expected "
                f"one for each. Change {type(self).__name__}.columns."
            )
        return titles

    def students(self, grades: Grades, titles: list[str]) -> Iterator[list[str]]:
        """Yield the rows of the students.

        Parameters
        ----------
        grades : Grades
            What is to be exported.
        titles : list of str
            The columns that hold grades.

        Yields
        ------
        list of str
            The cells of a row.
        """
        absent, unknown = [], []
        for student in grades.students:
            about, results = self.about(student), grades.of(student)
            if self.missing == "empty" and not any(results):
                absent.append(student.id)
            elif about is None:
                unknown.append(student.id)
            else:
                cells = zip(results, titles, strict=True)
                yield about + [self._cell(student, *cell) for cell in cells]
        self._report(absent, unknown)

    def _cell(self, student: Student, result: Result | None, title: str) -> str:
        if result is None and self.missing == "empty":
            return self.kept(student, title)
        return _number((result or Result()).score)

    def _report(self, absent: list[str], unknown: list[str]) -> None:
        if absent:
            self.log.info("Left out, for nothing was submitted: %s", some(absent))
        if unknown:
            self.log.warning(
                "Left out, for nothing is known that would identify them there: %s. "
                "Their grades are NOT in the file.",
                some(unknown),
            )


class CanvasExporter(LmsExporter):
    """Write a file for "Import" in the gradebook of Canvas."""

    default_to = "grades-canvas.csv"
    key = Enum(
        ["SIS Login ID", "SIS User ID", "ID"],
        default_value="SIS Login ID",
        help="The column of Canvas that holds what nbgrader calls the student's id.",
    ).tag(config=True)
    roster = Unicode(
        help="A gradebook exported from Canvas. Who a student is, the number of an "
        "assignment and the grades of those who have not submitted are then taken from "
        "it, so that the import changes nothing else.",
    ).tag(config=True)
    _known: Roster | None = None

    def rows(self, grades: Grades) -> Iterator[list[str]]:
        """Yield header, points and students."""  # numpydoc ignore=PR01,YD01
        self._known = read_roster(self.roster, self.key) if self.roster else None
        head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
        if self._known:
            head = self._known.header[: self._known.about]
        titles = self.titles(grades)
        yield head + titles
        points = [_number(assignment.max_score) for assignment in grades.assignments]
        yield [POINTS] + [""] * (len(head) - 1) + points
        yield from self.students(grades, titles)

    def title(self, name: str) -> str:
        """Return the name, with its number if known."""  # numpydoc ignore=PR01,RT01
        given = str(self.columns.get(name, ""))
        if given.isdecimal():
            return f"{_line(name)} ({given})"
        found = self._known.title(name) if self._known and not given else None
        return found or super().title(name)

    def about(self, student: Student) -> list[str] | None:
        """Say who a student is."""  # numpydoc ignore=PR01,RT01
        if self._known:
            row = self._known.rows.get(student.id)
            return row[: self._known.about] if row else None
        if self.key == "ID" and not student.id.isdecimal():
            return None
        number = _text(student.lms_user_id)
        keys = {"ID": number if number.isdecimal() else "", self.key: student.id}
        names = filter(None, (_line(student.last_name), _line(student.first_name)))
        name = _as_text(", ".join(names) or _line(student.id))
        # A name with these words would be read as the row of points.
        name = name.replace(POINTS, POINTS.replace(" ", "-"))
        columns = ("ID", "SIS User ID", "SIS Login ID")
        return [name, *(keys.get(column, "") for column in columns), ""]

    def kept(self, student: Student, title: str) -> str:
        """Return what Canvas has already."""  # numpydoc ignore=PR01,RT01
        if not self._known or title not in self._known.header:
            return self.no_grade
        return self._known.rows[student.id][self._known.header.index(title)]


class MoodleExporter(LmsExporter):
    """Write a file for "Import", "CSV file" in the gradebook of Moodle.

    On Moodle's page, the third column is what to map from, and each grade column is
    mapped to a grade item.
    """

    default_to = "grades-moodle.csv"
    key = Enum(
        ["Username", "ID number", "Email address"],
        default_value="Username",
        help="The field of Moodle that identifies a student. The first two hold what "
        "nbgrader calls the student's id; the third is the address in the gradebook.",
    ).tag(config=True)
    # An empty cell would be an invalid number where Moodle makes a new grade item.
    no_grade = "-"

    def rows(self, grades: Grades) -> Iterator[list[str]]:
        """Yield the header and a row for each student."""  # numpydoc ignore=PR01,YD01
        titles = self.titles(grades)
        yield ["First name", "Last name", self.key, *titles]
        yield from self.students(grades, titles)

    def key_of(self, student: Student) -> str:
        """Return the id or the address."""  # numpydoc ignore=PR01,RT01
        return _text(student.email if self.key == "Email address" else student.id)

    def about(self, student: Student) -> list[str] | None:
        """Say who a student is."""  # numpydoc ignore=PR01,RT01
        names = (_as_text(_line(n)) for n in (student.first_name, student.last_name))
        key = self.key_of(student)
        # To Moodle, 0 is as blank as a blank.
        return [*names, key] if key.strip() not in ("", "0") else None


def _replace(place: Path, text: str) -> None:
    draft = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        with open(draft, "w", encoding="utf-8", newline="") as file:
            if place.exists():
                shutil.copymode(place, draft)  # before there is a grade in it
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, place)
    finally:
        draft.unlink(missing_ok=True)


def _quoted(text: str) -> str:
    if not re.search('[,"\r\n]', text):
        return text
    return '"' + text.replace('"', '""') + '"'


def _as_text(text: str) -> str:
    risky = text.lstrip().startswith(FORMULA) or text.startswith(("\t", "\r"))
    return f"'{text}" if risky else text


def _line(text: object) -> str:
    # Canvas looks for the separator line by line.
    return " ".join(plain(re.sub(r"\s", " ", _text(text))).split())


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: float) -> str:
    # Neither platform reads 1e-05, and Moodle keeps five decimals.
    return f"{value:.5f}".rstrip("0").rstrip(".")
