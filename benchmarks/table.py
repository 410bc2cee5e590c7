"""Write results as Markdown.

    python -m benchmarks.table [--results JSON] [--part PART ...]

Every number comes from the file. Ratios are to rnncore: 2.00 means that the other
library takes twice as long. They are medians over the rounds, with the quartiles in
brackets; a last line has the geometric mean of each column.
"""

import argparse
import math
import statistics
from pathlib import Path
from typing import Any

from benchmarks.grading_table import grading
from benchmarks.markdown import duration, grid, ratio
from benchmarks.results import PARTS, read

RESULTS = Path(__file__).parent.parent / "_build" / "bench" / "results.json"

Row = dict[str, Any]


def document(parts: dict[str, Any]) -> str:
    """
    Write all parts.

    Parameters
    ----------
    parts : dict
        What `benchmarks.results.read` returned.

    Returns
    -------
    str
        Markdown: a heading, the machine, and the tables of each part.
    """
    sections = []
    for name in PARTS:
        if name in parts:
            part = parts[name]
            lines = [f"## {TITLES[name]}", "", machine(part), "", *WRITERS[name](part)]
            sections.append("\n".join(lines))
    return "\n\n".join(sections) + "\n"


def machine(part: Row) -> str:
    """
    Describe the machine in one sentence.

    Parameters
    ----------
    part : dict
        One part of the results.

    Returns
    -------
    str
        Processor, cores, versions, and whether the run was a quick one.
    """
    facts = dict(part["machine"])
    start = f"{facts.pop('cpu')}, {facts.pop('cores')} cores, {facts.pop('system')}"
    rest = ", ".join(f"{name} {value}" for name, value in facts.items())
    quick = " A quick run: it shows that all works, not how fast."
    return f"{start}; {rest}.{quick if part['options'].get('quick') else ''}"


def comparison(part: Row) -> list[str]:
    """
    Write one table for each number of threads.

    Parameters
    ----------
    part : dict
        A part whose rows compare peers.

    Returns
    -------
    list of str
        Lines of Markdown. CPU time for one thread, which neighbors disturb least; wall
        time for more, since that is what threads are for.
    """
    lines = []
    for threads in sorted({row["threads"] for row in part["rows"]}):
        rows = [row for row in part["rows"] if row["threads"] == threads]
        clock = "cpu" if threads == 1 else "wall"
        count = "one thread, CPU time" if threads == 1 else f"{threads} threads, time"
        lines += [f"With {count}:", "", *_comparison(rows, clock), ""]
    return lines[:-1]


def geometric_mean(values: list[float]) -> float:
    """
    Average ratios.

    Parameters
    ----------
    values : list of float
        The ratios.

    Returns
    -------
    float
        Their geometric mean.

    Examples
    --------
    >>> round(geometric_mean([0.5, 2.0]), 6)
    1.0
    """
    return math.exp(statistics.fmean(map(math.log, values)))


def _comparison(rows: list[Row], clock: str) -> list[str]:
    first, *others = rows[0]["peers"]
    table = [
        [
            row["task"],
            *_case(row["case"]),
            duration(row["peers"][first][clock]["median"]),
            *(ratio(row["peers"][name]["ratio"][clock]) for name in others),
        ]
        for row in rows
    ]
    means = [
        geometric_mean([r["peers"][name]["ratio"][clock]["median"] for r in rows])
        for name in others
    ]
    last = ["geometric mean", "", "", "", *(f"{mean:.2f}" for mean in means)]
    network = "cell" in rows[0]["case"]
    heads = ["cell", "(N, T, V, H)"] if network else ["characters", "vocabulary"]
    return grid(["task", *heads, first, *others], [*table, last])


def _memory(part: Row) -> list[str]:
    lines = comparison(part)
    for row in part["rows"]:
        peers = row["peers"]
        first = next(iter(peers.values()))["bytes"]
        body = [
            [name, f"{peer['bytes'] / 1e6:.0f} MB", f"{peer['bytes'] / first:.3f}"]
            for name, peer in peers.items()
        ]
        lines += ["", *grid(["peer", "memory of a step", "ratio"], body)]
    return lines


def _scaling(part: Row) -> list[str]:
    body = [
        [
            row["cell"],
            row["axis"],
            f"{row['sizes'][0]} to {row['sizes'][-1]}",
            f"{row['slope']:.2f}",
        ]
        for row in part["rows"]
    ]
    return grid(["cell", "axis", "sizes", "slope"], body)


def _training(part: Row) -> list[str]:
    body = [
        [
            f"{row['cpu_seconds']:.0f} s",
            row["rate"],
            f"{row['steps']:,}",
            f"{row['nats']:.3f}",
        ]
        for row in part["rows"]
    ]
    header = ["CPU time", "learning rate", "steps", "nats per character, held out"]
    return grid(header, body)


def _case(case: Row) -> list[str]:
    if "cell" not in case:
        return [f"{case['characters']:,}", f"{case['vocab_size']:,}"]
    sizes = ", ".join(f"{case[name]:,}" for name in "NTVH")
    return [case["cell"], f"({sizes})"]


TITLES = {
    "cells": "A step of training: forward, backward, Adam",
    "latency": "One sequence: reading, and sampling a token",
    "memory": "A long sequence",
    "tokenizers": "Byte-level BPE",
    "scaling": "How cost grows",
    "training": "A training run against the clock",
    "grading": "Grading a class",
}
WRITERS = {
    "cells": comparison,
    "latency": comparison,
    "memory": _memory,
    "tokenizers": comparison,
    "scaling": _scaling,
    "training": _training,
    "grading": grading,
}


def main(arguments: list[str] | None = None) -> None:
    """
    Print the tables.

    Parameters
    ----------
    arguments : list of str, optional
        Command-line arguments, those of the process by default.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.table")
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="JSON")
    parser.add_argument("--part", nargs="+", choices=PARTS, default=PARTS)
    options = parser.parse_args(arguments)
    parts = read(options.results)
    print(document({name: parts[name] for name in options.part if name in parts}))


if __name__ == "__main__":
    main()
