"""Print the states of every step, as everybody does who looks for a mistake."""

ANSWERS = {
    "rnn-forward": """\
def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    h, hs = h0, []
    for t, x in enumerate(xs):
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        print(t, h, flush=True)
        hs.append(h)
    return np.stack(hs)


for i in range(20_000):
    print(i)
""",
}
REST = "reference"
POINTS = "all"
