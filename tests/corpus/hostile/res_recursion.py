"""Recurse without a limit, until the stack of C is overrun."""

ANSWERS = {
    "rnn-forward": """\
import sys


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    sys.setrecursionlimit(10**9)
    return rnn_forward(xs, h0, W_xh, W_hh, b_h)
""",
}
REST = "reference"
POINTS = {"rnn-step": 4, "rnn-parameters": 5, "rnn-flops": 5}
