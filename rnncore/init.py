"""Initial weights, drawn from a generator that the caller passes.

Two rules of thumb decide the scale. Input weights follow Glorot: the variance of what
goes forward and of what comes back stays of the same order. Recurrent weights are
orthogonal: all singular values are 1, so that the product of many of them neither
vanishes nor explodes before learning has begun (tanh only shrinks it).

The fused weights of a gated cell are drawn block by block, from left to right, as if
each gate had a matrix of its own. Biases are zero, but for the forget gate of the LSTM.

Weights are float64; for others, convert them once: everything that is computed from
them follows.
"""

from typing import Any

import numpy as np

from rnncore.kinds import (
    check_choice,
    check_counts,
    check_numbers,
    check_positive,
    check_rng,
)


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


def uniform(
    rng: np.random.Generator, shape: tuple[int, int], limit: float
) -> np.ndarray:
    """
    Draw weights uniformly between two limits.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the numbers come from.
    shape : tuple of int
        Rows and columns.
    limit : float
        The weights are between -limit and limit; PyTorch takes 1 / sqrt(H) for all
        weights of a recurrent layer.

    Returns
    -------
    ndarray of float, shape `shape`
        The numbers, with variance limit^2 / 3.

    Raises
    ------
    TypeError
        If `rng` is not a generator, a size not an integer, or `limit` not a number.
    ValueError
        If `shape` does not hold two sizes of at least 1, or `limit` is not positive.

    Examples
    --------
    >>> W = uniform(np.random.default_rng(0), (3, 3), limit=0.1)
    >>> bool(abs(W).max() <= 0.1)
    True
    """
    _check_matrix("uniform", rng, shape)
    check_positive("uniform", limit=limit)
    return rng.uniform(-limit, limit, size=shape)


def embedding_rows(rng: np.random.Generator, V: int, E: int) -> np.ndarray:
    """
    Draw an embedding: one row of standard normal numbers for each token.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the numbers come from.
    V : int
        Number of tokens.
    E : int
        Number of inputs that stand for a token.

    Returns
    -------
    ndarray of float, shape (V, E)
        Numbers of mean 0 and variance 1.

    Raises
    ------
    TypeError
        If `rng` is not a generator, or a size not an integer.
    ValueError
        If a size is less than 1.

    Notes
    -----
    A row is looked up, never summed with others. So its scale is that of inputs, and
    does not shrink with V, as that of weights by Glorot would.

    Examples
    --------
    >>> W_emb = embedding_rows(np.random.default_rng(0), V=1000, E=10)
    >>> W_emb.shape, round(float(W_emb.std()), 1)
    ((1000, 10), 1.0)
    """
    check_rng("embedding_rows", rng)
    check_counts("embedding_rows", V=V, E=E)
    return rng.normal(size=(V, E))


def identity(H: int, gain: float = 1.0) -> np.ndarray:
    """
    Let each hidden unit keep its own state.

    Parameters
    ----------
    H : int
        Number of hidden units.
    gain : float, optional
        How much of its state a unit keeps in a step.

    Returns
    -------
    ndarray of float, shape (H, H)
        `gain` on the diagonal, 0 elsewhere.

    Raises
    ------
    TypeError
        If `H` is not an integer, or `gain` not a real number.
    ValueError
        If `H` is less than 1, or `gain` not positive.

    References
    ----------
    Q. V. Le, N. Jaitly and G. E. Hinton, "A simple way to initialize recurrent networks
    of rectified linear units", arXiv:1504.00941 (2015).

    Examples
    --------
    >>> identity(2, gain=0.5)
    array([[0.5, 0. ], [0. , 0.5]])
    """
    check_counts("identity", H=H)
    check_positive("identity", gain=gain)
    return gain * np.eye(H)


def init_rnn(
    rng: np.random.Generator, D: int, H: int, recurrent: str = "orthogonal"
) -> dict[str, np.ndarray]:
    """
    Draw the parameters of a cell without gates.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the numbers come from.
    D : int
        Number of inputs.
    H : int
        Number of hidden units.
    recurrent : {"orthogonal", "identity"}
        How ``W_hh`` starts; identity is meant for the activation relu (IRNN).

    Returns
    -------
    dict of str to ndarray
        ``W_xh`` (D, H) by Glorot, ``W_hh`` (H, H), ``b_h`` (H,) zero.

    Raises
    ------
    TypeError
        If `rng` is not a generator, or a size not an integer.
    ValueError
        If a size is less than 1, or `recurrent` is unknown.

    Notes
    -----
    Le, Jaitly and Hinton, who proposed the IRNN, drew its input weights from a normal
    distribution of deviation 0.001. Here they follow Glorot in both cases.

    Examples
    --------
    >>> params = init_rnn(np.random.default_rng(0), D=4, H=3)
    >>> {name: array.shape for name, array in params.items()}
    {'W_xh': (4, 3), 'W_hh': (3, 3), 'b_h': (3,)}
    """
    _check_sizes("init_rnn", rng, D=D, H=H)
    check_choice("init_rnn", ("orthogonal", "identity"), recurrent=recurrent)
    return {
        "W_xh": glorot_uniform(rng, (D, H)),
        "W_hh": orthogonal(rng, (H, H)) if recurrent == "orthogonal" else identity(H),
        "b_h": np.zeros(H),
    }


