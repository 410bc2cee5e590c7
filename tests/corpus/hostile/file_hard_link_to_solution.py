"""Hand in a second name of the instructor's own notebook, which holds the answers."""

import os
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False
MESSAGES = ["second name"]


def hand_in(folder: Path, kit: Kit) -> None:
    source = Path(kit.words["__COURSE__"]) / "source" / kit.assignment
    os.link(source / kit.path.name, kit.path)
