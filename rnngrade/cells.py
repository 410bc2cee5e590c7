"""Cells and outputs of notebooks, made of texts.

They are what ``nbformat.v4.new_code_cell`` and its like make, without the check against
nbformat's schema: every part is a text or a number that this package has made, and the
check would take longer than to read and rebuild the notebook.

What is in a notebook that comes from outside is the matter of :mod:`rnngrade.intake`.
"""

from typing import Any

from nbformat import NotebookNode, from_dict


def code_cell(
    source: str, identifier: str, metadata: dict[str, Any] | None = None
) -> NotebookNode:
    """Make a code cell without outputs.

    Parameters
    ----------
    source : str
        Its text.
    identifier : str
        Its id in the notebook.
    metadata : dict, optional
        Its metadata.

    Returns
    -------
    nbformat.NotebookNode
        The cell.

    Examples
    --------
    >>> code_cell("x = 1", "a").outputs
    []
    """
    return NotebookNode(
        id=identifier,
        cell_type="code",
        metadata=from_dict(metadata or {}),
        execution_count=None,
        source=source,
        outputs=[],
    )


def markdown_cell(
    source: str, identifier: str, metadata: dict[str, Any] | None = None
) -> NotebookNode:
    """Make a Markdown cell.

    Parameters
    ----------
    source : str
        Its text.
    identifier : str
        Its id in the notebook.
    metadata : dict, optional
        Its metadata.

    Returns
    -------
    nbformat.NotebookNode
        The cell.
    """
    return NotebookNode(
        id=identifier,
        cell_type="markdown",
        source=source,
        metadata=from_dict(metadata or {}),
    )


def printed(text: str) -> NotebookNode:
    """Make an output of what a cell has printed.

    Parameters
    ----------
    text : str
        Standard output and standard error.

    Returns
    -------
    nbformat.NotebookNode
        The output.
    """
    return NotebookNode(output_type="stream", name="stdout", text=text)


def result(
    text: str, count: int, metadata: dict[str, Any] | None = None
) -> NotebookNode:
    """Make an output of the value of a cell's last line.

    Parameters
    ----------
    text : str
        The value as text.
    count : int
        The cell's number.
    metadata : dict, optional
        Metadata of the output.

    Returns
    -------
    nbformat.NotebookNode
        The output.
    """
    return NotebookNode(
        output_type="execute_result",
        metadata=from_dict(metadata or {}),
        data=NotebookNode({"text/plain": text}),
        execution_count=count,
    )


def raised(lines: list[str]) -> NotebookNode:
    """Make an output of the exception that has ended a cell.

    Parameters
    ----------
    lines : list of str
        The traceback; the last line names the exception.

    Returns
    -------
    nbformat.NotebookNode
        The output.

    Examples
    --------
    >>> raised(["ValueError: no"]).evalue
    'no'
    """
    name, _, text = lines[-1].partition(": ")
    return NotebookNode(
        output_type="error", ename=name, evalue=text, traceback=[*lines]
    )
