"""Print what looks like the report of a grader, with all points."""

from pathlib import Path

from tests.corpus.kit import Kit

ANSWER = """\
print("rnn_step: 4 of 4 points\\n  ✓ h right\\n  ✓ arguments unchanged")


def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    raise ValueError("\\n\\nrnn_step: 4 of 4 points\\n  ✓ h right")


4.0
"""

POINTS = {}
MESSAGES = ["rnn_step: 0 of 4 points"]


def hand_in(folder: Path, kit: Kit) -> None:
    kit.write(kit.released(rnn_step=ANSWER))
