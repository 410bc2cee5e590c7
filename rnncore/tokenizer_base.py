"""What every tokenizer shares: the check of its text, and the file it is saved in.

A file is readable JSON in UTF-8, one entry of the vocabulary on each line. It begins
with the name of the format, its version, and the kind of tokenizer. It is written
beside its place and then moved there, so that a failing save leaves the file of before.

A file that was cut off or changed is refused where its parts no longer fit together.
There is no checksum: a change after which they still fit goes unnoticed.
"""

import json
import os
import uuid
from pathlib import Path
from typing import Any, ClassVar, Self

FORMAT = "rnncore tokenizer"
VERSION = 1


class SavedTokenizer:
    """
    Save a tokenizer and load it again.

    A subclass names its kind and the lists of strings that make it up; it turns
    itself into these lists and back.
    """

    kind: ClassVar[str]
    parts: ClassVar[tuple[str, ...]]

    def save(self, path: str | os.PathLike[str]) -> None:
        """
        Write the tokenizer to a file.

        Parameters
        ----------
        path : str or path
            Where to write; a file that is there already is replaced, all at once.

        Raises
        ------
        TypeError
            If `path` is not a path.
        OSError
            If the file cannot be written; what was there before is left as it was.
        """
        where = f"{type(self).__name__}.save"
        place = _check_folder(where, path)
        header = {"format": FORMAT, "version": VERSION, "kind": self.kind}
        text = json.dumps({**header, **self._lists()}, ensure_ascii=False, indent=1)
        # UTF-8 has no lone surrogates. Their escape in Python is their escape in JSON.
        _replace_file(place, f"{text}\n".encode("utf-8", "backslashreplace"))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """
        Read a tokenizer of this kind from a file.

        Parameters
        ----------
        path : str or path
            The file that `save` wrote.

        Returns
        -------
        SavedTokenizer
            A tokenizer equal to the one saved.

        Raises
        ------
        TypeError
            If `path` is not a path.
        OSError
            If there is no file, or it cannot be read.
        ValueError
            If the file is not such a tokenizer: not UTF-8, cut off, of another format,
            version or kind, or with parts that do not fit together.
        """
        where = f"{cls.__name__}.load"
        return cls.from_document(where, path, read_document(where, path))

    @classmethod
    def from_document(
        cls, where: str, path: str | os.PathLike[str], document: dict[str, Any]
    ) -> Self:
        """
        Build the tokenizer from what its file holds.

        Parameters
        ----------
        where : str
            Name of the calling function, for messages.
        path : str or path
            The file, for messages.
        document : dict
            What `read_document` returned.

        Returns
        -------
        SavedTokenizer
            The tokenizer.

        Raises
        ------
        ValueError
            If the kind is another, a part is missing, or the parts do not fit.
        """
        if document["kind"] != cls.kind:
            raise ValueError(
                f"{where}: {path} holds a tokenizer of kind {document['kind']!r}, but "
                f"{cls.kind!r} is needed. Use load_tokenizer(path), which knows them "
                f"all, or pass another path."
            )
        lists: dict[str, Any] = {part: document.get(part) for part in cls.parts}
        _check_lists(where, path, lists)
        try:
            return cls._from_lists(lists)
        except ValueError as error:
            raise ValueError(
                f"{where}: {path} does not hold what was saved. {error} Pass an "
                f"untouched copy, or train and save the tokenizer again."
            ) from error

    def _lists(self) -> dict[str, list[str]]:
        raise NotImplementedError

    @classmethod
    def _from_lists(cls, lists: dict[str, list[str]]) -> Self:
        raise NotImplementedError


