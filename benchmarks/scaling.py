"""How the cost of a training step grows with T, N and H.

One size is varied, the others stay. On axes of logarithms a power law is a straight
line, and its slope the exponent: 1 in T and N, on the way to 2 in H, where the products
with H² weights take over from what is linear in H. The slope is fitted over the three
largest sizes, since at small ones the interpreter's share, which does not grow, bends
the line.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.case import BLOCKS, Case
from benchmarks.comparisons import Options
from benchmarks.interleave import children, compare

Row = dict[str, Any]

BASE = {"N": 32, "T": 64, "V": 65, "H": 128}
SIZES = {
    "T": (16, 32, 64, 128, 256, 512),
    "N": (4, 8, 16, 32, 64, 128, 256),
    "H": (32, 64, 128, 256, 512, 1024),
}
QUICK_BASE = {"N": 4, "T": 8, "V": 17, "H": 16}
QUICK_SIZES = {"T": (8, 16, 32), "N": (4, 8, 16), "H": (16, 32, 64)}
FITTED = 3


def scaling(options: Options, peer: str = "rnncore") -> Iterator[Row]:
    """
    Measure a step of training at growing sizes.

    Parameters
    ----------
    options : Options
        How to measure; each size takes a tenth of a row's time.
    peer : str, optional
        Whose cost.

    Yields
    ------
    dict
        One row for each cell and axis.
    """
    pace = replace(options.pace(), seconds=options.pace().seconds / 10)
    base = QUICK_BASE if options.quick else BASE
    with children([peer], threads=1) as peers:
        for cell in BLOCKS:
            for axis, sizes in (QUICK_SIZES if options.quick else SIZES).items():
                cases = [replace(Case(cell, **base), **{axis: n}) for n in sizes]
                cpu = [
                    compare(peers, case, "step", pace)["peers"][peer]["cpu"]
                    for case in cases
                ]
                yield {
                    "cell": cell,
                    "axis": axis,
                    "sizes": list(sizes),
                    "fixed": {name: n for name, n in base.items() if name != axis},
                    "cpu": cpu,
                    "slope": slope(sizes, [point["median"] for point in cpu]),
                }


def slope(sizes: Any, seconds: Any) -> float:
    """
    Fit the exponent of a power law to the largest sizes.

    Parameters
    ----------
    sizes, seconds : sequence of float
        Sizes in rising order, and the time at each.

    Returns
    -------
    float
        The slope of log seconds against log size over the last three.

    Examples
    --------
    >>> round(slope([1, 10, 20, 40], [9.0, 1.0, 4.0, 16.0]), 6)
    2.0
    """
    largest = np.log([sizes[-FITTED:], seconds[-FITTED:]])
    return float(np.polyfit(largest[0], largest[1], 1)[0])


def plot(rows: list[Row], path: Path) -> None:
    """
    Draw time against size, one panel for each axis, one line for each cell.

    Parameters
    ----------
    rows : list of dict
        What `scaling` yielded.
    path : Path
        Where the figure goes; the suffix says in which format.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.6), layout="constrained")
    panels = figure.subplots(1, 3, sharey=True)
    for panel, axis in zip(panels, SIZES, strict=True):
        for row in (row for row in rows if row["axis"] == axis):
            label = f"{row['cell']}, slope {row['slope']:.2f}"
            times = [point["median"] * 1e3 for point in row["cpu"]]
            panel.loglog(row["sizes"], times, "o-", label=label)
        panel.set_xlabel(axis)
        panel.legend()
    panels[0].set_ylabel("CPU time of a step, ms")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
