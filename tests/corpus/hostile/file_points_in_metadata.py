"""Raise the points of the one exercise that is solved, and lower those of the rest."""

from pathlib import Path

from tests.corpus.kit import Kit

STEP = """\
def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    return np.tanh(x @ W_xh + h_prev @ W_hh + b_h)
"""

POINTS = {"rnn-step": 4}


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.released(rnn_step=STEP)
    for cell in notebook.cells:
        points = 400 if cell.metadata.nbgrader.grade_id.startswith("rnn-step") else -1
        cell.metadata.nbgrader.update(points=points, grade=True, score=points)
    kit.write(notebook)
