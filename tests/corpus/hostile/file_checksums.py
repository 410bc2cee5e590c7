"""Write down a wrong checksum for every cell, of every type."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    sums = ["0" * 32, 7, None, {"a": 1}, ["x"], "\n"]
    for i, cell in enumerate(notebook.cells):
        cell.metadata.nbgrader["checksum"] = sums[i % len(sums)]
    kit.write(notebook)