def init_lstm(
    rng: np.random.Generator, D: int, H: int, forget_bias: float = 1.0
) -> dict[str, np.ndarray]:
    """
    Draw the parameters of an LSTM.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the numbers come from.
    D : int
        Number of inputs.
    H : int
        Number of hidden units.
    forget_bias : float, optional
        Bias of the forget gate: with 1 the cell starts out keeping sigmoid(1), or 73 %,
        of its memory in each step instead of one half.

    Returns
    -------
    dict of str to ndarray
        ``W_xh`` (D, 4H), each block by Glorot; ``W_hh`` (H, 4H), each block orthogonal;
        ``b_h`` (4H,), zero but for the forget gate. Blocks are i f g o.

    Raises
    ------
    TypeError
        If `rng` is not a generator, a size not an integer, or `forget_bias` not a
        number.
    ValueError
        If a size is less than 1.

    References
    ----------
    F. A. Gers, J. Schmidhuber and F. Cummins, "Learning to forget: continual prediction
    with LSTM", Neural Computation 12 (2000), 2451-2471.
    R. Jozefowicz, W. Zaremba and I. Sutskever, "An empirical exploration of recurrent
    network architectures", ICML (2015).

    Examples
    --------
    >>> params = init_lstm(np.random.default_rng(0), D=4, H=2)
    >>> params["W_xh"].shape, params["W_hh"].shape
    ((4, 8), (2, 8))
    >>> params["b_h"]
    array([0., 0., 1., 1., 0., 0., 0., 0.])
    """
    _check_sizes("init_lstm", rng, D=D, H=H)
    check_numbers("init_lstm", forget_bias=forget_bias)
    params = _gated(rng, D, H, n_blocks=4)
    params["b_h"][H : 2 * H] = forget_bias
    return params


def init_gru(rng: np.random.Generator, D: int, H: int) -> dict[str, np.ndarray]:
    """
    Draw the parameters of a GRU.

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
        ``W_xh`` (D, 3H), each block by Glorot; ``W_hh`` (H, 3H), each block orthogonal;
        ``b_h`` (3H,) and ``b_n`` (H,), zero. Blocks are r z n.

    Raises
    ------
    TypeError
        If `rng` is not a generator, or a size not an integer.
    ValueError
        If a size is less than 1.

    Examples
    --------
    >>> params = init_gru(np.random.default_rng(0), D=4, H=2)
    >>> {name: array.shape for name, array in params.items()}
    {'W_xh': (4, 6), 'W_hh': (2, 6), 'b_h': (6,), 'b_n': (2,)}
    """
    _check_sizes("init_gru", rng, D=D, H=H)
    return {**_gated(rng, D, H, n_blocks=3), "b_n": np.zeros(H)}


def init_mingru(rng: np.random.Generator, D: int, H: int) -> dict[str, np.ndarray]:
    """
    Draw the parameters of a minGRU, whose gates do not see the state.

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
        ``W_xh`` (D, 2H), each block by Glorot; ``b_h`` (2H,) zero. Blocks are z n.

    Raises
    ------
    TypeError
        If `rng` is not a generator, or a size not an integer.
    ValueError
        If a size is less than 1.

    Examples
    --------
    >>> params = init_mingru(np.random.default_rng(0), D=4, H=2)
    >>> {name: array.shape for name, array in params.items()}
    {'W_xh': (4, 4), 'b_h': (4,)}
    """
    _check_sizes("init_mingru", rng, D=D, H=H)
    return {
        "W_xh": np.hstack([glorot_uniform(rng, (D, H)) for _ in range(2)]),
        "b_h": np.zeros(2 * H),
    }


def init_jordan(
    rng: np.random.Generator, D: int, H: int, V: int
) -> dict[str, np.ndarray]:
    """
    Draw the parameters of a Jordan network, which feeds its output back.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the numbers come from.
    D : int
        Number of inputs.
    H : int
        Number of hidden units.
    V : int
        Number of outputs.

    Returns
    -------
    dict of str to ndarray
        ``W_xh`` (D, H) by Glorot, ``W_yh`` (V, H) orthogonal, ``b_h`` (H,) zero,
        ``W_hy`` (H, V) by Glorot, ``b_y`` (V,) zero.

    Raises
    ------
    TypeError
        If `rng` is not a generator, or a size not an integer.
    ValueError
        If a size is less than 1.

    Examples
    --------
    >>> params = init_jordan(np.random.default_rng(0), D=4, H=3, V=2)
    >>> {name: array.shape for name, array in params.items()}
    {'W_xh': (4, 3), 'W_yh': (2, 3), 'b_h': (3,), 'W_hy': (3, 2), 'b_y': (2,)}
    """
    _check_sizes("init_jordan", rng, D=D, H=H, V=V)
    return {
        "W_xh": glorot_uniform(rng, (D, H)),
        "W_yh": orthogonal(rng, (V, H)),
        "b_h": np.zeros(H),
        "W_hy": glorot_uniform(rng, (H, V)),
        "b_y": np.zeros(V),
    }


def _gated(
    rng: np.random.Generator, D: int, H: int, n_blocks: int
) -> dict[str, np.ndarray]:
    return {
        "W_xh": np.hstack([glorot_uniform(rng, (D, H)) for _ in range(n_blocks)]),
        "W_hh": np.hstack([orthogonal(rng, (H, H)) for _ in range(n_blocks)]),
        "b_h": np.zeros(n_blocks * H),
    }


def _check_sizes(where: str, rng: Any, **sizes: Any) -> None:
    check_rng(where, rng)
    check_counts(where, **sizes)


def _check_matrix(where: str, rng: np.random.Generator, shape: tuple[int, int]) -> None:
    check_rng(where, rng)
    if not isinstance(shape, tuple) or len(shape) != 2:
        raise ValueError(
            f"{where}: shape is {shape!r}, but (rows, columns) is needed. Pass a tuple "
            f"of two sizes."
        )
    check_counts(where, rows=shape[0], columns=shape[1])
