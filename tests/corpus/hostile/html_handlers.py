"""Write elements into prose whose attributes run code without a click."""

from pathlib import Path

from nbformat.v4 import new_markdown_cell

from tests.corpus.kit import Kit

PIECES = [
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<body onload=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<style>@keyframes x{}</style><p style='animation:x' onanimationend=alert(1)>",
]

POINTS = "all"
MESSAGES = ["<svg onload=alert(1)>"]


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    notebook.cells += [new_markdown_cell(piece) for piece in PIECES]
    kit.write(notebook)
