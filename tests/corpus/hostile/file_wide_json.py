"""Write six million empty lists, three bytes each here and eighty in memory."""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False
MESSAGES = ["Clear all outputs"]


def hand_in(folder: Path, kit: Kit) -> None:
    kit.write('{"cells": [], "metadata": [' + "[]," * 6_000_000 + "0]}")
