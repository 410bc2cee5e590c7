"""The journey of the sample class, with nbgrader's own commands, on the real course."""

import csv
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from rnngrade.exercises import EXERCISES
from rnngrade.source import read_solution
from samples.grade import as_text, collect, with_answers

ROOT = Path(__file__).parent.parent
SOLUTIONS = sorted(ROOT.glob("solutions/*/*.md"))
STUDENTS = ["endless_loop", "reference", "syntax_error", "three_mistakes", "untouched"]
REGION = re.compile(r"### BEGIN (SOLUTION|HIDDEN TESTS)\n(.*?)\s*### END \1", re.DOTALL)


@pytest.fixture(scope="session")
def root(tmp_path_factory):
    """The course folder after the whole journey."""
    root = tmp_path_factory.mktemp("sample")
    done = subprocess.run(
        [sys.executable, "-m", "samples.grade", "--root", root, "--timeout", "3"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (root / "printed.txt").write_text(done.stdout)
    return root


@pytest.fixture(scope="session")
def scores(root):
    return {path.stem: collect(root, path.stem) for path in SOLUTIONS}


def secret_lines():
    """Lines of solutions and hidden tests that stand nowhere else in the sources."""
    for path in SOLUTIONS:
        secret, public = set(), set()
        for cell in read_solution(path).cells:
            hidden = [match[2] for match in REGION.finditer(cell.source)]
            secret |= {line.strip() for text in hidden for line in text.splitlines()}
            rest = REGION.sub("", cell.source)
            public |= {line.strip() for line in rest.splitlines()}
        yield path.stem, {line for line in secret - public if len(line) > 8}


def test_the_reference_scores_in_full_and_the_release_nothing(scores):
    for students in scores.values():
        assert {s == p for s, p, _ in students["reference"].values()} == {True}
        assert {s for s, _, _ in students["untouched"].values()} == {0}


def test_every_exercise_is_graded_with_its_points(scores):
    graded = {}
    for students in scores.values():
        graded |= {n: p for n, (_, p, _) in students["reference"].items()}
    assert graded == {f"{e.id}-check": e.max_points for e in EXERCISES.values()}


def test_three_mistakes_are_named(scores):
    cells = scores["05_bptt"]["three_mistakes"]
    assert [name for _, _, names in cells.values() for name in names] == [
        "LAST_STEP_ONLY",
        "TANH_DROPPED",
        "NO_RECURSION",
    ]
    assert all(score < possible for score, possible, _ in cells.values())


@pytest.mark.parametrize(
    ("student", "lost"),
    [("syntax_error", "bptt-output-weights"), ("endless_loop", "bptt-full")],
)
def test_an_error_costs_its_own_points_only(scores, student, lost):
    for name, (score, possible, _) in scores["05_bptt"][student].items():
        assert score == (0 if name == f"{lost}-check" else possible)


def test_feedback_says_what_happened(root):
    folder = root / "feedback"
    assert sorted(path.name for path in folder.iterdir()) == STUDENTS
    pages = {s: (folder / s / "05_bptt/05_bptt.html").read_text() for s in STUDENTS}
    assert "SyntaxError" in pages["syntax_error"]
    assert "took longer than 3 s" in pages["endless_loop"]
    assert "LAST_STEP_ONLY" in pages["three_mistakes"]
    assert "NotImplementedError" in pages["untouched"]


def test_no_solution_and_no_hidden_test_is_given_away(root):
    for name, lines in secret_lines():
        assert lines
        release = nbformat.read(root / "release" / name / f"{name}.ipynb", 4)
        text = "\n".join(cell.source for cell in release.cells)
        for page in root.glob(f"feedback/*/{name}/{name}.html"):
            if page.parent.parent.name == "untouched":
                text += page.read_text()
        leaked = [line for line in lines if line in text]
        assert not leaked
        for page in root.glob(f"feedback/*/{name}/{name}.html"):
            assert "hidden=True" not in page.read_text(), page


def test_grades_are_exported(root):
    with (root / "grades.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    full = [row for row in rows if row["student_id"] == "reference"]
    assert len(full) == len(SOLUTIONS)
    assert all(float(row["score"]) == float(row["max_score"]) for row in full)


def test_the_table_is_printed(root, scores):
    printed = (root / "printed.txt").read_text()
    assert as_text(scores).strip() in printed
    assert "feedback" in printed


def test_an_answer_to_nothing_is_refused():
    release = read_solution(SOLUTIONS[0])
    answers = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("", metadata={"grade_id": "no-such"})]
    )
    with pytest.raises(ValueError, match=r"no-such.*rnn-step"):
        with_answers(release, answers)
