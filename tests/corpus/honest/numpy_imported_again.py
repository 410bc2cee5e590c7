"""Import NumPy under its own name, submodules of it, and star."""

ANSWERS = {
    "rnn-forward": """\
import numpy
import numpy.linalg as la
from numpy import *
from numpy import tanh as squash


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    h, hs = h0, []
    for x in xs:
        h = squash(numpy.dot(x, W_xh) + h.dot(W_hh) + b_h)
        hs.append(h)
    return stack(hs)
""",
}
REST = "reference"
POINTS = "all"
