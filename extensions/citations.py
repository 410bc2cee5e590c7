"""Citations that say where in a source to look.

``{footcite:t}`goodfellow2016{§10.2}``` cites a source as sphinxcontrib-bibtex does and
names the place behind it: Goodfellow *et al.* [3] (§10.2). Sources stand at the end of
the chapter, in ``{footbibliography}``, and their data in ``references.bib``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinxcontrib.bibtex.foot_roles import FootCiteRole

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def split_place(text: str) -> tuple[str, str]:
    """Split a citation into its key and a place within the source.

    Parameters
    ----------
    text : str
        For example ``goodfellow2016{§10.2}``.

    Returns
    -------
    tuple of str
        Key and place; the place is empty where there is none.

    Examples
    --------
    >>> split_place("goodfellow2016{§10.2}")
    ('goodfellow2016', '§10.2')
    >>> split_place("elman1990")
    ('elman1990', '')
    """
    key, place = re.fullmatch(r"([^{]*)(?:\{(.*)\})?", text).groups()
    return key, place or ""


class PlacedCitation(FootCiteRole):
    """The roles ``footcite:p`` and ``footcite:t``, with a place."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the citation and, in parentheses, the place.

        Returns
        -------
        tuple of list
            Nodes and messages.
        """
        self.text, place = split_place(self.text)
        citation, messages = super().run()
        if place:
            citation.append(nodes.Text(f" ({place})"))
        return citation, messages


def setup(app: Sphinx) -> dict[str, Any]:  # numpydoc ignore=PR01,RT01
    """Replace the roles of sphinxcontrib-bibtex."""
    app.setup_extension("sphinxcontrib.bibtex")
    for name in ("p", "t"):
        app.add_role_to_domain("footcite", name, PlacedCitation(), override=True)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
