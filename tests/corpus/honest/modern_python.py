"""Use type hints, the walrus operator, match, positional-only arguments and
postponed annotations.
"""

ANSWERS = {
    "rnn-forward": """\
from __future__ import annotations

from typing import TypeAlias

Array: TypeAlias = np.ndarray


def rnn_forward(xs: Array, h0: Array, /, W_xh: Array, W_hh: Array, b_h: Array) -> Array:
    match xs.shape:
        case (T, _, _):
            h = h0
            hs = [h := np.tanh(xs[t] @ W_xh + h @ W_hh + b_h) for t in range(T)]
            return np.stack(hs)
        case _:
            raise ValueError(f"{xs.shape = }")
""",
}
REST = "reference"
POINTS = "all"
