"""``rnngrade autograde``: what nbgrader does, for a class.

It is an nbgrader application, which reads the same configuration as ``nbgrader
autograde``, takes the same options, and leaves the same gradebook and the same folders.
"""

import time
from functools import partial

from nbgrader.apps.baseapp import NbGrader, nbgrader_aliases, nbgrader_flags
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.exc import SQLAlchemyError
from traitlets import Bool, Integer, Unicode
from traitlets.config import Configurable

from rnngrade.engine.application import assignment_of, first_ones, launch
from rnngrade.engine.cluster import Cluster, ClusterLost
from rnngrade.engine.database import KEPT, cause, diagnose
from rnngrade.engine.gradebook import GradebookError, GradebookWriter
from rnngrade.engine.instructor import NotReleased, prepare
from rnngrade.engine.run import Run, Summary
from rnngrade.grader import CannotGrade
from rnngrade.preprocessors import Grade
from rnngrade.sandbox import SandboxUnavailable

REASONS = (
    CannotGrade,
    ClusterLost,
    GradebookError,
    NotReleased,
    OSError,
    SandboxUnavailable,
)


class ClassAutograde(NbGrader):
    """The application ``rnngrade autograde``."""

    name = "rnngrade-autograde"
    description = "Grade the submissions of an assignment on all cores."
    examples = """
        rnngrade autograde 05_bptt
        rnngrade autograde 05_bptt --student=ada --force
        rnngrade autograde 05_bptt --scheduler=tcp://10.0.0.1:8786
    """
    flags = nbgrader_flags | {
        "force": (
            {"ClassAutograde": {"force": True}},
            "Grade again what has been graded already.",
        ),
        "shared": (
            {"ClassAutograde": {"shared": True}},
            "Workers read submissions themselves: all machines see the same folders.",
        ),
    }
    aliases = nbgrader_aliases | {
        "scheduler": "ClassAutograde.scheduler",
        "processes": "ClassAutograde.processes",
    }
    force = Bool(False, help="Grade again what has been graded already.").tag(
        config=True
    )
    scheduler = Unicode(
        "", help="Address of a running Dask scheduler; empty for this machine."
    ).tag(config=True)
    processes = Integer(
        0, help="Processes on this machine; 0 for one on each core."
    ).tag(config=True)

    shared = Bool(
        False,
        help="Whether workers read submissions themselves, from the same paths, "
        "instead of being sent them.",
    ).tag(config=True)

    def _classes_default(self) -> list[type[Configurable]]:
        return [*super()._classes_default(), ClassAutograde, Grade]

    def start(self) -> None:
        """Grade, and say what was done."""
        super().start()
        name = assignment_of(self)
        if Grade(parent=self).trusted_classroom:
            self.log.warning(
                "trusted_classroom is set: student code runs WITHOUT A SANDBOX."
            )
        began = time.monotonic()
        try:
            summary = self._run(name)
        except REASONS as error:
            self.log.error("%s", error)
            self.exit(1)
        except SQLAlchemyError as error:  # where nbgrader's own code reads it
            what, remedy = diagnose(error).value
            text = "The gradebook %s (%s). %s %s"
            self.log.error(text, what, cause(error), remedy, KEPT)
            self.exit(1)
        if not (summary.graded or summary.kept or summary.failed):
            self.fail(
                "No submission of %r by %r in %s. Check both names.",
                name,
                self.coursedir.student_id,
                self.coursedir.format_path(
                    self.coursedir.submitted_directory, "<student>", name
                ),
            )
        print(as_text(name, summary, time.monotonic() - began))
        self.exit(1 if summary.failed else 0)

    def _run(self, name: str) -> Summary:
        late = AssignLatePenalties(parent=self)
        late.init_plugin()
        url, course = self.coursedir.db_url, self.coursedir.course_id
        with GradebookWriter(url, course, late.plugin_inst, self.log) as writer:
            writer.prepare(name)  # first: it waits for others, and says what is wrong
            assignment = prepare(self, self.coursedir, name)

            def cluster() -> Cluster:
                return Cluster(self.scheduler, self.processes, self.log)

            choices = self.force, self.shared
            run = Run(self.coursedir, assignment, writer, cluster, self.log, *choices)
            return run.start()


def as_text(name: str, summary: Summary, seconds: float) -> str:
    """Say what a run has done, and what comes next.

    Parameters
    ----------
    name : str
        The assignment.
    summary : rnngrade.engine.run.Summary
        What it has done.
    seconds : float
        How long it took.

    Returns
    -------
    str
        Some lines.
    """
    lines = [
        f"{name}: {len(summary.graded)} graded in {seconds:.1f} s, "
        f"{len(summary.kept)} had been graded before"
    ]
    if summary.unreadable:
        who = first_ones(summary.unreadable)
        lines.append(f"without points (unreadable, missing, another name): {who}")
    if summary.outdated:
        who = first_ones(summary.outdated)
        lines.append(
            f"graded earlier with other exercises or settings: {who}; their grades "
            "stand, --force grades them again"
        )
    lines += [f"not graded: {who}: {why}" for who, why in summary.failed.items()]
    lines.append(f"next: rnngrade feedback {name}; rnngrade report {name}")
    return "\n".join(lines)


autograde = partial(launch, ClassAutograde)
