"""From text to tokens and back: one token for each character.

A character is one Unicode code point, so that any text comes back as it was. Letters
with combining marks and many emoji are several code points, and thus several tokens.
The vocabulary is sorted, hence the same for every run on the same text.

There are no words, no byte pairs, and no token for the unknown: a character that the
vocabulary lacks is an error.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rnncore.kinds import check_tokens
from rnncore.shapes import check_shapes


@dataclass(frozen=True)
class CharTokenizer:
    """
    Number the characters of a text.

    Attributes
    ----------
    characters : str
        The vocabulary: token i is character i. Sorted, each character once; `train`
        takes care of that.

    Raises
    ------
    TypeError
        If `characters` is not a string.
    ValueError
        If `characters` is empty, not sorted, or holds a character twice.

    Examples
    --------
    >>> tokenizer = CharTokenizer.train("hello")
    >>> tokenizer.encode("hello")
    array([1, 0, 2, 2, 3])
    >>> tokenizer.decode(np.array([1, 0, 2, 3]))
    'helo'
    >>> len(tokenizer)
    4
    """

    characters: str

    def __post_init__(self):
        _check_text("CharTokenizer", self.characters)
        if not self.characters or list(self.characters) != sorted(set(self.characters)):
            raise ValueError(
                f"CharTokenizer: characters is {self.characters[:20]!r}, but every "
                f"character once, in sorted order, is needed. "
                f"Use CharTokenizer.train(text)."
            )

    @classmethod
    def train(cls, text: str) -> "CharTokenizer":
        """
        Collect the characters of a text.

        Parameters
        ----------
        text : str
            The text; everything to be encoded later must consist of its characters.

        Returns
        -------
        CharTokenizer
            The tokenizer with these characters as vocabulary.

        Raises
        ------
        TypeError
            If `text` is not a string.
        ValueError
            If `text` is empty.
        """
        _check_text("CharTokenizer.train", text)
        if not text:
            raise ValueError(
                "CharTokenizer.train: text is empty, but at least one character is "
                "needed. Pass the text that you want to model."
            )
        return cls("".join(sorted(set(text))))

    def __len__(self) -> int:
        return len(self.characters)

    def encode(self, text: str) -> np.ndarray:
        """
        Turn text into tokens.

        Parameters
        ----------
        text : str
            Any text over the vocabulary.

        Returns
        -------
        ndarray of int, shape (T,)
            One token for each character.

        Raises
        ------
        TypeError
            If `text` is not a string.
        ValueError
            If a character is not in the vocabulary.
        """
        _check_text("CharTokenizer.encode", text)
        known, codes = _code_points(self.characters), _code_points(text)
        tokens = np.searchsorted(known, codes)
        unknown = known[np.minimum(tokens, len(known) - 1)] != codes
        if unknown.any():
            position = int(np.argmax(unknown))
            raise ValueError(
                f"CharTokenizer.encode: {text[position]!r} "
                f"(U+{ord(text[position]):04X}) at position {position} is not in the "
                f"vocabulary of {len(self)} characters. Train the tokenizer on a text "
                f"that holds it, or replace it before encoding."
            )
        return tokens

    def decode(self, tokens: np.ndarray) -> str:
        """
        Turn tokens into text.

        Parameters
        ----------
        tokens : ndarray of int, shape (T,)
            Tokens from 0 to V - 1; there may be none.

        Returns
        -------
        str
            One character for each token.

        Raises
        ------
        TypeError
            If `tokens` is not an array of integers.
        ValueError
            If a token is outside the vocabulary, or there is more than one axis.
        """
        check_tokens("CharTokenizer.decode", len(self), tokens=tokens)
        if tokens.size:
            check_shapes("CharTokenizer.decode", tokens=(tokens, "T"))
        codes = _code_points(self.characters)[tokens]
        return codes.tobytes().decode("utf-32-le", "surrogatepass")


def _code_points(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def _check_text(where: str, text: Any) -> None:
    if not isinstance(text, str):
        raise TypeError(
            f"{where}: the text is a {type(text).__name__}, but a str is needed. "
            f"Read files with encoding='utf-8', or decode bytes first."
        )
