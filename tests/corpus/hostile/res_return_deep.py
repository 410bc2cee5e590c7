"""Return a list in a list in a list, a hundred thousand deep."""

ANSWERS = {
    "rnn-forward": """\
def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    value = h0
    for _ in range(100_000):
        value = [value]
    return value
""",
}
REST = "reference"
POINTS = {"rnn-step": 4, "rnn-parameters": 5, "rnn-flops": 5}
