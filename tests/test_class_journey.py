"""The life of a class, from the release of an assignment to its grades in Canvas.

Every step is a command that an instructor or a student types, or a click in nbgrader's
formgrader, and everything goes through nbgrader's exchange. Only the students have no
accounts of their own: each has a folder, and ``--student`` says who it is.
"""

import csv
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlparse

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from playwright.sync_api import expect

import rnngrade
from rnngrade import sandbox
from rnngrade.source import grade_id
from tests.jupyter_server import formgrader, listener
from tests.test_browser import browser  # noqa: F401 - a fixture

ROOT = Path(rnngrade.__file__).parents[1]
NAME = "02_rnn_equations"
CHECK, ANSWER = "rnn-step-check", "rnn-step-comment"  # names in the formgrader
COMMENT = "See me <b>after</b> class & bring the cell."
ALL, STEP, BY_HAND = 20, 4, 2.5
EARLY, IN_TIME, AGAIN, DUE, LATE = (
    f"2026-01-{day:02} 12:00:00 UTC" for day in (2, 3, 4, 5, 9)
)
STUDENT = """
c = get_config()
c.CourseDirectory.course_id = "rnn"
c.Exchange.root = {exchange!r}
c.Exchange.cache = {cache!r}
"""
COURSE = """
c.CourseDirectory.course_id = "rnn"
c.Exchange.root = {exchange!r}
c.ExchangeCollect.check_owner = False  # the students have no accounts
c.LateSubmissionPlugin.penalty_method = "zero"
"""
EVIL = (
    "<script>window.__pwned = 1; alert(1)</script>"
    "<img src=x onerror='window.__pwned = 1'>"
)
REACHING_OUT = """\
def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    # {evil}
    import socket
    for path in {paths!r}:
        try:
            open(path, "w").write("I was here")
        except OSError:
            pass
    try:
        socket.create_connection(("127.0.0.1", {port}), timeout=1)
    except OSError:
        pass
    return np.tanh(x @ W_xh + h_prev @ W_hh + b_h)
"""


