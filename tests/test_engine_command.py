"""``rnngrade autograde`` and ``rnngrade feedback``, typed where nbgrader's are."""

import contextlib
import csv
import inspect
import os
import re
import shutil
import subprocess
import sys
import time
import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from traitlets.config import Config

from rnngrade import sandbox
from rnngrade.cli import main
from rnngrade.engine import command
from rnngrade.engine.command import ClassAutograde, as_text
from rnngrade.engine.run import Run, Summary
from tests import assignment, postgresql
from tests.test_engine_cluster import running
from tests.test_engine_gradebook import tables
from tests.test_nbgrader_journey import NAME, ROOT, Class

DUE = "2026-01-01 09:00:00 UTC"  # everybody but one is an hour late
SETTINGS = """
c.Grade.timeout = 2
c.LateSubmissionPlugin.penalty_method = "zero"
"""
PROGRAMS = str(Path(sys.executable).parent)
CLASS = ["broken", "early", "reference", "syntax", "untouched"]


def run(folder, *arguments, code=0):
    """Type a command in a folder; return what it prints, and what it logs."""
    path = os.pathsep.join((PROGRAMS, os.environ.get("PATH", "")))
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout, done.stderr


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """Return a course in which everybody has handed in."""
    try:
        sandbox.check_available()
    except sandbox.SandboxUnavailable as error:
        pytest.skip(str(error))
    root = tmp_path_factory.mktemp("handed-in")
    shutil.copytree(ROOT / "solutions" / NAME, root / "solutions" / NAME)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    with open(root / "nbgrader_config.py", "a") as file:
        file.write(SETTINGS)
    run(root, "nbgrader", "generate_assignment", NAME)
    set_date(url_of(root))
    students = Class(root)
    students.submit("reference", students.notebook())
    students.submit("untouched", students.released)
    students.submit("syntax", students.notebook(rnn_step="def rnn_step(:"))
    students.submit("broken", "{")
    folder = students.submit("early", students.notebook(rnn_step="rnn_step = 1"))
    (folder / "timestamp.txt").write_text("2026-01-01 08:00:00 UTC")
    return root


def set_date(url):
    with Gradebook(url) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=DUE)


def copy(root, target):
    return shutil.copytree(root, target, symlinks=True)


def url_of(root):
    return f"sqlite:///{root}/course/gradebook.db"


@pytest.fixture(scope="module")
def ours(handed_in, tmp_path_factory):
    root = copy(handed_in, tmp_path_factory.mktemp("ours") / "course")
    said, logged = run(root, "rnngrade", "autograde", NAME)
    return root, said, logged


@pytest.fixture(scope="module")
def stock(handed_in, tmp_path_factory):
    root = copy(handed_in, tmp_path_factory.mktemp("stock") / "course")
    run(root, "nbgrader", "autograde", NAME)
    run(root, "nbgrader", "generate_feedback", NAME)
    return root


def files(root, *steps):
    """Return the files of some steps, without what follows from drawn inputs."""
    found = {
        str(path.relative_to(root)): path.read_text()
        for step in steps
        for path in sorted((root / "course" / step).rglob("*.*"))
        if path.is_file() and not path.name.startswith(".")
    }
    return {name: masked(text) for name, text in found.items()}


def masked(text):
    text = re.sub(r'"(cpu_seconds|memory|seconds)": [\d.]+', "", text)
    return re.sub(r"\d+(\.\d+)?e[-+]?\d+|\d+\.\d+", "#", text)


def times(root, *steps):
    return {
        path: path.stat().st_mtime_ns
        for step in steps
        for path in sorted((root / "course" / step).rglob("*.*"))
        if not path.name.startswith(".")
    }


# --- beside nbgrader's commands -------------------------------------------------------


