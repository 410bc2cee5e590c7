import csv
import errno
import logging
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.plugins import CsvExportPlugin

import rnngrade
from rnngrade import exports
from rnngrade.exports import CanvasExporter, MoodleExporter, PlainExporter, write_file
from rnngrade.scores import CannotExport
from tests.grade_book import add_assignment, opened, submit

ROOT = Path(rnngrade.__file__).parents[1]
EVERY = (PlainExporter, CanvasExporter, MoodleExporter)
LOG = logging.getLogger("exports")
ROSTER = """\
Student,ID,SIS Login ID,Section,02_rnn (12),03_bptt (13)
    Points Possible,,,,12,12
"Lovelace, Ada",101,ada,Monday,1.00,EX
"Babbage, Charles",102,bab,Tuesday,,
"""


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with opened(tmp_path / "gradebook.db") as book:
        yield book


@pytest.fixture
def ordinary(book):
    """A class in which everything occurs that stock nbgrader can write."""
    add_assignment(book, "03_bptt", "2026-02-01 12:00:00 UTC")
    add_assignment(book, "02_rnn")
    book.add_student("ada", first_name="Ada", last_name="Lovelace", email="a@b.org")
    book.add_student("bab", first_name="Zoë", last_name="Müller-Łoś \u200f\u05d0")
    book.add_student("eve", lms_user_id="103")
    submit(book, "02_rnn", "ada", (4, 0.1, 0.2))
    submit(book, "02_rnn", "eve", (1 / 3, 2 / 3, 0.7), late=1)
    submit(book, "03_bptt", "bab", (1, 0, 0), late=5)
    submit(book, "03_bptt", "eve", (4, None, 4))
    return book


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO, LOG.name)
    return caplog


