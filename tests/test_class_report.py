"""The class report: counts checked by hand, hostile text, files, and the page."""

import csv
import json
import re

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from rnngrade.engine.record import Check, NotebookRecord, Record
from rnngrade.exercise import Mistake
from rnngrade.judge import evaluate
from rnngrade.reports.answers import shown
from rnngrade.reports.class_page import render
from rnngrade.reports.class_report import NAMES, UNJUDGED, Final, kind_of, summarize
from rnngrade.reports.class_tables import ANSWERS, MISTAKES, write_csv
from rnngrade.reports.distribution import TIMES, of_points, of_seconds
from rnngrade.sandbox.frames import MAX_ITEMS
from rnngrade.sandbox.observation import observe
from rnngrade.trial import CallFailed
from tests import assignment
from tests.test_browser import DESKTOP, PHONE, browser, read  # noqa: F401, a fixture

NAME = "07_small"
TRIPLED = Mistake("TRIPLED", "One x too many.", lambda x: 3 * x)
DOUBLE = assignment.make(
    "double-it", "double", lambda x: 2 * x, mistakes=(assignment.ADDED, TRIPLED)
)
HALVE = assignment.make("halve-it", "halve", lambda x: x / 2)
EXERCISES = {exercise.id: exercise for exercise in (DOUBLE, HALVE)}
RIGHT, WRONG = Check(4, 4), Check(0, 4)
ADDED = Check(0, 4, ("ADDED",))
RAISED = Check(0, 4, (), "double raised IndexError: index 5 is out of bounds.")
STOPPED = Check(0, 4, (), "halve was stopped: it took longer than 30 s.")
HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</table></main><iframe src='https://example.org'>",
    "{{ 7 * 7 }}{% raw %}",
    "\x1b[31m<b>red</b>\x1b[0m",
    "x \u202e y \u2066",
    "\ud800 alone",
    "=HYPERLINK(1)",
]


def notebook(double=RIGHT, halve=RIGHT, text="", **more):
    checks = {"double-it": double, "halve-it": halve}
    scores = {f"{name}-check": check.points for name, check in checks.items()}
    answered = {"double-it": True, "halve-it": True, **more.pop("answered", {})}
    return NotebookRecord(NAME, text, scores, answered, checks, **more)


def record(student, *checks, seconds=0.1, **more):
    found = (notebook(*checks, **more),)
    return Record(NAME, student, "f", "", found, seconds, seconds / 2, 50 << 20)


def unreadable(student, reason="The submitted file is not JSON."):
    lost = Check(0, 4, (), "There is no function double. Define it.")
    return record(student, lost, lost, notes=(reason,), readable=False)


def small_class():
    return [
        record("ada"),
        record("bo", ADDED, RIGHT),
        record("cy", Check(3, 4, ("ADDED", "TRIPLED")), WRONG),
        record("di", RAISED, WRONG, answered={"halve-it": False}),
        record("ed", ADDED, STOPPED, seconds=30.5, losses=("halve hung",)),
        unreadable("flo"),
    ]


def summary(records=None, **more):
    records = small_class() if records is None else records
    return summarize(NAME, records, EXERCISES, **more)


def counts(distribution):
    return [each.count for each in distribution.bins]


# --- what is counted ------------------------------------------------------------------


def test_a_small_class_counted_by_hand():
    report = summary(missing=["gus"])
    double, halve = report.exercises
    assert (report.submissions, report.max_points, report.full) == (6, 8, 1)
    # Totals: 8, 4, 3, 0, 0, 0.
    assert counts(report.totals) == [3, 0, 0, 1, 1, 0, 0, 0, 1]
    assert (report.totals.median, report.totals.mean) == (1.5, 2.5)
    assert (report.totals.lower, report.totals.upper) == (0, 3.75)
    assert counts(double.points) == [4, 0, 0, 1, 1]
    assert (double.full, double.some, double.none, double.empty) == (1, 1, 3, 1)
    assert (halve.full, halve.some, halve.none, halve.empty) == (2, 0, 2, 2)
    assert (double.unnamed, halve.unnamed) == (0, 1)
    assert double.failures == (("raised IndexError", 1),)
    assert halve.failures == (("hung, or ended its process", 1),)
    assert report.missing == ("gus",)


