"""Tag the test cells with skip-execution and raises-exception. A notebook's runner
leaves them out, and what has not failed has all points.
"""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.released()
    for cell in notebook.cells:
        cell.metadata["tags"] = ["skip-execution", "raises-exception", "remove-cell"]
    kit.write(notebook)
