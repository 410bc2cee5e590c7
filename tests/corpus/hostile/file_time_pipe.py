"""Hand in a pipe as the time of submission."""

import os
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    kit.write(kit.solved())
    time = folder / "timestamp.txt"
    time.unlink()
    os.mkfifo(time)
