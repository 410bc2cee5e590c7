"""Train a language model on one long sequence of tokens.

Each step takes the next batch, starts from the state at which the last batch ended,
clips the gradients, and updates. BPTT reaches back to the start of the batch; the
state reaches further. When the tokens are used up, the next epoch starts with a state
of zeros.

Nothing is written to disk, nothing is stopped early, and the learning rate is constant.
"""

from typing import Any

import numpy as np
from tqdm import trange

from rnncore.data import Batch, sequential_batches
from rnncore.kinds import (
    NonFiniteError,
    check_arrays,
    check_counts,
    check_finite,
    check_positive,
    entries,
)
from rnncore.models import CharLanguageModel
from rnncore.ops import cross_entropy_forward
from rnncore.optim import ADAM, Arrays, Optimizer, clip_by_global_norm


def train(
    model: CharLanguageModel,
    params: Arrays,
    tokens: np.ndarray,
    *,
    N: int,
    T: int,
    steps: int,
    learning_rate: float,
    max_norm: float = 5.0,
    optimizer: Optimizer = ADAM,
    progress: bool = True,
) -> tuple[Arrays, dict[str, np.ndarray]]:
    """
    Fit a model to tokens, carrying the state from batch to batch.

    Parameters
    ----------
    model : CharLanguageModel
        The model.
    params : dict of str to ndarray
        The parameters to start from; they are not changed.
    tokens : ndarray of int, shape (n_tokens,)
        The text to learn.
    N : int
        Number of rows that are read at the same time.
    T : int
        Number of steps of a batch, over which gradients flow back.
    steps : int
        Number of updates.
    learning_rate : float
        Size of an update, as the optimizer understands it.
    max_norm : float, optional
        Gradients with a larger global norm are clipped to it.
    optimizer : Optimizer, optional
        How to update, ADAM by default.
    progress : bool, optional
        Whether to show a progress bar.

    Returns
    -------
    params : dict of str to ndarray
        New parameters.
    history : dict of str to ndarray
        For each step, ``"loss"`` in nats per token, and ``"gradient_norm"`` before
        clipping.

    Raises
    ------
    TypeError
        If an argument is not of the kind needed.
    ValueError
        If there are too few tokens, or a number is not positive.
    NonFiniteError
        If the loss, a gradient or a parameter becomes NaN or infinite; the message
        names the step and the first such array.

    Examples
    --------
    >>> model = CharLanguageModel(vocab_size=3, hidden_size=8)
    >>> params = model.init(np.random.default_rng(0))
    >>> tokens = np.tile([0, 1, 2], 20)
    >>> how = {"N": 2, "T": 5, "steps": 40, "learning_rate": 0.05, "progress": False}
    >>> params, history = train(model, params, tokens, **how)
    >>> bool(history["loss"][-1] < 0.1 < history["loss"][0])
    True
    """
    _check_model("train", model, params)
    _check_instance("train", Optimizer, optimizer=optimizer)
    check_counts("train", steps=steps)
    check_positive("train", learning_rate=learning_rate, max_norm=max_norm)
    batches = sequential_batches(tokens, N, T)
    history = {"loss": np.empty(steps), "gradient_norm": np.empty(steps)}
    state, h = optimizer.init(params), None
    bar = trange(
        steps, desc="training", unit="step", mininterval=0.5, disable=not progress
    )
    for step in bar:
        place = step % len(batches)
        if place == 0:
            h = None
        loss, grads, h = _checked_loss(step, model, params, batches[place], h)
        grads, norm = clip_by_global_norm(grads, max_norm)
        params, state = optimizer.update(params, grads, state, learning_rate)
        history["loss"][step], history["gradient_norm"][step] = loss, norm
        bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
    return params, history


def evaluate(
    model: CharLanguageModel, params: Arrays, tokens: np.ndarray, *, N: int, T: int
) -> float:
    """
    Compute the mean loss of a model on tokens, without training.

    Parameters
    ----------
    model : CharLanguageModel
        The model.
    params : dict of str to ndarray
        Its parameters.
    tokens : ndarray of int, shape (n_tokens,)
        The text to predict.
    N : int
        Number of rows that are read at the same time; each starts with a state of
        zeros, so fewer rows tell more of what the model can do.
    T : int
        Number of steps that are computed at once; the result does not depend on it.

    Returns
    -------
    float
        Nats per token: the sum over all targets, divided by their number.

    Raises
    ------
    TypeError
        If an argument is not of the kind needed.
    ValueError
        If there are too few tokens, a number is not positive, or a parameter or a logit
        is not finite.

    Examples
    --------
    >>> model = CharLanguageModel(vocab_size=4, hidden_size=2)
    >>> params = model.init(np.random.default_rng(0))
    >>> params = {name: 0 * array for name, array in params.items()}
    >>> loss = evaluate(model, params, np.tile([0, 1, 2], 20), N=2, T=5)
    >>> round(float(np.exp(loss)), 6)
    4.0
    """
    _check_model("evaluate", model, params)
    total, n_tokens, h = 0.0, 0, None
    for inputs, targets in sequential_batches(tokens, N, T):
        with np.errstate(over="ignore", invalid="ignore"):  # logits are checked
            logits, h = model.logits(params, inputs, h)
        loss, _ = cross_entropy_forward(logits, targets, reduction="sum")
        total += float(loss)
        n_tokens += targets.size
    return total / n_tokens


def _checked_loss(
    step: int,
    model: CharLanguageModel,
    params: Arrays,
    batch: Batch,
    h: np.ndarray | None,
) -> tuple[Any, Arrays, np.ndarray]:
    try:
        # What overflows is found by the checks, which say more than a warning.
        with np.errstate(over="ignore", invalid="ignore"):
            loss, grads, h = model.loss(params, batch, h)
        named = entries("grads", grads)
        check_finite("model.loss", loss=np.asarray(loss), **named)
    except NonFiniteError as error:
        raise NonFiniteError(
            f"train: stopped at step {step}, where the first value that is not finite "
            f"was found: {error} In training, lower learning_rate or max_norm."
        ) from error
    return loss, grads, h


def _check_model(where: str, model: Any, params: Any) -> None:
    _check_instance(where, CharLanguageModel, model=model)
    check_arrays(where, params=params)


def _check_instance(where: str, kind: type, **given: Any) -> None:
    for name, value in given.items():
        if not isinstance(value, kind):
            raise TypeError(
                f"{where}: {name} is a {type(value).__name__}, but a {kind.__name__} "
                f"is needed. Pass {name}={kind.__name__}(...), or one that exists."
            )
