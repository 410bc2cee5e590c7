"""Guard what is to run by the name of the module, with tests and assertions."""

ANSWERS = {
    "rnn-forward": """\
def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    h, hs = h0, []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return np.stack(hs)


def test_shape():
    hs = rnn_forward(np.ones((2, 1, 1)), *[np.ones((1, 1))] * 3, np.ones(1))
    assert hs.shape == (2, 1, 1)


if __name__ == "__main__":
    test_shape()
    print("fine")
""",
}
REST = "reference"
POINTS = "all"
