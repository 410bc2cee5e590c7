"""The instructor's sources: solutions as text, notebooks as nbgrader needs them.

A solution is a MyST text notebook (jupytext) whose cells carry nbgrader's metadata.
An exercise with the id E has three of them: E-statement, E (the answer) and E-check.
What a student gets of a cell is decided by nbgrader's own preprocessors, so that the
book and the released notebook cannot differ.

This module runs no cell and knows no points: see :mod:`rnngrade.grader`.
"""

import json
import os
import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

import jupytext
import nbformat
from jupytext.myst import MystMetadataParsingError
from nbformat import NotebookNode, from_dict
from nbgrader.nbgraderformat import (
    MetadataValidator,
    SchemaTooNewError,
    SchemaTooOldError,
    ValidationError,
)
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions
from yaml import YAMLError

FORMAT = "md:myst"
# And what a cell has to be to have one.
REGIONS = {"SOLUTION": "solution", "HIDDEN TESTS": "grade", "MARK SCHEME": "task"}
_NAME = re.compile(r"[A-Za-z0-9_-]+")  # as in nbgrader, and in the ids of cells


class SourceError(ValueError):
    """An instructor's notebook is not as it has to be; the text says why."""


def read_solution(path: str | os.PathLike) -> NotebookNode:
    """Read a solution as a notebook whose cell ids never change.

    Parameters
    ----------
    path : path-like
        A MyST text notebook, such as ``solutions/05_bptt/05_bptt.md``.

    Returns
    -------
    nbformat.NotebookNode
        The notebook. A cell's id is its ``grade_id``; the cells between are numbered
        after the one before them.

    Raises
    ------
    SourceError
        If it cannot be read, two cells have the same ``grade_id``, or one of them is
        no name for a cell.
    """
    try:
        notebook = jupytext.read(path, fmt=FORMAT)
        check_names(notebook)
    except SourceError as error:
        raise SourceError(f"{path}: {error}") from None
    except (MystMetadataParsingError, UnicodeDecodeError, YAMLError) as error:
        raise SourceError(
            f"{path}: {error}\nThe text of this assignment cannot be read. Mend what "
            "is said above; the other cells show how it is written."
        ) from None
    notebook.metadata.pop("jupytext", None)
    last, distance = Path(path).stem, 0
    for cell in notebook.cells:
        name = grade_id(cell)
        last, distance = (name, 0) if name else (last, distance + 1)
        cell.id = f"{last[:56]}-{distance}" if distance else last[:64]
    return notebook


def check_names(notebook: NotebookNode) -> None:
    """Make sure that nbgrader's names of the cells can tell them apart.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        An instructor's notebook.

    Raises
    ------
    SourceError
        If a ``grade_id`` is no name for a cell, or is given twice.
    """
    for cell in notebook.cells:
        flags = cell.metadata.get("nbgrader", {})
        if not isinstance(flags, dict):
            raise SourceError(
                f"a cell has `nbgrader: {flags!r}`, expected `nbgrader: {{grade: "
                "false, grade_id: …}`. Mend it."
            )
        name = flags.get("grade_id", "")
        if name != "" and not (isinstance(name, str) and _NAME.fullmatch(name)):
            raise SourceError(
                f"a cell has the grade_id {name!r}, expected letters, digits, `-` and "
                "`_`. Rename it."
            )
    for name, count in Counter(filter(None, map(grade_id, notebook.cells))).items():
        if count > 1:
            raise SourceError(
                f"{'two' if count == 2 else count} cells have the grade_id {name!r}. "
                "Give each its own."
            )


def check_source(notebook: NotebookNode) -> None:
    """Make sure that nbgrader can make a student's notebook of an instructor's.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        The instructor's notebook; it is not changed.

    Raises
    ------
    SourceError
        If cells share a name, nbgrader's metadata of a cell are not complete, or a
        region has only one of its ends or is in a cell of another kind.
    """
    check_names(notebook)
    try:
        MetadataValidator().validate_nb(notebook)
    except (ValidationError, SchemaTooOldError, SchemaTooNewError) as error:
        said = getattr(error, "message", error)
        raise SourceError(
            f"The nbgrader metadata of a cell are not complete: {said}. Mend them; "
            "other cells show all that belongs there. (`nbgrader update .` mends "
            "notebooks of an older nbgrader.)"
        ) from None
    for cell in notebook.cells:
        for region, flag in REGIONS.items():
            _check_region(cell, region, flag)


