"""Split an answer into two cells. JupyterLab copies the name of the cell to both
halves.
"""

import copy
from pathlib import Path

from tests.corpus.kit import Kit, find

POINTS = "all"
MESSAGES = ["was there twice"]


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    answer = find(notebook, "rnn-step")
    half = copy.deepcopy(answer)
    answer.source, half.id = "scale = 1.0", "half"
    half.source = half.source.replace("return ", "return scale * ")
    notebook.cells.insert(notebook.cells.index(answer) + 1, half)
    kit.write(notebook)
