"""Measure rnncore against its peers, and grading against stock nbgrader.

    python -m benchmarks [PART ...] [--quick] [--seconds-per-cell 20]
        [--threads 1 2] [--text FILE ...] [--cpu-seconds 60 120] [--students 3000]
        [--out DIRECTORY]

PART is one of cells, latency, memory, tokenizers, scaling, training, grading; all of
them by default. Results go to ``results.json``, row by row, to ``results.md``, and the
figures of scaling and grading to ``scaling.svg`` and ``grading.svg``, in
``_build/bench`` unless told otherwise. Parts that are not run keep the results that
they have.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# One thread for what runs in this process; children have settings of their own. It is
# measured like them, with all that the processor has (`benchmarks.interleave`). Both
# must be set before NumPy is imported, and only where this is the command.
if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.pop("OPENBLAS_CORETYPE", None)
    os.environ.pop("OPENBLAS_L2_SIZE", None)

from benchmarks import comparisons, grading_table, results, scaling, table
from benchmarks.machine import describe


def training(options: comparisons.Options) -> Iterator[dict[str, Any]]:
    """
    Run the training against the clock.

    Parameters
    ----------
    options : Options
        How to measure.

    Yields
    ------
    dict
        Rows of `benchmarks.training`, which is imported only when it is needed.
    """
    from benchmarks.training import training as rows

    yield from rows(options)


def grading(options: comparisons.Options) -> Iterator[dict[str, Any]]:
    """
    Grade classes.

    Parameters
    ----------
    options : Options
        How to measure.

    Yields
    ------
    dict
        Rows of `benchmarks.grading`, which is imported only when it is needed.
    """
    from benchmarks.grading import grading as rows

    yield from rows(options)


RUNS: dict[str, Callable[[comparisons.Options], Iterator[dict[str, Any]]]] = {
    "cells": comparisons.cells,
    "latency": comparisons.latency,
    "memory": comparisons.memory,
    "tokenizers": comparisons.tokenizers,
    "scaling": scaling.scaling,
    "training": training,
    "grading": grading,
}
PLOTS = {"scaling": scaling.plot, "grading": grading_table.plot}


def main(arguments: list[str] | None = None) -> int:
    """
    Run the benchmarks as a command.

    Parameters
    ----------
    arguments : list of str, optional
        Command-line arguments, those of the process by default.

    Returns
    -------
    int
        Exit code: 0, or 2 if something cannot be measured.
    """
    given = _parser().parse_args(arguments)
    options = comparisons.Options(
        quick=given.quick,
        seconds_per_cell=given.seconds_per_cell,
        threads=tuple(given.threads),
        cpu_seconds=tuple(given.cpu_seconds),
        texts=tuple(given.text),
        students=given.students,
    )
    try:
        for part in _known(given.parts) or results.PARTS:
            run(part, options, given.out)
    except (OSError, RuntimeError, ValueError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    return 0


def run(part: str, options: comparisons.Options, out: Path) -> None:
    """
    Run one part and write what it yields.

    Parameters
    ----------
    part : str
        Its name.
    options : Options
        How to measure.
    out : Path
        The folder of the results.
    """
    path, rows = out / "results.json", []
    for row in RUNS[part](options):
        rows.append(row)
        results.write_part(path, part, describe(), options.public(), rows)
        print(f"{part}: row {len(rows)} of {path.name}", flush=True)
    if part in PLOTS:
        PLOTS[part](rows, out / f"{part}.svg")
    markdown = table.document(results.read(path))
    (out / "results.md").write_text(markdown, encoding="utf-8")
    print(table.document({part: results.read(path)[part]}), flush=True)


def _known(parts: list[str]) -> list[str]:
    for part in parts:
        if part not in results.PARTS:
            raise ValueError(
                f"{part!r} is no part of the benchmarks, but one of "
                f"{', '.join(results.PARTS)} is expected. Pass none to run all."
            )
    return parts


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.split("\n")[0]
    )
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=", ".join(results.PARTS)
    )
    parser.add_argument("--quick", action="store_true", help="the smallest cases only")
    parser.add_argument("--seconds-per-cell", type=float, default=20.0)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--text", type=Path, nargs="+", default=[], metavar="FILE")
    parser.add_argument("--cpu-seconds", type=float, nargs="+", default=[60.0])
    parser.add_argument("--students", type=int, default=3000)
    parser.add_argument(
        "--out", type=Path, default=table.RESULTS.parent, metavar="DIRECTORY"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
