"""A class goes through nbgrader's own commands, as an instructor types them."""

import copy
import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

import rnngrade
from rnngrade import config, sandbox
from rnngrade.source import grade_id
from tests.assignment import find

ROOT = Path(rnngrade.__file__).parents[1]
NAME = "02_rnn_equations"
STEP, FORWARD, ALL = 4, 6, 20


def nbgrader(root, *arguments, **variables):
    environment = {**os.environ, **variables, "PYTHONPATH": str(ROOT)}
    bin_folder = str(Path(sys.executable).parent)
    environment["PATH"] = bin_folder + os.pathsep + environment.get("PATH", "")
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def answers(root):
    source = nbformat.read(root / "course" / "source" / NAME / f"{NAME}.ipynb", 4)
    return {
        grade_id(cell): "\n".join(
            line for line in cell.source.split("\n") if "SOLUTION" not in line
        )
        for cell in source.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }


class Class:
    """Students who hand in."""

    def __init__(self, root):
        self.root, self.answers = root, answers(root)
        released = root / "course" / "release" / NAME / f"{NAME}.ipynb"
        self.released = nbformat.read(released, 4)

    def notebook(self, **changed):
        given = {name.replace("_", "-"): text for name, text in changed.items()}
        notebook = copy.deepcopy(self.released)
        for cell in notebook.cells:
            name = grade_id(cell)
            cell.source = {**self.answers, **given}.get(name, cell.source)
        return notebook

    def submit(self, student, notebook):
        folder = self.root / "course" / "submitted" / student / NAME
        folder.mkdir(parents=True)
        text = notebook if isinstance(notebook, str) else nbformat.writes(notebook)
        (folder / f"{NAME}.ipynb").write_text(text)
        (folder / "timestamp.txt").write_text("2026-01-01 10:00:00 UTC")
        return folder


def hand_in(students):
    students.submit("reference", students.notebook())
    students.submit("untouched", students.released)
    students.submit("syntax", students.notebook(rnn_step="def rnn_step(:"))
    students.submit("loop", students.notebook(rnn_forward="while True: pass"))
    leave = "import os\ndef rnn_step(*args): os._exit(0)"
    students.submit("exits", students.notebook(rnn_step=leave))
    students.submit("broken", "{")
    extra = students.submit("extra", students.notebook())
    (extra / "notes.txt").write_text("mine")
    os.symlink(students.root / "secret", extra / "link")
    students.submit("split", split(students.notebook()))
    students.submit("script", script(students.notebook()))
    students.submit("tampered", tampered(students.released))
    students.submit("nameless", nameless(students.notebook()))
    hand_in_strange_folders(students)


def hand_in_strange_folders(students):
    undated = students.submit("undated", students.notebook())
    (undated / "timestamp.txt").write_text("yesterday")
    crowded = students.submit("crowded", students.notebook())
    os.mkfifo(crowded / "pipe")
    os.symlink("/dev/zero", crowded / "endless")
    os.symlink("/nowhere", crowded / "dangling")
    linked = students.submit("linked", students.notebook())
    (linked / f"{NAME}.ipynb").unlink()
    others = students.root / "course" / "submitted" / "reference" / NAME
    os.symlink(others / f"{NAME}.ipynb", linked / f"{NAME}.ipynb")
    (linked.parents[1] / "copied").mkdir()
    os.symlink(others, linked.parents[1] / "copied" / NAME)


def nameless(notebook):
    for cell in notebook.cells:
        cell.metadata.clear()
    return notebook


def split(notebook):
    place = notebook.cells.index(find(notebook, "rnn-step"))
    half = copy.deepcopy(notebook.cells[place])
    notebook.cells[place].source, half.id = "# first half", "half"
    notebook.cells.insert(place + 1, half)
    return notebook


def script(notebook):
    evil = "<script>alert(1)</script>"
    notebook.cells += [
        new_markdown_cell(f"{evil} ### BEGIN HIDDEN TESTS"),
        new_code_cell(f"print({evil!r})\n### BEGIN HIDDEN TESTS"),
    ]
    return notebook


def tampered(notebook):
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        cell.metadata["tags"] = ["skip-execution"]
        if grade_id(cell) == "rnn-step-check":
            cell.source = "4.0"
            cell.metadata["nbgrader"]["points"] = 400
    return notebook


