"""Put ten megabytes into the metadata of one cell."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    notebook.cells[0].metadata["x"] = "x" * 10_000_000
    kit.write(notebook)