def test_mistakes_are_counted_once_for_each_submission_and_have_their_hint():
    added, tripled = summary().mistakes
    assert (added.name, added.count, added.share) == ("ADDED", 3, 0.5)
    assert added.students == ("bo", "cy", "ed")
    assert added.hint == "Doubling is not adding two."
    assert (tripled.name, tripled.count, tripled.students) == ("TRIPLED", 1, ("cy",))


def test_only_some_students_are_named_and_an_old_mistake_has_no_hint():
    gone = Check(0, 4, ("GONE",))
    report = summary([record(f"s{i}", gone) for i in range(NAMES + 3)])
    assert len(report.mistakes[0].students) == NAMES
    assert report.mistakes[0].count == NAMES + 3
    assert report.mistakes[0].hint == ""
    assert "and\n3 more" in render(report)
    assert "does not know this mistake any more" in render(report)


def test_who_needs_a_look():
    report = summary()
    assert report.slowest[0].student == "ed"
    assert (report.slowest[0].seconds, report.slowest[0].cpu_seconds) == (30.5, 15.25)
    assert [(t.student, t.reason) for t in report.losses] == [("ed", "halve hung")]
    assert [(t.student, t.where) for t in report.unreadable] == [("flo", NAME)]
    assert report.unreadable[0].reason == "The submitted file is not JSON."


def test_scores_of_the_gradebook_are_the_totals():
    finals = {
        "ada": Final(10, 10),
        "bo": Final(5, 10, late_penalty=2),
        "cy": Final(1, 10, late_penalty=2, needs_manual=True),
        "nobody": Final(10, 10),
    }
    report = summary([record("ada"), record("bo"), record("cy")], finals=finals)
    assert report.max_points == 10
    assert counts(report.totals) == [1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1]
    assert (report.full, report.late, report.waiting) == (1, ("bo", "cy"), ("cy",))


def test_a_cell_without_a_score_waits_for_a_person():
    essay = record("ada")
    essay.notebooks[0].scores["essay"] = None
    report = summary([essay, record("bo")])
    assert report.waiting == ("ada",)
    done = summary([essay, record("bo")], finals={"ada": Final(9, 10)})
    assert done.waiting == (), "the gradebook knows that somebody has graded it"
    assert [each.id for each in report.exercises] == ["double-it", "halve-it"]


def test_an_answer_in_another_cell_counts():
    elsewhere = {"double-it": False, "halve-it": False}
    report = summary([record("ada", RIGHT, Check(1, 4), answered=elsewhere)])
    assert report.exercises[0].full == report.exercises[1].some == 1


def test_a_notebook_that_was_not_handed_in_has_no_answers():
    scores = {"double-it-check": 0.0, "halve-it-check": 0.0}
    note = ("This notebook was not handed in.",)
    absent = NotebookRecord(NAME, "", scores, {}, {}, note, readable=False)
    report = summary([Record(NAME, "ada", "f", "", (absent,))])
    assert [each.empty for each in report.exercises] == [1, 1]
    assert report.max_points == 8
    assert report.unreadable[0].reason == note[0]


def test_titles_are_the_headings_of_the_statements():
    text = json.dumps(assignment.raw(assignment.released()))
    report = summary([record("ada"), record("bo", text=text)])
    assert [each.title for each in report.exercises] == ["double-it", "halve-it"]
    assert summary().exercises[0].title == "double", "else the function's name"
    unknown = summarize(NAME, [record("ada")], {})
    assert unknown.exercises[0].title == "double-it", "else the id"
    assert unknown.max_points == 8


def test_records_are_read_one_by_one():
    text = assignment.raw(assignment.released())
    padded = json.dumps({**text, "padding": "x" * 100_000})
    report = summary(record(f"s{i}", text=padded) for i in range(3))
    assert "xxx" not in repr(report)
    assert report.submissions == 3


