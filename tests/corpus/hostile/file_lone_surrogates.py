"""Write halves of characters, which no file can hold, into sources and names."""

import json
from pathlib import Path

from tests.corpus.kit import Kit

STEP = """\
name = "\udcff"
print(name)


def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    return np.tanh(x @ W_xh + h_prev @ W_hh + b_h)
"""

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved(rnn_step=STEP)
    notebook.cells[-1].metadata["nbgrader"]["\ud800"] = "\udfff"
    notebook.cells[0].source += " \ud800"
    kit.write(json.dumps(notebook))
