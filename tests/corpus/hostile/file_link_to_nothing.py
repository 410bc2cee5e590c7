"""Hand in a link to a file that is not there, in a folder of the course."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False


def hand_in(folder: Path, kit: Kit) -> None:
    kit.path.symlink_to(Path(kit.words["__COURSE__"], "nothing"))
