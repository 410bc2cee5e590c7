"""Write numbers that overflow, and one of a hundred thousand digits, which takes a
parser quadratic time.
"""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False


def hand_in(folder: Path, kit: Kit) -> None:
    kit.write('{"cells": [], "a": [1e9999, -1e9999, NaN], "b": ' + "9" * 100_000 + "}")
