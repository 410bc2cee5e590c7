"""Print one string of 50 MB."""

ANSWERS = {
    "rnn-forward": """\
print("x" * 50_000_000)


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    h, hs = h0, []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return np.stack(hs)
""",
}
REST = "reference"
POINTS = "all"
MESSAGES = ["more characters"]
