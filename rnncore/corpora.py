"""Larger texts: downloaded once, checked, and kept.

A corpus is a text file at a known address, with its size and its SHA-256 checksum, so
that results on it can be compared. `load_corpus` looks in a cache directory first and
downloads only what is missing; what does not have the checksum is never returned and
never put into the cache. A file that is already there is never overwritten or deleted.

The cache is ``$XDG_CACHE_HOME/rnncore``, by default ``~/.cache/rnncore``. Without
internet, the file can be put there by hand: the message names its place.

Texts are returned with every line end as a single newline, without a byte order mark,
and otherwise as they are: nothing is lowercased, cut out, or split into parts.
"""

import hashlib
import http.client
import os
import re
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from rnncore.kinds import check_counts

CHUNK = 2**16  # bytes
TIMEOUT = 30.0  # seconds without an answer
BYTE_ORDER_MARK = "\ufeff"  # some editors begin a UTF-8 file with it
ADDRESS = re.compile(r"(https?|file)://.+")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
SHA256 = re.compile(r"[0-9a-f]{64}")


class CorpusError(OSError):
    """Report a corpus that cannot be had, or is not what it should be."""


@dataclass(frozen=True)
class Corpus:
    """
    Describe a text file that can be downloaded.

    Attributes
    ----------
    name : str
        Its name, and without ".txt" that of the file in the cache: letters, digits,
        dots, dashes and underscores.
    url : str
        Its address, beginning with https, http, or file; one that never changes what
        it serves.
    sha256 : str
        Its checksum, 64 lowercase hexadecimal digits.
    n_bytes : int
        Its size.
    license : str
        What may be done with it.

    Raises
    ------
    TypeError
        If `n_bytes` is not an integer.
    ValueError
        If `name`, `url` or `sha256` is not of that form, or `n_bytes` less than 1.

    Examples
    --------
    >>> CORPORA["tiny-shakespeare"].n_bytes
    1115394
    """

    name: str
    url: str
    sha256: str
    n_bytes: int
    license: str = "unknown"

    def __post_init__(self) -> None:
        check_counts("Corpus", n_bytes=self.n_bytes)
        forms = {
            "name": (NAME, "a word of letters, digits, '.', '-' and '_'"),
            "url": (ADDRESS, "an address that begins with https, http or file"),
            "sha256": (SHA256, "a checksum of 64 lowercase hexadecimal digits"),
        }
        for field, (pattern, wanted) in forms.items():
            value = getattr(self, field)
            if not isinstance(value, str) or not pattern.fullmatch(value):
                raise ValueError(
                    f"Corpus: {field} is {value!r}, but {wanted} is needed. "
                    f"Pass {field} in this form."
                )


CORPORA = {
    corpus.name: corpus
    for corpus in (
        Corpus(
            name="tiny-shakespeare",
            url="https://raw.githubusercontent.com/karpathy/char-rnn/"
            "6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data/tinyshakespeare/input.txt",
            sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
            n_bytes=1_115_394,
            license="public domain: parts of Shakespeare's plays, as put together for "
            "char-rnn",
        ),
        Corpus(
            name="war-and-peace",
            url="https://raw.githubusercontent.com/GITenberg/War-and-Peace_2600/"
            "fa22ab90f00f627e83d14acabe32d91602d2365d/2600.txt",
            sha256="31b5d23be25fe9ad27eca1e78f9f449ae2e17adf07ce62238a79425c53a96646",
            n_bytes=3_226_652,
            license="public domain in the USA: Tolstoy's novel in the translation of "
            "L. and A. Maude, between the terms of Project Gutenberg",
        ),
    )
}


