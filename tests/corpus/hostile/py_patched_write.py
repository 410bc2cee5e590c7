"""Replace os.write, through which every answer goes, and send each answer twice."""

ANSWERS = {
    "rnn-step": """\
import os

real = os.write


def twice(number, data):
    real(number, bytes(data))
    return real(number, bytes(data))


os.write = twice


def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    return h_prev
""",
}
