"""Raise an exception whose text is a gigabyte, and one whose text has no end."""

ANSWERS = {
    "rnn-step": """\
class Long(Exception):
    def __str__(self):
        return "x" * 10**9


def rnn_step(*_):
    raise Long


raise Long
""",
    "rnn-forward": """\
class Slow(Exception):
    def __str__(self):
        while True:
            pass

    __repr__ = __str__


def rnn_forward(*_):
    raise Slow


raise Slow
""",
}
MESSAGES = ["it took longer than 2 s"]
