"""The page that a student gets back.

It is written from the graded notebook by this module alone. Every text goes through
the template's escaping, what the student wrote above all; nothing is interpreted as
Markdown or HTML. The page has no script, asks no other host for anything, and says so
to the browser by a content policy.

Scores come from nbgrader's gradebook, by way of :mod:`rnngrade.engine.feedback`. Which
tests are hidden is decided before, in :mod:`rnngrade.preprocessors`.
"""

import re
from dataclasses import dataclass
from typing import Any

import jinja2
from nbconvert.exporters import Exporter
from nbformat import NotebookNode

from rnngrade.reports.page import head
from rnngrade.source import grade_id

# Terminal colors, control characters, and characters that reorder a line's display.
_INVISIBLE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
    r"|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)

STYLE = """\
.score { font-size: 1.15rem; margin: 0 0 1rem; }
pre.prose { font: inherit; white-space: pre-wrap; overflow-wrap: anywhere;
 background: none; padding: 0; }
pre.output { background: none; border-left: 3px solid var(--line);
 border-radius: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
section.cell { margin: 1rem 0; }
section.graded { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; }
section.graded > * + * { margin-top: .75rem; }
details[open] > summary { margin-bottom: .5rem; }
.comment { border-left: 3px solid var(--accent); padding-left: .75rem;
 white-space: pre-wrap; overflow-wrap: anywhere; }
"""

BODY = """\
<body>
<main>
<h1>{{ title }}</h1>
{% if student %}<p class="soft">Feedback for {{ student }}</p>{% endif %}
<p class="score">{{ score }} of {{ max_score }} points
{%- if late_penalty %}, after a late penalty of {{ late_penalty }}{% endif %}</p>
{% if notes %}
<h2>About the submitted file</h2>
<ul>{% for note in notes %}<li>{{ note }}</li>{% endfor %}</ul>
{% endif %}
{% if rows %}
<div class="scroll" role="region" aria-label="Points" tabindex="0">
<table>
<thead><tr><th scope="col">Exercise</th><th scope="col" class="number">Points</th>
<th scope="col">Recognized mistakes</th></tr></thead>
<tbody>
{% for row in rows %}
<tr><th scope="row"><a href="#graded-{{ loop.index }}">{{ row.name }}</a></th>
<td class="number">{{ row.score }} of {{ row.points }}</td>
<td>{{ row.mistakes or "-" }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
{% endif %}
<h2>Your notebook</h2>
{% for cell in cells %}
<section class="cell{{ ' graded' if cell.row }}"
{%- if cell.row %} id="graded-{{ cell.row.number }}"{% endif %}>
{% if cell.row %}<h3>{{ cell.row.name }}:
{{ cell.row.score }} of {{ cell.row.points }} points
{%- if cell.row.by_hand %}, scored by a person{% endif %}</h3>{% endif %}
{% if cell.question %}<details><summary>{{ cell.question }}</summary>
<pre class="prose">{{ cell.source }}</pre></details>
{% elif cell.source %}<pre class="{{ 'code' if cell.code else 'prose' }}"
{%- if cell.code %} tabindex="0"{% endif %}>{{ cell.source }}</pre>{% endif %}
{% for text in cell.outputs %}<pre class="output">{{ text }}</pre>{% endfor %}
{% if cell.comment %}<p class="comment"><strong>Comment:</strong>
{{ cell.comment }}</p>{% endif %}
</section>
{% endfor %}
</main>
</body>
</html>
"""


@dataclass(frozen=True)
class Row:
    """One line of the table of points.

    Attributes
    ----------
    number : int
        Counted from 1.
    name : str
        The heading of the exercise, or its id.
    score, points : str
        Earned and possible.
    mistakes : str
        Names of the recognized mistakes.
    by_hand : bool
        Whether a person has given another score than the check.
    """

    number: int
    name: str
    score: str
    points: str
    mistakes: str
    by_hand: bool = False


class FeedbackExporter(Exporter):
    """Write a graded notebook as the page that its student gets."""

    file_extension = ".html"
    output_mimetype = "text/html"

    def from_notebook_node(
        self, nb: NotebookNode, resources: Any = None, **kw: Any
    ) -> tuple[str, Any]:
        """Run the preprocessors and render the page.

        Parameters
        ----------
        nb : nbformat.NotebookNode
            The autograded notebook.
        resources : dict, optional
            What nbgrader knows of it.
        **kw : dict
            Passed on.

        Returns
        -------
        page : str
            HTML.
        resources : dict
            The same, with what the preprocessors added.
        """
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        return render(notebook, resources["nbgrader"]), resources


