"""Hand in a folder without any notebook."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False


def hand_in(folder: Path, kit: Kit) -> None:
    (folder / "answers.py").write_text("rnn_step = 1\n")
