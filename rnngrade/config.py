"""The configuration of nbgrader for this course.

``nbgrader_config.py`` calls :func:`configure`. From then on all of nbgrader's commands,
and the buttons of its formgrader, grade in the sandbox; there is no other way left.
"""

import os
import sys
import warnings
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    GetGrades,
    IgnorePattern,
    LimitOutput,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from rnngrade.feedback import FeedbackExporter
from rnngrade.folders import submitted_time
from rnngrade.preprocessors import (
    CheckExercises,
    ClearHiddenTestsOfChecks,
    Grade,
    RebuildSubmission,
    ShowAsText,
    SubmissionReader,
)
from rnngrade.source import write_notebook

LEAD_BACK = '''\
"""Written by rnngrade/config.py: the settings are those of the folder above."""

from pathlib import Path

if Path.cwd() != Path({root!r}):  # else nbgrader has read them already
    load_subconfig("nbgrader_config.py", {root!r})  # noqa: F821
'''


def configure(c: Config, root: str | Path) -> None:
    """Set up grading and bring the instructor's notebooks up to date.

    Parameters
    ----------
    c : traitlets.config.Config
        What nbgrader reads.
    root : path-like
        The repository: ``root/solutions`` holds the sources, ``root/course`` becomes
        nbgrader's folder (``--course-dir`` still overrides it).

    Examples
    --------
    >>> from traitlets.config import Config
    >>> c = Config()
    >>> configure(c, "/nowhere")
    >>> c.Autograde.autograde_preprocessors[0].__name__
    'Grade'
    """
    root = Path(root).resolve()
    c.CourseDirectory.root = str(root / "course")
    c.Autograde.exporter_class = SubmissionReader
    c.Autograde.sanitize_preprocessors = [
        RebuildSubmission,
        ClearOutput,
        DeduplicateIds,
        OverwriteKernelspec,
        OverwriteCells,
        CheckCellMetadata,
    ]
    c.Autograde.autograde_preprocessors = [
        Grade,
        IgnorePattern,
        LimitOutput,
        SaveAutoGrades,
        AssignLatePenalties,
        CheckCellMetadata,
    ]
    steps = GenerateAssignment.preprocessors.default()
    c.GenerateAssignment.preprocessors = [CheckExercises, *steps]
    c.GenerateFeedback.preprocessors = [GetGrades, ClearHiddenTestsOfChecks]
    c.GenerateFeedback.exporter_class = FeedbackExporter
    c.HTMLExporter.preprocessors = [ShowAsText]  # the formgrader's pages
    # There is no setting for it: one bad file would stop a whole class.
    CourseDirectory.get_existing_timestamp = submitted_time
    # Every submission would print three of them; they tell nothing about the grades.
    warnings.filterwarnings("ignore", "Object of type .* not in session", SAWarning)
    # nbgrader calls `alembic` by name, also where the environment is not activated.
    programs = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join((programs, os.environ.get("PATH", "")))
    update_sources(root / "solutions", root / "course")
    lead_back(root / "course", root)


def lead_back(course: Path, root: Path) -> None:
    """Make nbgrader find these settings inside of its folder, too.

    Without them it would grade there with its own, which protect nothing.

    Parameters
    ----------
    course : Path
        nbgrader's folder, if there is one yet.
    root : Path
        The folder of ``nbgrader_config.py``.
    """
    text = LEAD_BACK.format(root=str(root))
    target = course / "nbgrader_config.py"
    if course.is_dir() and not (target.exists() and target.read_text() == text):
        target.write_text(text)


def update_sources(solutions: Path, course: Path) -> list[Path]:
    """Write the notebooks whose text has changed.

    Parameters
    ----------
    solutions : Path
        The folder that holds the text, one folder for each assignment.
    course : Path
        A folder of nbgrader's; the notebooks go to ``course/source``.

    Returns
    -------
    list of Path
        The notebooks that were written.
    """
    pairs = [
        (path, course / "source" / path.parent.name / f"{path.stem}.ipynb")
        for path in sorted(solutions.glob("*/*.md"))
    ]
    return [target for path, target in pairs if write_notebook(path, target)]
