"""Have submitted before the beginning of the calendar."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    kit.write(kit.solved())
    time = folder / "timestamp.txt"
    time.write_text("0001-01-01 00:00:00 +9999")
