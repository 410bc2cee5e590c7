import logging
import pickle
import time

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from nbgrader.utils import determine_grade

from rnngrade import grader, sandbox
from rnngrade.grader import (
    CannotGrade,
    GradeSettings,
    check_exercises,
    check_release,
    grade_notebook,
)
from rnngrade.intake import rebuild
from rnngrade.sandbox.channel import Confinement
from rnngrade.session import SessionLimits
from tests import assignment
from tests.assignment import EXERCISES, find, submission

FULL = {"double-it-check": 4, "halve-it-check": 4, "twice-it-check": 4}
QUICK = SessionLimits(cell_seconds=1, submission_seconds=60)
CONFINED = Confinement()
PLAIN = GradeSettings(QUICK, CONFINED, plain_tests=True)


@pytest.fixture(autouse=True)
def _sandbox():
    try:
        sandbox.check_available()
    except sandbox.SandboxUnavailable as error:
        pytest.skip(str(error))


def grade(notebook, limits=QUICK, confinement=CONFINED):
    graded, _ = rebuild(assignment.instructor(), notebook)
    settings = GradeSettings(limits, confinement)
    verdicts = grade_notebook(graded, EXERCISES, settings).verdicts
    points = {name: verdict.points for name, verdict in verdicts.items()}
    for name, value in points.items():  # what nbgrader will read
        assert determine_grade(find(graded, name)) == (value, 4)
    return points, graded


def text(graded, name):
    return "".join(
        output.get("text", "") or "\n".join(output.get("traceback", []))
        for output in find(graded, name).outputs
    )


def test_right_answers_earn_everything():
    points, graded = grade(submission())
    assert points == FULL
    assert text(graded, "double-it-check").startswith("double: 4 of 4 points")


def test_the_released_notebook_earns_nothing():
    points, graded = grade(assignment.released())
    assert set(points.values()) == {0}
    assert "NotImplementedError" in text(graded, "double-it-check")


def test_a_known_mistake_is_named():
    points, graded = grade(submission(double_it="def double(x): return x + 2"))
    assert points == {**FULL, "double-it-check": 0}
    assert "Doubling is not adding two." in text(graded, "double-it-check")
    about = find(graded, "double-it-check").outputs[1].metadata["rnngrade"]
    assert about["mistakes"] == ["ADDED"]


