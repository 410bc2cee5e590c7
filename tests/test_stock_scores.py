"""On ordinary submissions, every cell has the score that stock nbgrader gives it.

Stock nbgrader runs them in a kernel, unprotected, with the reference at hand; that is
why only texts of our own are graded here.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

import rnngrade
from rnngrade import sandbox
from rnngrade.source import grade_id
from samples.grade import with_answers
from tests.assignment import write

ROOT = Path(rnngrade.__file__).parents[1]
STEPS, BPTT = "02_rnn_equations", "05_bptt"
STOCK = "c = get_config()\nc.CourseDirectory.root = {root!r}\n"

# Of the reference: by the name of a cell, a text and what stands in its place; an
# empty text is the whole cell.
STUDENTS = {
    STEPS: {
        "reference": {},
        "no_tanh": {"rnn-step": ("np.tanh(", "(")},
        "no_state": {
            "rnn-step": ("h_prev @ W_hh", "0"),
            "rnn-forward": (
                "h = np.tanh(x @ W_xh + h @",
                "h = np.tanh(x @ W_xh + h0 @",
            ),
        },
        "in_place": {
            "rnn-forward": ("h, hs = h0, []", "h0 += 1\n    h, hs = h0 - 1, []")
        },
        "counts": {
            "rnn-parameters": ("if bidirectional", "if not bidirectional"),
            "rnn-flops": ("2 * T * N * H * H", "T * N * H * H"),
        },
        "syntax": {"rnn-flops": ("", "def forward_flops(")},
        "raises": {"rnn-forward": ("np.stack(hs)", "np.stack(hx)")},
        "nothing": {"rnn-flops": ("", ""), "rnn-step": ("", "# later")},
    },
    BPTT: {
        "reference": {},
        "last_step": {"bptt-output-weights": ("dW_hy +=", "dW_hy =")},
        "no_slope": {"bptt-three-terms": ("dh * (1 - states[t + 1] ** 2)", "dh")},
        "no_future": {"bptt-full": ("dh = da @ W_hh.T", "dh = 0 * (da @ W_hh.T)")},
        "partial": {
            "bptt-full": ("return dxs, dh, dW_xh", "return dxs, dh, 2 * dW_xh"),
            "bptt-output-weights": ("dlogits.sum(axis=(0, 1))", "dlogits.sum(axis=0)"),
        },
        "syntax": {
            "bptt-three-terms": ("", "def gradient_terms(:"),
            "bptt-output-weights": ("", "def output_gradients(:"),
        },
    },
}
CASES = [
    (name, student) for name in STUDENTS for student in (*STUDENTS[name], "untouched")
]


@pytest.fixture(scope="module")
def gradebooks(tmp_path_factory):
    """Open the gradebook of stock nbgrader, and ours."""
    try:
        sandbox.check_available()
    except sandbox.SandboxUnavailable as error:
        pytest.skip(str(error))
    ours, stock = (tmp_path_factory.mktemp(name) for name in ("ours", "stock"))
    shutil.copy(ROOT / "nbgrader_config.py", ours)
    root = str(stock / "course")
    (stock / "nbgrader_config.py").write_text(STOCK.format(root=root))
    for name in STUDENTS:
        shutil.copytree(ROOT / "solutions" / name, ours / "solutions" / name)
        nbgrader(ours, "generate_assignment", name)
        hand_in(ours / "course", name)
    shutil.copytree(ours / "course", stock / "course")
    for folder in (ours, stock):
        for name in STUDENTS:
            nbgrader(folder, "autograde", name)
    with opened(stock) as expected, opened(ours) as given:
        yield expected, given


def opened(folder):
    return Gradebook(f"sqlite:///{folder / 'course' / 'gradebook.db'}")


def nbgrader(folder, *arguments):
    own = {
        name: str(folder) for name in ("TMPDIR", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR")
    }
    programs = str(Path(sys.executable).parent)  # nbgrader calls alembic
    path = os.pathsep.join((programs, os.environ.get("PATH", "")))
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder,
        # Without what is installed on this machine: it might not be stock.
        env={
            **os.environ,
            **own,
            "JUPYTER_NO_CONFIG": "1",
            "PATH": path,
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def hand_in(course, name):
    release, source = (
        nbformat.read(course / kind / name / f"{name}.ipynb", 4)
        for kind in ("release", "source")
    )
    reference = with_answers(release, source)
    notebooks = {
        student: changed(reference, cells) for student, cells in STUDENTS[name].items()
    }
    for student, notebook in {**notebooks, "untouched": release}.items():
        write(notebook, course / "submitted" / student / name / f"{name}.ipynb")


def changed(reference, cells):
    notebook = with_answers(reference, reference)
    for cell in notebook.cells:
        if grade_id(cell) in cells:
            old, new = cells[grade_id(cell)]
            assert old in cell.source
            cell.source = cell.source.replace(old, new) if old else new
    return notebook


def found(gradebook, name, student):
    """What stands in a gradebook about each cell of a submission."""
    notebook = gradebook.find_submission_notebook(name, name, student)
    comments = {comment.name: comment.auto_comment for comment in notebook.comments}
    grades = {
        grade.name: (
            pytest.approx(grade.auto_score, abs=1e-9),
            grade.score,
            grade.max_score,
            bool(grade.needs_manual_grade),
        )
        for grade in notebook.grades
    }
    return grades, comments


@pytest.mark.parametrize(("name", "student"), CASES)
def test_the_scores_are_those_of_stock_nbgrader(gradebooks, name, student):
    stock, ours = (found(gradebook, name, student) for gradebook in gradebooks)
    assert ours == stock


@pytest.mark.parametrize("name", STUDENTS)
def test_the_submissions_differ(gradebooks, name):
    # Else they would say little: between none and all of the points, each its own way.
    seen = {}
    for student in (*STUDENTS[name], "untouched"):
        notebook = gradebooks[1].find_submission_notebook(name, name, student)
        seen[student] = tuple(grade.score for grade in notebook.grades)
    assert len(set(seen.values())) == len(seen)
    assert set(seen["untouched"]) == {0}
    assert sum(seen["reference"]) == {STEPS: 20, BPTT: 25}[name]
