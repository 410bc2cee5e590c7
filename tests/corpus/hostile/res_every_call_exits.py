"""End the process in every cell, so that all is started over and over."""

ANSWERS = {
    "rnn-step": """\
import os

os._exit(1)
""",
    "rnn-forward": """\
import os


def rnn_forward(*args):
    os._exit(2)
""",
    "rnn-parameters": """\
import os
import signal


def parameter_count(*args):
    os.kill(os.getpid(), signal.SIGKILL)
""",
    "rnn-flops": """\
import sys

sys.exit(3)
""",
}
POINTS = {}
MESSAGES = ["it ended the process (exit code 2)"]
