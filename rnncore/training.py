"""The training loop: learn from a batch, look at the loss, go on where it stopped.

One step takes the next batch, computes loss and gradients, clips the gradients, and
updates the parameters; `learn` is that step. `train` repeats it. It is told in groups
what to do:

=============  ========================================================================
`Recipe`       how to learn from a batch: learning rate, optimizer, clipping, BPTT
`Validation`   on which batches to measure, how often, and when to stop early
`Checkpoints`  where to save the run, how often, and whether to go on from there
=============  ========================================================================

An epoch is what ``epoch_batches(rng)`` returns, a list of batches; when they are used
up, it is asked again. With ``carry_state=True``, each batch starts from the state at
which the last one ended, and an epoch from zeros: BPTT reaches back to the start of a
batch, the state reaches further. That is for batches that continue each other, such as
those of `rnncore.data.sequential_batches`; random batches start from zeros.

All that changes during training is in a `rnncore.resuming.Run`, and a checkpoint holds
all of it, with the state of the random generator. So a run that goes on from a
checkpoint ends with the same bits as one that was never interrupted, on the same
machine with the same NumPy.

NaN and infinity stop a run before they are saved. An interrupt from the keyboard saves
nothing either, since it can come in the middle of an update; the last checkpoint is
still there to go on from.

There is one process, one model, and one generator; nothing is averaged, and a learning
rate does not depend on the validation.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from rnncore.dicts import Arrays, check_finite_dict, own
from rnncore.kinds import (
    NonFiniteError,
    check_arrays,
    check_callable,
    check_counts,
    check_finite,
    check_rng,
)
from rnncore.recipes import (
    Checkpoints,
    EpochBatches,
    Model,
    Recipe,
    Validation,
    check_batches,
    check_instance,
)
from rnncore.resuming import STEPWISE, Run, as_arrays, begin, next_batch


class DivergedError(NonFiniteError):
    """
    Report a run that was stopped because a value became NaN or infinite.

    Parameters
    ----------
    message : str
        What happened.
    step : int
        The step, counted from 0.
    history : dict of str to ndarray
        The history of the steps before it.

    Attributes
    ----------
    step : int
        The step, counted from 0.
    history : dict of str to ndarray
        The history of the steps before it.
    """

    def __init__(self, message: str, step: int, history: dict[str, np.ndarray]):
        super().__init__(message)
        self.step, self.history = step, history


class Result(NamedTuple):
    """What training returns."""

    params: Arrays
    history: dict[str, np.ndarray]


def train(
    model: Model,
    params: Arrays,
    epoch_batches: EpochBatches,
    recipe: Recipe,
    *,
    steps: int,
    rng: np.random.Generator,
    validation: Validation | None = None,
    checkpoints: Checkpoints | None = None,
    progress: bool = True,
) -> Result:
    """
    Fit a model to batches.

    Parameters
    ----------
    model : Model
        The model.
    params : dict of str to ndarray
        The parameters to start from; they are not changed.
    epoch_batches : callable
        Given a generator, returns the batches of an epoch. They must depend on nothing
        else that changes.
    recipe : Recipe
        How to learn from a batch.
    steps : int
        Number of updates, those before an interruption included.
    rng : numpy.random.Generator
        Where batches, dropout, and random cuts of BPTT come from.
    validation : Validation, optional
        On which batches to measure, and when to stop early.
    checkpoints : Checkpoints, optional
        Where to save the run, and whether to go on from there.
    progress : bool, optional
        Whether to show a progress bar.

    Returns
    -------
    params : dict of str to ndarray
        New parameters: the last ones, or with patience the best.
    history : dict of str to ndarray
        For each step, ``"loss"`` in the unit of the model (nats for tokens),
        ``"gradient_norm"`` before clipping, and ``"learning_rate"``; for each
        validation, ``"validation_step"``, the number of updates before it, and
        ``"validation_loss"``.

    Raises
    ------
    TypeError
        If an argument is not of the kind needed.
    ValueError
        If there is no batch, a number is not positive, or a run is to go on with other
        settings than those it began with.
    DivergedError
        If the loss, a gradient or a parameter becomes NaN or infinite; the message
        names the step and the first such array.
    CheckpointError
        If a checkpoint cannot be written or read, or one is there already and
        `checkpoints.resume` is False.

    Examples
    --------
    >>> from rnncore.data import sequential_batches
    >>> from rnncore.models import LanguageModel
    >>> rng = np.random.default_rng(0)
    >>> model = LanguageModel(vocab_size=3, hidden_size=8)
    >>> batches = sequential_batches(np.tile([0, 1, 2], 20), N=2, T=5)
    >>> recipe = Recipe(learning_rate=0.05, carry_state=True)
    >>> params, history = train(
    ...     model, model.init(rng), lambda rng: batches, recipe,
    ...     steps=40, rng=rng, progress=False,
    ... )
    >>> bool(history["loss"][-1] < 0.1 < history["loss"][0])
    True
    """
    _check_run(model, params, epoch_batches, recipe, steps, rng)
    check_finite_dict("train", "params", params)
    run = Run(own(False, params)[0], recipe.optimizer.init(params))
    save = begin(run, model, epoch_batches, recipe, validation, checkpoints, steps, rng)
    with _watched(run, checkpoints), _bar(run, steps, progress) as bar:
        while run.step < steps and not _waited_enough(run, validation):
            learn(run, model, next_batch(run, epoch_batches, rng), recipe, rng)
            if validation and run.step % validation.every == 0:
                validate(run, model, validation)
            if checkpoints and run.step % checkpoints.every == 0:
                save()
            bar.set_postfix_str(f"loss {run.history['loss'][-1]:.3f}", refresh=False)
            bar.update()
        save()
    return Result(run.best or run.params, as_arrays(run.history))


def learn(
    run: Run, model: Model, batch: Any, recipe: Recipe, rng: np.random.Generator
) -> None:
    """
    Make one step: loss and gradients, clipping, update.

    Parameters
    ----------
    run : Run
        The run, which changes.
    model : Model
        The model.
    batch : Batch
        What to learn from.
    recipe : Recipe
        How to.
    rng : numpy.random.Generator
        Where dropout and random cuts of BPTT come from.

    Raises
    ------
    NonFiniteError
        If the loss, a gradient, or a new parameter is NaN or infinite; the first that
        was computed is named.
    """
    rate = recipe.rate(run.step)
    options = {} if recipe.method is None else {"method": recipe.method}
    loss, grads, state = model.loss(run.params, batch, run.state, rng, **options)
    _check_loss(loss)
    # The way back begins at the head, and so does the search for a bad gradient.
    grads, norm = recipe.clip(dict(reversed(grads.items())))
    run.params, run.memory = recipe.update(run.params, grads, run.memory, rate)
    check_finite_dict("train", "params", run.params)
    # A copy, since a state may be the end of an array with those of all steps.
    run.state = tuple(map(np.array, state)) if recipe.carry_state and state else None
    run.step, run.place = run.step + 1, run.place + 1
    for name, value in zip(STEPWISE, (loss, norm, rate), strict=True):
        run.history[name].append(float(value))


def validate(run: Run, model: Model, validation: Validation) -> None:
    """
    Measure the loss on other batches, and keep the best parameters.

    Parameters
    ----------
    run : Run
        The run, to whose history the loss is added.
    model : Model
        The model.
    validation : Validation
        On which batches.

    Raises
    ------
    NonFiniteError
        If a logit is NaN or infinite.
    """
    carry = validation.carry_state
    loss = evaluate(model, run.params, validation.batches, carry_state=carry)
    run.history["validation_step"].append(run.step)
    run.history["validation_loss"].append(loss)
    run.waited += 1
    if run.best_loss is None or loss < run.best_loss:
        run.best_loss, run.waited = loss, 0
        if validation.patience:
            (run.best,) = own(False, run.params)


def evaluate(
    model: Model,
    params: Arrays,
    batches: Sequence[Any],
    *,
    carry_state: bool = False,
) -> float:
    """
    Compute the mean loss of a model on batches, without training.

    Parameters
    ----------
    model : Model
        The model.
    params : dict of str to ndarray
        Its parameters.
    batches : sequence of batches
        What to predict.
    carry_state : bool, optional
        Whether a batch starts from the state at which the last one ended, as for those
        of `rnncore.data.sequential_batches`; then their number of steps does not matter
        to the result, and fewer rows tell more of what the model can do.

    Returns
    -------
    float
        Loss per target, in nats where targets are tokens: the sum over all batches,
        divided by the number of targets that count.

    Raises
    ------
    TypeError
        If an argument is not of the kind needed.
    ValueError
        If there is no batch, or a logit is not finite.

    Examples
    --------
    >>> from rnncore.data import sequential_batches
    >>> from rnncore.models import LanguageModel
    >>> model = LanguageModel(vocab_size=4, hidden_size=2)
    >>> params = model.init(np.random.default_rng(0))
    >>> params = {name: 0 * array for name, array in params.items()}
    >>> batches = sequential_batches(np.tile([0, 1, 2], 20), N=2, T=5)
    >>> loss = evaluate(model, params, batches, carry_state=True)
    >>> round(float(np.exp(loss)), 6)
    4.0
    """
    _check_evaluation(model, params, batches)
    total, count, state = 0.0, 0, None
    for batch in batches:
        loss, n_targets, last = model.score(params, batch, state)
        total, count = total + float(loss), count + n_targets
        state = last if carry_state else None
    return total / count


def _waited_enough(run: Run, validation: Validation | None) -> bool:
    return bool(
        validation and validation.patience and run.waited >= validation.patience
    )


def _bar(run: Run, steps: int, progress: bool) -> tqdm:
    return tqdm(
        total=steps,
        initial=run.step,
        desc="training",
        unit="step",
        mininterval=0.5,
        disable=not progress,
    )


@contextmanager
def _watched(run: Run, checkpoints: Checkpoints | None) -> Iterator[None]:
    try:
        # What overflows is found by the checks, which say more than a warning.
        with np.errstate(over="ignore", invalid="ignore"):
            yield
    except NonFiniteError as error:
        kept = (
            f" The last good checkpoint is {checkpoints.path}." if checkpoints else ""
        )
        raise DivergedError(
            f"train: stopped at step {run.step}, where the first value that is not "
            f"finite was found: {error} In training, lower learning_rate or max_norm."
            f"{kept} The history so far is in the attribute history of this error.",
            run.step,
            as_arrays(run.history),
        ) from error


def _check_run(
    model: Any,
    params: Any,
    epoch_batches: Any,
    recipe: Any,
    steps: Any,
    rng: Any,
) -> None:
    _check_model("train", model, params)
    check_callable("train", epoch_batches=epoch_batches)
    check_instance("train", Recipe, "Recipe(learning_rate)", recipe=recipe)
    check_counts("train", steps=steps)
    check_rng("train", rng)


def _check_evaluation(model: Any, params: Any, batches: Any) -> None:
    _check_model("evaluate", model, params)
    check_batches("evaluate", batches=batches)


def _check_model(where: str, model: Any, params: Any) -> None:
    for method in ("loss", "score"):
        if isinstance(model, type) or not callable(getattr(model, method, None)):
            raise TypeError(
                f"{where}: model is a {type(model).__name__}, but an object with the "
                f"methods loss and score is needed. Pass one of rnncore's models, such "
                f"as LanguageModel(vocab_size, hidden_size)."
            )
    check_arrays(where, params=params)


def _check_loss(loss: Any) -> None:
    if not math.isfinite(loss):
        check_finite("model.loss", loss=np.asarray(loss))
