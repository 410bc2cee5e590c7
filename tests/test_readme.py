"""What the README shows runs, and its numbers are those that were measured.

The measurements themselves are made by ``make bench``, and kept in benchmarks/measured.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import results, table

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MEASURED = ROOT / "benchmarks" / "measured"
PROGRAMS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_run(program):
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert len(run.stdout.strip()) > 20


def test_there_is_a_program():
    assert PROGRAMS


def test_the_page_of_results_is_written_from_the_file_of_results():
    parts = results.read(MEASURED / "results.json")
    written = (MEASURED / "results.md").read_text(encoding="utf-8")
    assert written == table.document(parts)


def means(threads):
    """Return the geometric means over the training steps, as the README writes them."""
    parts = results.read(MEASURED / "results.json")
    rows = [row for row in parts["cells"]["rows"] if row["threads"] == threads]
    clock = "cpu" if threads == 1 else "wall"
    assert len(rows) == 18
    for name in ("PyTorch", "JAX", "naive"):
        ratios = [row["peers"][name]["ratio"][clock]["median"] for row in rows]
        yield f"{table.geometric_mean(ratios):.2f}"


@pytest.mark.parametrize("threads", [1, 2])
def test_the_means_of_the_readme_are_those_of_the_results(threads):
    assert f"| {threads} | {' | '.join(means(threads))} |" in README
