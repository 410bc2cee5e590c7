import pytest
from sqlalchemy import event

from rnngrade.scores import CannotExport, Result, read_grades, some
from tests.grade_book import add_assignment, opened, submit


@pytest.fixture
def book(tmp_path):
    with opened(tmp_path / "gradebook.db") as book:
        add_assignment(book, "02_rnn")
        book.add_student("ada")
        yield book


def result(book, student="ada"):
    grades = read_grades(book)
    (wanted,) = [one for one in grades.students if one.id == student]
    (result,) = grades.of(wanted)
    return result


def test_no_submission_is_no_result(book):
    assert result(book) is None


def test_points_are_added_over_notebooks(book):
    submit(book, "02_rnn", "ada", (4, 2, 1.5))
    assert (result(book).raw_score, result(book).score) == (7.5, 7.5)
    assert str(result(book).timestamp) == "2026-01-31 12:00:00"
    assert not result(book).unfinished


def test_a_late_penalty_is_taken_off(book):
    submit(book, "02_rnn", "ada", (4, 2, 1), late=3)
    assert (result(book).raw_score, result(book).penalty) == (7, 3)
    assert result(book).score == 4


def test_no_score_is_below_zero():
    assert Result(None, 2.0, 5.0).score == 0


def test_a_manual_score_and_extra_credit_count(book):
    submit(book, "02_rnn", "ada", (4, None, 1))
    assert (result(book).raw_score, result(book).unfinished) == (5, True)
    grade = book.find_grade("text", "a", "02_rnn", "ada")
    grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 3, 0.5, False
    book.db.commit()
    assert (result(book).raw_score, result(book).unfinished) == (8.5, False)


def test_a_submission_without_graded_cells_is_a_zero(book):
    book.add_assignment("empty")
    with book.db.no_autoflush:
        book.add_submission("empty", "ada")
    assert [one and one.score for one in read_grades(book).of(book.students[0])] == [
        0.0 if assignment.name == "empty" else None for assignment in book.assignments
    ]


def statements(book):
    count = []
    event.listen(book.engine, "before_cursor_execute", lambda *_: count.append(1))
    book.db.expire_all()
    grades = read_grades(book)
    # Reading what is exported must not ask the database again.
    for student in grades.students:
        grades.of(student)
        assert student.email is None
    assert all(assignment.max_score == 12 for assignment in grades.assignments)
    return len(count)


def test_the_number_of_queries_does_not_depend_on_the_class(tmp_path):
    counts = set()
    for students in (0, 2, 9):
        with opened(tmp_path / f"{students}.db") as book:
            for assignment in ("one", "two")[: 1 + students % 2]:
                add_assignment(book, assignment)
                for number in range(students):
                    book.update_or_create_student(f"s{number}")
                    submit(book, assignment, f"s{number}", (1, 2, 3))
            counts.add(statements(book))
    assert counts == {5}


def test_some_are_selected(book):
    book.add_student("bob")
    add_assignment(book, "03_bptt")
    grades = read_grades(book, ["03_bptt"], ["bob"])
    assert [one.name for one in grades.assignments] == ["03_bptt"]
    assert [one.id for one in grades.students] == ["bob"]


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        ((["03"], []), ("no assignment '03'", "expected '02_rnn'", "--assignment")),
        (([], ["eve\n"]), (r"no student 'eve\n'", "expected 'ada'", "--student")),
    ],
)
def test_unknown_names_are_refused(book, names, parts):
    with pytest.raises(CannotExport) as caught:
        read_grades(book, *names)
    for part in parts:
        assert part in str(caught.value)


def test_an_empty_gradebook_says_so(tmp_path):
    with opened(tmp_path / "empty.db") as book:
        assert read_grades(book).students == []
        with pytest.raises(CannotExport, match="expected none, for it is empty"):
            read_grades(book, students=["ada"])


def test_names_are_shown_safely():
    assert some(["\x1b[31m", "\u202e"]) == r"'\x1b[31m', '\u202e'"
