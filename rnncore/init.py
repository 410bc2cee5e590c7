"""Initial weights, drawn from a generator that the caller passes.

Two rules of thumb decide the scale. Input weights follow Glorot: the variance of what
goes forward and of what comes back stays of the same order. Recurrent weights are
orthogonal: all singular values are 1, so that the product of many of them neither
vanishes nor explodes before learning has begun (tanh only shrinks it).

Weights are float64; for others, convert them once: everything that is computed from
them follows.
"""

import numpy as np

from rnncore.kinds import check_counts, check_positive, check_rng


def glorot_uniform(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """
    Draw weights uniformly, scaled by the number of inputs and outputs.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the numbers come from.
    shape : tuple of int
        (inputs, outputs) of the weights.

    Returns
    -------
    ndarray of float, shape `shape`
        Numbers between -r and r, with r = sqrt(6 / (inputs + outputs)).

    Raises
    ------
    TypeError
        If `rng` is not a generator, or a size not an integer.
    ValueError
        If `shape` does not hold two sizes of at least 1.

    References
    ----------
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward
    neural networks", AISTATS (2010), equation 16.

    Examples
    --------
    >>> W = glorot_uniform(np.random.default_rng(0), (100, 50))
    >>> bool(abs(W).max() <= np.sqrt(6 / 150))
    True
    """
    _check_matrix("glorot_uniform", rng, shape)
    limit = np.sqrt(6 / sum(shape))
    return rng.uniform(-limit, limit, size=shape)


def orthogonal(
    rng: np.random.Generator, shape: tuple[int, int], gain: float = 1.0
) -> np.ndarray:
    """
    Draw a matrix whose shorter side is a set of orthogonal vectors of equal length.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the numbers come from.
    shape : tuple of int
        Rows and columns.
    gain : float, optional
        The length of the vectors: every singular value.

    Returns
    -------
    ndarray of float, shape `shape`
        The matrix, drawn uniformly from all such matrices.

    Raises
    ------
    TypeError
        If `rng` is not a generator, or a size not an integer.
    ValueError
        If `shape` does not hold two sizes of at least 1, or `gain` is not positive.

    Notes
    -----
    Q of a QR decomposition of normal numbers is uniformly distributed once the signs
    of R's diagonal are made positive (Mezzadri 2007); without that they are not.

    References
    ----------
    A. M. Saxe, J. L. McClelland and S. Ganguli, "Exact solutions to the nonlinear
    dynamics of learning in deep linear neural networks", ICLR (2014).
    F. Mezzadri, "How to generate random matrices from the classical compact groups",
    Notices of the AMS 54 (2007), 592-604.

    Examples
    --------
    >>> W = orthogonal(np.random.default_rng(0), (3, 3))
    >>> np.allclose(W @ W.T, np.eye(3))
    True
    """
    _check_matrix("orthogonal", rng, shape)
    check_positive("orthogonal", gain=gain)
    q, r = np.linalg.qr(rng.normal(size=(max(shape), min(shape))))
    q *= gain * np.sign(np.diag(r))
    return q if shape[0] >= shape[1] else np.ascontiguousarray(q.T)


def init_rnn(rng: np.random.Generator, D: int, H: int) -> dict[str, np.ndarray]:
    """
    Draw the parameters of a tanh cell.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the numbers come from.
    D : int
        Number of inputs.
    H : int
        Number of hidden units.

    Returns
    -------
    dict of str to ndarray
        ``W_xh`` (D, H) by Glorot, ``W_hh`` (H, H) orthogonal, ``b_h`` (H,) zero.

    Raises
    ------
    TypeError
        If `rng` is not a generator, or a size not an integer.
    ValueError
        If a size is less than 1.

    Examples
    --------
    >>> params = init_rnn(np.random.default_rng(0), D=4, H=3)
    >>> {name: array.shape for name, array in params.items()}
    {'W_xh': (4, 3), 'W_hh': (3, 3), 'b_h': (3,)}
    """
    check_rng("init_rnn", rng)
    check_counts("init_rnn", D=D, H=H)
    return {
        "W_xh": glorot_uniform(rng, (D, H)),
        "W_hh": orthogonal(rng, (H, H)),
        "b_h": np.zeros(H),
    }


def _check_matrix(where: str, rng: np.random.Generator, shape: tuple[int, int]) -> None:
    check_rng(where, rng)
    if not isinstance(shape, tuple) or len(shape) != 2:
        raise ValueError(
            f"{where}: shape is {shape!r}, but (rows, columns) is needed. Pass a tuple "
            f"of two sizes."
        )
    check_counts(where, rows=shape[0], columns=shape[1])
