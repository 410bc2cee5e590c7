"""The file of results: one JSON object, one entry for each part that has been run.

::

    {"format": "rnncore benchmarks", "version": 1,
     "parts": {PART: {"machine": {...}, "options": {...}, "rows": [ROW, ...]}}}

PART is "cells", "latency", "memory", "tokenizers", "scaling" or "training". Running a
part again replaces its entry and leaves the others. ``machine`` is what
`benchmarks.machine.describe` returns, ``options`` are those of the command without
paths. All times are in seconds. A SPREAD is ``{"median", "lower", "upper"}``, with the
quartiles over the rounds.

Rows of a comparison ("cells", "latency", "memory", "tokenizers"):

===========  ==========================================================================
case         ``{"cell", "N", "T", "V", "H"}``, or ``{"characters", "vocab_size"}``
task         "step", "forward", "sample" (one token), "train" or "encode"
threads      how many each peer could use
agreement    largest relative difference between the results of the peers
rounds       number of rounds
peers        for each name ``{"settings", "cpu": SPREAD, "wall": SPREAD, "ratio":
             {"cpu": SPREAD, "wall": SPREAD}}``; ratios are to the first peer, taken
             within a round; above 1 is slower than it
===========  ==========================================================================

In "memory" each peer has further ``bytes``, the largest resident memory during one
step, in a fresh process, less the resident memory before the step.

Rows of "scaling": ``{"cell", "axis", "sizes", "fixed", "cpu", "slope"}``, with one
SPREAD in ``cpu`` for each of the sizes; the slope is that of log time against log size
over the largest three.

Rows of "training": ``{"rate", "cpu_seconds", "steps", "nats"}``, how the learning rate
is set ("constant" or "falling"), and the loss on the held-out tenth in nats per
character after so much CPU time, evaluation not counted.
"""

import json
import os
from pathlib import Path
from typing import Any

FORMAT, VERSION = "rnncore benchmarks", 1
PARTS = ("cells", "latency", "memory", "tokenizers", "scaling", "training")

Row = dict[str, Any]


def read(path: Path) -> dict[str, Any]:
    """
    Read a file of results.

    Parameters
    ----------
    path : Path
        The JSON file.

    Returns
    -------
    dict
        Its parts, by name; none if there is no file yet.

    Raises
    ------
    ValueError
        If the file holds something else.
    """
    if not path.exists():
        return {}
    remedy = "Move it away, or pass another --out."
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.name} is not JSON ({error}). {remedy}") from error
    known = isinstance(content, dict) and content.get("format") == FORMAT
    if not known or content.get("version") != VERSION:
        raise ValueError(
            f"{path.name} holds no results of version {VERSION} of these benchmarks. "
            f"{remedy}"
        )
    return content["parts"]


def write_part(
    path: Path, name: str, machine: Row, options: Row, rows: list[Row]
) -> None:
    """
    Put one part into the file, in place of an earlier run of it.

    Parameters
    ----------
    path : Path
        The JSON file; it is replaced as a whole, or not at all.
    name : str
        Name of the part.
    machine, options : dict
        Where and how it was measured.
    rows : list of dict
        What came out so far.

    Raises
    ------
    ValueError
        If the file holds something else.
    """
    parts = read(path)
    parts[name] = {"machine": machine, "options": options, "rows": rows}
    ordered = {part: parts[part] for part in PARTS if part in parts}
    content = {"format": FORMAT, "version": VERSION, "parts": ordered}
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    os.replace(unfinished, path)
