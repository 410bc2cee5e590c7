"""Hand in a link to itself."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False


def hand_in(folder: Path, kit: Kit) -> None:
    kit.path.symlink_to(kit.path)