# Each costs the points of its own exercise, and of no other.
COSTS_ITS_OWN = {
    "syntax error": "def double(x:",
    "no function": "x = 1",
    "not a function": "double = 3",
    "exception": "1 / 0",
    "endless loop": "while True: pass",
    "endless loop in a call": "def double(x):\n    while True: pass",
    "loop that catches": "while True:\n  try:\n    while True: pass\n  except: pass",
    "SystemExit": "raise SystemExit",
    "sys.exit in a call": "import sys\ndef double(x): sys.exit(0)",
    "os._exit": "import os\nos._exit(0)",
    "os._exit in a call": "import os\ndef double(x): os._exit(0)",
    "crash": "import ctypes\ndef double(x): ctypes.string_at(0)",
    "KeyboardInterrupt": "def double(x): raise KeyboardInterrupt",
    "deep recursion": "def double(x): return double(x)",
    "very deep recursion": "import sys\nsys.setrecursionlimit(10**9)\n"
    "def double(x): return double(x)",
    "None": "def double(x): print(2 * x)",
    "a list": "def double(x): return list(2 * x)",
    "a string": "def double(x): return '4'",
    "NaN": "def double(x): return x * float('nan')",
    "infinity": "def double(x): return x * float('inf')",
    "another shape": "def double(x): return (2 * x)[:, None]",
    "no shape": "def double(x): return 2.0",
    "zero size": "def double(x): return x[:0]",
    "complex": "def double(x): return 2 * x + 1j",
    "text array": "def double(x): return (2 * x).astype(str)",
    "object array": "def double(x): return (2 * x).astype(object)",
    "a dict": "def double(x): return {'y': 2 * x}",
    "a nested list": "def double(x): return [[[[[[[[[[2 * x]]]]]]]]]]",
    "views of nothing": "def double(x): return [x, x, x, x]",
    "a cycle": "def double(x):\n    y = [x]\n    y.append(y)\n    return y",
    "a giant array": "import numpy as np\n"
    "def double(x): return np.broadcast_to(x[:1], (10**6, 10**6))",
    "a large array": "import numpy as np\ndef double(x): return np.zeros(10**10)",
    "many items": "def double(x): return [0] * 10**6",
    "a generator": "def double(x): yield 2 * x",
    "a class that compares equal": "class Y:\n    def __eq__(self, _): return True\n"
    "def double(x): return Y()",
    "an array that compares equal": "import numpy as np\nclass Y(np.ndarray):\n"
    "    def __eq__(self, _): return True\n"
    "def double(x): return np.zeros(3).view(Y)",
    "hostile exception": "class E(Exception):\n"
    "    def __str__(self): raise E\n    __repr__ = __str__\n"
    "def double(x): raise E",
    "hostile exit": "class E(BaseException):\n    def __str__(self): os._exit(0)\n"
    "import os\ndef double(x): raise E",
    "zeros in place": "def double(x):\n    x[:] = 0\n    return x",
    "patched numpy": "import numpy as np\nnp.random.default_rng = lambda *_: None\n"
    "np.allclose = lambda *_, **__: True\ndef double(x): return x",
    "imported reference": "from rnncore import cells\ndef double(x): return 2 * x",
    "imported exercise": "from rnngrade.exercises import EXERCISES\n"
    "def double(x): return 2 * x",
    "socket": "import socket\nsocket.create_connection(('127.0.0.1', 80), 1)",
    "fork": "import os\nos.fork()",
    "subprocess": "import subprocess\nsubprocess.run(['/bin/true'])",
    "read a file": "open('/etc/passwd').read()",
    "write a file": "open('/tmp/rnngrade-test-escape', 'w')",
    "kill the grader": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)",
    "rubbish on all pipes": "import os\nfor fd in range(3, 64):\n  try:\n"
    "    os.write(fd, b'4' * 99)\n  except OSError: pass",
    "closed pipes": "import os\nos.closerange(3, 64)",
    "points on the screen": "print('4.0')\n4.0",
    "a file of points": "open('points', 'w').write('4')\n4",
    "shell cell": "%%bash\necho 4",
    "null byte": "x = 1\0",
}


@pytest.mark.parametrize("source", COSTS_ITS_OWN.values(), ids=COSTS_ITS_OWN)
def test_what_costs_the_points_of_its_own_exercise(source):
    # Whatever comes after the guilty statement is not reached.
    points, graded = grade(submission(double_it=source))
    assert points == {**FULL, "double-it-check": 0}
    assert "double: 0 of 4 points" in text(graded, "double-it-check")
    assert "tell your instructor" not in text(graded, "double-it-check")


