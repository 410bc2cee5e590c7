"""Hand in a file of more than 20 MB."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False
MESSAGES = ["Clear all outputs"]


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    notebook.metadata["x"] = "x" * 21_000_000
    kit.write(notebook)
