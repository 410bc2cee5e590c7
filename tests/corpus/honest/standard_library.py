"""Use what the standard library has for everything."""

ANSWERS = {
    "rnn-forward": """\
import itertools
import math
import operator
import time
from collections import deque
from functools import reduce


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    time.sleep(0.01)
    step = lambda h, x: np.tanh(x @ W_xh + h @ W_hh + b_h)
    states = itertools.accumulate(xs, step, initial=h0)
    return np.array(deque(itertools.islice(states, 1, None)))
""",
}
REST = "reference"
POINTS = "all"
