"""Which answers are equal up to names and layout, to each other or to the reference.

Answers to an exercise that have the same normal form make a group. What a normal form
is: see :mod:`rnngrade.reports.normal_form`. A group is the more worth a look the longer
its answer, the fewer of the class share it, and if it is wrong. Short answers are set
apart: a function with one natural solution is equal in many submissions.

The page is written by :mod:`rnngrade.reports.similarity_page`. This module runs no
student's code, changes no score and reads no gradebook.
"""

import itertools
import math
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from logging import Logger
from pathlib import Path
from types import MappingProxyType

import nbformat
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory

from rnngrade.engine.record import Check
from rnngrade.feedback import plain
from rnngrade.folders import student_folders, why_missing
from rnngrade.intake import Unreadable, read_submission
from rnngrade.reports.forms import Forms
from rnngrade.reports.normal_form import Form
from rnngrade.sandbox.values import MAX_NAME, clean
from rnngrade.source import grade_id, released_source

SHORT = 50  # nodes; below it, independent answers are often equal
MAX_PAIRED = 20  # what more students share says little about two of them
_DELIMITER = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION.*\n?", re.MULTILINE)
_DEFINED = re.compile(r"^[ \t]*def[ \t]+(\w+)", re.MULTILINE)

Checks = Mapping[str, Mapping[str, Check]]  # student, exercise
NO_CHECKS: Checks = MappingProxyType({})


@dataclass(frozen=True)
class Text:
    """What one or several students of a group wrote, to the letter.

    Attributes
    ----------
    source : str
        The answer.
    students : tuple of str
        Who wrote it.
    """

    source: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """Answers to one exercise that are equal up to names and layout.

    Attributes
    ----------
    exercise : str
        The exercise's id.
    form : rnngrade.reports.normal_form.Form
        What they have in common.
    texts : tuple of Text
        What was written; the text that most students share comes first.
    reference : str
        The reference's text if the answers equal it, otherwise empty.
    answers : int
        How many students answered the exercise.
    check : rnngrade.engine.record.Check, optional
        What grading found, where it is the same for all of them.
    """

    exercise: str
    form: Form
    texts: tuple[Text, ...]
    reference: str
    answers: int
    check: Check | None = None

    @property
    def students(self) -> tuple[str, ...]:  # numpydoc ignore=RT01
        """All students of the group, in order."""
        return tuple(sorted(name for text in self.texts for name in text.students))

    @property
    def short(self) -> bool:  # numpydoc ignore=RT01
        """Whether the answer is so short that equality means little."""
        return self.form.size < SHORT

    @property
    def wrong(self) -> bool:  # numpydoc ignore=RT01
        """Whether the answer is known to have lost points."""
        return self.check is not None and self.check.points < self.check.max_points

    @property
    def weight(self) -> float:  # numpydoc ignore=RT01
        """How much the group is worth a look: long, rare and wrong weighs most."""
        rarity = math.log2(1 + self.answers / len(self.students))
        return self.form.size * rarity * (2 if self.wrong else 1)


@dataclass(frozen=True)
class Pair:
    """Two students who share several long answers.

    Attributes
    ----------
    students : tuple of str
        The two.
    shared : tuple of str
        The ids of the exercises.
    comparable : int
        To how many exercises both have given a long answer.
    """

    students: tuple[str, str]
    shared: tuple[str, ...]
    comparable: int


@dataclass(frozen=True)
class Answers:
    """What the class answered to one exercise.

    Attributes
    ----------
    exercise, title : str
        Its id, and the heading of its statement.
    size : int
        Nodes of the reference.
    given : int
        How many students answered.
    unlike : int
        How many answers are like no other and not like the reference.
    like_reference : int
        How many answers are equal to the reference.
    incomparable : tuple of str
        The students whose answer is too long or too deep to be compared.
    """

    exercise: str
    title: str
    size: int
    given: int
    unlike: int
    like_reference: int
    incomparable: tuple[str, ...]


@dataclass(frozen=True)
class Similarity:
    """What was found in one notebook of a class.

    Attributes
    ----------
    title : str
        The notebook's first heading.
    students : int
        How many submissions were read.
    exercises : tuple of Answers
        In the order of the notebook.
    groups : tuple of Group
        The weightiest first.
    pairs : tuple of Pair
        Those who share most first.
    unreadable : dict of str to str
        For each student whose file is no notebook, the reason.
    """

    title: str
    students: int
    exercises: tuple[Answers, ...]
    groups: tuple[Group, ...]
    pairs: tuple[Pair, ...]
    unreadable: dict[str, str]


