"""Byte pair encoding: tokens that are frequent sequences of bytes.

Text is written as UTF-8, and every byte is a token. Training looks for the most
frequent pair of neighboring tokens, makes it a new token, and starts again, until the
vocabulary has the wanted size. Encoding applies these merges in the order in which they
were learned. Since every byte is a token, there is no unknown one, and any text comes
back as it was.

Before all this, text is cut into pieces, which no token crosses: a run of letters with
the space or apostrophe before it, a run of digits or of other characters with the space
before it, or a run of white space. `PIECES` is the rule.

    pair    two neighboring tokens: left, right
    merge   a pair that became a token; the first became token 256, the next 257
    ties    among equally frequent pairs, the one with the smaller numbers is merged

Bytes are numbered as in GPT-2, the printable ones first. Given the same `PIECES`, the
tokenizers library of Hugging Face learns the same merges and finds the same tokens.

There are no special tokens, such as one for the end of a text.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import chain, pairwise
from typing import Any, ClassVar

import numpy as np

from rnncore.kinds import check_counts, check_tokens
from rnncore.shapes import check_shapes
from rnncore.tokenizer_base import SavedTokenizer, check_text

Pair = tuple[int, int]

# Letters are those of ASCII and the ranges of Unicode where its scripts are: combining
# marks stay with their letters, and the rule is the same in every version of Unicode.
LETTERS = (
    "A-Za-z\u00c0-\u1fff\u2c00-\u2dff\u3040-\ud7ff\uf900-\ufdff"
    "\U00010000-\U0001cfff\U00020000-\U0003ffff"
)
SPACES = "\t-\r "
PIECES = (
    f"[ ']?[{LETTERS}]+| ?[0-9]+| ?[^{SPACES}{LETTERS}0-9]+"
    f"|[{SPACES}]+(?![^{SPACES}])|[{SPACES}]+"  # the last space goes with what follows
)
find_pieces = re.compile(PIECES).findall

PRINTABLE = [*range(33, 127), *range(161, 173), *range(174, 256)]
BYTES = bytes(sorted(range(256), key=lambda byte: (byte not in PRINTABLE, byte)))
NUMBERS = bytes(map(BYTES.index, range(256)))  # the token of each byte
LONG = 512  # bytes; in longer pieces, replacing throughout is faster
GAP, EMPTY = -1, -2  # between words; where the right half of a token was


@dataclass(frozen=True)
class BPETokenizer(SavedTokenizer):
    """
    Encode text as frequent sequences of bytes.

    Attributes
    ----------
    merges : tuple of pairs of int
        The pairs that became tokens, in the order in which they did; `train` learns
        them.
    vocabulary : tuple of bytes
        What each token stands for: the 256 bytes, then what the merges join.

    Raises
    ------
    TypeError
        If `merges` is not a tuple of pairs of integers.
    ValueError
        If a merge joins tokens that are not there yet, or makes one that is.

    References
    ----------
    R. Sennrich, B. Haddow and A. Birch, "Neural machine translation of rare words with
    subword units", ACL (2016).
    A. Radford et al., "Language models are unsupervised multitask learners", technical
    report, OpenAI (2019): the same with bytes.

    Examples
    --------
    >>> tokenizer = BPETokenizer.train("low low low lower lowest", vocab_size=259)
    >>> tokenizer.vocabulary[256:]
    (b'lo', b'low', b' low')
    >>> tokens = tokenizer.encode("low slow")
    >>> [tokenizer.vocabulary[token] for token in tokens]
    [b'low', b' ', b's', b'low']
    >>> tokenizer.decode(tokens)
    'low slow'
    """

    kind: ClassVar[str] = "byte pair encoding"
    parts: ClassVar[tuple[str, ...]] = ("vocabulary", "merges")

    merges: tuple[Pair, ...]
    vocabulary: tuple[bytes, ...] = field(init=False, repr=False, compare=False)
    _joined: dict[Pair, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_merges("BPETokenizer", self.merges)
        vocabulary = [bytes([byte]) for byte in BYTES]
        for left, right in self.merges:
            vocabulary.append(vocabulary[left] + vocabulary[right])
        _check_distinct(vocabulary)
        joined = {pair: token for token, pair in enumerate(self.merges, start=256)}
        object.__setattr__(self, "vocabulary", tuple(vocabulary))
        object.__setattr__(self, "_joined", joined)

    @classmethod
    def train(cls, text: str, vocab_size: int) -> "BPETokenizer":
        """
        Learn merges from a text.

        Parameters
        ----------
        text : str
            The text. Any other can be encoded later, but only what is frequent here
            gets tokens of its own.
        vocab_size : int
            V, the number of tokens: 256 bytes and the merges. There will be fewer if no
            pair is left to merge.

        Returns
        -------
        BPETokenizer
            The tokenizer with these merges.

        Raises
        ------
        TypeError
            If `text` is not a string, or `vocab_size` not an integer.
        ValueError
            If `vocab_size` is less than 256.

        Notes
        -----
        `plain_merges` is the algorithm as it is taught: it counts all pairs anew for
        every merge. Here a merge visits only the places of its pair, and changes only
        the counts of the pairs beside them.
        """
        _check_training("BPETokenizer.train", text, vocab_size)
        words = _WordList(_word_counts(text))
        merges: list[Pair] = []
        while len(merges) < vocab_size - 256 and (pair := words.most_frequent_pair()):
            words.merge(pair, 256 + len(merges))
            merges.append(pair)
        return cls(tuple(merges))

    def __len__(self) -> int:
        return len(self.vocabulary)

    def encode(self, text: str) -> np.ndarray:
        """
        Turn text into tokens.

        Parameters
        ----------
        text : str
            Any text. Lone surrogates, which UTF-8 lacks, take three bytes each.

        Returns
        -------
        ndarray of int, shape (T,)
            The tokens.

        Raises
        ------
        TypeError
            If `text` is not a string.

        Notes
        -----
        `plain_tokens` gives the same tokens, one merge after the other throughout the
        text. Here each distinct piece is encoded once.
        """
        check_text("BPETokenizer.encode", text)
        return self._encode(text, "surrogatepass")

    def encode_bytes(self, data: bytes) -> np.ndarray:
        """
        Turn bytes into tokens, be they UTF-8 or not.

        Parameters
        ----------
        data : bytes
            Any bytes. Those that are not UTF-8 count as neither letters, digits, nor
            white space.

        Returns
        -------
        ndarray of int, shape (T,)
            The tokens.

        Raises
        ------
        TypeError
            If `data` is not bytes.

        Examples
        --------
        >>> tokenizer = BPETokenizer.train("", vocab_size=256)
        >>> tokens = tokenizer.encode_bytes(bytes([97, 255]))
        >>> list(tokenizer.decode_bytes(tokens))
        [97, 255]
        >>> [hex(ord(character)) for character in tokenizer.decode(tokens)]
        ['0x61', '0xfffd']
        """
        _check_bytes("BPETokenizer.encode_bytes", data)
        return self._encode(data.decode("utf-8", "surrogateescape"), "surrogateescape")

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
            The text. Tokens that `encode` did not return may end within a character;
            U+FFFD then stands for what is not UTF-8.

        Raises
        ------
        TypeError
            If `tokens` is not an array of integers.
        ValueError
            If a token is outside the vocabulary, or there is more than one axis.
        """
        data = self._join("BPETokenizer.decode", tokens)
        try:
            return data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return data.decode("utf-8", "replace")

    def decode_bytes(self, tokens: np.ndarray) -> bytes:
        """
        Turn tokens into bytes.

        Parameters
        ----------
        tokens : ndarray of int, shape (T,)
            Tokens from 0 to V - 1; there may be none.

        Returns
        -------
        bytes
            What the tokens stand for, one after the other.

        Raises
        ------
        TypeError
            If `tokens` is not an array of integers.
        ValueError
            If a token is outside the vocabulary, or there is more than one axis.
        """
        return self._join("BPETokenizer.decode_bytes", tokens)

    def _encode(self, text: str, errors: str) -> np.ndarray:
        pieces = find_pieces(text)
        encoded = {
            piece: self._encode_piece(_numbers(piece, errors)) for piece in set(pieces)
        }
        tokens = chain.from_iterable(map(encoded.__getitem__, pieces))
        return np.fromiter(tokens, dtype=int)  # (T,)

    def _encode_piece(self, numbers: bytes) -> Iterable[int]:
        if len(numbers) > LONG:
            return map(ord, _replace(numbers.decode("latin-1"), self.merges))
        # The token that a pair becomes is also its rank: the earlier, the lower.
        rank, none = self._joined.get, len(self)
        tokens = list(numbers)
        ranks = [rank(pair, none) for pair in pairwise(tokens)]
        while ranks and (token := min(ranks)) < none:
            i = ranks.index(token)
            tokens[i : i + 2] = [token]
            del ranks[i]
            if i > 0:
                ranks[i - 1] = rank((tokens[i - 1], token), none)
            if i < len(ranks):
                ranks[i] = rank((token, tokens[i + 1]), none)
        return tokens

    def _join(self, where: str, tokens: np.ndarray) -> bytes:
        check_tokens(where, len(self), tokens=tokens)
        if tokens.size:
            check_shapes(where, tokens=(tokens, "T"))
        return b"".join(map(self.vocabulary.__getitem__, tokens.tolist()))

    def _lists(self) -> dict[str, list[str]]:
        names = [_readable(token) for token in self.vocabulary]
        merges = [f"{names[left]} {names[right]}" for left, right in self.merges]
        return {"vocabulary": names, "merges": merges}

    @classmethod
    def _from_lists(cls, lists: dict[str, list[str]]) -> "BPETokenizer":
        vocabulary, merges = lists["vocabulary"], lists["merges"]
        _check_readable(vocabulary, merges)
        numbers = {name: token for token, name in enumerate(vocabulary)}
        pairs = (merge.split(" ") for merge in merges)
        return cls(tuple((numbers[left], numbers[right]) for left, right in pairs))


