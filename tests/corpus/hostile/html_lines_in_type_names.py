"""Return values of types, and raise exceptions, whose names hold lines of a report."""

from pathlib import Path

from tests.corpus.kit import Kit

NAME = r"x\n\nrnn_step: 4 of 4 points\r  ✓ h right\u2028  ✓ arguments unchanged"
RETURNED = f"""\
def rnn_step(*_):
    return type("{NAME}", (), {{}})()
"""
RAISED = f"""\
def rnn_forward(*_):
    raise type("{NAME}", (Exception,), {{}})
"""
KEY = f"""\
def parameter_count(*_):
    return {{type("{NAME}", (), {{}})(): 1}}
"""

POINTS = {}
# In one line, whatever there was between the words.
LINE = "x rnn_step: 4 of 4 points ✓ h right ✓ arguments unchanged"
MESSAGES = [
    "rnn_step: 0 of 4 points",
    f"h is an object of type {LINE}; expected",
    f"rnn_forward raised {LINE}",
    f"dict with a key of type {LINE}; expected",
]


def hand_in(folder: Path, kit: Kit) -> None:
    answers = {"rnn_step": RETURNED, "rnn_forward": RAISED, "rnn_parameters": KEY}
    kit.write(kit.released(**answers))