def test_a_class_is_graded_and_the_summary_says_so(ours):
    root, said, logged = ours
    first, second, last = said.splitlines()
    assert re.fullmatch(
        rf"{NAME}: 5 graded in [\d.]+ s, 0 had been graded before", first
    )
    assert second == "without points (unreadable, missing, another name): broken"
    assert last.startswith(f"next: rnngrade feedback {NAME}; rnngrade report")
    assert "not JSON" in logged
    assert sorted(os.listdir(root / "course" / "autograded")) == CLASS


def test_both_commands_leave_the_same(ours, stock):
    root, _, _ = ours
    assert tables(url_of(root)) == tables(url_of(stock))
    found = files(root, "autograded", "verdicts")
    assert found == files(stock, "autograded", "verdicts")
    assert len(found) == 5 * 3  # a notebook, its time, a verdict


def test_nbgrader_has_nothing_left_to_do(ours):
    root, _, _ = ours
    before = times(root, "autograded", "verdicts"), tables(url_of(root))
    _, logged = run(root, "nbgrader", "autograde", NAME)
    assert (times(root, "autograded", "verdicts"), tables(url_of(root))) == before
    assert logged.count("Skipping existing assignment") == 5


def test_we_have_nothing_left_to_do_after_nbgrader(stock):
    before = times(stock, "autograded", "verdicts"), tables(url_of(stock))
    said, _ = run(stock, "rnngrade", "autograde", NAME)
    assert re.match(rf"{NAME}: 0 graded in .*, 5 had been graded before\n", said)
    assert "--force" not in said
    assert (times(stock, "autograded", "verdicts"), tables(url_of(stock))) == before


def test_the_pages_are_nbgraders(ours, stock):
    root, _, _ = ours
    before = times(stock, "feedback")
    said, _ = run(stock, "rnngrade", "feedback", NAME)
    place = f"{stock}/course/feedback/<student>/{NAME}"
    assert said == f"{NAME}: 0 pages written, 5 were up to date: {place}\n"
    assert times(stock, "feedback") == before
    said, _ = run(root, "rnngrade", "feedback", NAME)
    assert said.startswith(f"{NAME}: 5 pages written, 0 were up to date")
    pages = files(root, "feedback")
    assert pages == files(stock, "feedback")
    assert "late penalty" in "".join(pages.values())


def test_one_student_goes_into_another_gradebook(ours, handed_in, tmp_path):
    root = copy(ours[0], tmp_path / "course")
    shutil.copy(handed_in / "course" / "gradebook.db", tmp_path / "other.db")
    other, before = f"sqlite:///{tmp_path}/other.db", tables(url_of(root))
    graded = times(root, "autograded")
    given = ("--student=reference", "--force", f"--db={other}", "--processes=1")
    said, _ = run(root, "rnngrade", "autograde", NAME, *given)
    assert re.match(rf"{NAME}: 1 graded in .*, 0 had been graded before\n", said)
    assert tables(other)["student"] == ["('reference', None, None, None, None)"]
    assert tables(url_of(root)) == before
    found = times(root, "autograded")
    changed = {path.parents[1].name for path in found if found[path] != graded[path]}
    assert changed <= {"reference"}