COSTS_NOTHING = {
    "prints much": "print('x' * 10**7)\ndef double(x): return 2 * x",
    "prints in a call": "def double(x):\n    print('x' * 10**6)\n    return 2 * x",
    "warns": "import warnings\ndef double(x):\n    warnings.warn('w')\n"
    "    return 2 * x",
    "writes to standard error": "import sys\nprint('e', file=sys.stderr)\n"
    "def double(x): return 2 * x",
    "line magic": "%matplotlib inline\ndef double(x): return 2 * x",
    "timed": "%%time\ndef double(x): return 2 * x",
    "shell line": "!pip install numpy\ndef double(x): return 2 * x",
    "lambda": "double = lambda x: x + x",
    "class": "class Double:\n    def __call__(self, x): return 2 * x\n"
    "double = Double()",
    "partial": "import functools, operator\n"
    "double = functools.partial(operator.mul, 2)",
    "exception after it": "def double(x): return 2 * x\n1 / 0",
    "exit after it": "def double(x): return 2 * x\nraise SystemExit",
    "no standard output": "import sys\nsys.stdout = None\ndef double(x): return 2 * x",
    "a file of its own": "import numpy as np\nnp.save('a.npy', np.eye(2))\n"
    "def double(x): return np.load('a.npy')[0, 0] * 2 * x",
    "a thread": "import threading\nthreading.Thread(target=print).start()\n"
    "def double(x): return 2 * x",
    "sharing memory": "import numpy as np\ny = np.zeros(3)\n"
    "def double(x):\n    y[:] = 2 * x\n    return y",
    "its own check": "def double(x): return 2 * x\ncheck(double)\ncheck(double, 1)",
    "list comprehension": "def double(x): return np.array([2 * v for v in x])",
    "plots": "import matplotlib.pyplot as plt\nplt.plot([1])\n"
    "def double(x): return 2 * x",
    "mutable global": "calls = []\ndef double(x):\n    calls.append(x)\n"
    "    return 2 * calls[-1]",
    "strict floating point": "import numpy as np\nnp.seterr(all='raise')\n"
    "def double(x): return 2 * x",
    "warnings as errors": "import warnings\nwarnings.simplefilter('error')\n"
    "def double(x):\n    warnings.warn('w')\n    return 2 * x",
    "plain assert": "def double(x): return 2 * x\nassert double(2) == 4",
    "failing assert after it": "def double(x): return 2 * x\nassert double(2) == 5",
    "question after it": "def double(x): return 2 * x\ninput('next?')",
    "long but legal": "import time\ntime.sleep(0.7)\ndef double(x): return 2 * x",
    "pool of threads": "from concurrent.futures import ThreadPoolExecutor\n"
    "def double(x):\n    with ThreadPoolExecutor(4) as pool:\n"
    "        return np.array(list(pool.map(lambda v: 2 * v, x)))",
    "names of builtins": "list = sum = max = str = type = 3\n"
    "def double(x): return 2 * x",
    "annotations": "from __future__ import annotations\n"
    "def double(x: Array) -> Array: return 2 * x",
}


@pytest.mark.parametrize("source", COSTS_NOTHING.values(), ids=COSTS_NOTHING)
def test_what_costs_nothing(source):
    assert grade(submission(double_it=source))[0] == FULL


def test_more_outputs_than_asked_for_cost_the_points_of_their_exercise():
    points, _ = grade(submission(double_it="def double(x): return x, x, 2 * x, x.T"))
    assert points == {**FULL, "double-it-check": 0}


def test_a_changed_argument_costs_its_point_only():
    points, _ = grade(submission(double_it="def double(x):\n    x *= 2\n    return x"))
    assert points == {**FULL, "double-it-check": 3}


def test_the_guilty_cell_is_told_why_and_others_are_repeated():
    notebook = submission(double_it="while True: pass")
    notebook.cells.insert(1, new_code_cell("k = 2"))
    place = notebook.cells.index(find(notebook, "halve-it"))
    notebook.cells.insert(place, new_code_cell("print(k)"))
    points, graded = grade(notebook)
    assert points == {**FULL, "double-it-check": 0}
    assert "Stopped: it took longer than 1 s." in text(graded, "double-it")
    assert any(
        o.get("text") == "2\n" for c in graded.cells for o in c.get("outputs", [])
    )


def test_many_lost_workers_come_to_an_end():
    notebook = submission()
    for _ in range(9):
        notebook.cells.insert(0, new_code_cell("import os\nos._exit(0)"))
    assert grade(notebook, SessionLimits(1, 60, restarts=20))[0] == FULL
    points, graded = grade(notebook, SessionLimits(1, 60, restarts=4))
    assert set(points.values()) == {0}
    assert "ended too many processes" in text(graded, "double-it-check")


def test_many_slow_cells_come_to_an_end():
    notebook = submission()
    for _ in range(50):
        notebook.cells.insert(0, new_code_cell("import time\ntime.sleep(0.5)"))
    points, graded = grade(notebook, SessionLimits(1, submission_seconds=1))
    assert set(points.values()) == {0}
    assert "whole notebook took longer than 1 s" in text(graded, "double-it-check")


def test_a_cell_that_ends_the_process_only_when_repeated_is_left_out():
    later = time.time() + 1
    end = f"import os, time\nif time.time() > {later}: os._exit(0)"
    notebook = submission(halve_it="while True: pass")
    notebook.cells.insert(0, new_code_cell(end))
    points, _ = grade(notebook, SessionLimits(2, 60, restarts=5))
    assert points == {**FULL, "halve-it-check": 0}


