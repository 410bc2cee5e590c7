"""A database that takes one transaction after the other, and says what went wrong.

Others may use it at the same time: a second grader, the formgrader, an nbgrader command
in another window. Who comes later waits; who loses a race tries again. What cannot be
mended by waiting becomes a :class:`GradebookError` with what to do.

SQLite and PostgreSQL are known here. What is in the tables is not: see
:mod:`rnngrade.engine.gradebook`.
"""

import logging
import random
import time
from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from rnngrade.feedback import plain
from rnngrade.sandbox.values import clean

T = TypeVar("T")

AGAIN = 10  # how often a transaction that lost a race is tried
WAIT = 5.0  # seconds to wait for a lock before saying so
MAX_CAUSE = 300  # characters of the database's own message
KEPT = (
    "What has been graded is kept in the verdict files: then run the same command "
    "again, and nothing is graded twice."
)


class GradebookError(RuntimeError):
    """The gradebook cannot be read or written; the text says why and what to do."""


class Trouble(Enum):
    """What can be wrong with a database: what is said, and the remedy."""

    BUSY = (
        "is locked by another program",
        "It may be the formgrader, an nbgrader command, another grader or a viewer of "
        "databases with unsaved changes. End it, or wait for it.",
    )
    CONFLICT = (
        "is changed by another program again and again",
        "End the other program, or wait for it.",
    )
    UNREACHABLE = (
        "cannot be opened",
        "Check that the file's folder exists or the server runs, and the address, the "
        "user and the password in c.CourseDirectory.db_url.",
    )
    FULL = (
        "cannot be written: the disk is full or fails",
        "Make room on it, and check the file's size limit and quota.",
    )
    READONLY = (
        "may not be written by you",
        "Grade as the user who owns it, or give yourself the right to write the file "
        "and its folder, or the tables.",
    )
    CORRUPT = (
        "is damaged, or is no database",
        "Move it away and put a backup in its place; or release the assignment again "
        "with `nbgrader generate_assignment NAME --create --force`, which makes a new "
        "gradebook without manual grades, due dates and extensions.",
    )
    OUTDATED = (
        "was made by another version of nbgrader",
        "Run `nbgrader db upgrade`, which keeps a copy of a file.",
    )
    OTHER = ("could not be written", "Mend what the message says.")


SQLITE = {  # by primary result code
    5: Trouble.BUSY,
    6: Trouble.BUSY,
    8: Trouble.READONLY,
    10: Trouble.FULL,
    11: Trouble.CORRUPT,
    13: Trouble.FULL,
    14: Trouble.UNREACHABLE,
    19: Trouble.CONFLICT,
    26: Trouble.CORRUPT,
}
POSTGRESQL = {  # by SQLSTATE, or its class
    "08": Trouble.UNREACHABLE,
    "23": Trouble.CONFLICT,
    "25006": Trouble.READONLY,
    "28": Trouble.UNREACHABLE,
    "3D": Trouble.UNREACHABLE,
    "40": Trouble.CONFLICT,
    "42501": Trouble.READONLY,
    "42703": Trouble.OUTDATED,
    "42710": Trouble.CONFLICT,
    "42P01": Trouble.OUTDATED,
    "42P07": Trouble.CONFLICT,
    "53100": Trouble.FULL,
    "53300": Trouble.BUSY,
    "55P03": Trouble.BUSY,
    "57": Trouble.UNREACHABLE,
    "XX": Trouble.CORRUPT,
}


