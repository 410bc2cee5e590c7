"""Hand in ten megabytes of a date."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    kit.write(kit.solved())
    time = folder / "timestamp.txt"
    time.write_text("2026-01-01 10:00:00 UTC" + " " * 10_000_000)
