"""Indent with tabs, and end lines with spaces."""

ANSWERS = {
    "rnn-forward": """\
def rnn_forward(xs, h0, W_xh, W_hh, b_h):\x20\x20
\th, hs = h0, []
\tfor x in xs:\x20
\t\th = np.tanh(x @ W_xh + h @ W_hh + b_h)
\t\ths.append(h)
\treturn np.stack(hs)
\t
""",
}
REST = "reference"
POINTS = "all"
