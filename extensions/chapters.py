"""Chapters: their numbers, and when they are run again.

A chapter's number is the number in its file name: ``05_bptt.md`` is chapter 5 and its
equations are (5.1), (5.2), … wherever they are referred to. Other chapters do not move
when one is added.

The cache of executed chapters looks at their cells only, so it is kept apart for every
state of `rnncore`: an edit of the package runs the chapters again. An edit of an
extension, a style sheet or a template draws every page again, and runs none.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

ROOT = Path(__file__).resolve().parent.parent


def chapter_number(docname: str) -> int | None:
    """Return the number of a chapter.

    Parameters
    ----------
    docname : str
        The document, without suffix.

    Returns
    -------
    int or None
        The number that its file name starts with; none for other pages.

    Examples
    --------
    >>> chapter_number("chapters/05_bptt")
    5
    >>> chapter_number("index") is None
    True
    """
    match = re.match(r"(\d+)_", docname.rpartition("/")[2])
    return int(match[1]) if match else None


def _number(app: Sphinx, document: nodes.document) -> None:
    docname = app.env.docname
    number = chapter_number(docname)
    if number is None:
        return
    title = next(document.findall(nodes.title), None)
    if title is not None:
        title.insert(0, nodes.Text(f"{number}. "))
    equations = app.env.get_domain("math").data["objects"]
    for block in document.findall(nodes.math_block):
        if block["number"]:
            block["number"] = f"{number}.{block['number']}"
            equations[block["label"]] = (docname, block["number"])


def sources_digest(files: Iterable[Path]) -> str:
    """Return a short digest of the names and contents of files.

    Parameters
    ----------
    files : iterable of Path
        The files, in any order; directories and compiled files are passed over.

    Returns
    -------
    str
        Sixteen hexadecimal digits.
    """
    digest = hashlib.sha256()
    for path in sorted(files):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.name.encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _choose_caches(app: Sphinx, config: Config) -> None:
    caches = Path(app.outdir).parent / ".execution"
    cache = caches / sources_digest((ROOT / "rnncore").rglob("*"))
    for old in caches.glob("*"):
        if old != cache:
            shutil.rmtree(old)
    config.nb_execution_cache_path = str(cache)
    drawn_by = [*(ROOT / "extensions").rglob("*"), ROOT / "rnngrade" / "source.py"]
    config.drawn_by = sources_digest(drawn_by)


def setup(app: Sphinx) -> dict[str, Any]:  # numpydoc ignore=PR01,RT01
    """Register the numbering and the choice of caches with Sphinx."""
    # Sphinx draws every page again when this changes.
    app.add_config_value("drawn_by", "", "env", types=frozenset((str,)))
    app.connect("config-inited", _choose_caches)
    # Before the collectors of titles and tables of contents, which have priority 500.
    app.connect("doctree-read", _number, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
