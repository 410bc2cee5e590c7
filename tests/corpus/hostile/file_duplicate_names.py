"""Hand in every graded cell a hundred times under the same name. In nbgrader, a name
that is there twice stops the class.
"""

import copy
import json
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.released()
    for cell in list(notebook.cells):
        if cell.metadata.nbgrader.grade:
            notebook.cells += [copy.deepcopy(cell) for _ in range(100)]
    kit.write(json.dumps(notebook))
