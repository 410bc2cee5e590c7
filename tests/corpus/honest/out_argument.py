"""Write products and tanh into arrays that exist already."""

ANSWERS = {
    "rnn-forward": """\
def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    hs = np.empty((xs.shape[0], *h0.shape))
    a = np.empty_like(h0)
    h = h0
    for t in range(xs.shape[0]):
        np.matmul(h, W_hh, out=a)
        a += xs[t] @ W_xh
        a += b_h
        np.tanh(a, out=hs[t])
        h = hs[t]
    return hs
""",
}
REST = "reference"
POINTS = "all"
