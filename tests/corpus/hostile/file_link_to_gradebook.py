"""Hand in a link to the gradebook."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False


def hand_in(folder: Path, kit: Kit) -> None:
    kit.path.symlink_to(kit.words["__GRADEBOOK__"])
