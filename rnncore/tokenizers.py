"""From text to tokens and back: characters and words, and tokenizers from files.

A character is one Unicode code point, so that any text comes back as it was. Letters
with combining marks and many emoji are several code points, and thus several tokens. A
character that the vocabulary lacks is an error.

Words are runs of letters, digits and underscores. Each character between them, white
space included, is an entry of its own, so that text whose pieces are all known comes
back as it was. A piece that the vocabulary lacks becomes the unknown token, and is
lost.

Vocabularies are made of one text, the one to train on, and are the same for every run
on the same text. Byte pair encoding is in `rnncore.bpe`.

Words are not lowercased, stemmed, or joined with the spaces around them.
"""

import os
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from rnncore.bpe import BPETokenizer
from rnncore.kinds import check_counts, check_tokens
from rnncore.shapes import check_shapes
from rnncore.tokenizer_base import SavedTokenizer, check_text, read_document

UNKNOWN = "<unk>"  # no piece of a text can be equal to it
PIECE = re.compile(r"\w+|\W")  # a word, or one character between words


@dataclass(frozen=True)
class CharTokenizer(SavedTokenizer):
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

    kind: ClassVar[str] = "characters"
    parts: ClassVar[tuple[str, ...]] = ("characters",)

    characters: str

    def __post_init__(self) -> None:
        check_text("CharTokenizer", self.characters)
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
        _check_training_text("CharTokenizer.train", text)
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
        check_text("CharTokenizer.encode", text)
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

    def _lists(self) -> dict[str, list[str]]:
        return {"characters": list(self.characters)}

    @classmethod
    def _from_lists(cls, lists: dict[str, list[str]]) -> "CharTokenizer":
        if any(len(character) != 1 for character in lists["characters"]):
            raise ValueError("An entry of its characters is not one character.")
        return cls("".join(lists["characters"]))


