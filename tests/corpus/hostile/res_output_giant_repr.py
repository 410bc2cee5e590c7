"""Show a value whose representation has 50 MB, and raise an exception of the same
size.
"""

ANSWERS = {
    "rnn-forward": """\
def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    h, hs = h0, []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return np.stack(hs)


raise ValueError("x" * 50_000_000)
""",
}
REST = "reference"
POINTS = "all"
