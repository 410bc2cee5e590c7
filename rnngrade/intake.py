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
from nbformat.v4 import new_notebook

from rnngrade.cells import code_cell, markdown_cell
from rnngrade.sandbox.values import MAX_TEXT, clean, written_size
from rnngrade.source import grade_id, released_source

MAX_BYTES = 20_000_000
MAX_BRACKETS = 1_000_000  # lists, dicts and their names, those in texts included
MAX_VALUES = 3_000_000
MAX_CELLS = 1_000
MAX_SOURCES = 2_000_000  # characters of all cells, as they are written to files
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
    return parse_submission(submitted_bytes(path))


def submitted_bytes(path: str | os.PathLike) -> bytes:
    """Read a submitted file, as it is.

    Parameters
    ----------
    path : path-like
        The submitted file.

    Returns
    -------
    bytes
        Its content.

    Raises
    ------
    Unreadable
        If it is not a plain file in a plain folder, or too large.
    """
    folder = os.path.dirname(path)
    # In nbgrader's folders: that of the assignment, and that of the student.
    if os.path.islink(folder) or os.path.islink(os.path.dirname(folder)):
        raise Unreadable(
            "The submitted folder is a link, perhaps to another student's work. "
            "Submit a folder that holds the notebook itself."
        )
    return read_plain_file(path, MAX_BYTES)


def parse_submission(data: bytes) -> NotebookNode:
    """Take the text of the cells out of a submitted file.

    Parameters
    ----------
    data : bytes
        What `submitted_bytes` returned.

    Returns
    -------
    nbformat.NotebookNode
        As `read_submission` returns it.

    Raises
    ------
    Unreadable
        If it is no notebook of version 4, or holds too much.
    """
    cells = _parsed_cells(data)
    if len(cells) > MAX_CELLS:
        raise Unreadable(
            f"{len(cells)} cells were submitted, expected {MAX_CELLS} at most. Delete "
            "those that no answer needs, and submit again."
        )
    notebook = new_notebook(cells=[_cell(*item) for item in enumerate(cells)])
    size = sum(written_size(cell.source) for cell in notebook.cells)
    if size > MAX_SOURCES:
        raise Unreadable(
            f"The submitted cells take {size} characters, expected {MAX_SOURCES} at "
            "most. Delete the data and images in their text, and submit again."
        )
    return notebook


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
    about = instructor.metadata
    metadata = {name: about[name] for name in ("kernelspec",) if name in about}
    rebuilt = new_notebook(cells=cells, metadata=nbformat.from_dict(metadata))
    return rebuilt, list(dict.fromkeys(notes))


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
        _check_kind(os.fstat(file))
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


def _check_kind(about: os.stat_result) -> None:
    if not stat.S_ISREG(about.st_mode):
        raise Unreadable(
            "What was submitted is not a plain file. Submit the notebook itself."
        )
    # A hard link is a link as well, and may lead to the same places.
    if about.st_nlink > 1:
        raise Unreadable(
            "The submitted file has a second name somewhere else on this disk. "
            "Submit a copy of the notebook, not a hard link to it."
        )


def _parsed_cells(data: bytes) -> list:
    _check_amount(data)
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
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
    return cells


def _check_amount(data: bytes) -> None:
    # Before parsing: an empty list takes three bytes here and eighty in memory.
    brackets = sum(map(data.count, (b"[", b"{", b":")))
    values = data.count(b",")
    if brackets > MAX_BRACKETS or values > MAX_VALUES:
        raise Unreadable(
            f"The submitted file holds {brackets} brackets and colons and {values} "
            f"commas, expected {MAX_BRACKETS} and {MAX_VALUES} at most. Clear all "
            "outputs, save and submit again."
        )


def _cell(number: int, raw: Any) -> NotebookNode:
    raw = raw if type(raw) is dict else {}
    source = raw.get("source", "")
    if type(source) is list and all(type(line) is str for line in source):
        source = "".join(source)
    source = clean(source, MAX_TEXT) if type(source) is str else ""
    make = code_cell if raw.get("cell_type") == "code" else markdown_cell
    cell = make(source, f"submitted-{number}")
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
    make = code_cell if cell.cell_type == "code" else markdown_cell
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
    return make(source, cell.get("id", name[:64]), {"nbgrader": dict(metadata)})
