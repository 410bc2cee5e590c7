"""Print and raise line ends, control characters and emoji, in very many cells."""

from pathlib import Path

from nbformat.v4 import new_code_cell

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    text = "('\\n' + chr(1) + chr(0x1F600)) * 9_000"
    lines = f"print({text})\nraise ValueError({text})"
    notebook.cells += [new_code_cell(lines) for _ in range(300)]
    kit.write(notebook)
