"""Change the language for the cells that follow: `!=` is then an error."""

ANSWERS = {
    "rnn-step": """\
from __future__ import annotations, barry_as_FLUFL


def rnn_step(x: Array, h_prev, W_xh, W_hh, b_h):
    return h_prev if x <> h_prev else x
""",
}
REST = "reference"
POINTS = {"rnn-forward": 6, "rnn-parameters": 5, "rnn-flops": 5}
