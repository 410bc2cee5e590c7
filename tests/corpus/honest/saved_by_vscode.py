"""Save with VS Code: its metadata, no kernel's name, indentation by one, CRLF line
ends.
"""

import json
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = json.loads(json.dumps(kit.solved()))
    notebook["metadata"] = {
        "language_info": {"name": "python"},
        "vscode": {"hash": "x"},
    }
    for cell in notebook["cells"]:
        cell["metadata"]["vscode"] = {"languageId": "python"}
        cell["source"] = cell["source"].replace("\n", "\r\n").splitlines(keepends=True)
    kit.write(json.dumps(notebook, indent=1).replace("\n", "\r\n"))
