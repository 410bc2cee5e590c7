"""Give all of nine hundred cells the name of one answer.

Each would be told of in a note and in the log.
"""

import copy
from pathlib import Path

from tests.corpus.kit import Kit, find

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    cell = find(notebook, "rnn-step")
    for number in range(900):
        notebook.cells.append(copy.deepcopy(cell))
        notebook.cells[-1].id = f"again-{number}"
    kit.write(notebook)