class Database:
    """A database to which transactions are sent.

    Parameters
    ----------
    url : str
        As SQLAlchemy takes it, such as ``sqlite:///gradebook.db``.
    log : logging.Logger
        Is told what is waited for.
    patience : float
        Seconds to wait for another program, or for a server that has been reached
        before.

    Raises
    ------
    GradebookError
        If the address cannot be read, or its driver is not installed.
    """

    def __init__(self, url: str, log: logging.Logger, patience: float) -> None:
        self._log, self._patience = log, patience
        self._wait = min(WAIT, patience / 4)
        self._reached = False
        self._url, self._engine = _open(url, self._wait)

    def transact(self, action: Callable[[Connection], T]) -> T:
        """Do something in one transaction: all of it happens, or nothing.

        Parameters
        ----------
        action : callable
            Takes the connection; is called again where others came in between.

        Returns
        -------
        object
            What the action returned.

        Raises
        ------
        GradebookError
            If waiting and trying again did not help.
        """
        until, attempt = time.monotonic() + self._patience, 1
        while True:
            try:
                with self._engine.begin() as connection:
                    done = action(connection)
            except (SQLAlchemyError, UnicodeError) as error:
                trouble = diagnose(error)
                if self._reached and _misses_table(error):
                    trouble = Trouble.CORRUPT  # it was there before
                left = until - time.monotonic()
                if not self._worth(trouble, attempt, left):
                    raise self.failure(trouble, cause(error)) from None
                self._pause(trouble, left)
                attempt += 1
            else:
                self._reached = True
                return done

    def failure(self, trouble: Trouble, because: str) -> GradebookError:
        """Say what is wrong with this database.

        Parameters
        ----------
        trouble : Trouble
            What kind it is of.
        because : str
            In which respect.

        Returns
        -------
        GradebookError
            To be raised.
        """
        what, remedy = trouble.value
        for secret in (self._url.password, self._url.query.get("password")):
            because = because.replace(str(secret), "***") if secret else because
        return GradebookError(
            f"The gradebook {self.name} {what} ({because}). {remedy} {KEPT}"
        )

    @property
    def name(self) -> str:
        """The address without a password.

        Returns
        -------
        str
            It can be shown.
        """
        return self._url.set(query={}).render_as_string(hide_password=True)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _worth(self, trouble: Trouble, attempt: int, left: float) -> bool:
        if trouble is Trouble.CONFLICT:
            return attempt < AGAIN
        # A first connection that fails is a wrong address, or a wrong password.
        passing = trouble is Trouble.BUSY
        passing |= trouble is Trouble.UNREACHABLE and self._reached
        return passing and left > 0

    def _pause(self, trouble: Trouble, left: float) -> None:
        pause = random.uniform(0.01, 0.1)  # two that collide should not do so again
        if trouble is not Trouble.CONFLICT:
            what, remedy = trouble.value
            self._log.warning(
                "The gradebook %s %s. %s Waiting up to %d s more; nothing is lost.",
                self.name,
                what,
                remedy,
                left,
            )
        # The wait for a lock is over already; a server refuses at once.
        time.sleep(self._wait if trouble is Trouble.UNREACHABLE else pause)


def diagnose(error: Exception) -> Trouble:
    """Tell what an error of a database means.

    Parameters
    ----------
    error : Exception
        As SQLAlchemy raised it.

    Returns
    -------
    Trouble
        What kind it is of.
    """
    if not isinstance(error, DBAPIError):
        return Trouble.OTHER
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return SQLITE.get(code & 0xFF) or _by_text(str(error.orig))
    state = getattr(error.orig, "sqlstate", None) or ""
    if type(error.orig).__name__ == "OperationalError" and not state:
        return Trouble.UNREACHABLE
    return POSTGRESQL.get(state) or POSTGRESQL.get(state[:2], Trouble.OTHER)


def cause(error: Exception) -> str:
    """Give a database's own words.

    Parameters
    ----------
    error : Exception
        As SQLAlchemy raised it.

    Returns
    -------
    str
        One line, without statement and values.
    """
    said = str(error.orig if isinstance(error, DBAPIError) else error)
    return clean(plain(" ".join(said.split())), MAX_CAUSE)


def _misses_table(error: Exception) -> bool:
    own = getattr(error, "orig", None)
    return "no such table" in str(own) or getattr(own, "sqlstate", None) == "42P01"


def _by_text(said: str) -> Trouble:
    # SQLite has one code for all errors in a statement.
    if "already exists" in said:
        return Trouble.CONFLICT
    return Trouble.OUTDATED if "no such" in said else Trouble.OTHER


def _open(url: str, wait: float) -> tuple[URL, Engine]:
    try:
        address = make_url(url)
        lite = address.get_backend_name() == "sqlite"
        arguments: dict[str, Any] = {"timeout": wait} if lite else {}
        engine = create_engine(
            address, connect_args=arguments, hide_parameters=True, future=True
        )
    except (ArgumentError, ImportError, ValueError) as error:
        # The text of an address that cannot be read may hold a password.
        reason = f": {error}" if isinstance(error, ImportError) else ""
        raise GradebookError(
            f"c.CourseDirectory.db_url cannot be used ({type(error).__name__}{reason})."
            " Expected was sqlite:////absolute/path/gradebook.db, or postgresql://"
            "user:password@host/name with the package psycopg installed."
        ) from None
    if lite:
        event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", _begin(engine.dialect.name, wait))
    return address, engine


def _leave_transactions_to_us(connection: Any, record: object) -> None:
    connection.isolation_level = None


def _begin(dialect: str, wait: float) -> Callable[[Connection], None]:
    # SQLite: a transaction that starts with reading could never wait for the lock.
    statement = {
        "sqlite": "BEGIN IMMEDIATE",
        "postgresql": f"SET LOCAL lock_timeout = {max(1, int(wait * 1000))}",
    }.get(dialect)

    def begin(connection: Connection) -> None:
        if statement:
            connection.exec_driver_sql(statement)

    return begin
