"""Drawings: a Matplotlib figure becomes one inline SVG element with a description.

Text and axes take the color of the text around them, so that a drawing reads on light
and on dark pages. Equal figures give equal bytes, whose ids collide with no other
drawing of a page.

This module knows no data: see `rnncore.plots` and `rnncore.graphs`.
"""

from __future__ import annotations

import hashlib
import html
import io
import re
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

# At least 3:1 against white and against the dark pages of the book and of JupyterLab.
PALETTE = ("#2f7ed8", "#c9650a", "#1f9160", "#c04fb0", "#d6455d", "#7d7f87")

# Stands for "the color of the text around"; no drawing uses it for anything else.
INK = "#010203"
WIDTH = 4.6  # inches: 10 pt text is about 10 px on a phone, 16 px on a desktop

STYLE: dict[Any, Any] = {
    "axes.edgecolor": INK,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "font.size": 10,
    "grid.alpha": 0.18,
    "grid.color": INK,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "lines.markersize": 4.5,
    "mathtext.fontset": "cm",
    "svg.fonttype": "path",
    "svg.hashsalt": "rnncore",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


@dataclass(frozen=True)
class Drawing:
    """A finished figure.

    Attributes
    ----------
    svg : str
        The ``<svg>`` element.
    alt : str
        What the figure shows, in words.
    title : str, default ""
        The caption below it.
    """

    svg: str
    alt: str
    title: str = ""

    def __repr__(self) -> str:
        return f"<figure: {self.alt}>"

    def _repr_html_(self) -> str:
        caption = html.escape(self.title)
        caption = f'<figcaption class="plot-caption">{caption}</figcaption>'
        return (
            '<figure class="plot" style="margin:0.5rem 0;">'
            f"{self.svg}{caption if self.title else ''}</figure>"
        )


def finish(figure: Figure, alt: str, title: str) -> Drawing:
    """Turn a Matplotlib figure into a drawing.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure, drawn with `STYLE`; `INK` becomes the color of the text around.
    alt : str
        What is to be seen, in words.
    title : str
        The caption, or an empty string.

    Returns
    -------
    Drawing
        The drawing.

    Raises
    ------
    TypeError
        If `alt` is not a string.
    ValueError
        If `alt` is empty.
    """
    if not isinstance(alt, str):
        raise TypeError(
            f"plots: alt is a {type(alt).__name__}, expected a sentence (str) that "
            "says what the figure shows. Write it for a reader who cannot see it."
        )
    if not alt.strip():
        raise ValueError(
            "plots: alt is empty, expected a sentence that says what the figure shows. "
            "Write it for a reader who cannot see the figure."
        )
    return Drawing(_inline_svg(_svg(figure), alt), alt, title)


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(buffer, format="svg", metadata=nothing, transparent=True, dpi=144)
    return buffer.getvalue()


def _inline_svg(document: str, alt: str) -> str:
    """Return Matplotlib's document as an element that stands in a page."""
    svg = document[document.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(?<= d=")[^"]*', _shorter, svg)
    svg = re.sub(r">\s+<", "><", svg).replace(INK, "currentColor")
    opening, body = _with_own_ids(svg).split(">", 1)
    (box, width), *_ = re.findall(r'viewBox="(0 0 ([\d.]+) [\d.]+)"', opening)
    largest = 38 * float(width) / (72 * WIDTH)  # rem; 72 points are an inch
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" '
        'xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{box}" role="img" aria-label="{html.escape(alt)}" '
        f'style="width:100%;max-width:{largest:.1f}rem;height:auto;display:block;">'
        f"{body.strip()}"
    )


def _with_own_ids(svg: str) -> str:
    """Drop the ids that nothing refers to, and make the others unlike any other's."""
    prefix = "p" + hashlib.sha256(svg.encode()).hexdigest()[:8] + "-"
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', svg))

    def own(match: re.Match[str]) -> str:
        return f' id="{prefix}{match[1]}"' if match[1] in used else ""

    svg = re.sub(r' id="([^"]*)"', own, svg)
    return re.sub(r'(href="|url\()#', rf"\g<1>#{prefix}", svg)


def _shorter(path: re.Match[str]) -> str:
    """Round coordinates to a hundredth of a point."""
    return re.sub(r"-?\d+\.\d+", lambda m: f"{float(m[0]):.2f}", path[0].strip())
