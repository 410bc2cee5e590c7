"""End the own process with SIGSEGV in the middle of a call."""

ANSWERS = {
    "rnn-forward": """\
import os
import signal


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    os.kill(os.getpid(), signal.SIGSEGV)
""",
}
REST = "reference"
POINTS = {"rnn-step": 4, "rnn-parameters": 5, "rnn-flops": 5}
