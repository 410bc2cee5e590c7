"""Every chapter runs as a notebook, and avoids what no build complains about."""

import re
import subprocess
import sys

import jupytext
import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup

from tests import building

CHAPTERS = sorted((building.ROOT / "chapters").glob("*.md"))
PAGES = [*CHAPTERS, building.ROOT / "index.md"]

every_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
every_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)


def test_table_of_contents_names_every_chapter():
    contents = yaml.safe_load((building.ROOT / "_toc.yml").read_text("utf-8"))
    files = [entry["file"] for entry in contents["chapters"]]
    assert files == [f"chapters/{path.stem}" for path in CHAPTERS]


# --- running --------------------------------------------------------------------------


def run_notebook(notebook, folder):
    """Run a notebook under nbval; return its exit code, messages and cells run."""
    nbformat.write(notebook, folder / "chapter.ipynb")
    (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env"]
    run = subprocess.run(
        [*command, "-v", "-p", "no:cacheprovider", "chapter.ipynb"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    passed = re.findall(r"::Cell \d+ PASSED", run.stdout)
    return run.returncode, run.stdout, len(passed)


@every_chapter
def test_chapter_runs_as_a_notebook(path, tmp_path):
    notebook = jupytext.read(path)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    code, messages, passed = run_notebook(notebook, tmp_path)
    assert code == 0, messages
    assert passed == len(cells) > 0


def test_notebook_that_raises_is_noticed(tmp_path):
    cells = [nbformat.v4.new_code_cell(source) for source in ("x = 1", "1 / 0")]
    code, messages, passed = run_notebook(
        nbformat.v4.new_notebook(cells=cells), tmp_path
    )
    assert (code, passed) == (1, 1)
    assert "ZeroDivisionError" in messages


# --- what nobody else complains about -------------------------------------------------


def outside_of_code(text):
    """Yield the number and text of every line that is not part of a code block."""
    fence = None
    for number, line in enumerate(text.splitlines(), start=1):
        match = re.match(r"\s*(`{3,})", line)
        if fence is None and match and re.search(r"code-cell|^\s*`+\w*$", line):
            fence = match[1]
        elif fence is not None and line.strip() == fence:
            fence = None
        elif fence is None:
            yield number, line


def cramped_equations(text):
    """Return the lines of ``$$`` that open an equation right below a line of text."""
    found, is_open, last = [], False, (0, "")
    for number, line in outside_of_code(text):
        if line.strip().startswith("$$"):
            adjoins = last[0] == number - 1 and last[1].strip()
            if not is_open and adjoins:
                found.append(number)
            # An equation that begins and ends on its line leaves nothing open.
            if line.count("$$") % 2:
                is_open = not is_open
        last = (number, line)
    return found


def twice_numbered(text):
    """Return the lines that number an equation inside of a numbered one."""
    pattern = r"\\begin\{(align|equation|gather)\}"
    return [n for n, line in outside_of_code(text) if re.search(pattern, line)]


def options_against_child(text):
    """Return the lines of ``:::`` that follow a directive's options directly."""
    lines = text.splitlines()
    return [
        number
        for number, line in enumerate(lines[1:], start=2)
        if re.match(r"\s*:::+\{", line) and re.match(r"\s*:[\w-]+:", lines[number - 2])
    ]


def wide_code(notebook, limit=79):
    """Return the lines of code that are wider than a page shows."""
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return [
        line for source in code for line in source.splitlines() if len(line) > limit
    ]


def footnotes_defined_twice(text):
    """Return the names of footnotes with several definitions."""
    names = re.findall(r"^\[\^([^\]]+)\]:", text, flags=re.M)
    return sorted({name for name in names if names.count(name) > 1})


def rounding_errors(text):
    """Return the numbers that are nothing but rounding, and differ between machines.

    Powers of ten are bounds, which do not.
    """
    numbers = re.findall(r"[\d.]+e-(?:0[89]|[1-9]\d)\b", text)
    return [number for number in numbers if not number.startswith("1e")]


@every_page
def test_equations_have_a_blank_line_before_them(path):
    assert cramped_equations(path.read_text("utf-8")) == []


@every_page
def test_equations_are_numbered_once(path):
    assert twice_numbered(path.read_text("utf-8")) == []


@every_page
def test_children_of_directives_stand_apart_from_options(path):
    assert options_against_child(path.read_text("utf-8")) == []


@every_chapter
def test_code_fits_the_page(path):
    assert wide_code(jupytext.read(path)) == []


@every_page
def test_footnotes_are_defined_once(path):
    assert footnotes_defined_twice(path.read_text("utf-8")) == []


@every_chapter
def test_page_shows_no_raw_footnote_dollar_or_rounding_error(path):
    html = (building.book() / "chapters" / f"{path.stem}.html").read_text("utf-8")
    article = BeautifulSoup(html, "html.parser").article
    for output in article.select(".cell_output"):
        assert rounding_errors(output.get_text()) == []
    for part in article.select("pre, code, .math, svg"):
        part.decompose()
    assert not re.findall(r"\[\^[^\]]+\]|\$[^$\n]*\$|\$\$", article.get_text())


@pytest.mark.parametrize(
    ("lint", "good", "bad", "found"),
    [
        (cramped_equations, "text\n\n$$\na\n$$\n", "text\n$$\na\n$$\n", [2]),
        (cramped_equations, "$$\na\n$$ (x)\n\n$$\nb\n$$", ":::{tip}\n$$a$$\n:::", [2]),
        (cramped_equations, "```{code-cell}\nx = '\n$$'\n```", "a\n$$b$$", [2]),
        (twice_numbered, r"\begin{aligned}", r"\begin{align}", [1]),
        (options_against_child, ":class: x\n\n:::{tip}", ":class: x\n:::{tip}", [2]),
        (footnotes_defined_twice, "[^a]: x\n[^b]: y", "[^a]: x\n[^a]: y", ["a"]),
        (rounding_errors, "0.25 1e-3 3.7e-07 < 1e-13", "err 3.7e-10", ["3.7e-10"]),
    ],
)
def test_lint_finds_what_it_is_for(lint, good, bad, found):
    assert lint(good) == []
    assert lint(bad) == found


def test_wide_code_is_found():
    cells = [nbformat.v4.new_code_cell(f"x = {'1' * n}") for n in (75, 76)]
    assert wide_code(nbformat.v4.new_notebook(cells=cells)) == [f"x = {'1' * 76}"]
