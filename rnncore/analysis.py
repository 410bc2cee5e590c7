"""Does a recurrence forget, remember, or run away? Eigenvalues, Jacobians, Lyapunov.

The Jacobian of one step says how the state after it follows a small change of the
state before it. In the row convention a change is multiplied from the right:

    ds_{t+1} = ds_t J        J[i, j] = d s_{t+1}[j] / d s_t[i]

and over several steps by the product of their Jacobians, in the order of time. S is
the size of the whole state: H, or 2H for the LSTM, whose h and c stand side by side.

======================  ====================================================
`spectral_radius`       what the powers of a matrix come to in the long run
`singular_values`       what a matrix does in one step, at most and at least
`step_jacobians`        each step of a cell over a sequence
`jacobian_products`     the last step, the last two, the last three, ...
`largest_lyapunov`      the growth of a small change along a long orbit
======================  ====================================================

Only the largest Lyapunov exponent is computed, not the others. Nothing is drawn here:
that is the business of `rnncore.plots`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnncore.cells import Cell
from rnncore.kinds import (
    check_callable,
    check_counts,
    check_finite,
    check_floats,
    check_real,
    check_rng,
)
from rnncore.shapes import check_shapes
from rnncore.step_checks import check_state

TINY = 1e-20  # a change so small that its square is lost beside 1


def spectral_radius(W: np.ndarray) -> float:
    """
    Compute the largest absolute value of the eigenvalues of a matrix.

    Parameters
    ----------
    W : ndarray, shape (H, H)
        The matrix.

    Returns
    -------
    float
        Below 1, the powers of W vanish in the end; above 1, they grow without bound. On
        the way they may do something else: see `singular_values`.

    Raises
    ------
    TypeError
        If `W` is not an array of floats.
    ValueError
        If `W` is not square, or a value is not finite.

    Examples
    --------
    >>> spectral_radius(np.array([[0.5, 10.0], [0.0, 0.5]]))
    0.5
    """
    _check_matrix("spectral_radius", W, "HH")
    return float(abs(np.linalg.eigvals(W)).max())


def singular_values(W: np.ndarray) -> np.ndarray:
    """
    Compute the lengths to which a matrix stretches vectors of length 1.

    Parameters
    ----------
    W : ndarray, shape (D, H)
        The matrix.

    Returns
    -------
    ndarray, shape (min(D, H),)
        The singular values, the largest first: it is the most that any vector grows.

    Raises
    ------
    TypeError
        If `W` is not an array of floats.
    ValueError
        If `W` is not a matrix, or a value is not finite.

    Examples
    --------
    >>> np.round(singular_values(np.array([[0.5, 10.0], [0.0, 0.5]])), 3)
    array([10.025, 0.025])
    """
    _check_matrix("singular_values", W, "DH")
    return np.linalg.svd(W, compute_uv=False)


def step_jacobians(
    cell: Cell,
    xs: np.ndarray,
    state: tuple[np.ndarray, ...],
    params: dict[str, np.ndarray],
) -> np.ndarray:
    """
    Compute the Jacobian of every step of a cell over a sequence.

    Parameters
    ----------
    cell : Cell
        The cell, such as ``CELLS["tanh"]``.
    xs : ndarray, shape (T, N, D)
        The inputs.
    state : tuple of ndarray, each of shape (N, H)
        The state before the first step.
    params : dict of str to ndarray
        The parameters of the cell.

    Returns
    -------
    ndarray, shape (T, N, S, S)
        Entry ``[t, n, i, j]`` is the derivative of value j of the state after step t
        with respect to value i of the state before it, for sequence n.

    Raises
    ------
    TypeError
        If `cell` is not a `Cell`, or an array is not of the kind needed.
    ValueError
        If shapes do not fit together, or an input is not finite.

    Notes
    -----
    A backward step turns a unit vector after the step into one column of the Jacobian.
    Every sequence is run S times side by side, once for each unit vector, so that one
    backward step gives all columns.

    Examples
    --------
    >>> from rnncore.cells import CELLS
    >>> params = {"W_xh": np.ones((1, 2)), "b_h": np.zeros(2)}
    >>> params["W_hh"] = np.array([[0.5, 10.0], [0.0, 0.5]])
    >>> xs, state = np.zeros((3, 1, 1)), (np.zeros((1, 2)),)
    >>> step_jacobians(CELLS["tanh"], xs, state, params)[2, 0]
    array([[ 0.5, 10. ], [ 0. , 0.5]])
    """
    _check_steps(cell, xs, state)
    widths = [part.shape[1] for part in state]
    N, S = xs.shape[1], sum(widths)
    state = tuple(np.repeat(part, S, axis=0) for part in state)  # (N*S, H)
    units = np.tile(np.eye(S, dtype=state[0].dtype), (N, 1))  # (N*S, S)
    dstate = tuple(np.split(units, np.cumsum(widths)[:-1], axis=1))
    jacobians = np.empty((len(xs), N, S, S), dtype=units.dtype)
    for x, jacobian in zip(xs, jacobians, strict=True):
        state, cache = cell.step_forward(np.repeat(x, S, axis=0), state, params)
        _, dstate_prev, _ = cell.step_backward(dstate, cache)
        columns = np.hstack(dstate_prev).reshape(N, S, S)
        jacobian[...] = columns.swapaxes(1, 2)
    return jacobians


def jacobian_products(jacobians: np.ndarray) -> np.ndarray:
    """
    Multiply the Jacobians of the last step, the last two steps, and so on.

    Parameters
    ----------
    jacobians : ndarray, shape (T, ..., S, S)
        The Jacobian of each step, as `step_jacobians` returns them; T times the same
        matrix gives its powers.

    Returns
    -------
    ndarray, shape (T, ..., S, S)
        Entry k is the derivative of the state at the end with respect to the state
        k + 1 steps earlier.

    Raises
    ------
    TypeError
        If `jacobians` is not an array of floats.
    ValueError
        If the matrices are not square, or there is no step.

    Notes
    -----
    ``np.linalg.norm(products, ord=2, axis=(-2, -1))`` is the most that a gradient can
    grow, or the least that it shrinks, from the end back over k + 1 steps.

    Examples
    --------
    >>> W = np.array([[0.5, 1.0], [0.0, 0.5]])
    >>> jacobian_products(np.stack([W, W, W]))[2]
    array([[0.125, 0.75 ], [0.   , 0.125]])
    """
    _check_jacobians(jacobians)
    products = [jacobians[-1]]
    for jacobian in jacobians[-2::-1]:
        products.append(jacobian @ products[-1])
    return np.stack(products)  # (T, ..., S, S)


def largest_lyapunov(
    step: Callable[[np.ndarray], np.ndarray],
    h: np.ndarray,
    rng: np.random.Generator,
    steps: int,
    burn_in: int = 100,
) -> np.ndarray:
    """
    Estimate the largest Lyapunov exponent of the recurrence h -> step(h).

    Parameters
    ----------
    step : callable
        Takes states like `h` and returns the next ones, such as
        ``lambda h: np.tanh(h @ W_hh)``. It must take complex numbers and be analytic: a
        step that drops the imaginary part drops the change, which gives -inf.
    h : ndarray, shape (N, H)
        The states to start from; each is followed by itself.
    rng : numpy.random.Generator
        Draws the direction of the first change.
    steps : int
        Number of steps over which the growth is averaged.
    burn_in : int, optional
        Number of steps before that, until the orbit is where it stays, and the change
        points where it grows most.

    Returns
    -------
    ndarray, shape (N,)
        The mean growth in nats per step: negative at a fixed point or a cycle that
        attracts, positive in chaos; -inf if a change vanishes altogether.

    Raises
    ------
    TypeError
        If `step` is not a function, `h` not an array of real floats, `rng` not a
        generator, or a number of steps not an integer.
    ValueError
        If `h` is not of shape (N, H) or not finite, `steps` less than 1, or `burn_in`
        negative.
    NonFiniteError
        If an orbit runs away.

    Notes
    -----
    The change rides along as the imaginary part, as in complex-step differences: the
    step moves it by the exact Jacobian, and the real part is the orbit itself. After
    each step the change is made length 1 again, and the logarithm of what its length
    was is the growth.

    References
    ----------
    G. Benettin, L. Galgani, A. Giorgilli and J.-M. Strelcyn, "Lyapunov characteristic
    exponents for smooth dynamical systems and for Hamiltonian systems; a method for
    computing all of them", Meccanica 15 (1980), 9-20 and 21-30.

    Examples
    --------
    >>> h, rng = np.array([[0.3]]), np.random.default_rng(0)
    >>> exponent = largest_lyapunov(lambda h: 0.5 * h, h, rng, steps=20)
    >>> bool(np.isclose(exponent[0], np.log(0.5)))
    True
    """
    _check_orbit(step, h, rng, steps, burn_in)
    change = rng.normal(size=h.shape).astype(h.dtype)  # (N, H)
    growth = np.zeros_like(h, shape=len(h))  # (N,)
    # An orbit that runs away is found by the check, which says more than a warning.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for t in range(burn_in + steps):
            length = np.linalg.norm(change, axis=1)  # (N,)
            if t > burn_in:
                growth += np.log(length)
            change /= np.where(length > 0, length, 1)[:, None]
            after = step(h + TINY * 1j * change)
            h, change = after.real, after.imag / TINY
        growth += np.log(np.linalg.norm(change, axis=1))
    check_finite("largest_lyapunov", **{"h after the last step": h})
    return growth / steps


def _check_matrix(where: str, W: Any, axes: str) -> None:
    check_floats(where, W=W)
    check_shapes(where, W=(W, axes))
    check_finite(where, W=W)


def _check_steps(cell: Any, xs: Any, state: Any) -> None:
    where = "step_jacobians"
    if not isinstance(cell, Cell):
        raise TypeError(
            f"{where}: cell is a {type(cell).__name__}, but a Cell is needed. Pass one "
            f"of rnncore.cells.CELLS, such as CELLS['tanh']."
        )
    check_floats(where, xs=xs)
    check_state(where, state=(state, cell.state))
    parts = {f"state[{i}]": part for i, part in enumerate(state)}
    check_floats(where, **parts)
    wanted = {name: (part, "NH") for name, part in parts.items()}
    check_shapes(where, xs=(xs, "TND"), **wanted)


def _check_jacobians(jacobians: Any) -> None:
    where = "jacobian_products"
    check_floats(where, jacobians=jacobians)
    if jacobians.ndim < 3 or jacobians.shape[-1] != jacobians.shape[-2]:
        raise ValueError(
            f"{where}: jacobians has shape {jacobians.shape}, but (T, ..., S, S) is "
            f"needed. Pass jacobians with the steps first, one square matrix for each."
        )
    check_shapes(where, jacobians=(jacobians, "...SS"))


def _check_orbit(step: Any, h: Any, rng: Any, steps: Any, burn_in: Any) -> None:
    where = "largest_lyapunov"
    check_callable(where, step=step)
    check_real(where, h=h)
    check_shapes(where, h=(h, "NH"))
    check_finite(where, h=h)
    check_rng(where, rng)
    check_counts(where, steps=steps)
    check_counts(where, least=0, burn_in=burn_in)
