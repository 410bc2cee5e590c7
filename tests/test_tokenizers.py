"""The character tokenizer gives back any text."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncore.tokenizers import CharTokenizer
from tests.rejection import rejects

ANY_TEXT = st.text(st.characters(exclude_categories=()), min_size=1)


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
