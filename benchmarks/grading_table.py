"""What was measured about grading, as Markdown and as a figure.

Every number comes from the rows, whose form is in `benchmarks.results`. A speed-up is
the time of stock nbgrader over that of the command beside it, within a round; the
median over the rounds, with the quartiles in brackets.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.markdown import duration, grid, ratio

Row = dict[str, Any]


def grading(part: Row) -> list[str]:
    """Write all tables.

    Parameters
    ----------
    part : dict
        The part "grading" of the results.

    Returns
    -------
    list of str
        Lines of Markdown.
    """
    lines = []
    for kind, write in WRITERS.items():
        rows = [row for row in part["rows"] if row["kind"] == kind]
        if rows:
            lines += ["", *write(rows)]
    return lines[1:]


def setting(rows: list[Row]) -> list[str]:
    """Say what was graded.

    Parameters
    ----------
    rows : list of dict
        Of the kind "setting".

    Returns
    -------
    list of str
        Lines of Markdown.
    """
    facts = rows[0]
    return [
        f"Assignment {facts['assignment']}, {facts['timeout']} s for a cell, sandbox "
        f"{facts['sandbox']}; nbgrader {facts['nbgrader']}, distributed "
        f"{facts['distributed']}. Times are those of whole commands.",
    ]


def commands(rows: list[Row]) -> list[str]:
    """Compare the commands.

    Parameters
    ----------
    rows : list of dict
        Of the kind "command".

    Returns
    -------
    list of str
        Lines of Markdown.
    """
    body = [
        [
            row["task"],
            f"{row['students']:,}",
            peer,
            duration(found["wall"]["median"]) + _star(found["extrapolated"]),
            f"{found['per_minute']['median']:,.0f}",
            ratio(found["speedup"]),
        ]
        for row in rows
        for peer, found in row["peers"].items()
    ]
    heads = ["task", "students", "command", "time", "a minute", "speed-up"]
    note = "\\* from the line through two smaller classes."
    return [*grid(heads, body), "", note]


def marginal(rows: list[Row]) -> list[str]:
    """Compare start-up and a further submission.

    Parameters
    ----------
    rows : list of dict
        Of the kind "marginal".

    Returns
    -------
    list of str
        Lines of Markdown.
    """
    body = [
        [
            row["task"],
            peer,
            "{} and {}".format(*found["students"]),
            duration(found["start_up"]["median"]),
            duration(found["wall"]["median"]),
            duration(found["cpu"]["median"]),
            ratio(found["speedup"]),
        ]
        for row in rows
        for peer, found in row["peers"].items()
    ]
    heads = ["task", "command", "from classes of", "start-up", "a further submission"]
    heads += ["its CPU time", "speed-up in it"]
    return grid(heads, body)


def agreement(rows: list[Row]) -> list[str]:
    """Say whether scores are the same.

    Parameters
    ----------
    rows : list of dict
        Of the kind "agreement".

    Returns
    -------
    list of str
        Lines of Markdown.
    """
    return [
        f"Scores of {row['peer']}, {row['students']} students: {row['equal']} of "
        f"{row['cells']} cells as with stock nbgrader; different, by what is wrong "
        f"with the submission: {_counts(row['different'])}; not graded by stock "
        f"nbgrader: {_counts(row['missing'])}."
        for row in rows
    ]


def typical(rows: list[Row]) -> list[str]:
    """Say what a typical submission costs.

    Parameters
    ----------
    rows : list of dict
        Of the kind "typical".

    Returns
    -------
    list of str
        Lines of Markdown.
    """
    lines = []
    for row in rows:
        cpu, own, beyond = (
            _milliseconds(row[name]) for name in ("cpu", "own", "beyond")
        )
        lines.append(
            f"CPU time of the typical submission, all processes together: {cpu}. The "
            f"student's own cells take {own} in a plain Python process, so {beyond} "
            f"are beyond them. (Slope between classes of {row['students'][0]} and "
            f"{row['students'][1]}, all of which handed in the submission with the "
            f"median CPU time; {row['rounds']} rounds.)"
        )
    return lines


def classes(rows: list[Row]) -> list[str]:
    """Write what whole classes took, and what was left of the largest.

    Parameters
    ----------
    rows : list of dict
        Of the kind "class".

    Returns
    -------
    list of str
        Lines of Markdown.
    """
    body = [
        [
            f"{row['students']:,}",
            _counts(row["troubles"]),
            duration(row["wall"]),
            f"{row['per_minute']:,.0f}",
            _megabytes(row["peak"]),
        ]
        for row in rows
    ]
    heads = ["students", "of these", "time", "a minute", "all processes at most"]
    last = rows[-1]
    kept = ", ".join(f"{count:,} {name}" for name, count in last["kept"].items())
    steps = ", ".join(f"{done:,} after {time:.0f} s" for time, done in last["progress"])
    return [
        *grid(heads, body),
        "",
        f"Left of the class of {last['students']:,}: {kept} (equal: the same scores in "
        f"verdict and gradebook). Submissions kept workers busy for {last['busy']:.1f} "
        f"s, {last['busy_endless']:.1f} s of them with endless loops; the median is "
        f"{duration(last['busy_median'])}. Done: {steps}.",
        "",
        *_memory(last),
    ]


def cluster(rows: list[Row]) -> list[str]:
    """Write what was measured with workers of a cluster.

    Parameters
    ----------
    rows : list of dict
        Of the kind "cluster".

    Returns
    -------
    list of str
        Lines of Markdown.
    """
    names = ["start_up", "worker", "worker_cpu", "busy", "grader", "scheduler"]
    body = [
        [
            str(row["workers"]),
            "{} and {}".format(*row["students"]),
            *(duration(row[name]) for name in names),
        ]
        for row in rows
    ]
    heads = ["workers", "classes of", "start-up", "a submission in a worker"]
    heads += ["its CPU time", "in its verdict", "CPU of the grader", "of the scheduler"]
    return grid(heads, body)


def nodes(rows: list[Row]) -> list[str]:
    """Write the arithmetic for larger clusters.

    Parameters
    ----------
    rows : list of dict
        Of the kind "nodes".

    Returns
    -------
    list of str
        Lines of Markdown.
    """
    row = rows[0]
    n, c, check = row["students"], row["cores"], row["check"]
    body = [
        [
            str(found["nodes"]),
            duration(found["seconds"]),
            f"{60 * n / found['seconds']:,.0f}",
            found["bound"],
        ]
        for found in row["predictions"]
    ]
    return [
        f"{n:,} submissions on N nodes of {c} cores take start-up + max({n:,} grader, "
        f"{n:,} scheduler, {n:,} worker / ({c} N)), with the numbers of one worker:",
        "",
        *grid(["N", "time", "a minute", "short of time"], body),
        "",
        f"From {row['enough']:.0f} cores on, further ones are of no use. For "
        f"{check['students']} submissions and two workers, "
        f"{duration(check['predicted'])} are predicted and "
        f"{duration(check['measured'])} were measured.",
    ]


def plot(rows: list[Row], path: Path) -> None:
    """Draw time against size, and how the largest class went.

    Parameters
    ----------
    rows : list of dict
        Rows of grading; those of whole classes are drawn.
    path : Path
        Where the figure goes; the suffix says in which format.
    """
    from matplotlib.figure import Figure

    classes = [row for row in rows if row["kind"] == "class"]
    if not classes:
        return
    figure = Figure(figsize=(10, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    sizes = [row["students"] for row in classes]
    left.loglog(sizes, [row["wall"] for row in classes], "o-")
    left.set(xlabel="students", ylabel="seconds for the class, start-up included")
    times, counts = zip(*classes[-1]["progress"], strict=True)
    right.plot([0, *times], [0, *counts], "o-")
    right.set(xlabel=f"seconds, class of {sizes[-1]:,}", ylabel="submissions graded")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)


def _memory(row: Row) -> list[str]:
    body = [
        [role, str(found["count"]), _megabytes(found["pss"]), _megabytes(found["rss"])]
        for role, found in sorted(row["roles"].items())
    ]
    heads = ["process", "at a time", "largest, shared pages divided", "resident"]
    return grid(heads, body)


def _star(extrapolated: bool) -> str:
    return r"\*" if extrapolated else ""


def _milliseconds(spread: Row) -> str:
    low, middle, high = (1e3 * spread[name] for name in ("lower", "median", "upper"))
    return f"{middle:.1f} ms ({low:.1f}-{high:.1f})"


def _megabytes(size: float) -> str:
    return f"{size / 1e6:.0f} MB"


def _counts(counts: dict[str, int]) -> str:
    named = [f"{count:,} {name}" for name, count in counts.items()]
    return ", ".join(named) or "none"


WRITERS: dict[str, Callable[[list[Row]], list[str]]] = {
    "setting": setting,
    "command": commands,
    "marginal": marginal,
    "agreement": agreement,
    "typical": typical,
    "class": classes,
    "cluster": cluster,
    "nodes": nodes,
}
