"""Grade the sample class with nbgrader's own commands, and print what came of it.

    python -m samples.grade [--root _build/sample] [--timeout 5]

makes a course folder, generates the release, hands in for five students, and runs
``nbgrader autograde``, ``generate_feedback`` and ``export`` as an instructor would.
The script ends with an error when the reference does not score in full, or the
untouched release scores at all.
"""

from __future__ import annotations

import argparse
import copy
import shutil
import subprocess
import sys
import time
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry

from rnngrade.config import update_sources
from rnngrade.source import grade_id

HERE = Path(__file__).parent
REPOSITORY = HERE.parent
REFERENCE, UNTOUCHED = "reference", "untouched"
Cell = tuple[float, float, tuple[str, ...]]  # points, possible points, mistakes


def main() -> int:
    """Run the whole journey; return the exit code."""  # numpydoc ignore=RT01
    options = _options()
    root = Path(options.root).resolve()
    for folder in ("release", "submitted", "autograded", "feedback"):
        shutil.rmtree(root / folder, ignore_errors=True)
    (root / "gradebook.db").unlink(missing_ok=True)
    update_sources(REPOSITORY / "solutions", root)
    assignments = sorted(path.name for path in (root / "source").iterdir())
    for assignment in assignments:
        run(root, "generate_assignment", assignment, "--create")
        hand_in(root, assignment)
        run(root, "autograde", assignment, f"--Grade.timeout={options.timeout}")
        run(root, "generate_feedback", assignment)
    run(root, "export", f"--to={root / 'grades.csv'}")
    table = {name: collect(root, name) for name in assignments}
    print(as_text(table))
    print(f"\ngrades    {_shown(root / 'grades.csv')}")
    print(f"feedback  {_shown(root / 'feedback')}/<student>/<assignment>/")
    return check(table)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Grade the sample class.")
    parser.add_argument("--root", default="_build/sample", help="the course folder")
    parser.add_argument("--timeout", default=5, type=int, help="seconds for a cell")
    return parser.parse_args()


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def run(root: Path, command: str, *arguments: str) -> None:
    """Run one of nbgrader's commands on the sample class.

    Parameters
    ----------
    root : Path
        The course folder.
    command : str
        Such as ``"autograde"``.
    *arguments : str
        What follows it.

    Raises
    ------
    SystemExit
        If the command fails; its output is printed.
    """
    about = "" if arguments[0].startswith("-") else arguments[0]
    print(f"nbgrader {command:20} {about:22}", end=" ", flush=True)
    start = time.monotonic()
    done = subprocess.run(
        [
            Path(sys.executable).with_name("nbgrader"),
            command,
            *arguments,
            f"--CourseDirectory.root={root}",
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    print(f"{time.monotonic() - start:5.1f} s")
    if done.returncode:
        raise SystemExit(f"{done.stdout}{done.stderr}\nnbgrader {command} failed.")


def hand_in(root: Path, assignment: str) -> None:
    """Write the submissions of all sample students.

    Parameters
    ----------
    root : Path
        The course folder, with its release.
    assignment : str
        Such as ``"05_bptt"``.
    """
    name = f"{assignment}.ipynb"
    release = nbformat.read(root / "release" / assignment / name, 4)
    source = nbformat.read(root / "source" / assignment / name, 4)
    notebooks = {UNTOUCHED: release, REFERENCE: with_answers(release, source)}
    for overlay in sorted(HERE.glob(f"*/{assignment}.md")):
        answers = jupytext.read(overlay, fmt="md:myst")
        student = overlay.parent.name
        notebooks[student] = with_answers(notebooks[REFERENCE], answers)
    for student, notebook in notebooks.items():
        target = root / "submitted" / student / assignment / name
        target.parent.mkdir(parents=True)
        nbformat.write(notebook, target)


def with_answers(notebook: NotebookNode, answers: NotebookNode) -> NotebookNode:
    """Return a notebook with some of its answers replaced.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        A released or submitted notebook; it is not changed.
    answers : nbformat.NotebookNode
        Its code cells say by ``grade_id`` which answers they replace.

    Returns
    -------
    nbformat.NotebookNode
        A new notebook.

    Raises
    ------
    ValueError
        If an answer belongs to no cell.
    """
    sources = {_answers_to(cell): cell.source for cell in answers.cells}
    sources.pop("", None)
    filled = copy.deepcopy(notebook)
    solved = [
        cell
        for cell in filled.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    ]
    unknown = sources.keys() - {grade_id(cell) for cell in notebook.cells}
    if unknown:
        raise ValueError(
            f"no cell has the grade_id {', '.join(sorted(unknown))}. The answers are "
            f"{', '.join(map(grade_id, solved))}."
        )
    for cell in solved:
        cell.source = sources.get(grade_id(cell), cell.source)
    return filled


def _answers_to(cell: NotebookNode) -> str:
    return cell.metadata.get("grade_id", grade_id(cell))


def collect(root: Path, assignment: str) -> dict[str, dict[str, Cell]]:
    """Read scores from the gradebook and mistakes from the graded notebooks.

    Parameters
    ----------
    root : Path
        The course folder.
    assignment : str
        Its assignment.

    Returns
    -------
    dict
        ``{student: {exercise: (points, possible points, mistakes)}}``.
    """
    table = {}
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        for folder in sorted((root / "submitted").iterdir()):
            try:
                submission = gradebook.find_submission(assignment, folder.name)
            except MissingEntry:
                continue
            mistakes = _mistakes(root, folder.name, assignment)
            table[folder.name] = {
                grade.name: (grade.score, grade.max_score, mistakes.get(grade.name, ()))
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
    return table


def _mistakes(root: Path, student: str, assignment: str) -> dict[str, tuple[str, ...]]:
    path = root / "autograded" / student / assignment / f"{assignment}.ipynb"
    return {
        grade_id(cell): tuple(output.metadata.rnngrade.mistakes)
        for cell in nbformat.read(path, 4).cells
        for output in cell.get("outputs", [])
        if "rnngrade" in output.get("metadata", {})
    }


def as_text(table: dict[str, dict[str, dict[str, Cell]]]) -> str:
    """Lay out the scores and the recognized mistakes.

    Parameters
    ----------
    table : dict
        ``{assignment: what collect returned}``.

    Returns
    -------
    str
        One line for each student and assignment, and one for each mistake.
    """
    lines = [f"\n{'student':16} {'assignment':22} {'score':>9}  recognized mistakes"]
    for assignment, students in table.items():
        for student, cells in students.items():
            points = sum(cell[0] for cell in cells.values())
            possible = sum(cell[1] for cell in cells.values())
            named = [name for cell in cells.values() for name in cell[2]]
            score = f"{points:g} / {possible:g}"
            mistakes = ", ".join(named) or "-"
            lines.append(f"{student:16} {assignment:22} {score:>9}  {mistakes}")
    return "\n".join(lines)


def check(table: dict[str, dict[str, dict[str, Cell]]]) -> int:
    """Tell whether the two students with a known score have it.

    Parameters
    ----------
    table : dict
        ``{assignment: what collect returned}``.

    Returns
    -------
    int
        The exit code: 0 when the reference has all points and the release none.
    """
    for assignment, students in table.items():
        for name, (points, possible, _) in students[REFERENCE].items():
            if points != possible:
                print(f"{assignment}: the reference loses points in {name}")
                return 1
        if any(points for points, _, _ in students[UNTOUCHED].values()):
            print(f"{assignment}: the untouched release scores")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
