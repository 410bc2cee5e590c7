"""The network in rnncore: the one place of the benchmarks that calls it.

What is measured is what a reader of the book would write: a model, its loss, Adam. The
update writes into the parameters and the state that it is given, since this loop owns
them.
"""

import math
from typing import Any

import numpy as np

from benchmarks.case import Case, TextCase
from benchmarks.peer import RATE, SAMPLE_LENGTH, Peer
from rnncore.bpe import PIECES, BPETokenizer
from rnncore.bptt import CheckpointedBPTT, FullBPTT, Method
from rnncore.data import Batch, sequential_batches
from rnncore.models import LanguageModel
from rnncore.optim import adam_init, adam_update

__all__ = ["PIECES", "Checkpointed", "Learner", "Model", "Tokenizer"]

FULL = FullBPTT()
CHECKED = 100_000  # characters whose tokens are compared


class Learner:
    """
    A language model with its parameters and the state of Adam.

    Parameters
    ----------
    case : Case
        Cell and sizes.
    params : dict of str to ndarray, optional
        Where to start; drawn by the model if left out, in float32.
    method : Method, optional
        How gradients are computed.
    """

    def __init__(
        self,
        case: Case,
        params: dict[str, np.ndarray] | None = None,
        method: Method = FULL,
    ):
        self.method = method
        self.model = LanguageModel(
            vocab_size=case.V,
            hidden_size=case.H,
            cell=case.cell,
            embedding_size=case.H,
        )
        drawn = params or self.model.init(np.random.default_rng(0))
        self.params = {name: p.astype(np.float32) for name, p in drawn.items()}
        self.moments = adam_init(self.params)

    def gradient(self, batch: Batch, state: Any = None) -> tuple[Any, Any, Any]:
        """
        Compute loss and gradients.

        Parameters
        ----------
        batch : Batch
            Inputs and targets, (T, N).
        state : tuple of ndarray, optional
            Where to start; zeros by default.

        Returns
        -------
        loss, grads, state
            What the model's ``loss`` returns.
        """
        return self.model.loss(self.params, batch, state, method=self.method)

    def learn(self, batch: Batch, state: Any = None, rate: float = RATE) -> Any:
        """
        Go one step: forward, backward, Adam.

        Parameters
        ----------
        batch : Batch
            Inputs and targets, (T, N).
        state : tuple of ndarray, optional
            Where to start; zeros by default.
        rate : float, optional
            Learning rate.

        Returns
        -------
        loss : float
            Before the update, in nats per token.
        state : tuple of ndarray
            Where the batch ended.
        """
        loss, grads, state = self.gradient(batch, state)
        self.params, self.moments = adam_update(
            self.params, grads, self.moments, rate, in_place=True
        )
        return float(loss), state

    def mean_loss(self, tokens: np.ndarray, N: int = 8, T: int = 500) -> float:
        """
        Measure the loss on held-out text, read in N long rows.

        Parameters
        ----------
        tokens : ndarray of int, shape (n_tokens,)
            The text.
        N, T : int, optional
            Rows that are read side by side, and steps at a time.

        Returns
        -------
        float
            Nats per token.
        """
        total, count, state = 0.0, 0, None
        for batch in sequential_batches(tokens, N, T):
            nats, n_tokens, state = self.model.score(self.params, batch, state)
            total, count = total + nats, count + n_tokens
        return total / count


class Model(Peer):
    """
    The rnncore peer.

    Parameters
    ----------
    case : Case
        Cell and sizes.
    """

    def __init__(self, case: Case):
        super().__init__(case)
        self.learner = Learner(case, self.params)
        self.batch = Batch(self.inputs, self.targets)

    def step(self) -> float:
        """
        Go one step: forward, backward, Adam.

        Returns
        -------
        float
            The loss before the update, in nats per token.
        """
        return self.learner.learn(self.batch)[0]

    def loss_and_grads(self) -> tuple[float, dict[str, np.ndarray]]:
        """
        Compute loss and gradients.

        Returns
        -------
        loss : float
            In nats per token.
        grads : dict of str to ndarray
            One array for each parameter.
        """
        loss, grads, _ = self.learner.gradient(self.batch)
        return float(loss), grads

    def forward(self) -> np.ndarray:
        """
        Read the batch.

        Returns
        -------
        ndarray, shape (T, N, V)
            The logits.
        """
        return self.learner.model.logits(self.learner.params, self.inputs)[0]

    def predict(self, tokens: np.ndarray) -> np.ndarray:
        """
        Read the tokens of one sequence, step by step.

        Parameters
        ----------
        tokens : ndarray of int, shape (length,)
            What is read.

        Returns
        -------
        ndarray, shape (V,)
            The logits after the last one.
        """
        model, params = self.learner.model, self.learner.params
        step = model.step(params)
        state = model.network.zero_state(1, params["b_y"].dtype)
        for token in tokens:
            logits, state = step(np.array([token]), state)
        return logits[0]

    def sample(self) -> np.ndarray:
        """
        Draw tokens one after the other, starting from token 0.

        Returns
        -------
        ndarray of int
            The tokens.
        """
        return self.learner.model.generate(
            self.learner.params,
            np.random.default_rng(2),
            SAMPLE_LENGTH,
            prompt_tokens=np.array([0]),
        )


class Checkpointed(Model):
    """
    The rnncore peer with BPTT that keeps √T states and recomputes the others.

    Parameters
    ----------
    case : Case
        Cell and sizes.
    """

    def __init__(self, case: Case):
        super().__init__(case)
        method = CheckpointedBPTT(K=math.isqrt(case.T))
        self.learner = Learner(case, self.params, method)


class Tokenizer:
    """
    The rnncore peer for byte-level BPE.

    Parameters
    ----------
    case : TextCase
        The text and the size of the vocabulary.
    """

    def __init__(self, case: TextCase):
        self.case = case
        self.trained: BPETokenizer | None = None

    @staticmethod
    def settings(task: str) -> list[dict[str, Any]]:
        """
        List the ways of running a task: there is one.

        Parameters
        ----------
        task : str
            "train" or "encode".

        Returns
        -------
        list of dict
            One without entries.
        """
        return [{}]

    def train(self) -> BPETokenizer:
        """
        Learn the merges.

        Returns
        -------
        BPETokenizer
            The trained tokenizer.
        """
        return BPETokenizer.train(self.case.text, self.case.vocab_size)

    def encode(self) -> np.ndarray:
        """
        Encode the text with merges learned from it.

        Returns
        -------
        ndarray of int
            The tokens.
        """
        return self._encode(self.case.text)

    def check(self, task: str) -> list[int]:
        """
        Cut the beginning of the text into tokens.

        Parameters
        ----------
        task : str
            "train" or "encode".

        Returns
        -------
        list of int
            The number of merges, and the bytes in each token.
        """
        tokens = self._encode(self.case.text[:CHECKED])
        vocabulary = self.trained.vocabulary
        return [len(self.trained.merges), *(len(vocabulary[t]) for t in tokens)]

    def _encode(self, text: str) -> np.ndarray:
        if self.trained is None:
            self.trained = self.train()
        return self.trained.encode(text)
