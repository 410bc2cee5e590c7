"""What a peer is: the interface through which every library is measured.

A peer is a class with a name in `PEERS`. It is made from a case (what to compute) and
settings (how). Those of its methods that need no argument are the tasks that can be
timed: ``step``, ``forward`` and ``sample`` of networks, ``train`` and ``encode`` of
tokenizers. Before anything is timed, ``check(task)`` returns numbers on which all peers
must agree.
"""

import importlib
from typing import Any

import numpy as np

from benchmarks.case import Case, draw_batch, draw_params

RATE = 1e-3  # of Adam, while time is measured
SAMPLE_LENGTH = 50  # tokens that one call of `sample` draws

PEERS = {
    "rnncore": "benchmarks.ours:Model",
    "rnncore, checkpointed": "benchmarks.ours:Checkpointed",
    "PyTorch": "benchmarks.with_pytorch:Model",
    "JAX": "benchmarks.with_jax:Model",
    "naive": "benchmarks.naive:Model",
    "rnncore BPE": "benchmarks.ours:Tokenizer",
    "HF tokenizers": "benchmarks.with_hf:Tokenizer",
}


def load(name: str) -> Any:
    """
    Import the class of a peer, and with it its library.

    Parameters
    ----------
    name : str
        A name in `PEERS`.

    Returns
    -------
    class
        What makes a peer from a case.

    Raises
    ------
    ImportError
        If its library is not installed.
    """
    module, attribute = PEERS[name].split(":")
    return getattr(importlib.import_module(module), attribute)


class Peer:
    """
    A language model that is trained on one batch again and again.

    Parameters
    ----------
    case : Case
        Cell and sizes.
    """

    def __init__(self, case: Case):
        self.case = case
        self.params = draw_params(case)
        self.inputs, self.targets = draw_batch(case)

    @staticmethod
    def settings(task: str) -> list[dict[str, Any]]:
        """
        List the ways of running a task that are worth trying.

        Parameters
        ----------
        task : str
            "step", "forward" or "sample".

        Returns
        -------
        list of dict
            Keyword arguments of the constructor.
        """
        return [{}]

    def check(self, task: str) -> list[float]:
        """
        Compute numbers on which all peers must agree.

        Parameters
        ----------
        task : str
            "step", "forward" or "sample".

        Returns
        -------
        list of float
            Nats: the losses of three steps of training; the losses of the first
            sequence, step by step; or those of every token after reading eight.
        """
        if task == "step":
            return self.first_losses(3)
        if task == "forward":
            steps = zip(self.forward()[:, 0], self.targets[:, 0], strict=True)
            return [float(_losses(logits)[target]) for logits, target in steps]
        return _losses(self.predict(self.inputs[:8, 0])).tolist()

    def first_losses(self, count: int) -> list[float]:
        """
        Train for some steps, in a way that is exactly the same for all peers.

        Parameters
        ----------
        count : int
            Number of steps.

        Returns
        -------
        list of float
            The loss before each update, in nats per token.
        """
        return [float(self.step()) for _ in range(count)]

    def step(self) -> float:
        """
        Go one step: forward, backward, Adam.

        Returns
        -------
        float
            The loss before the update, in nats per token.
        """
        raise NotImplementedError

    def loss_and_grads(self) -> tuple[float, dict[str, np.ndarray]]:
        """
        Compute what a step computes before its update.

        Returns
        -------
        loss : float
            In nats per token.
        grads : dict of str to ndarray
            Under the names and in the shapes of `benchmarks.case`.
        """
        raise NotImplementedError

    def forward(self) -> np.ndarray:
        """
        Read the batch, with no backward pass to prepare.

        Returns
        -------
        ndarray, shape (T, N, V)
            The logits.
        """
        raise NotImplementedError

    def predict(self, tokens: np.ndarray) -> np.ndarray:
        """
        Read the tokens of one sequence, step by step, as sampling does.

        Parameters
        ----------
        tokens : ndarray of int, shape (length,)
            What is read.

        Returns
        -------
        ndarray, shape (V,)
            The logits after the last one.
        """
        raise NotImplementedError

    def sample(self) -> Any:
        """
        Write: from token 0 on, draw a token, read it, draw the next one.

        Returns
        -------
        sequence of int
            `SAMPLE_LENGTH` tokens.
        """
        raise NotImplementedError


def _losses(logits: np.ndarray) -> np.ndarray:
    exact = logits.astype(float)
    return np.logaddexp.reduce(exact) - exact
