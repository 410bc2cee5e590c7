"""Write every product as a sum over indices."""

ANSWERS = {
    "rnn-forward": """\
def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    hs = np.empty((len(xs), *h0.shape))
    h = h0
    for t in range(len(xs)):
        a = np.einsum("nd,dh->nh", xs[t], W_xh) + np.einsum("nk,kh->nh", h, W_hh)
        h = hs[t] = np.tanh(a + b_h)
    return hs
""",
}
REST = "reference"
POINTS = "all"
