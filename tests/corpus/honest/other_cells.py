"""Add empty cells, raw cells, prose, failing asserts, errors, and an import that is
not installed here.
"""

from pathlib import Path

from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    sources = [
        "",
        "assert rnn_step is None",
        "1 / 0",
        "import torch",
        "undefined_name",
        "x =",
    ]
    sources += [
        "raise KeyboardInterrupt",
        "import sys; sys.exit()",
        "help(rnn_step)",
        "rnn_step?",
    ]
    for place, source in enumerate(sources, start=2):
        notebook.cells.insert(2 * place, new_code_cell(source))
    notebook.cells += [
        new_raw_cell("raw"),
        new_markdown_cell(""),
        new_markdown_cell("# End"),
    ]
    kit.write(notebook)
