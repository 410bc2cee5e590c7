"""Change an argument in place. The result is right; it costs the point for that and
no other.
"""

ANSWERS = {
    "rnn-step": """\
def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    h_prev @= W_hh
    h_prev += x @ W_xh + b_h
    return np.tanh(h_prev)
""",
}
REST = "reference"
POINTS = {"rnn-step": 3, "rnn-forward": 6, "rnn-parameters": 5, "rnn-flops": 5}
MESSAGES = ["arguments changed in place: h_prev"]
