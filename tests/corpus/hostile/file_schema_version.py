"""Claim versions of nbgrader's metadata that do not exist, so that its checks raise."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    versions = [99, -1, "3", None, 1, 2, [], 1e300]
    for cell, version in zip(notebook.cells, versions, strict=False):
        cell.metadata.nbgrader["schema_version"] = version
    kit.write(notebook)
