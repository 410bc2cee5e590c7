"""Take the reader elsewhere: frames, redirects, a base for all links, forms,
prefetched pages.
"""

from pathlib import Path

from nbformat.v4 import new_markdown_cell

from tests.corpus.kit import Kit

PIECES = [
    "<iframe src='https://example.org'></iframe>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<object data='https://example.org'></object>",
    "<embed src='https://example.org'>",
    "<meta http-equiv=refresh content='0;url=https://example.org'>",
    "<base href='https://example.org/'>",
    "<form action='https://example.org'><button>Log in</button></form>",
    "<link rel=prefetch href='https://example.org'>",
    "<link rel=stylesheet href='//example.org/x.css'>",
    "<portal src='https://example.org'></portal>",
]

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    notebook.cells += [new_markdown_cell(piece) for piece in PIECES]
    kit.write(notebook)
