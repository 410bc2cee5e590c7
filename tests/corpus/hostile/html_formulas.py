"""Run code through a formula: MathJax and KaTeX know links, styles, pictures and
packages.
"""

from pathlib import Path

from nbformat.v4 import new_markdown_cell

from tests.corpus.kit import Kit

PIECES = [
    r"$\href{javascript:alert(1)}{x}$",
    r"$\require{html}\style{position:fixed}{x}$",
    r"$$\unicode{x3c}script\unicode{x3e}$$",
    r"$\includegraphics{https://example.org/x.png}$",
    r"$\htmlData{x=y}{z} \cssId{x}{y} \class{x}{y}$",
    r"$\def\x{\x\x}\x$",
    r"\begin{equation}<img src=x onerror=alert(1)>\end{equation}",
]

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    notebook.cells += [new_markdown_cell(piece) for piece in PIECES]
    kit.write(notebook)
