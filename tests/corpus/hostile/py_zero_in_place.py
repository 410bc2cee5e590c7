"""Set the arguments to zero in place and return zeros.

A checker that computes the expected value from the arrays that it has handed out
finds tanh(0) = 0, which is what it was given.
"""

ANSWERS = {
    "rnn-step": """\
def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    for array in (x, h_prev, W_xh, W_hh, b_h):
        array[...] = 0
    return np.zeros_like(h_prev)
""",
}
POINTS = {"rnn-step": 0}
MESSAGES = ["arguments changed in place"]
