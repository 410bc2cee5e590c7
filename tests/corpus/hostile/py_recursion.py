"""Raise the limit of recursion, and recurse until the stack overflows."""

ANSWERS = {
    "rnn-step": """\
import sys

sys.setrecursionlimit(2**31 - 1)


def rnn_step(*arguments):
    return sorted([1, 2], key=lambda _: rnn_step(*arguments))
""",
}
REST = "reference"
POINTS = {"rnn-forward": 6, "rnn-parameters": 5, "rnn-flops": 5}
