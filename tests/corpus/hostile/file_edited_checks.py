"""Write the points of the test cells into the test cells."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.released()
    for cell in notebook.cells:
        if cell.metadata.nbgrader.grade:
            points = cell.metadata.nbgrader.points
            cell.source = f"print('{points} of {points} points')\n{points}.0"
    kit.write(notebook)
