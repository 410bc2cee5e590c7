"""Print, show and display script, so that it stands in the outputs."""

from pathlib import Path

from nbformat.v4 import new_code_cell

from tests.corpus.kit import Kit

CODE = """\
class Evil:
    html = "<script>alert(1)</script><img src=x onerror=alert(2)>"

    def __repr__(self):
        return self.html

    def _repr_html_(self):
        return self.html

    def _repr_mimebundle_(self, **_):
        return {"text/html": self.html, "application/javascript": "alert(3)"}


print(Evil())
display(Evil())
Evil()
"""

POINTS = "all"
MESSAGES = ["<script>alert(1)</script>"]


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    notebook.cells.append(new_code_cell(CODE))
    kit.write(notebook)
