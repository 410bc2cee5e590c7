"""The comparisons with other libraries: training, latency, memory, tokenizers.

Each function yields rows as described in `benchmarks.results`, one after the other, so
that what has been measured is on disk when a run is stopped. With ``quick`` the first,
smallest cases stand for all; that shows that everything works, not how fast it is.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.case import BLOCKS, TABLE, Case, TextCase
from benchmarks.interleave import QUICK, Child, Pace, children, compare
from benchmarks.peer import SAMPLE_LENGTH

Row = dict[str, Any]

LATENCY = tuple(Case(cell, 1, 25, 65, H) for cell in BLOCKS for H in (100, 256))
LONG = Case("lstm", 32, 4096, 65, 256)
MEGABYTES = (1, 10)


@dataclass(frozen=True)
class Options:
    """
    How to measure.

    Attributes
    ----------
    quick : bool
        Whether to stop at what shows that everything works.
    seconds_per_cell : float
        Time for each row of a comparison, all peers together.
    threads : tuple of int
        Numbers of threads to measure training steps with.
    cpu_seconds : tuple of float
        When the training run is evaluated.
    texts : tuple of Path
        Files for tokenizers and the training run; the book's chapters if there is
        none.
    students : int
        Size of the largest class that is graded.
    """

    quick: bool = False
    seconds_per_cell: float = 20.0
    threads: tuple[int, ...] = (1, 2)
    cpu_seconds: tuple[float, ...] = (60.0,)
    texts: tuple[Path, ...] = ()
    students: int = 3000

    def text(self) -> str:
        """
        Read the text.

        Returns
        -------
        str
            The files, one after the other.
        """
        # Imported here, since it brings all of rnncore into this process.
        from benchmarks.train_char_lm import CHAPTERS, read_texts

        return read_texts(list(self.texts) or sorted(CHAPTERS.glob("*.md")))

    def pace(self) -> Pace:
        """
        Say how long to measure one row.

        Returns
        -------
        Pace
            The shortest possible where `quick` is set.
        """
        return QUICK if self.quick else Pace(self.seconds_per_cell)

    def public(self) -> Row:
        """
        Return what may be published: everything but the folders of the texts.

        Returns
        -------
        dict
            The options by name.
        """
        return {**asdict(self), "texts": [path.name for path in self.texts]}


def cells(options: Options) -> Iterator[Row]:
    """
    Measure one step of training, forward, backward and Adam, of every cell.

    Parameters
    ----------
    options : Options
        How to measure.

    Yields
    ------
    dict
        One row for each cell, size and number of threads.
    """
    cases = [TABLE[0], TABLE[6], TABLE[12]] if options.quick else TABLE
    for threads in options.threads:
        with children(["rnncore", "PyTorch", "JAX", "naive"], threads) as peers:
            for case in cases:
                yield _row(peers, case, "step", threads, options)


def latency(options: Options) -> Iterator[Row]:
    """
    Measure reading without a backward pass, and sampling token by token, at N = 1.

    Parameters
    ----------
    options : Options
        How to measure.

    Yields
    ------
    dict
        One row for each cell, size and task; one thread, since there is nothing to
        share.
    """
    cases = LATENCY[::2] if options.quick else LATENCY
    with children(["rnncore", "PyTorch", "naive"], threads=1) as peers:
        for case in cases:
            yield _row(peers, case, "forward", 1, options)
            yield _row(peers, case, "sample", 1, options, per=SAMPLE_LENGTH)


def memory(options: Options) -> Iterator[Row]:
    """
    Measure one step of training over a long sequence, plain and checkpointed.

    Parameters
    ----------
    options : Options
        How to measure.

    Yields
    ------
    dict
        One row: times as in every comparison, and each peer's memory in bytes.
    """
    case = Case("lstm", 4, 64, 65, 64) if options.quick else LONG
    names = ["rnncore", "rnncore, checkpointed", "PyTorch"]
    sizes = {name: _bytes(name, case) for name in names}
    with children(names, threads=1) as peers:
        row = _row(peers, case, "step", 1, options)
    for name, size in sizes.items():
        row["peers"][name]["bytes"] = size
    yield row


def tokenizers(options: Options) -> Iterator[Row]:
    """
    Measure training and encoding of byte-level BPE.

    Parameters
    ----------
    options : Options
        How to measure. A text that is too short is repeated.

    Yields
    ------
    dict
        One row for each size of text and task; one thread.
    """
    text, vocab_size = options.text(), 512 if options.quick else 5256
    with children(["rnncore BPE", "HF tokenizers"], threads=1) as peers:
        for megabytes in (0.05,) if options.quick else MEGABYTES:
            case = TextCase(stretched(text, round(megabytes * 1e6)), vocab_size)
            for task in ("train", "encode"):
                yield _row(peers, case, task, 1, options)


def stretched(text: str, length: int) -> str:
    """
    Cut a text, or repeat it, to the length asked for.

    Parameters
    ----------
    text : str
        The text.
    length : int
        Number of characters.

    Returns
    -------
    str
        So many characters of it.

    Examples
    --------
    >>> stretched("abc", 7)
    'abcabca'
    """
    return (text * (length // len(text) + 1))[:length]


def _row(
    peers: list[Child],
    case: Case | TextCase,
    task: str,
    threads: int,
    options: Options,
    per: int = 1,
) -> Row:
    measured = compare(peers, case, task, options.pace(), per)
    return {"case": _facts(case), "task": task, "threads": threads, **measured}


def _facts(case: Case | TextCase) -> Row:
    if isinstance(case, TextCase):
        return {"characters": len(case.text), "vocab_size": case.vocab_size}
    return asdict(case)


def _bytes(name: str, case: Case) -> int:
    with children([name], threads=1) as (child,):
        return child.ask(do="memory", case=asdict(case))["bytes"]
