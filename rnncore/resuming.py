"""All that changes during training, and how it gets into a checkpoint and out again.

A `Run` holds parameters, what the optimizer remembers, the carried state, the place in
the epoch, the history, and what early stopping needs. A checkpoint holds all of it, and
the state of the random generator. The batches of an epoch are not saved: the generator
is set back to where it was when the epoch began, and they are drawn again.

Beside these stand the settings, in words, so that a run never goes on with others than
those it began with, and a checksum of the last batch. How long a run is, how often it
is saved, and whether a bar is shown, may change.

How a file is written is the business of `rnncore.checkpoints`.
"""

import dataclasses
import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from rnncore.checkpoints import (
    CheckpointError,
    described,
    digest,
    leaves,
    load_checkpoint,
    regrown,
    save_checkpoint,
)
from rnncore.dicts import Arrays, check_finite_dict
from rnncore.parameters import joined, part
from rnncore.recipes import (
    Checkpoints,
    EpochBatches,
    Model,
    Recipe,
    State,
    Validation,
    check_batches,
)

STEPWISE = ("loss", "gradient_norm", "learning_rate")
VALIDATED = ("validation_step", "validation_loss")
SAVED = ("step", "place", "epoch_draws", "best_loss", "waited")
SETTINGS = tuple(field.name for field in dataclasses.fields(Recipe))


@dataclass
class Run:
    """
    All that changes during training.

    Attributes
    ----------
    params : dict of str to ndarray
        The parameters; they are overwritten.
    memory : object
        The state of the optimizer, overwritten too.
    history : dict of str to list of float
        What `train` returns as history, so far.
    step : int
        How many steps have been made.
    state : tuple of ndarray, or None
        Where the last batch ended, if states are carried.
    batches : sequence of batches
        Those of this epoch.
    place : int
        How many of them have been learned from.
    epoch_draws : dict
        The state of the generator at the start of the epoch.
    best : dict of str to ndarray
        The parameters with the smallest validation loss, if there is patience.
    best_loss : float or None
        That loss.
    waited : int
        How many measurements there have been since.
    """

    params: Arrays
    memory: Any
    history: dict[str, list[float]] = field(
        default_factory=lambda: {name: [] for name in (*STEPWISE, *VALIDATED)}
    )
    step: int = 0
    state: State = None
    batches: Sequence[Any] = ()
    place: int = 0
    epoch_draws: dict[str, Any] = field(default_factory=dict)
    best: Arrays = field(default_factory=dict)
    best_loss: float | None = None
    waited: int = 0


def next_batch(run: Run, epoch_batches: EpochBatches, rng: np.random.Generator) -> Any:
    """
    Take the next batch, of a new epoch if this one is over.

    Parameters
    ----------
    run : Run
        The run; if an epoch begins, it is told so.
    epoch_batches : callable
        Given a generator, returns the batches of an epoch.
    rng : numpy.random.Generator
        The generator.

    Returns
    -------
    Batch
        The batch.

    Raises
    ------
    TypeError
        If the batches of an epoch are not a sequence.
    ValueError
        If there are none.
    """
    if run.place == len(run.batches):
        run.epoch_draws = _draws(rng)
        run.batches, run.place, run.state = _epoch(epoch_batches, rng), 0, None
    return run.batches[run.place]


def begin(
    run: Run,
    model: Model,
    epoch_batches: EpochBatches,
    recipe: Recipe,
    validation: Validation | None,
    checkpoints: Checkpoints | None,
    steps: int,
    rng: np.random.Generator,
) -> Callable[[], None]:
    """
    Begin a run, or go on with one from a checkpoint.

    Parameters
    ----------
    run : Run
        A new run, which gets what the checkpoint holds.
    model : Model
        The model.
    epoch_batches : callable
        Given a generator, returns the batches of an epoch.
    recipe : Recipe
        How to learn from a batch.
    validation : Validation or None
        On which batches to measure.
    checkpoints : Checkpoints or None
        Where to save the run, if anywhere, and whether to go on from there.
    steps : int
        How many steps there will be in the end.
    rng : numpy.random.Generator
        The generator, which gets the state that it had.

    Returns
    -------
    callable
        Given nothing, saves the run as it is at that moment.

    Raises
    ------
    TypeError
        If the batches of an epoch are not a sequence.
    ValueError
        If settings or batches are not those of the checkpoint, or it has more steps
        behind it.
    CheckpointError
        If the checkpoint cannot be written or read, or is there and not to be used.
    """
    if checkpoints is None:
        return lambda: None
    path = Path(checkpoints.path)
    settings = _settings(run, model, recipe, validation, rng)
    save = partial(_save, run, path, settings, rng)
    if not path.exists():
        save()  # a place where nothing can be written is found before the training
    elif checkpoints.resume:
        _resume(run, path, settings, epoch_batches, rng)
        _check_steps(run, path, steps)
    else:
        raise CheckpointError(
            f"train: {path} is there already, but a new run needs a file of its own. "
            f"Pass resume=True to go on from it, another path, or move it away."
        )
    return save


