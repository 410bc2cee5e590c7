"""Hand in the notebook under another name, as a browser does at the second download."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False
MESSAGES = ["02_rnn_equations (1).ipynb"]


def hand_in(folder: Path, kit: Kit) -> None:
    kit.write(kit.solved()).rename(folder / "02_rnn_equations (1).ipynb")
