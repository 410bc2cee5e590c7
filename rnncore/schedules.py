"""Learning rates that change from step to step.

A schedule is called with the number of a step, counted from 0, and returns the learning
rate of that step. It depends on nothing else, so a run that is continued at step 500
goes on with the rate that it would have had. Schedules with equal settings are equal.

======================  ================================================================
`Constant`              the same rate at every step
`StepDecay`             multiplied by a factor every so many steps
`ExponentialDecay`      multiplied by a factor at every step
`InverseSquareRoot`     rises in a straight line, then falls as 1 / sqrt(step)
`WarmupCosine`          rises in a straight line, then falls along half a cosine
======================  ================================================================

A rise takes ``warmup`` steps. The first of them has the rate peak / warmup, the last
one the peak; with ``warmup=1`` the run begins at the peak. No step has the rate 0,
which would be a step for nothing.

Schedules do not look at the loss: nothing here waits for a plateau.
"""

import math
from dataclasses import dataclass
from typing import Any

from rnncore.kinds import check_counts, check_positive


@dataclass(frozen=True)
class Constant:
    """
    The same learning rate at every step.

    Attributes
    ----------
    rate : float
        The learning rate.

    Raises
    ------
    TypeError
        If `rate` is not a real number.
    ValueError
        If `rate` is not positive.

    Examples
    --------
    >>> Constant(0.1)(500)
    0.1
    """

    rate: float

    def __post_init__(self) -> None:
        check_positive("Constant", rate=self.rate)

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        check_counts("Constant", least=0, step=step)
        return float(self.rate)


@dataclass(frozen=True)
class StepDecay:
    """
    A learning rate that stays for a while and is then multiplied by a factor.

    Attributes
    ----------
    rate : float
        The first learning rate.
    factor : float
        What it is multiplied by each time, greater than 0 and at most 1.
    every : int
        How many steps a rate stays.

    Raises
    ------
    TypeError
        If an argument is not a number of the kind needed.
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> schedule = StepDecay(rate=0.4, factor=0.5, every=100)
    >>> schedule(0), schedule(99), schedule(100), schedule(250)
    (0.4, 0.4, 0.2, 0.1)
    """

    rate: float
    factor: float
    every: int

    def __post_init__(self) -> None:
        check_positive("StepDecay", rate=self.rate)
        _check_factor("StepDecay", self.factor)
        check_counts("StepDecay", every=self.every)

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        check_counts("StepDecay", least=0, step=step)
        return float(self.rate * self.factor ** (step // self.every))


@dataclass(frozen=True)
class ExponentialDecay:
    """
    A learning rate that is multiplied by a factor at every step.

    Attributes
    ----------
    rate : float
        The first learning rate.
    factor : float
        What it is multiplied by at each step, greater than 0 and at most 1; it is
        halved after log(0.5) / log(factor) steps.

    Raises
    ------
    TypeError
        If an argument is not a real number.
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> schedule = ExponentialDecay(rate=0.4, factor=0.5)
    >>> schedule(0), schedule(1), schedule(2)
    (0.4, 0.2, 0.1)
    """

    rate: float
    factor: float

    def __post_init__(self) -> None:
        check_positive("ExponentialDecay", rate=self.rate)
        _check_factor("ExponentialDecay", self.factor)

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        check_counts("ExponentialDecay", least=0, step=step)
        return float(self.rate * self.factor**step)


@dataclass(frozen=True)
class InverseSquareRoot:
    """
    A learning rate that rises in a straight line, then falls as 1 / sqrt(step).

    Attributes
    ----------
    peak : float
        The largest learning rate, that of step warmup - 1.
    warmup : int, optional
        How many steps the rise takes.

    Raises
    ------
    TypeError
        If an argument is not a number of the kind needed.
    ValueError
        If a number is out of range.

    References
    ----------
    A. Vaswani et al., "Attention is all you need", NeurIPS (2017), equation 3, with the
    peak as the constant in front.

    Examples
    --------
    >>> schedule = InverseSquareRoot(peak=0.4, warmup=4)
    >>> schedule(0), schedule(3), schedule(15)
    (0.1, 0.4, 0.2)
    """

    peak: float
    warmup: int = 1

    def __post_init__(self) -> None:
        check_positive("InverseSquareRoot", peak=self.peak)
        check_counts("InverseSquareRoot", warmup=self.warmup)

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        check_counts("InverseSquareRoot", least=0, step=step)
        progress = (step + 1) / self.warmup
        return float(self.peak * min(progress, 1 / math.sqrt(progress)))


@dataclass(frozen=True)
class WarmupCosine:
    """
    A learning rate that rises in a straight line, then falls along half a cosine.

    Attributes
    ----------
    peak : float
        The largest learning rate, that of step warmup - 1.
    last : float
        The learning rate of step steps - 1, and of any later one.
    steps : int
        How many steps the rise and the fall take together.
    warmup : int, optional
        How many of them the rise takes.

    Raises
    ------
    TypeError
        If an argument is not a number of the kind needed.
    ValueError
        If a number is out of range.

    References
    ----------
    I. Loshchilov and F. Hutter, "SGDR: Stochastic gradient descent with warm restarts",
    ICLR (2017), equation 5, without restarts.

    Examples
    --------
    >>> schedule = WarmupCosine(peak=0.4, last=0.2, steps=14, warmup=4)
    >>> rates = [schedule(step) for step in (0, 3, 8, 13, 500)]
    >>> [round(rate, 6) for rate in rates]
    [0.1, 0.4, 0.3, 0.2, 0.2]
    """

    peak: float
    last: float
    steps: int
    warmup: int = 1

    def __post_init__(self) -> None:
        check_positive("WarmupCosine", peak=self.peak, last=self.last)
        check_counts("WarmupCosine", warmup=self.warmup)
        check_counts("WarmupCosine", least=self.warmup + 1, steps=self.steps)

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        check_counts("WarmupCosine", least=0, step=step)
        risen = min(1.0, (step + 1) / self.warmup)
        fallen = (step + 1 - self.warmup) / (self.steps - self.warmup)
        share = (1 + math.cos(math.pi * min(1.0, max(0.0, fallen)))) / 2
        return float(risen * (self.last + (self.peak - self.last) * share))


def _check_factor(where: str, factor: Any) -> None:
    check_positive(where, factor=factor)
    if factor > 1:
        raise ValueError(
            f"{where}: factor is {factor}, but a number of at most 1 is needed, since "
            f"a growing rate diverges. Pass a factor such as 0.5."
        )
