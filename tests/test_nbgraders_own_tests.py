"""nbgrader's own tests of autograde and export, with this engine.

They are run from the installed package. What they find when nbgrader grades by itself
is written down here; to see it again, in an empty folder, with the environment's
programs on the path::

    touch empty.ini
    JUPYTER_NO_CONFIG=1 python -m pytest -c empty.ini --pyargs \\
        nbgrader.tests.apps.test_nbgrader_autograde \\
        nbgrader.tests.apps.test_nbgrader_export
"""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import rnngrade
from rnngrade import sandbox

ROOT = Path(rnngrade.__file__).parents[1]
MODULES = ("test_nbgrader_autograde", "test_nbgrader_export")

# nbgrader 0.9.6 by itself: these 42 pass, and two more skip themselves.
PASS_ON_STOCK = [
    "autograde/test_help",
    "autograde/test_missing_student",
    "autograde/test_missing_assignment",
    "autograde/test_grade",
    "autograde/test_grade_autotest",
    "autograde/test_grade_hashed_autotest",
    "autograde/test_grade_complex_autotest",
    "autograde/test_showtraceback_exploit",
    "autograde/test_student_id_exclude",
    "autograde/test_grade_timestamp",
    "autograde/test_grade_empty_timestamp",
    "autograde/test_late_submission_penalty_none",
    "autograde/test_late_submission_penalty_zero",
    "autograde/test_late_submission_penalty_plugin",
    "autograde/test_force",
    "autograde/test_force_f",
    "autograde/test_filter_notebook",
    "autograde/test_grade_overwrite_files",
    "autograde/test_grade_overwrite_files_subdirs",
    "autograde/test_side_effects",
    "autograde/test_skip_extra_notebooks",
    "autograde/test_permissions[False]",
    "autograde/test_permissions[True]",
    "autograde/test_custom_permissions",
    "autograde/test_force_single_notebook",
    "autograde/test_update_newer",
    "autograde/test_update_newer_single_notebook",
    "autograde/test_hidden_tests_single_notebook",
    "autograde/test_hidden_tests_autotest",
    "autograde/test_handle_failure",
    "autograde/test_handle_failure_single_notebook",
    "autograde/test_missing_source_kernelspec",
    "autograde/test_incorrect_source_kernelspec",
    "autograde/test_incorrect_submitted_kernelspec",
    "autograde/test_no_execute",
    "autograde/test_infinite_loop",
    "autograde/test_missing_files",
    "autograde/test_grade_missing_notebook",
    "autograde/test_grade_with_validating_envvar",
    "autograde/test_autograde_timeout",
    "export/test_help",
    "export/test_export",
]
SKIPPED = {"autograde/test_many_students", "autograde/test_infinite_loop_with_output"}

# On purpose. Each with what nbgrader's test finds, lest it fail for another reason.
DATE = "The time is written in UTC, in one form: a student's own text goes nowhere."
FILES = "A student's other files are not taken: no notebook may run or read them."
CELLS = "Cells that are not the instructor's stop nothing: the notebook is rebuilt."
GRADED = "unexpected return code: 0"
REFUSED = "unexpected return code: 1"
DIFFERENCES = {
    "autograde/test_grade_empty_timestamp": (
        "A time that is none counts as no time, with a warning; it is not copied.",
        "timestamp.txt'",
    ),
    "autograde/test_grade_overwrite_files": (f"{FILES} {DATE}", "UTC"),
    "autograde/test_grade_overwrite_files_subdirs": (f"{FILES} {DATE}", "UTC"),
    "autograde/test_side_effects": (
        "Files that a notebook writes end with its process.",
        "side-effect.txt'",
    ),
    "autograde/test_update_newer": (DATE, "UTC"),
    "autograde/test_update_newer_single_notebook": (DATE, "UTC"),
    "autograde/test_handle_failure": (CELLS, GRADED),
    "autograde/test_handle_failure_single_notebook": (CELLS, GRADED),
    "autograde/test_missing_files": (
        "A folder without a notebook is a zero with a reason, and not passed over.",
        "autograded/bar'",
    ),
    "autograde/test_filter_notebook": (
        "A graded notebook that is gone is graded again: a killed command looks so.",
        "p1.ipynb'",
    ),
    "autograde/test_missing_source_kernelspec": (
        "The kernel that a student names is never started; any name will do.",
        GRADED,
    ),
    "autograde/test_incorrect_source_kernelspec": (
        "A notebook for another language than Python is refused at the release.",
        REFUSED,
    ),
    "autograde/test_no_execute": (
        "Saved outputs are not taken: --no-execute would give everybody all points.",
        REFUSED,
    ),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What became of each test: an empty text where it passed."""
    try:
        sandbox.check_available()
    except sandbox.SandboxUnavailable as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("nbgraders-own")
    (folder / "empty.ini").touch()  # not ours, which makes warnings errors
    options = ["-c", "empty.ini", "-p", "no:cacheprovider", "-p", "no:xdist"]
    modules = [f"nbgrader.tests.apps.{name}" for name in MODULES]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", *options, "-p", "tests.nbgraders_own"),
            *("--junitxml=report.xml", "--pyargs", *modules),
        ],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (folder / "report.xml").exists(), done.stdout + done.stderr
    cases = ElementTree.parse(folder / "report.xml").iter("testcase")
    return dict(map(outcome, cases))


def environment(folder):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    programs = str(Path(sys.executable).parent)  # nbgrader calls alembic
    own = ("TMPDIR", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR")  # `validate` has a kernel
    return {
        **kept,
        **dict.fromkeys(own, str(folder)),
        "JUPYTER_NO_CONFIG": "1",
        "PATH": os.pathsep.join((programs, kept.get("PATH", ""))),
        "PYTHONPATH": str(ROOT),
    }


def outcome(case):
    module = case.get("classname").rpartition("TestNbGrader")[2].lower()
    found = [part for part in case if part.tag in ("failure", "error", "skipped")]
    text = "\n".join(f"{part.tag}: {part.get('message')}" for part in found)
    return f"{module}/{case.get('name')}", text


def test_nbgrader_has_no_other_tests(outcomes):
    assert outcomes.keys() == {*PASS_ON_STOCK, *SKIPPED}
    assert all(outcomes[name].startswith("skipped") for name in SKIPPED)
    assert DIFFERENCES.keys() <= set(PASS_ON_STOCK)


@pytest.mark.parametrize("name", sorted(set(PASS_ON_STOCK) - set(DIFFERENCES)))
def test_it_passes_as_on_stock_nbgrader(outcomes, name):
    assert outcomes[name] == ""


@pytest.mark.parametrize("name", DIFFERENCES)
def test_it_differs_on_purpose(outcomes, name):
    reason, found = DIFFERENCES[name]
    assert outcomes[name].startswith("failure"), f"no longer: {reason}"
    assert found in outcomes[name]
