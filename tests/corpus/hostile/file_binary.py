"""Hand in a program under the notebook's name."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False


def hand_in(folder: Path, kit: Kit) -> None:
    kit.write(b"\x7fELF" + bytes(range(256)) * 99)
