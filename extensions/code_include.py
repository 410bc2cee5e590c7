"""Shows a function of the package in a chapter, taken from its file.

::

    ```{code-include} ../rnncore/sequence.py
    :pyobject: rnn_backward
    ```

draws the definition under a caption that names the file. Its docstring is reduced to
the first line, so that the code stays next to its derivation, and stands in full below
the code, folded. ``:docstring: full`` leaves it where it is, ``:docstring: none``
removes it. An edit of the file draws the page again.

The directive shows code; it runs and tests none.
"""

from __future__ import annotations

import ast
import inspect
import os
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from docutils import nodes
from docutils.parsers.rst import directives

from extensions.part_of_file import PartOfFile

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

Definition = ast.FunctionDef | ast.ClassDef


class Excerpt(NamedTuple):
    """A definition for the page.

    Attributes
    ----------
    code : str
        The definition without indentation.
    docstring : str
        What was taken out of it; empty where nothing was.
    """

    code: str
    docstring: str


def definitions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, Definition]]:
    """Yield every function and class of a module with its dotted name.

    Parameters
    ----------
    tree : ast.AST
        A module or a class.
    prefix : str, default ""
        The name of the class, with a dot.

    Yields
    ------
    tuple of str and Definition
        For example ``("Drawing", ...)``.
    """
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, Definition):
            yield prefix + child.name, child
            yield from definitions(child, f"{prefix}{child.name}.")


def excerpt(source: str, name: str, docstring: str = "first") -> Excerpt:
    """Take a definition out of a module.

    Parameters
    ----------
    source : str
        The text of the module.
    name : str
        The definition, for example ``rnn_backward`` or ``Drawing.save``.
    docstring : {"first", "full", "none"}, default "first"
        How much of the docstring stays.

    Returns
    -------
    Excerpt
        The code, and the docstring where it does not stay in full.

    Raises
    ------
    ValueError
        If the module has no such definition.

    Examples
    --------
    >>> excerpt("def twice(x): return 2 * x", "twice").code
    'def twice(x): return 2 * x'
    """
    known = dict(definitions(ast.parse(source)))
    if name not in known:
        raise ValueError(f"no {name}; it defines {', '.join(known) or 'nothing'}")
    node = known[name]
    lines = source.splitlines()
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    text = ast.get_docstring(node)
    removed = ""
    if text is not None and docstring != "full":
        place = node.body[0]
        lines[place.lineno - 1 : place.end_lineno] = _kept(place, text, docstring)
        removed = text if docstring == "none" or "\n" in text else ""
    end = node.end_lineno - len(source.splitlines()) + len(lines)
    return Excerpt(textwrap.dedent("\n".join(lines[first - 1 : end])), removed)


def _kept(place: ast.stmt, text: str, docstring: str) -> list[str]:
    if docstring == "none":
        return []
    summary = inspect.cleandoc(text).split("\n", 1)[0]
    return [f'{" " * place.col_offset}"""{summary}"""']


class folded(nodes.General, nodes.Element):  # noqa: N801, docutils names nodes so
    """A part of the page that a reader unfolds."""


def _visit_folded(self: HTML5Translator, node: folded) -> None:
    self.body.append(
        f'<details class="folded"><summary>{self.encode(node["summary"])}</summary>'
    )


def _depart_folded(self: HTML5Translator, node: folded) -> None:
    self.body.append("</details>\n")


def _docstring_option(argument: str) -> str:
    return directives.choice(argument, ("first", "full", "none"))


class CodeInclude(PartOfFile):
    """The directive ``code-include``."""

    option_spec: ClassVar = {
        "pyobject": directives.unchanged_required,
        "docstring": _docstring_option,
    }

    def run(self) -> list[nodes.Node]:
        """Return the caption, the code and the folded docstring.

        Returns
        -------
        list of docutils.nodes.Node
            One box.
        """
        path, name = self.named_part("pyobject", "its name")
        try:
            code, docstring = excerpt(
                path.read_text("utf-8"),
                name,
                self.options.get("docstring", "first"),
            )
        except ValueError as error:
            raise self.error(f"code-include: {self.arguments[0]}: {error}.") from error
        return [self._box(path, name, code, docstring)]

    def _box(self, path: Path, name: str, code: str, docstring: str) -> nodes.container:
        shown = Path(os.path.relpath(path, self.env.srcdir)).as_posix()
        caption = nodes.paragraph(classes=["code-caption"])
        caption += nodes.literal(text=name)
        caption += nodes.Text(f" in {shown}")
        block = nodes.literal_block(code, code, language="python")
        box = nodes.container("", caption, block, classes=["code-include"])
        if docstring:
            text = nodes.literal_block(docstring, docstring, language="text")
            box += folded("", text, summary="Shapes, errors and sources")
        self.set_source_info(box)
        return box


def _skip(self: Any, node: folded) -> None:
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:  # numpydoc ignore=PR01,RT01
    """Register the directive with Sphinx."""
    others = dict.fromkeys(("latex", "text", "man", "texinfo"), (_skip, None))
    app.add_node(folded, html=(_visit_folded, _depart_folded), **others)
    app.add_directive("code-include", CodeInclude)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