def _check_region(cell: NotebookNode, region: str, flag: str) -> None:
    name = grade_id(cell) or cell.source[:60]
    ends = re.findall(rf"(?:BEGIN|END) {region}", cell.source)
    pair = [f"BEGIN {region}", f"END {region}"]
    if ends != pair * (len(ends) // 2):
        raise SourceError(
            f"The cell {name!r} has {', '.join(ends)}; expected is each `### BEGIN "
            f"{region}` with its `### END {region}`. Mend it: students would see what "
            "is to be hidden, or not see what is theirs."
        )
    if ends and not cell.metadata.get("nbgrader", {}).get(flag):
        raise SourceError(
            f"The cell {name!r} has a region {region}, for which `{flag}: true` is "
            "expected in its nbgrader metadata. Write it there, or take the region out."
        )


def write_notebook(path: str | os.PathLike, target: str | os.PathLike) -> bool:
    """Write a solution as the ``.ipynb`` that nbgrader reads, when it is out of date.

    Parameters
    ----------
    path : path-like
        The solution.
    target : path-like
        The notebook to write; its folder is made.

    Returns
    -------
    bool
        Whether the notebook was written: it was missing or older than the solution.
    """
    path, target = Path(path), Path(target)
    if target.exists() and target.stat().st_mtime_ns > path.stat().st_mtime_ns:
        return False
    notebook = read_solution(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    # Replaced in one step: a second nbgrader command never reads half a notebook.
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    nbformat.write(notebook, draft, version=4)
    draft.replace(target)
    return True


def grade_id(cell: NotebookNode) -> str:
    """Return a cell's nbgrader name.

    Parameters
    ----------
    cell : nbformat.NotebookNode
        Any cell.

    Returns
    -------
    str
        Its ``grade_id``, or an empty string.
    """
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def exercise_cells(
    notebook: NotebookNode, exercise_id: str
) -> tuple[NotebookNode, NotebookNode, NotebookNode]:
    """Find the cells of an exercise.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        What `read_solution` returned.
    exercise_id : str
        The exercise's id, which is the ``grade_id`` of its answer cell.

    Returns
    -------
    tuple of three nbformat.NotebookNode
        The statement, the answer (starter and solution) and the check.

    Raises
    ------
    ValueError
        If one of the three is missing.
    """
    cells = {grade_id(cell): cell for cell in notebook.cells}
    names = (f"{exercise_id}-statement", exercise_id, f"{exercise_id}-check")
    missing = [name for name in names if name not in cells]
    if missing:
        known = sorted(name for name in cells if f"{name}-check" in cells)
        raise ValueError(
            f"exercise {exercise_id!r}: no cell with the grade_id "
            f"{' or '.join(missing)}. The exercises of this notebook are "
            f"{', '.join(known) or 'none'}."
        )
    return tuple(cells[name] for name in names)


def released_source(cell: NotebookNode) -> str:
    """Return the text of a cell as students get it.

    Parameters
    ----------
    cell : nbformat.NotebookNode
        A cell of a solution; it is not changed.

    Returns
    -------
    str
        Its source with the solution replaced by nbgrader's stub and the hidden tests
        removed.

    Raises
    ------
    RuntimeError
        If a region is not closed, or stands in a cell of the wrong kind.
    """
    flags = json.dumps(cell.metadata.get("nbgrader", {}), sort_keys=True, default=str)
    return _released(cell.source, cell.cell_type, flags)


@lru_cache(maxsize=1024)  # the same cells for every submission
def _released(source: str, cell_type: str, flags: str) -> str:
    metadata = from_dict({"nbgrader": json.loads(flags)} if flags != "{}" else {})
    cell = NotebookNode(source=source, cell_type=cell_type, metadata=metadata)
    for step in (ClearSolutions(), ClearHiddenTests()):
        cell, _ = step.preprocess_cell(cell, {"language": "python"}, 0)
    return cell.source
