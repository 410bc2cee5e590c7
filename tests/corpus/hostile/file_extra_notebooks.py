"""Hand in more notebooks, with many points, under the names of other assignments and
of none.
"""

import json
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    for cell in notebook.cells:
        cell.metadata.nbgrader["points"] = 1000
    for name in (
        "bonus",
        "05_bptt",
        "02_rnn_equations (1)",
        ".hidden",
        "-rf",
        "a'b\"c",
    ):
        (folder / f"{name}.ipynb").write_text(json.dumps(notebook))
    kit.write(kit.released())