@pytest.mark.parametrize("other", [record("ada"), Record("08_other", "bo", "", "", ())])
def test_records_that_do_not_belong_together_are_refused(other):
    with pytest.raises(ValueError, match="expected one for each student"):
        summary([record("ada"), other])


def test_failures_are_sorted_by_what_really_is_said():
    def failure(function):
        def call(args):
            if isinstance(function, Exception):
                raise function
            return observe(function, args)

        return evaluate(DOUBLE, call, assignment.rng()).failure

    def broken(_):
        raise ValueError("double was stopped: There is no function double.")

    def unwritten(_):
        raise NotImplementedError("double was stopped: ")

    too_much = [0] * (MAX_ITEMS + 1)
    assert kind_of(failure(broken)) == "raised ValueError"
    assert kind_of(failure(unwritten)) == "not written yet"
    assert kind_of(failure(lambda x: too_much)) == "returned what cannot be compared"
    assert kind_of(failure(CallFailed("There is no function double. Define"))) == (
        "no function of this name"
    )
    assert kind_of("gradients returned None; expected a, b.") == "returned None"
    assert kind_of("gradients returned 2 values; expected 3") == (
        "returned another number of values"
    )
    assert kind_of("something else") == "other"


def test_what_could_not_be_judged_is_listed():
    text = (
        "double: FloatingPointError while the returned values were compared; tell "
        "your instructor."
    )
    assert kind_of(text) == UNJUDGED
    report = summary([record("ada", Check(0, 4, (), text))])
    assert [(t.student, t.reason) for t in report.unjudged] == [("ada", text)]
    assert "Not judged: 1" in render(report)


# --- nothing, one, and counts that add up ---------------------------------------------


def test_an_empty_class():
    report = summary([], missing=["ada", "bo"])
    page = render(report)
    assert (report.submissions, report.mistakes, report.totals.count) == (0, (), 0)
    assert "No known mistake was recognized yet." in page
    assert "ada</bdi>, <bdi>bo" in page
    assert "histogram" not in page.partition("</style>")[2]


def test_one_submission():
    report = summary([record("ada", ADDED)])
    assert report.totals.median == report.totals.mean == report.totals.lower == 4
    assert "100 %" in render(report)


def test_a_class_of_which_nothing_could_be_read():
    report = summary([unreadable(f"s{i}") for i in range(40)])
    assert [each.empty for each in report.exercises] == [40, 40]
    assert report.exercises[0].failures == (), "nobody is blamed for a missing function"
    page = render(report)
    assert "Not readable: 40" in page
    assert "And 15\nmore." in page


checks = st.builds(
    Check,
    st.sampled_from([0, 0.5, 1, 3, 4]),
    st.just(4),
    st.lists(st.sampled_from(["ADDED", "TRIPLED", "GONE"]), max_size=3).map(tuple),
    st.sampled_from(["", RAISED.failure, "anything"]),
)
drawn_records = st.lists(
    st.tuples(checks, checks, st.booleans(), st.booleans(), st.floats(0, 1e5)),
    max_size=12,
)


@settings(deadline=None)
@given(drawn_records)
def test_counts_add_up(drawn):
    report = summary(
        record(f"s{i}", a, b, answered={"double-it": c}, readable=d, seconds=s)
        for i, (a, b, c, d, s) in enumerate(drawn)
    )
    size = len(drawn)
    assert report.submissions == report.totals.count == report.seconds.count == size
    assert len(report.answers) == size * len(report.exercises)
    for each in report.exercises:
        assert each.points.count == size
        assert each.full + each.some + each.none + each.empty == size
        assert all(1 <= found.count <= size for found in each.mistakes)
    found = sum(len(set(check.mistakes)) for a, b, *_ in drawn for check in (a, b))
    assert sum(each.count for each in report.mistakes) == found
    assert len(report.unreadable) == sum(not readable for *_, readable, _ in drawn)
    assert render(report).count("<h1>") == 1


@settings(deadline=None)
@given(st.lists(st.floats(-5, 200), max_size=20), st.sampled_from([0, 0.5, 1, 7, 25]))
def test_every_value_has_a_bin(values, best):
    points, times = of_points(values, best), of_seconds(values)
    assert points.count == times.count == len(values)
    assert 1 <= len(points.bins) <= 13
    assert len(times.bins) <= len(TIMES)


