"""The class report as two CSV files, for a spreadsheet or a script.

``answers.csv`` has a row for each student and exercise, ``mistakes.csv`` one for each
mistake of an exercise. A spreadsheet runs text that starts like a formula, and the text
of an exception is a student's: such text gets an apostrophe in front, also after a
semicolon, at which some spreadsheets split. Numbers stay numbers.

Nothing is computed here.
"""

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

from rnngrade.engine.store import PRIVATE, write_whole
from rnngrade.reports.answers import shown
from rnngrade.reports.class_report import ClassReport

ANSWERS = (
    "student",
    "assignment",
    "exercise",
    "points",
    "max_points",
    "mistakes",
    "failure",
    "seconds",
    "notes",
)
MISTAKES = ("exercise", "mistake", "count", "share")
MAX_CELL = 2_000  # characters
# The last four are the wide forms, which some spreadsheets take for the others.
_FORMULA = re.compile("(^|;)([\\s\"']*[=+\\-@\uff1d\uff0b\uff0d\uff20])")


def write_csv(report: ClassReport, folder: Path) -> tuple[Path, Path]:
    """Write the tables of a class report.

    Parameters
    ----------
    report : ClassReport
        What :func:`rnngrade.reports.class_report.summarize` returned.
    folder : Path
        Where to; it is made.

    Returns
    -------
    answers, mistakes : Path
        The files. Each appears whole or not at all.

    Raises
    ------
    OSError
        If a file cannot be written; what was there before is still there.
    """
    folder = Path(folder)
    answers, mistakes = folder / "answers.csv", folder / "mistakes.csv"
    write_whole(answers, _table(ANSWERS, _answers(report)), PRIVATE)
    write_whole(mistakes, _table(MISTAKES, _mistakes(report)), PRIVATE)
    return answers, mistakes


def _answers(report: ClassReport) -> Iterable[tuple]:
    best = {each.id: each.max_points for each in report.exercises}
    for answer in sorted(report.answers, key=lambda answer: answer.student):
        yield (
            answer.student,
            report.assignment,
            answer.exercise,
            answer.points,
            best[answer.exercise],
            " ".join(answer.mistakes),
            answer.failure,
            answer.seconds,
            " ".join(answer.notes),
        )


def _mistakes(report: ClassReport) -> Iterable[tuple]:
    for found in report.mistakes:
        yield found.exercise, found.name, found.count, round(found.share, 4)


def _table(header: tuple[str, ...], rows: Iterable[tuple]) -> str:
    # With a mark in front, spreadsheets read UTF-8.
    file = io.StringIO("\ufeff")
    file.seek(1)
    table = csv.writer(file, lineterminator="\n")
    table.writerow(header)
    table.writerows([_cell(value) for value in row] for row in rows)
    return file.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str):
        return _FORMULA.sub(r"\1'\2", shown(value, MAX_CELL))
    return f"{value:g}" if isinstance(value, float) else value
