"""Return a matrix or a masked array, which is an array as well."""

ANSWERS = {
    "rnn-forward": """\
def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    import numpy.ma as ma

    h, hs = h0, []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return ma.masked_array(np.stack(hs))
""",
}
REST = "reference"
POINTS = "all"
