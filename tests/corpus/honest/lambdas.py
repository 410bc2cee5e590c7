"""Assign lambdas and partial functions instead of defining anything."""

ANSWERS = {
    "rnn-step": """\
rnn_step = lambda x, h, U, W, b: np.tanh(x @ U + h @ W + b)
""",
    "rnn-flops": """\
from functools import partial


def flops(scale, T, N, D, H):
    return scale * T * N * H * (D + H), scale * T * N * H * H


forward_flops = partial(flops, 2)
""",
}
REST = "reference"
POINTS = "all"
