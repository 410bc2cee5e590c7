"""Write all functions into the first answer cell and delete the others."""

from pathlib import Path

from tests.corpus.kit import Kit, find

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    names = ("rnn-forward", "rnn-parameters", "rnn-flops")
    others = [find(notebook, name) for name in names]
    first = find(notebook, "rnn-step")
    first.source = "\n\n\n".join([first.source, *(cell.source for cell in others)])
    notebook.cells = [cell for cell in notebook.cells if cell not in others]
    kit.write(notebook)
