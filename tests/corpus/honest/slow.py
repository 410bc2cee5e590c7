"""Take half a second, once in the cell and once in every call."""

ANSWERS = {
    "rnn-forward": """\
import time

time.sleep(0.5)


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    time.sleep(0.1)
    h, hs = h0, []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return np.stack(hs)
""",
}
REST = "reference"
POINTS = "all"
