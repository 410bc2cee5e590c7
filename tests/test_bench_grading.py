"""Grading measured: classes, processes, arithmetic, and the tables made of it."""

import json
import os
import subprocess
import sys
from collections import Counter

import nbformat
import pytest

from benchmarks import bare, courses, grading, grading_table, process_tree, typical
from benchmarks import whole_class as whole
from benchmarks.classroom import CELLS, hand_in
from benchmarks.courses import ASSIGNMENT, OURS, PEERS, PLAIN, STOCK, Course
from benchmarks.nodes import predicted
from benchmarks.process_tree import ROOT, Usage, Watch, measure
from rnngrade import sandbox
from rnngrade.engine.record import NotebookRecord, Record
from rnngrade.source import read_solution

SPREAD = {"median": 2.0, "lower": 1.5, "upper": 2.5}


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """Make a course folder; the reference stands for the release."""
    root = tmp_path_factory.mktemp("bench") / "course"
    notebook = read_solution(ROOT / "solutions" / ASSIGNMENT / f"{ASSIGNMENT}.md")
    for kind in ("source", "release"):
        path = root / kind / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
    return root


def usage(wall, cpu=1.0, code=0):
    return Usage(wall, cpu, code, "it said this", {}, 0, [])


def record(student, seconds=1.0, readable=True):
    notebook = NotebookRecord(ASSIGNMENT, "", {"a": 1.0}, {}, {}, readable=readable)
    return Record(ASSIGNMENT, student, "", "", (notebook,), cpu_seconds=seconds)


# --- classes --------------------------------------------------------------------------


def test_a_small_class_is_the_start_of_a_large_one(release):
    small, large = (courses.enroll(release, n, f"of-{n}") for n in (3, 5))
    assert list(large.troubles)[:3] == list(small.troubles)
    texts = [
        [typical.submitted(course, student).read_text() for student in small.troubles]
        for course in (small, large)
    ]
    assert texts[0] == texts[1]
    assert len(set(texts[0])) == 3


def test_troubles_are_told_and_are_in_the_files(release, monkeypatch):
    always = {"unreadable": 0.3, "endless": 0.3, "ended": 0.3}
    monkeypatch.setattr("benchmarks.classroom.TROUBLES", always)
    course = courses.enroll(release, 20, "troubled")
    assert course.counts() == Counter(sum(course.troubles.values(), ()))
    assert course.counts().keys() == always.keys()
    for student, kinds in course.troubles.items():
        text = typical.submitted(course, student).read_text()
        if "unreadable" in kinds:
            with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
                json.loads(text)
            continue
        cells = [cell.source for cell in nbformat.reads(text, 4).cells]
        for kind, source in CELLS.items():
            assert (source in cells) == (kind in kinds)


def test_equal_seeds_give_equal_classes(release):
    root = courses.enroll(release, 1, "seeds").root
    drawn = [hand_in(root, ASSIGNMENT, 100, seed) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


# --- processes ------------------------------------------------------------------------


def python(text, watch=None):
    command = [sys.executable, "-S", "-c", text]
    return measure(command, ROOT, dict(os.environ), watch)


def test_orphans_count_too():
    # The command ends at once; what it leaves works on by itself.
    work = "import time\nwhile time.process_time() < 0.4: pass"
    leave = (
        f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {work!r}])"
    )
    found = python(leave)
    assert found.cpu > 0.4
    assert found.code == 0


def test_exit_code_and_output_are_kept():
    found = python("import sys\nprint('so far')\nsys.exit(3)")
    assert (found.code, found.output.strip()) == (3, "so far")
    assert (found.roles, found.peak, found.progress) == ({}, 0, [])
    with pytest.raises(RuntimeError, match="so far"):
        courses.checked(found)


def test_memory_and_progress_are_watched(tmp_path):
    text = f"""
import pathlib, time
block = bytearray(60_000_000)
pathlib.Path({str(tmp_path)!r}, "one.json").touch()
time.sleep(0.5)
"""
    watch = Watch(str(tmp_path / "*.json"), every=0.02, count_every=0.1)
    found = python(text, watch)
    assert found.roles["grader"]["count"] == 1
    assert found.roles["grader"]["rss"] > 60_000_000
    assert found.peak >= found.roles["grader"]["pss"] > 60_000_000
    assert found.progress[-1][1] == 1


def test_what_cannot_be_started_is_told():
    with pytest.raises(RuntimeError, match="could not be measured"):
        measure(["/no/such/program"], ROOT, {})


def test_roles_of_processes():
    spawn = ["python", "-c", "from multiprocessing.spawn import spawn_main; spawn_main"]
    template = ["/usr/bin/python3", "-I", "/x/template.py", "{}"]
    wrapped = ["/usr/bin/bwrap", "--unshare-all", *template]
    assert process_tree.role(spawn, "grader") == "worker"
    copied = ["python", "-c", "from multiprocessing.forkserver import main; main(0)"]
    assert process_tree.role(copied, "grader") == "ancestor"
    assert process_tree.role(copied, "ancestor") == "worker"
    assert process_tree.role(wrapped, "worker") == "sandbox"
    assert process_tree.role(template, "sandbox") == "template"
    assert process_tree.role(template, "template") == "student"
    assert process_tree.role([], "worker") == "other"


