"""Give variables the names of builtins and of modules."""

ANSWERS = {
    "rnn-forward": """\
sum = max = list = 3


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    input, type, id = xs, h0, []
    for str in input:
        type = np.tanh(str @ W_xh + type @ W_hh + b_h)
        id.append(type)
    return np.stack(id)
""",
}
REST = "reference"
POINTS = "all"
