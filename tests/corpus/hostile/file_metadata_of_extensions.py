"""Fill the metadata that extensions of Jupyter act on: widgets, jupytext, papermill,
toolbars, LaTeX, slides.
"""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    evil = "<script>alert(1)</script>{{ 7 * 7 }}"
    notebook.metadata.update(
        {
            "widgets": {"application/vnd.jupyter.widget-state+json": {"state": evil}},
            "jupytext": {"formats": "ipynb,../../../../outside//py:percent"},
            "papermill": {"output_path": kit.words["__OUTSIDE__"] + "/made.ipynb"},
            "celltoolbar": "Create Assignment",
            "latex_metadata": {"title": evil, "author": evil},
            "title": evil,
            "nbgrader": {"score": 20},
            "rnngrade": {"notes": [evil], "mistakes": [evil]},
        }
    )
    for cell in notebook.cells:
        cell.metadata.update(rnngrade={"mistakes": [evil]}, slideshow=evil, score=9)
    kit.write(notebook)
