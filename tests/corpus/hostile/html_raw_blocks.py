"""Use raw cells, which nbconvert copies into a page as they are."""

from pathlib import Path

from nbformat.v4 import new_raw_cell

from tests.corpus.kit import Kit

POINTS = "all"
MESSAGES = ["<script>alert(1)</script>"]


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    for kind in ("text/html", "text/restructuredtext", "html", "slides", ""):
        cell = new_raw_cell("<script>alert(1)</script>")
        cell.metadata.update(raw_mimetype=kind, format=kind)
        notebook.cells.append(cell)
    kit.write(notebook)
