"""Write to address zero, and free what is in use."""

ANSWERS = {
    "rnn-step": """\
import ctypes


def rnn_step(*_):
    ctypes.memset(0, 4, 1000)
""",
    "rnn-forward": """\
def rnn_forward(*arguments):
    for argument in arguments:
        ctypes.memset(id(argument), 0, 64)
    return arguments[0]
""",
}
REST = "reference"
POINTS = {"rnn-parameters": 5, "rnn-flops": 5}
