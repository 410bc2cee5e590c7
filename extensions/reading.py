"""What a reader's browser gets beyond the theme, and what it does not get.

One style sheet, one small script, and three templates in place of the theme's: no
request leaves the folder of the book, also when it is read from ``file://``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

HERE = Path(__file__).resolve().parent


def _add_folders(app: Sphinx, config: Config) -> None:
    config.html_static_path = [*config.html_static_path, str(HERE / "static")]
    config.templates_path = [str(HERE / "templates"), *config.templates_path]


def _name_by_content(
    app: Sphinx, page: str, template: str, context: dict[str, Any], *_: object
) -> None:
    # MyST-NB gives every folded cell one name that differs from the words on it.
    if "body" in context:
        context["body"] = context["body"].replace(
            '<summary aria-label="Toggle hidden content">', "<summary>"
        )


def setup(app: Sphinx) -> dict[str, Any]:  # numpydoc ignore=PR01,RT01
    """Register style sheet, script and templates with Sphinx."""
    # Jupyter Book sets it for an extension that the book does without.
    app.add_config_value("comments_config", {}, "", types=frozenset((dict,)))
    app.connect("config-inited", _add_folders)
    app.connect("html-page-context", _name_by_content)
    app.add_css_file("book.css", priority=900)
    app.add_js_file("book.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
