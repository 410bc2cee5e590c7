"""What an instructor wants to know of a graded class: counts, by exercise and mistake.

A mistake counts once for each submission. All shares are shares of the submissions;
who has handed in nothing is listed and counted nowhere else.

The page is written by :mod:`rnngrade.reports.class_page`, the tables by
:mod:`rnngrade.reports.class_tables`. This module opens no file.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rnngrade.engine.record import Record
from rnngrade.exercise import Exercise
from rnngrade.reports.answers import Answer, Answers, Trouble, Work, gather
from rnngrade.reports.distribution import Distribution, of_points, of_seconds

SLOWEST = 10
NAMES = 12  # students named with a mistake
UNJUDGED = "could not be judged"
# Matched at the start: what follows may be a student's own text.
KINDS = (
    (r"\w+: \w+ while the returned values were compared", UNJUDGED),
    (r"\w+ was stopped: ", "hung, or ended its process"),
    (r"There is no function ", "no function of this name"),
    (r"\w+ is not written yet: ", "not written yet"),
    (r"\w+: The returned value", "returned what cannot be compared"),
    (r"\w+ returned None; ", "returned None"),
    (r"\w+ returned ", "returned another number of values"),
)


class Final(NamedTuple):
    """What the gradebook says of a submission.

    Attributes
    ----------
    score, max_score : float
        Points, those given by hand included, and possible points.
    late_penalty : float
        Points lost for being late; `score` is before them.
    needs_manual : bool
        Whether a person still has to grade a part of it.
    """

    score: float
    max_score: float
    late_penalty: float = 0.0
    needs_manual: bool = False


@dataclass(frozen=True)
class MistakeCount:
    """How often a mistake was recognized.

    Attributes
    ----------
    exercise, title : str
        The exercise's id and title.
    name, hint : str
        The mistake's; no hint where the exercise does not know it any more.
    count : int
        Submissions with it.
    share : float
        The same as a fraction of the submissions.
    students : tuple of str
        Some of them, in the order of the records.
    """

    exercise: str
    title: str
    name: str
    hint: str
    count: int
    share: float
    students: tuple[str, ...]


@dataclass(frozen=True)
class ExerciseSummary:
    """What the class did in one exercise.

    Attributes
    ----------
    id, title, function : str
        The exercise.
    max_points : float
        The points of a right answer.
    points : Distribution
        Of the earned points.
    full, some, none, empty : int
        Submissions with all points, with some, with none, and without an answer.
    mistakes : tuple of MistakeCount
        The most frequent first.
    unnamed : int
        Answers that could be compared, lost points, and show no known mistake.
    failures : tuple of (str, int)
        Why answers could not be compared, and how often.
    """

    id: str
    title: str
    function: str
    max_points: float
    points: Distribution
    full: int
    some: int
    none: int
    empty: int
    mistakes: tuple[MistakeCount, ...]
    unnamed: int
    failures: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class ClassReport:
    """What there is to know of a graded class.

    Attributes
    ----------
    assignment : str
        Its name in nbgrader.
    submissions : int
        How many were graded.
    max_points : float
        The points of a submission that is right throughout.
    totals : Distribution
        Of the points of whole submissions, after late penalties.
    full : int
        Submissions with all points.
    exercises : tuple of ExerciseSummary
        In the order of the notebooks.
    seconds : Distribution
        Of the time that grading one submission took.
    slowest : tuple of Work
        The slowest first.
    unreadable, losses, unjudged : tuple of Trouble
        Notebooks that are none or not there; cells and calls that hung or ended their
        process; answers on which the comparison failed.
    waiting, late : tuple of str
        Students whose submission has to be graded by hand, and who lost points for
        being late.
    missing : tuple of str
        Students who handed in nothing.
    answers : tuple of Answer
        One for each submission and exercise.
    """

    assignment: str
    submissions: int
    max_points: float
    totals: Distribution
    full: int
    exercises: tuple[ExerciseSummary, ...]
    seconds: Distribution
    slowest: tuple[Work, ...]
    unreadable: tuple[Trouble, ...]
    losses: tuple[Trouble, ...]
    unjudged: tuple[Trouble, ...]
    waiting: tuple[str, ...]
    late: tuple[str, ...]
    missing: tuple[str, ...]
    answers: tuple[Answer, ...]

    @property
    def mistakes(self) -> tuple[MistakeCount, ...]:  # numpydoc ignore=RT01
        """The mistakes of all exercises, the most frequent first."""
        every = [found for each in self.exercises for found in each.mistakes]
        return tuple(sorted(every, key=lambda found: -found.count))


def summarize(
    assignment: str,
    records: Iterable[Record],
    exercises: Mapping[str, Exercise],
    finals: Mapping[str, Final] | None = None,
    missing: Iterable[str] = (),
) -> ClassReport:
    """Sum up a graded class.

    Parameters
    ----------
    assignment : str
        The assignment's name in nbgrader.
    records : iterable of Record
        One for each submission; none is kept.
    exercises : mapping
        Exercise ids and exercises.
    finals : mapping, optional
        Student and `Final`. Without it, totals are what the checks have given.
    missing : iterable of str
        Students who handed in nothing.

    Returns
    -------
    ClassReport
        Counts, and who needs a look.

    Raises
    ------
    ValueError
        If a record is of another assignment, or a student has two.

    Examples
    --------
    >>> summarize("05_bptt", [], {}, missing=["ada"]).missing
    ('ada',)
    """
    found, finals = gather(assignment, records), finals or {}
    names = found.max_points
    summaries = tuple(_exercise(found, name, exercises.get(name)) for name in names)
    totals, possible = _totals(summaries, found, finals)
    waiting, late = _by_hand(found, finals), _late(found, finals)
    slowest = sorted(found.work, key=lambda work: -work.seconds)[:SLOWEST]
    return ClassReport(
        assignment=assignment,
        submissions=len(found.work),
        max_points=possible,
        totals=of_points(totals, possible),
        full=sum(_outcome(total, possible, True) == "full" for total in totals),
        exercises=summaries,
        seconds=of_seconds([work.seconds for work in found.work]),
        slowest=tuple(slowest),
        unreadable=tuple(found.unreadable),
        losses=tuple(found.losses),
        unjudged=tuple(_unjudged(found, summaries)),
        waiting=waiting,
        late=late,
        missing=tuple(missing),
        answers=tuple(answer for each in summaries for answer in found.of(each.id)),
    )


def kind_of(failure: str) -> str:
    """Name the kind of a failure, in words that many failures share.

    Parameters
    ----------
    failure : str
        Why the outputs of an answer could not be compared.

    Returns
    -------
    str
        The kind.

    Examples
    --------
    >>> kind_of("full raised IndexError: index 5 is out of bounds for T = 5.")
    'raised IndexError'
    >>> kind_of("There is no function full. Define it in its own cell.")
    'no function of this name'
    """
    raised = re.match(r"\w+ raised (\w{1,60})", failure)
    if raised:
        return f"raised {raised[1]}"
    return next((kind for start, kind in KINDS if re.match(start, failure)), "other")


def _exercise(found: Answers, name: str, exercise: Exercise | None) -> ExerciseSummary:
    answers = found.of(name)
    best = exercise.max_points if exercise else found.max_points[name]
    outcomes = Counter(_outcome(a.points, best, a.answered) for a in answers)
    function = exercise.function if exercise else ""
    title = found.titles.get(name) or function or name
    hints = {each.name: each.hint for each in exercise.mistakes} if exercise else {}
    tried = [answer for answer in answers if answer.answered]
    failures = Counter(kind_of(answer.failure) for answer in tried if answer.failure)
    return ExerciseSummary(
        name,
        title,
        function,
        best,
        of_points([answer.points for answer in answers], best),
        *(outcomes[outcome] for outcome in ("full", "some", "none", "empty")),
        mistakes=_mistakes(answers, name, title, hints),
        unnamed=sum(_is_unnamed(answer, best) for answer in tried),
        failures=tuple(failures.most_common()),
    )


def _outcome(points: float, best: float, answered: bool) -> str:
    # An answer may also stand in another cell than the one for it.
    if 0 < best <= points + 1e-9:
        return "full"
    if points > 0:
        return "some"
    return "none" if answered else "empty"


def _is_unnamed(answer: Answer, best: float) -> bool:
    silent = not answer.mistakes and not answer.failure
    return silent and _outcome(answer.points, best, True) != "full"


def _mistakes(
    answers: Sequence[Answer], exercise: str, title: str, hints: Mapping[str, str]
) -> tuple[MistakeCount, ...]:
    students: dict[str, list[str]] = {}
    for answer in answers:
        for name in answer.mistakes:
            students.setdefault(name, []).append(answer.student)
    found = (
        MistakeCount(
            exercise,
            title,
            name,
            hints.get(name, ""),
            len(who),
            len(who) / len(answers),
            tuple(who[:NAMES]),
        )
        for name, who in students.items()
    )
    return tuple(sorted(found, key=lambda each: (-each.count, each.name)))


def _totals(
    summaries: Sequence[ExerciseSummary], found: Answers, finals: Mapping[str, Final]
) -> tuple[list[float], float]:
    totals = {work.student: 0.0 for work in found.work}
    for summary in summaries:
        for answer in found.of(summary.id):
            totals[answer.student] += answer.points
    for student in totals.keys() & finals.keys():
        final = finals[student]
        totals[student] = max(final.score - final.late_penalty, 0.0)
    possible = sum(each.max_points for each in summaries)
    known = (final.max_score for final in finals.values())
    return list(totals.values()), max(known, default=possible)


def _by_hand(found: Answers, finals: Mapping[str, Final]) -> tuple[str, ...]:
    told = {student for student, final in finals.items() if final.needs_manual}
    waiting = told | (found.waiting - finals.keys())
    return tuple(work.student for work in found.work if work.student in waiting)


def _late(found: Answers, finals: Mapping[str, Final]) -> tuple[str, ...]:
    late = {student for student, final in finals.items() if final.late_penalty > 0}
    return tuple(work.student for work in found.work if work.student in late)


def _unjudged(
    found: Answers, summaries: Sequence[ExerciseSummary]
) -> Iterable[Trouble]:
    for summary in summaries:
        for answer in found.of(summary.id):
            if kind_of(answer.failure) == UNJUDGED:
                yield Trouble(answer.student, summary.title, answer.failure)
