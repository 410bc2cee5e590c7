"""What is graded is what was released, with the settings of the course."""

import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config, Configurable

from rnngrade import sandbox
from rnngrade.engine import instructor
from rnngrade.engine.converters import SourceReader
from rnngrade.engine.grading import code_fingerprint
from rnngrade.engine.instructor import NotReleased, check_sources, prepare
from rnngrade.grader import CannotGrade
from rnngrade.sandbox import SandboxUnavailable
from tests import assignment
from tests.assignment import EXERCISES, find, marked
from tests.test_engine_gradebook import PROGRAMS

WHY = {"grade": True, "solution": True, "locked": False, "points": 3}
ESSAY = {"task": True, "points": 2}


class Course:
    """A released course of two notebooks."""

    def __init__(self, root):
        self.root, self.config = root, Config()

    def folders(self):
        return CourseDirectory(root=str(self.root), assignment_id="hw")

    def prepare(self, name="hw"):
        parent = Configurable(config=self.config)
        parent.coursedir = self.folders()
        return prepare(parent, parent.coursedir, name)

    def source(self, name):
        return self.root / "source" / "hw" / f"{name}.ipynb"

    def write(self):
        more = assignment.instructor()
        more.cells += [
            marked(new_markdown_cell("Why?"), "why", **WHY),
            marked(new_markdown_cell("Write."), "essay", **ESSAY),
        ]
        assignment.write(assignment.instructor(), self.source("small"))
        assignment.write(more, self.source("large"))


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    course = Course(tmp_path_factory.mktemp("released"))
    course.write()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", PROGRAMS)
        patch.setattr(instructor, "EXERCISES", EXERCISES)
        config = Config()
        config.GenerateAssignment.exporter_class = SourceReader
        GenerateAssignment(coursedir=course.folders(), config=config).start()
    return course.root


@pytest.fixture
def course(released, tmp_path, monkeypatch):
    monkeypatch.setattr(instructor, "EXERCISES", EXERCISES)
    monkeypatch.setattr(instructor, "check_available", lambda kind: None)
    return Course(shutil.copytree(released, tmp_path / "course"))


def refused(course, notebook):
    """Return why a notebook cannot be released."""
    path = assignment.write(notebook, course.source("small"))
    parent = Configurable(config=course.config)
    with pytest.raises(CannotGrade) as caught:
        check_sources(parent, [str(course.source("large")), str(path)])
    return str(caught.value)


def test_what_cannot_be_graded_is_not_released(course):
    notebook = assignment.instructor()
    test = new_code_cell("assert double(2) == 4")
    notebook.cells.append(marked(test, "more-tests", grade=True, points=1))
    reason = refused(course, notebook)
    assert reason.startswith("small.ipynb: The graded cell 'more-tests' belongs to no")
    assert "plain_tests = True" in reason
    course.config.Grade.plain_tests = True
    check_sources(Configurable(config=course.config), [str(course.source("small"))])


def test_neither_is_what_misleads_students_or_what_nbgrader_would_stop_at(course):
    notebook = assignment.instructor()
    find(notebook, "double-it-check").source = "check(halve)"
    assert "small.ipynb: The graded cell 'double-it-check'" in refused(course, notebook)
    find(notebook, "double-it").source = "### BEGIN SOLUTION"
    assert "small.ipynb: The cell 'double-it' has BEGIN" in refused(course, notebook)


def notebooks(given):
    return {name: nbformat.reads(text, 4) for name, text in given.notebooks}


def test_all_notebooks_of_the_assignment_are_read_in_one_order(course):
    given = course.prepare()
    assert given.name == "hw"
    assert [name for name, _ in given.notebooks] == ["large", "small"]
    assert given.code == code_fingerprint(given.notebooks)
    assert all(text.endswith("}\n") for _, text in given.notebooks)
    assert course.prepare() == given
    assert course.prepare().version == given.version


def test_answers_are_compared_with_what_was_released(course):
    released = nbformat.read(course.root / "release" / "hw" / "large.ipynb", 4)
    prepared = notebooks(course.prepare())["large"]
    for name in ("double-it", "why"):
        about = find(prepared, name).metadata["nbgrader"]
        assert about["checksum"] == utils.compute_checksum(find(released, name))
    # A locked cell is the instructor's own, hidden tests included.
    check = find(prepared, "double-it-check")
    assert "hidden=True" in check.source
    assert check.metadata["nbgrader"]["checksum"] == utils.compute_checksum(check)
    assert find(prepared, "essay").metadata["nbgrader"]["points"] == 2


def test_points_are_those_of_the_gradebook(course):
    before = course.prepare()
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        gradebook.find_graded_cell("why", "large", "hw").max_score = 30
        gradebook.db.commit()
    given = course.prepare()
    why = find(notebooks(given)["large"], "why")
    assert why.metadata["nbgrader"]["points"] == 30
    assert given.version != before.version


def test_a_locked_cell_that_was_edited_since_is_the_released_one(course):
    before = course.prepare()
    notebook = nbformat.read(course.source("large"), 4)
    check = find(notebook, "double-it-check")
    check.source, check.metadata["nbgrader"]["points"] = "print('edited')", 40
    nbformat.write(notebook, course.source("large"))
    assert notebooks(course.prepare()) == notebooks(before)


def test_a_notebook_that_is_not_released_is_not_graded(course):
    shutil.copy(course.source("small"), course.source("another"))
    assert [name for name, _ in course.prepare().notebooks] == ["large", "small"]


def test_settings_are_those_of_the_course(course):
    default = course.prepare()
    course.config.Grade.timeout = 7
    course.config.Grade.submission_timeout = 70
    course.config.Grade.memory = 512
    course.config.Grade.packages = ["numpy", "scipy"]
    course.config.LimitOutput.max_lines = 5
    given = course.prepare()
    limits, confinement = given.settings.limits, given.settings.confinement
    assert (limits.cell_seconds, limits.submission_seconds) == (7, 70)
    assert confinement.packages == ("numpy", "scipy")
    assert confinement.limits.memory == 512 << 20
    assert confinement.protected
    assert given.output == {"IgnorePattern": {}, "LimitOutput": {"max_lines": 5}}
    assert given.version != default.version


def test_a_notebook_that_has_gone_is_told_with_the_remedy(course):
    course.source("small").unlink()
    with pytest.raises(NotReleased, match=r"small\.ipynb is missing.*Put it back"):
        course.prepare()


def test_what_is_released_is_named(course):
    with pytest.raises(NotReleased, match="released are: hw"):
        course.prepare("other")


def test_nothing_is_graded_without_running_it(course):
    course.config.Grade.enabled = False
    with pytest.raises(CannotGrade, match="--no-execute"):
        course.prepare()


@pytest.fixture
def asked(course, monkeypatch):
    """Return which sandboxes were asked for; there is none."""
    kinds = []

    def none(kind):
        kinds.append(kind)
        raise SandboxUnavailable("There is none.")

    monkeypatch.setattr(instructor, "check_available", none)
    return kinds


@pytest.mark.parametrize("kind", [*sandbox.KINDS, "auto"])
def test_the_sandbox_that_was_asked_for_has_to_be_there(course, asked, kind):
    course.config.Grade.sandbox = kind
    with pytest.raises(SandboxUnavailable):
        course.prepare()
    assert asked == [kind]


def test_a_trusted_classroom_needs_none(course, asked):
    course.config.Grade.trusted_classroom = True
    assert not course.prepare().settings.confinement.protected
    assert asked == []
