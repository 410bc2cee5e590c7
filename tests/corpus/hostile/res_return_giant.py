"""Return an array that owns eight bytes and claims to have a terabyte."""

ANSWERS = {
    "rnn-forward": """\
def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    return np.broadcast_to(np.zeros(1), (10**6, 10**6))
""",
}
REST = "reference"
POINTS = {"rnn-step": 4, "rnn-parameters": 5, "rnn-flops": 5}
MESSAGES = ["too large"]
