"""Hand in an empty file."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False
MESSAGES = ["is not JSON"]


def hand_in(folder: Path, kit: Kit) -> None:
    kit.write("")
