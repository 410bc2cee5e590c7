"""Figures: readable on light and dark pages, described, deterministic, small."""

import re
import subprocess
import sys
from itertools import pairwise
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest

from rnncore import drawing, plots

X = np.arange(1.0, 31.0)
FIGURES = {
    "lines": lambda: plots.lines(
        X,
        {"rising": X**2, "falling": 1 / X, "constant": np.ones(30)},
        xlabel="step $t$",
        ylabel="size",
        log="xy",
        title="Three <series>",
        alt='Three lines, "one" of them level.',
    ),
    "heatmap": lambda: plots.heatmap(
        np.tril(np.ones((30, 30))), xlabel="k", ylabel="t", label="norm", alt="A ramp."
    ),
    "graph": lambda: plots.unrolled_graph(4, losses=True, gradients=True, alt="A net."),
}

figures = pytest.mark.parametrize("name", FIGURES)


def luminance(color):
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    ]
    return np.dot((0.2126, 0.7152, 0.0722), linear)


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_that_of_the_guidelines():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


# White; the book's dark page; boxes on it; JupyterLab's dark notebook.
@pytest.mark.parametrize("page", ["#ffffff", "#121212", "#14181e", "#111111"])
@pytest.mark.parametrize("color", drawing.PALETTE)
def test_every_line_stands_out_from_light_and_dark_pages(color, page):
    assert contrast(color, page) >= 3


