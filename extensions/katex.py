r"""Mathematics, typeset by KaTeX while the book is built.

A reader's browser gets finished HTML (for the eye) and MathML (for a screen reader), a
style sheet and fonts, and runs no script for a formula. One node process typesets every
formula of a build; a formula that was typeset before is taken from a cache beside the
doctrees, and no process starts when none is new. A TeX error is a Sphinx warning that
names file and line.

Macros are the Sphinx setting ``katex_macros``. Equations are numbered as Sphinx does.
The work is done by `extensions.typesetter`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from extensions.typesetter import PACKAGE, TexError, Typesetter

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

STYLE = "katex/katex.min.css"


def only_woff2(css: str) -> str:
    """Return KaTeX's style sheet without the older font formats.

    Parameters
    ----------
    css : str
        The style sheet of the package.

    Returns
    -------
    str
        The same with every ``src`` reduced to its woff2 file.
    """
    return re.sub(r',url\([^)]*\) format\("(?:woff|truetype)"\)', "", css)


def block_tex(text: str) -> str:
    """Return the TeX of a block as one formula.

    Line breaks outside of an environment stand for aligned lines, as they do in
    Sphinx's other renderers.

    Parameters
    ----------
    text : str
        The block.

    Returns
    -------
    str
        One formula for KaTeX's display mode.
    """
    if r"\\" in text and r"\begin{" not in text:
        return rf"\begin{{aligned}}{text}\end{{aligned}}"
    return text


def source_line(text: str, source: str, start: int, position: int) -> int:
    """Return the line of a source file that holds a place within a formula.

    The parser knows the line of the paragraph only; here the formula is looked up.

    Parameters
    ----------
    text : str
        The formula as written.
    source : str
        The text of the source file.
    start : int
        The line of the block that holds the formula, counted from one.
    position : int
        The place within the formula.

    Returns
    -------
    int
        The line, counted from one; `start` where the formula is not found.
    """
    lines = source.splitlines(keepends=True)
    offset = sum(map(len, lines[: start - 1]))
    found = source.find(text.strip(), offset)
    if found < 0:
        return start
    return source.count("\n", 0, found + position) + 1


def _report(self: HTML5Translator, node: nodes.Element, error: TexError) -> None:
    document = self.builder.env.doc2path(self.builder.current_docname)
    block: nodes.Node | None = node
    while block is not None and block.line is None:
        block = block.parent
    start = block.line if block is not None and block.line else 1
    text = node.astext()
    line = source_line(text, Path(document).read_text("utf-8"), start, error.position)
    logger.warning(
        "TeX: %s in %r", error, text, location=f"{document}:{line}", type="katex"
    )


def _typeset(self: HTML5Translator, node: nodes.Element, display: bool) -> str:
    typesetter: Typesetter = self.builder.app.katex  # type: ignore[attr-defined]
    text = node.astext()
    try:
        return typesetter.html(block_tex(text) if display else text, display)
    except TexError as error:
        _report(self, node, error)
        return f"<code>{self.encode(text)}</code>"


def _visit_math(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate"))
    self.body.append(_typeset(self, node, display=False) + "</span>")
    raise nodes.SkipNode


def _visit_math_block(self: HTML5Translator, node: nodes.math_block) -> None:
    self.body.append(self.starttag(node, "div", "", CLASS="math notranslate"))
    html = _typeset(self, node, display=True)
    self.body.append(f'<div class="math-scroll">{html}</div>')
    if node["number"]:
        number = get_node_equation_number(self, node)
        self.body.append(f'<span class="eqno">({number})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def _start(app: Sphinx) -> None:
    cache = Path(app.doctreedir) / "katex.json"
    app.katex = Typesetter(cache, app.config.katex_macros)  # type: ignore[attr-defined]
    if app.builder.format == "html":
        _copy_style(Path(app.outdir) / "_static" / Path(STYLE).parent)


def _copy_style(target: Path) -> None:
    (target / "fonts").mkdir(parents=True, exist_ok=True)
    css = (PACKAGE / "dist" / "katex.min.css").read_text("utf-8")
    (target / "katex.min.css").write_text(only_woff2(css), "utf-8")
    for font in (PACKAGE / "dist" / "fonts").glob("*.woff2"):
        (target / "fonts" / font.name).write_bytes(font.read_bytes())


def _add_style(app: Sphinx, page: str, *_: object) -> None:
    if app.env.get_domain("math").data["has_equations"].get(page):
        app.add_css_file(STYLE)


def _finish(app: Sphinx, _: Exception | None) -> None:
    app.katex.close()  # type: ignore[attr-defined]


def setup(app: Sphinx) -> dict[str, Any]:  # numpydoc ignore=PR01,RT01
    """Register the renderer with Sphinx."""
    app.add_config_value("katex_macros", {}, "html", types=frozenset((dict,)))
    app.add_html_math_renderer("katex", (_visit_math, None), (_visit_math_block, None))
    app.connect("builder-inited", _start)
    app.connect("html-page-context", _add_style)
    app.connect("build-finished", _finish)
    # Pages are written by one process: they share the node process and the cache.
    return {"parallel_read_safe": True, "parallel_write_safe": False}
