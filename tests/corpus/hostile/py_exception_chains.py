"""Raise exceptions that are each other's cause, and groups nested without end."""

ANSWERS = {
    "rnn-step": """\
def rnn_step(*_):
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__context__ = second, first
    first.__suppress_context__ = False
    raise first


rnn_step()
""",
    "rnn-forward": """\
def rnn_forward(*_):
    error = ValueError("4.0")
    for _ in range(10**5):
        error = ExceptionGroup("x" * 1000, [error])
    raise error


rnn_forward()
""",
    "rnn-parameters": """\
def parameter_count(*_):
    error = None
    for i in range(10**5):
        following = ValueError(i)
        following.__context__ = error
        error = following
    raise error


parameter_count()
""",
}
