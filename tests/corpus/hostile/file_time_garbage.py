"""Hand in bytes that are no text as the time of submission."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    kit.write(kit.solved())
    time = folder / "timestamp.txt"
    time.write_bytes(b"\xff\xfe\x00")
