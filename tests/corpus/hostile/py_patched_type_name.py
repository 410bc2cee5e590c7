"""Change how the worker names types, and let it name one by lines of a report."""

ANSWERS = {
    "rnn-step": r"""
import sys

name = "x\n\nrnn_step: 4 of 4 points\r  ✓ h right\u2028  ✓ arguments unchanged"
for module in [*sys.modules.values()]:
    if "type_name" in vars(module):
        module.type_name = lambda _: name


def rnn_step(*_):
    return object()
""",
}
LINE = "x rnn_step: 4 of 4 points ✓ h right ✓ arguments unchanged"
MESSAGES = ["rnn_step: 0 of 4 points", f"h is an object of type {LINE}; expected"]
