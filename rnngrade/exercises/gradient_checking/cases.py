"""What the exercises of the chapter are drawn from: a small network and its loss.

The loss may be called by student code, so it trusts no argument.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnncore.gradcheck import complex_step_gradient

__all__ = ["Loss", "Params", "checked_array", "draw_network", "draw_point"]

Params = dict[str, np.ndarray]


def checked_array(name: str, given: object, shape: tuple[int, ...]) -> np.ndarray:
    """Refuse what a loss cannot take: it may come from anywhere.

    Parameters
    ----------
    name : str
        What the message calls it.
    given : object
        What was passed.
    shape : tuple of int
        The only shape that is accepted.

    Returns
    -------
    ndarray
        What was passed.

    Raises
    ------
    TypeError
        If it is not an array of numbers.
    ValueError
        If it has another shape.
    """
    numbers = isinstance(given, np.ndarray | np.generic) and given.dtype.kind in "iufc"
    if not numbers:
        what = type(given).__name__
        raise TypeError(f"{name} is a {what}; pass a NumPy array of numbers.")
    if given.shape != shape:
        raise ValueError(f"{name} has shape {given.shape}; pass shape {shape}.")
    return np.asarray(given)


def draw_point(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw entries of size one and of both signs: none is near zero.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of every number.
    shape : tuple of int
        How many.

    Returns
    -------
    ndarray
        The entries.
    """
    return rng.uniform(0.3, 1.2, size=shape) * rng.choice([-1, 1], size=shape)


@dataclass(frozen=True)
class Loss:
    """The loss of a small recurrent network, as a function of its parameters.

    The last state goes through weights, and one for each unit that may have a kink, to
    one output; the loss is half the mean square of its error. With z = gain - knee, the
    second weight is 1 + max(z, 0.6 z): its slopes differ at z = 0, neither is zero, and
    no entry of `params` looks special there.

    Attributes
    ----------
    xs : ndarray, shape (T, N, D)
        Inputs.
    h0 : ndarray, shape (N, H)
        State before the first step.
    targets : ndarray, shape (N,)
        What the output should be.
    shapes : dict of str to tuple of int
        The parameters that it takes.
    knee : float
        Where each gain has its kink.
    factor : float
        Unit of the loss; negative for something that is to be made large.
    flaw : callable
        What a wrong forward pass takes for its parameters; nothing is changed by
        default.
    """

    xs: np.ndarray
    h0: np.ndarray
    targets: np.ndarray
    shapes: dict[str, tuple[int, ...]]
    knee: float = 0.0
    factor: float = 1.0
    flaw: Callable[[Params], Params] = lambda params: params

    def __call__(self, params: Params) -> float | complex:
        """Return the loss as a Python number, whatever is passed."""
        return self.value(self.checked(params)).item()

    def checked(self, params: object) -> Params:
        """Return the parameters as a dict of arrays of the right shapes.

        Parameters
        ----------
        params : object
            The point.

        Returns
        -------
        dict of str to ndarray
            The same arrays.
        """
        if not isinstance(params, dict) or set(params) != set(self.shapes):
            given = list(params) if isinstance(params, dict) else type(params).__name__
            raise ValueError(
                f"params: got {given}; pass a dict with the keys {list(self.shapes)}."
            )
        return {
            name: checked_array(f"params[{name!r}]", params[name], shape)
            for name, shape in self.shapes.items()
        }

    def output(self, params: Params) -> np.ndarray:
        """Return what the network makes of each sequence.

        Parameters
        ----------
        params : dict of str to ndarray
            The point.

        Returns
        -------
        ndarray, shape (N,)
            The outputs.
        """
        params = self.flaw(params)
        h = self.h0
        for x in self.xs:
            h = np.tanh(x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        if "gain" in params:
            z = params["gain"] - self.knee
            h = h * (1 + np.where(np.real(z) > 0, z, 0.6 * z))
        return h @ params["W_hy"]  # (N,)

    def value(self, params: Params) -> np.generic:
        """Return the loss; analytic in the parameters but for the kinks.

        Parameters
        ----------
        params : dict of str to ndarray
            The point.

        Returns
        -------
        number
            The loss, complex where a parameter is.
        """
        y = self.output(params)
        return self.factor * np.mean((y - self.targets) ** 2) / 2

    def gradients(self, params: Params) -> Params:
        """Return the exact gradient; at a kink, the slope to the left.

        Parameters
        ----------
        params : dict of str to ndarray
            The point.

        Returns
        -------
        dict of str to ndarray
            The gradients, by the same names.
        """

        def gradient(name: str) -> np.ndarray:
            return complex_step_gradient(
                lambda array: self.value({**params, name: array}), params[name]
            )

        return {name: gradient(name) for name in params}


def draw_network(
    rng: np.random.Generator, T: int, N: int, D: int, H: int, gained: bool = False
) -> tuple[Loss, Params]:
    """Draw a network none of whose gradients is mostly rounding.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of every number.
    T, N, D, H : int
        Numbers of steps, sequences, inputs and units.
    gained : bool
        Whether it has a gain for each unit, among its parameters.

    Returns
    -------
    Loss
        The loss of the network.
    dict of str to ndarray
        Its parameters, in any order.
    """
    shapes = {"W_xh": (D, H), "W_hh": (H, H), "b_h": (H,), "W_hy": (H,)}
    if gained:
        shapes["gain"] = (H,)
    shapes = {name: shapes[name] for name in rng.permutation(list(shapes)).tolist()}
    while True:
        params = {name: 0.6 * draw_point(rng, shape) for name, shape in shapes.items()}
        knee = rng.uniform(1.5, 1.6) * rng.choice([-1, 1])
        if gained:
            params["gain"] = knee + draw_point(rng, (H,))
        xs = rng.normal(size=(T, N, D))
        h0 = rng.uniform(-0.9, 0.9, size=(N, H))
        # Beyond every output and on one side, so that all sequences pull alike.
        targets = rng.uniform(2, 3, size=N) * rng.choice([-1, 1])
        loss = Loss(xs, h0, targets, shapes, knee)
        sizes = [np.abs(array).max() for array in loss.gradients(params).values()]
        if min(sizes) > 0.1 * loss(params):
            return loss, params
