"""The figures of the chapters: data in, inline SVG with a description out.

Every function takes arrays that the chapter has computed and returns a `Drawing`,
which Jupyter and the book show as one SVG. Text and axes take the color of the text
around them, so a figure reads on light and on dark pages; lines differ by dash and
marker as well as by color; the description (``alt``) is required, because a figure
without one does not exist for a reader who listens. Equal input gives equal bytes.

This module computes nothing about networks. With the two that it builds on, `drawing`
and `graphs`, it is the only one that needs Matplotlib.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from rnncore.drawing import PALETTE, STYLE, WIDTH, Drawing, finish
from rnncore.graphs import unrolled_graph
from rnncore.kinds import check_choice, check_numbers

__all__ = ["Drawing", "heatmap", "lines", "unrolled_graph"]

_DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)), (0, (9, 3)))
_MARKERS = ("o", "s", "^", "D", "v", "P")
_FRAMED: dict[Any, Any] = {
    "axes.grid": False,
    "axes.spines.top": True,
    "axes.spines.right": True,
}


def lines(
    x: ArrayLike,
    series: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    alt: str,
    title: str = "",
    log: str = "",
) -> Drawing:
    """Draw one line for each series over common abscissae.

    Parameters
    ----------
    x : array_like, shape (K,)
        The abscissae.
    series : mapping of str to array_like, shape (K,)
        The ordinates by the name that the legend shows. NaN leaves a gap.
    xlabel, ylabel : str
        What the axes show, with units; ``$…$`` is mathematics.
    alt : str
        What is to be seen, in words.
    title : str, default ""
        The caption.
    log : {"", "x", "y", "xy"}, default ""
        The logarithmic axes.

    Returns
    -------
    Drawing
        The figure.

    Raises
    ------
    TypeError
        If an argument is not of the kind needed.
    ValueError
        If a series has another shape than `x`, if there is none, or without `alt`.

    Examples
    --------
    >>> lines([1, 2, 3], {"square": [1, 4, 9]}, xlabel="n", ylabel="n²",
    ...       alt="The squares of one to three.")
    <figure: The squares of one to three.>
    """
    abscissae = _real("lines", "x", x)
    if not isinstance(series, Mapping):
        raise TypeError(
            f"lines: series is a {type(series).__name__}, expected a mapping of names "
            'to values. Pass for example {"loss": losses}.'
        )
    named = {name: _real("lines", repr(name), y) for name, y in series.items()}
    _check_series(abscissae, named, log)
    with mpl.rc_context(STYLE):
        figure, axes = _canvas(0.62, xlabel=xlabel, ylabel=ylabel)
        _draw_lines(axes, abscissae, named)
        axes.set_xscale("log" if "x" in log else "linear")
        axes.set_yscale("log" if "y" in log else "linear")
        if len(named) > 1:
            figure.legend(loc="outside upper left", ncols=2, handlelength=3.2)
        return finish(figure, alt, title)


def heatmap(
    values: ArrayLike,
    *,
    xlabel: str,
    ylabel: str,
    alt: str,
    title: str = "",
    label: str = "",
    log: bool = False,
    first: int = 1,
) -> Drawing:
    """Draw a matrix as colored cells, row 0 at the top.

    Parameters
    ----------
    values : array_like, shape (R, C)
        The matrix. NaN, and with `log` everything that is not positive, stays blank.
    xlabel, ylabel : str
        What columns and rows count; ``$…$`` is mathematics.
    alt : str
        What is to be seen, in words.
    title : str, default ""
        The caption.
    label : str, default ""
        What the colors show, with units.
    log : bool, default False
        Whether colors follow the logarithm.
    first : int, default 1
        The number of the first row and of the first column.

    Returns
    -------
    Drawing
        The figure.

    Raises
    ------
    TypeError
        If an argument is not of the kind needed.
    ValueError
        If `values` is not a matrix with something to show, or without `alt`.

    Examples
    --------
    >>> heatmap([[1.0, 0.5], [0.25, 1.0]], xlabel="k", ylabel="t", alt="Two by two.")
    <figure: Two by two.>
    """
    matrix = _visible(_real("heatmap", "values", values), log)
    check_numbers("heatmap", first=first)
    rows, columns = matrix.shape
    scale = LogNorm if log else Normalize
    edge = first - 0.5
    with mpl.rc_context({**STYLE, **_FRAMED}):
        height = min(0.72, 0.25 + 0.5 * rows / columns)
        figure, axes = _canvas(height, xlabel=xlabel, ylabel=ylabel)
        image = axes.imshow(
            matrix,
            cmap="cividis",
            norm=scale(np.nanmin(matrix), np.nanmax(matrix)),
            interpolation="none",
            extent=(edge, edge + columns, edge + rows, edge),
            aspect="equal" if rows == columns else "auto",
        )
        axes.locator_params(integer=True)
        bar = figure.colorbar(image, ax=axes, label=label)
        bar.outline.set_visible(False)
        if bar.solids is not None:
            bar.solids.set_rasterized(True)  # 256 rectangles would be most of the file
        return finish(figure, alt, title)


def _draw_lines(axes: Axes, x: NDArray, series: Mapping[str, NDArray]) -> None:
    every = max(1, len(x) // 10)
    styles = zip(cycle(PALETTE), cycle(_DASHES), cycle(_MARKERS), strict=False)
    for (name, y), (color, dash, marker) in zip(series.items(), styles, strict=False):
        style: dict[str, Any] = {"color": color, "linestyle": dash, "marker": marker}
        axes.plot(x, y, markevery=every, label=name, **style)


def _check_series(x: NDArray, series: Mapping[str, NDArray], log: str) -> None:
    if not series:
        raise ValueError(
            "lines: series is empty, expected at least one name with its values. "
            'Pass for example {"loss": losses}.'
        )
    check_choice("lines", ("", "x", "y", "xy"), log=log)
    for name, y in series.items():
        if x.ndim != 1 or y.shape != x.shape:
            raise ValueError(
                f"lines: {name!r} has shape {y.shape} over x of shape {x.shape}, "
                "expected one value for each x. Pass both with shape (K,)."
            )


def _visible(matrix: NDArray, log: bool) -> NDArray:
    if matrix.ndim != 2:
        raise ValueError(
            f"heatmap: values has shape {matrix.shape}, expected a matrix (R, C). "
            "Choose two axes, for example values[:, 0, :]."
        )
    blank = ~np.isfinite(matrix) | ((matrix <= 0) if log else False)
    if blank.all():
        raise ValueError(
            "heatmap: values has nothing to show: no entry is finite"
            f"{' and positive' if log else ''}. Look at what computed it."
        )
    return np.where(blank, np.nan, matrix)


def _real(where: str, name: str, values: ArrayLike) -> NDArray:
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"{where}: {name} has dtype {array.dtype}, expected real numbers. "
            "Pass an array of floats."
        )
    return array.astype(float)


def _canvas(ratio: float, **labels: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, WIDTH * ratio), layout="constrained")
    return figure, figure.subplots(subplot_kw=labels)