def plain_merges(text: str, vocab_size: int) -> tuple[Pair, ...]:
    """
    Learn merges as it is taught: count the pairs, merge the most frequent, repeat.

    `BPETokenizer.train` learns the same, many times faster, in code that is harder to
    follow.

    Parameters
    ----------
    text : str
        The text.
    vocab_size : int
        V, the number of tokens: 256 bytes and the merges.

    Returns
    -------
    tuple of pairs of int
        The pairs, the first merged first.

    Raises
    ------
    TypeError
        If `text` is not a string, or `vocab_size` not an integer.
    ValueError
        If `vocab_size` is less than 256.

    Examples
    --------
    >>> plain_merges("low low low lower lowest", vocab_size=258)
    ((75, 78), (256, 86))
    """
    _check_training("plain_merges", text, vocab_size)
    words = {word.decode("latin-1"): n for word, n in _word_counts(text).items()}
    merges = []
    for token in range(256, vocab_size):
        counts: Counter[Pair] = Counter()
        for word, n in words.items():
            for left, right in pairwise(word):
                counts[ord(left), ord(right)] += n
        if not counts:
            break
        pair = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(pair)
        words = {_replace(word, [pair], token): n for word, n in words.items()}
    return tuple(merges)


def plain_tokens(text: str, merges: Iterable[Pair]) -> np.ndarray:
    """
    Encode as it is taught: one merge after the other, throughout the text.

    `BPETokenizer.encode` gives the same tokens faster.

    Parameters
    ----------
    text : str
        The text.
    merges : iterable of pairs of int
        The pairs, the first merged first.

    Returns
    -------
    ndarray of int, shape (T,)
        The tokens.

    Raises
    ------
    TypeError
        If `text` is not a string, or a merge not a pair of integers.
    ValueError
        If a merge joins tokens that are not there yet.

    Examples
    --------
    >>> plain_tokens("low slow", [(75, 78), (256, 86)])
    array([257, 220,  82, 257])
    """
    check_text("plain_tokens", text)
    merges = tuple(merges)
    _check_merges("plain_tokens", merges)
    gap = chr(256 + len(merges))  # between words, since no merge goes across
    words = (_numbers(piece).decode("latin-1") for piece in find_pieces(text))
    merged = _replace(gap.join(words), merges)
    return np.array([ord(symbol) for symbol in merged if symbol != gap], dtype=int)


