"""Functions to be differentiated, which keep what they were called with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from rnngrade.exercise import Case
from rnngrade.exercises.gradient_checking.cases import (
    checked_array,
    draw_network,
    draw_point,
)

__all__ = ["Probe", "curve_case", "difference_edges", "maximum_case", "recurrent_case"]

MOST_CALLS = 2000  # kept by a probe: a loop without end must not fill the memory


@dataclass
class Probe:
    """A scalar function of one array that keeps what it was called with.

    Attributes
    ----------
    function : callable
        Takes an array and returns one number; analytic, and takes complex arrays.
    shape : tuple of int
        The only shape that is accepted.
    calls : list of ndarray
        Copies of the arguments so far, the first `MOST_CALLS` of them.
    """

    function: Callable[[np.ndarray], np.generic]
    shape: tuple[int, ...]
    calls: list[np.ndarray] = field(default_factory=list)

    def __call__(self, x: np.ndarray) -> float | complex:
        """Return the value at `x` as a Python number."""
        x = checked_array("f: its argument", x, self.shape)
        if len(self.calls) < MOST_CALLS:
            self.calls.append(np.array(x))
        return self.function(x).item()


def curve_case(
    rng: np.random.Generator, label: str, shape: tuple[int, ...], size: float = 1.0
) -> Case:
    """Draw a sum of exponentials and a tanh, and a point.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of every number.
    label : str
        What messages call it.
    shape : tuple of int
        Shape of the point.
    size : float
        Size of its entries.

    Returns
    -------
    Case
        The arguments f and x.
    """
    a = rng.uniform(0.3, 1.0, size=shape)
    b = rng.uniform(0.1, 0.4, size=shape)
    per = max(size, 1)  # beside entries of a thousandth the curve is still one long

    def curve(x):
        return np.sum(a * np.expm1(x / per)) + np.tanh(np.sum(b * x / per))

    return Case(label, (Probe(curve, shape), size * draw_point(rng, shape)))


def maximum_case(rng: np.random.Generator, n: int) -> Case:
    """Draw a function with a maximum, and a point close to it.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of every number.
    n : int
        Number of entries.

    Returns
    -------
    Case
        The arguments f and x.
    """
    center, curvature = draw_point(rng, (n,)), rng.uniform(0.5, 2.0, size=n)
    x = center + 1e-3 * draw_point(rng, (n,))
    peak = Probe(lambda x: -np.sum(curvature * (x - center) ** 2), (n,))
    return Case(f"x of shape ({n},), close to a maximum of f", (peak, x))


def recurrent_case(rng: np.random.Generator, name: str, N: int, H: int) -> Case:
    """Draw the loss of a recurrent network as a function of one parameter.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of every number.
    name : str
        The parameter.
    N, H : int
        Numbers of sequences and of units.

    Returns
    -------
    Case
        The arguments f and x.
    """
    loss, params = draw_network(rng, T=4, N=N, D=2, H=H)
    x = params[name]
    probe = Probe(lambda x: loss.value({**params, name: x}), x.shape)
    return Case(f"x = {name} of a recurrent network, shape {x.shape}", (probe, x))


def difference_edges(rng: np.random.Generator) -> Iterator[Case]:
    """Draw points of unusual shapes.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of every number.

    Yields
    ------
    Case
        The edges of both exercises that differentiate.
    """
    yield curve_case(rng, "x of shape (1,)", (1,))
    yield curve_case(rng, "x of shape (2, 1, 3)", (2, 1, 3))
    yield recurrent_case(rng, "b_h", N=4, H=2)
