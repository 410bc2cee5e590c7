"""Compute in single precision. It is off by 1e-7: the statement's numbers have
double precision, so it earns nothing.
"""

ANSWERS = {
    "rnn-step": """\
def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    x, h_prev, W_xh, W_hh, b_h = (
        a.astype(np.float32) for a in (x, h_prev, W_xh, W_hh, b_h)
    )
    return np.tanh(x @ W_xh + h_prev @ W_hh + b_h)
""",
}
REST = "reference"
POINTS = {"rnn-forward": 6, "rnn-parameters": 5, "rnn-flops": 5}