class Comparison:
    """Compare the submissions of a class, taken in one after the other.

    Parameters
    ----------
    reference : nbformat.NotebookNode
        The instructor's notebook.
    forms : rnngrade.reports.forms.Forms
        What takes normal forms.
    """

    def __init__(self, reference: NotebookNode, forms: Forms) -> None:
        titles = {grade_id(c): c.source for c in reference.cells}
        prose = (c.source for c in reference.cells if c.cell_type == "markdown")
        self._title = _first_line(next(prose, ""))
        self._known = set(titles) - {""}
        self._exercises = [
            _Exercise(cell, _first_line(titles.get(f"{name}-statement", name)), forms)
            for cell in reference.cells
            if (name := grade_id(cell)) and _is_answer(cell)
        ]
        self._students: set[str] = set()
        self._unreadable: dict[str, str] = {}

    def add(self, student: str, submission: NotebookNode) -> None:
        """Take in what a student has submitted.

        Parameters
        ----------
        student : str
            Who.
        submission : nbformat.NotebookNode
            What `rnngrade.intake.read_submission` returned.
        """
        self._students.add(student)
        for exercise in self._exercises:
            exercise.add(student, submission, self._known)

    def add_unreadable(self, student: str, reason: str) -> None:
        """Note that a file could not be read.

        Parameters
        ----------
        student : str
            Whose.
        reason : str
            What is wrong with it.
        """
        self._unreadable[student] = reason

    def result(self, checks: Checks = NO_CHECKS) -> Similarity:
        """Return what was found in all submissions so far.

        Parameters
        ----------
        checks : mapping of str to (mapping of str to Check), optional
            For each student and exercise what grading has found.

        Returns
        -------
        Similarity
            Groups, pairs and counts.
        """
        groups = [g for exercise in self._exercises for g in exercise.groups(checks)]
        # The name decides between equals, so that the same class has the same page.
        groups.sort(key=lambda g: (-g.weight, g.exercise, g.students))
        long = defaultdict(set)
        for exercise in self._exercises:
            for student in exercise.with_long_answers():
                long[student].add(exercise.name)
        return Similarity(
            title=self._title,
            students=len(self._students),
            exercises=tuple(exercise.answers() for exercise in self._exercises),
            groups=tuple(groups),
            pairs=tuple(_pairs(groups, long)),
            unreadable=self._unreadable,
        )


class _Exercise:
    """The answers to one exercise, by their form and by their text."""

    def __init__(self, cell: NotebookNode, title: str, forms: Forms) -> None:
        self.name, self.title, self._forms = grade_id(cell), title, forms
        self._reference = _DELIMITER.sub("", cell.source)
        self._form = forms.of(cell.source)
        self._stub = forms.of(released_source(cell))
        self._functions = set(_DEFINED.findall(cell.source))
        self._found: defaultdict = defaultdict(lambda: defaultdict(list))
        self._incomparable: list[str] = []

    def add(self, student: str, submission: NotebookNode, known: set[str]) -> None:
        source = self._source(submission, known)
        form = self._forms.of(source)
        if form is None:
            self._incomparable.append(student)
        elif self._answers(source):
            self._found[form][source].append(student)

    def _source(self, submission: NotebookNode, known: set[str]) -> str:
        # Who splits a cell in JupyterLab has two of the same name.
        named = [c.source for c in submission.cells if grade_id(c) == self.name]
        if self._answers(source := "\n".join(named)):
            return source
        own = (c for c in submission.cells if grade_id(c) not in known)
        return next(
            (
                cell.source
                for cell in reversed(list(own))
                if cell.cell_type == "code"
                and self._functions.intersection(_DEFINED.findall(cell.source))
            ),
            "",
        )

    def _answers(self, source: str) -> bool:
        form = self._forms.of(source)
        return form is None or (form != self._stub and form.size > 0)

    def groups(self, checks: Checks) -> list[Group]:
        return [
            self._group(form, texts, checks)
            for form, texts in self._found.items()
            if sum(map(len, texts.values())) + (form == self._form) > 1
        ]

    def _group(self, form: Form, texts: dict[str, list[str]], checks: Checks) -> Group:
        names = [name for students in texts.values() for name in students]
        found = {checks.get(student, {}).get(self.name) for student in names}
        written = [Text(text, tuple(sorted(who))) for text, who in texts.items()]
        written.sort(key=lambda text: (-len(text.students), text.students))
        return Group(
            exercise=self.name,
            form=form,
            texts=tuple(written),
            reference=self._reference if form == self._form else "",
            answers=self._given(),
            check=found.pop() if len(found) == 1 else None,
        )

    def _given(self) -> int:
        return len(self._incomparable) + sum(self._sizes().values())

    def _sizes(self) -> dict[Form, int]:
        return {form: sum(map(len, t.values())) for form, t in self._found.items()}

    def answers(self) -> Answers:
        sizes = self._sizes()
        return Answers(
            exercise=self.name,
            title=self.title,
            size=self._form.size if self._form else 0,
            given=self._given(),
            unlike=sum(n == 1 and form != self._form for form, n in sizes.items()),
            like_reference=sizes.get(self._form, 0),
            incomparable=tuple(sorted(self._incomparable)),
        )

    def with_long_answers(self) -> list[str]:
        return [
            student
            for form, texts in self._found.items()
            if form.size >= SHORT
            for students in texts.values()
            for student in students
        ]


