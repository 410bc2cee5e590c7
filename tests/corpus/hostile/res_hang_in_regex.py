"""Let a regular expression backtrack for years, in C code."""

ANSWERS = {
    "rnn-forward": """\
import re


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    re.match(r"(a+)+$", "a" * 64 + "b")
""",
}
REST = "reference"
POINTS = {"rnn-step": 4, "rnn-parameters": 5, "rnn-flops": 5}
MESSAGES = ["took longer than"]