def test_a_function_argument_is_run_on_this_side():
    source = (
        "def twice(f, x):\n"
        "    assert 'remote' in f.__qualname__\n"
        "    for bad in ('a', None, [1], {}):\n"
        "        try: f(bad)\n"
        "        except RuntimeError: pass\n"
        "    return f(f(x))"
    )
    assert grade(submission(twice_it=source))[0] == FULL


@pytest.mark.parametrize(
    "source",
    [
        "def twice(f, x):\n    while True: f(x)",
        "def twice(f, x): return f",
        "def twice(f, x): return f(x, x)",
        "def twice(f, x): return f(f=x)",
    ],
)
def test_a_function_argument_that_is_misused(source):
    assert grade(submission(twice_it=source))[0] == {**FULL, "twice-it-check": 0}


def test_an_answer_in_a_cell_without_its_name_counts():
    notebook = submission()
    for name in ("double-it", "double-it-statement", "halve-it-check"):
        find(notebook, name).metadata.clear()
    assert grade(notebook)[0] == FULL


@pytest.mark.parametrize(
    "change",
    [
        "o.observe = lambda *_: o.Observation(error='E\\n' * 90_000)",
        "v.clean = lambda text, _: text * 10_000",
    ],
)
def test_texts_are_limited_whatever_the_worker_does(change):
    find = "import sys\no, v = map(sys.modules.get, {})\n".format(
        ["_rnngrade.observation", "_rnngrade.values"]
    )
    source = f"{find}{change}\nprint('x' * 19)"
    notebook = submission(double_it=source)
    extra = [new_code_cell("print('x' * 10_000)") for _ in range(200)]
    notebook.cells += extra
    _, graded = grade(notebook)
    assert len(text(graded, "double-it")) < 50_000
    assert len(text(graded, "double-it-check")) < 20_000
    assert sum(len(str(cell.get("outputs", ""))) for cell in graded.cells) < 1_200_000


def test_a_long_string_is_not_repeated():
    _, graded = grade(submission(double_it="def double(x): return 'x' * 10**6"))
    assert len(text(graded, "double-it-check")) < 1000


def test_an_error_cannot_look_like_the_report():
    line = "  ✓ y right"
    source = f"def double(x): raise ValueError('\\n{line}\\n')"
    report = text(grade(submission(double_it=source))[1], "double-it-check")
    assert "✓ y right" in report
    assert line not in report.split("\n")


def test_no_value_makes_the_comparison_warn(recwarn):
    for value in ("1.7e308", "-1.7e308", "5e-324", "-2**63"):
        source = f"def double(x): return np.full(3, {value}) * [1, -1, 1]"
        points, graded = grade(submission(double_it=source))
        assert points == {**FULL, "double-it-check": 0}
        assert "tell your instructor" not in text(graded, "double-it-check")
    assert not recwarn.list


def test_inputs_are_drawn_anew():
    seen = set()
    for _ in range(2):
        source = "def double(x): raise ValueError(repr(x.tolist()))"
        seen.add(text(grade(submission(double_it=source))[1], "double-it-check"))
    assert len(seen) == 2


def test_a_comparison_that_fails_does_not_stop_the_batch(monkeypatch, caplog):
    real = grader.evaluate

    def trip(exercise, call, rng, hidden=True):
        if call.__qualname__.startswith("_judge") and exercise.id == "double-it":
            raise IndexError("in the \x1b]0;comparison\x07")
        return real(exercise, call, rng, hidden)

    monkeypatch.setattr(grader, "evaluate", trip)
    points, graded = grade(submission())
    assert points == {**FULL, "double-it-check": 0}
    assert "tell your instructor" in text(graded, "double-it-check")
    assert "could not be judged" in caplog.text
    assert "in the ]0;comparison" in caplog.text
    assert "\x1b" not in caplog.text


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"grade_id": "other-check"}, ("'other-check'", "belongs to no exercise")),
        ({"grade_id": "double-it"}, ("'double-it'", "'double-it-check'")),
        ({"points": 5}, ("has 5 points", "has 4", "Write `points: 4`")),
    ],
)
def test_a_check_without_its_exercise_is_refused(change, parts):
    notebook = assignment.instructor()
    find(notebook, "double-it-check").metadata["nbgrader"].update(change)
    with pytest.raises(CannotGrade) as caught:
        check_exercises(notebook, EXERCISES)
    for part in parts:
        assert part in str(caught.value)
    with pytest.raises(CannotGrade):
        grade_notebook(notebook, EXERCISES, PLAIN)


