"""Hand in a folder that is a link to the folder of another student."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False
MESSAGES = ["The submitted folder is a link"]


def hand_in(folder: Path, kit: Kit) -> None:
    (folder / "timestamp.txt").unlink()
    folder.rmdir()
    folder.symlink_to(Path(kit.words["__OTHER__"]).parent)
