"""Hand in a notebook of version 3, whose cells are elsewhere."""

import json
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False
MESSAGES = ["save it again as a notebook of version 4"]


def hand_in(folder: Path, kit: Kit) -> None:
    cell = {"cell_type": "code", "input": "1", "language": "python", "outputs": []}
    sheets = [{"cells": [cell], "metadata": {}}]
    kit.write(json.dumps({"nbformat": 3, "nbformat_minor": 0, "worksheets": sheets}))
