"""Hand in data, a script, a picture and a second copy beside the notebook."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    for name in ("data.csv", "helpers.py", "plot.png", "notes.txt", "Untitled.ipynb"):
        (folder / name).write_text("x")
    (folder / "data").mkdir()
    (folder / "data" / "more.csv").write_text("1,2")
    kit.write(kit.solved())
