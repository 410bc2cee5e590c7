"""The training run against the clock.

An LSTM with H = 256 reads a text in N = 32 rows, T = 64 characters at a time, the state
carried on, Adam with learning rate 4e-3. The last tenth is held out. The clock is the
CPU time of this process, all threads together, without the time for evaluation.
Where the text is used up, it is read again.
"""

import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import numpy as np

from benchmarks.case import Case
from benchmarks.comparisons import Options
from benchmarks.ours import Learner
from rnncore.data import sequential_batches
from rnncore.tokenizers import CharTokenizer

N, T, H, RATE = 32, 64, 256, 4e-3
QUICK_H = 32


def training(options: Options) -> Iterator[dict[str, Any]]:
    """
    Train, and evaluate after so many seconds.

    Parameters
    ----------
    options : Options
        The texts, and when to evaluate.

    Yields
    ------
    dict
        ``cpu_seconds``, ``steps``, and ``nats`` per character of the held-out tenth.
    """
    text = options.text()
    tokenizer = CharTokenizer.train(text)
    tokens = tokenizer.encode(text)
    reading, held_out = np.split(tokens, [len(tokens) * 9 // 10])
    hidden_size = QUICK_H if options.quick else H
    learner = Learner(Case("lstm", N, T, len(tokenizer), hidden_size))
    steps, done, seconds = learn_on(learner, reading), 0, 0.0
    for limit in sorted((0.5,) if options.quick else options.cpu_seconds):
        while seconds < limit:
            started = time.process_time()
            next(steps)
            seconds += time.process_time() - started
            done += 1
        nats = learner.mean_loss(held_out)
        yield {"cpu_seconds": round(seconds, 2), "steps": done, "nats": nats}


def learn_on(learner: Learner, tokens: np.ndarray) -> Iterator[float]:
    """
    Train as long as someone asks, from the start again after each pass.

    Parameters
    ----------
    learner : Learner
        What learns.
    tokens : ndarray of int, shape (n_tokens,)
        The text. Each pass begins one character later, so that windows move.

    Yields
    ------
    float
        The loss of each batch, before the update.
    """
    for epoch in count():
        state = None
        for batch in sequential_batches(tokens, N, T, offset=epoch % T):
            if len(batch.inputs) == T:
                loss, state = learner.learn(batch, state, RATE)
                yield loss