EXPECTED = {
    "reference": ALL,
    "untouched": 0,
    "syntax": ALL - STEP,
    "loop": ALL - FORWARD,
    "exits": ALL - STEP,
    "broken": 0,
    "extra": ALL,
    "split": ALL,
    "script": ALL,
    "tampered": 0,
    "nameless": ALL,
    "undated": ALL,
    "crowded": ALL,
    "linked": 0,
    "copied": 0,
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    try:
        sandbox.check_available()
    except sandbox.SandboxUnavailable as error:
        pytest.skip(str(error))
    root = tmp_path_factory.mktemp("journey")
    shutil.copytree(ROOT / "solutions" / NAME, root / "solutions" / NAME)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    with open(root / "nbgrader_config.py", "a") as file:
        file.write("\nc.Grade.timeout = 2\n")
    (root / "secret").write_text("of another student")
    nbgrader(root, "generate_assignment", NAME)
    hand_in(Class(root))
    nbgrader(root, "autograde", NAME)
    nbgrader(root, "generate_feedback", NAME)
    nbgrader(root, "export", "--to", "grades.csv")
    return root


def page(course, student):
    return (
        course / "course" / "feedback" / student / NAME / f"{NAME}.html"
    ).read_text()


def test_every_student_has_the_deserved_score(course):
    with open(course / "grades.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["student_id"]: float(row["score"]) for row in rows} == EXPECTED
    assert {float(row["max_score"]) for row in rows} == {ALL}


def test_nothing_of_a_solution_or_hidden_test_is_released(course):
    release = course / "course" / "release" / NAME / f"{NAME}.ipynb"
    text = release.read_text()
    assert "hidden=True" not in text
    assert "rnncore" not in text
    assert text.count("YOUR CODE HERE") >= 4
    solution = (course / "solutions" / NAME / f"{NAME}.md").read_text()
    regions = solution.split("### BEGIN SOLUTION\n")[1:]
    for region in regions:
        for line in region.split("### END SOLUTION")[0].split("\n"):
            assert len(line.strip()) < 12 or line.strip() not in text


def test_feedback_says_what_happened(course):
    assert f"{ALL} of {ALL} points" in page(course, "reference")
    assert "it took longer than 2 s" in page(course, "loop")
    assert "SyntaxError" in page(course, "syntax")
    assert "ended the process" in page(course, "exits")
    assert "The submitted file is not JSON." in page(course, "broken")
    assert "was there twice" in page(course, "split")
    assert "NotImplementedError" in page(course, "untouched")
    assert "not a link to it" in page(course, "linked")
    assert "The submitted folder is a link" in page(course, "copied")


@pytest.mark.parametrize("student", EXPECTED)
def test_feedback_shows_no_hidden_test_and_runs_nothing(course, student):
    text = page(course, student)
    assert "hidden=True" not in text
    assert "<script" not in text
    assert "default-src 'none'" in text
    assert "http://" not in text
    assert "https://" not in text


def test_other_files_of_a_submission_go_nowhere(course):
    for kind in ("autograded", "feedback"):
        files = os.listdir(course / "course" / kind / "extra" / NAME)
        ours = f"{NAME}.{'ipynb' if kind == 'autograded' else 'html'}"
        assert sorted(files) == sorted([ours, "timestamp.txt"])


def test_the_sandbox_holds_in_another_folder_as_well(course, tmp_path):
    # JUPYTER_CONFIG_PATH stands for the environment that `make` prepares.
    config.hold_everywhere(course, tmp_path)
    there = {"JUPYTER_CONFIG_PATH": str(tmp_path / "etc" / "jupyter")}
    graded = course / "course" / "autograded"
    for folder in (course / "course", tmp_path):
        shutil.rmtree(graded / "exits")
        root = f"--CourseDirectory.root={course / 'course'}"
        nbgrader(folder, "autograde", NAME, "--student", "exits", root, **there)
        text = (graded / "exits" / NAME / f"{NAME}.ipynb").read_text()
        assert "it ended the process (exit code 0)" in text


def test_a_later_submission_replaces_the_earlier(course):
    folder = course / "course" / "submitted" / "untouched" / NAME
    (folder / "timestamp.txt").write_text("2026-01-02 10:00:00 UTC")
    nbgrader(course, "autograde", NAME, "--student", "untouched")
    stamp = course / "course" / "autograded" / "untouched" / NAME / "timestamp.txt"
    assert stamp.read_text() == "2026-01-02 10:00:00 UTC\n"


def test_an_edit_of_the_text_is_released_at_once(course):
    text = course / "solutions" / NAME / f"{NAME}.md"
    source = course / "course" / "source" / NAME / f"{NAME}.ipynb"
    old = text.read_text()
    later = source.stat().st_mtime_ns + 10**9
    text.write_text(old.replace("## One step", "## One step, edited"))
    os.utime(text, ns=(later, later))
    try:
        nbgrader(course, "generate_assignment", NAME, "--force")
    finally:
        text.write_text(old)
    released = course / "course" / "release" / NAME / f"{NAME}.ipynb"
    assert "One step, edited" in released.read_text()
