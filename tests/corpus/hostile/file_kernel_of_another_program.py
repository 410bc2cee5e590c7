"""Ask for a kernel that is another program, by its name and by its command line."""

import json
from pathlib import Path

from tests.corpus.kit import Kit

POINTS = "all"


def hand_in(folder: Path, kit: Kit) -> None:
    notebook = kit.solved()
    command = ["/bin/sh", "-c", kit.fill("cp __CANARY__ __OUTSIDE__/stolen")]
    notebook.metadata["kernelspec"] = {
        "name": "bash",
        "argv": command,
        "env": {"A": "B"},
    }
    notebook.metadata["language_info"] = {"name": "bash", "pygments_lexer": "bash"}
    kit.write(notebook)
    kernel = folder / "kernels" / "bash"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(json.dumps({"argv": command}))
