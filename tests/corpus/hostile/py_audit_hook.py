"""Add an audit hook, which cannot be removed, and which objects to everything."""

ANSWERS = {
    "rnn-step": """\
import sys


def never(event, arguments):
    if event in ("compile", "exec", "import", "open", "object.__getattr__"):
        raise SystemExit(0)


sys.addaudithook(never)


def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    return h_prev
""",
}
