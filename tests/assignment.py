"""A small assignment for the tests of grading: three exercises, and its notebooks."""

import json

import nbformat
import numpy as np
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from rnngrade.exercise import Case, Exercise, Mistake, Output
from rnngrade.source import grade_id, released_source


def draw(rng):
    return [Case("3 numbers", (rng.normal(size=3) + 3,))]


def draw_with_function(rng):
    slope = rng.normal()
    return [Case("a line", (lambda x: slope * x + 1, rng.normal(size=2)))]


def make(identifier, function, reference, cases=draw, mistakes=()):
    names = ("f", "x") if cases is draw_with_function else ("x",)
    return Exercise(
        id=identifier,
        function=function,
        arguments=names,
        outputs=(Output("y", 3),),
        reference=reference,
        cases=cases,
        edges=cases,
        mistakes=mistakes,
        inputs_points=1,
    )


ADDED = Mistake("ADDED", "Doubling is not adding two.", lambda x: x + 2)
EXERCISES = {
    exercise.id: exercise
    for exercise in (
        make("double-it", "double", lambda x: 2 * x, mistakes=(ADDED,)),
        make("halve-it", "halve", lambda x: x / 2),
        make("twice-it", "twice", lambda f, x: f(f(x)), draw_with_function),
    )
}
ANSWERS = {
    "double-it": "def double(x):\n    return 2 * x",
    "halve-it": "def halve(x):\n    return x / 2",
    "twice-it": "def twice(f, x):\n    return f(f(x))",
}


def marked(cell, name, **flags):
    cell.metadata["nbgrader"] = {
        "grade": False,
        "grade_id": name,
        "locked": True,
        "schema_version": 3,
        "solution": False,
        "task": False,
        **flags,
    }
    cell.id = name
    return cell


def instructor():
    setup = new_code_cell("import numpy as np\nfrom rnngrade import check")
    cells = [marked(setup, "small-setup")]
    for name, exercise in EXERCISES.items():
        head, body = ANSWERS[name].split("\n")
        text = f"{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
        test = (
            f"check({exercise.function})\n### BEGIN HIDDEN TESTS\n"
            f"check({exercise.function}, hidden=True)\n### END HIDDEN TESTS"
        )
        cells += [
            marked(new_markdown_cell(f"### {name}"), f"{name}-statement"),
            marked(new_code_cell(text), name, locked=False, solution=True),
            marked(new_code_cell(test), f"{name}-check", grade=True, points=4),
        ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def released():
    notebook = instructor()
    for cell in notebook.cells:
        cell.source = released_source(cell)
    return notebook


def submission(**answers):
    """Return a notebook with the right answers, but for those given."""
    notebook = released()
    given = {name.replace("_", "-"): text for name, text in answers.items()}
    for cell in notebook.cells:
        name = grade_id(cell)
        cell.source = {**ANSWERS, **given}.get(name, cell.source)
    return notebook


def find(notebook, name):
    return next(cell for cell in notebook.cells if grade_id(cell) == name)


def write(notebook, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = notebook if isinstance(notebook, str) else nbformat.writes(notebook)
    path.write_text(text, encoding="utf-8")
    return path


def raw(notebook):
    return json.loads(nbformat.writes(notebook))


def rng():
    return np.random.default_rng(0)
