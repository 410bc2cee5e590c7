import pytest

from rnngrade.roster import read_roster
from rnngrade.scores import CannotExport

TEXT = (
    "\ufeffStudent,ID,SIS Login ID,Section,RNN (12) Final Score,RNN (12)\n"
    ",,,,,Manual Posting\n"
    "    Points Possible,,,,(read only),12\n"
    '"Lovelace, Ada",101,ada,"A and B",58,7.00\n'
)


def read(tmp_path, text, key="SIS Login ID"):
    path = tmp_path / "canvas.csv"
    path.write_bytes(text.encode())
    return read_roster(path, key)


@pytest.mark.parametrize("separator", [",", ";"])
def test_students_and_columns_are_found(tmp_path, separator):
    # Canvas writes semicolons where a comma is the decimal point.
    text = TEXT if separator == "," else TEXT.replace(",", ";").replace("; A", ", A")
    roster = read(tmp_path, text)
    assert roster.rows["ada"][:4] == ["Lovelace, Ada", "101", "ada", "A and B"]
    assert roster.header[: roster.about] == ["Student", "ID", "SIS Login ID", "Section"]


def test_the_key_may_be_another_column(tmp_path):
    assert read(tmp_path, TEXT, "ID").rows["101"][2] == "ada"


def test_an_assignment_is_found_by_its_whole_name(tmp_path):
    roster = read(tmp_path, TEXT)
    assert roster.title("RNN") == "RNN (12)"
    assert roster.title("R.N") is None
    assert roster.title("N") is None


def test_line_separators_stay_inside_a_cell(tmp_path):
    roster = read(tmp_path, TEXT.replace("A and B", "A\u2028B\nC"))
    assert roster.rows["ada"][3] == "A\u2028B\nC"


@pytest.mark.parametrize(
    ("text", "key", "part"),
    [
        ("", "ID", "columns , expected 'ID'"),
        ("Student,ID\nAda,1\n", "ID", "'Student', 'ID', expected 'ID' and 'Section'"),
        (TEXT, "SIS User ID", "CanvasExporter.key"),
        ("a" * 200_000, "ID", "field larger"),
    ],
)
def test_what_is_no_roster_is_refused(tmp_path, text, key, part):
    with pytest.raises(CannotExport) as caught:
        read(tmp_path, text, key)
    for expected in (part, "canvas.csv", "Export the gradebook from Canvas"):
        assert expected in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "latin").write_bytes(b"Stud\xffent")
    for name in ("latin", "gone"):
        with pytest.raises(CannotExport, match=name):
            read_roster(tmp_path / name, "ID")
