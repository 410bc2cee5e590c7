"""Name a time zone by the path of a file, which is then opened as one."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    kit.write(kit.solved())
    time = folder / "timestamp.txt"
    time.write_text(f"2026-01-01 10:00:00 {kit.canary}")
