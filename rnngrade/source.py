"""The instructor's sources: solutions as text, notebooks as nbgrader needs them.

A solution is a MyST text notebook (jupytext) whose cells carry nbgrader's metadata.
An exercise with the id E has three of them: E-statement, E (the answer) and E-check.
What a student gets of a cell is decided by nbgrader's own preprocessors, so that the
book and the released notebook cannot differ.

This module runs no cell and knows no points: see :mod:`rnngrade.grader`.
"""

import json
import os
from functools import lru_cache
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode, from_dict
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

FORMAT = "md:myst"


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
    ValueError
        If two cells have the same ``grade_id``.
    """
    notebook = jupytext.read(path, fmt=FORMAT)
    notebook.metadata.pop("jupytext", None)
    last, distance, seen = Path(path).stem, 0, set()
    for cell in notebook.cells:
        name = grade_id(cell)
        if name in seen:
            raise ValueError(
                f"{path}: two cells have the grade_id {name!r}. Rename one of them."
            )
        if name:
            seen.add(name)
        last, distance = (name, 0) if name else (last, distance + 1)
        cell.id = f"{last[:56]}-{distance}" if distance else last[:64]
    return notebook


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
