"""Collect arrays of ones until the machine has no memory left."""

ANSWERS = {
    "rnn-forward": """\
def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    hoard = []
    while True:
        hoard.append(np.ones(1_000_000))
""",
}
REST = "reference"
POINTS = {"rnn-step": 4, "rnn-parameters": 5, "rnn-flops": 5}
