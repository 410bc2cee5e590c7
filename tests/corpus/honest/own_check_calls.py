"""Run check several times, with and without options."""

ANSWERS = {
    "rnn-forward": """\
def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    h, hs = h0, []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return np.stack(hs)


check(rnn_forward)
check(rnn_forward, 7)
""",
}
REST = "reference"
POINTS = "all"
