"""Print sequences that a terminal obeys: colors, titles, links, cursor, clipboard."""

from pathlib import Path

from nbformat.v4 import new_markdown_cell

from tests.corpus.kit import Kit

ANSWER = """\
print("\\x1b]0;title\\x07 \\x1b[2J \\x1b]8;;https://example.org\\x07link\\x1b]8;;\\x07")
print("\\x1b]52;c;ZXZpbA==\\x07 \\x9b31m \\r20 of 20 points \\x08\\x08")


def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    return np.tanh(x @ W_xh + h_prev @ W_hh + b_h)
"""

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved(rnn_step=ANSWER)
    notebook.cells.append(new_markdown_cell("\x1b]0;title\x07 \x9b2J \x1b[2J prose"))
    kit.write(notebook)