class _WordList:
    """All words of a text, each once, with the places and the count of every pair.

    The symbols stand in one row, with a gap between words, and every symbol knows its
    neighbors. A merge writes the new token to the place of the left symbol; the place
    of the right one is left empty. A pair comes into being with one of its two
    symbols, so that from then on it can only become rarer. Hence the heap may be out of
    date: what it says is at least the count.
    """

    def __init__(self, words: dict[bytes, int]):
        self.symbols, self.weights = [GAP], [0]
        for word, n in words.items():
            self.symbols += [*word, GAP]
            self.weights += [n] * (len(word) + 1)
        self.after = list(range(1, len(self.symbols) + 1))
        self.before = list(range(-1, len(self.symbols) - 1))
        self.counts: dict[Pair, int] = defaultdict(int)
        self.places: dict[Pair, list[int]] = defaultdict(list)
        for place, pair in enumerate(pairwise(self.symbols)):
            self.counts[pair] += self.weights[place]
            self.places[pair].append(place)
        self.heap = [(-n, pair) for pair, n in self.counts.items() if GAP not in pair]
        heapify(self.heap)

    def most_frequent_pair(self) -> Pair | None:
        while self.heap:
            n, pair = heappop(self.heap)
            if -n == self.counts[pair]:
                return pair
            if self.counts[pair] > 0:
                heappush(self.heap, (-self.counts[pair], pair))
        return None

    def merge(self, pair: Pair, token: int) -> None:
        left, right = pair
        symbols, before, after = self.symbols, self.before, self.after
        counts, places = self.counts, defaultdict(list)
        for place in self.places.pop(pair):
            second = after[place]
            if symbols[place] != left or symbols[second] != right:
                continue  # one of the two went into another token meanwhile
            previous, following, n = before[place], after[second], self.weights[place]
            joined_left, joined_right = symbols[previous], symbols[following]
            counts[joined_left, left] -= n
            counts[right, joined_right] -= n
            counts[joined_left, token] += n
            counts[token, joined_right] += n
            places[joined_left, token].append(previous)
            places[token, joined_right].append(place)
            symbols[place], symbols[second] = token, EMPTY
            after[place], before[following] = following, place
        self.places.update(places)
        for new in places:
            if counts[new] > 0 and GAP not in new:
                heappush(self.heap, (-counts[new], new))


