"""Abort, and hope that a core dump fills the disk or holds what was in memory."""

ANSWERS = {
    "rnn-forward": """\
import os


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    os.abort()
""",
}
REST = "reference"
POINTS = {"rnn-step": 4, "rnn-parameters": 5, "rnn-flops": 5}
