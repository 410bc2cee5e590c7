"""Have sources that are numbers, dicts and lists of them."""

import json
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = json.loads(json.dumps(kit.released()))
    wrong = [None, 7, {"a": "b"}, ["x", 7], [["x"]], True]
    for i, cell in enumerate(notebook["cells"]):
        cell["source"] = wrong[i % len(wrong)]
    kit.write(json.dumps(notebook))
