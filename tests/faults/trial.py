"""One disturbed run: what is expected of it, and what came of it."""

import contextlib
import re
import time

from tests.faults import state
from tests.faults.course import started, until
from tests.faults.processes import end, nothing_left

NOT_SO = "said nothing of it"
TRACEBACK = "Traceback (most recent call last)"


class Trial:
    """A copy of the class, in which something is about to break.

    Attributes
    ----------
    course : tests.faults.course.Course
        The copy.
    expected : dict
        What must be there at the end.
    rng : numpy.random.Generator
        Chance.
    wrong : list of str
        What was not as it must be.
    notes : list of str
        What happened.
    """

    def __init__(self, course, expected, rng):
        self.course, self.expected, self.rng = course, dict(expected), rng
        self.wrong, self.notes = [], []

    @contextlib.contextmanager
    def watched(self):
        """Look for torn files and processes left over at the end."""
        with nothing_left(self.wrong):
            yield
        self.look()
        self.wrong += [f"left in TMPDIR: {path}" for path in self.course.scratch()]

    def look(self):
        """Look at every file, at any moment."""
        self.wrong += state.torn(self.course.folder)

    def moment(self, running, step="verdicts", within=0.3):
        """Wait for a random moment: some time after a random file has been written."""
        there = len(state.files(self.course.folder, step))
        count = int(self.rng.integers(0, max(1, len(self.course.students()) - there)))
        until(
            lambda: (
                not running.alive()
                or len(state.files(self.course.folder, step)) >= there + count
            )
        )
        time.sleep(self.rng.uniform(0, 4.0 if count == 0 else within))
        self.notes.append(f"after {count}" if running.alive() else "it had ended")

    def killed(self, *words, step="verdicts"):
        """Start a command and kill it at a random moment."""
        with started(self.course, *words) as running:
            self.moment(running, step)
            running.kill()
            # At once, while its workers may still be alive.
            self.look()

    def ends(self, running, code=0, says=""):
        """Wait for a command; it must end with this code and say this."""
        found, text = running.wait(), running.text()
        if found != code:
            self.wrong.append(f"{_short(running)}: exit code {found}: {_tail(text)}")
        elif TRACEBACK in text:
            self.wrong.append(f"{_short(running)}: a traceback: {_tail(text)}")
        if says and not re.search(says, text):
            self.wrong.append(f"{_short(running)}: {NOT_SO} ({says}): {_tail(text)}")
        self.look()
        return text

    def again(self, *words):
        """Run a command undisturbed."""
        with started(self.course, *words) as running:
            return self.ends(running)

    def compare(self, *steps):
        """Compare the gradebook and these folders with what is expected."""
        parts = (*state.TABLES, *steps)

        def chosen(whole):
            return {key: value for key, value in whole.items() if key.startswith(parts)}

        try:
            found = state.read(self.course.folder, self.course.url)
        except Exception as error:
            self.wrong.append(f"cannot be read: {type(error).__name__}: {error}")
            return
        self.wrong += state.differences(chosen(found), chosen(self.expected))

    def strike(self, running, find):
        """Kill one of the processes that are found, as soon as there is one."""
        found = []

        def over():
            found[:] = find(running.pid)
            return found or not running.alive()

        until(over)
        if found:
            end(int(self.rng.choice(found)))
        return bool(found)


def _short(running):
    return " ".join(running.words[-3:])[-60:]


def _tail(text):
    lines = [line for line in text.splitlines() if line.strip() and "\r" not in line]
    return " | ".join(lines[-6:])[-900:]
