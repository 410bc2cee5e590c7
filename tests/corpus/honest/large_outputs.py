"""Keep all outputs: five megabytes of pictures and a warning on standard error."""

import base64
from pathlib import Path

from nbformat.v4 import new_output

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    picture = base64.b64encode(bytes(range(256)) * 4000).decode()
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.metadata.nbgrader.locked:
            data = {"image/png": picture, "text/plain": "<Figure size 640x480>"}
            cell.outputs = [
                new_output("display_data", data),
                new_output("stream", name="stderr", text="UserWarning: x\n"),
            ]
    kit.write(notebook)
