"""Cause warnings, filter warnings, and write to standard error."""

ANSWERS = {
    "rnn-forward": """\
import sys
import warnings

warnings.filterwarnings("error")
np.seterr(all="warn")


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    print("working", file=sys.stderr)
    np.log(np.zeros(1))
    h, hs = h0, []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return np.stack(hs)
""",
}
REST = "reference"
POINTS = "all"
