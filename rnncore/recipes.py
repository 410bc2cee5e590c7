"""What a training run is told: how to learn, when to look, where to save.

=============  ========================================================================
`Model`        what can be trained
`Recipe`       how to learn from a batch: learning rate, optimizer, clipping, BPTT
`Validation`   on which batches to measure, how often, and when to stop early
`Checkpoints`  where to save the run, how often, and whether to go on from there
=============  ========================================================================

They never change, so one of them can serve many runs. Nothing is trained here: that is
the business of `rnncore.training`.
"""

import inspect
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Protocol

import numpy as np

from rnncore.bptt import Method
from rnncore.clipping import clip_by_global_norm, global_norm
from rnncore.dicts import Arrays
from rnncore.kinds import check_callable, check_counts, check_positive
from rnncore.optim import ADAM, Optimizer

EpochBatches = Callable[[np.random.Generator], Sequence[Any]]
State = tuple[np.ndarray, ...] | None


class Model(Protocol):
    """What can be trained: the models of rnncore, and others that do the same."""

    def loss(
        self,
        params: Arrays,
        batch: Any,
        state: State = None,
        rng: np.random.Generator | None = None,
    ) -> tuple[Any, Arrays, State]:
        """
        Compute the loss of a batch, and its gradient.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters.
        batch : Batch
            What to read and to predict.
        state : tuple of ndarray, optional
            The state to start from, zeros by default.
        rng : numpy.random.Generator, optional
            Where dropout and random cuts come from.

        Returns
        -------
        loss : floating-point scalar
            Mean loss.
        grads : dict of str to ndarray
            Its gradient with respect to each parameter, in new arrays.
        state : tuple of ndarray, or None
            The last state, if it can be carried into the next batch.
        """

    def score(
        self, params: Arrays, batch: Any, state: State = None
    ) -> tuple[float, int, State]:
        """
        Compute the loss of a batch without its gradient, and without dropout.

        Parameters
        ----------
        params : dict of str to ndarray
            The parameters.
        batch : Batch
            What to read and to predict.
        state : tuple of ndarray, optional
            The state to start from, zeros by default.

        Returns
        -------
        total : float
            Loss, summed over the targets that count.
        n_targets : int
            How many do.
        state : tuple of ndarray, or None
            The last state, if it can be carried into the next batch.
        """


@dataclass(frozen=True)
class Recipe:
    """
    How to learn from a batch.

    Attributes
    ----------
    learning_rate : float or callable
        Size of an update, as the optimizer understands it; or a function that gives it
        for each step, counted from 0, such as a schedule of `rnncore.schedules`.
    optimizer : Optimizer, optional
        How to update, ADAM by default.
    max_norm : float or None, optional
        Gradients with a larger global norm are clipped to it; None clips nothing.
    carry_state : bool, optional
        Whether a batch starts from the state at which the last one ended, and not from
        zeros.
    method : Method, optional
        How to compute the gradient, see `rnncore.bptt`; the model's own way by default.

    Raises
    ------
    TypeError
        If an argument is not of the kind needed.
    ValueError
        If a number is not positive.

    Examples
    --------
    >>> from rnncore.schedules import WarmupCosine
    >>> schedule = WarmupCosine(peak=4e-3, last=1e-4, steps=2000, warmup=100)
    >>> Recipe(schedule, max_norm=1.0).rate(99)
    0.004
    """

    learning_rate: float | Callable[[int], float]
    optimizer: Optimizer = ADAM
    max_norm: float | None = 5.0
    carry_state: bool = False
    method: Method | None = None

    def __post_init__(self) -> None:
        remedy = "one of rnncore.optim, such as ADAM"
        check_instance("Recipe", Optimizer, remedy, optimizer=self.optimizer)
        if not callable(self.learning_rate):
            check_positive("Recipe", learning_rate=self.learning_rate)
        if self.max_norm is not None:
            check_positive("Recipe", max_norm=self.max_norm)
        if self.method is not None:
            check_callable("Recipe", method=self.method)

    def rate(self, step: int) -> float:
        """
        Give the learning rate of a step.

        Parameters
        ----------
        step : int
            The step, counted from 0.

        Returns
        -------
        float
            The learning rate.
        """
        rate = self.learning_rate
        return rate(step) if callable(rate) else rate

    def clip(self, grads: Arrays) -> tuple[Arrays, float]:
        """
        Clip gradients that are needed no more.

        Parameters
        ----------
        grads : dict of str to ndarray
            The gradients; they are overwritten.

        Returns
        -------
        grads : dict of str to ndarray
            Gradients of norm at most `max_norm`.
        norm : float
            The norm before clipping.

        Raises
        ------
        NonFiniteError
            If a gradient is NaN or infinite.
        """
        if self.max_norm is None:
            return grads, global_norm(grads)
        # Two gradients in the same memory would be shortened twice.
        apart = all(grad.base is None for grad in grads.values())
        return clip_by_global_norm(grads, self.max_norm, in_place=apart)

    @cached_property
    def update(self) -> Callable[..., tuple[Arrays, Any]]:
        """
        Give the update of the optimizer, in place if it knows how.

        Returns
        -------
        callable
            ``update(params, grads, memory, rate)`` gives new parameters and memory.
        """
        update = self.optimizer.update
        known = inspect.signature(update).parameters
        return partial(update, in_place=True) if "in_place" in known else update


