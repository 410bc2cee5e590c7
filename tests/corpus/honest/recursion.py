"""Write the recurrence as a recursion."""

ANSWERS = {
    "rnn-forward": """\
def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    h = np.tanh(xs[0] @ W_xh + h0 @ W_hh + b_h)
    if len(xs) == 1:
        return h[None]
    return np.concatenate([h[None], rnn_forward(xs[1:], h, W_xh, W_hh, b_h)])
""",
}
REST = "reference"
POINTS = "all"
