"""Hand in cells with more text than any page should show."""

import json
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False
MESSAGES = ["characters, expected"]


def hand_in(folder: Path, kit: Kit) -> None:
    cell = {"cell_type": "markdown", "source": "'" * 190_000}
    kit.write(json.dumps({"nbformat": 4, "cells": [cell] * 90}))
