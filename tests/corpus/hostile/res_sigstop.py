"""Stop the own process with SIGSTOP: it neither answers nor ends."""

ANSWERS = {
    "rnn-forward": """\
import os
import signal


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    os.kill(os.getpid(), signal.SIGSTOP)
""",
}
REST = "reference"
POINTS = {"rnn-step": 4, "rnn-parameters": 5, "rnn-flops": 5}
