"""Yield the states one by one and collect them."""

ANSWERS = {
    "rnn-forward": """\
def states(xs, h, W_xh, W_hh, b_h):
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        yield h


def rnn_forward(*args):
    return np.array(list(states(*args)))
""",
}
REST = "reference"
POINTS = "all"
