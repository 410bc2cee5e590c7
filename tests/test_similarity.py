"""Which answers of a class are found equal, and in what order."""

import logging
import re

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from rnngrade.engine.record import Check
from rnngrade.intake import read_submission
from rnngrade.reports import similarity as similarity_module
from rnngrade.reports.normal_form import form
from rnngrade.reports.similarity import SHORT, compare, from_folders
from tests import assignment
from tests.assignment import find, instructor, submission, write

LONG = """def double(x):
    total = np.zeros_like(x)
    for i in range(len(x)):
        total[i] = x[i] + x[i] * {constant}
        for j in range(i):
            total[i] += x[j] * 0.5 - x[j] / 2
    return total + {constant} * np.sum(x) - np.sum(x)
"""
RENAMED = re.sub(r"\b(total|i|j)\b", r"my_\1", LONG)


def long(constant=1, text=LONG):
    return text.format(constant=constant)


def only(similarity, exercise="double-it"):
    (group,) = [g for g in similarity.groups if g.exercise == exercise]
    return group


def one_exercise(**answers):
    """Return a class that has left the other exercises as they were."""
    made = {}
    for student, text in answers.items():
        made[student] = assignment.released()
        find(made[student], "double-it").source = text
    return made


def test_equal_answers_make_a_group():
    students = one_exercise(cy=long(), ada=long(text=RENAMED), ben=long(2), dan=long())
    found = compare(instructor(), students)
    group = only(found)
    assert group.students == ("ada", "cy", "dan")
    assert [text.students for text in group.texts] == [("cy", "dan"), ("ada",)]
    assert group.texts[1].source == long(text=RENAMED)
    assert group.answers == 4
    assert not group.reference
    assert not group.short
    assert found.pairs == (), "one answer in common is not several"
    (double, halve, _) = found.exercises
    assert (double.given, double.unlike, double.like_reference) == (4, 1, 0)
    assert (halve.given, halve.unlike) == (0, 0), "stubs are no answers"


def test_one_answer_equal_to_the_reference_is_a_group():
    found = compare(instructor(), one_exercise(ada="def f(y): return 2 * y", ben="x"))
    group = only(found)
    assert group.students == ("ada",)
    assert "return 2 * x" in group.reference
    assert "SOLUTION" not in group.reference
    assert group.short
    assert found.exercises[0].like_reference == 1


STUB = "def double(x):  # YOUR CODE HERE\n    raise NotImplementedError()"


@pytest.mark.parametrize("text", ["", "# nothing", STUB])
def test_what_was_left_empty_is_no_answer(text):
    found = compare(instructor(), one_exercise(ada=text, ben=text))
    assert found.exercises[0].given == 0
    assert found.groups == ()


def test_an_answer_in_a_cell_of_ones_own_is_found():
    students = one_exercise(ada=long(), ben="", cy="")
    students["ben"].cells.append(new_code_cell("# moved\n" + long()))
    students["cy"].cells.append(new_code_cell("def another(): pass"))
    students["cy"].cells.append(new_markdown_cell(long()))
    find(students["cy"], "double-it-check").source = long()
    assert only(compare(instructor(), students)).students == ("ada", "ben")


def test_a_split_cell_is_put_together():
    students = one_exercise(ada="y = 1\n" + long(), ben="y = 1")
    half = new_code_cell(long())
    half.metadata["nbgrader"] = {"grade_id": "double-it"}
    students["ben"].cells.append(half)
    assert only(compare(instructor(), students)).students == ("ada", "ben")


def test_what_cannot_be_compared_is_named():
    found = compare(instructor(), one_exercise(ada="x" * 60_000, ben="y" * 60_000))
    assert found.exercises[0].incomparable == ("ada", "ben")
    assert found.exercises[0].given == 2
    assert found.groups == ()


def test_long_rare_and_wrong_answers_come_first():
    right, wrong = Check(4, 4), Check(1, 4, ("ADDED",))
    texts = {"rare": long(1), "common": long(2), "wrong": long(3), "short": "x = 1"}
    numbers = {"rare": 2, "common": 9, "wrong": 2, "short": 2}
    texts["longer"], numbers["longer"] = "".join(map(long, (4, 5, 6))), 2
    students = {f"{k}-{i}": texts[k] for k, n in numbers.items() for i in range(n)}
    checks = {
        name: {"double-it": wrong if "wrong" in name else right} for name in students
    }
    found = compare(instructor(), one_exercise(**students), checks)
    order = [group.students[0].partition("-")[0] for group in found.groups]
    assert order == ["longer", "wrong", "rare", "common", "short"]
    (marked,) = [group for group in found.groups if group.wrong]
    assert marked.check == wrong


def test_grading_that_differs_within_a_group_is_not_told():
    students = one_exercise(ada=long(), ben=long())
    checks = {"ada": {"double-it": Check(4, 4)}, "ben": {"double-it": Check(0, 4)}}
    assert only(compare(instructor(), students, checks)).check is None


def three(name, constant):
    text = long(constant)
    return submission(
        double_it=text,
        halve_it=text.replace("double", "halve"),
        twice_it=text.replace("double", "twice") + name,
    )


def test_pairs_share_several_long_answers():
    students = {
        "ada": three("", 1),
        "ben": three("", 1),
        "cy": three("\nz = 1", 1),
        "dan": three("", 2),
    }
    first, second, third = compare(instructor(), students).pairs
    assert first.students == ("ada", "ben")
    assert (len(first.shared), first.comparable) == (3, 3)
    assert second.students == ("ada", "cy")
    assert set(third.shared) == {"double-it", "halve-it"}
    assert third.comparable == 3


def test_what_many_share_makes_no_pairs(monkeypatch):
    students = {str(number): three("", 1) for number in range(4)}
    assert len(compare(instructor(), students).pairs) == 6
    monkeypatch.setattr(similarity_module, "MAX_PAIRED", 3)
    assert compare(instructor(), students).pairs == ()


def test_short_answers_make_no_pairs():
    assert form(assignment.ANSWERS["double-it"]).size < SHORT
    students = {"ada": submission(), "ben": submission()}
    assert compare(instructor(), students).pairs == ()


# --- folders --------------------------------------------------------------------------


def folders(root):
    return CourseDirectory(config=Config({"CourseDirectory": {"root": str(root)}}))


def test_the_folders_of_a_course(tmp_path, caplog):
    write(instructor(), tmp_path / "source" / "hw" / "small.ipynb")
    students = one_exercise(ada=long(), ben=long(text=RENAMED))
    for name, notebook in students.items():
        write(notebook, tmp_path / "submitted" / name / "hw" / "small.ipynb")
    write("no notebook", tmp_path / "submitted" / "cy" / "hw" / "small.ipynb")
    with caplog.at_level(logging.WARNING):
        found = from_folders(folders(tmp_path), "hw", logging.getLogger("test"))
    assert list(found) == ["small"]
    assert only(found["small"]).students == ("ada", "ben")
    assert "not JSON" in found["small"].unreadable["cy"]
    assert "cy: The submitted file is not JSON" in caplog.text


def test_an_unknown_assignment_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="Check the name of the assignment"):
        from_folders(folders(tmp_path), "hw", logging.getLogger("test"))


def test_a_submission_is_compared_as_intake_reads_it(tmp_path):
    students = one_exercise(ada=long(), ben=long())
    read = {
        name: read_submission(write(notebook, tmp_path / name / "hw" / "small.ipynb"))
        for name, notebook in students.items()
    }
    assert compare(instructor(), read) == compare(instructor(), students)