def export(book, kind, **settings):
    """Export and return the rows."""
    kind(to="out.csv", log=LOG, **settings).export(book)
    with open("out.csv", encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


def refused(log, book, kind, **settings):
    """Export what must be refused, and return the reason."""
    with pytest.raises(SystemExit) as caught:
        kind(to="out.csv", log=LOG, **settings).export(book)
    assert caught.value.code == 1
    assert "Nothing has been exported." in log.messages[-1]
    return log.messages[-1]


@pytest.mark.parametrize(
    "chosen",
    [{}, {"student": ["eve"]}, {"assignment": ["03_bptt"]}],
    ids=["all", "student", "assignment"],
)
def test_an_ordinary_file_is_that_of_nbgrader(ordinary, chosen):
    CsvExportPlugin(to="stock.csv", **chosen).export(ordinary)
    export(ordinary, PlainExporter, **chosen)
    assert Path("out.csv").read_bytes() == Path("stock.csv").read_bytes()
    assert Path("out.csv").read_text().count("\n") > 1


def test_an_empty_gradebook_gives_nbgraders_file(book):
    for fill in (lambda: None, lambda: book.add_student("ada")):
        fill()
        CsvExportPlugin(to="stock.csv").export(book)
        export(book, PlainExporter)
        assert Path("out.csv").read_bytes() == Path("stock.csv").read_bytes()


NAMES = [
    'O"Neill, "Jo"',
    "two\nlines",
    "carriage\rreturn",
    "both\r\nends",
    "Łukasz Ößäü",
    "\u202eleft\u200f",
    "semi;colon",
    "'quoted'",
    " blank ",
    "\u2028line\x0bfeed",
]


def test_any_name_can_be_read_back(book):
    add_assignment(book, "one")
    for name in NAMES:
        book.add_student(name, last_name=name, first_name=name, email=name)
    _, *rows = export(book, PlainExporter)
    assert {row[3] for row in rows} == set(NAMES)
    assert all(row[4:7] == [row[3]] * 3 for row in rows)


@pytest.mark.parametrize("kind", [CanvasExporter, MoodleExporter])
def test_a_platform_gets_names_in_one_line(book, kind):
    add_assignment(book, "one")
    names = [*NAMES, "\x1b[31mred\x00"]
    for number, name in enumerate(names):
        book.add_student(f"s{number}", last_name=name, first_name="A")
        submit(book, "one", f"s{number}", (1, 1, number))
    rows = export(book, kind)[-len(names) :]
    assert {row[-1] for row in rows} == {str(n + 2) for n in range(len(names))}
    text = "".join(map("".join, rows))
    assert "semi;colon" in text
    assert not set("\r\n\x1b\x00\x0b\u2028\u202e") & set(text)


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1"]


@pytest.mark.parametrize("kind", EVERY)
def test_no_name_runs_as_a_formula_and_keys_stay(book, kind, log):
    add_assignment(book, "one")
    for name in FORMULAS:
        book.add_student(name, last_name=name, first_name=name, email=name)
        submit(book, "one", name, (1, 1, 1))
    rows = export(book, kind)[-len(FORMULAS) :]
    (key,) = {row.index(name) for row in rows for name in FORMULAS if name in row}
    assert {row[key] for row in rows} == set(FORMULAS)
    others = [cell for row in rows for n, cell in enumerate(row) if n != key]
    assert sum(cell.startswith("'") for cell in others) >= len(FORMULAS)
    assert not any(cell.lstrip().startswith(tuple("=+-@\uff1d")) for cell in others)
    assert "spreadsheet" in log.messages[-1]
    assert all(repr(name) in log.messages[-1] for name in FORMULAS)


def test_a_tab_or_a_return_comes_first_nowhere(book):
    # Some spreadsheets skip them and look at what follows.
    add_assignment(book, "one")
    book.add_student("ada", last_name="\tx", first_name="\rx")
    assert export(book, PlainExporter)[1][4:6] == ["'\tx", "'\rx"]


def test_a_negative_score_stays_a_number(book):
    add_assignment(book, "one")
    book.add_student("ada")
    submit(book, "one", "ada", (-1, 0, 0))
    assert export(book, PlainExporter)[1][7:10] == ["-1.0", "0.0", "0.0"]


@pytest.mark.parametrize("kind", EVERY)
def test_scores_that_are_not_final_are_counted(ordinary, kind, log):
    export(ordinary, kind)
    (warning,) = [text for text in log.messages if "nobody has graded" in text]
    assert warning.startswith("'03_bptt': 1 exported score has parts")
    log.clear()
    export(ordinary, kind, assignment=["02_rnn"])
    assert "nobody" not in log.text


@pytest.mark.parametrize("kind", EVERY)
def test_unknown_names_leave_the_old_file(ordinary, kind, log):
    Path("out.csv").write_text("old")
    assert "no student 'zoe', expected" in refused(log, ordinary, kind, student=["zoe"])
    text = refused(log, ordinary, kind, assignment=["zoe"])
    assert "expected '02_rnn', '03_bptt'" in text
    assert Path("out.csv").read_text() == "old"


def test_numbers_may_be_names(book):
    # So traitlets reads --student [7].
    book.add_student("7")
    add_assignment(book, "1")
    assert len(export(book, PlainExporter, student=[7], assignment=[1])) == 2


# Canvas


def test_a_file_for_canvas(ordinary):
    rows = export(ordinary, CanvasExporter)
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert rows == [
        [*head, "02_rnn", "03_bptt"],
        ["Points Possible", "", "", "", "", "12", "12"],
        ["eve", "103", "", "eve", "", "0.7", "8"],
        ["Lovelace, Ada", "", "", "ada", "", "4.3", ""],
        ["Müller-Łoś \u05d0, Zoë", "", "", "bab", "", "", "0"],
    ]


def test_who_has_submitted_nothing_is_left_out(ordinary, log):
    rows = export(ordinary, CanvasExporter, assignment=["03_bptt"])
    assert [row[3] for row in rows[2:]] == ["eve", "bab"]
    assert "nothing was submitted: 'ada'" in log.text


def test_nothing_submitted_may_be_a_zero(ordinary):
    for kind in (CanvasExporter, MoodleExporter):
        rows = export(ordinary, kind, missing="zero", assignment=["03_bptt"])
        assert [row[-1] for row in rows[-3:]] == ["8", "0", "0"]


def test_the_id_may_be_another_column(ordinary):
    rows = export(ordinary, CanvasExporter, key="SIS User ID", student=["ada"])
    assert rows[-1][:5] == ["Lovelace, Ada", "", "ada", "", ""]


def test_a_login_is_never_the_number_of_a_user(ordinary, log):
    # Canvas would read 42ada as 42.
    ordinary.add_student("42ada", lms_user_id="42ada")
    ordinary.add_student("43")
    for student in ("42ada", "43"):
        submit(ordinary, "02_rnn", student, (1, 1, 1))
    rows = export(ordinary, CanvasExporter, student=["42ada"])
    assert rows[-1][1] == ""
    rows = export(ordinary, CanvasExporter, key="ID", student=["42ada", "43"])
    assert [row[1] for row in rows[2:]] == ["43"]
    assert "'42ada'. Their grades are NOT in the file" in log.text


def test_no_name_is_the_row_of_points(ordinary):
    ordinary.add_student("x", last_name="Points Possible")
    submit(ordinary, "02_rnn", "x", (4, 4, 4))
    rows = export(ordinary, CanvasExporter)
    assert sum("Points Possible" in row[0] for row in rows) == 1


def test_columns_may_be_named(ordinary, log):
    columns = {"02_rnn": "77", "03_bptt": "Time, and back (78)"}
    rows = export(ordinary, CanvasExporter, columns=columns)
    assert rows[0][5:] == ["02_rnn (77)", "Time, and back (78)"]
    for kind in (CanvasExporter, MoodleExporter):
        text = refused(log, ordinary, kind, columns={"02_rnn": "03_bptt"})
        assert "the column '03_bptt', expected one for each" in text
        assert f"{kind.__name__}.columns" in text


def test_a_roster_gives_all_that_canvas_knows(ordinary, log):
    Path("canvas.csv").write_text(ROSTER)
    rows = export(ordinary, CanvasExporter, roster="canvas.csv")
    assert rows == [
        ["Student", "ID", "SIS Login ID", "Section", "02_rnn (12)", "03_bptt (13)"],
        ["Points Possible", "", "", "", "12", "12"],
        ["Lovelace, Ada", "101", "ada", "Monday", "4.3", "EX"],
        ["Babbage, Charles", "102", "bab", "Tuesday", "", "0"],
    ]
    assert "identify them there: 'eve'" in log.text


def test_a_column_that_the_roster_lacks(ordinary):
    Path("canvas.csv").write_text(ROSTER)
    rows = export(
        ordinary, CanvasExporter, roster="canvas.csv", columns={"03_bptt": "New"}
    )
    assert rows[0][4:] == ["02_rnn (12)", "New"]
    assert rows[2][4:] == ["4.3", ""]


def test_a_missing_roster_is_refused(ordinary, log):
    assert "'gone.csv' cannot be read" in refused(
        log, ordinary, CanvasExporter, roster="gone.csv"
    )


# Moodle


def test_a_file_for_moodle(ordinary):
    assert export(ordinary, MoodleExporter) == [
        ["First name", "Last name", "Username", "02_rnn", "03_bptt"],
        ["", "", "eve", "0.7", "8"],
        ["Ada", "Lovelace", "ada", "4.3", "-"],
        ["Zoë", "Müller-Łoś \u05d0", "bab", "-", "0"],
    ]


def test_nobody_is_in_the_file_without_a_key(ordinary, log):
    # Moodle would give the grades to the student of the row before.
    rows = export(ordinary, MoodleExporter, key="Email address")
    assert [row[2] for row in rows] == ["Email address", "a@b.org"]
    assert "'eve', 'bab'. Their grades are NOT in the file" in log.text
    ordinary.add_student("0")
    submit(ordinary, "02_rnn", "0", (1, 1, 1))
    assert "0" not in {row[2] for row in export(ordinary, MoodleExporter)}


def test_no_number_has_an_exponent(book):
    add_assignment(book, "one")
    for student, score in {"a": 1e-9, "b": 1e6, "c": 1 / 3, "d": 10}.items():
        book.add_student(student)
        submit(book, "one", student, (score, 0, 0))
    rows = export(book, MoodleExporter)
    assert [row[3] for row in rows[1:]] == ["0", "1000000", "0.33333", "10"]


# Writing


def test_a_full_disk_leaves_the_old_file(ordinary, monkeypatch, log):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    Path("out.csv").write_text("old")
    before = sorted(os.listdir())
    monkeypatch.setattr(exports.os, "fsync", full)
    for kind in EVERY:
        text = refused(log, ordinary, kind)
        assert "'out.csv' cannot be written (No space left on device)" in text
        assert "--to" in text
    assert Path("out.csv").read_text() == "old"
    assert sorted(os.listdir()) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_leaves_the_old_file(ordinary, tmp_path, log):
    Path("out.csv").write_text("old")
    tmp_path.chmod(0o500)
    try:
        assert "Permission denied" in refused(log, ordinary, PlainExporter)
    finally:
        tmp_path.chmod(0o700)
    assert Path("out.csv").read_text() == "old"


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(CannotExport, match=r"nowhere/x\.csv' cannot be written \(No s"):
        write_file(tmp_path / "nowhere" / "x.csv", [["a"]])


def test_a_file_keeps_its_permissions_and_a_link_its_target(tmp_path):
    target, link = tmp_path / "grades.csv", tmp_path / "link.csv"
    target.write_text("old")
    target.chmod(0o600)
    link.symlink_to(target)
    write_file(link, [["a", "b,c"]])
    assert link.is_symlink()
    assert target.read_text() == 'a,"b,c"\n'
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_pipe_is_written_to(tmp_path):
    read, write = os.pipe()
    try:
        write_file(f"/dev/fd/{write}", [["a"]])
        assert os.read(read, 10) == b"a\n"
    finally:
        os.close(read)
        os.close(write)


def nbgrader(root, *arguments):
    command = [sys.executable, "-m", "nbgrader", "export", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    ("name", "settings", "last"),
    [
        ("Plain", [], "03_bptt,2026-02-01 12:00:00,,ada,Lovelace,Ada,a@b.org,"),
        (
            "Canvas",
            [
                "--CanvasExporter.roster=canvas.csv",
                "--CanvasExporter.columns=03_bptt=9",
            ],
            '"Lovelace, Ada",101,ada,Monday,4.3,\n',
        ),
        ("Moodle", ["--MoodleExporter.key=ID number"], "Ada,Lovelace,ada,4.3,-\n"),
    ],
)
def test_the_command_line(ordinary, tmp_path, name, settings, last):
    # The lead of a course types this, with settings on the line or in the file.
    Path("canvas.csv").write_text(ROSTER)
    done = nbgrader(
        tmp_path,
        f"--exporter=rnngrade.exports.{name}Exporter",
        f"--db=sqlite:///{tmp_path / 'gradebook.db'}",
        "--student=['ada']",
        "--to=chosen.csv",
        *settings,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert last in (tmp_path / "chosen.csv").read_text()
