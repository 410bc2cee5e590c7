"""Hand in a hundred thousand cells."""

import json
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}
READABLE = False
MESSAGES = ["100000 cells"]


def hand_in(folder: Path, kit: Kit) -> None:
    cell = {"cell_type": "code", "source": "1"}
    kit.write(json.dumps({"nbformat": 4, "cells": [cell] * 100_000}))
