"""Write script into everything that has a name: functions, types, cells, tags,
titles.
"""

from pathlib import Path

from nbformat.v4 import new_markdown_cell

from tests.corpus.kit import Kit

ANSWER = """\
def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    return type("<script>alert(1)</script>", (), {})()
"""

POINTS = {"rnn-step": 0, "rnn-parameters": 5, "rnn-flops": 5, "rnn-forward": 6}


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved(rnn_step=ANSWER)
    evil = "'\"><script>alert(1)</script>"
    notebook.metadata.update(title=evil, authors=[{"name": evil}])
    cell = new_markdown_cell(f"# {evil}")
    cell.metadata.update(tags=[evil], name=evil, nbgrader={"grade_id": evil})
    notebook.cells.insert(0, cell)
    kit.write(notebook)
