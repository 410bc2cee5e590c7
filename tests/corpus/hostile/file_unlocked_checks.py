"""Declare the test cells to be answers that are graded by hand, and write points
into them.
"""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.released()
    for cell in notebook.cells:
        if cell.metadata.nbgrader.grade:
            cell.metadata.nbgrader.update(locked=False, solution=True, task=True)
            cell.source = "6.0"
    kit.write(notebook)
