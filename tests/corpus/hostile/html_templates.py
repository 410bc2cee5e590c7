"""Write the syntax of every template language between the tools: Jinja, Mako, Vue,
Angular, server-side includes.
"""

from pathlib import Path

from nbformat.v4 import new_markdown_cell

from tests.corpus.kit import Kit

PIECES = [
    "{{ 7 * 191 }} {{ config }} {{ ''.__class__.__mro__ }}",
    "{% include '/etc/passwd' %}{% endraw %}",
    "{%- endfor -%}{% block x %}{% endblock %}",
    "{{ resources.nbgrader }} {{ cell.source }}",
    "${7 * 191} #{7 * 191} <%= 7 * 191 %>",
    "<div ng-app>{{constructor.constructor('alert(1)')()}}</div>",
    "<!--#include file='/etc/passwd' -->",
    "### BEGIN HIDDEN TESTS",
    "### BEGIN SOLUTION",
]

POINTS = "all"
MESSAGES = ["{{ 7 * 191 }}"]


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    notebook.cells += [new_markdown_cell(piece) for piece in PIECES]
    kit.write(notebook)
