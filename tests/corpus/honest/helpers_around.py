"""Put helpers into cells of one's own, before the answer and after it."""

from pathlib import Path

from nbformat.v4 import new_code_cell

from tests.corpus.kit import Kit, find

ANSWER = """\
def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    return bend(mix(x, W_xh) + mix(h_prev, W_hh) + b_h)
"""

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved(rnn_step=ANSWER)
    place = notebook.cells.index(find(notebook, "rnn-step"))
    notebook.cells.insert(
        place + 1, new_code_cell("def bend(x):\n    return np.tanh(x)")
    )
    notebook.cells.insert(place, new_code_cell("def mix(x, W):\n    return x @ W"))
    kit.write(notebook)
