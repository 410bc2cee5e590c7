"""The book's build: strict, incremental, and it shows no answer."""

import json
import os
import re
import shutil
import textwrap
from types import SimpleNamespace

import nbformat
import pytest
from bs4 import BeautifulSoup

from extensions import chapters
from extensions.citations import split_place
from extensions.code_include import excerpt
from extensions.nb_exercise import points_text, split_title
from rnngrade.source import read_solution, released_source
from tests import building

# One process builds the sample book for all of these tests.


def copy_sample(folder):
    return shutil.copytree(building.SAMPLE, folder / "book")


def page(output, name):
    text = (output / "_build" / "html" / f"{name}.html").read_text("utf-8")
    return BeautifulSoup(text, "html.parser")


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    code, messages = building.build(copy_sample(folder), folder)
    assert code == 0, messages
    return folder


@pytest.fixture(scope="module")
def chapter(sample):
    return page(sample, "chapters/03_sample")


# --- exercises ------------------------------------------------------------------------


def test_exercise_is_drawn_as_students_get_it(chapter):
    box = chapter.find(id="exercise-rnn-step")
    assert "exercise" in box["class"]
    title = box.find(class_="admonition-title")
    assert " ".join(title.get_text().split()) == "Exercise: One step 4 points"
    starter, check = (pre.get_text() for pre in box.find_all("pre"))
    assert starter.startswith("def rnn_step(x, h_prev, W_xh, W_hh, b_h):")
    assert "raise NotImplementedError()" in starter
    assert check == "check(rnn_step)\n"
    assert "03_sample.ipynb" in box.find(class_="exercise-where").get_text()


def test_statement_is_markdown_with_mathematics(chapter):
    box = chapter.find(id="exercise-rnn-step")
    assert box.find("div", class_="math").find("math")
    assert box.find("span", class_="math").find("math")
    assert box.find("li").find("code").get_text() == "x"
    assert box.find(["h1", "h2", "h3", "h4"]) is None


def test_another_chapter_refers_to_the_exercise(sample):
    link = page(sample, "chapters/07_other").find("a", href=re.compile("#exercise-"))
    assert link["href"] == "03_sample.html#exercise-rnn-step"


def test_no_hidden_test_and_no_solution_is_in_any_file_of_the_book(sample):
    for path in (sample / "_build" / "html").rglob("*"):
        if path.is_file() and "vendor" not in path.parts:
            data = path.read_bytes()
            assert b"secret_" not in data, path
            assert b"HIDDEN TESTS" not in data, path
            assert b"BEGIN SOLUTION" not in data, path


def withheld(cell):
    """Return the lines of a cell that students do not get."""
    released = {line.strip() for line in released_source(cell).splitlines()}
    return {line.strip() for line in cell.source.splitlines()} - released - {""}


def test_withheld_lines_are_those_of_the_regions():
    path = building.SAMPLE / "solutions/03_sample/03_sample.md"
    lines = set().union(*map(withheld, read_solution(path).cells))
    assert lines == {
        "### BEGIN SOLUTION",
        "secret_solution = x @ W_xh + h_prev @ W_hh + b_h",
        "return np.tanh(secret_solution)",
        "### END SOLUTION",
        "### BEGIN HIDDEN TESTS",
        "secret_check(rnn_step, hidden=True)",
        "### END HIDDEN TESTS",
    }


SOLUTIONS = sorted((building.ROOT / "solutions").glob("*/*.md"))


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_no_exercise_of_the_real_book_shows_what_is_withheld(path):
    html = building.book() / "chapters" / f"{path.stem}.html"
    boxes = BeautifulSoup(html.read_text("utf-8"), "html.parser").select(".exercise")
    shown = {line.strip() for box in boxes for line in box.get_text().splitlines()}
    cells = [cell for cell in read_solution(path).cells if cell.cell_type == "code"]
    assert boxes
    assert not shown & set().union(*map(withheld, cells))


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_chapter_shows_every_exercise_of_its_assignment(path):
    names = {
        cell.metadata.nbgrader.grade_id.removesuffix("-check")
        for cell in read_solution(path).cells
        if cell.metadata.get("nbgrader", {}).get("points")
    }
    html = building.book() / "chapters" / f"{path.stem}.html"
    boxes = BeautifulSoup(html.read_text("utf-8"), "html.parser").select(".exercise")
    assert {box["id"] for box in boxes} == {f"exercise-{name}" for name in names}


def test_title_is_the_heading_and_points_are_counted():
    assert split_title("## *One* step\ntext") == ("*One* step", "text")
    assert split_title("Only text.") == ("", "Only text.")
    cell = nbformat.v4.new_code_cell(metadata={"nbgrader": {"points": 1}})
    assert points_text(cell) == "1 point"
    cell.metadata.nbgrader.points = 2.5
    assert points_text(cell) == "2.5 points"


