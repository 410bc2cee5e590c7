"""Import an unavailable package in an answer cell, guarded, with NumPy where it is
missing.
"""

ANSWERS = {
    "rnn-forward": """\
try:
    import torch
except ImportError:
    torch = None
try:
    from scipy.special import expit
except ImportError:
    expit = None


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
