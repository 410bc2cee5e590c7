"""Claim a version of the format that does not exist, as a number and as a text."""

import json
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = json.loads(json.dumps(kit.solved()))
    notebook.update(nbformat=99, nbformat_minor="many")
    kit.write(json.dumps(notebook))
