"""Reorder what is read by invisible characters: code that is a comment, points that
are others.
"""

from pathlib import Path

from nbformat.v4 import new_markdown_cell

from tests.corpus.kit import Kit

ANSWER = """\
# \u202e txet desrever \u2066 \u2069 \u200b\u200d\ufeff \U000e0041
print("\u202estniop 02 fo 02\u202c")


def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    return np.tanh(x @ W_xh + h_prev @ W_hh + b_h)
"""

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved(rnn_step=ANSWER)
    notebook.cells.append(
        new_markdown_cell("\u202e02 fo 02\u202c \u2066x\u2069 \u200f\u061c")
    )
    kit.write(notebook)