def test_what_students_see_is_what_is_graded():
    notebook = assignment.instructor()
    check_release(notebook, EXERCISES)
    # Grading adds the hidden part, whatever the cell says.
    find(notebook, "double-it-check").source = "# Run this.\n\ncheck(double)"
    check_release(notebook, EXERCISES)
    find(notebook, "double-it").source = "double = lambda x: 2 * x"
    check_release(notebook, EXERCISES)


HIDDEN = "### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS"
ALL_OF_IT = HIDDEN.format("check(double, hidden=True)")


@pytest.mark.parametrize(
    "source",
    [
        "",
        ALL_OF_IT,
        f"# check(double)\n{ALL_OF_IT}",
        f"check(halve)\n{ALL_OF_IT}",
        f"check(double())\n{ALL_OF_IT}",
        f"points = check(double)\n{ALL_OF_IT}",  # Validate would call it complete
        f"check(double);\n{ALL_OF_IT}",
        f"check(double)\ncheck(halve)\n{ALL_OF_IT}",
        f"check(double)\nassert double(2) == 4\n{ALL_OF_IT}",
        "check(double)\n" + HIDDEN.format("assert double(2) == 4"),
        "check(double)\n" + HIDDEN.format("check(halve, hidden=True)"),
        "check(double)\n" + HIDDEN.format("check(double)"),
        "check(double)\ncheck(double, hidden=True)",
    ],
)
def test_a_check_that_says_something_else_is_not_released(source):
    notebook = assignment.instructor()
    find(notebook, "double-it-check").source = source
    check_exercises(notebook, EXERCISES)  # what is released already is graded
    with pytest.raises(CannotGrade) as caught:
        check_release(notebook, EXERCISES)
    parts = ("'double-it-check'", source, "`check(double)`", "hidden=True)`", "Mend")
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("name", "change", "parts"),
    [
        ("double-it", {"source": "def dubble(x):\n    x"}, ("double, which", "def ")),
        ("double-it", {"source": "double == 2"}, ("double, which no cell",)),
        ("small-setup", {"source": "import numpy"}, ("which nothing before imports",)),
        ("double-it-check", {"metadata": {}}, ("'double-it'", "`grade: true`")),
        ("double-it-check", {"cell_type": "markdown"}, ("no graded cell",)),
    ],
)
def test_what_nobody_could_answer_is_not_released(name, change, parts):
    notebook = assignment.instructor()
    find(notebook, name).update(nbformat.from_dict(change))
    with pytest.raises(CannotGrade) as caught:
        check_release(notebook, EXERCISES)
    for part in parts:
        assert part in str(caught.value)


def test_an_answer_below_its_check_is_not_released():
    notebook = assignment.instructor()
    notebook.cells.append(notebook.cells.pop(2))
    with pytest.raises(CannotGrade, match="asks for double, which no cell above"):
        check_release(notebook, EXERCISES)


def test_an_answer_that_a_person_grades_is_run_in_the_sandbox():
    notebook = assignment.instructor()
    metadata = find(notebook, "double-it").metadata["nbgrader"]
    metadata.update(grade=True, points=3)
    source = "open('/etc/passwd')"
    graded, _ = rebuild(notebook, submission(double_it=source))
    grading = grade_notebook(graded, EXERCISES, GradeSettings(QUICK, CONFINED))
    told = text(graded, "double-it")  # denied, or not even there
    assert "PermissionError" in told or "FileNotFoundError" in told
    assert "double-it" not in grading.verdicts


def test_another_package_can_be_allowed():
    source = "import six\ndef double(x): return 2 * x"
    notebook = submission(double_it=source)
    assert grade(notebook)[0] == {**FULL, "double-it-check": 0}
    allowed = Confinement(packages=("numpy", "six"))
    assert grade(notebook, confinement=allowed)[0] == FULL


def test_another_language_is_refused():
    notebook = assignment.instructor()
    notebook.metadata["kernelspec"]["language"] = "R"
    with pytest.raises(CannotGrade, match="a kernel of 'R', expected 'python'"):
        check_exercises(notebook, EXERCISES, plain_tests=True)