def test_values_stand_in_the_bin_that_names_them():
    found = of_points([0, 1, 2, 23, 24, 25, 30], 25)
    assert [(b.label, b.count) for b in found.bins if b.count] == [
        ("0 to 1", 2),
        ("2 to 3", 1),
        ("22 to 23", 1),
        ("24 to 25", 3),
    ]
    times = of_seconds([0, 0.05, 0.99, 1, 5000])
    assert [(b.label, b.count) for b in times.bins if b.count] == [
        ("0 to 0.05", 1),
        ("0.05 to 0.1", 1),
        ("0.5 to 1", 1),
        ("1 to 2", 1),
        ("over 1000", 1),
    ]


# --- the page -------------------------------------------------------------------------


def hostile_class(piece):
    cell = {"grade_id": "double-it-statement"}
    cells = [{"metadata": {"nbgrader": cell}, "source": [f"### {piece}\n", "more"]}]
    bad = Check(0, 4, (piece,), f"double raised ValueError: {piece}")
    one = record(
        f"a{piece}",
        bad,
        bad,
        text=json.dumps({"cells": cells}),
        notes=(piece,),
        losses=(piece,),
        readable=False,
    )
    return summary([one, record(piece)], missing=[piece])


@pytest.mark.parametrize("piece", HOSTILE)
def test_nothing_is_interpreted_and_nothing_invisible_is_left(piece):
    page = render(hostile_class(piece))
    body = page.partition("</head>")[2]
    soup = BeautifulSoup(body, "html.parser")
    assert shown(piece) in soup.get_text()
    assert not soup.find_all(["script", "img", "iframe", "b", "object", "link", "base"])
    assert "49" not in soup.get_text()
    assert not re.search("[\x1b\u202e\u2066\ud800]", page)
    allowed = {"class", "style", "id", "href", "scope", "role"}
    allowed |= {"aria-label", "aria-labelledby"}
    assert {name for tag in soup.find_all(True) for name in tag.attrs} <= allowed


def test_the_page_asks_nobody_for_anything():
    page = render(summary())
    assert "default-src 'none'; style-src 'unsafe-inline'" in page
    targets = re.findall(r"""(?:src|href|action)\s*=\s*["']?([^"'>]*)""", page)
    assert targets
    assert all(target.startswith("#") for target in targets)
    ids = {tag["id"] for tag in BeautifulSoup(page, "html.parser").find_all(id=True)}
    assert {target[1:] for target in targets} <= ids
    assert "url(" not in page
    assert "@import" not in page


def test_what_to_teach_again_comes_first():
    soup = BeautifulSoup(render(summary()), "html.parser")
    headings = [tag.get_text() for tag in soup.find_all("h2")]
    assert headings == [
        "What to teach again",
        "Points",
        "Mistakes by name",
        "The exercises, one by one",
        "Submissions that need a look",
        "Time",
    ]
    first = soup.select_one(".teach > li").get_text(" ", strip=True)
    assert "50 % 3 of" in first
    assert "ADDED in double Doubling is not adding two." in first.replace("\n", " ")


def test_each_plot_is_said_in_words():
    soup = BeautifulSoup(render(summary()), "html.parser")
    spoken = [tag["aria-label"] for tag in soup.select(".histogram, .stack")]
    assert len(spoken) == 6, "totals, seconds, and two for each exercise"
    assert "double: All points 1, Some 1, None 3, No answer 1" in spoken
    assert "Submissions by points in double: 0: 4, 1: 0, 2: 0, 3: 1, 4: 1" in spoken


def test_the_page_of_a_large_class_is_small():
    records = (
        record(f"student{i}", RAISED, ADDED, seconds=i, losses=("x" * 500,) * 3)
        for i in range(3_000)
    )
    report = summary(records, missing=map(str, range(3_000)))
    assert len(render(report)) < 100_000
    assert "and 2900 more" in render(report)


# --- the files ------------------------------------------------------------------------


