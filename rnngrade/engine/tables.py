"""The tables of nbgrader, read and written row by row.

The tables are nbgrader's own (:mod:`nbgrader.api`), without its objects: loading those
costs more than grading does. Which values belong into the rows is the matter of
:mod:`rnngrade.engine.gradebook`, and what happens when a database fails of
:mod:`rnngrade.engine.database`.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from alembic.script import ScriptDirectory
from nbgrader import api
from nbgrader.dbutil import ALEMBIC_DIR
from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    bindparam,
    insert,
    inspect,
    select,
    text,
    update,
)

Key = tuple[str, str]
Values = dict[str, Any]

ASSIGNMENT = api.Assignment.__table__
NOTEBOOK = api.Notebook.__table__
CELL = api.BaseCell.__table__
COURSE = api.Course.__table__
STUDENT = api.Student.__table__
SUBMISSION = api.SubmittedAssignment.__table__
SUBMITTED = api.SubmittedNotebook.__table__
GRADE = api.Grade.__table__
COMMENT = api.Comment.__table__


@dataclass(frozen=True)
class ReleasedNotebook:
    """A notebook of an assignment.

    Attributes
    ----------
    id : str
        Its row.
    graded, tasks, solutions : dict of str to str
        The rows of its cells by their names. A cell may be graded and a solution: that
        is two rows.
    """

    id: str
    graded: dict[str, str]
    tasks: dict[str, str]
    solutions: dict[str, str]


@dataclass(frozen=True)
class Released:
    """An assignment as it was released.

    Attributes
    ----------
    id : str
        Its row.
    name : str
        Its name in nbgrader.
    duedate : datetime.datetime or None
        In UTC.
    notebooks : dict of str to ReleasedNotebook
        By their names.
    """

    id: str
    name: str
    duedate: datetime.datetime | None
    notebooks: dict[str, ReleasedNotebook]


class Rows:
    """Some rows of a table, locked until the transaction ends where that is possible.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction.
    table : sqlalchemy.Table
        A table with an ``id``.
    keys : tuple of (str, str)
        The two columns that name a row.
    which : sqlalchemy.ColumnElement
        The condition for the rows.
    """

    def __init__(
        self,
        connection: Connection,
        table: Table,
        keys: tuple[str, str],
        which: ColumnElement[bool],
    ) -> None:
        self._connection, self._table, self._keys = connection, table, keys
        rows = connection.execute(select(table).where(which).with_for_update())
        self.found: dict[Key, Values] = {
            (row[keys[0]], row[keys[1]]): dict(row) for row in rows.mappings()
        }

    def merge(self, wanted: dict[Key, Values]) -> None:
        """Add the rows that are missing, and change those that differ.

        Parameters
        ----------
        wanted : dict of tuple to dict
            For each row the columns to be set; the same columns for all.
        """
        added, changed = [], []
        for key, values in wanted.items():
            row = self.found.get(key)
            if row is None:
                named = dict(zip(self._keys, key, strict=True))
                self.found[key] = {"id": api.new_uuid(), **named, **values}
                added.append(self.found[key])
            elif any(row.get(name) != value for name, value in values.items()):
                row.update(values)
                changed.append({"row": row["id"], **values})
        if added:
            self._connection.execute(insert(self._table), added)
        if changed:
            which = self._table.c.id == bindparam("row")
            self._connection.execute(update(self._table).where(which), changed)


def make_tables(connection: Connection, course: str) -> str:
    """Make the tables and the row of the course where they are not there.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction.
    course : str
        As in ``c.CourseDirectory.course_id``; may be empty.

    Returns
    -------
    str
        Why nothing was made: the tables are of another version. Else empty.
    """
    names = inspect(connection).get_table_names()
    head = ScriptDirectory(ALEMBIC_DIR).get_current_head()
    if "alembic_version" in names:
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
        if found != head:
            return f"its tables have version {found}, expected {head}"
    api.Base.metadata.create_all(connection)
    if not names:
        column = "version_num VARCHAR(32) NOT NULL"
        connection.execute(text(f"CREATE TABLE alembic_version ({column})"))
        row = {"head": head}
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), row)
    if course:
        ensure(connection, COURSE, course)
    return ""


def ensure(connection: Connection, table: Table, name: str) -> None:
    """Add a row that consists of its name, if there is none.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction.
    table : sqlalchemy.Table
        The course's or the student's.
    name : str
        Its ``id``.
    """
    if not connection.scalar(select(table.c.id).where(table.c.id == name)):
        connection.execute(insert(table), {"id": name})


def load(connection: Connection, name: str) -> Released | None:
    """Read what an assignment consists of.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction.
    name : str
        The assignment.

    Returns
    -------
    Released or None
        None where there is no such assignment.
    """
    wanted = select(ASSIGNMENT.c.id, ASSIGNMENT.c.duedate)
    found = connection.execute(wanted.where(ASSIGNMENT.c.name == name)).first()
    if found is None:
        return None
    query = select(NOTEBOOK.c.name, NOTEBOOK.c.id).order_by(NOTEBOOK.c.name)
    rows = connection.execute(query.where(NOTEBOOK.c.assignment_id == found.id)).all()
    return Released(
        found.id,
        name,
        found.duedate,
        {row.name: _notebook(connection, row.id) for row in rows},
    )


def _notebook(connection: Connection, identifier: str) -> ReleasedNotebook:
    rows = connection.execute(
        select(CELL.c.type, CELL.c.name, CELL.c.id)
        .where(CELL.c.notebook_id == identifier)
        .order_by(CELL.c.name)
    ).all()
    kinds = ("GradeCell", "TaskCell", "SolutionCell")
    return ReleasedNotebook(
        identifier,
        *({row.name: row.id for row in rows if row.type == kind} for kind in kinds),
    )