@contextlib.contextmanager
def scheduler(folder):
    """Run a scheduler with two workers; return its address."""
    file = folder / "scheduler.json"
    about = ("--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(file))
    two = ("--nthreads", "1", "--nworkers", "2")
    place = ("--local-directory", str(folder))
    with (
        running("scheduler", "--port", "0", *about) as process,
        running("worker", *two, *about, *place),
    ):
        while not file.exists() or not file.read_text():
            assert process.poll() is None
            time.sleep(0.05)
        yield re.search(r"tcp://127\.0\.0\.1:\d+", file.read_text()).group()


def test_a_running_cluster_grades_the_same(ours, handed_in, tmp_path):
    root = copy(handed_in, tmp_path / "course")
    with scheduler(tmp_path) as address:
        given = ("rnngrade", "autograde", NAME, f"--scheduler={address}")
        said, _ = run(root, *given)
        assert f"{NAME}: 5 graded" in said
        expected = tables(url_of(ours[0])), files(ours[0], "autograded", "verdicts")
        assert tables(url_of(root)) == expected[0]
        assert files(root, "autograded", "verdicts") == expected[1]
        said, _ = run(root, *given, "--shared", "--force")
        assert f"{NAME}: 5 graded" in said
    assert tables(url_of(root)) == expected[0]
    assert files(root, "autograded", "verdicts") == expected[1]


# --- PostgreSQL -----------------------------------------------------------------------


def contents(url):
    """Return grades and comments as nbgrader reads them, from any database."""
    with Gradebook(url) as gradebook:
        return [
            (
                (one.student.id, one.timestamp, one.score, one.max_score),
                notebook.late_submission_penalty,
                sorted(
                    (each.name, each.auto_score, each.manual_score, each.score)
                    for each in notebook.grades
                ),
                sorted((each.name, each.comment) for each in notebook.comments),
            )
            for one in sorted(gradebook.assignment_submissions(NAME), key=student_of)
            for notebook in one.notebooks
        ]


def student_of(submission):
    return submission.student.id


def formgrader(root, url):
    """Return what nbgrader's formgrader shows of a class."""
    config = Config()
    config.CourseDirectory.root = str(root / "course")
    config.CourseDirectory.db_url = url
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = NbGraderAPI(config=config).get_submissions(NAME)
    return [{k: v for k, v in row.items() if k != "id"} for row in rows]


def test_a_postgresql_server_holds_the_same(ours, handed_in, tmp_path):
    lite = ours[0]
    root = copy(handed_in, tmp_path / "course")
    (root / "course" / "gradebook.db").unlink()
    with postgresql.server() as server:
        url = server.new()
        # There, nbgrader needs a course to which an assignment belongs.
        folders = {"db_url": url, "course_id": "rnn"}
        given = [f"--CourseDirectory.{name}={v}" for name, v in folders.items()]
        run(root, "nbgrader", "generate_assignment", NAME, "--force", *given)
        set_date(url)
        said, _ = run(root, "rnngrade", "autograde", NAME, *given)
        assert f"{NAME}: 5 graded" in said
        assert contents(url) == contents(url_of(lite))
        shown = formgrader(root, url)
        assert shown == formgrader(lite, url_of(lite))
        assert [row["student"] for row in shown] == CLASS
        said, _ = run(root, "rnngrade", "feedback", NAME, *given)
        assert f"{NAME}: 5 pages written" in said
        path = tmp_path / "grades.csv"
        run(root, "nbgrader", "export", "--to", str(path), *given)
    with open(path, newline="", encoding="utf-8") as file:
        rows = {
            row["student_id"]: float(row["raw_score"]) for row in csv.DictReader(file)
        }
    assert rows == {row["student"]: row["score"] for row in shown}
    assert not (root / "course" / "gradebook.db").exists()


# --- what cannot be done --------------------------------------------------------------


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "gradebook.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", PROGRAMS + os.pathsep + os.environ["PATH"])
        with Gradebook(f"sqlite:///{path}") as gradebook:
            gradebook.add_assignment("hw")
    return path


@pytest.fixture
def small(book, tmp_path, monkeypatch, capsys):
    """Return what runs a command in this process, on a course of nbgrader's own."""
    monkeypatch.setenv("JUPYTER_NO_CONFIG", "1")
    monkeypatch.chdir(tmp_path)
    assignment.write(assignment.instructor(), tmp_path / "source/hw/small.ipynb")
    shutil.copy(book, tmp_path)

    def typed(name, *arguments, code=1):
        root = f"--CourseDirectory.root={tmp_path}"
        assert main([name, *arguments, root]) == code
        return capsys.readouterr()

    return typed


def test_an_assignment_that_is_not_there_is_told_with_the_remedy(small):
    said = small("autograde", "other")
    assert "no assignment 'other' in the gradebook" in said.err
    assert "nbgrader generate_assignment other" in said.err


