"""Write a script into prose, in all the ways that a sanitizer may know."""

from pathlib import Path

from nbformat.v4 import new_markdown_cell

from tests.corpus.kit import Kit

PIECES = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//example.org/x.js></sCrIpT >",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    r"<script\x20type='text/javascript'>alert(1)</script>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><script>alert(1)</script></mtext></math>",
    "<!--><script>alert(1)</script-->",
]

POINTS = "all"
MESSAGES = ["<script>alert(1)</script>"]


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    notebook.cells += [new_markdown_cell(piece) for piece in PIECES]
    kit.write(notebook)
