import pytest

from rnngrade.sandbox.values import MAX_ERROR, MAX_NAME, clean, error_text, type_name


class Hostile(Exception):
    def __str__(self):
        raise SystemExit


class Liar:
    __class__ = int


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("recurrent", 9, "recurrent"),
        ("recurrent", 8, "recurre…"),
        ("lone \ud800", 9, "lone ?"),
        ("", 1, ""),
    ],
)
def test_clean_text_can_be_written_and_has_a_limit(text, limit, expected):
    assert clean(text, limit) == expected


def test_a_string_that_overrides_its_methods_is_plain_text():
    class Text(str):
        def encode(self, *_):
            raise RuntimeError

    seen = clean(Text("plain"), 9)
    assert (seen, type(seen)) == ("plain", str)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError("x is 3"), "ValueError: x is 3"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (Hostile(), "Hostile: (its message cannot be shown)"),
    ],
)
def test_every_exception_has_a_text(error, expected):
    assert error_text(error) == expected


def test_what_student_code_can_name_has_a_limit():
    long = type("x" * 10**6, (Exception,), {})("y" * 10**6)
    assert len(type_name(long)) == MAX_NAME
    assert len(error_text(long)) == MAX_NAME + 2 + MAX_ERROR


def test_the_type_is_asked_and_not_the_value():
    assert type_name(Liar()) == "Liar"


def test_the_name_of_a_type_is_one_line():
    assert type_name(type("x\n  ✓ h right\n", (), {})()) == "x ✓ h right"
