"""``rnngrade feedback``: the feedback pages of a class.

It is an nbgrader application, which reads the same configuration as ``nbgrader
generate_feedback``, takes the same options, and leaves the same pages. It grades
nothing, and imports nothing that does.
"""

from functools import partial

from nbgrader.apps.baseapp import NbGrader, nbgrader_aliases, nbgrader_flags
from sqlalchemy.exc import SQLAlchemyError

from rnngrade.engine.application import assignment_of, first_ones, launch
from rnngrade.engine.feedback import write_pages

UNREADABLE = (
    "Graded notebooks that cannot be read, so their pages were not written: %s. "
    "`rnngrade autograde %s` writes the notebooks again; then run this command again."
)


class ClassFeedback(NbGrader):
    """The application ``rnngrade feedback``."""

    name = "rnngrade-feedback"
    description = "Write the feedback pages of all who have been graded."
    examples = """
        rnngrade feedback 05_bptt
        rnngrade feedback 05_bptt --student=ada
    """
    flags = nbgrader_flags
    aliases = nbgrader_aliases

    def start(self) -> None:
        """Write the pages, and say how many."""
        super().start()
        name = assignment_of(self)
        try:
            done = write_pages(self.coursedir, name, self.log)
        except (OSError, SQLAlchemyError) as error:
            self.log.error("%s. Pages that are there are whole.", error)
            self.exit(1)
        if not (done.written or done.same or done.unreadable):
            self.log.error(
                "No submission of %r by %r has been graded, so there is nothing to "
                "write. Check both names, or run `rnngrade autograde %s` first.",
                name,
                self.coursedir.student_id,
                name,
            )
            self.exit(1)
        folder = self.coursedir.format_path(
            self.coursedir.feedback_directory, "<student>", name
        )
        counts = f"{done.written} pages written, {done.same} were up to date"
        print(f"{name}: {counts}: {folder}")
        if done.unreadable:
            self.log.error(UNREADABLE, first_ones([*done.unreadable]), name)
            self.exit(1)


feedback = partial(launch, ClassFeedback)
