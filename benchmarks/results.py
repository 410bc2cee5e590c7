"""The file of results: one JSON object, one entry for each part that has been run.

::

    {"format": "rnncore benchmarks", "version": 1,
     "parts": {PART: {"machine": {...}, "options": {...}, "rows": [ROW, ...]}}}

PART is "cells", "latency", "memory", "tokenizers", "scaling", "training" or "grading".
Running a part again replaces its entry and leaves the others. ``machine`` is what
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

Rows of "grading" have a ``kind``; a PEER is a name in `benchmarks.courses.PEERS`:

=========  ============================================================================
setting    ``assignment``, ``timeout``, ``sandbox``, versions of libraries
command    ``task`` ("autograde" or "feedback"), ``students``, ``rounds``, and for each
           of ``peers`` a SPREAD of ``wall`` (the whole command), ``per_minute``
           (submissions) and ``speedup`` (time of stock nbgrader in the same round over
           the peer's), and whether it is ``extrapolated``
marginal   ``task``, and for each of ``peers`` the two sizes, ``students``, between
           which a line was drawn, and a SPREAD of ``start_up``, of ``wall`` and
           ``cpu`` for a further submission, and of ``speedup`` in it
agreement  scores of ``peer`` beside those of stock nbgrader: ``students``, ``cells``
           that both have scored, how many of these are ``equal``; by what is wrong with
           the submission ("none" if nothing), students ``missing`` in stock nbgrader's
           and cells that are ``different``
typical    SPREAD of processor time for one more submission of the typical kind
           (``cpu``), of the student's ``own`` code, of what is ``beyond`` it;
           ``students`` (two sizes), ``rounds``
class      ``students``, ``troubles`` (submissions with each), ``wall``, ``cpu``,
           ``per_minute``; seconds that submissions kept workers ``busy``, all of them,
           the median (``busy_median``), and those with endless loops
           (``busy_endless``); ``peak`` (largest memory of all processes together,
           bytes), ``roles`` (for each kind of process the most at a time, ``count``,
           and the largest ``rss`` and ``pss``), ``progress`` (pairs of seconds and
           verdict files), ``kept`` (students with ``verdicts``, ``notebooks``,
           ``grades``, and with ``equal`` scores in verdict and gradebook)
cluster    ``workers``, ``students`` (two sizes), ``seconds`` at each; ``start_up``, and
           for one submission: ``worker`` (seconds that it takes a worker), processor
           time ``worker_cpu``, ``grader``, ``scheduler``, and the mean of the time that
           the verdicts state, ``busy``
nodes      ``students``, ``cores`` of a node, ``predictions`` (``nodes``, ``seconds``,
           and ``bound``, the process that is short of time), ``enough`` (cores at which
           the workers are no longer that), ``check`` (``students``, and seconds
           ``predicted`` and ``measured`` with two workers)
=========  ============================================================================
"""

import json
import os
from pathlib import Path
from typing import Any

FORMAT, VERSION = "rnncore benchmarks", 1
PARTS = ("cells", "latency", "memory", "tokenizers", "scaling", "training", "grading")

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
