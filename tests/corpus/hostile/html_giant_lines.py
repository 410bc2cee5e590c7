"""Write lines so long, and brackets so deep, that rendering takes minutes."""

from pathlib import Path

from nbformat.v4 import new_code_cell, new_markdown_cell

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    quoted = "> " * 50_000 + "x"
    for text in ("x" * 190_000, "[" * 100_000, quoted, "**" * 50_000, "`" * 99_999):
        notebook.cells += [new_markdown_cell(text), new_code_cell(f"# {text}")]
    kit.write(notebook)
