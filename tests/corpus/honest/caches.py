"""Keep buffers by their shapes, so that each shape is allocated once."""

ANSWERS = {
    "rnn-forward": """\
buffers = {}


def buffer(shape):
    if shape not in buffers:
        buffers[shape] = np.empty(shape)
    return buffers[shape]


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    hs = buffer((len(xs), *h0.shape))
    for t, x in enumerate(xs):
        hs[t] = np.tanh(x @ W_xh + (hs[t - 1] if t else h0) @ W_hh + b_h)
    return hs.copy()
""",
}
REST = "reference"
POINTS = "all"
