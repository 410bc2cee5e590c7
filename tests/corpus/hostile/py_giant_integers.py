"""Keep the interpreter busy in C with integers of a hundred million digits."""

ANSWERS = {
    "rnn-step": """\
import sys

sys.set_int_max_str_digits(0)


def rnn_step(*_):
    return str(7 ** (10**8))
""",
    "rnn-parameters": """\
def parameter_count(*_):
    return 1 << (1 << 33)
""",
}
REST = "reference"
POINTS = {"rnn-forward": 6, "rnn-flops": 5}
MESSAGES = ["it took longer than 2 s"]
