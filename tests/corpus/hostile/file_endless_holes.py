"""Hand in a file of eight gigabytes that takes no room on the disk."""

import os
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False
MESSAGES = ["Clear all outputs"]


def hand_in(folder: Path, kit: Kit) -> None:
    os.truncate(kit.write(kit.solved()), 8 << 30)