class Person:
    """Somebody who types commands in a folder."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True)
        programs = str(Path(sys.executable).parent)
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PATH": programs + os.pathsep + os.environ.get("PATH", ""),
        }

    def run(self, *arguments):
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr


class Student(Person):
    """A student, whose answers are the right ones unless others are given."""

    def __init__(self, folder, exchange):
        super().__init__(folder)
        self.name, self.notebook = folder.name, folder / NAME / f"{NAME}.ipynb"
        about = {"exchange": str(exchange), "cache": str(folder / "cache")}
        (folder / "nbgrader_config.py").write_text(STUDENT.format(**about))

    def fetch(self):
        self.run("nbgrader", "fetch_assignment", NAME)

    def solve(self, answers, *more):
        notebook = nbformat.read(self.notebook, 4)
        for cell in notebook.cells:
            cell.source = answers.get(grade_id(cell), cell.source)
        notebook.cells += more
        nbformat.write(notebook, self.notebook)

    def submit(self, time):
        when = f"--ExchangeSubmit.timestamp_format={time}"
        self.run("nbgrader", "submit", NAME, "--student", self.name, when)

    def feedback(self):
        """Fetch the pages; return them by the time of the submission."""
        self.run("nbgrader", "fetch_feedback", NAME, "--student", self.name)
        pages = (self.folder / NAME / "feedback").glob("*/*.html")
        return {path.parent.name: path for path in pages}


class Instructor(Person):
    """The instructor, in the folder of the course."""

    def __init__(self, folder, exchange):
        super().__init__(folder)
        self.course = folder / "course"
        shutil.copytree(ROOT / "solutions" / NAME, folder / "solutions" / NAME)
        shutil.copy(ROOT / "nbgrader_config.py", folder)
        with open(folder / "nbgrader_config.py", "a") as file:
            file.write(COURSE.format(exchange=str(exchange)))

    def release(self):
        self.run("nbgrader", "generate_assignment", NAME)
        self.run("nbgrader", "db", "assignment", "add", NAME, f"--duedate={DUE}")
        self.run("nbgrader", "release_assignment", NAME)

    def answers(self):
        source = nbformat.read(self.course / "source" / NAME / f"{NAME}.ipynb", 4)
        return {
            grade_id(cell): re.sub(r" *### (BEGIN|END) SOLUTION\n?", "", cell.source)
            for cell in source.cells
            if cell.metadata.get("nbgrader", {}).get("solution")
        }

    def grade(self, student, cell=CHECK):
        url = f"sqlite:///{self.course}/gradebook.db"
        with Gradebook(url, "rnn") as book:
            found = book.find_grade(cell, NAME, NAME, student)
            return found.auto_score, found.manual_score, found.needs_manual_grade

    def comment(self, student, cell="rnn-step"):
        url = f"sqlite:///{self.course}/gradebook.db"
        with Gradebook(url, "rnn") as book:
            return book.find_comment(cell, NAME, NAME, student).comment

    def export(self, exporter):
        path = self.folder / f"{exporter}.csv"
        name = f"rnngrade.exports.{exporter}"
        self.run("nbgrader", "export", "--exporter", name, "--to", str(path))
        with open(path, newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))


@dataclass
class Witness:
    """What a browser has seen and should not have."""

    executed: list = field(default_factory=list)
    elsewhere: list = field(default_factory=list)
    errors: list = field(default_factory=list)

    def watch(self, page):
        page.on("dialog", self._dialog)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.route("**/*", self._request)

    def look(self, page):
        if page.evaluate("window.__pwned"):
            self.executed.append(page.url)

    def _dialog(self, dialog):
        self.executed.append(dialog.message)
        dialog.dismiss()

    def _request(self, route):
        url = urlparse(route.request.url)
        if url.hostname == "127.0.0.1" or url.scheme in ("data", "file"):
            route.continue_()
        else:
            self.elsewhere.append(route.request.url)
            route.abort()


class Formgrader:
    """The clicks of an instructor."""

    def __init__(self, page, url, witness):
        self.page, self.url, self.witness = page, url, witness

    def submissions(self):
        self.page.goto(self.url)
        self.page.locator(".num-submissions a").click()
        expect(self.page.locator(".student-id")).to_have_text(["ada", "ben", "eve"])

    def status(self, student):
        return self._row(student).locator(".status")

    def press(self, student, button):
        self._row(student).locator(f".{button} a").click()
        self.page.locator("#success-modal").wait_for(timeout=60_000)
        self.witness.look(self.page)
        self.page.get_by_role("button", name="OK").click()
        expect(self.page.locator(".modal")).to_have_count(0)

    def open(self, student):
        self._row(student).locator(".student-name a").click()
        self.page.locator(".name a").click()
        # Only then does the page know of the grade and of the comment.
        score, comment = (self.page.locator(f"#{name}") for name in (CHECK, ANSWER))
        expect(score).to_have_attribute("placeholder", str(STEP))
        expect(comment).to_have_attribute("placeholder", re.compile("comments"))
        self.witness.look(self.page)

    def score(self, score, comment):
        fields = {CHECK: str(score), ANSWER: comment}
        for name, text in fields.items():
            with self.page.expect_response(lambda r: r.request.method == "PUT"):
                self.page.locator(f"#{name}").fill(text)
                self.page.locator(f"#{name}").press("Tab")

    def _row(self, student):
        return self.page.locator("#main-table tr", has_text=student)


@pytest.fixture
def instructor(tmp_path):
    try:
        sandbox.check_available()
    except sandbox.SandboxUnavailable as error:
        pytest.skip(str(error))
    exchange = tmp_path / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    return Instructor(tmp_path / "teaching", exchange)


@pytest.fixture
def students(tmp_path):
    names = ("ada", "ben", "eve")
    return [Student(tmp_path / name, tmp_path / "exchange") for name in names]


@pytest.fixture
def witness():
    return Witness()


@pytest.fixture
def page(browser, witness):  # noqa: F811
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    witness.watch(opened)
    yield opened
    opened.close()


def together(*calls):
    with ThreadPoolExecutor(2) as pool:
        return [done.result() for done in [pool.submit(*call) for call in calls]]


def grade_in_the_browser(instructor, eve, page, witness):
    """Grade one student whose code and text are hostile, by clicks alone."""
    canaries = [instructor.folder / "canary", eve.folder / "canary"]
    with listener() as (port, callers):
        about = {"evil": EVIL, "paths": [*map(str, canaries)], "port": port}
        answers = instructor.answers() | {"rnn-step": REACHING_OUT.format(**about)}
        printing = new_code_cell(f"print({EVIL!r})")
        eve.solve(answers, new_markdown_cell(EVIL), printing)
        eve.submit(IN_TIME)
        instructor.run("nbgrader", "collect", NAME)
        with formgrader(instructor.folder, instructor.environment) as url:
            clicks = Formgrader(page, url, witness)
            clicks.submissions()
            expect(clicks.status("ada")).to_have_text("graded")
            expect(clicks.status("eve")).to_have_text("needs autograding")
            clicks.press("eve", "autograde")
            expect(clicks.status("eve")).to_have_text("graded")
            # The code has run to its end, but has reached nothing.
            assert instructor.grade("eve") == (STEP, None, False)
            assert callers() == []
            assert not any(path.exists() for path in canaries)
            clicks.open("eve")
            clicks.score(BY_HAND, COMMENT)
            assert instructor.grade("eve") == (STEP, BY_HAND, False)
            assert instructor.comment("eve") == COMMENT
            clicks.submissions()
            clicks.press("eve", "generate-feedback")


def test_a_class_from_release_to_export(instructor, students, page, witness):
    ada, ben, eve = students
    instructor.release()
    together(*[(student.fetch,) for student in students])
    ada.submit(EARLY)  # as it was fetched
    for student in (ada, ben):
        student.solve(instructor.answers())
    together((ada.submit, IN_TIME), (ben.submit, LATE))
    instructor.run("nbgrader", "collect", NAME)
    instructor.run("rnngrade", "autograde", NAME)
    instructor.run("nbgrader", "autograde", NAME, "--student", "ben", "--force")
    grade_in_the_browser(instructor, eve, page, witness)

    instructor.run("rnngrade", "feedback", NAME)
    instructor.run("nbgrader", "release_feedback", NAME)
    of_ada, of_eve = together((ada.feedback,), (eve.feedback,))
    assert set(of_ada) == {IN_TIME}
    assert f"{ALL} of {ALL} points" in of_ada[IN_TIME].read_text()
    page.goto(of_eve[IN_TIME].as_uri())
    witness.look(page)
    text = page.locator("main").inner_text()
    assert f"{ALL - STEP + BY_HAND} of {ALL} points" in text
    assert f"{BY_HAND} of {STEP}" in text
    assert COMMENT in text
    assert "check(rnn_step)" in text
    assert "hidden" not in text.lower()
    assert witness == Witness()

    eve.solve({"rnn-step": "def rnn_step(*args): return 0"})
    eve.submit(AGAIN)
    instructor.run("nbgrader", "collect", NAME, "--update")
    instructor.run("rnngrade", "autograde", NAME)
    assert instructor.grade("eve") == (0, BY_HAND, True)
    assert instructor.comment("eve") == COMMENT

    exporters = ("PlainExporter", "CanvasExporter")
    plain, canvas = together(*[(instructor.export, name) for name in exporters])
    expected = {"ada": ALL, "ben": 0, "eve": ALL - STEP + BY_HAND}
    assert {row["student_id"]: float(row["score"]) for row in plain} == expected
    penalties = {row["student_id"]: row["late_submission_penalty"] for row in plain}
    assert [name for name, cost in penalties.items() if float(cost)] == ["ben"]
    scores = {row["SIS Login ID"]: row[NAME] for row in canvas[1:]}
    assert {name: float(score) for name, score in scores.items()} == expected
