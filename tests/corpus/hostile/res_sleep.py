"""Sleep for days: no processor time is used, so only a clock can tell."""

ANSWERS = {
    "rnn-forward": """\
import time


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    time.sleep(10**6)
""",
}
REST = "reference"
POINTS = {"rnn-step": 4, "rnn-parameters": 5, "rnn-flops": 5}
MESSAGES = ["took longer than"]
