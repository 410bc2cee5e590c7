"""Keep an interactive plot with a hundred thousand numbers in the outputs."""

from pathlib import Path

from nbformat.v4 import new_output

from tests.corpus.kit import Kit, find

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    points = [{"x": i / 7, "y": [i, -i]} for i in range(30_000)]
    data = {
        "application/vnd.plotly.v1+json": {"data": points},
        "text/html": "<div></div>",
    }
    find(notebook, "rnn-step-check").outputs = [new_output("display_data", data)]
    kit.write(notebook)
