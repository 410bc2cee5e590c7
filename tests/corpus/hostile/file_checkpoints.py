"""Fill the folders that tools make: checkpoints, caches, version control, with links
out of them.
"""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}


def hand_in(folder: Path, kit: Kit) -> None:
    for name in (".ipynb_checkpoints", "__pycache__", ".git", ".jupyter"):
        (folder / name).mkdir()
        (folder / name / "link").symlink_to(kit.canary)
        (folder / name / "folder").symlink_to("/")
    checkpoint = folder / ".ipynb_checkpoints" / kit.path.name
    kit.write(kit.solved()).rename(checkpoint)
    kit.write(kit.released())
