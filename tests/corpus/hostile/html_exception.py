"""Raise exceptions whose names, messages, notes, file names and source lines are
script.
"""

from pathlib import Path

from nbformat.v4 import new_code_cell

from tests.corpus.kit import Kit

EVIL = "<script>alert(1)</script>"
ANSWER = f"""\
def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    raise type("{EVIL}", (Exception,), {{}})("{EVIL}")
"""
CODE = f"""\
error = type("{EVIL}", (Exception,), {{"__module__": "{EVIL}"}})("{EVIL}")
error.add_note("{EVIL}")
exec(compile("raise error  # {EVIL}", "{EVIL}", "exec"))
"""

POINTS = {"rnn-step": 0, "rnn-parameters": 5, "rnn-flops": 5, "rnn-forward": 6}
MESSAGES = ["<script>alert(1)</script>"]


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved(rnn_step=ANSWER)
    notebook.cells.append(new_code_cell(CODE))
    kit.write(notebook)
