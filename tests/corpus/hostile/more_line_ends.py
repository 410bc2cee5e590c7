"""Fill the allowed characters with line ends and control characters.

Each takes many bytes in a notebook, and again as many in a file that holds a notebook
as text.
"""

from pathlib import Path

from nbformat.v4 import new_markdown_cell

from tests.corpus.kit import Kit

READABLE = False
MESSAGES = ["The submitted cells take"]


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    for text in ("\n" * 190_000, "\x01" * 190_000, "\U0001f600" * 190_000):
        notebook.cells += [new_markdown_cell(text) for _ in range(3)]
    kit.write(notebook)
