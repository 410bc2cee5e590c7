"""Put files beside the notebook that Python, pytest, nbgrader or Jupyter would load
by their names.
"""

from pathlib import Path

from tests.corpus.kit import Kit

POINTS = {"rnn-forward": 6, "rnn-parameters": 5, "rnn-flops": 5}


def hand_in(folder: Path, kit: Kit) -> None:
    evil = kit.fill('open("__OUTSIDE__/loaded", "w")\n')
    names = ["rnncore", "rnngrade", "numpy", "json", "sitecustomize", "conftest"]
    names += ["usercustomize", "nbgrader_config", "jupyter_config", "gradebook"]
    for name in names:
        (folder / f"{name}.py").write_text(evil)
        (folder.parent / f"{name}.py").write_text(evil)
    (folder / "evil.pth").write_text(f"import os; {evil}")
    (folder / "jupyter_config.json").write_text("{")
    kit.write(kit.solved(rnn_step="import conftest"))
