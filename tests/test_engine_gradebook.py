"""What is written to the gradebook is what nbgrader would write, whatever happens."""

import copy
import datetime
import json
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
import warnings
from pathlib import Path

import nbformat
import psycopg
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader import api, utils
from nbgrader.apps.api import NbGraderAPI
from nbgrader.plugins import BasePlugin
from nbgrader.preprocessors import AssignLatePenalties, OverwriteCells, SaveAutoGrades
from sqlalchemy import Engine, create_engine, event, make_url
from traitlets.config import Config

import rnngrade
from rnngrade import sandbox
from rnngrade.engine.database import GradebookError
from rnngrade.engine.gradebook import GradebookWriter
from rnngrade.engine.record import NotebookRecord, Record, dumps
from rnngrade.source import grade_id
from tests import postgresql
from tests.assignment import find, marked
from tests.second_grader import LOG, WORK, query, rows, save_all, writer_of
from tests.test_nbgrader_journey import NAME, Class
from tests.test_nbgrader_journey import nbgrader as command

ROOT = Path(rnngrade.__file__).parents[1]
DUE = datetime.datetime(2026, 1, 1, 12)
ON_TIME, LATE = "2026-01-01T11:00:00", "2026-01-01T13:00:00"
# nbgrader calls `alembic` by name.
PROGRAMS = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


class Hourly(BasePlugin):
    """A penalty of one's own, which oversteps for some."""

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        special = {"below": -1, "above": score + 1, "spared": None}
        return special.get(student_id, score * total_seconds_late / 36_000)


