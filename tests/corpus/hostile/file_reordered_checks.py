"""Move the tests in front of the setup, where they have nothing to test yet."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.released()
    notebook.cells.sort(key=lambda cell: not cell.metadata.nbgrader.grade)
    kit.write(notebook)
