"""Three pages share one head and one base of style, and repeat nothing of it."""

import re

import pytest

from rnngrade import feedback
from rnngrade.reports import charts, class_page, class_style, similarity_page
from rnngrade.reports import similarity_template as similar
from rnngrade.reports.page import POLICY, STYLE, head
from rnngrade.reports.similarity import compare
from tests import test_browser
from tests.assignment import instructor
from tests.test_browser import browser  # noqa: F401, a fixture
from tests.test_class_report import summary
from tests.test_feedback import ABOUT, graded

HTML = "<b>&"
PAGES = {
    "feedback": feedback.render(
        graded(prose=HTML), {**ABOUT, "student": HTML, "notebook": HTML}
    ),
    "class report": class_page.render(summary()),
    "similar answers": similarity_page.render(compare(instructor(), {})),
}
OWN = {
    "feedback": feedback.STYLE,
    "class report": class_style.STYLE + charts.STYLE,
    "similar answers": similar.STYLE,
}


def declarations(css):
    """List what is said of each selector; the same in light and dark is the same."""
    return {
        (selector.strip(), declaration.strip())
        for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", css)
        for selector in selectors.split(",")
        for declaration in body.split(";")
        if declaration.strip()
    }


@pytest.mark.parametrize("name", PAGES)
def test_a_page_begins_with_what_all_share_and_goes_on_with_its_own(name):
    page = PAGES[name]
    assert page.startswith(POLICY)
    style = page.partition("<style>\n")[2].partition("</style>")[0]
    assert style == STYLE + OWN[name]
    assert page.count("<style>") == page.count("Content-Security-Policy") == 1


@pytest.mark.parametrize("name", OWN)
def test_nothing_that_all_share_is_repeated(name):
    assert declarations(STYLE) & declarations(OWN[name]) == set()


def test_what_all_pages_say_is_said_once():
    assert set.intersection(*map(declarations, OWN.values())) == set()


def test_declarations_are_seen_wherever_they_stand():
    css = "a, b { c: d; e: f }\n@media print { a { c: d; } }"
    expected = {(name, text) for name in "ab" for text in ("c: d", "e: f")}
    assert declarations(css) == expected


def test_a_title_is_left_to_the_template_and_escaped_by_it():
    assert "<title>{{ a }}: b</title>" in head("{{ a }}: b", "")
    assert "<title>&lt;b&gt;&amp;: feedback</title>" in PAGES["feedback"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [test_browser.PHONE, test_browser.DESKTOP])
def test_the_feedback_page_in_chromium(browser, tmp_path, scheme, width):  # noqa: F811
    (tmp_path / "page.html").write_text(PAGES["feedback"], encoding="utf-8")
    url = (tmp_path / "page.html").as_uri()
    assert test_browser.read(browser, url, scheme, width) == test_browser.Visit()
