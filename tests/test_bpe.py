"""Byte pair encoding, against Hugging Face's tokenizers and the plain algorithm."""

import json
from pathlib import Path

import numpy as np
import pytest
import tokenizers
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rnncore.bpe import (
    LONG,
    PIECES,
    BPETokenizer,
    find_pieces,
    plain_merges,
    plain_tokens,
)
from tests.rejection import rejects

CHAPTERS = sorted((Path(__file__).parent.parent / "chapters").glob("*.md"))
ANY_TEXT = st.text(st.characters(exclude_categories=()))
NO_SURROGATES = st.text(st.characters(exclude_categories=["Cs"]))
# Few characters, so that many pairs are equally frequent and many overlap.
FEW = st.text("ab' \n1.é\u0301中👩", max_size=60)
ADVERSARIAL = {
    "empty": "",
    "one byte": "a",
    "combining marks": "e\u0301 é e\u0301\u0323 a\u0308o\u0308 " * 5,
    "emoji": "👩‍👩‍👧 👨‍👩‍👦 👍🏽👍🏿 🇩🇪🇩🇰 " * 5,
    "equal characters": "a" * 3_000,
    "no spaces": "thequickbrownfoxjumpsoverthelazydog" * 80,
    "all of Latin-1": "".join(map(chr, range(256))) * 3,
    "white space": "a  b\t\tc \r\n\r\n  d\n \n\u00a0\u2028 \x1c\x85e" * 4,
    "scripts": "Привет, мир! 你好、世界。 नमस्ते दुनिया! مرحبا بالعالم ١٢٣ " * 4,
}


@pytest.fixture(scope="module", autouse=True)
def single_thread():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOKENIZERS_PARALLELISM", "false")
        yield


@pytest.fixture(scope="module")
def book():
    return "\n".join(path.read_text(encoding="utf-8") for path in CHAPTERS)


@pytest.fixture(scope="module")
def tokenizer(book):
    return BPETokenizer.train(book, vocab_size=1500)