def as_arrays(history: dict[str, list[float]]) -> dict[str, np.ndarray]:
    """
    Make arrays of a history.

    Parameters
    ----------
    history : dict of str to list of float
        The history of a run.

    Returns
    -------
    dict of str to ndarray
        The same numbers; steps are integers.

    Examples
    --------
    >>> as_arrays({"validation_step": [5], "validation_loss": [0.25]})
    {'validation_step': array([5]), 'validation_loss': array([0.25])}
    """
    kinds = {"validation_step": int}
    return {
        name: np.array(values, dtype=kinds.get(name, float))
        for name, values in history.items()
    }


def _save(
    run: Run, path: Path, settings: dict[str, str], rng: np.random.Generator
) -> None:
    memory = leaves(run.memory, "optimizer")
    held = {name: m for name, m in memory.items() if isinstance(m, np.ndarray)}
    check_finite_dict("train", "memory", held)
    state = {str(i): array for i, array in enumerate(run.state or ())}
    lists = as_arrays(run.history)
    parts = joined(params=run.params, best=run.best, state=state, history=lists)
    last_batch = run.batches[run.place - 1 : run.place]
    values = {
        "settings": settings,
        "numbers": {name: m for name, m in memory.items() if name not in held},
        "batch": digest(last_batch),
        "draws": _draws(rng),
        **{name: getattr(run, name) for name in SAVED},
    }
    save_checkpoint(path, {**parts, **held}, values)


def _resume(
    run: Run,
    path: Path,
    settings: dict[str, str],
    epoch_batches: EpochBatches,
    rng: np.random.Generator,
) -> None:
    arrays, values = load_checkpoint(path)
    _check_settings(path, values.get("settings"), settings)
    for name in SAVED:
        setattr(run, name, values[name])
    run.params, run.best = part(arrays, "params"), part(arrays, "best")
    run.memory = regrown(run.memory, "optimizer", {**arrays, **values["numbers"]})
    run.state = tuple(part(arrays, "state").values()) or None
    history = part(arrays, "history")
    run.history = {name: history[name].tolist() for name in run.history}
    if run.place:
        again = deepcopy(rng)
        again.bit_generator.state = run.epoch_draws
        run.batches = _epoch(epoch_batches, again)
        _check_batch(path, run, values["batch"])
    rng.bit_generator.state = values["draws"]


def _settings(
    run: Run,
    model: Model,
    recipe: Recipe,
    validation: Validation | None,
    rng: np.random.Generator,
) -> dict[str, str]:
    kinds = {name: f"{p.dtype} {p.shape}" for name, p in run.params.items()}
    settings = {
        "model": described(model),
        "params": str(kinds),
        "rng": described(rng.bit_generator),
        **{name: described(getattr(recipe, name)) for name in SETTINGS},
    }
    if validation:
        batches = digest(validation.batches)
        rest = dataclasses.replace(validation, batches=(batches,))
        settings["validation"] = described(rest)
    return settings


def _draws(rng: np.random.Generator) -> dict[str, Any]:
    """Return the state of a generator, made of what JSON knows."""
    return json.loads(json.dumps(rng.bit_generator.state, default=np.ndarray.tolist))


def _epoch(epoch_batches: EpochBatches, rng: np.random.Generator) -> Sequence[Any]:
    batches = epoch_batches(rng)
    check_batches("train", **{"epoch_batches(rng)": batches})
    return batches


def _check_settings(path: Path, saved: Any, settings: dict[str, str]) -> None:
    if not isinstance(saved, dict):
        raise CheckpointError(
            f"train: {path} is a checkpoint, but not of a run that train has saved. "
            f"Pass the path of one, or another path to begin anew."
        )
    both = {**saved, **settings}
    fault = "; ".join(
        f"{name} {saved.get(name)} (now {settings.get(name)})"
        for name in both
        if saved.get(name) != settings.get(name)
    )
    if fault:
        raise ValueError(
            f"train: {path} was saved by a run with {fault}, but a run goes on with "
            f"the settings that it began with. Pass those, or another path to begin "
            f"anew."
        )


def _check_steps(run: Run, path: Path, steps: int) -> None:
    if steps < run.step:
        raise ValueError(
            f"train: steps is {steps}, but {path} has {run.step} of them behind it. "
            f"Pass steps={run.step} or more."
        )


def _check_batch(path: Path, run: Run, saved: str) -> None:
    if digest(run.batches[run.place - 1 : run.place]) != saved:
        raise ValueError(
            f"train: epoch_batches returns other batches than it did for {path}, but a "
            f"run goes on with those that it began with. Pass the same data, and a "
            f"function that depends on nothing but the generator."
        )
