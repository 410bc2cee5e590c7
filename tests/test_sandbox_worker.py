import os

import numpy as np
import pytest

from rnngrade.sandbox import SandboxUnavailable, execution, frames, values
from rnngrade.sandbox.channel import Confinement, Worker


@pytest.fixture(scope="module")
def process():
    try:
        started = Worker(Confinement())
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    with started:
        # Here, not in a test: tests may be spread over several processes.
        started.ask(
            {"kind": "run", "source": "import numpy as np", "label": "setup"}, 20
        )
        yield started


def run(process, source):
    return process.ask({"kind": "run", "source": source, "label": "cell 1"}, 20)


def call(process, function, *args, functions=()):
    request = {"kind": "call", "function": function, "args": args}
    return process.ask(request, 20, functions)


def test_a_cell_prints_and_shows_its_last_value(process):
    answer = run(process, "x = 20\nprint('hello')\nx + 1")
    assert (answer["text"], answer["result"], answer["error"]) == ("hello\n", "21", "")


@pytest.mark.parametrize("source", ["None", "1;", "y = 1", "", "# nothing", "if 1: 2"])
def test_what_a_notebook_does_not_show(process, source):
    assert run(process, source)["result"] == ""


def test_names_stay_from_cell_to_cell(process):
    run(process, "import dataclasses\n@dataclasses.dataclass\nclass P: n: int")
    assert run(process, "__name__, P(3)")["result"] == "('__main__', P(n=3))"


def test_standard_error_is_text_as_well(process):
    source = "import sys, warnings\nprint('a', file=sys.stderr)\nwarnings.warn('old')"
    answer = run(process, source)
    assert answer["text"].startswith("a\n")
    assert "UserWarning: old" in answer["text"]
    assert answer["error"] == ""


def test_display(process):
    assert run(process, "display('a', 1)")["text"] == "'a'\n1\n"


def test_a_traceback_shows_the_students_lines_only(process):
    error = run(process, "def f(x):\n    return x / 0\n\nf(1)")["error"]
    assert "return x / 0" in error
    assert error.endswith("ZeroDivisionError: division by zero\n")
    assert "worker.py" not in error


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("def f(:", "SyntaxError"),
        ("f(", "SyntaxError"),
        ("x\0 = 1", "null bytes"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("import sys; sys.exit()", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("class E(BaseException): pass\nraise E", "E"),
        ("def f(): f()\nf()", "RecursionError"),
        ("(" * 5000 + ")" * 5000, "Error"),
        ("bytearray(1 << 40)", "MemoryError"),
        ("class E(Exception):\n def __str__(s): raise E\nraise E", "str() failed"),
        ("class R:\n def __repr__(s): raise KeyError\nR()", "KeyError"),
        ("class R:\n def __repr__(s): return 3\nR()", "TypeError"),
        ("input()", "EOFError"),
        ("print(3, file=3)", "AttributeError"),
    ],
)
def test_errors_are_told_and_the_worker_lives(process, source, part):
    assert part in run(process, source)["error"]
    assert run(process, "1 + 1")["result"] == "2"


def test_everything_that_is_shown_is_limited(process):
    for source in (
        "print('x' * 10**6)",
        "'x' * 10**6",
        "raise ValueError('x' * 10**6)",
    ):
        answer = run(process, source)
        texts = [answer[name] for name in ("text", "result", "error")]
        assert 10_000 < sum(map(len, texts)) < 50_000
    assert "more characters" in run(process, "print('x' * 10**6)")["text"]


@pytest.mark.parametrize(
    "source",
    [
        "import rnncore",
        "import rnncore.cells",
        "from rnncore import cells",
        "import rnngrade.exercises",
        "from rnngrade import exercise",
        "from rnngrade.exercises import EXERCISES",
        "__import__('rnncore')",
        "import importlib; importlib.import_module('rnncore.cells')",
    ],
)
def test_the_reference_is_not_available_and_the_message_says_so(process, source):
    error = run(process, source)["error"]
    assert "holds the reference solutions and is not available" in error


def test_another_package_is_not_available_and_the_message_says_so(process):
    error = run(process, "import pandas as pd")["error"]
    assert "only the standard library and numpy are available" in error
    assert "into a cell of its own" in error
    assert error.count("ModuleNotFoundError") == 1


def test_check_does_nothing_but_print(process):
    answer = run(process, "from rnngrade import check\ncheck(print, hidden=True)")
    assert answer["text"] == "Your answers are checked after your cells have run.\n"
    assert (answer["result"], answer["error"]) == ("", "")


def test_numpy_works_as_a_whole(process):
    source = (
        "import numpy as np, numpy.fft, numpy.testing, numpy.polynomial\n"
        "rng = np.random.default_rng(0)\n"
        "a = rng.normal(size=(50, 50))\n"
        "np.allclose(np.linalg.inv(a) @ a, np.eye(50)), np.linalg.svd(a)[1].shape"
    )
    assert run(process, source)["result"] == "(True, (50,))"


PLOTS = """
import matplotlib
import matplotlib.pyplot as plt
from matplotlib import cm
from matplotlib.colors import LogNorm
import seaborn as sns
from IPython.display import Markdown, display as show
get_ipython().run_line_magic("matplotlib", "inline")
show(Markdown("text"))
matplotlib.use("Agg")
plt.rcParams["figure.figsize"] = 5, 3
figure, axes = plt.subplots(1, 2)
axes[0].plot([1, 2], color=cm.viridis(0.5))
with plt.style.context("ggplot"):
    axes[1].imshow([[1]], norm=LogNorm())
plt.show()
"after"
"""