def test_time_of_a_tree_that_is_running():
    text = "import time\nwhile time.process_time() < 0.2: pass\nprint(flush=True)\n"
    child = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {text!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", child + "\nprint('done', flush=True)\ninput()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        while process.stdout.readline().strip() != "done":
            pass
        assert process_tree.cpu_below(process.pid) >= 0.2
        process.communicate("\n")


def test_memory_of_a_process_that_is_gone():
    assert process_tree.memory(0) == (0, 0)


# --- commands -------------------------------------------------------------------------


def test_stock_nbgrader_finds_no_configuration(release):
    env = courses.environment(release, stock=True)
    assert env["JUPYTER_NO_CONFIG"] == "1"
    assert not os.listdir(env["JUPYTER_CONFIG_DIR"])
    assert "JUPYTER_NO_CONFIG" not in courses.environment(release)


@pytest.mark.parametrize("task", ["autograde", "feedback"])
def test_all_commands_get_the_same_course_and_limits(release, monkeypatch, task):
    asked = []

    def measured(command, cwd, env, watch):
        asked.append((command, cwd))
        return usage(1.0, code=int(cwd != ROOT))

    monkeypatch.setattr(courses, "measure", measured)
    for peer in PEERS:  # only stock nbgrader may fail
        courses.run(peer, task, Course(release, {}))
    for command, _ in asked:
        assert f"--CourseDirectory.root={release}" in command
        limit = [word for word in command if "timeout=5" in word]
        assert len(limit) == (task == "autograde")
    assert [cwd for _, cwd in asked] == [ROOT, ROOT, release]


def test_turns_are_taken_on_fresh_copies(release, monkeypatch):
    course, seen = courses.enroll(release, 1, "few"), []

    def ran(peer, task, copy):
        assert not (copy.root / "mark").exists()
        (copy.root / "mark").touch()
        seen.append(peer)
        return usage(1.0)

    monkeypatch.setattr(courses, "run", ran)
    turns = [(peer, 1) for peer in PEERS]
    used = grading.take_turns(turns, "autograde", {1: course}, rounds=4)
    assert [len(used[turn]) for turn in turns] == [4, 4, 4]
    rounds = [seen[k : k + 3] for k in range(0, 12, 3)]
    assert all(sorted(each) == sorted(PEERS) for each in rounds)
    assert len(set(map(tuple, rounds))) > 1


# --- arithmetic -----------------------------------------------------------------------


def test_speed_ups_are_taken_within_a_round():
    used = {
        (OURS, 10): [usage(2.0), usage(4.0)],
        (OURS, 110): [usage(4.0), usage(6.0)],
        (PLAIN, 10): [usage(4.0), usage(4.0)],
        (PLAIN, 30): [usage(8.0), usage(8.0)],
        (STOCK, 10): [usage(12.0), usage(24.0)],
        (STOCK, 30): [usage(32.0), usage(64.0)],
    }
    ten, thirty, larger, more = grading.compared("autograde", used, (10, 30), 110)
    assert ten["peers"][OURS]["speedup"]["median"] == 6
    assert ten["peers"][STOCK]["per_minute"]["median"] == pytest.approx((50 + 25) / 2)
    assert thirty["peers"][OURS]["extrapolated"]
    assert larger["peers"][STOCK]["extrapolated"]
    assert not larger["peers"][OURS]["extrapolated"]
    # Stock nbgrader at 110: 2 + 110 and 4 + 220 seconds.
    assert larger["peers"][STOCK]["wall"]["median"] == (112 + 224) / 2
    assert larger["peers"][OURS]["speedup"]["lower"] > 112 / 4
    assert more["peers"][OURS]["wall"]["median"] == pytest.approx(0.02)
    assert more["peers"][OURS]["speedup"]["median"] == pytest.approx(75)
    assert more["peers"][PLAIN]["start_up"]["median"] == 2


def test_larger_clusters_are_bound_by_what_is_short_of_time():
    row = {"start_up": 3.0, "worker": 0.08, "grader": 0.01, "scheduler": 0.02}
    assert predicted(row, 100, 2) == (7.0, "worker")
    assert predicted(row, 100, 50) == (5.0, "scheduler")


def test_the_submission_in_the_middle():
    times = [("a", 3.0), ("b", 1.0), ("c", 2.0)]
    graded = [record(*each) for each in times] + [record("d", 0.0, readable=False)]
    assert typical.median(graded).student == "c"


def test_the_students_own_code_runs_without_checks(release):
    notebook = release / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    assert typical.bare_seconds(notebook) > 0
    work = "import time\nend = time.process_time() + 0.2"
    loop = "while time.process_time() < end: pass\nprint('unseen')"
    assert bare.run([work, "1 / 0", loop]) >= 0.2


def test_scores_are_compared_with_those_of_stock_nbgrader(monkeypatch, tmp_path):
    students = {"ada": (), "bob": ("ended",), "eve": ("unreadable",)}
    stock, ours = (Course(tmp_path / name, students) for name in ("stock", "ours"))
    found = {
        stock.root: {"ada": {"a": 3.0, "b": 1.0}, "bob": {"a": 1.0}, "eve": {"a": 0.0}},
        ours.root: {"ada": {"a": 3.0, "b": 1.0}, "bob": {"a": 2.0}, "eve": {"a": 0.0}},
    }
    monkeypatch.setattr(
        courses,
        "grades",
        lambda course: {
            name: courses.Grades(scores=each)
            for name, each in found[course.root].items()
        },
    )
    with pytest.raises(RuntimeError, match="graded nobody"):
        grading.agreement(stock, ours, OURS)
    for student in ("ada", "bob"):
        path = tmp_path / "stock" / "autograded" / student / ASSIGNMENT
        path.mkdir(parents=True)
        (path / f"{ASSIGNMENT}.ipynb").touch()
    row = grading.agreement(stock, ours, OURS)
    assert (row["cells"], row["equal"]) == (3, 2)
    assert (row["missing"], row["different"]) == ({"unreadable": 1}, {"ended": 1})


def test_what_is_lost_is_seen(monkeypatch, tmp_path):
    course = Course(tmp_path, {"ada": (), "bob": (), "eve": ()})
    saved = {"ada": {"a": 1.0}, "bob": {"a": 0.0}}
    monkeypatch.setattr(
        courses,
        "grades",
        lambda _: {name: courses.Grades(scores=each) for name, each in saved.items()},
    )
    graded = [record("ada"), record("bob"), record("eve")]
    assert whole.kept(course, graded) == {
        "verdicts": 3,
        "notebooks": 0,
        "grades": 2,
        "equal": 1,
    }


# --- tables ---------------------------------------------------------------------------


def command_row(peers=PEERS):
    found = {"wall": SPREAD, "per_minute": SPREAD, "speedup": SPREAD}
    return {
        "kind": "command",
        "task": "autograde",
        "students": 200,
        "rounds": 3,
        "peers": {peer: {**found, "extrapolated": peer == STOCK} for peer in peers},
    }


def class_row(students=3000):
    return {
        "kind": "class",
        "students": students,
        "troubles": {"endless": 7},
        "wall": 100.0,
        "per_minute": 1800.0,
        "busy": 150.0,
        "busy_median": 0.05,
        "busy_endless": 35.0,
        "peak": 4e8,
        "roles": {"worker": {"count": 2, "rss": 9e7, "pss": 8e7}},
        "progress": [[10.0, 300], [100.0, students]],
        "kept": {"verdicts": students, "equal": students},
    }


def test_tables_of_commands_and_classes():
    text = "\n".join(grading_table.grading({"rows": [command_row(), class_row()]}))
    assert "| autograde | 200 | rnngrade | 2 s | 2 | 2.00 (1.50-2.50) |" in text
    assert r"| stock nbgrader | 2 s\* |" in text
    assert "| 3,000 | 7 endless | 100 s | 1,800 | 400 MB |" in text
    assert "| worker | 2 | 80 MB | 90 MB |" in text
    assert "300 after 10 s, 3,000 after 100 s" in text
    assert "35.0 s of them with endless loops" in text


def test_the_figure(tmp_path):
    grading_table.plot([command_row()], tmp_path / "none.svg")
    assert not (tmp_path / "none.svg").exists()
    rows = [command_row(), class_row(20), class_row(3000)]
    grading_table.plot(rows, tmp_path / "grading.svg")
    assert "class of 3,000" in (tmp_path / "grading.svg").read_text(encoding="utf-8")


# --- a tiny real run ------------------------------------------------------------------


def test_a_class_is_graded_and_measured():
    try:
        sandbox.check_available()
    except sandbox.SandboxUnavailable as error:
        pytest.skip(str(error))
    with courses.released() as root:
        course = courses.enroll(root, 3, "class-3")
        row = whole.whole(course)
        assert row["kept"] == dict.fromkeys(row["kept"], 3)
        assert row["roles"].keys() >= {"grader", "worker"}
        assert row["progress"][-1][1] == 3
        assert 0 < row["busy_median"] <= row["busy"]
        same = grading.agreement(course, course, OURS)
        assert (same["cells"], same["equal"]) == (9, 9)
        rows = [grading.setting(), row, same]
    assert not root.exists()
    text = "\n".join(grading_table.grading({"rows": rows}))
    assert "9 of 9 cells as with stock nbgrader" in text
    assert "3 verdicts, 3 notebooks, 3 grades, 3 equal" in text