def compare(
    reference: NotebookNode,
    submissions: Mapping[str, NotebookNode],
    checks: Checks = NO_CHECKS,
) -> Similarity:
    """Compare the answers of a class with each other and with the reference.

    Parameters
    ----------
    reference : nbformat.NotebookNode
        The instructor's notebook.
    submissions : mapping of str to nbformat.NotebookNode
        For each student what `rnngrade.intake.read_submission` returned.
    checks : mapping of str to (mapping of str to Check), optional
        For each student and exercise what grading has found: an answer that is wrong in
        the same way tells more than one that is right.

    Returns
    -------
    Similarity
        Groups, pairs and counts.
    """
    with Forms() as forms:
        comparison = Comparison(reference, forms)
        for student, submission in submissions.items():
            comparison.add(student, submission)
        return comparison.result(checks)


def from_folders(
    folders: CourseDirectory,
    assignment: str,
    log: Logger,
    checks: Checks = NO_CHECKS,
) -> dict[str, Similarity]:
    """Compare the submissions in the folders of a course.

    Parameters
    ----------
    folders : nbgrader.coursedir.CourseDirectory
        Where the sources and the submissions are; its ``student_id`` chooses students.
    assignment : str
        The assignment's name.
    log : logging.Logger
        Gets a warning for each file that cannot be read.
    checks : mapping of str to (mapping of str to Check), optional
        For each student and exercise what grading has found.

    Returns
    -------
    dict of str to Similarity
        For each of the instructor's notebooks, by its name.

    Raises
    ------
    FileNotFoundError
        If the instructor has no such assignment.
    """
    source = Path(folders.format_path(folders.source_directory, ".", assignment))
    notebooks = sorted(source.glob("*.ipynb"))
    if not notebooks:
        raise FileNotFoundError(
            f"{source} holds no notebook, expected the instructor's notebooks of "
            f"{assignment!r}. Check the name of the assignment."
        )
    submitted = student_folders(folders, folders.submitted_directory, assignment)
    found = {}
    for path in notebooks:
        with Forms() as forms:
            comparison = Comparison(nbformat.read(path, 4), forms)
            _take_in(comparison, path.name, submitted, log)
            found[path.stem] = comparison.result(checks)
    return found


def _take_in(
    comparison: Comparison, name: str, submitted: dict[str, Path], log: Logger
) -> None:
    for student, folder in submitted.items():
        reason = why_missing(folder / name)
        if reason:
            comparison.add_unreadable(student, reason)
            continue
        try:
            comparison.add(student, read_submission(folder / name))
        except Unreadable as error:
            log.warning("%s: %s", clean(plain(student), MAX_NAME), error)
            comparison.add_unreadable(student, str(error))


def _is_answer(cell: NotebookNode) -> bool:
    about = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and about.get("solution", False)


def _first_line(text: str) -> str:
    return text.lstrip("# \n").partition("\n")[0]


def _pairs(groups: list[Group], long: Mapping[str, set[str]]) -> list[Pair]:
    shared = defaultdict(list)
    for group in groups:
        if not group.short and len(group.students) <= MAX_PAIRED:
            for pair in itertools.combinations(group.students, 2):
                shared[pair].append(group)
    several = [(both, gs) for both, gs in shared.items() if len(gs) > 1]
    several.sort(key=lambda p: (-len(p[1]), -sum(g.weight for g in p[1]), p[0]))
    return [
        Pair(both, tuple(g.exercise for g in gs), len(long[both[0]] & long[both[1]]))
        for both, gs in several
    ]
