"""A class that hands in: as many submissions as wanted, with realistic errors.

    python -m benchmarks.classroom --students 60 --root _build/classroom

Each student has a skill, and answers each exercise rightly with that probability: by
the instructor's solution or by one of the independent answers in ``tests/answers``.
What is not right is mostly a solution with one small edit (an operator, an index, a
transpose, a constant; `tests.mutants`), else the untouched stub, a name that does not
exist, or a line that does not parse. One notebook in two hundred cannot be read, one in
three hundred contains an endless loop, one in fifty ends its process. Everything is
drawn from a seed, and the first students of a large class are those of a small one.

Nothing is graded here.
"""

import argparse
import copy
import json
from collections import Counter
from functools import lru_cache
from pathlib import Path

import nbformat
import numpy as np
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from rnngrade.source import grade_id
from tests.mutants import mutants

ROOT = Path(__file__).parent.parent
TROUBLES = {"unreadable": 1 / 200, "endless": 1 / 300, "ended": 1 / 50}
CELLS = {
    "endless": "while True:\n    pass",
    "ended": "import os\n\nos._exit(1)",
}
WRONG = {"edit": 0.7, "stub": 0.15, "name": 0.1, "syntax": 0.05}
SKILL = 6.0, 2.5  # of a beta distribution: mean 0.7


def hand_in(
    root: Path, assignment: str, count: int, seed: int = 0
) -> dict[str, tuple[str, ...]]:
    """Write submissions to ``root/submitted``.

    Parameters
    ----------
    root : Path
        A course folder in which the assignment has been released.
    assignment : str
        Such as ``"05_bptt"``.
    count : int
        How many students there are.
    seed : int
        Equal seeds give equal classes.

    Returns
    -------
    dict of str to tuple of str
        Each student, and what is wrong with the whole submission: names in `TROUBLES`.
    """
    name = f"{assignment}.ipynb"
    released = nbformat.read(root / "release" / assignment / name, 4)
    source = nbformat.read(root / "source" / assignment / name, 4)
    answers = {
        grade_id(cell): answer_texts(grade_id(cell), cell.source)
        for cell in source.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    troubles = {}
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        kinds = tuple(kind for kind, odds in TROUBLES.items() if rng.random() < odds)
        student = f"student{number:05d}"
        target = root / "submitted" / student / assignment / name
        target.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(submission(released, answers, rng, kinds), indent=1)
        if "unreadable" in kinds:
            text = text[: len(text) // 2]
        target.write_text(text, encoding="utf-8")
        troubles[student] = kinds
    return troubles


@lru_cache(maxsize=64)
def answer_texts(exercise: str, solution: str) -> dict[str, tuple[str, ...]]:
    """Collect right and wrong answers to an exercise.

    Parameters
    ----------
    exercise : str
        Its id.
    solution : str
        The instructor's cell.

    Returns
    -------
    dict
        ``"right"`` and ``"edit"``, each with some source texts.
    """
    plain = "\n".join(
        line for line in solution.split("\n") if "### " not in line.lstrip()[:4]
    )
    folder = ROOT / "tests" / "answers" / exercise
    others = [path.read_text() for path in sorted(folder.glob("*.py"))]
    edited = tuple(mutant.source for mutant in mutants(plain))
    return {"right": (plain, *others), "edit": edited}


def submission(
    released: NotebookNode,
    answers: dict,
    rng: np.random.Generator,
    troubles: tuple[str, ...] = (),
) -> NotebookNode:
    """Fill in a notebook as one student would.

    Parameters
    ----------
    released : nbformat.NotebookNode
        What students get; it is not changed.
    answers : dict
        For each exercise what `answer_texts` returned.
    rng : numpy.random.Generator
        Who the student is.
    troubles : tuple of str
        Names in `CELLS`: what one more cell of the student's does.

    Returns
    -------
    nbformat.NotebookNode
        With some cells of the student's own, and with outputs.
    """
    notebook, skill = copy.deepcopy(released), rng.beta(*SKILL)
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if grade_id(cell) in answers:
            texts = answers[grade_id(cell)]
            cell.source = answer(cell.source, texts, skill, rng)
            if rng.random() < 0.3:
                cells.append(
                    own_cell("x = np.arange(6.0).reshape(2, 3)\nx @ x.T", cells)
                )
        elif cell.cell_type == "code" and cell.metadata["nbgrader"]["grade"]:
            text = "a report of the check, as it was seen at home\n" * 12
            cell.outputs = [new_output("stream", name="stdout", text=text)]
    for kind in filter(CELLS.get, troubles):
        cells.insert(int(rng.integers(len(cells))), own_cell(CELLS[kind], cells))
    notebook.cells = cells
    return notebook


def own_cell(text: str, cells: list[NotebookNode]) -> NotebookNode:
    """Make a cell of the student's own.

    Parameters
    ----------
    text : str
        What it runs.
    cells : list of nbformat.NotebookNode
        The notebook that it goes to.

    Returns
    -------
    nbformat.NotebookNode
        A cell with an id that is drawn from nothing, so that equal seeds give the same
        bytes.
    """
    return new_code_cell(text, id=f"own-{len(cells)}")


def answer(
    stub: str,
    texts: dict[str, tuple[str, ...]],
    skill: float,
    rng: np.random.Generator,
) -> str:
    """Write one answer.

    Parameters
    ----------
    stub : str
        The released cell.
    texts : dict
        What `answer_texts` returned.
    skill : float
        Probability of a right answer.
    rng : numpy.random.Generator
        The source of chance.

    Returns
    -------
    str
        The cell's text.
    """
    if rng.random() < skill:
        return str(rng.choice(texts["right"]))
    kind = rng.choice(list(WRONG), p=list(WRONG.values()))
    if kind == "edit" and texts["edit"]:
        return str(rng.choice(texts["edit"]))
    if kind == "name":
        return texts["right"][0].replace("np.", "numpy.", 1)
    if kind == "syntax":
        return texts["right"][0].replace(":", "", 1)
    return stub


def main() -> None:
    """Write a class; its course must have been released."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--students", type=int, default=60)
    parser.add_argument("--assignment", default="05_bptt")
    parser.add_argument("--root", type=Path, default=Path("_build/classroom"))
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    drawn = hand_in(given.root, given.assignment, given.students, given.seed)
    counts = Counter(kind for kinds in drawn.values() for kind in kinds)
    print(f"{len(drawn)} submissions; of these {dict(counts)}")


if __name__ == "__main__":
    main()
