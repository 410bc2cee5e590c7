"""The page that shows an instructor how a class did.

It begins with what to teach again, and ends with the submissions that need a look. It
is complete in itself: no script, no other host, all text escaped by the template and
rid of what cannot be seen, names of students included. However large the class, each
list has a limit, and what is left out is counted.

What stands here is computed in :mod:`rnngrade.reports.class_report`. This module opens
no file.
"""

from typing import Any

import jinja2
from markupsafe import Markup

from rnngrade.reports.answers import shown
from rnngrade.reports.charts import share
from rnngrade.reports.class_report import ClassReport, ExerciseSummary
from rnngrade.reports.class_template import TEMPLATE

TEACH = 5  # mistakes on top
MISTAKES = 12  # in the chart of all exercises
FREQUENT = 5  # mistakes of an exercise that are not folded away
ROWS = 25  # of each list of submissions
NAMES = 100  # of each list of students

WORDS = {
    "full": "All points",
    "some": "Some",
    "none": "None",
    "empty": "No answer",
}


def render(report: ClassReport) -> str:
    """Write the page of a class report.

    Parameters
    ----------
    report : ClassReport
        What :func:`rnngrade.reports.class_report.summarize` returned.

    Returns
    -------
    str
        HTML, complete in itself.
    """
    lists, people = _lists(report), _people(report)
    ids = (each.id for each in report.exercises)
    return _PAGE.render(
        report=report,
        teach=report.mistakes[:TEACH],
        places={name: number for number, name in enumerate(ids, start=1)},
        lists=lists,
        people=people,
        tiles=[(title, len(who), place) for title, place, _, who in lists + people],
    ).lstrip()


def _lists(report: ClassReport) -> list[tuple]:
    return [
        (
            "Not readable",
            "unreadable",
            "These notebooks count 0. Ask the students to open the file in Jupyter, to "
            "save it, and to submit it again under the name of the release; then "
            f"run rnngrade autograde {report.assignment} again.",
            report.unreadable,
        ),
        (
            "Hung or ended",
            "losses",
            "A loop without end, too much memory, or a call that ends the process. The "
            "cell or call counts 0, everything else is graded. If the code is right "
            "but slow, raise the time limit and grade again.",
            report.losses,
        ),
        (
            "Not judged",
            "unjudged",
            "The comparison itself failed on what these answers returned, and they "
            "count 0. Read them, give their points by hand in the formgrader, and "
            "report the exercise to its authors.",
            report.unjudged,
        ),
    ]


def _people(report: ClassReport) -> list[tuple]:
    return [
        (
            "To be graded by hand",
            "waiting",
            "A part of these submissions waits for your points in the formgrader; "
            "until then it counts 0 in this report.",
            report.waiting,
        ),
        (
            "No submission",
            "missing",
            "There is no submission of these students. They are in none of the counts.",
            report.missing,
        ),
    ]


def _outcomes(summary: ExerciseSummary) -> list[tuple[str, str, int]]:
    return [(name, word, getattr(summary, name)) for name, word in WORDS.items()]


def _number(value: float) -> str:
    return f"{round(value, 1):g}"


def _percent(fraction: float) -> str:
    return "<1 %" if 0 < fraction < 0.005 else f"{100 * fraction:.0f} %"


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value < 10 else f"{value:.0f} s"


def _visible(value: Any) -> Any:
    own = isinstance(value, Markup) or not isinstance(value, str)
    return value if own else shown(value)


# Whatever the template writes goes through `_visible` first, then it is escaped.
_PAGE = jinja2.Environment(
    autoescape=True,
    trim_blocks=True,
    finalize=_visible,
    undefined=jinja2.StrictUndefined,
).from_string(
    TEMPLATE,
    globals={
        "frequent": FREQUENT,
        "hundred": NAMES,
        "many": MISTAKES,
        "number": _number,
        "outcomes": _outcomes,
        "percent": _percent,
        "rows": ROWS,
        "seconds": _seconds,
        "share": share,
    },
)
