"""A tokenizer's file is written as a whole or not at all, and read with care."""

import json
import os

import pytest

from rnncore import tokenizer_base
from rnncore.tokenizer_base import read_document
from rnncore.tokenizers import CharTokenizer
from tests.rejection import rejects

TOKENIZER = CharTokenizer.train("hello")


@pytest.fixture
def path(tmp_path):
    TOKENIZER.save(tmp_path / "one.json")
    return tmp_path / "one.json"


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


# Writing


def test_nothing_else_is_left_in_the_folder(path):
    CharTokenizer.train("other").save(path)
    assert CharTokenizer.load(path).characters == "ehort"
    assert names(path.parent) == ["one.json"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failing_save_leaves_the_file_of_before(path, monkeypatch, step):
    def fail(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tokenizer_base.os, step, fail)
    with pytest.raises(OSError, match="No space left"):
        CharTokenizer.train("other").save(path)
    assert CharTokenizer.load(path) == TOKENIZER
    assert names(path.parent) == ["one.json"]


def test_a_link_goes_on_pointing_to_the_file(path):
    link = path.with_name("link.json")
    link.symlink_to(path)
    CharTokenizer.train("other").save(link)
    assert link.is_symlink()
    assert CharTokenizer.load(path).characters == "ehort"


def test_the_rights_of_a_new_file_are_the_usual_ones(path):
    usual = path.with_name("usual")
    usual.touch()
    assert os.stat(path).st_mode == os.stat(usual).st_mode


def test_places_where_nothing_can_be_saved(tmp_path):
    with rejects(FileNotFoundError, "CharTokenizer.save", "missing", "Create it"):
        TOKENIZER.save(tmp_path / "missing" / "one.json")
    with rejects(IsADirectoryError, "CharTokenizer.save", "is a folder", "Pass"):
        TOKENIZER.save(tmp_path)
    with rejects(TypeError, "CharTokenizer.save: path is a int", "Pass a str"):
        TOKENIZER.save(3)
    assert names(tmp_path) == []


# Reading


def test_what_a_file_says_first(path):
    document = read_document("test", path)
    header = {"format": "rnncore tokenizer", "version": 1, "kind": "characters"}
    assert document == {**header, "characters": list("ehlo")}


def test_no_file(tmp_path):
    for missing in (tmp_path / "missing.json", tmp_path):
        with rejects(FileNotFoundError, "CharTokenizer.load", "not a file", "Pass"):
            CharTokenizer.load(missing)
    with rejects(TypeError, "CharTokenizer.load: path is a NoneType", "Pass a str"):
        CharTokenizer.load(None)


def test_a_file_that_was_cut_off_anywhere(path):
    whole = path.read_bytes().rstrip()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with rejects(ValueError, "CharTokenizer.load", "not complete JSON", "Pass an"):
            CharTokenizer.load(path)


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"\xff\xfe{", ["is not UTF-8 (byte 0)", "Pass an untouched copy"]),
        (b"[" * 100_000, ["is not complete JSON", "Pass an untouched copy"]),
        (b"hello", ["is not complete JSON", "Pass an untouched copy"]),
        (b"[]", ["not a tokenizer", "'rnncore tokenizer'", "Pass"]),
        (b"{}", ["not a tokenizer", "'rnncore tokenizer'", "Pass"]),
    ],
)
def test_a_file_of_something_else(path, content, parts):
    path.write_bytes(content)
    with rejects(ValueError, "CharTokenizer.load", "one.json", *parts):
        CharTokenizer.load(path)


@pytest.mark.parametrize(
    ("changed", "parts"),
    [
        ({"format": "other"}, ["not a tokenizer", "'rnncore tokenizer'", "Pass"]),
        ({"version": 2}, ["of version 2", "reads version 1", "Pass"]),
        ({"version": None}, ["of version None", "reads version 1", "Pass"]),
        ({"kind": ["characters"]}, ["does not say what kind", "Pass"]),
    ],
)
def test_a_header_of_something_else(path, changed, parts):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))
    with rejects(ValueError, "CharTokenizer.load", "one.json", *parts):
        CharTokenizer.load(path)
