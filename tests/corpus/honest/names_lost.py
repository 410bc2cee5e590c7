"""Copy all cells into a new notebook, where they have no names any more."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    for cell in notebook.cells:
        cell.metadata.clear()
    kit.write(notebook)
