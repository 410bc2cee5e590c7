"""Return arrays that are small where they are made, and huge where they arrive."""

ANSWERS = {
    "rnn-step": """\
def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    return np.broadcast_to(x[:1, :1], (10**6, 10**6))
""",
    "rnn-forward": """\
def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    return np.broadcast_to(xs[:1, :1, :1], (2**31, 2**31, 1))
""",
    "rnn-parameters": """\
def parameter_count(*_):
    return 10 ** (10**6)
""",
    "rnn-flops": """\
def forward_flops(*_):
    return [np.zeros(10**6)] * 10**6
""",
}