def _numbers(piece: str, errors: str = "surrogatepass") -> bytes:
    return piece.encode("utf-8", errors).translate(NUMBERS)


def _word_counts(text: str) -> dict[bytes, int]:
    return {_numbers(piece): n for piece, n in Counter(find_pieces(text)).items()}


def _replace(symbols: str, merges: Iterable[Pair], first: int = 256) -> str:
    # Tokens are written as characters, for str.replace to find them: it goes from left
    # to right, without overlaps, as a merge does.
    for token, (left, right) in enumerate(merges, first):
        symbols = symbols.replace(chr(left) + chr(right), chr(token))
    return symbols


def _readable(token: bytes) -> str:
    # GPT-2 writes printable bytes as themselves, others as letters from U+0100 on.
    numbers = token.translate(NUMBERS)
    shift = 256 - len(PRINTABLE)
    return "".join(chr(BYTES[n] if n < len(PRINTABLE) else n + shift) for n in numbers)


def _check_training(where: str, text: Any, vocab_size: Any) -> None:
    check_text(where, text)
    check_counts(where, least=256, vocab_size=vocab_size)


def _check_bytes(where: str, data: Any) -> None:
    if not isinstance(data, bytes):
        raise TypeError(
            f"{where}: data is a {type(data).__name__}, but bytes are needed. "
            f"Pass bytes(data), or use encode for a str."
        )


def _check_merges(where: str, merges: Any) -> None:
    fine = isinstance(merges, tuple) and all(
        isinstance(pair, tuple) and list(map(type, pair)) == [int, int]
        for pair in merges
    )
    if not fine:
        raise TypeError(
            f"{where}: merges is not a tuple of pairs of int. "
            f"Use BPETokenizer.train(text, vocab_size)."
        )
    for token, pair in enumerate(merges, start=256):
        if not 0 <= min(pair) <= max(pair) < token:
            raise ValueError(
                f"{where}: merges[{token - 256}] is {pair}, but at that point there "
                f"are tokens from 0 to {token - 1}. Pass merges in the order in which "
                f"they were learned."
            )


def _check_distinct(vocabulary: list[bytes]) -> None:
    (token, n), *_ = Counter(vocabulary).most_common(1)
    if n > 1:
        raise ValueError(
            f"BPETokenizer: {n} tokens stand for {token[:20]!r}, but every token must "
            f"differ from the others. Use BPETokenizer.train(text, vocab_size)."
        )


def _check_readable(vocabulary: list[str], merges: list[str]) -> None:
    known = [_readable(bytes([byte])) for byte in BYTES]
    if vocabulary[:256] != known or len(vocabulary) != 256 + len(merges):
        raise ValueError(
            f"Its vocabulary of {len(vocabulary)} tokens is not made of the 256 bytes "
            f"and one token for each of {len(merges)} merges."
        )
    earlier = set(known)
    for merge, name in zip(merges, vocabulary[256:], strict=True):
        pair = merge.split(" ")
        if len(pair) != 2 or not earlier.issuperset(pair) or "".join(pair) != name:
            raise ValueError(
                f"Its merge {merge!r} does not make the token {name!r} of two earlier "
                f"ones."
            )
        earlier.add(name)
