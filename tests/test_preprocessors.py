import copy
from types import SimpleNamespace

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.preprocessors import Execute
from nbgrader.utils import determine_grade
from traitlets.config import LoggingConfigurable

from rnngrade import preprocessors, sandbox
from rnngrade.preprocessors import (
    ClearHiddenTestsOfChecks,
    Grade,
    RebuildSubmission,
    ShowAsText,
)
from rnngrade.sandbox.channel import WorkerLost
from tests import assignment
from tests.assignment import find

ABOUT = {"nbgrader": {"student": "ada", "assignment": "small", "notebook": "small"}}


class Parent(LoggingConfigurable):
    """What nbgrader's converter is for its steps."""


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.setattr(preprocessors, "EXERCISES", assignment.EXERCISES)
    source = tmp_path / "source" / "small" / "small.ipynb"
    assignment.write(assignment.instructor(), source)
    return SimpleNamespace(
        parent=None,
        source_directory="source",
        autograded_directory="autograded",
        submitted_directory="submitted",
        get_existing_timestamp=lambda folder: None,
        format_path=lambda folder, student, name: str(
            tmp_path / folder / student / name
        ),
    )


def rebuild(notebook, course):
    converter = Parent()
    converter.coursedir = course
    step = RebuildSubmission(parent=Parent(parent=converter))
    return step.preprocess(notebook, ABOUT)[0]


def test_a_submission_is_rebuilt_and_graded(course):
    check_sandbox()
    notebook = rebuild(assignment.submission(halve_it="1 / 0"), course)
    graded, _ = Grade().preprocess(notebook, ABOUT)
    scores = [
        determine_grade(find(graded, f"{name}-check"))[0]
        for name in assignment.EXERCISES
    ]
    assert scores == [4, 0, 4]
    nbformat.validate(graded)


def check_sandbox():
    try:
        sandbox.check_available()
    except sandbox.SandboxUnavailable as error:
        pytest.skip(str(error))


def test_notes_go_with_the_notebook(course):
    notebook = assignment.submission()
    notebook.cells.pop()
    notes = rebuild(notebook, course).metadata["rnngrade"]["notes"]
    assert notes == ["Cell twice-it-check was missing and has been put back."]


def test_an_unreadable_submission_has_one_note(course):
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["rnngrade"] = {"notes": ["The submitted file is not JSON."]}
    rebuilt = rebuild(notebook, course)
    assert rebuilt.metadata["rnngrade"]["notes"] == ["The submitted file is not JSON."]
    assert len(rebuilt.cells) == len(assignment.instructor().cells)


def test_grading_takes_the_settings_of_nbgraders_own_step():
    step = Grade(timeout=7)
    assert isinstance(step, Execute)
    assert step.timeout == 7
    assert step.packages == ["numpy"]
    assert not step.trusted_classroom


def test_settings_reach_the_worker(course, monkeypatch):
    seen = {}

    def grade_notebook(nb, exercises, settings):
        seen.update(vars(settings))

    monkeypatch.setattr(preprocessors, "grade_notebook", grade_notebook)
    step = Grade(
        timeout=7,
        submission_timeout=70,
        packages=["six"],
        memory=512,
        sandbox="landlock",
        plain_tests=True,
    )
    step.preprocess(assignment.instructor(), ABOUT)
    assert (seen["limits"].cell_seconds, seen["limits"].submission_seconds) == (7, 70)
    assert seen["confinement"].packages == ("six",)
    assert seen["confinement"].limits.memory == 512 << 20
    assert seen["confinement"].protected
    assert seen["confinement"].sandbox == "landlock"
    assert seen["plain_tests"]


@pytest.mark.parametrize("endless", [None, -1])
def test_a_cell_without_a_limit_has_that_of_the_notebook(endless):
    limits = Grade(timeout=endless, submission_timeout=70).settings().limits
    assert limits.cell_seconds == 70


def test_without_a_sandbox_nothing_is_run_unless_the_flag_says_so(
    course, monkeypatch, caplog
):
    monkeypatch.setattr(sandbox, "missing", lambda kind: f"{kind} is missing.")
    notebook = rebuild(assignment.submission(), course)
    with pytest.raises(sandbox.SandboxUnavailable, match="trusted_classroom"):
        Grade().preprocess(notebook, ABOUT)
    step = Grade(trusted_classroom=True)
    step.log.propagate = True
    graded, _ = step.preprocess(notebook, ABOUT)
    assert determine_grade(find(graded, "double-it-check"))[0] == 4
    assert "ada runs WITHOUT A SANDBOX" in caplog.text


