"""Some of the faults of ``python -m tests.faults``, which takes its time."""

import pytest

from rnngrade import sandbox
from tests.faults import company, kills, state, storage
from tests.faults.__main__ import FAULTS, Class, schedule
from tests.faults.course import NAME

SOME = {
    "grader": kills.grader,
    "worker": kills.worker,
    "template": kills.template,
    "student": kills.student,
    "feedback": kills.feedback,
    "damaged": storage.damaged,
    "two": company.two_graders,
}


@pytest.fixture(scope="module")
def students(tmp_path_factory):
    try:
        sandbox.check_available()
    except sandbox.SandboxUnavailable as error:
        pytest.skip(str(error))
    return Class(tmp_path_factory.mktemp("faults"), students=7)


def test_an_undisturbed_run_leaves_what_a_person_has_entered(students):
    assert students.wrong == []
    assert len([key for key in students.expected if key.startswith("verdicts")]) == 7


@pytest.mark.parametrize("name", SOME)
def test_grades_at_the_end_are_those_of_an_undisturbed_run(students, name):
    trial = students.disturb(SOME[name], seed=4)
    assert trial.wrong == [], trial.notes


def test_what_is_torn_or_different_is_seen(students):
    course = students.template.copy(students.folder / "spoiled")
    place = course.folder / "verdicts" / "student00000" / f"{NAME}.json"
    assert state.torn(course.folder) == []
    place.write_text(place.read_text()[:-50])
    assert "torn: verdicts" in state.torn(course.folder)[0]
    found = {"a": ["1", "2"], "b": "same", "c": "here"}
    expected = {"a": ["1", "3"], "b": "same", "d": "there"}
    told = state.differences(found, expected)
    assert [line[:2] for line in told] == ["a:", "c:", "d:"]


def test_every_fault_has_its_turn():
    assert set(schedule(len(FAULTS))) == set(FAULTS)
    assert len(schedule(60)) == 60
    assert len(schedule(200)) == 200
