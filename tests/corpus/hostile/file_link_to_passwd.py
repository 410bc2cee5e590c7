"""Hand in a link to a file of the system, to read it in the feedback."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False


def hand_in(folder: Path, kit: Kit) -> None:
    kit.path.symlink_to("/etc/passwd")
