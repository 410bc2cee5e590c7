"""Close all files of the process, also those to the grader."""

ANSWERS = {
    "rnn-step": """\
import os


def rnn_step(*_):
    os.closerange(0, 1000)
    return 4.0
""",
}
REST = "reference"
POINTS = {"rnn-forward": 6, "rnn-parameters": 5, "rnn-flops": 5}
