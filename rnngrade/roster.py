"""The gradebook that Canvas exports, as a list of who is in the class.

Canvas finds students and assignments by its own numbers. Its export has them, and the
grades that it holds.

What is in the file is taken as it is; nothing is written here.
"""

import csv
import io
import os
import re
from dataclasses import dataclass
from pathlib import Path

from rnngrade.scores import CannotExport, some


@dataclass(frozen=True)
class Roster:
    """A gradebook that was exported from Canvas.

    Attributes
    ----------
    header : list of str
        The names of all columns.
    rows : dict of str to list of str
        The cells of each student, by what identifies the student.
    """

    header: list[str]
    rows: dict[str, list[str]]

    @property
    def about(self) -> int:
        """How many columns say who a student is."""  # numpydoc ignore=RT01
        return self.header.index("Section") + 1

    def title(self, assignment: str) -> str | None:
        """Find the column of an assignment.

        Parameters
        ----------
        assignment : str
            Its name in nbgrader.

        Returns
        -------
        str or None
            The column's name, with the number that Canvas has given it.
        """
        pattern = re.compile(re.escape(assignment) + r" \(\d+\)")
        return next(filter(pattern.fullmatch, self.header[self.about :]), None)


def read_roster(path: str | os.PathLike, key: str) -> Roster:
    """Read a gradebook that was exported from Canvas.

    Parameters
    ----------
    path : path-like
        The file.
    key : str
        The column that holds what nbgrader calls the student's id.

    Returns
    -------
    Roster
        Its students.

    Raises
    ------
    CannotExport
        If it cannot be read or has no such column.
    """
    remedy = "Export the gradebook from Canvas as CSV and give that file."
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        header, *rows = _cells(text) or [[]]
    except (OSError, ValueError, csv.Error) as error:
        raise CannotExport(
            f"The roster {str(path)!r} cannot be read ({error}). {remedy}"
        ) from None
    if not {key, "Section"} <= set(header):
        raise CannotExport(
            f"The roster {str(path)!r} has the columns {some(header)}, expected "
            f"{key!r} and 'Section' among them. {remedy} Or set CanvasExporter.key to "
            "the column that holds what nbgrader calls the student's id."
        )
    place = header.index(key)
    return Roster(header, {r[place]: r for r in rows if len(r) == len(header)})


def _cells(text: str) -> list[list[str]]:
    first = text.partition("\n")[0]
    # In some languages Canvas separates by semicolons.
    delimiter = ";" if first.count(";") > first.count(",") else ","
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
