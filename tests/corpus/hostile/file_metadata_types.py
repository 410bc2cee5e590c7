"""Put values of every wrong type where metadata belong."""

import json
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = json.loads(json.dumps(kit.released()))
    wrong = [None, 0, "", [], True, {"nbgrader": None}, {"nbgrader": {"grade_id": {}}}]
    for i, cell in enumerate(notebook["cells"]):
        cell["metadata"] = wrong[i % len(wrong)]
    notebook["metadata"] = [1]
    kit.write(json.dumps(notebook))
