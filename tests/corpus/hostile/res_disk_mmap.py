"""Map a file that is larger than the disk, and memory that is larger than the
machine.
"""

ANSWERS = {
    "rnn-forward": """\
import mmap

mmap.mmap(-1, 1 << 42)


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    h, hs = h0, []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return np.stack(hs)
""",
}
REST = "reference"
POINTS = {"rnn-step": 4, "rnn-parameters": 5, "rnn-flops": 5}