def read_document(where: str, path: str | os.PathLike[str]) -> dict[str, Any]:
    """
    Read the file of any kind of tokenizer.

    Parameters
    ----------
    where : str
        Name of the calling function, for messages.
    path : str or path
        The file.

    Returns
    -------
    dict
        What it holds: format, version, kind, and the parts of that kind.

    Raises
    ------
    TypeError
        If `path` is not a path.
    OSError
        If there is no file, or it cannot be read.
    ValueError
        If it is not UTF-8, not JSON, or of another format or version.

    Examples
    --------
    >>> read_document("load_tokenizer", "no/such/file.json")
    Traceback (most recent call last):
    FileNotFoundError: load_tokenizer: no/such/file.json is not a file, but the file
    that save wrote is needed. Pass its path.
    """
    _check_path(where, path)
    if not Path(path).is_file():
        raise FileNotFoundError(
            f"{where}: {path} is not a file, but the file that save wrote is needed. "
            f"Pass its path."
        )
    document = _parse(where, path, Path(path).read_bytes())
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(
            f"{where}: {path} is JSON, but not a tokenizer: its format is not "
            f"{FORMAT!r}. Pass the path of a file that save wrote."
        )
    if document.get("version") != VERSION:
        raise ValueError(
            f"{where}: {path} is of version {document.get('version')!r}, but this "
            f"rnncore reads version {VERSION}. Pass a file of that version, or train "
            f"and save the tokenizer again."
        )
    if not isinstance(document.get("kind"), str):
        raise ValueError(
            f"{where}: {path} does not say what kind of tokenizer it holds. Pass an "
            f"untouched copy, or train and save the tokenizer again."
        )
    return document


def check_text(where: str, text: Any) -> None:
    """
    Require a string.

    Parameters
    ----------
    where : str
        Name of the calling function, for the message.
    text : str
        What the caller passed as text.

    Raises
    ------
    TypeError
        If it is anything else, such as bytes.

    Examples
    --------
    >>> check_text("CharTokenizer.train", b"abc")
    Traceback (most recent call last):
    TypeError: CharTokenizer.train: the text is a bytes, but a str is needed. Read
    files with encoding='utf-8', or decode bytes first.
    """
    if not isinstance(text, str):
        raise TypeError(
            f"{where}: the text is a {type(text).__name__}, but a str is needed. "
            f"Read files with encoding='utf-8', or decode bytes first."
        )


def _replace_file(place: Path, data: bytes) -> None:
    temporary = place.with_name(f"{place.name}.{uuid.uuid4().hex}.tmp")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # or a power cut could leave an empty file
        os.replace(temporary, place)
    finally:
        temporary.unlink(missing_ok=True)


def _parse(where: str, path: Any, data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8 (byte {error.start})"
    except (ValueError, RecursionError) as error:
        problem = f"is not complete JSON ({error})"
    raise ValueError(
        f"{where}: {path} {problem}, but the file that save wrote is needed. Pass an "
        f"untouched copy, or train and save the tokenizer again."
    )


def _check_lists(where: str, path: Any, lists: dict[str, Any]) -> None:
    for part, strings in lists.items():
        if not isinstance(strings, list) or not all(
            isinstance(string, str) for string in strings
        ):
            raise ValueError(
                f"{where}: {path} does not hold what was saved: its {part} are not a "
                f"list of strings. Pass an untouched copy, or train and save the "
                f"tokenizer again."
            )


def _check_path(where: str, path: Any) -> None:
    if not isinstance(path, str | os.PathLike):
        raise TypeError(
            f"{where}: path is a {type(path).__name__}, but a path is needed. "
            f"Pass a str or a pathlib.Path."
        )


def _check_folder(where: str, path: Any) -> Path:
    _check_path(where, path)
    place = Path(path).resolve()  # a link keeps pointing to the file
    if place.is_dir():
        raise IsADirectoryError(
            f"{where}: {path} is a folder, but a file is needed. Pass the path of a "
            f"file in it, such as {Path(path) / 'tokenizer.json'}."
        )
    if not place.parent.is_dir():
        raise FileNotFoundError(
            f"{where}: the folder of {path} does not exist, but save makes none. "
            f"Create it, or pass a path in a folder that exists."
        )
    return place