class Broken(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        raise KeyError("no table of extensions")


# --- a course -------------------------------------------------------------------------


def source():
    def cell(make, name, text, **flags):
        return marked(make(text), name, **{"locked": False, **flags})

    answer = "### BEGIN SOLUTION\nf = 1\n### END SOLUTION"
    cells = [
        cell(new_code_cell, "f", answer, solution=True),
        cell(new_code_cell, "f-check", "f", grade=True, points=4, locked=True),
        cell(new_markdown_cell, "why", "", grade=True, solution=True, points=3),
        cell(new_markdown_cell, "essay", "Write.", task=True, points=2),
    ]
    return new_notebook(cells=cells, metadata={"kernelspec": KERNEL})


class Course:
    """A course of nbgrader's, graded by its own code without running any cell."""

    def __init__(self, root, url):
        self.root, self.url, self.config = root, url, Config()
        c = self.config
        c.CourseDirectory.root, c.CourseDirectory.db_url = str(root), url
        c.CourseDirectory.course_id = "rnn"
        c.Autograde.sanitize_preprocessors = [OverwriteCells]
        c.Autograde.autograde_preprocessors = [SaveAutoGrades, AssignLatePenalties]
        c.Exchange.root = str(root)
        c.LateSubmissionPlugin.penalty_method = "zero"

    def release(self):
        for name in ("one", "two"):
            path = self.root / "source" / WORK / f"{name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(source(), path)
        self._do("generate_assignment", WORK)
        with api.Gradebook(self.url, "rnn") as gradebook:
            gradebook.update_or_create_assignment(WORK, duedate=DUE)
        return self

    def copy(self, root, url):
        """Return a course of its own in another folder and another database."""
        shutil.copytree(self.root, root, dirs_exist_ok=True)
        with pytest.raises(GradebookError, match="no assignment"):
            save_all(url, [])
        before, after = create_engine(self.url), create_engine(url)
        with before.connect() as old, after.begin() as new:
            for table in api.Base.metadata.sorted_tables:
                new.execute(table.delete())
                for row in old.execute(table.select()).mappings():
                    new.execute(table.insert(), dict(row))
        before.dispose()
        after.dispose()
        return Course(root, url)

    def submit(self, student, time=ON_TIME, **notebooks):
        folder = self.root / "submitted" / student / WORK
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, answers in notebooks.items():
            nbformat.write(
                answered(self.released(name), answers), folder / f"{name}.ipynb"
            )
        if time:
            (folder / "timestamp.txt").write_text(time)

    def released(self, name):
        return nbformat.read(self.root / "release" / WORK / f"{name}.ipynb", 4)

    def autograde(self, student):
        self._do("autograde", WORK, student)

    def record(self, student):
        submitted = self.root / "submitted" / student / WORK / "timestamp.txt"
        time = submitted.read_text() if submitted.exists() else ""
        graded = self.root / "autograded" / student / WORK
        return record_of(WORK, student, time, graded, ("one", "two"))

    def writer(self, url, **settings):
        late = AssignLatePenalties(config=self.config)
        late.init_plugin()
        return GradebookWriter(url, "rnn", late.plugin_inst, LOG, **settings)

    def _do(self, name, *arguments):
        folder = os.getcwd()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = getattr(NbGraderAPI(config=self.config), name)(*arguments)
        os.chdir(folder)
        assert result["success"], result


def answered(notebook, answers):
    notebook = copy.deepcopy(notebook)
    for name in ("f", "why"):
        if name in answers:
            find(notebook, name).source = answers[name]
    if "points" in answers:
        shown = {"text/plain": str(answers["points"])}
        output = new_output("execute_result", shown, execution_count=1)
        find(notebook, "f-check").outputs = [output]
    return notebook


def record_of(assignment, student, time, folder, names):
    """Make a record of what nbgrader has graded, by nbgrader's rules."""
    notebooks = []
    for name in names:
        path = folder / f"{name}.ipynb"
        if not path.exists():
            notebooks.append(NotebookRecord(name, "", {}, {}, {}, readable=False))
            continue
        cells = [c for c in nbformat.read(path, 4).cells if grade_id(c)]
        scores = {
            grade_id(cell): utils.determine_grade(cell)[0]
            for cell in cells
            if utils.is_grade(cell)
        }
        solutions = {
            grade_id(cell): cell.metadata.nbgrader.checksum
            != utils.compute_checksum(cell)
            for cell in cells
            if utils.is_solution(cell)
        }
        notebooks.append(NotebookRecord(name, "{}", scores, solutions, {}))
    return Record(assignment, student, "f", time, tuple(notebooks))


TABLES = {
    "student": "SELECT * FROM student",
    "course": "SELECT * FROM course",
    "submission": "SELECT a.name, s.student_id, s.timestamp, s.extension"
    " FROM submitted_assignment s JOIN assignment a ON a.id = s.assignment_id",
    "notebook": "SELECT s.student_id, n.name, m.flagged, m.late_submission_penalty"
    " FROM submitted_notebook m JOIN notebook n ON n.id = m.notebook_id"
    " JOIN submitted_assignment s ON s.id = m.assignment_id",
    **{
        table: f"SELECT s.student_id, n.name, c.name, c.type, {columns}"
        f" FROM {table} g JOIN base_cell c ON c.id = g.cell_id"
        " JOIN submitted_notebook m ON m.id = g.notebook_id"
        " JOIN notebook n ON n.id = m.notebook_id"
        " JOIN submitted_assignment s ON s.id = m.assignment_id"
        for table, columns in {
            "grade": "g.auto_score, g.manual_score, g.extra_credit,"
            " g.needs_manual_grade",
            "comment": "g.auto_comment, g.manual_comment",
        }.items()
    },
}


def tables(url):
    """Return all that a gradebook holds, but for ids."""
    return query(url, TABLES)


def by_hand(url, student, extension=0):
    """Do what a person does in the formgrader."""
    with warnings.catch_warnings(), api.Gradebook(url, "rnn") as gradebook:
        warnings.simplefilter("ignore")
        names = "one", WORK, student
        for cell, score in (("why", 2.5), ("essay", 1.0)):
            grade = gradebook.find_grade(cell, *names)
            grade.manual_score, grade.needs_manual_grade = score, False
        gradebook.find_grade("f-check", *names).extra_credit = 0.5
        gradebook.find_comment("f", *names).manual_comment = "Nice."
        gradebook.find_submission_notebook(*names).flagged = True
        gradebook.db.commit()
        if extension:
            gradebook.grant_extension(WORK, student, minutes=extension)


@pytest.fixture(scope="module")
def server():
    with postgresql.server() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def new(request, tmp_path):
    """Return what makes an empty database of each kind."""
    if request.param == "postgresql":
        return request.getfixturevalue("server").new
    numbers = iter(range(100))
    return lambda: f"sqlite:///{tmp_path}/gradebook{next(numbers)}.db"


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    root = tmp_path_factory.mktemp("released")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", PROGRAMS)
        return Course(root, f"sqlite:///{root}/released.db").release()


@pytest.fixture(scope="module")
def record(released, tmp_path_factory):
    root = tmp_path_factory.mktemp("record")
    course = released.copy(root, f"sqlite:///{root}/graded.db")
    course.submit("ada", LATE, one={"f": "f = 2", "points": 3}, two={})
    course.autograde("ada")
    return course.record("ada")


@pytest.fixture
def course(released, new, tmp_path):
    """Return a course with a gradebook of each kind."""
    return released.copy(tmp_path / "course", new())


@pytest.fixture
def lite(released, tmp_path):
    """Return a course with a gradebook in an SQLite file."""
    return released.copy(tmp_path, f"sqlite:///{tmp_path}/gradebook.db")


# --- the same rows as nbgrader's ------------------------------------------------------

FULL = {"f": "f = 2", "why": "Because.", "points": 4}
HALF = {"f": "f = 3", "points": 2}
FIRST = {
    "good": {"one": FULL, "two": FULL},
    "silent": {"one": {"points": 0}, "two": {"points": 0}},
    "late": {"time": LATE, "one": FULL, "two": HALF},
    "below": {"time": LATE, "one": HALF, "two": HALF},
    "above": {"time": LATE, "one": HALF, "two": HALF},
    "spared": {"time": LATE, "one": HALF, "two": HALF},
    "partial": {"one": FULL},
    "late-partial": {"time": LATE, "two": HALF},
    "timeless": {"time": "", "one": FULL, "two": HALF},
}
SECOND = {
    "good": {"one": HALF, "two": {}},
    "late": {"time": "2026-01-01T15:30:00", "one": HALF, "two": HALF},
    "below": {"time": "", "one": FULL, "two": HALF},
    "partial": {"two": HALF},
    "silent": {"time": LATE, "one": FULL, "two": HALF},
}


@pytest.mark.parametrize(
    ("new", "plugin"),
    [("sqlite", {}), ("postgresql", {"plugin_class": Hourly})],
    indirect=["new"],
    ids=["zero", "own"],
)
def test_every_row_is_the_one_that_nbgrader_writes(released, new, tmp_path, plugin):
    ours, stock = (released.copy(tmp_path / "course", new()) for _ in range(2))
    for course in (ours, stock):
        course.config.AssignLatePenalties.update(plugin)
    with ours.writer(ours.url) as writer:
        writer.prepare(WORK)
        for step in (FIRST, SECOND):
            for student, given in step.items():
                stock.submit(student, **given)
                stock.autograde(student)
                writer.save(stock.record(student))
            assert tables(ours.url) == tables(stock.url)
            for url in (ours.url, stock.url):
                by_hand(url, "good")
                by_hand(url, "late", extension=120)
                by_hand(url, "partial")
    late = [row for row in tables(ours.url)["notebook"] if row.startswith("('late'")]
    assert any("True" in row or ", 1," in row for row in late)  # flagged
    assert not any(row.endswith("None)") for row in late)  # a penalty


def test_saving_twice_is_saving_once_and_changes_no_id(course):
    course.submit("ada", LATE, one=FULL, two=HALF)
    course.autograde("ada")
    with course.writer(course.url) as writer:
        writer.prepare(WORK)
        before, written = rows(course.url), []
        event.listen(Engine, "before_cursor_execute", note := _writes(written))
        writer.save(course.record("ada"))
        event.remove(Engine, "before_cursor_execute", note)
    assert rows(course.url) == before
    assert written == []


def _writes(found):
    def note(connection, cursor, statement, *rest):
        if statement.split()[0] in ("INSERT", "UPDATE", "DELETE"):
            found.append(statement)

    return note


def test_a_notebook_that_is_missing_now_keeps_nothing_of_before(lite, record):
    missing = NotebookRecord("one", "", {}, {}, {}, readable=False)
    later = Record(WORK, "ada", "g", LATE, (missing, record.notebooks[1]))
    with lite.writer(lite.url) as writer:
        writer.prepare(WORK)
        writer.save(record)
        writer.save(later)
        both = tables(lite.url)
    assert "('ada', 'one', 0, None)" in both["notebook"]
    assert "('ada', 'one', 'f-check', 'GradeCell', 0.0, None, None, 0)" in both["grade"]
    assert "('ada', 'one', 'why', 'SolutionCell', None, None)" in both["comment"]


def test_what_does_not_fit_the_release_is_refused_whole(lite, record):
    first, second = record.notebooks
    scores = {**first.scores, "new": 1.0}
    for odd, name in [
        (NotebookRecord("one", "{}", scores, first.answered, {}), "new"),
        (NotebookRecord("one", "{}", {}, first.answered, {}), "f-check, why"),
        (NotebookRecord("one", "{}", first.scores, {}, {}), "f, why"),
        (NotebookRecord("ten", "{}", {}, {}, {}), "the whole notebook"),
    ]:
        with lite.writer(lite.url) as writer:
            writer.prepare(WORK)
            with pytest.raises(GradebookError, match=f"only one of them has {name}"):
                writer.save(Record(WORK, "ada", "f", "", (second, odd)))
    assert not any(rows(lite.url).values())


def test_a_plug_in_that_fails_is_named_and_nothing_is_written(lite, record):
    lite.config.AssignLatePenalties.plugin_class = Broken
    with lite.writer(lite.url) as writer:
        writer.prepare(WORK)
        with pytest.raises(GradebookError, match=r"Broken\.late.*'ada'.*KeyError"):
            writer.save(record)
    assert not any(rows(lite.url).values())


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Return a course graded by the real commands, in the sandbox."""
    try:
        sandbox.check_available()
    except sandbox.SandboxUnavailable as error:
        pytest.skip(str(error))
    root = tmp_path_factory.mktemp("graded")
    shutil.copytree(ROOT / "solutions" / NAME, root / "solutions" / NAME)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    with open(root / "nbgrader_config.py", "a") as file:
        file.write('\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
    due = ["--duedate=2025-12-31 23:00:00 UTC"]
    command(root, "generate_assignment", NAME)
    command(root, "db", "assignment", "add", NAME, *due)
    shutil.copy(root / "course" / "gradebook.db", root / "ours.db")
    students = Class(root)
    students.submit("reference", students.notebook())
    students.submit("untouched", students.released)
    students.submit("syntax", students.notebook(rnn_step="def rnn_step(:"))
    folder = students.submit("punctual", students.notebook())
    (folder / "timestamp.txt").write_text("2025-12-31 22:00:00 UTC")
    students.submit("broken", "{")
    command(root, "autograde", NAME)
    return root


def test_the_published_assignment_is_saved_as_its_commands_do(graded):
    url = f"sqlite:///{graded}/ours.db"
    late = AssignLatePenalties(
        config=Config({"LateSubmissionPlugin": {"penalty_method": "zero"}})
    )
    late.init_plugin()
    with GradebookWriter(url, "", late.plugin_inst, LOG) as writer:
        writer.prepare(NAME)
        for folder in sorted((graded / "course" / "autograded").glob(f"*/{NAME}")):
            time = (folder / "timestamp.txt").read_text().strip()
            student = folder.parent.name
            writer.save(record_of(NAME, student, time, folder, (NAME,)))
    stock = tables(f"sqlite:///{graded}/course/gradebook.db")
    assert tables(url) == stock
    assert len(stock["submission"]) == 5
    assert sum(row.endswith("None)") for row in stock["notebook"]) == 1
    assert "No response." in str(stock["comment"])


# --- others write at the same time ----------------------------------------------------


def start(what, url, path="/dev/null"):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.second_grader", what, url, str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process):
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return out


def class_of(record, count):
    return [
        Record(WORK, f"s{number:03}", "f", LATE, record.notebooks)
        for number in range(count)
    ]


def test_two_writers_at_once_lose_and_double_nothing(released, new, tmp_path, record):
    url, alone = (released.copy(tmp_path / "both", new()).url for _ in range(2))
    records = class_of(record, 40)
    (tmp_path / "a").write_text("\n".join(map(dumps, records)))
    (tmp_path / "b").write_text("\n".join(map(dumps, records)))
    both = [start("save", url, tmp_path / name) for name in "ab"]
    for process in both:
        finish(process)
    save_all(alone, records)
    assert tables(url) == tables(alone)
    assert len(tables(url)["grade"]) == 40 * 6


def test_who_loses_a_race_tries_again(released, server, tmp_path, record):
    url = released.copy(tmp_path, server.new()).url
    rivals = []

    def add_first(connection, cursor, statement, *rest):
        if "INSERT INTO student" in statement and not rivals:
            with psycopg.connect(url) as rival:
                rivals.append(rival.execute("INSERT INTO student VALUES ('ada')"))

    event.listen(Engine, "before_cursor_execute", add_first)
    try:
        save_all(url, [record])
    finally:
        event.remove(Engine, "before_cursor_execute", add_first)
    assert len(rivals) == 1
    assert len(tables(url)["submission"]) == 1


def test_two_writers_make_the_tables_at_once(new, monkeypatch):
    monkeypatch.setenv("PATH", PROGRAMS)
    url = new()
    for process in [start("save", url) for _ in range(2)]:
        assert "generate_assignment" in finish(process)
    with api.Gradebook(url, "rnn") as gradebook:  # nbgrader takes them for its own
        assert gradebook.assignments == []
    versions = query(url, {"alembic": "SELECT * FROM alembic_version"})
    assert versions == {"alembic": [f"('{api.get_alembic_version()}',)"]}


def test_a_kill_between_two_statements_leaves_all_or_nothing(course, tmp_path, record):
    url = course.url
    (tmp_path / "records").write_text(dumps(record))
    sizes = json.loads(finish(start("die_everywhere", url, tmp_path / "records")))
    assert len(sizes) > 10  # one for each statement, and the commit
    assert sizes[-1] == 1 + 1 + 2 + 6 + 6
    assert set(sizes[:-1]) == {0}


class Meanwhile(logging.Handler):
    """Does something when the writer says that it waits."""

    def __init__(self, action):
        super().__init__()
        self.said, self._action = [], action

    def emit(self, record):
        self.said.append(record.getMessage())
        self._action()

    def __enter__(self):
        LOG.addHandler(self)
        return self

    def __exit__(self, *error):
        LOG.removeHandler(self)


def lock(url):
    """Lock a gradebook as another program would."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        connection = sqlite3.connect(address.database, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        return connection
    connection = psycopg.connect(url)
    connection.execute("LOCK TABLE submitted_assignment")
    return connection


def test_a_locked_gradebook_is_waited_for(course, record):
    with writer_of(course.url, patience=2) as writer:
        writer.prepare(WORK)
        other = lock(course.url)
        with Meanwhile(other.rollback) as meanwhile:
            writer.save(record)
        other.close()
    assert len(meanwhile.said) == 1
    assert "nothing is lost" in meanwhile.said[0]
    assert len(tables(course.url)["submission"]) == 1


def test_a_gradebook_that_stays_locked_is_an_error(course, record):
    with writer_of(course.url, patience=0.4) as writer:
        writer.prepare(WORK)
        other = lock(course.url)
        with pytest.raises(GradebookError, match=r"is locked .* End it, or wait"):
            writer.save(record)
        other.rollback()
        other.close()
        assert not any(rows(course.url).values())
        writer.save(record)
    assert len(tables(course.url)["submission"]) == 1


# --- a gradebook that cannot be used --------------------------------------------------


def refused(url, match, record=None, **settings):
    with pytest.raises(GradebookError, match=match) as caught:
        save_all(url, [record] if record else [], **settings)
    return str(caught.value)


def test_a_damaged_file_is_said_to_be_damaged(lite, record):
    path = lite.root / "gradebook.db"
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    message = refused(lite.url, "is damaged.*malformed", record)
    assert "put a backup in its place" in message
    assert "nothing is graded twice" in message
    path.write_bytes(b"grades" * 1000)
    refused(lite.url, "is damaged, or is no database")


def test_tables_that_are_gone_meanwhile_are_a_damage(lite, record):
    with writer_of(lite.url) as writer:
        writer.prepare(WORK)
        with sqlite3.connect(lite.root / "gradebook.db") as connection:
            connection.execute("DROP TABLE student")
        connection.close()
        with pytest.raises(GradebookError, match=r"is damaged.*no such table") as found:
            writer.save(record)
    assert "put a backup in its place" in str(found.value)


def test_a_file_that_cannot_be_written_or_found_is_named(lite, record):
    url = f"sqlite:///file:{lite.root}/gradebook.db?mode=ro&uri=true"
    refused(url, "may not be written by you", record)
    refused("sqlite:////nowhere/gradebook.db", "nowhere/gradebook.db cannot be opened")


def test_a_full_disk_leaves_nothing_of_a_submission(lite, record):
    def fill(connection, record):
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    records = class_of(record, 200)
    event.listen(Engine, "connect", fill)
    try:
        with pytest.raises(GradebookError, match="the disk is full"):
            save_all(lite.url, records)
    finally:
        event.remove(Engine, "connect", fill)
    whole = tables(lite.url)
    assert len(whole["grade"]) == 6 * len(whole["submission"])
    assert 0 < len(whole["submission"]) < 200
    save_all(lite.url, records)
    assert len(tables(lite.url)["submission"]) == 200


def test_a_limit_of_the_size_of_files_is_named(lite, record):
    path = lite.root / "records"
    path.write_text("\n".join(map(dumps, class_of(record, 200))))
    said = finish(start("save_little", lite.url, path))
    assert "the disk is full or fails" in said
    whole = tables(lite.url)
    assert len(whole["grade"]) == 6 * len(whole["submission"])


def test_an_assignment_that_is_not_there_is_to_be_released(new):
    message = refused(new(), "no assignment 'week1'")
    assert "`nbgrader generate_assignment week1 --create`" in message


def test_tables_of_another_version_are_to_be_upgraded(lite):
    with sqlite3.connect(lite.root / "gradebook.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'old'")
    connection.close()
    refused(lite.url, "version old, expected .* Run `nbgrader db upgrade`")


def test_columns_that_are_missing_are_to_be_upgraded(lite, record):
    with sqlite3.connect(lite.root / "gradebook.db") as connection:
        connection.execute("ALTER TABLE grade DROP COLUMN extra_credit")
    connection.close()
    refused(lite.url, "extra_credit.* Run `nbgrader db upgrade`", record)


@pytest.mark.parametrize(
    "url",
    ["", "gradebook.db", "mysql://me:secret@host/x", "oracle:secret", "a://b:x/c"],
)
def test_an_address_that_cannot_be_read_is_not_repeated(url):
    with pytest.raises(GradebookError, match="db_url cannot be used") as caught:
        writer_of(url)
    assert "secret" not in str(caught.value)


def test_a_name_that_no_database_takes_stops_with_a_reason(lite, record):
    odd = Record(WORK, "\udcff", "f", "", record.notebooks)
    refused(lite.url, "could not be written", odd)


# --- PostgreSQL -----------------------------------------------------------------------


def test_a_wrong_password_is_not_shown(server):
    guests = Path(server.folder, "data", "pg_hba.conf")
    old = guests.read_text()
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE ROLE guest LOGIN PASSWORD 'right'")
    guests.write_text("local all guest scram-sha-256\n" + old)
    server.restart()
    url = f"postgresql://guest:wrong-word@/postgres?host={server.folder}"
    also = f"postgresql://guest@/postgres?host={server.folder}&password=wrong-word"
    for given in (url, also):
        message = refused(given, "cannot be opened.*password authentication failed")
        assert "wrong-word" not in message
    refused(url.replace("wrong-word", "right"), "may not be written by you")
    guests.write_text(old)
    server.restart()


def test_a_server_that_restarts_is_waited_for(released, server, tmp_path, record):
    url = released.copy(tmp_path, server.new()).url
    with writer_of(url, patience=60) as writer, Meanwhile(server._start) as meanwhile:
        writer._database._wait = 0.01
        writer.prepare(WORK)
        server.stop()
        writer.save(record)
    assert len(tables(url)["submission"]) == 1
    assert len(meanwhile.said) == 1
    assert "cannot be opened" in meanwhile.said[0]


def test_a_server_that_stays_away_is_an_error(released, server, tmp_path, record):
    url = released.copy(tmp_path, server.new()).url
    with writer_of(url, patience=0.2) as writer:
        writer.prepare(WORK)
        server.stop()
        with Meanwhile(lambda: None), pytest.raises(GradebookError, match="the server"):
            writer.save(record)
        server._start()
        writer.save(record)
    assert len(tables(url)["submission"]) == 1
    refused(server.url("none"), "cannot be opened.*does not exist")
    refused(url.replace("/pg-", "/nowhere-"), "cannot be opened")