@dataclass(frozen=True)
class WordTokenizer(SavedTokenizer):
    """
    Number the words of a text, and the characters between them.

    Attributes
    ----------
    words : tuple of str
        The vocabulary: token i is entry i. The unknown token is the first; `train`
        puts the others in order, the most frequent first, equally frequent ones sorted.

    Raises
    ------
    TypeError
        If `words` is not a tuple of strings.
    ValueError
        If the unknown token is not the first, an entry is there twice, or an entry is
        neither one word nor one character.

    Examples
    --------
    >>> tokenizer = WordTokenizer.train("to be, or not to be", size=5)
    >>> tokenizer.words
    ('<unk>', ' ', 'be', 'to', ',')
    >>> tokens = tokenizer.encode("to be, or not")
    >>> tokens
    array([3, 1, 2, 4, 1, 0, 1, 0])
    >>> tokenizer.decode(tokens)
    'to be, <unk> <unk>'
    """

    kind: ClassVar[str] = "words"
    parts: ClassVar[tuple[str, ...]] = ("words",)
    unknown: ClassVar[int] = 0  # the token of what the vocabulary lacks

    words: tuple[str, ...]
    _tokens: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_words(self.words)
        tokens = {word: token for token, word in enumerate(self.words)}
        object.__setattr__(self, "_tokens", tokens)

    @classmethod
    def train(
        cls, text: str, size: int | None = None, min_count: int = 1
    ) -> "WordTokenizer":
        """
        Collect the words of a text and the characters between them.

        Parameters
        ----------
        text : str
            The text to train on. Whatever else will be encoded must stay out of it, or
            words would count as known that the model has never seen.
        size : int, optional
            V, the largest number of entries, the unknown token included; by default
            there is no limit.
        min_count : int, optional
            How often an entry must occur to be one. From 2 on, the rare words of `text`
            itself become unknown, so that a model learns to expect the unknown token;
            with 1 and no `size`, it will never see one in training.

        Returns
        -------
        WordTokenizer
            The tokenizer with the most frequent entries as vocabulary.

        Raises
        ------
        TypeError
            If `text` is not a string, or a number not an integer.
        ValueError
            If `text` is empty, or a number is less than 1.

        Examples
        --------
        >>> WordTokenizer.train("a rose is a rose", min_count=2).words
        ('<unk>', ' ', 'a', 'rose')
        """
        where = "WordTokenizer.train"
        _check_training_text(where, text)
        check_counts(where, min_count=min_count)
        if size is not None:
            check_counts(where, size=size)
        counts = Counter(PIECE.findall(text))
        frequent = [word for word, n in counts.items() if n >= min_count]
        frequent.sort(key=lambda word: (-counts[word], word))
        return cls((UNKNOWN, *frequent)[:size])

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, text: str) -> np.ndarray:
        """
        Turn text into tokens.

        Parameters
        ----------
        text : str
            Any text.

        Returns
        -------
        ndarray of int, shape (T,)
            One token for each word and each character between words; 0, the unknown
            token, for what the vocabulary lacks.

        Raises
        ------
        TypeError
            If `text` is not a string.
        """
        check_text("WordTokenizer.encode", text)
        tokens = [self._tokens.get(p, self.unknown) for p in PIECE.findall(text)]
        return np.array(tokens, dtype=int)

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
            The entries, one after the other. The unknown token is written ``<unk>``;
            what it stood for cannot be known.

        Raises
        ------
        TypeError
            If `tokens` is not an array of integers.
        ValueError
            If a token is outside the vocabulary, or there is more than one axis.
        """
        check_tokens("WordTokenizer.decode", len(self), tokens=tokens)
        if tokens.size:
            check_shapes("WordTokenizer.decode", tokens=(tokens, "T"))
        return "".join(map(self.words.__getitem__, tokens.tolist()))

    def _lists(self) -> dict[str, list[str]]:
        return {"words": list(self.words)}

    @classmethod
    def _from_lists(cls, lists: dict[str, list[str]]) -> "WordTokenizer":
        return cls(tuple(lists["words"]))


def load_tokenizer(
    path: str | os.PathLike[str],
) -> CharTokenizer | WordTokenizer | BPETokenizer:
    """
    Read a tokenizer of whatever kind from a file.

    Parameters
    ----------
    path : str or path
        The file that the tokenizer's `save` wrote.

    Returns
    -------
    CharTokenizer, WordTokenizer or BPETokenizer
        A tokenizer equal to the one saved.

    Raises
    ------
    TypeError
        If `path` is not a path.
    OSError
        If there is no file, or it cannot be read.
    ValueError
        If the file is not a tokenizer: not UTF-8, cut off, of another format, version
        or kind, or with parts that do not fit together.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     CharTokenizer.train("hello").save(f"{folder}/hello.json")
    ...     load_tokenizer(f"{folder}/hello.json")
    CharTokenizer(characters='ehlo')
    """
    document = read_document("load_tokenizer", path)
    kinds = {cls.kind: cls for cls in (CharTokenizer, WordTokenizer, BPETokenizer)}
    kind = document["kind"]
    if kind not in kinds:
        raise ValueError(
            f"load_tokenizer: {path} holds a tokenizer of kind {kind!r}, but the kinds "
            f"are {', '.join(map(repr, kinds))}. Pass the path of one of these."
        )
    return kinds[kind].from_document("load_tokenizer", path, document)


def _code_points(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def _check_training_text(where: str, text: Any) -> None:
    check_text(where, text)
    if not text:
        raise ValueError(
            f"{where}: text is empty, but at least one character is needed. "
            f"Pass the text that you want to model."
        )


def _check_words(words: Any) -> None:
    if not isinstance(words, tuple) or not all(isinstance(w, str) for w in words):
        raise TypeError(
            "WordTokenizer: words is not a tuple of str. Use WordTokenizer.train(text)."
        )
    first, rest = words[:1], words[1:]
    strange = [word for word in rest if not PIECE.fullmatch(word)]
    if first != (UNKNOWN,) or strange or len(set(rest)) < len(rest):
        raise ValueError(
            f"WordTokenizer: words is {words[:5]!r}..., but {UNKNOWN!r} first, and "
            f"then words and single characters, each once, are needed"
            f"{f', not {strange[0]!r}' if strange else ''}. "
            f"Use WordTokenizer.train(text)."
        )
