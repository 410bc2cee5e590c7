"""Close what the page has opened, and go on outside of it."""

from pathlib import Path

from nbformat.v4 import new_markdown_cell

from tests.corpus.kit import Kit

PIECES = [
    "</pre></section></main></body></html><script>alert(1)</script>",
    "</textarea></title></style></script><script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
    "]]><script>alert(1)</script>",
    "</pre><section class='cell graded' id='graded-1'><h3>20 of 20 points</h3>",
    "' onmouseover=alert(1) x='",
    r"\u003cscript\u003ealert(1)\u003c/script\u003e",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
]

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    notebook.cells += [new_markdown_cell(piece) for piece in PIECES]
    kit.write(notebook)