def rows(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_the_tables_can_be_read_back(tmp_path):
    answers, mistakes = write_csv(summary(), tmp_path / "new" / "folder")
    table = rows(answers)
    assert tuple(table[0]) == ANSWERS
    assert len(table) == 6 * 2
    by_place = {(row["student"], row["exercise"]): row for row in table}
    row = by_place["cy", "double-it"]
    assert (float(row["points"]), float(row["max_points"])) == (3, 4)
    assert (row["assignment"], row["mistakes"]) == (NAME, "ADDED TRIPLED")
    assert by_place["ed", "halve-it"]["failure"] == STOPPED.failure
    assert float(by_place["ed", "halve-it"]["seconds"]) == 30.5
    assert by_place["flo", "halve-it"]["notes"] == "The submitted file is not JSON."
    table = rows(mistakes)
    assert tuple(table[0]) == MISTAKES
    assert table[0] == {
        "exercise": "double-it",
        "mistake": "ADDED",
        "count": "3",
        "share": "0.5",
    }


def test_why_a_notebook_could_not_be_read_stands_in_its_rows(tmp_path):
    scores = {"double-it-check": 0.0, "halve-it-check": 0.0}
    note = ("=This was not handed in.", "Another note.")
    absent = NotebookRecord(NAME, "", scores, {}, {}, note, readable=False)
    mended = record("bo", RAISED, notes=("A cell was missing.",))
    silent = record("cy", RAISED, readable=False)
    everybody = [Record(NAME, "ada", "f", "", (absent,)), unreadable("di")]
    report = summary([*everybody, mended, silent])
    table = rows(write_csv(report, tmp_path)[0])
    found = {(row["student"], row["exercise"]): row["failure"] for row in table}
    for name in EXERCISES:
        assert found["ada", name] == "'=This was not handed in."
        assert found["di", name] == "The submitted file is not JSON."
    assert found["bo", "double-it"] == found["cy", "double-it"] == RAISED.failure
    assert found["bo", "halve-it"] == ""
    assert report.exercises[0].failures == (("raised IndexError", 1),)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", " \uff1d1", "'=1"])
def test_no_cell_is_a_formula(tmp_path, text):
    bad = Check(0, 4, (text,), text)
    paths = write_csv(summary([record(text, bad, bad, notes=(text,))]), tmp_path)
    for row in rows(paths[0]):
        for name in ("student", "mistakes", "failure", "notes"):
            assert row[name] == "'" + text.strip()
        assert row["points"] == "0"
    assert rows(paths[1])[0]["mistake"] == "'" + text.strip()


def test_a_formula_behind_a_semicolon_is_none(tmp_path):
    bad = Check(0, 4, (), "double raised E: 1;=cmd(1); -2")
    answers, _ = write_csv(summary([record("ada", bad)]), tmp_path)
    assert rows(answers)[0]["failure"] == "double raised E: 1;'=cmd(1);' -2"


@pytest.mark.parametrize("piece", [*HOSTILE, 'a,"b"\r\nc', ";"])
def test_hostile_text_stays_in_its_cell(tmp_path, piece):
    paths = write_csv(hostile_class(piece), tmp_path)
    table = rows(paths[0])
    assert len(table) == 4
    assert all(None not in row and None not in row.values() for row in table)
    assert {row["exercise"] for row in table} == set(EXERCISES)
    assert all(row["failure"].endswith(shown(piece)) for row in table if row["failure"])
    assert any(row["failure"] for row in table)


def test_a_table_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    answers, _ = write_csv(summary(), tmp_path)
    before = answers.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_csv(summary([]), tmp_path)
    assert answers.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "answers.csv",
        "mistakes.csv",
    ]


# --- in a browser ---------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_the_page_in_chromium(browser, tmp_path, scheme, width):  # noqa: F811
    records = [*small_class(), unreadable("<script>alert(1)</script>" + "x" * 300)]
    path = tmp_path / "report.html"
    path.write_text(render(summary(records, missing=["gus"])), encoding="utf-8")
    visit = read(browser, path.as_uri(), scheme, width)
    assert visit.violations == []
    assert visit.requests == []
    assert visit.messages == []
    assert visit.overflow <= 0