def render(notebook: NotebookNode, about: dict[str, Any]) -> str:
    """Write the feedback page.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        The graded notebook; its cells' nbgrader metadata hold the scores.
    about : dict
        ``notebook``, ``score``, ``max_score`` and ``late_penalty``.

    Returns
    -------
    str
        HTML, complete in itself.
    """
    rows, late = _rows(notebook), about.get("late_penalty")
    return _PAGE.render(
        title=plain(_heading(notebook) or about.get("notebook", "")),
        student=plain(about.get("student", "")),
        score=_number(about.get("score")),
        max_score=_number(about.get("max_score")),
        late_penalty=_number(late) if late else "",
        notes=[plain(note) for note in _own_metadata(notebook.metadata, "notes")],
        rows=list(rows.values()),
        cells=[_cell(cell, rows.get(id(cell))) for cell in notebook.cells],
    )


def plain(text: object) -> str:
    r"""Return text without what a reader cannot see.

    Parameters
    ----------
    text : object
        Usually a string.

    Returns
    -------
    str
        The text without terminal colors, control characters and characters that
        reorder a line. It can be written as UTF-8 and is not escaped yet.

    Examples
    --------
    >>> plain("\x1b[31mred\x1b[0m")
    'red'
    """
    # The name of a folder may hold what is no character.
    text = str(text).encode("utf-8", "replace").decode()
    return _INVISIBLE.sub("", text)


def _rows(notebook: NotebookNode) -> dict[int, Row]:
    graded = [c for c in notebook.cells if "score" in c.metadata.get("nbgrader", {})]
    titles = {grade_id(cell): _question(cell) for cell in notebook.cells}
    return {id(cell): _row(n, cell, titles) for n, cell in enumerate(graded, start=1)}


def _row(number: int, cell: NotebookNode, titles: dict[str, str]) -> Row:
    grade = cell.metadata["nbgrader"]
    ours = [
        output
        for output in cell.get("outputs", [])
        if "rnngrade" in output.get("metadata", {})
    ]
    mistakes = [
        name for output in ours for name in _own_metadata(output.metadata, "mistakes")
    ]
    earned = [float(output.data["text/plain"]) for output in ours]
    by_hand = grade["score"] is not None and any(
        each != grade["score"] for each in earned
    )
    identifier = grade_id(cell).removesuffix("-check")
    name = plain(titles.get(f"{identifier}-statement") or identifier)
    score, points = _number(grade["score"]), _number(grade["points"])
    return Row(number, name, score, points, plain(", ".join(mistakes)), by_hand)


def _own_metadata(metadata: Any, name: str) -> list[str]:
    return list(metadata.get("rnngrade", {}).get(name, []))


def _number(value: Any) -> str:
    return "not graded yet" if value is None else f"{value:g}"


def _cell(cell: NotebookNode, row: Row | None) -> dict[str, Any]:
    return {
        "row": row,
        "code": cell.cell_type == "code",
        "question": plain(_question(cell)),
        "source": plain(cell.source),
        "outputs": [plain(text) for text in _texts(cell, row)],
        "comment": plain(cell.metadata.get("nbgrader", {}).get("comment") or ""),
    }


def _heading(notebook: NotebookNode) -> str:
    return next(filter(None, map(_question, notebook.cells)), "")


def _question(cell: NotebookNode) -> str:
    """Return the first line of a cell that is the instructor's own prose."""
    locked = cell.metadata.get("nbgrader", {}).get("locked", False)
    if not locked or cell.cell_type == "code":
        return ""
    return cell.source.lstrip("#\n ").partition("\n")[0]


def _texts(cell: NotebookNode, row: Row | None) -> list[str]:
    texts = []
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            texts.append(output.text)
        elif output.output_type == "error":
            texts.append("\n".join(output.traceback))
        elif output.output_type == "execute_result" and row is None:
            texts.append(output.data.get("text/plain", ""))
    return texts


_PAGE = jinja2.Environment(autoescape=True, trim_blocks=True).from_string(
    head("{{ title }}: feedback", STYLE) + BODY
)
