"""Hand in a folder that has the notebook's name, with a notebook in it."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False


def hand_in(folder: Path, kit: Kit) -> None:
    kit.path.mkdir()
    (kit.path / kit.path.name).write_text("{}")
