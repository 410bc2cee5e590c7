"""Sum in another order: stack inputs and states, and multiply once."""

ANSWERS = {
    "rnn-step": """\
def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    both = np.hstack([h_prev, x, np.ones((len(x), 1))])
    return np.tanh(both @ np.vstack([W_hh, W_xh, b_h]))
""",
}
REST = "reference"
POINTS = "all"
