"""Save with JupyterLab 4: execution times, collapsed cells, another kernel of
Python.
"""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    kernel = {
        "name": "conda-env-rnn-py",
        "display_name": "Python [conda]",
        "language": "python",
    }
    notebook.metadata.update(kernelspec=kernel, toc={"base_numbering": 1})
    for cell in notebook.cells:
        cell.metadata.update(
            collapsed=True, jupyter={"source_hidden": True}, scrolled=False
        )
        cell.metadata["execution"] = {
            "iopub.execute_input": "2026-01-01T10:00:00.000000Z"
        }
    kit.write(notebook)
