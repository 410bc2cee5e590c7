"""Attach a picture that holds script, and refer to it."""

import base64
import json
from pathlib import Path

from nbformat.v4 import new_markdown_cell

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    cell = new_markdown_cell("![x](attachment:x.svg) ![y](attachment:../../y.svg)")
    script = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    picture = {"image/svg+xml": [base64.b64encode(script.encode()).decode()]}
    cell["attachments"] = {"x.svg": picture, "../../y.svg": picture}
    notebook.cells.append(cell)
    kit.write(json.dumps(notebook))