def load_corpus(
    corpus: str | Corpus,
    cache_dir: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> str:
    """
    Return a text from the cache, after downloading it if it is not there.

    Parameters
    ----------
    corpus : str or Corpus
        The name of one of ``CORPORA``, or a description of your own.
    cache_dir : str or path, optional
        Where to keep files; by default ``rnncore`` in the cache of the user.
    progress : bool, optional
        Whether to show a progress bar while downloading.

    Returns
    -------
    str
        The text.

    Raises
    ------
    CorpusError
        If the text cannot be downloaded, the cache cannot be read or written, or a file
        does not have the checksum.
    TypeError
        If `corpus` is neither a string nor a `Corpus`.
    ValueError
        If there is no corpus of this name, or its file is not UTF-8.

    Notes
    -----
    A new file appears in the cache in one piece, after its checksum was found right, so
    that interrupted and simultaneous downloads leave no damage.

    Examples
    --------
    >>> import hashlib, pathlib, tempfile
    >>> source = pathlib.Path(tempfile.mkdtemp()) / "source.txt"
    >>> source.write_bytes(b"To be, or not to be")
    19
    >>> checksum = hashlib.sha256(source.read_bytes()).hexdigest()
    >>> mine = Corpus("hamlet", source.as_uri(), checksum, n_bytes=19)
    >>> load_corpus(mine, cache_dir=source.parent, progress=False)
    'To be, or not to be'
    """
    corpus = _described(corpus)
    path = _directory(cache_dir) / f"{corpus.name}.txt"
    data = _kept(corpus, path, progress)
    if _differs(data, corpus):
        raise CorpusError(
            f"load_corpus: {path} holds {_found(data)}, but {corpus.name!r} has "
            f"{_wanted(corpus)}. The file was changed, or is another one; it was left "
            f"as it is. Move it away, and call load_corpus again to download it."
        )
    return _decoded("load_corpus", path, data)


def load_text(path: str | os.PathLike[str]) -> str:
    r"""
    Read a text file of your own.

    Parameters
    ----------
    path : str or path
        A file in UTF-8.

    Returns
    -------
    str
        Its text, with every line end as a single newline.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is not UTF-8; the message names the place.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "notes.txt"
    >>> path.write_bytes(b"one\r\ntwo")
    8
    >>> load_text(path)
    'one\ntwo'
    """
    path = Path(path)
    return _decoded("load_text", path, path.read_bytes())


def _described(corpus: str | Corpus) -> Corpus:
    if isinstance(corpus, Corpus):
        return corpus
    names = ", ".join(map(repr, CORPORA))
    if not isinstance(corpus, str):
        raise TypeError(
            f"load_corpus: corpus is a {type(corpus).__name__}, but a name or a Corpus "
            f"is needed. Pass one of {names}, or Corpus(...)."
        )
    if corpus not in CORPORA:
        raise ValueError(
            f"load_corpus: corpus is {corpus!r}, but there are {names}. Pass one of "
            f"them, a Corpus(...) of your own, or use load_text for a file."
        )
    return CORPORA[corpus]


def _directory(cache_dir: str | os.PathLike[str] | None) -> Path:
    if cache_dir is not None:
        return Path(cache_dir)
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "rnncore"


def _kept(corpus: Corpus, path: Path, progress: bool) -> bytes:
    try:
        if not path.exists():
            _download(corpus, path, progress)
        return path.read_bytes()
    except CorpusError:
        raise
    except OSError as error:
        raise CorpusError(
            f"load_corpus: {path} cannot be read or written ({error}), but "
            f"{corpus.name!r} is kept there. Pass cache_dir=... with a directory in "
            f"which you may write."
        ) from error


def _download(corpus: Corpus, path: Path, progress: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Made first, so that a place where nothing can be written is found before, not
    # after, the download; beside its destination, since only a move within one file
    # system is all or nothing.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".download-") as room:
        new = Path(room) / path.name
        with open(new, "wb") as file:
            file.writelines(_received(corpus, path, progress))
        data = new.read_bytes()
        if _differs(data, corpus):
            raise CorpusError(
                f"load_corpus: {corpus.url} sent {_found(data)}, but "
                f"{corpus.name!r} has {_wanted(corpus)}. Nothing was kept. Try again; "
                f"if it comes again, it has changed at its source: get the right file "
                f"elsewhere and put it at {path}."
            )
        os.replace(new, path)


def _received(corpus: Corpus, path: Path, progress: bool) -> Iterator[bytes]:
    bar = tqdm(
        total=corpus.n_bytes,
        desc=corpus.name,
        unit="B",
        unit_scale=True,
        disable=not progress,
    )
    n_bytes = 0
    try:
        with bar, urllib.request.urlopen(corpus.url, timeout=TIMEOUT) as response:
            # Whatever a server sends, not much more than was promised is kept.
            while n_bytes <= corpus.n_bytes and (chunk := response.read(CHUNK)):
                yield chunk
                n_bytes += len(chunk)
                bar.update(len(chunk))
    except (OSError, http.client.HTTPException) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()  # the answer that it carries holds a connection
        raise CorpusError(
            f"load_corpus: {corpus.name!r} is not in the cache, and {corpus.url} "
            f"cannot be read ({error}). Connect to the internet and try again, or get "
            f"the file elsewhere ({_wanted(corpus)}) and put it at {path}."
        ) from error


def _differs(data: bytes, corpus: Corpus) -> bool:
    return hashlib.sha256(data).hexdigest() != corpus.sha256


def _found(data: bytes) -> str:
    return f"{len(data)} bytes with SHA-256 {hashlib.sha256(data).hexdigest()}"


def _wanted(corpus: Corpus) -> str:
    return f"{corpus.n_bytes} bytes with SHA-256 {corpus.sha256}"


def _decoded(where: str, path: Path, data: bytes) -> str:
    try:
        text = data.decode("utf-8").removeprefix(BYTE_ORDER_MARK)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{where}: {path.name} is not UTF-8 text ({error.reason} at byte "
            f"{error.start}, in line {line}), but UTF-8 is needed. Convert it first: "
            f"write what Path(old).read_text(encoding='cp1252'), or another encoding, "
            f"returns with Path(new).write_text(text, encoding='utf-8')."
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
