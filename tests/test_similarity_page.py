"""The page of similar answers: what it says, what it never does, and its bounds."""

import re

import pytest
from nbformat.v4 import new_markdown_cell

from rnngrade.engine.record import Check
from rnngrade.reports import similarity_page
from rnngrade.reports.similarity import compare
from rnngrade.reports.similarity_page import render
from tests import test_browser
from tests.assignment import find, instructor, submission
from tests.test_browser import browser  # noqa: F401
from tests.test_similarity import RENAMED, long, one_exercise

SCRIPT = "<script>alert(1)</script>"
PIECES = [
    SCRIPT,
    "<img src=x onerror=alert(1)>",
    "</pre></mark><iframe src='https://example.org'>",
    "{{ 7 * 7 }}{% raw %}",
    "\x1b[31m<b>red</b>\x1b[0m",
]


def hostile_class(piece):
    reference = instructor()
    find(reference, "double-it-statement").source = f"### {piece}"
    reference.cells.insert(0, new_markdown_cell(f"# {piece}"))
    text = long() + f"# {piece}\n"
    students = one_exercise(one=text, two=text + "#", three=text, far="x" * 60_000)
    named = {f"{piece} {name}": notebook for name, notebook in students.items()}
    checks = {name: {"double-it": Check(0, 4, (piece,))} for name in named}
    return compare(reference, named, checks)


@pytest.mark.parametrize("piece", PIECES)
def test_nothing_is_interpreted(piece):
    page = render(hostile_class(piece))
    tags = {tag.lower() for tag in re.findall(r"<\s*/?\s*([a-zA-Z]+)", page)}
    assert not tags & {"script", "img", "iframe", "b", "svg", "object", "link", "base"}
    assert "49" not in page
    assert "\x1b" not in page
    assert "default-src 'none'; style-src 'unsafe-inline'" in page


def test_the_page_tells_of_unreadable_files_points_and_mistakes():
    found = hostile_class("&")
    found.unreadable["eve"] = "Not JSON. <b>"
    page = render(found)
    assert "0 of 4 points, &amp;" in page
    assert "<li>eve: Not JSON. &lt;b&gt;</li>" in page
    assert "<li>&amp; far, &amp;: the answer has more than 50,000 characters" in page
    assert "4 submissions" in page


def test_the_page_accuses_nobody():
    page = render(compare(instructor(), {}))
    assert page.index("It accuses nobody") < page.index("<table>")
    assert "natural solution is equal in many submissions" in page
    assert "There are none." in page
    assert "None share more than one." in page
    for word in ("cheat", "plagiar", "suspect", "guilty", "fraud"):
        assert word not in page.lower()


def test_members_stand_side_by_side_and_their_differences_are_marked():
    students = one_exercise(
        ada=long(), ben="# mine <&>\n" + long(), cy=long(text=RENAMED), dan=long()
    )
    page = render(compare(instructor(), students))
    assert page.count("<pre ") == 3
    assert ">ada, dan (the same text)</h4>" in page
    assert "<mark># mine &lt;&amp;&gt;</mark>\n" in page
    assert "<mark>        my_total[my_i] = x[my_i] + x[my_i] * 1</mark>" in page
    assert "\ndef double(x):\n" in page, "this line is everywhere"
    assert "double-it: 4 students</h3>" in page


def test_the_reference_stands_first():
    reference = instructor()
    find(reference, "double-it").source = long()
    page = render(compare(reference, one_exercise(ada=long(text=RENAMED))))
    assert "double-it: 1 student and the reference</h3>" in page
    assert page.index(">The reference</h4>") < page.index(">ada</h4>")


def test_short_answers_are_folded_and_not_shown():
    page = render(compare(instructor(), {"ada": submission(), "ben": submission()}))
    folded = page.split("<details>")[1].split("</details>")[0]
    assert "ada, ben; the reference" in folded
    assert "<pre " not in page


def test_the_page_of_a_large_class_is_bounded(monkeypatch):
    bounds = {"MAX_NAMES": 5, "MAX_ROWS": 2, "SIDE_BY_SIDE": 3, "MAX_LINES": 4}
    for name, value in bounds.items():
        monkeypatch.setattr(similarity_page, name, value)
    each = [(number, k) for number in range(7) for k in range(9)]
    students = {f"s{number}-{k}": long(number) + f"# {k}" for number, k in each}
    page = render(compare(instructor(), one_exercise(**students)))
    assert page.count("<article") == 3
    assert page.count("<pre ") == 3 * similarity_page.COLUMNS
    assert "… and 4 more lines" in page
    assert "In other words also: s" in page
    assert "and 4 more" in page
    assert "And 2 more." in page


def test_one_very_long_name_and_line_are_cut():
    students = one_exercise(**{"n" * 250: long() + "#" * 40_000, "ben": long()})
    page = render(compare(instructor(), students))
    assert len(page) < 30_000
    assert "n" * 99 + "…" in page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [412, 1280])
def test_in_chromium_the_page_is_quiet_and_accessible(
    browser,  # noqa: F811
    tmp_path,
    scheme,
    width,
):
    (tmp_path / "page.html").write_text(render(hostile_class(SCRIPT)), "utf-8")
    visit = test_browser.read(browser, (tmp_path / "page.html").as_uri(), scheme, width)
    assert visit == test_browser.Visit()


def test_in_chromium_nothing_opens_a_dialog(browser, tmp_path):  # noqa: F811
    pieces = "".join(PIECES)
    (tmp_path / "page.html").write_text(render(hostile_class(pieces)), "utf-8")
    page, seen = browser.new_page(), []
    page.on("dialog", lambda dialog: (seen.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: seen.append(request.url))
    page.goto((tmp_path / "page.html").as_uri())
    assert seen == [(tmp_path / "page.html").as_uri()]
    assert SCRIPT in page.inner_text("main")
    assert page.locator("main script, main iframe, main img").count() == 0
    page.close()
