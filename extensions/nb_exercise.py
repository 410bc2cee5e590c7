"""Shows an exercise in a chapter, taken from the instructor's source.

::

    ```{nb-exercise} ../solutions/05_bptt/05_bptt.md
    :id: bptt-dw-hy
    ```

draws the statement, the starter code and the visible check as students get them, the
points, and the name of the notebook to open. An exercise is written once: here and in
the released notebook nbgrader's own preprocessors decide what is taken out. An edit of
the source draws the page again. ``{ref}`` reaches the box as ``exercise-bptt-dw-hy``.

This module grades nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList

from extensions.part_of_file import PartOfFile
from rnngrade.source import exercise_cells, read_solution, released_source

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode
    from sphinx.application import Sphinx


def split_title(statement: str) -> tuple[str, str]:
    r"""Split a statement into its heading and the rest.

    Parameters
    ----------
    statement : str
        Markdown.

    Returns
    -------
    tuple of str
        The text of the heading that it starts with, empty without one, and the rest.

    Examples
    --------
    >>> split_title("### One step\n\nWrite it.")
    ('One step', 'Write it.')
    """
    first, _, rest = statement.strip().partition("\n")
    if not first.startswith("#"):
        return "", statement.strip()
    return first.lstrip("#").strip(), rest.strip()


def points_text(check: NotebookNode) -> str:
    """Return the points of an exercise in words.

    Parameters
    ----------
    check : nbformat.NotebookNode
        Its check cell.

    Returns
    -------
    str
        For example ``1 point``.
    """
    points = check.metadata["nbgrader"]["points"]
    return f"{points:g} point{'' if points == 1 else 's'}"


class NbExercise(PartOfFile):
    """The directive ``nb-exercise``."""

    option_spec: ClassVar = {"id": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Return the box of the exercise.

        Returns
        -------
        list of docutils.nodes.Node
            One box.
        """
        path, name = self.named_part("id", "its grade_id")
        try:
            cells = exercise_cells(read_solution(path), name)
        except ValueError as error:
            raise self.error(f"nb-exercise: {self.arguments[0]}: {error}") from error
        return [self._box(path, name, *cells)]

    def _box(
        self,
        path: Path,
        name: str,
        statement: NotebookNode,
        answer: NotebookNode,
        check: NotebookNode,
    ) -> nodes.admonition:
        heading, text = split_title(released_source(statement))
        anchor = f"exercise-{name}"
        title = f"Exercise: {heading or name}"
        box = nodes.admonition("", classes=["exercise"], ids=[anchor])
        self.set_source_info(box)
        self._note_anchor(anchor, title)
        box += self._title(title, points_text(check))
        self._parse(text, path, box)
        box += self._code(released_source(answer), "Your code")
        box += self._code(released_source(check), "Its check")
        box += self._where(path)
        return box

    def _note_anchor(self, anchor: str, title: str) -> None:
        domain = self.env.get_domain("std")
        domain.labels[anchor] = (self.env.docname, anchor, title)
        domain.anonlabels[anchor] = (self.env.docname, anchor)

    def _title(self, title: str, points: str) -> nodes.title:
        parsed, _ = self.state.inline_text(title, self.lineno)
        node = nodes.title("", "", *parsed)
        node += nodes.Text(" ")
        node += nodes.inline("", points, classes=["points"])
        return node

    def _parse(self, text: str, path: Path, box: nodes.admonition) -> None:
        lines = StringList(text.splitlines(), source=str(path))
        self.state.nested_parse(lines, self.lineno, box)

    def _code(self, source: str, label: str) -> nodes.container:
        caption = nodes.paragraph("", label, classes=["code-caption"])
        block = nodes.literal_block(source, source, language="python")
        return nodes.container("", caption, block, classes=["code-include"])

    def _where(self, path: Path) -> nodes.paragraph:
        where = nodes.paragraph(classes=["exercise-where"])
        where += nodes.Text("Answer it in ")
        where += nodes.literal(text=f"{path.stem}.ipynb")
        where += nodes.Text(" of the assignment ")
        where += nodes.literal(text=path.parent.name)
        where += nodes.Text(".")
        return where


def setup(app: Sphinx) -> dict[str, Any]:  # numpydoc ignore=PR01,RT01
    """Register the directive with Sphinx."""
    app.add_directive("nb-exercise", NbExercise)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
