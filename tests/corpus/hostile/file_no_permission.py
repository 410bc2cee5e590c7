"""Hand in what nobody may read; root can, and finds half a notebook."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False


def hand_in(folder: Path, kit: Kit) -> None:
    kit.write("{")
    kit.path.chmod(0)
