"""Have a folder for all assignments that is a link to another student's."""

import shutil
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False
MESSAGES = ["The submitted folder is a link"]


def hand_in(folder: Path, kit: Kit) -> None:
    shutil.rmtree(folder.parent)
    folder.parent.symlink_to(Path(kit.words["__OTHER__"]).parents[1])
