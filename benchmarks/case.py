"""What is measured: a cell, its sizes, and the numbers that every peer starts from.

The network is the same everywhere: a row of ``W_emb`` for each token, one recurrent
layer with E = H inputs, an affine head, softmax cross-entropy averaged over T N
tokens. Weights and batch are drawn here, in float32, so that all peers compute the
same thing and the losses can be compared before anything is timed.

=============  =========  ==========================================
W_emb          (V, H)     one row for each token
layer0.W_xh    (H, G H)   input to hidden, G blocks: 1 tanh, 4 LSTM, 3 GRU
layer0.W_hh    (H, G H)   hidden to hidden
layer0.b_h     (G H,)     bias
layer0.b_n     (H,)       GRU only: bias inside the reset product
W_hy, b_y      (H, V)     head, with its bias (V,)
=============  =========  ==========================================

Blocks are in the order i f g o (LSTM) and r z n (GRU, reset after the product).
"""

from dataclasses import dataclass

import numpy as np

BLOCKS = {"tanh": 1, "lstm": 4, "gru": 3}

# (N, T, V, H): sequences, steps, vocabulary, hidden units.
SIZES = (
    (1, 25, 65, 100),
    (32, 35, 65, 128),
    (32, 64, 65, 256),
    (16, 200, 65, 64),
    (64, 50, 65, 512),
    (64, 35, 10_000, 200),
)


@dataclass(frozen=True)
class Case:
    """
    One cell at one size.

    Attributes
    ----------
    cell : str
        "tanh", "lstm" or "gru".
    N, T, V, H : int
        Sequences, steps, vocabulary, hidden units.
    """

    cell: str
    N: int
    T: int
    V: int
    H: int

    def __str__(self):
        return f"{self.cell} (N {self.N}, T {self.T}, V {self.V}, H {self.H})"


TABLE = tuple(Case(cell, *size) for cell in BLOCKS for size in SIZES)


def draw_params(case: Case) -> dict[str, np.ndarray]:
    """
    Draw the initial weights of a case, the same ones at every call.

    Parameters
    ----------
    case : Case
        The sizes.

    Returns
    -------
    dict of str to ndarray of float32
        Uniform between -1/√H and 1/√H, PyTorch's default for recurrent layers. Biases
        are drawn too: with zeros a wrong one would go unnoticed.
    """
    H, V, G = case.H, case.V, BLOCKS[case.cell]
    shapes = {
        "W_emb": (V, H),
        "layer0.W_xh": (H, G * H),
        "layer0.W_hh": (H, G * H),
        "layer0.b_h": (G * H,),
        "W_hy": (H, V),
        "b_y": (V,),
    }
    if case.cell == "gru":
        shapes["layer0.b_n"] = (H,)
    rng = np.random.default_rng(0)
    bound = H**-0.5
    return {
        name: rng.uniform(-bound, bound, shape).astype(np.float32)
        for name, shape in shapes.items()
    }


def draw_batch(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """
    Draw the tokens of a case, the same ones at every call.

    Parameters
    ----------
    case : Case
        The sizes.

    Returns
    -------
    inputs, targets : ndarray of int, shape (T, N)
        Uniform tokens; a target is the input of the next step.
    """
    rng = np.random.default_rng(1)
    tokens = rng.integers(0, case.V, (case.T + 1, case.N))
    return tokens[:-1], tokens[1:]


@dataclass(frozen=True)
class TextCase:
    """
    A text for a tokenizer.

    Attributes
    ----------
    text : str
        What the tokenizer is trained on, and encodes.
    vocab_size : int
        Number of tokens, the 256 bytes among them.
    """

    text: str
    vocab_size: int
