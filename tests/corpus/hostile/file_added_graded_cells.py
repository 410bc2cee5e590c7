"""Add graded cells of one's own, with a thousand points each."""

from pathlib import Path

from nbformat.v4 import new_code_cell

from tests.corpus.kit import Kit

POINTS = {}


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.released()
    for i in range(3):
        cell = new_code_cell("1000.0")
        cell.metadata["nbgrader"] = {
            "grade": True,
            "grade_id": f"bonus-{i}",
            "locked": i != 1,
            "points": 1000,
            "schema_version": 3,
            "solution": i == 1,
            "task": i == 2,
        }
        notebook.cells.append(cell)
    kit.write(notebook)
