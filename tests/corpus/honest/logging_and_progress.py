"""Log what happens, and write a progress bar with carriage returns."""

ANSWERS = {
    "rnn-forward": """\
import logging
import sys

logging.basicConfig(level=logging.DEBUG, stream=sys.stdout, force=True)
log = logging.getLogger(__name__)


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    log.info("%d steps", len(xs))
    sys.stdout.write("\\\\r50 %")
    sys.stdout.flush()
    h, hs = h0, []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return np.stack(hs)
""",
}
REST = "reference"
POINTS = "all"
