"""Delete the statements and the setup, to see one's own code on one screen."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"
MESSAGES = ["was missing and has been put back"]


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    notebook.cells = [c for c in notebook.cells if not c.metadata.nbgrader.locked]
    kit.write(notebook)
