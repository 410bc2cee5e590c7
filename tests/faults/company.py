"""Others at work at the same time: a second grader, a student who writes."""

import threading
import time

from tests.faults.course import AUTOGRADE, FEEDBACK, started
from tests.faults.kills import NBGRADER
from tests.faults.storage import settled

WAITS = "is being graded by another run"


def two_graders(trial):
    """The same command is run twice at once: the second waits."""
    with started(trial.course, *AUTOGRADE) as first:
        time.sleep(trial.rng.uniform(0, 3))
        with started(trial.course, *AUTOGRADE) as second:
            texts = [trial.ends(first), trial.ends(second)]
    trial.notes.append("one waited" if any(WAITS in text for text in texts) else "none")
    settled(trial)


def with_nbgrader(trial):
    """nbgrader's own command runs beside ours."""
    with started(trial.course, *AUTOGRADE) as first:
        time.sleep(trial.rng.uniform(0, 3))
        with started(trial.course, *NBGRADER) as second:
            trial.ends(first)
            # It may lose a race for a row; then it says so, and is run again.
            trial.notes.append(f"nbgrader ended with {second.wait()}")
    trial.again(*NBGRADER)
    settled(trial)


def feedback_meanwhile(trial):
    """Pages are written while grading goes on."""
    with started(trial.course, *AUTOGRADE) as first:
        trial.moment(first)
        trial.again(*FEEDBACK)
        trial.ends(first)
    settled(trial)


class Rewriting:
    """A student who hands in one of two versions again and again."""

    def __init__(self, path, versions, at_once, rng):
        self.path, self.versions, self.at_once, self.rng = path, versions, at_once, rng
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._write_on)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _write_on(self):
        while not self._over.is_set():
            self._write(self.versions[int(self.rng.integers(2))])
            time.sleep(self.rng.uniform(0, 0.3))

    def _write(self, text):
        if self.at_once:
            draft = self.path.with_name("draft")
            draft.write_text(text)
            draft.replace(self.path)
            return
        with open(self.path, "w") as file:
            for start in range(0, len(text), 2000):
                file.write(text[start : start + 2000])
                file.flush()
                time.sleep(0.002)


def changing(at_once):
    """Make the fault in which a notebook is rewritten while it is read."""

    def fault(trial):
        own, other = trial.rng.choice(trial.course.students()[6:9], 2, replace=False)
        path = trial.course.submitted(own)
        versions = [trial.course.submitted(who).read_text() for who in (own, other)]
        stream = trial.rng.spawn(1)[0]
        with (
            Rewriting(path, versions, at_once, stream),
            started(trial.course, *AUTOGRADE) as running,
        ):
            trial.notes.append(_changes(trial.ends(running)))
        last = int(trial.rng.integers(2))
        path.write_text(versions[last])
        if last:
            trial.expected = _with_the_work_of(trial.expected, own, other)
        settled(trial)
        if ": 0 graded" not in (text := trial.again(*AUTOGRADE)):
            trial.wrong.append(f"there is still something to grade: {text[-300:]}")

    return fault


def _changes(text):
    return f"{text.count('changed while it was graded')} changes seen"


def _with_the_work_of(expected, own, other):
    """Expect for one student what another has, who handed in the same."""
    kept = {key: value for key, value in expected.items() if own not in key}
    for key, value in expected.items():
        if other in key:
            given = value
            if isinstance(value, str):
                given = value.replace(other, own)
            kept[key.replace(other, own)] = given
    return kept


changing_at_once = changing(True)
changing_in_place = changing(False)
