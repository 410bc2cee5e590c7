"""Move the exercises into another order."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    notebook.cells = notebook.cells[:2] + notebook.cells[8:] + notebook.cells[2:8]
    kit.write(notebook)