def test_plots_are_not_drawn_and_cost_nothing(process):
    answer = run(process, PLOTS)
    assert (answer["result"], answer["error"]) == ("'after'", "")
    for name in ("matplotlib", "seaborn"):
        assert (
            f"{name} draws nothing while your notebook is graded.\n" in answer["text"]
        )
    assert run(process, "import copy, pickle\ncopy.copy(figure)")["error"] == ""
    assert run(process, "figure")["result"] == "<not drawn>"


def test_a_question_to_the_reader_is_answered_with_the_remedy(process):
    error = run(process, "n = int(input('size? '))")["error"]
    assert "Write the value into the cell." in error


def test_the_future_holds_in_later_cells(process):
    run(process, "from __future__ import annotations\nold = 1")
    assert run(process, "def f(x: Unknown) -> Array: pass")["error"] == ""
    run(process, "del annotations")
    assert "NameError" in run(process, "def f(x: Unknown): pass")["error"]


def test_only_lines_that_are_no_python_are_left_out(process):
    source = (
        "%matplotlib inline\n"
        "def f(x):\n"
        "    '''What is x?\n"
        "    % of it?\n"
        "    '''\n"
        "    return (x  # really?\n"
        "            % 4)\n"
        "%time y = f(7)\n"
        "y, f.__doc__.count('?')"
    )
    answer = run(process, source)
    assert (answer["result"], answer["error"]) == ("(3, 2)", "")
    assert answer["text"] == "not run while grading: %matplotlib inline\n"


def test_magics_are_left_out_and_named(process):
    source = "%matplotlib inline\n!ls\nfor i in range(2):\n    %timeit i\nx = 3\nx?"
    answer = run(process, source)
    assert answer["error"] == ""
    for line in ("%matplotlib inline", "!ls", "%timeit i", "x?"):
        assert f"not run while grading: {line}\n" in answer["text"]
    assert run(process, "x")["result"] == "3"


def test_a_percent_sign_in_python_is_python():
    source = "x = (7\n% 4)\ns = '''\n%s\n! a?'''"
    assert execution.without_magics(source) == source


def test_a_timed_cell_runs_and_a_shell_cell_does_not(process):
    assert run(process, "%%time\n6 * 7")["result"] == "42"
    assert "%%bash: cells for another program" in run(process, "%%bash\nls")["error"]


def test_a_call_is_observed(process):
    run(process, "def f(x, d):\n    x += 1\n    return d['W'].T, 2.0")
    answer = call(process, "f", np.zeros(2), {"W": np.eye(2)})
    np.testing.assert_array_equal(answer["value"][0], np.eye(2))
    assert answer["value"][1] == 2.0
    assert (answer["mutated"], answer["views"]) == ((0,), ((0, 1),))


@pytest.mark.parametrize("source", ["import sys\nsys.exit(3)", "raise GeneratorExit"])
def test_an_exit_inside_of_a_call_is_an_error(process, source):
    body = source.replace("\n", "\n    ")
    run(process, f"def leave():\n    {body}")
    error = call(process, "leave")["error"]
    assert error in ("SystemExit: 3", "GeneratorExit")


@pytest.mark.parametrize("source", ["del absent", "absent = 3"])
def test_a_function_that_is_missing(process, source):
    run(process, source)
    assert call(process, "absent")["kind"] == "missing"


def test_a_function_argument_is_answered_by_the_other_side(process):
    run(process, "def twice(f, x): return f(f(x))")
    args = (values.Callback(0), np.arange(3.0))
    answer = call(process, "twice", *args, functions=(lambda x: 3 * x,))
    np.testing.assert_array_equal(answer["value"], [0, 9, 18])


def test_its_exception_is_an_exception_of_the_call(process):
    def fail(x):
        raise ValueError("x has the wrong shape")

    run(process, "def once(f): return f(1)")
    answer = call(process, "once", values.Callback(0), functions=(fail,))
    assert answer["error"] == "RuntimeError: ValueError: x has the wrong shape"


def test_a_result_that_is_too_large_is_an_error(process):
    run(process, "def giant(): return np.broadcast_to(0.0, (10**6, 10**6))")
    assert "value too large" in call(process, "giant")["error"]


def test_a_result_at_the_limit_of_items_is_an_answer(process):
    run(process, "def many(n): return [0] * n")
    for n in range(frames.MAX_ITEMS - 12, frames.MAX_ITEMS + 3):
        assert call(process, "many", n)["kind"] == "observed"


def test_capture_takes_text_only():
    capture = execution.Capture(5)
    assert capture.writable()
    assert capture.write("abc") == 3
    assert capture.write("defg") == 4
    assert capture.text() == "abcde\n… and 2 more characters."
    with pytest.raises(TypeError, match="must be str, not int"):
        capture.write(3)


def test_the_worker_ends_when_its_pipe_is_closed(process):
    with Worker(Confinement()) as other:
        os.close(other._requests)
        assert other.process.wait(20) == 0


@pytest.mark.parametrize("module", ["numpy.random", "random"])
def test_no_worker_draws_what_another_one_drew(module):
    drawn = set()
    for _ in range(2):
        with Worker(Confinement()) as other:
            drawn.add(run(other, f"import {module} as r\nr.random()")["result"])
    assert len(drawn) == 2


@pytest.mark.parametrize("protected", [True, False])
def test_the_folder_of_the_worker_is_closed_to_student_code(protected):
    with Worker(Confinement(protected=protected)) as other:
        error = run(other, "import _rnngrade.compare")["error"]
    assert "No module named '_rnngrade.compare'" in error
