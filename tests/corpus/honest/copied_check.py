"""Copy a test cell, to run it in another place while working."""

import copy
from pathlib import Path

from tests.corpus.kit import Kit, find

POINTS = "all"
MESSAGES = ["was there twice"]


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    copied = copy.deepcopy(find(notebook, "rnn-step-check"))
    copied.id = "copied"
    notebook.cells.insert(3, copied)
    kit.write(notebook)
