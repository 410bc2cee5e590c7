"""Hand in a notebook with a null character in the middle, for readers written in C."""

import json
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False


def hand_in(folder: Path, kit: Kit) -> None:
    kit.write(json.dumps(kit.solved()).replace("YOUR", "\0").replace("def", "\0def", 1))
