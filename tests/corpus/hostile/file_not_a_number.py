"""Write numbers that are none of JSON's, but Python's."""

import json
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    text = json.dumps(kit.solved())
    kit.write(text.replace("{", '{"a": NaN, "b": -Infinity, "c": 1e9999, ', 1))
