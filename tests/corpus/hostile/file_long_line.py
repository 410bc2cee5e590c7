"""Write a line of 190,000 characters, which takes minutes to color."""

from pathlib import Path

from nbformat.v4 import new_code_cell

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    notebook.cells.append(new_code_cell("x = [" + "'(', " * 38_000 + "]"))
    kit.write(notebook)
