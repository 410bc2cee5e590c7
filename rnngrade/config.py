"""The configuration of nbgrader for this course.

``nbgrader_config.py`` calls :func:`configure`. From then on all of nbgrader's commands,
and the buttons of its formgrader, grade in the sandbox. nbgrader reads that file in the
repository's folder only, and elsewhere would grade with its own settings, which protect
nothing. Therefore ``python -m rnngrade.config``, which ``make`` runs, makes it read the
same settings in every folder, for the environment that it is run in.
"""

import os
import sys
import warnings
from functools import cache
from pathlib import Path

import sqlalchemy
from nbgrader import api
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    IgnorePattern,
    LimitOutput,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from rnngrade.engine.converters import FeedbackWriter, SourceReader, SubmissionReader
from rnngrade.exchange import ReleaseFeedback
from rnngrade.exports import PlainExporter
from rnngrade.folders import submitted_time
from rnngrade.preprocessors import (
    AssignPenalties,
    ClearHiddenTestsOfChecks,
    Grade,
    RebuildSubmission,
    ShowAsText,
)
from rnngrade.source import SourceError, write_notebook

EVERYWHERE = '''\
"""Written by `python -m rnngrade.config`: nbgrader grades in the sandbox everywhere."""

import sys
from pathlib import Path

ROOT = Path({root!r})

if not (ROOT / "nbgrader_config.py").is_file():
    sys.exit(
        f"{{ROOT / 'nbgrader_config.py'}} is missing. Without it nbgrader would run "
        "student code unprotected, so nothing has been done. If the course has moved, "
        "run `python -m rnngrade.config` where it is now; if it is gone, delete "
        f"{{__file__}}."
    )
if Path.cwd() != ROOT:  # else nbgrader reads it anyway
    load_subconfig("nbgrader_config.py", str(ROOT))  # noqa: F821
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
        AssignPenalties,
        CheckCellMetadata,
    ]
    c.GenerateAssignment.exporter_class = SourceReader
    c.GenerateFeedback.preprocessors = [ClearHiddenTestsOfChecks]
    c.GenerateFeedback.exporter_class = FeedbackWriter
    c.ExportApp.plugin_class = PlainExporter
    c.ExchangeFactory.release_feedback = ReleaseFeedback
    # The formgrader's pages.
    c.HTMLExporter.preprocessors = [ShowAsText]
    c.HTMLExporter.template_file = str(Path(__file__).with_name("formgrader.html.j2"))
    # There is no setting for it: one bad file would stop a whole class.
    CourseDirectory.get_existing_timestamp = submitted_time
    # Each step of each submission opens the gradebook. With the same engine, it need
    # not write the same statements again, which is most of the time.
    api.create_engine = cache(sqlalchemy.create_engine)
    # Every submission would print three of them; they tell nothing about the grades.
    warnings.filterwarnings("ignore", "Object of type .* not in session", SAWarning)
    # nbgrader calls `alembic` by name, also where the environment is not activated.
    programs = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join((programs, os.environ.get("PATH", "")))
    try:
        update_sources(root / "solutions", root / "course")
    except SourceError as error:
        sys.exit(f"{error}\nNothing has been done.")


def hold_everywhere(root: Path, environment: Path) -> Path:
    """Make nbgrader read the settings of this course in every folder.

    Parameters
    ----------
    root : Path
        The folder of ``nbgrader_config.py``.
    environment : Path
        The Python environment to which it applies, as ``sys.prefix`` names it.

    Returns
    -------
    Path
        The file that was written.
    """
    target = environment / "etc" / "jupyter" / "nbgrader_config.py"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(EVERYWHERE.format(root=str(root)))
    return target


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


if __name__ == "__main__":
    print(hold_everywhere(Path(__file__).resolve().parents[1], Path(sys.prefix)))
