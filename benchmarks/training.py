"""The training run against the clock.

An LSTM with H = 256 reads a text in N = 32 rows, T = 64 characters at a time, the state
carried on, Adam with learning rate 4e-3: constant in one run, falling to zero with the
time in another. The last tenth is held out. The clock is the CPU time of this process,
all threads together, without the time for evaluation. Where the text is used up, it is
read again.
"""

import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import numpy as np

from benchmarks.case import Case
from benchmarks.comparisons import Options
from benchmarks.ours import Learner
from rnncore.data import sequential_batches
from rnncore.tokenizers import CharTokenizer

N, T, H = 32, 64, 256
QUICK_H = 32
RATE = 4e-3
RATES: dict[str, Callable[[float], float]] = {
    "constant": lambda share: RATE,
    "falling": lambda share: RATE * (1 - share),
}


def training(options: Options) -> Iterator[dict[str, Any]]:
    """
    Train, and evaluate after so many seconds, with each way of setting the rate.

    Parameters
    ----------
    options : Options
        The texts, and when to evaluate.

    Yields
    ------
    dict
        ``rate``, "constant" or "falling", ``cpu_seconds``, ``steps``, and ``nats`` per
        character of the held-out tenth.
    """
    text = options.text()
    tokenizer = CharTokenizer.train(text)
    tokens = tokenizer.encode(text)
    reading, held_out = np.split(tokens, [len(tokens) * 9 // 10])
    hidden_size = QUICK_H if options.quick else H
    case = Case("lstm", N, T, len(tokenizer), hidden_size)
    for limit in (0.5,) if options.quick else options.cpu_seconds:
        for name, rate in RATES.items():
            learner = Learner(case)
            row = learn_for(learner, reading, limit, rate)
            yield {"rate": name, **row, "nats": learner.mean_loss(held_out)}


def learn_for(
    learner: Learner,
    tokens: np.ndarray,
    limit: float,
    rate: Callable[[float], float],
) -> dict[str, Any]:
    """
    Train until the time is up.

    Parameters
    ----------
    learner : Learner
        What learns.
    tokens : ndarray of int, shape (n_tokens,)
        The text. Each pass begins one character later, so that windows move.
    limit : float
        CPU time in seconds.
    rate : callable
        The learning rate when this share of the time is over.

    Returns
    -------
    dict
        ``cpu_seconds`` and ``steps``.
    """
    started, steps = time.process_time(), 0
    for epoch in count():
        state = None
        for batch in sequential_batches(tokens, N, T, offset=epoch % T):
            seconds = time.process_time() - started
            if seconds >= limit:
                return {"cpu_seconds": round(seconds, 2), "steps": steps}
            if len(batch.inputs) == T:
                _, state = learner.learn(batch, state, rate(seconds / limit))
                steps += 1
