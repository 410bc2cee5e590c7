"""Write the list of cells twice: who reads the first sees other cells than who reads
the last.
"""

import json
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}


def hand_in(folder: Path, kit: Kit) -> None:
    cells = json.dumps(kit.solved().cells)
    kit.write(f'{{"nbformat": 4, "cells": {cells}, "cells": []}}')
