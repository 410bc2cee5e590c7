"""Hand in five thousand files beside the notebook, and folders a hundred deep."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    deep = folder.joinpath(*["deep"] * 100)
    deep.mkdir(parents=True)
    for i in range(5000):
        (folder / f"{i}.txt").write_text("x")
    kit.write(kit.solved())
