"""Feedback goes back to students through nbgrader's exchange, whoever they are.

``nbgrader release_feedback`` needs the time and the secret of each submission beside
its page, and stops the whole class with a traceback at the first that has none: one
handed in by hand, or one whose files a student has changed.
"""

from glob import escape

from nbgrader.exchange.default import ExchangeReleaseFeedback

from rnngrade.folders import SECRET, TIME, student_folders


class ReleaseFeedback(ExchangeReleaseFeedback):
    """Release the feedback of all who can fetch it, and name the others."""

    def copy_files(self) -> None:
        """Release the pages, one student after the other."""
        folders = self.coursedir
        step, assignment = folders.feedback_directory, folders.assignment_id
        for student, folder in student_folders(folders, step, assignment).items():
            missing = [name for name in (TIME, SECRET) if not (folder / name).is_file()]
            if missing:
                self.log.warning(
                    "%s cannot fetch this feedback: %s is not in %s, as the submission "
                    "did not come whole through the exchange. Hand over the page "
                    "yourself, or collect the submission and grade it again.",
                    student,
                    missing[0],
                    folder,
                )
                continue
            self.src_path = escape(str(folder))
            super().copy_files()
