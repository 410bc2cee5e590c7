import re

import markupsafe
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from rnngrade.feedback import plain, render
from tests import assignment

SCRIPT = "<script>alert(1)</script>"
PIECES = [
    SCRIPT,
    "<img src=x onerror=alert(1)>",
    "</pre></section><iframe src='https://example.org'>",
    "[link](javascript:alert(1))",
    "&lt;script&gt;",
    "{{ 7 * 7 }}{% raw %}",
    "\x1b[31m<b>red</b>\x1b[0m",
]


def graded(source="def double(x): pass", score=1.5, mistakes=("ADDED",), **more):
    metadata = {
        "grade": True,
        "grade_id": "double-it-check",
        "points": 4,
        "score": score,
    }
    about = {"rnngrade": {"mistakes": list(mistakes)}}
    outputs = [
        new_output("stream", name="stdout", text=more.get("text", "the report\n")),
        new_output("execute_result", {"text/plain": "1.5"}, metadata=about),
    ]
    answer = new_code_cell(source)
    answer.metadata["nbgrader"] = {"grade_id": "double-it", "comment": more.get("said")}
    answer.outputs = [
        new_output("error", ename="E", evalue="e", traceback=["tb", "E: e"])
    ]
    check = new_code_cell("check(double)", outputs=outputs)
    check.metadata["nbgrader"] = metadata
    prose = new_markdown_cell(more.get("prose", "## Statement"))
    return new_notebook(
        cells=[prose, answer, check],
        metadata=nbformat.from_dict({"rnngrade": {"notes": more.get("notes", [])}}),
    )


ABOUT = {"notebook": "02_small", "score": 1.5, "max_score": 4.0, "late_penalty": 0}


def test_the_points_and_the_mistakes_stand_on_top():
    page = render(graded(), ABOUT)
    assert "1.5 of 4 points" in page
    row = page.split("<tbody>")[1].split("</tbody>")[0]
    for part in ("double-it", "1.5 of 4", "ADDED", 'href="#graded-1"'):
        assert part in row
    assert 'id="graded-1"' in page
    assert page.index("<table>") < page.index("## Statement") < page.index("the report")
    assert "E: e" in page


def test_without_mistakes_and_without_a_grade():
    page = render(graded(score=None, mistakes=()), {**ABOUT, "score": None})
    assert "not graded yet of 4" in page
    assert "<td>-</td>" in page


def test_a_late_penalty_is_told():
    assert "late penalty of 0.5" in render(graded(), {**ABOUT, "late_penalty": 0.5})


def test_comments_and_notes_are_told():
    page = render(graded(said="Well done & neat", notes=["Cell x was missing."]), ABOUT)
    assert "Well done &amp; neat" in page
    assert "<li>Cell x was missing.</li>" in page


@pytest.mark.parametrize("piece", PIECES)
def test_nothing_of_a_student_is_interpreted(piece):
    page = render(
        graded(source=piece, prose=piece, said=piece, text=piece, notes=[piece]), ABOUT
    )
    assert page.count(str(markupsafe.escape(plain(piece)))) >= 5
    tags = {tag.lower() for tag in re.findall(r"<\s*/?\s*([a-zA-Z]+)", page)}
    assert not tags & {"script", "img", "iframe", "b", "svg", "object", "link", "base"}
    assert "49" not in page


def test_a_student_cannot_forge_a_row_of_points():
    notebook = graded()
    own = new_code_cell("x")
    about = {"rnngrade": {"mistakes": ["NONE_AT_ALL"]}}
    own.outputs = [new_output("execute_result", {"text/plain": "4"}, metadata=about)]
    notebook.cells.append(own)
    assert render(notebook, ABOUT).count("<tr>") == 2
    assert "NONE_AT_ALL" not in render(notebook, ABOUT)


def test_the_page_asks_nobody_for_anything():
    page = render(graded(), ABOUT)
    assert "default-src 'none'; style-src 'unsafe-inline'" in page
    targets = re.findall(r"""(?:src|href|action)\s*=\s*["']?([^"'>]*)""", page)
    assert targets
    assert all(target.startswith("#") for target in targets)
    assert "url(" not in page
    assert "@import" not in page


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\tb\nc", "a\tb\nc"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x00\x07\x1b", ""),
        ("x = 1 \u202e# 2 = y", "x = 1 # 2 = y"),
        ("\u2066a\u2069 \u200eb\u200f \u061cc\ufeff", "a b c"),
        ("tag\U000e0041\U000e007f", "tag"),
        ("a\u2028b", "ab"),
        ("nai\u0308ve \u200d\u200c", "nai\u0308ve \u200d\u200c"),
        ("b\udcffd", "b?d"),
        ("h\u0304 ∂L/∂W ✓", "h\u0304 ∂L/∂W ✓"),
    ],
)
def test_what_cannot_be_seen_is_left_out(text, expected):
    assert plain(text) == expected


def test_a_real_notebook_is_rendered():
    notebook = assignment.instructor()
    page = render(notebook, {**ABOUT, "score": 0})
    assert page.count('<section class="cell"') == len(notebook.cells)
    assert page.startswith("<!DOCTYPE html>")


def test_the_instructors_questions_are_folded_and_the_students_prose_is_not():
    notebook = graded(prose="my own words")
    question = new_markdown_cell(f"## One step {SCRIPT}\n\nWrite it.")
    question.metadata["nbgrader"] = {"locked": True, "grade_id": "double-it-statement"}
    notebook.cells.insert(0, question)
    page = render(notebook, {**ABOUT, "student": "ada <b>"})
    assert "Feedback for ada &lt;b&gt;" in page
    assert "<h1>One step &lt;script&gt;" in page, "the first heading is the title"
    assert '<a href="#graded-1">One step &lt;script&gt;' in page, "and names its row"
    assert "<summary>One step &lt;script&gt;" in page
    folded = page.split("<details>")[1].split("</details>")[0]
    assert "Write it." in folded
    assert "my own words" in page.split("</details>")[1]
    assert page.count("<details>") == 1


def test_a_score_that_a_person_has_given_is_named():
    assert "scored by a person" not in render(graded(), ABOUT)
    assert "scored by a person" not in render(graded(score=None), ABOUT)
    assert "3 of 4 points, scored by a person" in render(graded(score=3.0), ABOUT)
