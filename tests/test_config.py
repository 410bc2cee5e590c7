import os
import runpy
from pathlib import Path

import nbformat
import pytest
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.preprocessors import (
    AssignLatePenalties,
    ClearHiddenTests,
    Execute,
    SaveCells,
)
from traitlets.config import Config

from rnngrade import config
from rnngrade.config import configure, update_sources
from rnngrade.engine.converters import SourceReader
from rnngrade.preprocessors import AssignPenalties, Grade, ShowAsText
from tests.test_source import TEXT

ROOT = Path(config.__file__).parents[1]


@pytest.fixture
def root(tmp_path):
    solution = tmp_path / "solutions" / "02_small" / "02_small.md"
    solution.parent.mkdir(parents=True)
    solution.write_text(TEXT)
    return tmp_path


@pytest.fixture
def settings(root):
    c = Config()
    configure(c, root)
    return c


def test_no_unprotected_step_is_left(settings):
    steps = Autograde(config=settings).autograde_preprocessors
    assert steps[0] is Grade
    assert Execute not in steps
    assert set(Autograde().autograde_preprocessors) - set(steps) == {
        Execute,
        AssignLatePenalties,
        Autograde().autograde_preprocessors[2],  # ClearMetadata is never enabled
    }
    assert AssignPenalties in steps


def test_everything_else_of_nbgrader_stays(settings):
    stock = Autograde().sanitize_preprocessors
    assert Autograde(config=settings).sanitize_preprocessors[1:] == stock
    stock = GenerateAssignment().preprocessors
    assert GenerateAssignment(config=settings).preprocessors == stock
    assert SaveCells in stock


def test_a_release_is_looked_at_first(settings):
    assert GenerateAssignment(config=settings).exporter_class is SourceReader


def test_a_text_that_cannot_be_read_stops_the_command(root):
    text = root / "solutions" / "02_small" / "02_small.md"
    text.write_text(TEXT.replace("double-it-check", "double-it"))
    with pytest.raises(SystemExit) as caught:
        configure(Config(), root)
    assert str(caught.value) == (
        f"{text}: two cells have the grade_id 'double-it'. Give each its own.\n"
        "Nothing has been done."
    )


def test_feedback_is_ours(settings):
    feedback = GenerateFeedback(config=settings)
    assert feedback.exporter_class.file_extension == ".html"
    assert any(issubclass(step, ClearHiddenTests) for step in feedback.preprocessors)


def test_the_course_folder(settings, root):
    assert settings.CourseDirectory.root == str(root / "course")


def test_sources_follow_the_text(settings, root):
    target = root / "course" / "source" / "02_small" / "02_small.ipynb"
    assert nbformat.read(target, 4).cells[-1].source == "An end."
    folders = root / "solutions", root / "course"
    assert update_sources(*folders) == []
    text = root / "solutions" / "02_small" / "02_small.md"
    text.write_text(TEXT.replace("An end.", "Changed."))
    later = target.stat().st_mtime_ns + 10**9
    os.utime(text, ns=(later, later))
    assert update_sources(*folders) == [target]
    assert nbformat.read(target, 4).cells[-1].source == "Changed."


def test_the_formgrader_shows_text_only(settings):
    assert settings.HTMLExporter.preprocessors == [ShowAsText]


def run_everywhere(root, environment):
    loaded = []
    file = config.hold_everywhere(root, environment)
    runpy.run_path(
        str(file), init_globals={"load_subconfig": lambda *w: loaded.append(w)}
    )
    return loaded


def test_the_settings_hold_in_every_folder(root, tmp_path, monkeypatch):
    # nbgrader would grade elsewhere without any protection.
    (root / "nbgrader_config.py").touch()
    monkeypatch.chdir(root / "solutions")
    assert run_everywhere(root, tmp_path) == [("nbgrader_config.py", str(root))]
    monkeypatch.chdir(root)
    assert run_everywhere(root, tmp_path) == []


def test_nothing_is_done_where_the_settings_are_gone(tmp_path):
    gone = tmp_path / "gone"
    with pytest.raises(SystemExit) as caught:
        run_everywhere(gone, tmp_path)
    for part in (str(gone), "unprotected", "nothing has been done", "rnngrade.config"):
        assert part in str(caught.value)


def run_file(monkeypatch, configure_instead=None):
    c = Config()
    monkeypatch.setattr(config, "update_sources", lambda *_: [])
    if configure_instead:
        monkeypatch.setattr(config, "configure", configure_instead)
    path = str(ROOT / "nbgrader_config.py")
    runpy.run_path(path, init_globals={"get_config": lambda: c})
    return c


def test_the_file_that_nbgrader_reads(monkeypatch):
    c = run_file(monkeypatch)
    assert c.Autograde.autograde_preprocessors[0] is Grade
    assert c.CourseDirectory.root == str(ROOT / "course")


def test_a_fault_in_it_stops_nbgrader(monkeypatch):
    # nbgrader logs an exception in this file and goes on with its own settings.
    def fail(c, root):
        raise ValueError("two cells have the same name")

    with pytest.raises(SystemExit) as caught:
        run_file(monkeypatch, fail)
    for part in ("ValueError: two cells have the same name", "unprotected"):
        assert part in str(caught.value)
