"""Distributions of scores and times: counts in bins, mean, median and quartiles.

This module draws nothing: see :mod:`rnngrade.reports.charts`.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count, pairwise

import numpy as np

MAX_STEPS = 12  # bins of a histogram of points, besides the last one
TIMES = (0, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True)
class Bin:
    """One bar of a histogram.

    Attributes
    ----------
    label : str
        Which values it holds.
    count : int
        How many there are.
    """

    label: str
    count: int


@dataclass(frozen=True)
class Distribution:
    """How the values of a class are spread.

    Attributes
    ----------
    bins : tuple of Bin
        From the lowest values to the highest; their counts add up to the class.
    mean, low, lower, median, upper, high : float
        Mean, smallest value, quartiles and largest value; 0 without any value.
    """

    bins: tuple[Bin, ...]
    mean: float = 0.0
    low: float = 0.0
    lower: float = 0.0
    median: float = 0.0
    upper: float = 0.0
    high: float = 0.0

    @property
    def count(self) -> int:  # numpydoc ignore=RT01
        """The number of values."""
        return sum(each.count for each in self.bins)


def of_points(values: Sequence[float], best: float) -> Distribution:
    """Spread points over bins of equal width.

    Parameters
    ----------
    values : sequence of float
        One for each submission. What is below 0 counts in the first bin, what is above
        `best` in the last one.
    best : float
        The points of a right answer.

    Returns
    -------
    Distribution
        Of one bin for each point where there are few.

    Examples
    --------
    >>> [(each.label, each.count) for each in of_points([0, 2, 2], 2).bins]
    [('0', 1), ('1', 0), ('2', 2)]
    >>> [each.label for each in of_points([0.5], 25).bins[-2:]]
    ['22 to <24', '24 to 25']
    """
    whole = all(float(value).is_integer() for value in (*values, best))
    width = next(step for step in _steps() if best // step <= MAX_STEPS)
    last = math.floor(max(best, 0) / width)
    found = Counter(min(max(math.floor(v / width), 0), last) for v in values)
    labels = (_points_label(i * width, width, best, whole) for i in range(last + 1))
    bins = (Bin(label, found[i]) for i, label in enumerate(labels))
    return _distribution(bins, values)


def of_seconds(values: Sequence[float]) -> Distribution:
    """Spread times over bins that grow with the time.

    Parameters
    ----------
    values : sequence of float
        Seconds, one for each submission.

    Returns
    -------
    Distribution
        From the first bin that holds something to the last one.

    Examples
    --------
    >>> [(each.label, each.count) for each in of_seconds([0.12, 0.3, 0.4]).bins]
    [('0.1 to 0.2', 1), ('0.2 to 0.5', 2)]
    """
    places = [int(np.searchsorted(TIMES, value, side="right")) for value in values]
    found = Counter(min(max(place, 1), len(TIMES)) for place in places)
    ends = [f"{low:g} to {high:g}" for low, high in pairwise(TIMES)]
    labels = ["", *ends, f"over {TIMES[-1]:g}"]
    used = range(min(found, default=1), max(found, default=0) + 1)
    return _distribution((Bin(labels[i], found[i]) for i in used), values)


def _steps() -> Iterable[int]:
    return (digit * 10**power for power in count() for digit in (1, 2, 5))


def _points_label(low: int, width: int, best: float, whole: bool) -> str:
    high = low + width
    if high > best:
        return f"{low:g}" if low >= best else f"{low:g} to {best:g}"
    if not whole:
        return f"{low:g} to <{high:g}"
    return f"{low:g}" if width == 1 else f"{low:g} to {high - 1:g}"


def _distribution(bins: Iterable[Bin], values: Sequence[float]) -> Distribution:
    if not values:
        return Distribution(tuple(bins))
    quartiles = map(float, np.percentile(values, (0, 25, 50, 75, 100)))
    return Distribution(tuple(bins), float(np.mean(values)), *quartiles)
