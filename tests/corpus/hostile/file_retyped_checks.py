"""Turn test cells into prose, raw text and a type that there is none of."""

import json
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.released()
    types = ["markdown", "raw", "heading", 7]
    for i, cell in enumerate(c for c in notebook.cells if c.metadata.nbgrader.grade):
        cell["cell_type"] = types[i % 4]
    kit.write(json.dumps(notebook))