def theirs(text, vocab_size):
    """Train the peer with the same rule for pieces."""
    before = tokenizers.pre_tokenizers
    peer = tokenizers.Tokenizer(tokenizers.models.BPE())
    peer.pre_tokenizer = before.Sequence(
        [
            before.Split(tokenizers.Regex(PIECES), "isolated"),
            before.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    peer.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=vocab_size,
        initial_alphabet=before.ByteLevel.alphabet(),
        show_progress=False,
    )
    peer.train_from_iterator([text], trainer)
    return peer


def saved(tokenizer, folder):
    tokenizer.save(folder / "ours.json")
    return json.loads((folder / "ours.json").read_text(encoding="utf-8"))


def assert_equal_files(ours, peer, folder):
    model = json.loads(peer.to_str())["model"]
    file = saved(ours, folder)
    assert file["merges"] == [" ".join(pair) for pair in model["merges"]]
    assert file["vocabulary"] == sorted(model["vocab"], key=model["vocab"].get)


# Against the peer


def test_a_book_is_learned_and_encoded_as_by_the_peer(tokenizer, book, tmp_path):
    peer = theirs(book, len(tokenizer))
    assert len(tokenizer) == 1500
    assert_equal_files(tokenizer, peer, tmp_path)
    assert tokenizer.encode(book).tolist() == peer.encode(book).ids
    for text in ADVERSARIAL.values():
        assert tokenizer.encode(text).tolist() == peer.encode(text).ids


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_an_adversarial_text_is_learned_as_by_the_peer(name, tmp_path):
    text = ADVERSARIAL[name]
    ours, peer = BPETokenizer.train(text, 400), theirs(text, 400)
    assert_equal_files(ours, peer, tmp_path)
    assert ours.encode(text).tolist() == peer.encode(text).ids


@given(NO_SURROGATES | FEW, NO_SURROGATES | FEW)
@settings(deadline=None)
def test_any_text_is_learned_and_encoded_as_by_the_peer(text, other):
    ours, peer = BPETokenizer.train(text, 290), theirs(text, 290)
    assert len(ours) == peer.get_vocab_size()
    for one in (text, other):
        assert ours.encode(one).tolist() == peer.encode(one).ids


@given(st.lists(st.integers(0, 1499)))
@settings(deadline=None)
def test_any_tokens_are_decoded_as_by_the_peer(peer_of_the_book, tokenizer, tokens):
    expected = peer_of_the_book.decode(tokens, skip_special_tokens=False)
    assert tokenizer.decode(np.array(tokens, dtype=int)) == expected


@pytest.fixture(scope="module")
def peer_of_the_book(book):
    return theirs(book, 1500)


# Against the plain algorithm


@given(ANY_TEXT | FEW, ANY_TEXT | FEW)
@settings(deadline=None)
def test_fast_and_plain_are_the_same(text, other):
    tokenizer = BPETokenizer.train(text, 290)
    assert tokenizer.merges == plain_merges(text, 290)
    for one in (text, other):
        plain = plain_tokens(one, tokenizer.merges)
        np.testing.assert_array_equal(tokenizer.encode(one), plain)


def test_fast_and_plain_are_the_same_on_a_book(tokenizer, book):
    assert tokenizer.merges[:100] == plain_merges(book, 356)
    np.testing.assert_array_equal(
        tokenizer.encode(book), plain_tokens(book, tokenizer.merges)
    )


@pytest.mark.parametrize("length", [LONG - 1, LONG, LONG + 1, 2 * LONG])
def test_long_and_short_pieces_are_encoded_alike(tokenizer, book, length):
    piece = "".join(filter(str.isalpha, book))[:length]
    assert find_pieces(piece) == [piece]
    plain = plain_tokens(piece, tokenizer.merges)
    np.testing.assert_array_equal(tokenizer.encode(piece), plain)


def test_a_hundred_thousand_equal_characters():
    text = "a" * 100_000
    tokenizer = BPETokenizer.train(text, 1000)
    assert tokenizer.merges == plain_merges(text, 1000)
    # 2, 4, ..., 65536, then what is left over of the binary number joins up.
    assert tokenizer.vocabulary[271] == b"a" * 2**16
    assert tokenizer.encode(text).tolist() == [len(tokenizer) - 1]
    assert tokenizer.decode(tokenizer.encode(text + "!")) == text + "!"


def test_the_example_of_sennrich():
    text = " low" * 5 + " lower" * 2 + " newest" * 6 + " widest" * 3
    tokenizer = BPETokenizer.train(text, 262)
    # As in the paper, e s and es t come first. The space that words begin with here
    # then goes with lo before w does, since it has the smaller number.
    learned = (b"es", b"est", b"lo", b" lo", b" low", b"ew")
    assert tokenizer.vocabulary[256:] == learned


# Round trips


@given(ANY_TEXT)
@example("\ud800\udc80 \udfff")
@settings(deadline=None)
def test_any_text_comes_back(tokenizer, text):
    tokens = tokenizer.encode(text)
    assert tokens.dtype.kind == "i"
    assert tokenizer.decode(tokens) == text
    data = text.encode("utf-8", "surrogatepass")
    assert tokenizer.decode_bytes(tokens) == data
    np.testing.assert_array_equal(tokenizer.encode_bytes(data), tokens)


@given(st.binary())
@example(b"\xed\xa0\x80 \xc3 a\xff\xfe")
@settings(deadline=None)
def test_any_bytes_come_back(tokenizer, data):
    tokens = tokenizer.encode_bytes(data)
    assert tokenizer.decode_bytes(tokens) == data
    assert isinstance(tokenizer.decode(tokens), str)


@given(ANY_TEXT)
@settings(deadline=None)
def test_pieces_hold_the_whole_text(text):
    assert "".join(find_pieces(text)) == text


def test_what_the_pieces_are():
    text = "I'll say e\u0301 twice: 1999, O'er\n\n  you…"
    pieces = ["I", "'ll", " say", " e\u0301", " twice", ":", " 1999", ","]
    pieces += [" O", "'er", "\n\n ", " you", "…"]
    assert find_pieces(text) == pieces


def test_half_a_character_is_marked(tokenizer):
    tokens = BPETokenizer.train("", 256).encode("né")
    assert tokenizer.decode(tokens[:2]) == "n\ufffd"


def test_tokens_are_what_they_stand_for():
    tokenizer = BPETokenizer.train("", vocab_size=1000)
    assert len(tokenizer) == 256 == len(set(tokenizer.vocabulary))
    assert tokenizer.encode("").shape == (0,)
    assert tokenizer.decode(tokenizer.encode("")) == ""
    # The numbers of GPT-2: "!" is 0, and a space is 220.
    assert tokenizer.encode("! ").tolist() == [0, 220]


def test_encoded_tokens_may_be_changed_by_the_caller(tokenizer):
    tokens = tokenizer.encode("one and one")
    tokens += 1
    assert tokenizer.encode("one and one")[0] == tokens[0] - 1


# Bad input


@pytest.mark.parametrize("bad", [b"abc", None, 3])
def test_only_text_is_taken(tokenizer, bad):
    kind = type(bad).__name__
    with rejects(TypeError, "BPETokenizer.train", kind, "a str", "utf-8"):
        BPETokenizer.train(bad, 300)
    with rejects(TypeError, "BPETokenizer.encode", kind, "a str"):
        tokenizer.encode(bad)
    with rejects(TypeError, "plain_merges", kind, "a str"):
        plain_merges(bad, 300)
    with rejects(TypeError, "plain_tokens", kind, "a str"):
        plain_tokens(bad, ())


def test_only_bytes_are_taken_as_bytes(tokenizer):
    with rejects(TypeError, "encode_bytes: data is a str", "Pass bytes", "encode"):
        tokenizer.encode_bytes("abc")


@pytest.mark.parametrize("train", [BPETokenizer.train, plain_merges])
def test_a_vocabulary_holds_all_bytes(train):
    with rejects(ValueError, "vocab_size is 255", "at least 256", "Pass"):
        train("abc", 255)
    with rejects(TypeError, "vocab_size is 300.0", "Pass an int"):
        train("abc", 300.0)


def test_bad_tokens(tokenizer):
    for decode in (tokenizer.decode, tokenizer.decode_bytes):
        name = f"BPETokenizer.{decode.__name__}: "
        with rejects(ValueError, name, "tokens holds 1500", "0 to 1499"):
            decode(np.array([0, 1500]))
        with rejects(ValueError, name, "tokens has shape (1, 2)", "(T,)"):
            decode(np.array([[0, 1]]))
        with rejects(TypeError, name, "tokens is a list", "integers"):
            decode([0, 1])


@pytest.mark.parametrize(
    ("merges", "kind", "parts"),
    [
        ([(1, 2)], TypeError, ["not a tuple of pairs of int", "train"]),
        (((1, 2, 3),), TypeError, ["not a tuple of pairs of int"]),
        (((1, True),), TypeError, ["not a tuple of pairs of int"]),
        (((1, 256),), ValueError, ["merges[0] is (1, 256)", "0 to 255", "Pass"]),
        (((1, 2), (-1, 256)), ValueError, ["merges[1] is (-1, 256)", "0 to 256"]),
        (((1, 2), (1, 2)), ValueError, ["2 tokens stand for b'\"#'", "train"]),
    ],
)
def test_merges_by_hand_must_fit_together(merges, kind, parts):
    with rejects(kind, "BPETokenizer: ", *parts):
        BPETokenizer(merges)


# Files


@given(ANY_TEXT | FEW)
@settings(deadline=None)
def test_a_tokenizer_comes_back_from_its_file(folder, text):
    tokenizer = BPETokenizer.train(text, 290)
    tokenizer.save(folder / "one.json")
    again = BPETokenizer.load(folder / "one.json")
    assert again == tokenizer
    assert again.vocabulary == tokenizer.vocabulary


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tokenizers")


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("merges", lambda m: m[:-1], "258 tokens is not made of"),
        ("merges", lambda m: m[::-1], "does not make"),
        ("merges", lambda m: ["l o w", *m[1:]], "'l o w' does not make"),
        ("merges", lambda m: ["l o", "x y"], "'x y' does not make the token"),
        ("merges", lambda m: [None, *m[1:]], "merges are not a list of strings"),
        ("vocabulary", lambda v: v[::-1], "is not made of the 256 bytes"),
        ("vocabulary", lambda v: [*v[:-1], "lo"], "does not make the token 'lo'"),
        ("vocabulary", lambda v: "abc", "vocabulary are not a list of strings"),
        ("vocabulary", lambda v: None, "vocabulary are not a list of strings"),
    ],
)
def test_parts_that_do_not_fit_together(tmp_path, part, change, message):
    file = saved(BPETokenizer.train("low low", 258), tmp_path)
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps({**file, part: change(file[part])}))
    with rejects(ValueError, "BPETokenizer.load", "changed.json", message, "Pass an"):
        BPETokenizer.load(changed)


def test_a_token_that_is_there_twice(tmp_path):
    file = saved(BPETokenizer.train("low low", 258), tmp_path)
    for part in ("merges", "vocabulary"):
        file[part].append(file[part][-1])
    (tmp_path / "changed.json").write_text(json.dumps(file))
    with rejects(ValueError, "BPETokenizer.load", "2 tokens stand for b'low'"):
        BPETokenizer.load(tmp_path / "changed.json")
