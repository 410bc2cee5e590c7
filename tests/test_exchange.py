import logging

from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import ExchangeReleaseFeedback

from rnngrade.exchange import ReleaseFeedback


def test_a_student_who_cannot_fetch_is_named_and_the_others_get_theirs(
    tmp_path, monkeypatch, caplog
):
    folders = CourseDirectory(root=str(tmp_path), assignment_id="hw")
    for student, names in {
        "ada": ("timestamp.txt", "submission_secret.txt"),
        "bob": ("timestamp.txt",),
        "[eve]": ("timestamp.txt", "submission_secret.txt"),
    }.items():
        folder = tmp_path / "feedback" / student / "hw"
        folder.mkdir(parents=True)
        for name in names:
            (folder / name).write_text("x")
    released = []
    monkeypatch.setattr(
        ExchangeReleaseFeedback,
        "copy_files",
        lambda self: released.append(self.src_path),
    )
    step = ReleaseFeedback(coursedir=folders)
    step.log = logging.getLogger("exchange")
    with caplog.at_level(logging.WARNING):
        step.copy_files()
    assert len(released) == 2
    assert any("ada" in path for path in released)
    assert "bob cannot fetch this feedback: submission_secret.txt" in caplog.text
