"""Mathematics is typeset while the book is built, once, with errors where they are."""

import json
import re

import pytest
from sphinx.errors import ExtensionError

from extensions import typesetter
from extensions.katex import block_tex, only_woff2, source_line
from extensions.typesetter import PACKAGE, TexError, Typesetter


@pytest.fixture
def typeset(tmp_path):
    work = Typesetter(tmp_path / "cache.json", {r"\E": r"\mathbb{E}"})
    yield work
    work.close()


def test_formula_is_html_for_the_eye_and_mathml_for_the_ear(typeset):
    html = typeset.html(r"h_t = \tanh(a_t)", display=False)
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML"' in html
    assert 'class="katex-html" aria-hidden="true"' in html
    assert "<script" not in html
    assert "katex-display" not in html
    assert "katex-display" in typeset.html("x", display=True)


def test_macros_come_from_the_settings_and_do_not_leak(typeset):
    assert 'mathbb">E' in typeset.html(r"\E", display=False)
    typeset.html(r"\gdef\leak{y}\leak", display=False)
    with pytest.raises(TexError, match="leak"):
        typeset.html(r"\leak", display=False)


@pytest.mark.parametrize(
    "tex", [r"\bm{\delta}_t", r"\boldsymbol{h}", r"\partial^{+} h"]
)
def test_usual_commands_are_there(typeset, tex):
    assert "katex" in typeset.html(tex, display=False)


@pytest.mark.parametrize(
    ("tex", "position"), [(r"a + \nothing", 4), (r"\frac{a", 7), ("é\\", 1)]
)
def test_wrong_formula_is_an_error_with_its_place(typeset, tex, position):
    with pytest.raises(TexError) as caught:
        typeset.html(tex, display=False)
    assert caught.value.position in (position, 0)
    assert str(caught.value)


def test_what_latex_would_not_accept_is_an_error(typeset):
    with pytest.raises(TexError, match="é"):
        typeset.html("é", display=False)


def test_process_goes_on_after_an_error(typeset):
    with pytest.raises(TexError):
        typeset.html(r"\nothing", display=False)
    assert "katex" in typeset.html("x", display=False)


def no_process(*_):
    raise AssertionError("a node process was started")


def test_second_build_starts_no_process(tmp_path, monkeypatch):
    first = Typesetter(tmp_path / "cache.json", {})
    html = first.html("x^2", display=True)
    first.close()
    monkeypatch.setattr(typesetter, "Node", no_process)
    second = Typesetter(tmp_path / "cache.json", {})
    assert second.html("x^2", display=True) == html
    with pytest.raises(AssertionError, match="started"):
        second.html("x^2", display=False)


def test_cache_of_other_macros_is_not_used(tmp_path):
    cache = tmp_path / "cache.json"
    for macro, letter in ((r"\mathbb{E}", "E"), (r"\mathbb{D}", "D")):
        work = Typesetter(cache, {r"\E": macro})
        assert f'mathbb">{letter}' in work.html(r"\E", display=False)
        work.close()


def test_cache_is_kept_when_nothing_was_typeset(tmp_path):
    cache = tmp_path / "cache.json"
    first = Typesetter(cache, {})
    first.html("x", display=False)
    first.close()
    before = cache.stat().st_mtime_ns
    Typesetter(cache, {}).close()
    assert cache.stat().st_mtime_ns == before
    assert len(json.loads(cache.read_text("utf-8"))["formulas"]) == 1


def test_missing_package_says_what_to_run(tmp_path, monkeypatch):
    monkeypatch.setattr(typesetter, "PACKAGE", tmp_path / "katex")
    with pytest.raises(ExtensionError, match=r"is missing.*`make book`.*`npm ci`"):
        Typesetter(tmp_path / "cache.json", {})


def test_broken_package_is_an_error_and_no_hang(tmp_path, monkeypatch):
    monkeypatch.setattr(typesetter, "PACKAGE", tmp_path)
    (tmp_path / "package.json").write_text('{"version": "0"}', "utf-8")
    work = Typesetter(tmp_path / "cache.json", {})
    with pytest.raises(ExtensionError, match="node ended with code 1"):
        work.html("x", display=False)


def test_style_sheet_names_only_fonts_that_are_copied():
    css = only_woff2((PACKAGE / "dist" / "katex.min.css").read_text("utf-8"))
    files = re.findall(r"url\(([^)]*)\)", css)
    assert files
    assert all(name.endswith(".woff2") for name in files)
    assert {name.rpartition("/")[2] for name in files} == {
        path.name for path in (PACKAGE / "dist" / "fonts").glob("*.woff2")
    }


def test_lines_of_a_block_are_aligned():
    assert block_tex(r"a &= b \\ c &= d").startswith(r"\begin{aligned}")
    assert block_tex("a = b") == "a = b"
    cases = r"\begin{cases} a \\ b \end{cases}"
    assert block_tex(cases) == cases


def test_place_in_a_formula_becomes_a_line_of_the_file():
    source = "# Title\n\nText with $x$\nand $\\bad$ in it.\n\n$$\na\n+ \\bad\n$$\n"
    assert source_line(r"\bad", source, 3, 0) == 4
    assert source_line("a\n+ \\bad", source, 6, 4) == 8
    assert source_line("not there", source, 6, 4) == 6