def test_neighboring_lines_differ_without_color():
    svg = plots.lines(
        X,
        {str(i): X * i for i in range(1, 6)},
        xlabel="x",
        ylabel="y",
        alt="Five lines.",
    ).svg
    dashes = re.findall(r"stroke-dasharray: ([\d., ]+)", svg)
    assert len(set(dashes)) == 4  # and the first one is solid
    assert all(a != b for a, b in pairwise(dashes[: len(dashes) // 2]))


@figures
def test_text_and_axes_take_the_color_of_the_page(name):
    svg = FIGURES[name]().svg
    assert "currentColor" in svg
    assert drawing.INK not in svg
    allowed = {*drawing.PALETTE, "#000000"}  # black is what Matplotlib calls "none"
    assert set(re.findall(r"(?:fill|stroke): (#\w+)", svg)) <= allowed


@figures
def test_svg_is_well_formed_described_and_responsive(name):
    figure = FIGURES[name]()
    root = ElementTree.fromstring(figure.svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == figure.alt
    assert "width:100%" in root.get("style")
    assert root.get("width") is None
    assert root.get("viewBox")


@figures
def test_equal_input_gives_equal_bytes(name):
    assert FIGURES[name]() == FIGURES[name]()


@figures
def test_a_figure_is_small(name):
    assert len(FIGURES[name]().svg) < 50_000


def test_ids_are_used_and_do_not_collide_on_a_page():
    ids, references = [], []
    for make in FIGURES.values():
        svg = make().svg
        ids += re.findall(r' id="([^"]*)"', svg)
        references += re.findall(r'(?:href="|url\()#([^")]+)', svg)
    assert len(set(ids)) == len(ids)
    assert set(ids) == set(references)


def test_html_has_the_caption_escaped():
    html = FIGURES["lines"]()._repr_html_()
    assert "Three &lt;series&gt;</figcaption>" in html
    assert "<figcaption" not in FIGURES["graph"]()._repr_html_()


def test_text_stands_in_for_the_figure():
    assert repr(FIGURES["graph"]()) == "<figure: A net.>"


def test_input_and_matplotlib_settings_are_left_alone():
    before, values = dict(mpl.rcParams), np.tril(np.ones((3, 3)))
    plots.heatmap(values, xlabel="k", ylabel="t", log=True, alt="A triangle.")
    np.testing.assert_array_equal(values, np.tril(np.ones((3, 3))))
    assert dict(mpl.rcParams) == before


def test_no_window_system_is_touched():
    code = "import sys, rnncore.plots; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_rest_of_the_package_needs_no_matplotlib():
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "import rnncore.cells, rnncore.sequence, rnncore.gradcheck"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_blank_entries_of_a_heatmap_stay_blank():
    full = plots.heatmap(np.ones((4, 4)), xlabel="k", ylabel="t", log=True, alt="Full.")
    half = plots.heatmap(
        np.tril(np.ones((4, 4))), xlabel="k", ylabel="t", log=True, alt="Full."
    )
    assert full.svg != half.svg


def test_a_gap_in_a_line_is_drawn_as_one():
    y = X.copy()
    y[10] = np.nan
    given = {"xlabel": "x", "ylabel": "y", "alt": "A line."}
    path = r'<path d="(M[^"]*)"[^>]*stroke: ' + drawing.PALETTE[0]
    whole = re.search(path, plots.lines(X, {"y": X}, **given).svg)[1]
    broken = re.search(path, plots.lines(X, {"y": y}, **given).svg)[1]
    assert (whole.count("M"), broken.count("M")) == (1, 2)


def test_graph_grows_with_its_steps_and_parts():
    def circles(T, **options):
        svg = plots.unrolled_graph(T, alt="A net.", folded=False, **options).svg
        return len(re.findall(r"stroke-width: 1.3", svg))

    assert circles(1, outputs=False) == 3  # h_0, x_1, h_1
    assert circles(5) == 16
    assert circles(5, losses=True) == 21


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: plots.lines(X, {"a": X[1:]}, xlabel="x", ylabel="y", alt="A."),
            r"'a' has shape \(29,\) over x of shape \(30,\), expected one value for "
            r"each x\. Pass both",
        ),
        (
            lambda: plots.lines(X, {}, xlabel="x", ylabel="y", alt="A."),
            r'series is empty, expected .* Pass for example \{"loss"',
        ),
        (
            lambda: plots.lines(X, {"a": X}, xlabel="x", ylabel="y", alt="A.", log="z"),
            "log is 'z', but one of",
        ),
        (
            lambda: plots.lines(X, {"a": X}, xlabel="x", ylabel="y", alt=" "),
            "alt is empty, expected a sentence .* Write it for a reader",
        ),
        (
            lambda: plots.heatmap(X, xlabel="k", ylabel="t", alt="A."),
            r"values has shape \(30,\), expected a matrix .* Choose two axes",
        ),
        (
            lambda: plots.heatmap([[np.nan]], xlabel="k", ylabel="t", alt="A."),
            "nothing to show: no entry is finite. Look at",
        ),
        (
            lambda: plots.heatmap([[-1.0]], xlabel="k", ylabel="t", alt="A.", log=True),
            "no entry is finite and positive",
        ),
        (
            lambda: plots.unrolled_graph(7, alt="A."),
            "T is 7, expected 1 to 6, .* Draw the first steps",
        ),
        (
            lambda: plots.unrolled_graph(2, alt="A.", outputs=False, losses=True),
            "losses=True with outputs=False, .* Pass outputs=True",
        ),
    ],
)
def test_message_says_what_came_what_was_expected_and_the_remedy(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: plots.unrolled_graph(2, alt=None),
            "alt is a NoneType, expected a sentence .* Write it",
        ),
        (
            lambda: plots.unrolled_graph(2.5, alt="A."),
            r"T is 2.5 \(float\).*Pass an int",
        ),
        (
            lambda: plots.lines(X, [X], xlabel="x", ylabel="y", alt="A."),
            "series is a list, expected a mapping .* Pass for example",
        ),
        (
            lambda: plots.lines(X, {"a": X + 0j}, xlabel="x", ylabel="y", alt="A."),
            "'a' has dtype complex128, expected real numbers. Pass",
        ),
        (
            lambda: plots.heatmap("a", xlabel="k", ylabel="t", alt="A."),
            "values has dtype <U1, expected real numbers. Pass",
        ),
        (
            lambda: plots.heatmap(X[None], xlabel="k", ylabel="t", alt="A.", first="1"),
            "first is '1' .* Pass a float",
        ),
    ],
)
def test_what_cannot_be_drawn_is_named(call, message):
    with pytest.raises(TypeError, match=message):
        call()
