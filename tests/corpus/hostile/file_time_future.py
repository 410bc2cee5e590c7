"""Be on time for ever: the year 9999, with a zone that leads beyond it."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    kit.write(kit.solved())
    time = folder / "timestamp.txt"
    time.write_text("9999-12-31 23:59:59 -2399")