# --- numbers, source code, citations --------------------------------------------------


def test_chapters_and_equations_have_the_number_of_the_file(sample, chapter):
    assert chapter.h1.get_text().startswith("3. A sample chapter")
    numbers = [eqno.get_text() for eqno in chapter.select(".eqno")]
    assert [number[:5] for number in numbers] == ["(3.1)", "(3.2)"]
    other = page(sample, "chapters/07_other")
    link = other.find("a", href="03_sample.html#equation-sample-step")
    assert link.get_text() == "(3.1)"
    assert other.select_one(".eqno").get_text().startswith("(7.1)")
    assert "7. Another sample" in chapter.select_one(".bd-sidebar-primary").get_text()


def test_mathematics_needs_no_script(chapter):
    assert len(chapter.find_all("math")) > 8
    assert not [s for s in chapter.find_all("script") if "athjax" in str(s).lower()]
    assert "thebe" not in str(chapter).lower()


def test_source_code_comes_from_its_file_with_the_docstring_folded(chapter):
    box = chapter.select_one("#source .code-include")
    assert box.p.get_text() == "step in package/cells.py"
    code = box.find("pre").get_text()
    assert code.startswith("@cache\ndef step(x, h, W_xh, W_hh, b_h):\n")
    assert '"""Return the next state."""' in code
    assert "full docstring" not in code
    assert "full docstring" in box.details.get_text()


MODULE = textwrap.dedent(
    '''
    @decorated
    def one(x):
        """First line.

        More.
        """
        return x

    class Two:
        def three(self):
            """Only line."""
            return 3
    '''
)


def test_excerpt_keeps_as_much_of_the_docstring_as_it_is_told():
    first = excerpt(MODULE, "one")
    assert first.code == '@decorated\ndef one(x):\n    """First line."""\n    return x'
    assert first.docstring == "First line.\n\nMore."
    full = excerpt(MODULE, "one", "full")
    assert "More." in full.code
    assert full.docstring == ""
    assert (
        excerpt(MODULE, "one", "none").code == "@decorated\ndef one(x):\n    return x"
    )


def test_excerpt_of_a_method_has_no_indentation():
    method = excerpt(MODULE, "Two.three")
    assert method.code == 'def three(self):\n    """Only line."""\n    return 3'
    assert method.docstring == ""


def test_excerpt_of_what_is_not_there_lists_what_is():
    with pytest.raises(ValueError, match=r"no two; it defines one, Two, Two\.three"):
        excerpt(MODULE, "two")


def test_citation_names_the_place(chapter):
    assert split_place("key{§2}") == ("key", "§2")
    assert split_place("key") == ("key", "")
    assert "(§2) again" in chapter.find("section").get_text()
    assert "Finding structure in time" in chapter.find(id="references").get_text()


# --- the build ------------------------------------------------------------------------


def modified(folder):
    html = folder / "_build" / "html"
    return {path: path.stat().st_mtime_ns for path in html.rglob("*.html")}


def changed(folder, before):
    return {
        path.stem for path, time in modified(folder).items() if time != before[path]
    }


@pytest.fixture(scope="module")
def edited(tmp_path_factory):
    folder = tmp_path_factory.mktemp("edited")
    code, messages = building.build(copy_sample(folder), folder)
    assert code == 0, messages
    return folder


def edit(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    later = path.stat().st_mtime + 2  # file systems and Sphinx round times
    os.utime(path, (later, later))


def test_second_build_reads_and_runs_nothing(edited):
    code, messages = building.build(edited / "book", edited)
    assert code == 0, messages
    assert "0 added, 0 changed, 0 removed" in messages
    assert "Executing" not in messages


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("solutions/03_sample/03_sample.md", "for a batch", "for a whole batch"),
        ("package/cells.py", "np.tanh(product", "np.sinh(product"),
    ],
)
def test_edit_of_a_source_draws_its_page_again_and_runs_nothing(edited, name, old, new):
    before = modified(edited)
    edit(edited / "book" / name, old, new)
    code, messages = building.build(edited / "book", edited)
    assert code == 0, messages
    assert new in " ".join(page(edited, "chapters/03_sample").get_text().split())
    assert "07_other" not in changed(edited, before)
    assert "Executing" not in messages


BROKEN = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {name: python3, display_name: Python 3, language: python}
---

# Broken

```{nb-exercise} ../solutions/03_sample/03_sample.md
:id: no-such-exercise
```

```{nb-exercise} ../solutions/no_such_file.md
:id: rnn-step
```

```{nb-exercise} ../solutions/03_sample/03_sample.md
```

