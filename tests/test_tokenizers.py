"""Characters give back any text, words what they know, and files what was saved."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncore.bpe import BPETokenizer
from rnncore.tokenizers import PIECE, CharTokenizer, WordTokenizer, load_tokenizer
from tests.rejection import rejects

KINDS = [CharTokenizer, WordTokenizer, BPETokenizer]
ANY_TEXT = st.text(st.characters(exclude_categories=()), min_size=1)


def trained(kind, text="to be, or not to be"):
    return kind.train(text, 260) if kind is BPETokenizer else kind.train(text)


# Characters


@given(ANY_TEXT)
@settings(deadline=None)
def test_round_trip_of_any_text(text):
    tokenizer = CharTokenizer.train(text)
    tokens = tokenizer.encode(text)
    assert tokens.shape == (len(text),)
    assert tokenizer.decode(tokens) == text
    assert set(tokens.tolist()) == set(range(len(tokenizer)))


@given(ANY_TEXT)
@settings(deadline=None)
def test_the_vocabulary_is_sorted_and_without_repeats(text):
    characters = CharTokenizer.train(text).characters
    assert list(characters) == sorted(set(text))


@pytest.mark.parametrize(
    "text", ["e\u0301é", "👩‍👩‍👧", "\x00\n\r\t", "\ud800", "\U0010ffff", "a" * 100_000]
)
def test_unusual_texts(text):
    tokenizer = CharTokenizer.train(text)
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_tokens_are_places_in_the_vocabulary():
    tokenizer = CharTokenizer.train("hello")
    assert tokenizer.characters == "ehlo"
    np.testing.assert_array_equal(tokenizer.encode("helo"), [1, 0, 2, 3])
    assert len(tokenizer) == 4


def test_the_order_of_the_training_text_does_not_matter():
    assert CharTokenizer.train("abc") == CharTokenizer.train("cbabc")


def test_nothing_to_encode_is_fine():
    tokenizer = CharTokenizer.train("ab")
    assert tokenizer.encode("").shape == (0,)
    assert tokenizer.decode(tokenizer.encode("")) == ""


@pytest.mark.parametrize("unknown", ["A", "c", "~", "é", "\U0001f600"])
def test_an_unknown_character_is_named_with_place_and_remedy(unknown):
    tokenizer = CharTokenizer.train("abd")
    with rejects(
        ValueError,
        repr(unknown),
        f"U+{ord(unknown):04X}",
        "position 2",
        "3 characters",
        "Train the tokenizer on a text that holds it",
    ):
        tokenizer.encode("ab" + unknown + unknown)


@pytest.mark.parametrize("bad", [b"abc", None, ["a"], 3])
def test_only_text_is_encoded(bad):
    with rejects(
        TypeError, "CharTokenizer.train", type(bad).__name__, "a str", "utf-8"
    ):
        CharTokenizer.train(bad)
    with rejects(TypeError, "CharTokenizer.encode", "a str"):
        CharTokenizer.train("a").encode(bad)
    with rejects(TypeError, "CharTokenizer: the text is a", "a str"):
        CharTokenizer(bad)


def test_nothing_to_train_on():
    with rejects(ValueError, "text is empty", "at least one character"):
        CharTokenizer.train("")


@pytest.mark.parametrize("characters", ["ba", "aab", ""])
def test_a_vocabulary_by_hand_must_be_in_order(characters):
    with rejects(ValueError, repr(characters), "sorted", "CharTokenizer.train"):
        CharTokenizer(characters)


def test_bad_tokens():
    tokenizer = CharTokenizer.train("abc")
    with rejects(ValueError, "decode: tokens holds 3", "V = 3", "0 to 2"):
        tokenizer.decode(np.array([0, 3]))
    with rejects(ValueError, "decode: tokens has shape (1, 2)", "(T,)"):
        tokenizer.decode(np.array([[0, 1]]))
    with rejects(TypeError, "decode: tokens is a list", "integers"):
        tokenizer.decode([0, 1])


# Words


@given(ANY_TEXT | st.text("ab _1.'\n", min_size=1))
@settings(deadline=None)
def test_text_of_known_pieces_comes_back(text):
    tokenizer = WordTokenizer.train(text)
    tokens = tokenizer.encode(text)
    assert tokenizer.decode(tokens) == text
    assert WordTokenizer.unknown not in tokens
    assert set(tokens.tolist()) == set(range(1, len(tokenizer)))
    assert list(tokenizer.words[1:]) == sorted(
        set(PIECE.findall(text)), key=lambda p: (-PIECE.findall(text).count(p), p)
    )


def test_words_are_numbered_by_frequency_then_in_order():
    tokenizer = WordTokenizer.train("b a b, c a d b")
    assert tokenizer.words == ("<unk>", " ", "b", "a", ",", "c", "d")
    assert tokenizer.encode("d, b").tolist() == [6, 4, 1, 2]
    assert tokenizer.encode("").shape == (0,)
    assert tokenizer.decode(tokenizer.encode("")) == ""


def test_what_the_words_are():
    pieces = ["don", "'", "t", " ", "_x1", "\n", "\n", "é", "…", "5", ".", "0"]
    assert PIECE.findall("".join(pieces)) == pieces


def test_a_word_that_was_not_in_the_text_to_train_on_is_unknown():
    tokenizer = WordTokenizer.train("to be or not to be")
    tokens = tokenizer.encode("to see")
    assert tokens.tolist() == [tokenizer.encode("to")[0], 1, tokenizer.unknown]
    assert tokenizer.decode(tokens) == "to <unk>"


def test_the_unknown_token_cannot_be_written():
    text = "<unk>"
    tokenizer = WordTokenizer.train(text)
    assert tokenizer.words.count("<unk>") == 1
    assert tokenizer.encode(text).tolist() != [tokenizer.unknown]
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_rare_words_are_left_out():
    text = "a rose is a rose is a rose, he said"
    often = WordTokenizer.train(text, min_count=2)
    assert often.words == ("<unk>", " ", "a", "rose", "is")
    assert WordTokenizer.train(text, size=4).words == often.words[:4]
    assert WordTokenizer.train(text, size=99, min_count=2) == often
    assert len(WordTokenizer.train(text, size=1)) == 1
    assert (often.encode(text) == often.unknown).sum() == 3


@pytest.mark.parametrize("bad", [b"abc", None, ["a"], 3])
def test_only_text_is_cut_into_words(bad):
    with rejects(TypeError, "WordTokenizer.train", type(bad).__name__, "a str"):
        WordTokenizer.train(bad)
    with rejects(TypeError, "WordTokenizer.encode", type(bad).__name__, "a str"):
        WordTokenizer.train("a").encode(bad)


def test_bad_options_of_words():
    with rejects(ValueError, "WordTokenizer.train: text is empty", "Pass"):
        WordTokenizer.train("")
    with rejects(ValueError, "WordTokenizer.train: size is 0", "size=1"):
        WordTokenizer.train("a", size=0)
    with rejects(TypeError, "WordTokenizer.train: min_count is 1.5", "an int"):
        WordTokenizer.train("a", min_count=1.5)


@pytest.mark.parametrize(
    ("words", "kind", "parts"),
    [
        (["<unk>"], TypeError, ["not a tuple of str", "train"]),
        (("<unk>", 3), TypeError, ["not a tuple of str", "train"]),
        ((), ValueError, ["words is ()", "'<unk>' first", "train"]),
        (("a", "<unk>"), ValueError, ["('a', '<unk>')", "'<unk>' first"]),
        (("<unk>", "a", "a"), ValueError, ["each once", "train"]),
        (("<unk>", "a b"), ValueError, ["not 'a b'", "train"]),
        (("<unk>", ""), ValueError, ["not ''", "train"]),
    ],
)
def test_words_by_hand_must_fit_together(words, kind, parts):
    with rejects(kind, "WordTokenizer: ", *parts):
        WordTokenizer(words)


def test_bad_tokens_of_words():
    tokenizer = WordTokenizer.train("a b")
    with rejects(ValueError, "WordTokenizer.decode: tokens holds 4", "0 to 3"):
        tokenizer.decode(np.array([4]))
    with rejects(ValueError, "tokens has shape (1, 2)", "(T,)"):
        tokenizer.decode(np.array([[0, 1]]))
    with rejects(TypeError, "tokens is a list", "integers"):
        tokenizer.decode([0, 1])


# Files


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tokenizers")


@pytest.mark.parametrize("kind", KINDS)
@given(text=ANY_TEXT)
@settings(deadline=None)
def test_a_tokenizer_comes_back_from_its_file(folder, kind, text):
    tokenizer = trained(kind, text)
    tokenizer.save(folder / "one.json")
    assert kind.load(folder / "one.json") == tokenizer
    assert load_tokenizer(str(folder / "one.json")) == tokenizer


@pytest.mark.parametrize("kind", KINDS)
def test_neighboring_surrogates_stay_two_characters(tmp_path, kind):
    tokenizer = trained(kind, "\ud83d\ude00")
    tokenizer.save(tmp_path / "one.json")
    again = load_tokenizer(tmp_path / "one.json")
    assert again == tokenizer
    assert again.decode(again.encode("\ud83d\ude00")) == "\ud83d\ude00"


def test_a_file_can_be_read_by_people(tmp_path):
    WordTokenizer.train("né né").save(tmp_path / "one.json")
    lines = (tmp_path / "one.json").read_text(encoding="utf-8").splitlines()
    assert [line.strip(" ,") for line in lines] == [
        *("{", '"format": "rnncore tokenizer"', '"version": 1', '"kind": "words"'),
        *('"words": [', '"<unk>"', '"né"', '" "', "]", "}"),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_of_another_kind(tmp_path, kind):
    other = KINDS[KINDS.index(kind) - 1]
    trained(other).save(tmp_path / "one.json")
    parts = ["one.json", repr(other.kind), repr(kind.kind), "load_tokenizer"]
    with rejects(ValueError, f"{kind.__name__}.load", *parts):
        kind.load(tmp_path / "one.json")


def test_a_kind_that_nobody_knows(tmp_path):
    trained(CharTokenizer).save(tmp_path / "one.json")
    file = json.loads((tmp_path / "one.json").read_text())
    (tmp_path / "one.json").write_text(json.dumps({**file, "kind": "syllables"}))
    with rejects(ValueError, "load_tokenizer", "'syllables'", "'words'", "Pass"):
        load_tokenizer(tmp_path / "one.json")


@pytest.mark.parametrize(
    ("kind", "part", "changed", "message"),
    [
        (CharTokenizer, "characters", ["b", "a"], "sorted order"),
        (CharTokenizer, "characters", ["a", "bc"], "is not one character"),
        (CharTokenizer, "characters", [], "sorted order"),
        (CharTokenizer, "characters", None, "not a list of strings"),
        (WordTokenizer, "words", ["a", "b"], "'<unk>' first"),
        (WordTokenizer, "words", ["<unk>", "a", "a"], "each once"),
        (WordTokenizer, "words", ["<unk>", 3], "not a list of strings"),
    ],
)
def test_parts_that_were_changed(tmp_path, kind, part, changed, message):
    trained(kind).save(tmp_path / "one.json")
    file = json.loads((tmp_path / "one.json").read_text())
    (tmp_path / "one.json").write_text(json.dumps({**file, part: changed}))
    with rejects(ValueError, f"{kind.__name__}.load", "one.json", message, "Pass an"):
        kind.load(tmp_path / "one.json")
    with rejects(ValueError, "load_tokenizer", "one.json", message, "Pass an"):
        load_tokenizer(tmp_path / "one.json")
