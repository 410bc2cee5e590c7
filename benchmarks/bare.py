"""Run the cells of a notebook with nothing around them, and print what that costs.

    python -I bare.py NOTEBOOK

prints the seconds of processor time of the cells alone, in a plain Python process that
has NumPy imported already. A check does nothing here: what is measured is the student's
own code, as it would run without any grading. A cell that fails is left at that.

It needs nothing but NumPy, and protects nothing.
"""

import contextlib
import io
import json
import sys
import time
import types
from pathlib import Path

import numpy  # noqa: F401 - imported before anything is measured


def run(cells: list[str]) -> float:
    """Run cells one after the other.

    Parameters
    ----------
    cells : list of str
        Their texts.

    Returns
    -------
    float
        Seconds of processor time.
    """
    namespace = {"__name__": "__main__"}
    began = time.process_time()
    for cell in cells:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Exception):
            exec(compile(cell, "cell", "exec"), namespace)
    return time.process_time() - began


def main() -> None:
    """Run the notebook that the command line names."""
    sys.modules["rnngrade"] = types.ModuleType("rnngrade")
    sys.modules["rnngrade"].check = lambda *_, **__: None
    notebook = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    cells = [each for each in notebook["cells"] if each["cell_type"] == "code"]
    print(run(["".join(cell["source"]) for cell in cells]))


if __name__ == "__main__":
    main()
