"""What the class report needs of the records of a class, and no more.

A record holds whole notebooks; of these only the exercises' titles are kept, once for
the class. What is kept of a submission is a few hundred bytes, so that records can be
read one after the other, however many there are.

Nothing is counted here: see :mod:`rnngrade.reports.class_report`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from rnngrade.engine.record import Check, NotebookRecord, Record
from rnngrade.feedback import plain
from rnngrade.grader import CHECK
from rnngrade.sandbox.values import MAX_NAME, clean

STATEMENT = "-statement"
MAX_REASON = 300  # characters kept of a failure or a note


@dataclass(frozen=True)
class Answer:
    """What one student's answer to one exercise came to.

    Attributes
    ----------
    student, exercise : str
        Whose, and to which.
    points : float
        Earned.
    mistakes : tuple of str
        Names of the recognized mistakes, each once.
    failure : str
        Why nothing could be compared, or why the notebook could not be read; empty
        otherwise.
    answered : bool
        False where the cell is as it was released, or not there.
    seconds : float
        Time that grading the whole submission took.
    notes : tuple of str
        What grading noted about the notebook.
    """

    student: str
    exercise: str
    points: float = 0.0
    mistakes: tuple[str, ...] = ()
    failure: str = ""
    answered: bool = False
    seconds: float = 0.0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trouble:
    """Something that a person should look at.

    Attributes
    ----------
    student : str
        Whose submission it is, as nbgrader names the student.
    where : str
        The notebook, or the title of the exercise.
    reason : str
        What happened.
    """

    student: str
    where: str
    reason: str


@dataclass(frozen=True)
class Work:
    """What grading one submission took.

    Attributes
    ----------
    student : str
        Whose submission it is.
    seconds, cpu_seconds : float
        Wall time and processor time.
    memory : int
        Largest memory of the student's code, in bytes.
    """

    student: str
    seconds: float
    cpu_seconds: float
    memory: int


@dataclass
class Answers:
    """All answers of a class.

    Attributes
    ----------
    work : list of Work
        One for each submission, in their order.
    given : dict
        For a student and an exercise, the `Answer`.
    max_points : dict of str to float
        For each exercise, as the records have it; the order is the notebooks'.
    titles : dict of str to str
        For each exercise, the heading of its statement.
    waiting : set of str
        Students with a cell that a person has to grade.
    unreadable, losses : list of Trouble
        Notebooks that are none, and cells and calls that hung or ended their process.
    """

    work: list[Work] = field(default_factory=list)
    given: dict[tuple[str, str], Answer] = field(default_factory=dict)
    max_points: dict[str, float] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    unreadable: list[Trouble] = field(default_factory=list)
    losses: list[Trouble] = field(default_factory=list)

    def of(self, exercise: str) -> list[Answer]:
        """Return every student's answer to an exercise.

        Parameters
        ----------
        exercise : str
            Its id.

        Returns
        -------
        list of Answer
            One for each submission; an empty one where the record has none.
        """
        return [
            self.given.get((work.student, exercise))
            or Answer(work.student, exercise, seconds=work.seconds)
            for work in self.work
        ]


def gather(assignment: str, records: Iterable[Record]) -> Answers:
    """Read the records of a class, one after the other.

    Parameters
    ----------
    assignment : str
        The assignment's name in nbgrader.
    records : iterable of Record
        One for each submission.

    Returns
    -------
    Answers
        What the report needs of them.

    Raises
    ------
    ValueError
        If a record is of another assignment, or a student has two.
    """
    answers, seen = Answers(), set()
    for record in records:
        if record.assignment != assignment or record.student in seen:
            raise ValueError(
                f"A record of {shown(record.student)!r} for {record.assignment!r} was "
                f"given; expected one for each student, all for {assignment!r}. Make "
                "one report for each assignment."
            )
        seen.add(record.student)
        spent = record.seconds, record.cpu_seconds, record.memory
        answers.work.append(Work(record.student, *spent))
        for notebook in record.notebooks:
            _read_notebook(answers, notebook, answers.work[-1])
    return answers


def shown(text: str, limit: int = MAX_REASON) -> str:
    r"""Return text on one line, of limited length and without what cannot be seen.

    Parameters
    ----------
    text : str
        Any text; a student may have written it.
    limit : int
        How many characters to keep.

    Returns
    -------
    str
        The text. It is not escaped yet.

    Examples
    --------
    >>> shown("\x1b[31mtwo\n  lines")
    'two lines'
    """
    return clean(" ".join(plain(text).split()), limit)


def _read_notebook(answers: Answers, notebook: NotebookRecord, work: Work) -> None:
    student, where = work.student, shown(notebook.name, MAX_NAME)
    notes = tuple(map(shown, notebook.notes))
    losses = [Trouble(student, where, shown(loss)) for loss in notebook.losses]
    answers.losses.extend(losses)
    if not notebook.readable:
        answers.unreadable.append(Trouble(student, where, " ".join(notes)))
    if None in notebook.scores.values():
        answers.waiting.add(student)
    checked = [name for name in notebook.scores if name.endswith(CHECK)]
    exercises = dict.fromkeys(name.removesuffix(CHECK) for name in checked)
    for name in exercises | notebook.checks:
        check = notebook.checks.get(name, Check(0, 0))
        known = answers.max_points.get(name, 0)
        answers.max_points[name] = max(known, check.max_points)
        answers.given[student, name] = _answer(name, check, notebook, work, notes)
    if not answers.titles.keys() >= exercises.keys():
        answers.titles |= _titles(notebook.text)


def _answer(
    exercise: str,
    check: Check,
    notebook: NotebookRecord,
    work: Work,
    notes: tuple[str, ...],
) -> Answer:
    # That a function is missing from what could not be read goes without saying.
    unreadable = notes and not notebook.readable
    return Answer(
        work.student,
        exercise,
        check.points,
        tuple(dict.fromkeys(map(shown, check.mistakes))),
        notes[0] if unreadable else shown(check.failure),
        notebook.readable and notebook.answered.get(exercise, True),
        work.seconds,
        notes,
    )


def _titles(text: str) -> dict[str, str]:
    """Read the headings of the statements, which are the instructor's own cells."""
    titles = {}
    for cell in json.loads(text)["cells"] if text else ():
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if name.endswith(STATEMENT):
            title = "".join(cell["source"]).lstrip("#\n ").partition("\n")[0]
            titles[name.removesuffix(STATEMENT)] = shown(title, MAX_NAME)
    return titles
