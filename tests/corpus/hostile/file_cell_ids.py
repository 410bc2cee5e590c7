"""Give cells ids that are equal, empty, numbers, paths, or longer than any column of
a database.
"""

import json
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = json.loads(json.dumps(kit.solved()))
    wrong = ["same", "same", "", 7, None, "../../x", "x" * 100_000, "<script>", "é"]
    for i, cell in enumerate(notebook["cells"]):
        cell["id"] = wrong[i % len(wrong)]
    kit.write(json.dumps(notebook))
