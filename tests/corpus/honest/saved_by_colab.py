"""Save with Colab: version 4.0 without ids, its own metadata, sources as lists, an
extra setup cell.
"""

import json
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = json.loads(json.dumps(kit.solved()))
    notebook.update(nbformat=4, nbformat_minor=0)
    notebook["metadata"] = {
        "colab": {"provenance": [], "gpuType": "T4"},
        "accelerator": "GPU",
    }
    for cell in notebook["cells"]:
        del cell["id"]
        cell["metadata"].update(
            id="mJ2Xk", colab={"base_uri": "https://localhost:8080/"}
        )
        cell["source"] = cell["source"].splitlines(keepends=True)
    lines = [
        "from google.colab import drive\n",
        "drive.mount('/content/drive')\n",
        "!ls",
    ]
    own = {"cell_type": "code", "source": lines, "metadata": {}, "outputs": []}
    notebook["cells"].insert(0, own)
    kit.write(json.dumps(notebook, indent=2))
