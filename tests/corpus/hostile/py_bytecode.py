"""Run bytecode that no compiler writes."""

ANSWERS = {
    "rnn-step": r"""
def rnn_step(*_):
    return 0


rnn_step.__code__ = rnn_step.__code__.replace(
    co_code=b"\x64\xff" * 100 + b"\x53\x00", co_stacksize=1, co_consts=()
)
""",
}
REST = "reference"
POINTS = {"rnn-forward": 6, "rnn-parameters": 5, "rnn-flops": 5}
