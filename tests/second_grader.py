"""A grader in another process: it saves records, and may come to grief.

``python -m tests.second_grader WHAT URL FILE``, with a record in each line of the file.
"""

import json
import logging
import os
import resource
import sys
from pathlib import Path

from rnngrade.engine.gradebook import GradebookError, GradebookWriter  # isort: skip
from nbgrader.plugins import LateSubmissionPlugin
from sqlalchemy import Engine, create_engine, event, make_url, text

from rnngrade.engine.record import loads

WORK = "week1"
LOG = logging.getLogger("tests.gradebook")
WHOLE = ("student", "submitted_assignment", "submitted_notebook", "grade", "comment")


def writer_of(url, **settings):
    return GradebookWriter(url, "rnn", LateSubmissionPlugin(), LOG, **settings)


def save_all(url, records, **settings):
    with writer_of(url, **settings) as writer:
        writer.prepare(WORK)
        for record in records:
            writer.save(record)


def save_file(url, path):
    save_all(url, map(loads, Path(path).read_text().splitlines()))


def rows(url):
    """Return all that a gradebook holds, with the ids."""
    return query(url, {name: f"SELECT * FROM {name}" for name in WHOLE})


def query(url, queries):
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            name: sorted(map(str, connection.execute(text(query))))
            for name, query in queries.items()
        }
    engine.dispose()
    return found


def save(url, path):
    """Save, and say what went wrong."""
    try:
        save_file(url, path)
    except GradebookError as error:
        print(error)


def save_little(url, path):
    """Save under a limit of the size of files."""
    size = os.path.getsize(make_url(url).database) + 4096
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    save(url, path)


def die_everywhere(url, path):
    """Be killed before each statement in turn; print how many rows there were then."""
    counts = []
    while not counts or not counts[-1]:
        pid = os.fork()
        if not pid:
            _die_at(len(counts) + 1)
            save_file(url, path)
            os._exit(0)
        os.waitpid(pid, 0)
        counts.append(sum(map(len, rows(url).values())))
    print(json.dumps(counts))


def _die_at(number):
    left = [number]

    def count(*anything):
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), 9)

    def prepare_safely(self, name, prepare=GradebookWriter.prepare):
        prepare(self, name)
        event.listen(Engine, "before_cursor_execute", count)
        event.listen(Engine, "commit", count)

    GradebookWriter.prepare = prepare_safely


if __name__ == "__main__":
    {each.__name__: each for each in (save, save_little, die_everywhere)}[sys.argv[1]](
        *sys.argv[2:]
    )