def test_what_a_notebook_took_is_told():
    notebook = submission(double_it="import os\nos._exit(3)")
    graded, _ = rebuild(assignment.instructor(), notebook)
    grading = grade_notebook(graded, EXERCISES, GradeSettings(QUICK, CONFINED))
    assert grading.losses == ("cell 2: it ended the process (exit code 3)",)
    assert grading.memory > 1_000_000
    assert grading.cpu_seconds > 0
    assert set(grading.verdicts) == set(FULL)


def test_settings_can_be_sent_to_another_process():
    assert pickle.loads(pickle.dumps(PLAIN)) == PLAIN


def plain_test(source, points=3, **answers):
    """Return what a plain test earns behind the exercises, and the whole notebook."""
    instructor = assignment.instructor()
    cell = assignment.marked(new_code_cell(source), "plain", grade=True, points=points)
    instructor.cells.append(cell)
    graded, _ = rebuild(instructor, submission(**answers))
    grading = grade_notebook(graded, EXERCISES, PLAIN)
    assert "plain" not in grading.verdicts
    return determine_grade(find(graded, "plain"), logging.getLogger())[0], graded


PLAIN_TESTS = {
    "passes": ("assert double(2) == 4", 3),
    "fails": ("assert double(2) == 5", 0),
    "raises": ("double(", 0),
    "partial credit": ("1.5", 1.5),
    "no credit": ("0", 0),
    "all of the credit": ("3", 3),
    "no number": ("'fine'", 3),
    "less than nothing": ("-1", 3),
    "NaN": ("float('nan')", 3),
    "too much": ("4", 0),
    "infinity": ("float('inf')", 0),
    "prints": ("print(0)", 3),
    "warns": ("import warnings\nwarnings.warn('w')", 3),  # nbgrader: 0
    "hangs": ("while True: pass", 0),
    "ends the process": ("import os\nos._exit(0)", 0),
    "knows that it is graded": (
        "import os\nassert os.environ['NBGRADER_EXECUTION'] == 'autograde'",
        3,
    ),
    "sees no name of ours": ("assert 'os' not in globals()", 3),
}


@pytest.mark.parametrize(("source", "score"), PLAIN_TESTS.values(), ids=PLAIN_TESTS)
def test_a_plain_test_is_scored_by_nbgraders_rules(source, score):
    assert plain_test(source)[0] == score


def test_a_plain_test_without_points_has_a_reason():
    _, graded = plain_test("4")
    assert "last line of this test is 4, expected at most its 3 points" in text(
        graded, "plain"
    )
    _, graded = plain_test("while True: pass")
    assert "Stopped: it took longer than 1 s." in text(graded, "plain")


def test_a_plain_test_is_protected_from_the_machine_only():
    forged = "class Any:\n    __eq__ = lambda *_: True\ndef double(x): return Any()"
    score, graded = plain_test("assert double(2) == 4", double_it=forged)
    assert score == 3
    assert determine_grade(find(graded, "double-it-check")) == (0, 4)
    assert plain_test("open('/etc/passwd')")[0] == 0


def test_a_forged_answer_of_a_plain_test_raises_nothing():
    change = "import sys\ne = sys.modules['_rnngrade.execution']\n"
    for lie in ("'1e999'", "'9' * 10**4", "' '", "'4\\n4'", "'\\x00'"):
        forged = f"{change}e.show = lambda _: {lie}"
        assert 0 <= plain_test("1", double_it=forged)[0] <= 3


def test_a_plain_test_that_asks_check_is_refused():
    with pytest.raises(CannotGrade, match="'plain' belongs to no exercise"):
        plain_test("check(double)")
    assert plain_test("def own_check(x): pass\nown_check(1)")[0] == 3


def test_what_a_student_writes_does_not_make_a_plain_test_refused():
    notebook = assignment.instructor()
    notebook.cells = [
        find(notebook, "double-it"),
        assignment.marked(new_code_cell("check(1)"), "own", grade=True, points=1),
    ]
    check_exercises(notebook, EXERCISES, plain_tests=True)
    find(notebook, "double-it").source = "from rnngrade import check"
    check_exercises(notebook, EXERCISES, plain_tests=True)
