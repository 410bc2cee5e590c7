"""Gradebooks of nbgrader's for the tests of exports."""

import contextlib

from nbgrader.api import Base, Gradebook
from sqlalchemy import create_engine, event

PARTS = {"a": ("code", "text"), "b": ("more",)}  # cells of each notebook
TIME = "2026-01-31 12:00:00 UTC"


@contextlib.contextmanager
def opened(path):
    """Open a gradebook; it is made where it is not there."""
    url = f"sqlite:///{path}"
    engine = create_engine(url)
    Base.metadata.create_all(engine)  # else nbgrader starts a program to name a version
    engine.dispose()
    with Gradebook(url) as book:
        book.engine.dispose()
        event.listen(book.engine, "connect", hurry)
        yield book


def hurry(connection, _):
    connection.execute("PRAGMA synchronous = OFF")  # nobody needs it after a crash


def add_assignment(book, name, duedate=None):
    given = {"duedate": duedate} if duedate else {}
    book.add_assignment(name, **given)
    for notebook, cells in PARTS.items():
        book.add_notebook(notebook, name)
        for cell in cells:
            book.add_grade_cell(cell, notebook, name, max_score=4, cell_type="code")


def submit(book, name, student, scores, late=0.0):
    """Add a submission with these automatic scores; None waits for a person."""
    with book.db.no_autoflush:  # nbgrader's own way makes SQLAlchemy warn
        submission = book.add_submission(name, student, timestamp=TIME)
    given = iter(scores)
    for notebook in sorted(submission.notebooks, key=lambda one: one.name):
        for cell in PARTS[notebook.name]:
            grade = book.find_grade(cell, notebook.name, name, student)
            grade.auto_score = next(given)
            grade.needs_manual_grade = grade.auto_score is None
        notebook.late_submission_penalty = late / len(PARTS)
    book.db.commit()
    return submission
