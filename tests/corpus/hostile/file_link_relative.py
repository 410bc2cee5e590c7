"""Hand in a relative link to the notebook of another student."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False
MESSAGES = ["not a link to it"]


def hand_in(folder: Path, kit: Kit) -> None:
    kit.path.symlink_to(Path("../../aaa_02_full/02_rnn_equations", kit.path.name))
