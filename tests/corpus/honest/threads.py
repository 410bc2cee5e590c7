"""Compute the rows of a batch in a pool of threads."""

ANSWERS = {
    "rnn-forward": """\
from concurrent.futures import ThreadPoolExecutor


def one(xs, h, W_xh, W_hh, b_h):
    hs = []
    for x in xs:
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        hs.append(h)
    return hs


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    with ThreadPoolExecutor(4) as pool:
        rows = range(len(h0))
        work = [pool.submit(one, xs[:, n], h0[n], W_xh, W_hh, b_h) for n in rows]
    return np.stack([each.result() for each in work], axis=1)
""",
}
REST = "reference"
POINTS = "all"
