"""What is taken from a submitted notebook: the text of its cells, and nothing else.

The file is opened without following links and read under limits; metadata, outputs,
attachments and the kernel's name are left behind. The notebook to be graded is then
built from the instructor's cells: the answers are filled in by their ``grade_id``, and
the student's own cells are put where the student had them.

Nothing is run here.
"""

import json
import os
import stat
from collections import defaultdict
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from rnngrade.source import grade_id, released_source
from rnngrade.values import MAX_TEXT, clean

MAX_BYTES = 20_000_000
MAX_CELLS = 1_000
MISSING = "# This cell is not in the submitted notebook."


class Unreadable(ValueError):
    """A submitted file is no notebook that can be read; the text says why."""


def read_submission(path: str | os.PathLike) -> NotebookNode:
    """Read the text of a submitted notebook's cells.

    Parameters
    ----------
    path : path-like
        The submitted file.

    Returns
    -------
    nbformat.NotebookNode
        Cells with a type, a source and, where it has one, a ``grade_id``.

    Raises
    ------
    Unreadable
        If it is not a plain file, too large, or no notebook of version 4.
    """
    if os.path.islink(os.path.dirname(path)):
        raise Unreadable(
            "The submitted folder is a link, perhaps to another student's work. "
            "Submit a folder that holds the notebook itself."
        )
    try:
        data = read_plain_file(path, MAX_BYTES)
        notebook = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(
            "The submitted file is not JSON. Open it in Jupyter, save it as a "
            "notebook, and submit that."
        ) from None
    cells = notebook.get("cells") if type(notebook) is dict else None
    if type(cells) is not list:
        raise Unreadable(
            "The submitted file has no list of cells. Open it in Jupyter, save it "
            "again as a notebook of version 4, and submit that."
        )
    if len(cells) > MAX_CELLS:
        raise Unreadable(
            f"{len(cells)} cells were submitted, expected {MAX_CELLS} at most. Delete "
            "those that no answer needs, and submit again."
        )
    return new_notebook(cells=[_cell(*item) for item in enumerate(cells)])


def rebuild(
    instructor: NotebookNode, submission: NotebookNode
) -> tuple[NotebookNode, list[str]]:
    """Build the notebook to be graded.

    Parameters
    ----------
    instructor : nbformat.NotebookNode
        The source notebook, with solutions and hidden tests.
    submission : nbformat.NotebookNode
        What `read_submission` returned.

    Returns
    -------
    notebook : nbformat.NotebookNode
        The instructor's cells in their order, with the student's answers, and the
        student's own cells after the cell that they followed.
    notes : list of str
        What was put right: cells that were missing, changed or there twice.
    """
    known = {grade_id(cell): cell for cell in instructor.cells if grade_id(cell)}
    first, own, notes = _sort(submission, known)
    cells = [*own[""]]
    for name, cell in known.items():
        cells.append(_filled(cell, first.get(name), notes))
        cells.extend(own[name])
    for number, cell in enumerate(cells):
        cell.id = cell.get("id") if grade_id(cell) else f"own-{number}"
    metadata = {"kernelspec": instructor.metadata.get("kernelspec", {})}
    return new_notebook(cells=cells, metadata=nbformat.from_dict(metadata)), notes


def read_plain_file(path: str | os.PathLike, limit: int) -> bytes:
    """Read a file that a student has handed in.

    Parameters
    ----------
    path : path-like
        The file.
    limit : int
        The most bytes that it may have.

    Returns
    -------
    bytes
        Its content.

    Raises
    ------
    Unreadable
        If it is a link, a pipe, a folder, too large, or not there.
    """
    # A link could lead to another student's work, a pipe would never end.
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise Unreadable(
            f"The submitted file cannot be opened ({error.strerror}). Submit the "
            "notebook itself, not a link to it."
        ) from None
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise Unreadable(
                "What was submitted is not a plain file. Submit the notebook itself."
            )
        with os.fdopen(file, "rb", closefd=False) as stream:
            data = stream.read(limit + 1)
    finally:
        os.close(file)
    if len(data) > limit:
        raise Unreadable(
            f"The submitted file has more than {limit} bytes. Clear all outputs, save "
            "and submit again."
        )
    return data


def _cell(number: int, raw: Any) -> NotebookNode:
    raw = raw if type(raw) is dict else {}
    source = raw.get("source", "")
    if type(source) is list and all(type(line) is str for line in source):
        source = "".join(source)
    source = clean(source, MAX_TEXT) if type(source) is str else ""
    make = new_code_cell if raw.get("cell_type") == "code" else new_markdown_cell
    cell = make(source, id=f"submitted-{number}")
    metadata: Any = raw.get("metadata")
    for key in ("nbgrader", "grade_id"):
        metadata = metadata.get(key) if type(metadata) is dict else None
    if type(metadata) is str:
        cell.metadata["nbgrader"] = NotebookNode(grade_id=clean(metadata, 200))
    return cell


def _sort(
    submission: NotebookNode, known: dict[str, NotebookNode]
) -> tuple[dict, defaultdict, list[str]]:
    first: dict[str, NotebookNode] = {}
    own: defaultdict[str, list[NotebookNode]] = defaultdict(list)
    notes, last = [], ""
    for cell in submission.cells:
        name = grade_id(cell)
        if name in known and name not in first:
            first[name], last = cell, name
            continue
        if name in known:
            # Splitting a cell in JupyterLab copies its metadata: both halves count.
            notes.append(f"Cell {name} was there twice; the second is a cell of yours.")
        cell.metadata = NotebookNode()
        own[last].append(cell)
    return first, own, notes


def _filled(
    cell: NotebookNode, submitted: NotebookNode | None, notes: list[str]
) -> NotebookNode:
    name, metadata = grade_id(cell), cell.metadata["nbgrader"]
    make = new_code_cell if cell.cell_type == "code" else new_markdown_cell
    source = released_source(cell)
    if submitted is None:
        notes.append(f"Cell {name} was missing and has been put back.")
        # Not the stub: the answer may stand in a cell that has lost its name.
        source = MISSING if metadata["solution"] else source
    elif metadata["solution"]:
        source = submitted.source
    elif submitted.source.strip() != source.strip():
        notes.append(f"Cell {name} differs from the instructor's, whose text is back.")
    if not metadata["solution"]:
        source = cell.source  # hidden tests included: nbgrader compares checksums
    kept = nbformat.from_dict({"nbgrader": dict(metadata)})
    return make(source, id=cell.get("id", name[:64]), metadata=kept)
