"""Byte-level BPE in HF tokenizers, which is written in Rust.

The text is cut by the rule that `rnncore.bpe` uses, so that merges and tokens are
the same. Encoding is timed with and without the offsets of the tokens, and the faster
counts.
"""

import json
from typing import Any

import tokenizers
from tokenizers import models, pre_tokenizers, trainers

from benchmarks.case import TextCase
from benchmarks.ours import PIECES

CHECKED = 100_000  # characters whose tokens are compared


class Tokenizer:
    """
    The HF peer.

    Parameters
    ----------
    case : TextCase
        The text and the size of the vocabulary.
    fast : bool, optional
        Whether to encode without offsets.
    """

    def __init__(self, case: TextCase, fast: bool = True):
        self.case = case
        self.fast = fast
        self.trained: Any = None

    @staticmethod
    def settings(task: str) -> list[dict[str, Any]]:
        """
        List the ways of running a task.

        Parameters
        ----------
        task : str
            "train" or "encode".

        Returns
        -------
        list of dict
            With and without offsets, where it makes a difference.
        """
        return [{"fast": True}, {"fast": False}] if task == "encode" else [{}]

    def train(self) -> Any:
        """
        Learn the merges.

        Returns
        -------
        tokenizers.Tokenizer
            The trained tokenizer.
        """
        tokenizer = tokenizers.Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(tokenizers.Regex(PIECES), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
        trainer = trainers.BpeTrainer(
            vocab_size=self.case.vocab_size,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        tokenizer.train_from_iterator([self.case.text], trainer)
        return tokenizer

    def encode(self) -> Any:
        """
        Encode the text with merges learned from it.

        Returns
        -------
        tokenizers.Encoding
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
        ids = self._encode(self.case.text[:CHECKED]).ids
        merges = json.loads(self.trained.to_str())["model"]["merges"]
        # ByteLevel writes one character for each byte.
        return [len(merges), *(len(self.trained.id_to_token(i)) for i in ids)]

    def _encode(self, text: str) -> Any:
        if self.trained is None:
            self.trained = self.train()
        if self.fast:
            return self.trained.encode_batch_fast([text])[0]
        return self.trained.encode(text)