def test_a_worker_that_does_not_start_is_the_graders_problem(course, monkeypatch):
    def fail(confinement):
        raise OSError("no more processes")

    monkeypatch.setattr("rnngrade.session.Worker", fail)
    notebook = rebuild(assignment.submission(), course)
    with pytest.raises(OSError, match="no more processes"):
        Grade().preprocess(notebook, ABOUT)
    assert not issubclass(OSError, WorkerLost)


def test_feedback_hides_tests_of_the_instructor_and_no_text_of_a_student():
    notebook = assignment.submission()
    own = new_code_cell("### BEGIN HIDDEN TESTS")
    answer = find(notebook, "double-it")
    answer.source = "### END HIDDEN TESTS\n### BEGIN HIDDEN TESTS"
    check = find(assignment.instructor(), "double-it-check")
    notebook.cells[-1] = check
    notebook.cells.append(own)
    cleared, _ = ClearHiddenTestsOfChecks().preprocess(notebook, {})
    assert check.source == "check(double)"
    assert own in cleared.cells
    assert answer.source.startswith("### END")


def test_feedback_shows_no_line_of_a_hidden_plain_test():
    notebook = assignment.submission()
    lines = ["Traceback", "    assert double(2) == 4, 'four'", "AssertionError: four"]
    outputs = [
        new_output("stream", name="stdout", text="seen"),
        new_output("error", ename="AssertionError", evalue="four", traceback=lines),
    ]
    hidden, shown = (
        find(notebook, f"{name}-check") for name in ("double-it", "halve-it")
    )
    hidden.source = find(assignment.instructor(), "double-it-check").source
    hidden.outputs, shown.outputs = outputs, copy.deepcopy(outputs)
    ClearHiddenTestsOfChecks().preprocess(notebook, {})
    assert hidden.outputs[0].text == "seen"
    assert hidden.outputs[1].traceback == [f"AssertionError: {preprocessors.FAILED}"]
    assert "four" not in str(hidden)
    assert shown.outputs[1].traceback == lines


EVIL = "<script>alert(1)</script> [a](javascript:alert(2)) <img src=x onerror=alert(3)>"


def shown(notebook):
    exporter = HTMLExporter(preprocessors=[ShowAsText])
    return exporter.from_notebook_node(notebook)[0]


def test_the_formgrader_runs_nothing_that_a_student_wrote():
    notebook = assignment.submission()
    own = new_markdown_cell(f"</pre>{EVIL}\n\n</pre>\n\n{EVIL}\n\n```\n{EVIL}")
    notebook.cells.append(own)
    answer = assignment.marked(
        new_markdown_cell(EVIL), "why", solution=True, grade=True
    )
    notebook.cells.append(answer)
    page = shown(notebook).partition("<body")[2]
    assert "&lt;script&gt;alert(1)" in page
    for part in ("<script>alert", 'href="javascript:', "<img src=x"):
        assert part not in page
    assert "<h3 id=" in page  # the instructor's Markdown is rendered


def test_a_line_without_end_is_cut_in_the_formgrader():
    notebook = assignment.submission(double_it="x = '" + "a" * 190_000 + "'")
    notebook.cells.append(new_code_cell("y = 1\n" * 50_000))
    ShowAsText().preprocess(notebook, {})
    assert len(find(notebook, "double-it").source) == 500
    assert len(notebook.cells[-1].source) == 50_000


def test_the_instructors_files_go_with_the_notebook_and_no_others(course, tmp_path):
    source = tmp_path / "source" / "small"
    graded = tmp_path / "autograded" / "ada" / "small"
    for path in ("data/table.csv", "notes.pyc", "other.ipynb"):
        (source / path).parent.mkdir(exist_ok=True)
        (source / path).write_text("the instructor's")
    graded.mkdir(parents=True)
    (graded / "mine.txt").write_text("the student's")
    for _ in range(2):  # once for each notebook
        rebuild(assignment.submission(), course)
        files = [path for path in graded.rglob("*") if path.is_file()]
        assert files == [graded / "data" / "table.csv"]
