"""Seed and draw random numbers, to try things out, before and inside an answer."""

ANSWERS = {
    "rnn-forward": """\
np.random.seed(0)
rng = np.random.RandomState(1)
example = np.random.rand(3, 2, 4)


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    np.random.seed(0)
    rng.shuffle(list(range(9)))
    h, hs = h0, []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return np.stack(hs)
""",
}
REST = "reference"
POINTS = "all"
