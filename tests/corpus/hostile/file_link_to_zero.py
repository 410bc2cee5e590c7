"""Hand in a link to a device that never ends."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False


def hand_in(folder: Path, kit: Kit) -> None:
    kit.path.symlink_to("/dev/zero")
