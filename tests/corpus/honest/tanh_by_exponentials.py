"""Write tanh by exponentials, in a form that does not overflow."""

ANSWERS = {
    "rnn-step": """\
def tanh(a):
    e = np.exp(-2 * np.abs(a))
    return np.sign(a) * (1 - e) / (1 + e)


def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    return tanh(x @ W_xh + h_prev @ W_hh + b_h)
""",
}
REST = "reference"
POINTS = "all"
