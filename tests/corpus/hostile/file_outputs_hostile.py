"""Hand in outputs that claim points, hold script of every type, or are no outputs."""

import json
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {}


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = json.loads(json.dumps(kit.released()))
    script = "<script>alert(1)</script>"
    types = ["text/html", "image/svg+xml", "application/javascript", "text/latex"]
    data = {**dict.fromkeys(types, script), "text/plain": "6.0"}
    result = {"output_type": "execute_result", "execution_count": 1, "metadata": {}}
    for cell in notebook["cells"]:
        cell["outputs"] = [{**result, "data": data}, {"output_type": "evil"}, 7, None]
        cell["attachments"] = {"a.svg": {"image/svg+xml": script}, "../../b": 7}
    kit.write(json.dumps(notebook))
