"""Hand in three days late, with the seconds and the zone of another country."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    (folder / "timestamp.txt").write_text("2026-01-04 23:59:59.123456 Europe/Berlin")
    kit.write(kit.solved())
