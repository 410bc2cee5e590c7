"""Keep sizes, a cache and the last result in globals."""

ANSWERS = {
    "rnn-forward": """\
CALLS = []
STEP = np.tanh
last = None


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    global last
    CALLS.append(xs.shape)
    h, hs = h0, []
    for x in xs:
        h = STEP(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    last = np.stack(hs)
    return last
""",
}
REST = "reference"
POINTS = "all"
