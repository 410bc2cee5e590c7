import json

import pytest

from rnngrade.engine.record import Check, NotebookRecord, Record, dumps, loads

CHECK = Check(3.0, 4.0, ("ADDED",), "double raised TypeError: <b>, \u2028")
NOTEBOOK = NotebookRecord(
    "small",
    "{}",
    {"double-it-check": 3.0, "essay": None},
    {"double-it": True},
    {"double-it": CHECK},
    notes=("Cell small-setup was missing.",),
    losses=("cell 3: it took longer than 5 s",),
)
RECORD = Record(
    "hw", "ada", "f00", "2026-01-01T10:00:00", (NOTEBOOK,), 1.5, 0.5, 7, "v"
)


def test_a_record_survives_writing_and_reading():
    assert loads(dumps(RECORD)) == RECORD
    assert "\n" not in dumps(RECORD)


def test_a_name_that_is_no_text_survives_as_well():
    odd = Record("hw", "ad\udcff", "f", "", ())
    assert loads(dumps(odd).encode("ascii").decode()) == odd


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: "[]",
        lambda text: "[" * 100_000,
        lambda text: text.replace('"format": 1', '"format": 2'),
        lambda text: text.replace('"student"', '"pupil"'),
        lambda text: text.replace('"points"', '"grade"'),
        lambda text: json.dumps({**json.loads(text), "notebooks": None}),
    ],
)
def test_what_is_no_record_is_told_so_with_the_remedy(damage):
    with pytest.raises(ValueError, match="Delete the file"):
        loads(damage(dumps(RECORD)))
