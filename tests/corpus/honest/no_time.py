"""Hand in without a time."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    (folder / "timestamp.txt").unlink()
    kit.write(kit.solved())
