"""Decorate an answer, with a counter in a closure."""

ANSWERS = {
    "rnn-forward": """\
import functools


def counted(function):
    count = 0

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        nonlocal count
        count += 1
        return function(*args, **kwargs)

    return wrapper


@counted
def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    h, hs = h0, []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return np.stack(hs)
""",
}
REST = "reference"
POINTS = "all"
