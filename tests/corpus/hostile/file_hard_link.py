"""Hand in a second name of the file with a secret: no link to see, the same file."""

import os
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False
MESSAGES = ["second name"]


def hand_in(folder: Path, kit: Kit) -> None:
    os.link(kit.canary, kit.path)
