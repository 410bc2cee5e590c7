"""Computation graphs of recurrent networks, folded and unfolded over time.

This module draws the networks that it is told to draw; it reads no parameters. Chapters
call it as part of `rnncore.plots`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch
from numpy.typing import NDArray

from rnncore.drawing import INK, PALETTE, STYLE, WIDTH, Drawing, finish
from rnncore.kinds import check_counts

_MARGIN = 0.3  # of a graph, in steps
_MIDDLE = _MARGIN + 1  # the row of the states
_LARGEST = 0.85  # inches a step: a graph of few steps is no larger than others


def unrolled_graph(
    T: int,
    *,
    alt: str,
    title: str = "",
    outputs: bool = True,
    losses: bool = False,
    folded: bool = True,
    gradients: bool = False,
) -> Drawing:
    """Draw the computation graph of a recurrent network.

    Parameters
    ----------
    T : int
        The number of steps, 1 to 6.
    alt : str
        What is to be seen, in words.
    title : str, default ""
        The caption.
    outputs : bool, default True
        Whether each step has an output ``y``.
    losses : bool, default False
        Whether each output has a loss ``L``; needs `outputs`.
    folded : bool, default True
        Whether the folded graph, with its loop, stands on the left.
    gradients : bool, default False
        Whether dashed arrows show how gradients flow back.

    Returns
    -------
    Drawing
        The figure.

    Raises
    ------
    TypeError
        If `T` is not an integer, or `alt` not a string.
    ValueError
        If `T` is out of range, if losses have no outputs, or without `alt`.

    Examples
    --------
    >>> unrolled_graph(3, alt="Three steps of a recurrent network.")
    <figure: Three steps of a recurrent network.>
    """
    _check_graph(T, outputs, losses)
    names = ["x", "h"] + ["y"] * outputs + ["L"] * losses
    left = 2.1 if folded else 0.0
    with mpl.rc_context(STYLE):
        graph = _Graph(left + T + 0.8, len(names) - 1 + 2 * _MARGIN, gradients)
        if folded:
            graph.fold(names)
        graph.unfold(names, T, left)
        return finish(graph.figure, alt, title)


def _check_graph(T: int, outputs: bool, losses: bool) -> None:
    check_counts("unrolled_graph", T=T)
    if T > 6:
        raise ValueError(
            f"unrolled_graph: T is {T}, expected 1 to 6, so that letters stay legible. "
            "Draw the first steps only."
        )
    if losses and not outputs:
        raise ValueError(
            "unrolled_graph: losses=True with outputs=False, but a loss is computed "
            "from an output. Pass outputs=True."
        )


class _Graph:
    """Nodes and arrows on a unit grid; a column is a step."""

    _weights: ClassVar = {"x": "W_{xh}", "h": "W_{hy}"}
    _colors: ClassVar = {"h": PALETTE[0], "L": PALETTE[4]}

    def __init__(self, width: float, height: float, gradients: bool) -> None:
        scale = min(_LARGEST, WIDTH / width)
        self.figure = Figure(figsize=(scale * width, scale * height))
        self._axes = self.figure.add_axes((0, 0, 1, 1))
        self._axes.set(xlim=(0, width), ylim=(0, height), aspect="equal")
        self._axes.axis("off")
        self._aside = 0.07 if gradients else 0.0  # two arrows share an edge
        self._font = 14 * scale  # letters fit their circles

    def fold(self, names: list[str]) -> None:
        self._column(names, 0.6, "t")
        ends = np.array(((0.71, _MIDDLE + 0.28), (0.71, _MIDDLE - 0.28)))
        self._arrow(*ends, connectionstyle="arc3,rad=-2.2")
        self._text(1.38, _MIDDLE, "W_{hh}", ha="left")
        self._text(2.0, _MIDDLE, r"\Rightarrow", size=1.3)

    def unfold(self, names: list[str], steps: int, left: float) -> None:
        self._node(left + 0.4, _MIDDLE, "h_0", INK)
        for t in range(1, steps + 1):
            x = left + 0.4 + t
            self._edge((x - 1, _MIDDLE), (x, _MIDDLE), "W_{hh}")
            self._column(names, x, str(t))

    def _column(self, names: list[str], x: float, step: str) -> None:
        for row, name in enumerate(names):
            y = _MARGIN + row
            if row:
                self._edge((x, y - 1), (x, y), self._weights.get(names[row - 1], ""))
            self._node(x, y, f"{name}_{step}", self._colors.get(name, INK))

    def _node(self, x: float, y: float, label: str, color: str) -> None:
        self._axes.add_patch(Circle((x, y), 0.25, ec=color, fc="none", lw=1.3))
        self._text(x, y - 0.01, label)

    def _edge(
        self, start: tuple[float, float], end: tuple[float, float], weight: str
    ) -> None:
        way = np.subtract(end, start)
        left_of = np.array((-way[1], way[0]))
        near, far = start + 0.26 * way, end - 0.26 * way  # circles stay free
        shift = self._aside * left_of
        self._arrow(near + shift, far + shift)
        if self._aside:
            dashed = {"color": PALETTE[1], "linestyle": (0, (2.5, 1.2))}
            self._arrow(far - shift, near - shift, **dashed)
        if weight:
            x, y = start + way / 2 + shift + 0.07 * left_of
            place = {"ha": "right"} if way[1] else {"va": "bottom"}
            self._text(x, y, weight, size=0.72, **place)

    def _arrow(self, start: NDArray, end: NDArray, **style: Any) -> None:
        style = {"color": INK, "mutation_scale": 8, **style}
        arrow = FancyArrowPatch(
            tuple(start), tuple(end), arrowstyle="-|>", shrinkA=0, shrinkB=0, **style
        )
        self._axes.add_patch(arrow)

    def _text(
        self, x: float, y: float, tex: str, size: float = 1, **place: Any
    ) -> None:
        place = {"ha": "center", "va": "center_baseline", **place}
        self._axes.text(x, y, f"${tex}$", fontsize=self._font * size, **place)
