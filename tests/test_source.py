import os

import nbformat
import pytest

from rnngrade.source import (
    SourceError,
    check_source,
    exercise_cells,
    grade_id,
    read_solution,
    released_source,
    write_notebook,
)

TEXT = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# A title

+++ {"nbgrader": {"grade": false, "grade_id": "double-it-statement", "locked": true, \
"schema_version": 3, "solution": false, "task": false}}

Return $2x$.

```{code-cell} ipython3
---
nbgrader: {grade: false, grade_id: double-it, locked: false, schema_version: 3, \
solution: true, task: false}
---
def double(x):
    ### BEGIN SOLUTION
    secret = 2 * x
    return secret
    ### END SOLUTION
```

```{code-cell} ipython3
---
nbgrader: {grade: true, grade_id: double-it-check, locked: true, points: 4, \
schema_version: 3, solution: false, task: false}
---
check(double)
### BEGIN HIDDEN TESTS
check(double, hidden=True)
### END HIDDEN TESTS
```

An end.
"""


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "02_small.md"
    file.write_text(TEXT)
    return file


def test_cell_ids_come_from_the_grade_ids(path):
    notebook = read_solution(path)
    names = ["double-it-statement", "double-it", "double-it-check"]
    expected = ["02_small-1", *names, "double-it-check-1"]
    assert [cell.id for cell in notebook.cells] == expected
    nbformat.validate(notebook)
    assert notebook == read_solution(path)


def test_the_metadata_survive(path):
    check = read_solution(path).cells[3].metadata["nbgrader"]
    assert (check["grade"], check["locked"], check["points"]) == (True, True, 4)
    assert read_solution(path).metadata["kernelspec"]["name"] == "python3"


def test_a_name_given_twice_is_refused(path):
    path.write_text(TEXT.replace("double-it-check", "double-it"))
    with pytest.raises(ValueError, match="two cells have the grade_id 'double-it'"):
        read_solution(path)


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ('"grade": false, ', '"grade": false ', ["Markdown cell 1 at line", "Mend"]),
        ("nbgrader: {grade: true", "nbgrader: [{grade: true", ["Code cell 3", "YAML"]),
        ("kernelspec: {", "kernelspec: [{", ["line 4", "Mend"]),
        ("grade_id: double-it-check", "grade_id: a b", ["'a b'", "expected letters"]),
        (
            "grade_id: double-it-check",
            "grade_id: 3",
            ["the grade_id 3", "Rename it"],
        ),
        ("nbgrader: {grade: true", "nbgrader: 3 # {", ["`nbgrader: 3`", "expected"]),
        ("An end.", "\udce9", ["utf-8", "cannot be read"]),
    ],
)
def test_a_text_that_cannot_be_read_is_told_with_its_file(path, old, new, parts):
    text = TEXT.replace(old, new)
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(SourceError) as caught:
        read_solution(path)
    for part in (f"{path}: ", *parts):
        assert part in str(caught.value)


def test_a_whole_source_is_in_order(path):
    notebook = read_solution(path)
    check_source(notebook)
    assert notebook == read_solution(path)


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("    ### END SOLUTION\n", "", ["'double-it'", "has BEGIN SOLUTION;"]),
        ("    ### BEGIN SOLUTION\n", "", ["'double-it'", "has END SOLUTION;"]),
        ("### BEGIN HIDDEN TESTS\n", "", ["'double-it-check'", "with its"]),
        ("### END HIDDEN TESTS\n", "", ["'double-it-check'", "### END HIDDEN"]),
        ("secret = ", "### BEGIN SOLUTION\n", ["BEGIN SOLUTION, BEGIN SOLUTION, END"]),
        ("An end.", "### BEGIN SOLUTION\n### END SOLUTION", ["`solution: true`"]),
        ("secret =", "### BEGIN HIDDEN TESTS ### END HIDDEN TESTS", ["`grade: true`"]),
        ("An end.", "BEGIN MARK SCHEME\nEND MARK SCHEME", ["`task: true`"]),
        ("points: 4, ", "", ["'double-it-check' does not have points", "Mend them"]),
        ("schema_version: 3, solution: false", "solution: false", ["Outdated"]),
    ],
)
def test_what_nbgrader_cannot_release_is_told_with_the_cell(path, old, new, parts):
    assert old in TEXT
    path.write_text(TEXT.replace(old, new))
    with pytest.raises(SourceError) as caught:
        check_source(read_solution(path))
    for part in parts:
        assert part in str(caught.value)


def test_names_are_looked_at_in_notebooks_without_a_text_as_well(path):
    notebook = read_solution(path)
    notebook.cells += notebook.cells[-2:]
    with pytest.raises(SourceError, match="two cells have the grade_id 'double-it-ch"):
        check_source(notebook)


def test_exercise_cells(path):
    cells = exercise_cells(read_solution(path), "double-it")
    names = ["double-it-statement", "double-it", "double-it-check"]
    assert [grade_id(cell) for cell in cells] == names


def test_an_unknown_exercise_is_told_the_known_ones(path):
    with pytest.raises(ValueError, match="halve-it-check") as caught:
        exercise_cells(read_solution(path), "halve-it")
    assert "The exercises of this notebook are double-it." in str(caught.value)


def test_released_source_shows_neither_solution_nor_hidden_tests(path):
    notebook = read_solution(path)
    _, answer, check = exercise_cells(notebook, "double-it")
    stub = "    # YOUR CODE HERE\n    raise NotImplementedError()"
    assert released_source(answer) == f"def double(x):\n{stub}"
    assert released_source(check) == "check(double)"
    assert notebook == read_solution(path)


def test_a_region_in_the_wrong_cell_is_refused(path):
    path.write_text(TEXT.replace("An end.", "```{code-cell}\n### BEGIN SOLUTION\n```"))
    with pytest.raises(RuntimeError, match="no end solution"):
        released_source(read_solution(path).cells[-1])


def test_a_notebook_is_written_when_its_text_is_newer(path, tmp_path):
    target = tmp_path / "course" / "small.ipynb"
    assert write_notebook(path, target)
    assert not write_notebook(path, target)
    later = target.stat().st_mtime_ns + 10**9
    path.write_text(TEXT.replace("An end.", "Another end."))
    os.utime(path, ns=(later, later))
    assert write_notebook(path, target)
    assert nbformat.read(target, 4).cells[-1].source == "Another end."
    assert [file.name for file in target.parent.iterdir()] == ["small.ipynb"]
