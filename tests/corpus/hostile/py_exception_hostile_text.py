"""Raise exceptions that raise, exit or return nonsense when asked what they say."""

ANSWERS = {
    "rnn-step": """\
import os


class Liar(str):
    __len__ = lambda self: -1
    __format__ = __add__ = __getitem__ = lambda self, *_: os._exit(0)


class Worse(BaseException):
    def __str__(self):
        raise self

    __repr__ = __str__
    args = property(__str__)


class Exits(Exception):
    def __str__(self):
        return Liar("4.0")

    def __getattribute__(self, name):
        raise SystemExit(0)


def rnn_step(*_):
    raise Exits


raise Worse
""",
    "rnn-forward": """\
class Returns(Exception):
    __str__ = lambda self: 4


def rnn_forward(*_):
    raise Returns


raise Exits
""",
}
