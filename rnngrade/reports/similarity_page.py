"""The page that shows similar answers to an instructor.

It is complete in itself: no script, no other host, all text escaped by the template,
what students wrote and how they are called above all. How much it shows is bounded, so
that a class of thousands gives a page that opens; what is left out is counted.

Which answers are similar is decided in :mod:`rnngrade.reports.similarity`. This module
opens no file.
"""

from collections.abc import Iterator, Sequence, Sized
from typing import Any

import jinja2

from rnngrade.feedback import plain
from rnngrade.reports.normal_form import MAX_CHARACTERS
from rnngrade.reports.similarity import (
    MAX_PAIRED,
    SHORT,
    Group,
    Pair,
    Similarity,
    Text,
)
from rnngrade.reports.similarity_template import TEMPLATE
from rnngrade.sandbox.values import MAX_NAME, clean

SIDE_BY_SIDE = 60  # groups whose answers are shown
COLUMNS = 3
MAX_SHOWN = 6_000  # characters of one answer
MAX_LINES = 150
MAX_ROWS = 300
MAX_NAMES = 50
MAX_REASON = 500


def render(similarity: Similarity) -> str:
    """Write the page.

    Parameters
    ----------
    similarity : rnngrade.reports.similarity.Similarity
        What was found.

    Returns
    -------
    str
        HTML, complete in itself.
    """
    titles = {each.exercise: _text(each.title) for each in similarity.exercises}
    long = [group for group in similarity.groups if not group.short]
    shown, further = long[:SIDE_BY_SIDE], long[SIDE_BY_SIDE:]
    brief = [_row(group, titles) for group in similarity.groups if group.short]
    left_out = list(_left_out(similarity, titles))
    return _PAGE.render(
        title=_text(similarity.title),
        students=f"{similarity.students:,}",
        short=SHORT,
        max_paired=MAX_PAIRED,
        exercises=[
            {**vars(each), "title": titles[each.exercise], "short": each.size < SHORT}
            for each in similarity.exercises
        ],
        pairs=[_pair(pair, titles) for pair in similarity.pairs[:MAX_ROWS]],
        more_pairs=_beyond(similarity.pairs),
        shown=[_group(n, g, titles) for n, g in enumerate(shown, start=1)],
        further=[_row(group, titles) for group in further[:MAX_ROWS]],
        more_further=_beyond(further),
        all_brief=len(brief),
        brief=brief[:MAX_ROWS],
        more_brief=_beyond(brief),
        left_out=left_out[:MAX_ROWS],
        more_left_out=_beyond(left_out),
    )


def _beyond(rows: Sized) -> int:
    return max(len(rows) - MAX_ROWS, 0)


def _text(text: str) -> str:
    return clean(plain(text), MAX_NAME)


def _names(students: Sequence[str]) -> str:
    names = ", ".join(map(_text, students[:MAX_NAMES]))
    more = len(students) - MAX_NAMES
    return f"{names} and {more:,} more" if more > 0 else names


def _pair(pair: Pair, titles: dict[str, str]) -> dict[str, Any]:
    return {
        "names": " and ".join(map(_text, pair.students)),
        "shared": len(pair.shared),
        "comparable": pair.comparable,
        "titles": ", ".join(titles[name] for name in pair.shared),
    }


def _row(group: Group, titles: dict[str, str]) -> dict[str, Any]:
    return {
        "title": titles[group.exercise],
        "names": _names(group.students),
        "reference": bool(group.reference),
        "count": len(group.students),
        "answers": group.answers,
        "size": group.form.size,
        "points": _points(group),
    }


def _points(group: Group) -> str:
    if group.check is None:
        return ""
    points = f"{group.check.points:g} of {group.check.max_points:g} points"
    return _text(", ".join((points, *group.check.mistakes)))


def _group(number: int, group: Group, titles: dict[str, str]) -> dict[str, Any]:
    reference = [Text(group.reference, ())] if group.reference else []
    texts = [*reference, *group.texts][:COLUMNS]
    rest = group.texts[COLUMNS - len(reference) :]
    others = sorted(name for text in rest for name in text.students)
    return {
        **_row(group, titles),
        "id": f"group-{number}",
        "heading": _heading(group),
        "python": group.form.python,
        "columns": list(_columns(f"group-{number}-text", texts)),
        "more": f"In other words also: {_names(others)}" if others else "",
    }


def _heading(group: Group) -> str:
    count = len(group.students)
    students = "1 student" if count == 1 else f"{count:,} students"
    return students + (" and the reference" if group.reference else "")


def _columns(name: str, texts: list[Text]) -> Iterator[dict[str, Any]]:
    shown = [_lines(text.source) for text in texts]
    common = set.intersection(*({line.strip() for line in lines} for lines in shown))
    for number, (text, lines) in enumerate(zip(texts, shown, strict=True), start=1):
        yield {
            "id": f"{name}-{number}",
            "heading": _authors(text.students),
            "lines": [
                {"text": line, "differs": line.strip() not in common} for line in lines
            ],
        }


def _authors(students: tuple[str, ...]) -> str:
    if not students:
        return "The reference"
    return _names(students) + (" (the same text)" if len(students) > 1 else "")


def _lines(source: str) -> list[str]:
    whole = plain(source).strip("\n").expandtabs(4)
    lines = clean(whole, MAX_SHOWN).split("\n")
    more = len(lines) - MAX_LINES
    return lines if more <= 0 else [*lines[:MAX_LINES], f"… and {more} more lines"]


def _left_out(similarity: Similarity, titles: dict[str, str]) -> Iterator[str]:
    for student, reason in similarity.unreadable.items():
        yield f"{_text(student)}: {clean(plain(reason), MAX_REASON)}"
    for each in similarity.exercises:
        for student in each.incomparable:
            yield (
                f"{_text(student)}, {titles[each.exercise]}: the answer has more than "
                f"{MAX_CHARACTERS:,} characters, or Python's parser failed on it."
            )


_PAGE = jinja2.Environment(autoescape=True, trim_blocks=True).from_string(TEMPLATE)
