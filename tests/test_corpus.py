"""The corpus goes through the grader: no undeserved point, and nothing else happens."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import sync_playwright

from rnngrade import sandbox
from tests.corpus import course as courses
from tests.corpus import pages
from tests.corpus import run as runs
from tests.corpus.course import Course, Listener
from tests.corpus.kit import FULL, Kit, Submission, corpus, find, give
from tests.corpus.run import EVERYBODY, Run

CORPUS = corpus()
NAMES = [submission.name for submission in CORPUS]
# What is given to `tests.corpus.run.grade`.
RUNS = {
    "nbgrader": {"sandbox": "bubblewrap"},
    "engine": {"through": "engine", "sandbox": "landlock"},
    "ordinary user": {"through": "engine", "user": True},
}


@pytest.fixture(scope="module")
def browser():
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROME") or next(filter(None, map(shutil.which, names)), "")
    if not path:
        pytest.skip("No Chromium: install it (apt install chromium) or set CHROME.")
    with sync_playwright() as playwright:
        # Its own sandbox needs rights that a container's root does not have.
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module", params=RUNS)
def run(request):
    options = RUNS[request.param]
    try:
        sandbox.check_available(options.get("sandbox", "auto"))
    except sandbox.SandboxUnavailable as error:
        pytest.skip(str(error))
    reason = courses.why_no_user() if options.get("user") else ""
    if reason:
        pytest.skip(reason)
    with runs.workplace() as root:
        yield runs.grade(root, **options)


@pytest.fixture(scope="module")
def seen(run, browser):
    return pages.visit(browser, run.pages)


@pytest.mark.parametrize("name", NAMES)
def test_everybody_gets_what_they_deserve(run, name):
    if name in run.skipped:
        pytest.skip(run.skipped[name])
    assert run.problems[name] == []


def test_nothing_else_happens(run):
    assert run.problems[EVERYBODY] == []


@pytest.mark.parametrize("name", NAMES)
def test_feedback_is_only_read(run, seen, name):
    if name in run.skipped:
        pytest.skip(run.skipped[name])
    assert seen[name] == []


# --- the corpus -----------------------------------------------------------------------


def test_there_are_enough_of_them():
    kinds = [submission.kind for submission in CORPUS]
    assert kinds.count("hostile") >= 60
    assert kinds.count("honest") >= 30
    assert len(set(NAMES)) == len(NAMES)


def test_controls_come_first_and_last():
    controls = [
        submission.name for submission in CORPUS if submission.kind == "control"
    ]
    assert (NAMES[0], NAMES[-1]) == (controls[0], controls[-1])


@pytest.mark.parametrize("submission", CORPUS, ids=NAMES)
def test_each_says_what_it_does(submission):
    assert submission.technique.endswith((".", "?", "!"))
    assert 10 < len(submission.technique) < 700


def test_points_are_those_of_the_exercises():
    from rnngrade.exercises import EXERCISES

    points = {name: n for full in FULL.values() for name, n in full.items()}
    assert points == {name: e.max_points for name, e in EXERCISES.items()}


# --- the kit --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small_course(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    return courses.build(
        root, [s for s in CORPUS if s.name.startswith("aaa_02")], False
    )


@pytest.fixture
def kit(small_course, tmp_path):
    words = {"__CANARY__": "/outside/canary.txt", "__PORT__": "7"}
    notebooks = courses.notebooks(small_course)
    return Kit(tmp_path / "a", "02_rnn_equations", notebooks["02_rnn_equations"], words)


def test_answers_and_words_are_filled_in(kit):
    solved = kit.solved(rnn_step="open('__CANARY__'), __PORT__")
    assert find(solved, "rnn-step").source == "open('/outside/canary.txt'), 7"
    assert "np.stack" in find(solved, "rnn-forward").source
    assert "YOUR CODE" in find(kit.released(), "rnn-forward").source
    with pytest.raises(ValueError, match="rnn-steps"):
        kit.solved(rnn_steps="")


def test_a_submission_is_handed_in(kit):
    anything = Submission(
        "a", "hostile", "t", kit.assignment, lambda _, k: k.write(b"\xff"), {}
    )
    give(anything, kit)
    assert sorted(os.listdir(kit.folder)) == [kit.path.name, "timestamp.txt"]
    assert kit.path.read_bytes() == b"\xff"


def test_what_cannot_be_made_is_left_out(small_course):
    def refused(folder, kit):
        raise PermissionError("no devices")

    given = Submission("b", "hostile", "t", "02_rnn_equations", refused, {})
    assert courses.everybody(small_course, [given], 7) == {"b": "no devices"}
    assert not (small_course.folder / "submitted" / "b").exists()


# --- what is looked at can be seen ----------------------------------------------------


@pytest.fixture
def course(tmp_path):
    for name in ("course/autograded/mia", "course/feedback", "tmp", "outside"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "course" / "gradebook.db").write_text("")
    (tmp_path / "outside" / "canary.txt").write_text("s3cret")
    return Course(tmp_path, secrets={"canary": "s3cret"})


MIA = Submission("mia", "hostile", "t", "small", print, {"a": 1}, False, ("<b>",))


def change(path):
    path.write_text("other!")


@pytest.mark.parametrize(
    "harm",
    [
        change,
        lambda path: path.unlink(),
        lambda path: path.chmod(0o600),
        lambda path: os.utime(path, (1, 1)),
        lambda path: path.with_name("new").symlink_to("/"),
        lambda path: path.with_name("new").mkdir(),
    ],
)
def test_a_change_is_noticed(course, harm):
    before, run = courses.snapshot(course), Run([])
    (course.temp / "x").touch()
    (course.folder / "feedback" / "x").touch()
    runs._compare(run, before, courses.snapshot(course))
    assert not run.problems
    harm(course.root / "outside" / "canary.txt")
    runs._compare(run, before, courses.snapshot(course))
    assert len(run.problems[EVERYBODY]) == 1


def test_a_leak_is_noticed(course):
    run = Run([MIA])
    runs._look_at_files(run, course)
    assert not any(run.problems.values())
    (course.folder / "gradebook.db").write_text("s3cret")
    (course.folder / "autograded" / "mia" / "a.ipynb").write_text("... s3cret ...")
    (course.folder / "feedback" / "core").touch()
    (course.temp / "core").touch()
    runs._look_at_files(run, course)
    assert len(run.problems["mia"]) == 1
    assert len(run.problems[EVERYBODY]) == 3


def test_a_call_is_heard(tmp_path):
    listener = Listener(tmp_path / "socket")
    try:
        socket.create_connection(("127.0.0.1", listener.port)).close()
        with socket.socket(type=socket.SOCK_DGRAM) as udp:
            udp.sendto(b"points", ("127.0.0.1", listener.port))
        with socket.socket(socket.AF_UNIX) as unix:
            unix.connect(str(tmp_path / "socket"))
        deadline = time.monotonic() + 10
        while len(listener.heard) < 3 and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        listener.close()
    assert len(listener.heard) == 3
    assert "UDP: b'points'" in listener.heard


def test_a_process_that_is_left_over_is_named_and_ended():
    run = Run([])
    with runs._nothing_left(run):
        command = "sleep 1000 >/dev/null 2>&1 & echo $!"
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    assert "sleep 1000" in run.problems[EVERYBODY][0]
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), signal.SIGKILL)


def test_a_process_that_ends_is_none_left_over():
    run = Run([])
    with runs._nothing_left(run):
        subprocess.run(["sh", "-c", "sleep 0.2 &"], check=True)
    assert not run.problems


def graded(**points):
    grades = [
        SimpleNamespace(name=f"{name}-check", auto_score=n, max_score=1)
        for name, n in points.items()
    ]
    notebook = SimpleNamespace(grades=grades)
    found = SimpleNamespace(notebooks=[notebook], max_score=len(grades))
    return SimpleNamespace(find_submission=lambda *_: found)


@pytest.mark.parametrize("points", [{"a": 0}, {"a": 2}, {"a": None}, {"a": 1, "b": 0}])
def test_a_wrong_score_is_noticed(points):
    run = Run([MIA])
    runs._look_at_score(run, graded(a=1), MIA)
    assert not run.problems
    runs._look_at_score(run, graded(**points), MIA)
    assert "deserves a 1" in run.problems["mia"][0]


def test_feedback_that_is_missing_or_silent_is_noticed(course):
    run = Run([MIA])
    runs._look_at_page(run, course, MIA)
    assert run.problems.pop("mia") == ["it has no feedback"]
    page = course.folder / "feedback" / "mia" / "small" / "small.html"
    page.parent.mkdir(parents=True)
    page.write_text("About the submitted file, Your notebook: &lt;b&gt;")
    runs._look_at_page(run, course, MIA)
    assert run.problems.pop("mia") == []
    page.write_text("<script>check(hidden=True)")
    runs._look_at_page(run, course, MIA)
    assert len(run.problems["mia"]) == 4


BAD = {
    "script": "<script>window.__pwned = 1</script>",
    "dialog": "<script>alert(1)</script>",
    "image": "<img src='http://host.invalid/'>",
    "console": "<script>console.log(1)</script>",
    "inert": "<form></form>",
}


@pytest.mark.parametrize("flaw", BAD)
def test_a_page_that_acts_is_noticed(browser, tmp_path, flaw):
    (tmp_path / "good.html").write_text("<!doctype html><p>&lt;script>")
    (tmp_path / "bad.html").write_text(f"<!doctype html><p>{BAD[flaw]}")
    files = {name: tmp_path / f"{name}.html" for name in ("good", "bad")}
    seen = pages.visit(browser, files)
    assert seen["good"] == []
    assert seen["bad"]


def test_the_table_says_what_is_wrong():
    run = Run([MIA])
    assert "0 wrong" in runs.table(run)
    run.problems["mia"].append("it was not graded")
    lines = runs.table(run).splitlines()
    assert lines[0].split() == ["mia", "WRONG"]
    assert lines[1].strip() == "it was not graded"
    assert lines[-1].endswith("1 wrong")


def test_a_workplace_is_removed_unless_it_is_kept(tmp_path):
    with runs.workplace() as root:
        assert list(root.iterdir()) == []
    assert not root.exists()
    with runs.workplace(tmp_path / "kept") as root:
        pass
    assert Path(root).is_dir()