```{code-include} ../package/cells.py
:pyobject: no_such_function
```

```{code-include} ../package/no_such_file.py
:pyobject: step
```

A paragraph
whose second line has $\\wrong$ in it.

$$
a = b
\\wrong
$$

{eq}`no-such-equation` {ref}`no-such-label` {footcite:p}`no-such-source`
"""

COMPLAINTS = {
    9: r"no cell with the grade_id no-such-exercise-statement.* are rnn-step\.",
    13: r"nb-exercise: no file \.\./solutions/no_such_file\.md\.",
    17: r"nb-exercise: .*Write `:id:`",
    20: r"code-include: .*no no_such_function; it defines step, Cell, Cell\.twice",
    24: r"code-include: no file \.\./package/no_such_file\.py",
    29: r"TeX: Undefined control sequence: \\wrong",
    33: r"TeX: Undefined control sequence: \\wrong",
    36: r"equation not found: no-such-equation",
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    folder = tmp_path_factory.mktemp("broken")
    book = copy_sample(folder)
    (book / "chapters" / "07_other.md").write_text(BROKEN, "utf-8")
    return building.build(book, folder)


def test_a_book_with_warnings_is_not_built(broken):
    assert broken[0] != 0


@pytest.mark.parametrize(("line", "complaint"), COMPLAINTS.items())
def test_complaint_names_file_and_line(broken, line, complaint):
    assert re.search(rf"07_other\.md:{line}: \w+: .*{complaint}", broken[1])


@pytest.mark.parametrize("what", ["no-such-label", "no-such-source"])
def test_reference_to_nothing_is_a_warning(broken, what):
    assert re.search(rf"07_other\.md.*{what}", broken[1])


def test_chapter_that_raises_is_not_published(tmp_path):
    book = copy_sample(tmp_path)
    edit(book / "chapters" / "07_other.md", 'print("seven")', "1 / 0")
    code, messages = building.build(book, tmp_path)
    assert code != 0
    assert "ZeroDivisionError" in messages


# --- caches and settings --------------------------------------------------------------


def test_digest_of_a_package_follows_its_sources(tmp_path):
    def digest():
        return chapters.sources_digest(tmp_path.rglob("*"))

    (tmp_path / "a.py").write_text("x = 1", "utf-8")
    one = digest()
    (tmp_path / "a.pyc").write_text("compiled", "utf-8")
    assert digest() == one
    (tmp_path / "a.py").write_text("x = 2", "utf-8")
    two = digest()
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert len({one, two, digest()}) == 3


def test_chapters_run_again_when_the_package_has_changed(tmp_path, monkeypatch):
    (tmp_path / "rnncore").mkdir()
    monkeypatch.setattr(chapters, "ROOT", tmp_path)
    app = SimpleNamespace(outdir=tmp_path / "_build" / "html")
    config = SimpleNamespace()
    chapters._choose_caches(app, config)
    old, drawn_by = config.nb_execution_cache_path, config.drawn_by
    os.makedirs(old)
    (tmp_path / "rnncore" / "a.py").write_text("x = 1", "utf-8")
    chapters._choose_caches(app, config)
    assert config.nb_execution_cache_path != old
    assert not os.path.exists(old)
    assert config.drawn_by == drawn_by


def test_pages_are_drawn_again_when_an_extension_has_changed(tmp_path, monkeypatch):
    (tmp_path / "extensions" / "static").mkdir(parents=True)
    monkeypatch.setattr(chapters, "ROOT", tmp_path)
    app = SimpleNamespace(outdir=tmp_path / "_build" / "html")
    config = SimpleNamespace()
    chapters._choose_caches(app, config)
    before = config.drawn_by
    (tmp_path / "extensions" / "static" / "book.css").touch()
    chapters._choose_caches(app, config)
    assert config.drawn_by != before


def test_no_generated_settings_are_left_in_the_tree(sample):
    assert not (building.ROOT / "conf.py").exists()
    assert not (sample / "book" / "conf.py").exists()


def test_lock_file_names_versions_and_hashes_and_no_host():
    lock = json.loads((building.ROOT / "package-lock.json").read_text("utf-8"))
    packages = [data for name, data in lock["packages"].items() if name]
    assert packages
    assert all("integrity" in data for data in packages)
    assert not [data for data in packages if "resolved" in data]


def test_stale_book_is_noticed(tmp_path):
    html, source = tmp_path / "index.html", tmp_path / "index.md"
    source.touch()
    assert building.is_stale(html, [source])
    html.touch()
    os.utime(source, (1, 1))
    assert not building.is_stale(html, [source])
    later = html.stat().st_mtime + 1
    os.utime(source, (later, later))
    assert building.is_stale(html, [source])
