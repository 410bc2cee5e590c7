"""Nest metadata nine hundred deep: one level more for each of who copies it."""

import json
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    deep = '{"a": ' * 900 + "1" + "}" * 900
    text, start = json.dumps(notebook), '"metadata": {'
    kit.write(text.replace(start, f'{start}"x": {deep}, ', 1))
