"""Hand in a pipe: whoever opens it waits for ever."""

import os
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False
MESSAGES = ["not a plain file"]


def hand_in(folder: Path, kit: Kit) -> None:
    os.mkfifo(kit.path)
