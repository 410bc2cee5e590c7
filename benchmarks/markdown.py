"""Pieces of Markdown: tables, and numbers as people read them."""

from typing import Any

Row = dict[str, Any]


def grid(heads: list[str], body: list[list[str]]) -> list[str]:
    """Write a table.

    Parameters
    ----------
    heads : list of str
        Its first line.
    body : list of list of str
        The other lines.

    Returns
    -------
    list of str
        Lines of Markdown.

    Examples
    --------
    >>> grid(["a", "b"], [["1", "2"]])
    ['| a | b |', '| --- | --- |', '| 1 | 2 |']
    """
    lines = [heads, ["---"] * len(heads), *body]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def duration(seconds: float) -> str:
    """Write a time with three digits.

    Parameters
    ----------
    seconds : float
        The time.

    Returns
    -------
    str
        In seconds, milliseconds or microseconds.

    Examples
    --------
    >>> duration(0.01234)
    '12.3 ms'
    """
    for unit, factor in (("s", 1), ("ms", 1e3)):
        if abs(seconds) * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def ratio(spread: Row) -> str:
    """Write a median with its quartiles.

    Parameters
    ----------
    spread : dict
        As `benchmarks.interleave.spread` returns it.

    Returns
    -------
    str
        The quartiles are in brackets.

    Examples
    --------
    >>> ratio({"median": 2.0, "lower": 1.5, "upper": 2.5})
    '2.00 (1.50-2.50)'
    """
    return f"{spread['median']:.2f} ({spread['lower']:.2f}-{spread['upper']:.2f})"
