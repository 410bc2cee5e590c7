"""Leave cells and calls by exceptions that `except Exception` does not catch."""

ANSWERS = {
    "rnn-step": """\
def rnn_step(*_):
    raise SystemExit(0)


raise KeyboardInterrupt
""",
    "rnn-forward": """\
def rnn_forward(*_):
    raise GeneratorExit


raise SystemExit("4.0")
""",
    "rnn-parameters": """\
class Own(BaseException):
    pass


def parameter_count(*_):
    raise BaseExceptionGroup("4.0", [Own(), SystemExit(0)])


raise Own
""",
    "rnn-flops": """\
def forward_flops(*_):
    raise StopAsyncIteration


raise GeneratorExit
""",
}
