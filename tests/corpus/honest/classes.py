"""Write a class for the cell, with a dataclass for its weights, and make the
function from it.
"""

ANSWERS = {
    "rnn-forward": """\
from dataclasses import dataclass


@dataclass(frozen=True)
class Weights:
    W_xh: np.ndarray
    W_hh: np.ndarray
    b_h: np.ndarray


class Cell:
    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.h = None

    def __call__(self, x):
        w = self.weights
        self.h = np.tanh(x @ w.W_xh + self.h @ w.W_hh + w.b_h)
        return self.h


def rnn_forward(xs, h0, W_xh, W_hh, b_h):
    cell = Cell(Weights(W_xh, W_hh, b_h))
    cell.h = h0
    return np.stack([cell(x) for x in xs])
""",
}
REST = "reference"
POINTS = "all"
