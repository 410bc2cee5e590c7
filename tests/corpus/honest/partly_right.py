"""Solve only one exercise, with a known mistake in another."""

ANSWERS = {
    "rnn-forward": """\
def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    h, hs = h0, []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return np.stack(hs)
""",
    "rnn-step": """\
def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    return np.tanh(x @ W_xh + h_prev @ W_hh)
""",
}
POINTS = {"rnn-forward": 6}
MESSAGES = ["NO_BIAS", "is not written yet"]