@dataclass(frozen=True)
class Validation:
    """
    On which batches to measure the loss, how often, and when to stop early.

    Attributes
    ----------
    batches : sequence of batches
        What is not learned from.
    every : int, optional
        After how many steps to measure, each time.
    patience : int, optional
        After how many measurements in a row without a new smallest loss to stop, and to
        return the parameters that had it. By default the run goes to its end and
        returns the last ones.
    carry_state : bool, optional
        Whether a batch starts from the state at which the last one ended.

    Raises
    ------
    TypeError
        If an argument is not of the kind needed.
    ValueError
        If there is no batch, or a number is less than 1.
    """

    batches: Sequence[Any]
    every: int = 100
    patience: int | None = None
    carry_state: bool = False

    def __post_init__(self) -> None:
        check_batches("Validation", batches=self.batches)
        check_counts("Validation", every=self.every)
        if self.patience is not None:
            check_counts("Validation", patience=self.patience)


@dataclass(frozen=True)
class Checkpoints:
    """
    Where to save a run, how often, and whether to go on from there.

    Attributes
    ----------
    path : str or path
        The file, one for each run.
    every : int, optional
        After how many steps to save, each time; the start and the end are always saved.
    resume : bool, optional
        Whether to go on from a file that exists. Without one, the run begins; so the
        same command both starts a run and continues it.

    Raises
    ------
    TypeError
        If an argument is not of the kind needed.
    ValueError
        If `every` is less than 1.
    """

    path: str | os.PathLike[str]
    every: int = 100
    resume: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.path, str | os.PathLike):
            raise TypeError(
                f"Checkpoints: path is a {type(self.path).__name__}, but the name of a "
                f"file is needed. Pass a string or a path."
            )
        check_counts("Checkpoints", every=self.every)


def check_instance(where: str, kind: type, remedy: str, **given: Any) -> None:
    """
    Require objects of a class.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    kind : type
        The class.
    remedy : str
        What to pass, for the message.
    **given : object
        What to look at, by its names.

    Raises
    ------
    TypeError
        If something is of another class.

    Examples
    --------
    >>> check_instance("train", Recipe, "Recipe(learning_rate)", recipe=0.1)
    Traceback (most recent call last):
    TypeError: train: recipe is a float, but a Recipe is needed. Pass
    Recipe(learning_rate).
    """
    for name, value in given.items():
        if not isinstance(value, kind):
            raise TypeError(
                f"{where}: {name} is a {type(value).__name__}, but a {kind.__name__} "
                f"is needed. Pass {remedy}."
            )


def check_batches(where: str, **lists: Any) -> None:
    """
    Require sequences of batches that are not empty.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    **lists : sequence of batches
        What to look at, by its names.

    Raises
    ------
    TypeError
        If something is not a sequence.
    ValueError
        If one is empty.

    Examples
    --------
    >>> check_batches("evaluate", batches=[])
    Traceback (most recent call last):
    ValueError: evaluate: batches is empty, but at least one batch is needed. Pass more
    data, or smaller batches.
    """
    for name, batches in lists.items():
        if not isinstance(batches, Sequence):
            raise TypeError(
                f"{where}: {name} is a {type(batches).__name__}, but a list of batches "
                f"is needed. Pass list(...) of what yields them, or [batch]."
            )
        if not batches:
            raise ValueError(
                f"{where}: {name} is empty, but at least one batch is needed. Pass "
                f"more data, or smaller batches."
            )
