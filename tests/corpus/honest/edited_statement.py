"""Write notes into the instructor's statement."""

from pathlib import Path

from tests.corpus.kit import Kit, find

POINTS = "all"
MESSAGES = ["differs from the instructor's"]


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    find(notebook, "rnn-step-statement").source += "\n\nMy note: mind the bias."
    kit.write(notebook)