def test_a_gradebook_that_is_not_there_is_told(small, tmp_path):
    said = small("autograde", "hw", f"--db=sqlite:///{tmp_path}/no.db")
    assert "no.db" in said.err
    assert "nbgrader generate_assignment hw" in said.err


@pytest.mark.parametrize("name", ["autograde", "feedback"])
def test_a_damaged_gradebook_is_told(small, tmp_path, name):
    (tmp_path / "gradebook.db").write_bytes(b"grades" * 1000)
    said = small(name, "hw")
    assert "not a database" in said.err


def test_pages_of_an_assignment_that_is_not_there_are_told(small):
    said = small("feedback", "other")
    assert "other" in said.err
    assert said.out == ""


def test_without_a_sandbox_nothing_is_begun(small, monkeypatch, tmp_path):
    monkeypatch.setattr(sandbox, "missing", lambda kind: f"{kind} is missing.")
    said = small("autograde", "hw")
    assert "There is no sandbox" in said.err
    assert not (tmp_path / "verdicts").exists()


def test_a_class_without_a_sandbox_is_told_so_once(small, monkeypatch):
    monkeypatch.setattr(
        command.ClassAutograde, "_run", lambda *_: Summary(graded=["ada"])
    )
    said = small("autograde", "hw", "--Grade.trusted_classroom=True", code=0)
    assert said.err.count("WITHOUT A SANDBOX") == 1


def test_no_scheduler_is_told_with_the_remedy(small, monkeypatch, tmp_path):
    given = SimpleNamespace(name="hw", version="v", notebooks=(("small", ""),))
    monkeypatch.setattr(command, "prepare", lambda *_: given)
    assignment.write(assignment.released(), tmp_path / "submitted/ada/hw/small.ipynb")
    said = small("autograde", "hw", "--scheduler=tcp://127.0.0.1:9")
    assert "No scheduler answers at tcp://127.0.0.1:9" in said.err


@pytest.mark.parametrize("options", [[], ["--shared"], ["--force"]])
def test_options_reach_the_run(small, monkeypatch, options):
    class Noted(Run):
        def __init__(self, *given, **named):
            bound = inspect.signature(Run).bind(*given, **named).arguments
            seen.update({name: bound.get(name, False) for name in ("shared", "force")})

        def start(self):
            return Summary(graded=["ada"])

    seen = {}
    monkeypatch.setattr(command, "prepare", lambda *_: None)
    monkeypatch.setattr(command, "Run", Noted)
    small("autograde", "hw", *options, code=0)
    assert seen == {name: f"--{name}" in options for name in ("shared", "force")}


@pytest.mark.parametrize("failed", [{}, {"ada": "OSError: no room"}])
def test_what_is_left_ungraded_is_an_exit_code(small, monkeypatch, failed):
    summary = Summary(graded=["bob"], failed=failed)
    monkeypatch.setattr(ClassAutograde, "_run", lambda *_: summary)
    said = small("autograde", "hw", code=len(failed))
    assert ("not graded: ada: OSError" in said.out) == bool(failed)


@pytest.mark.parametrize("name", ["autograde", "feedback"])
@pytest.mark.parametrize("given", [[], ["one", "two"], ["one", "--assignment=two"]])
def test_one_assignment_is_expected(small, name, given):
    said = small(name, *given)
    assert f"{len(given)} assignments were given, expected one" in said.err
    assert f"rnngrade {name} 05_bptt" in said.err


def test_many_students_are_summed_up():
    names = [f"s{number:02}" for number in range(12)]
    text = as_text("hw", Summary(kept=names, outdated=names), 1.0)
    assert "s00, s01" in text
    assert "s09 and 2 more; their grades stand, --force" in text


def test_a_student_by_a_mistyped_name_is_told(small, monkeypatch):
    monkeypatch.setattr(command.ClassAutograde, "_run", lambda *_: Summary())
    said = small("autograde", "hw", "--student=adda", code=1)
    assert "No submission of 'hw' by 'adda'" in said.err
