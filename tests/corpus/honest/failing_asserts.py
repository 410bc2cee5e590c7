"""Assert what does not hold, after the function and in it, where it is caught."""

ANSWERS = {
    "rnn-forward": """\
def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    h, hs = h0, []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return np.stack(hs)


try:
    assert False, "caught"
except AssertionError as error:
    print(error)
assert rnn_forward is None, "not caught"
""",
}
REST = "reference"
POINTS = "all"
