import os
import signal
import time

import numpy as np
import pytest

from rnngrade import session
from rnngrade.sandbox import SandboxUnavailable
from rnngrade.sandbox.channel import Confinement
from rnngrade.session import Session, SessionLimits
from rnngrade.trial import CallFailed

QUICK = SessionLimits(cell_seconds=1, submission_seconds=60)


@pytest.fixture
def started():
    with Session(QUICK, Confinement()) as running:
        try:
            running.run("x = 1", "cell 1")
        except SandboxUnavailable as error:
            pytest.skip(str(error))
        yield running


def test_what_was_run_before_a_loss_is_run_again(started):
    assert started.run("while True: pass", "cell 2")["error"] == (
        "Stopped: it took longer than 1 s. Grading goes on without this cell."
    )
    assert started.run("x + 1", "cell 3")["result"] == "2"


def test_a_call_that_is_lost_costs_no_cell(started):
    started.run("import os\ndef leave(): os._exit(0)\ndef f(y): return x + y", "2")
    with pytest.raises(CallFailed, match=r"leave was stopped: it ended the process"):
        started.call("leave", ())
    assert started.call("f", (2,)).value == 3


def test_a_call_of_what_is_missing_says_where_to_define_it(started):
    with pytest.raises(CallFailed, match="Define it in its own cell"):
        started.call("f", ())


def test_functions_among_the_arguments_keep_their_places(started):
    started.run("def f(a, g, b, h): return g(a), h(b)", "2")
    assert started.call("f", (1, lambda a: a + 10, 2, lambda b: b + 20)).value == (
        11,
        22,
    )


def test_the_time_of_a_notebook_is_limited_as_a_whole(started):
    worker = started._worker
    started._end = time.monotonic()
    assert "whole notebook took longer than 60 s" in started.run("1", "2")["error"]
    started.__exit__()
    assert worker.process.returncode is not None


def test_a_cell_whose_worker_somebody_killed_is_run_again(started):
    started.run("y = 2", "cell 2")
    os.kill(started._worker.process.pid, signal.SIGKILL)
    assert started.run("x + y", "cell 3")["result"] == "3"
    os.kill(started._worker.process.nursery.pid, signal.SIGKILL)
    assert started.run("x + y", "cell 4")["result"] == "3"
    assert started.losses == []


def test_what_was_used_and_lost_is_known_afterwards(started):
    started.run("keep = bytearray(100 << 20)", "cell 2")
    started.run("while True: pass", "cell 3")
    started.run("import os\ndef leave(): os._exit(0)", "cell 4")
    with pytest.raises(CallFailed):
        started.call("leave", ())
    started.__exit__()
    assert started.losses == [
        "cell 3: it took longer than 1 s",
        "leave: it ended the process (exit code 0)",
    ]
    assert started.memory > 100 << 20
    assert started.cpu_seconds > 0


@pytest.mark.parametrize(
    ("claims", "mutated", "views"),
    [
        ({"mutated": (0, 0, 5, -1, True, "0", None)}, (0,), ()),
        ({"views": ((0, 0), (9, 0), (0, 9), (0,), 3, (0, "0"), [0, 0])}, (), ((0, 0),)),
    ],
)
def test_claims_that_make_no_sense_are_dropped(claims, mutated, views):
    answer = {"value": np.zeros(2), "error": "", "mutated": (), "views": (), **claims}
    seen = session._observation(answer, n_args=1)
    assert (seen.mutated, seen.views) == (mutated, views)


def test_an_error_has_no_value():
    answer = {"value": 3, "error": "TypeError", "mutated": (), "views": ()}
    assert session._observation(answer, 1).value is None
