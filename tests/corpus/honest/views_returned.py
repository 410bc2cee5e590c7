"""Return a view of an array that is written again at the next call."""

ANSWERS = {
    "rnn-forward": """\
work = {}


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    hs = work.setdefault((len(xs), *h0.shape), np.empty((len(xs), *h0.shape)))
    h = h0
    for t, x in enumerate(xs):
        h = hs[t] = np.tanh(x @ W_xh + h @ W_hh + b_h)
    return hs[::-1][::-1]
""",
}
REST = "reference"
POINTS = "all"
