"""Characters and bytes as tokens: round trips, spans, graphemes, reading."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import firth
from firth.errors import DataError, OptionError
from firth.tokenize import ByteTokenizer, CharacterTokenizer, TextNormalizer
from firth.tokenize.graphemes import graphemes

anything = st.text() | st.text(
    alphabet="aé\u0301\r\n\ud800\udc00👩\u200d🚀🇩🇪\U0001f3fd각\u1100\u1161\u11a8\u0600กำ\x00", max_size=20
)
CLUSTERS = CharacterTokenizer(unit="grapheme")


@given(anything)
def test_characters_restore_any_text(text: str) -> None:
    for tokenizer in (CharacterTokenizer(), CLUSTERS):
        tokens = tokenizer.encode(text)
        assert tokenizer.is_lossless
        assert tokenizer.decode(tokens) == text
        assert [text[a:b] for a, b in tokens.spans.tolist()] == tokens.texts
    ids = CharacterTokenizer().encode(text).ids
    assert ids is not None
    assert ids.tolist() == [ord(c) for c in text]
    assert CharacterTokenizer().decode(ids) == text


@given(anything)
def test_bytes_restore_any_text(text: str) -> None:
    tokenizer = ByteTokenizer(start="<s>", end="</s>")
    tokens = tokenizer.encode(text)
    assert tokens.ids is not None
    assert tokenizer.decode(tokens) == tokenizer.decode(tokens.ids.tolist()) == text
    assert bytes(tokens.ids[1:-1].tolist()) == text.encode("utf-8", "surrogatepass")
    assert tokens.ids[[0, -1]].tolist() == [256, 257]
    assert tokens.spans[[0, -1]].tolist() == [[0, 0], [len(text), len(text)]]
    for i, character in enumerate(text):
        mine = tokens.spans[1:-1, 0] == i
        assert mine.sum() == len(character.encode("utf-8", "surrogatepass"))


@given(st.binary(max_size=40))
def test_bytes_restore_any_bytes(data: bytes) -> None:
    tokens = ByteTokenizer().encode(data)
    assert ByteTokenizer().decode_bytes(tokens) == data
    assert tokens.spans.tolist() == [[i, i + 1] for i in range(len(data))]
    assert ByteTokenizer().decode(tokens, errors="replace") == decoded(data)


def decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def test_bytes_are_named_as_they_look() -> None:
    tokens = ByteTokenizer(end="<end>").encode("é!")
    assert tokens.texts == ["<0xC3>", "<0xA9>", "!", "<end>"]
    assert tokens.spans.tolist() == [[0, 1], [0, 1], [1, 2], [2, 2]]
    keys = ByteTokenizer(start="<s>").keys
    assert (len(keys), keys[65], keys[200], keys[256]) == (257, "A", "<0xC8>", "<s>")


def test_code_points_are_their_own_keys() -> None:
    keys = CharacterTokenizer().keys
    assert len(keys) == 0x110000
    for character in "aé漢🚀\U0010ffff\x00":
        assert keys[ord(character)] == character
        assert keys.row(character) == ord(character)


@pytest.mark.parametrize(
    "clusters",
    [
        ["e\u0301", "a\u0308\u0323"],
        ["\r\n", "\r\n", "\n", "\r"],
        ["🇩🇪", "🇫🇷", "🇩"],
        ["👨‍👩‍👧‍👦", "👍🏽", "👍", "☹\ufe0f", "🏴\U000e0067\U000e0062\U000e007f", "1\ufe0f\u20e3"],
        ["a\u200d", "b"],  # a joiner joins pictographs alone
        ["👩\u200d", "a"],
        ["각", "\u1100\u1161\u11a8", "가\u11a8", "\u1100", "x"],
        ["\u0600\u0661", "\u0600"],  # a number sign before Arabic digits
        ["กำ", "கா", "नि"],
        ["स्", "ते"],  # rule GB9c would keep such a conjunct together
        ["a", "\x00", "\u0301", "b"],
        ["a", "\u00ad", "b", "\u200b"],
        ["\ud800", "\udc00"],
        ["\u0301\u0301", "a"],
    ],
)
def test_graphemes_are_those_of_the_standard(clusters: list[str]) -> None:
    assert CLUSTERS.encode("".join(clusters)).texts == clusters


@pytest.mark.parametrize("unit", ["\u0600", "a\u0301", "👨\u200d", "\u1100", "\u1161", "🇩", "\u200d", "\r"])
def test_long_clusters_end(unit: str) -> None:
    """If one of these took quadratic time, it would take minutes."""
    assert sum(map(len, graphemes().findall(unit * 300_000))) == 300_000 * len(unit)


def test_spans_are_those_of_the_original() -> None:
    for unit, texts in (("code point", ["f", "i", "e", "\u0301"]), ("grapheme", ["f", "i", "e\u0301"])):
        tokenizer = CharacterTokenizer(unit=unit, normalizer=TextNormalizer(form="NFKD"))  # type: ignore[arg-type]
        tokens = tokenizer.encode("ﬁé")
        assert not tokenizer.is_lossless
        assert tokens.texts == texts
        assert tokens.spans.tolist() == [[0, 1], [0, 1], [1, 2], [1, 2]][: len(texts)]
        assert tokenizer.decode(tokens) == tokenizer.normalized("ﬁé") == "fie\u0301"


def test_lines_of_bytes_keep_start_and_end() -> None:
    ids, lengths = ByteTokenizer(start="<s>", end="</s>").encode_lines(["", "é", "ab", ""])
    assert lengths.tolist() == [2, 4, 4, 2]
    assert ids.tolist() == [256, 257, 256, 0xC3, 0xA9, 257, 256, 97, 98, 257, 256, 257]


def test_reading_gives_a_vocabulary_of_what_occurs() -> None:
    found = firth.read_text(["aab", "ba "], tokenizer=CharacterTokenizer(), min_count=2)
    assert list(found.vocabulary.keys) == ["a", "b"]
    assert found.vocabulary.counts.tolist() == [3, 2]
    assert [line.tolist() for line in found] == [[0, 0, 1], [1, 0]]
    assert found.report["rare_tokens"] == 1
    assert found.report["tokenizer"] == "CharacterTokenizer"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CharacterTokenizer(unit="byte"), "unit is 'code point' or 'grapheme', not 'byte'"),
        (
            lambda: CharacterTokenizer(normalizer="NFC"),
            "normalizer is a firth.tokenize.TextNormalizer, not 'NFC'",
        ),
        (lambda: ByteTokenizer(start=""), "start is None or a string that is not the text of a byte, not ''"),
        (lambda: ByteTokenizer(end="A"), "end is None or a string that is not the text of a byte, not 'A'"),
        (lambda: ByteTokenizer(end=7), "end is None or a string that is not the text of a byte, not 7"),
        (lambda: ByteTokenizer(end="<\ud800>"), r"end holds a lone surrogate: '<\\ud800>'"),
        (lambda: ByteTokenizer(start="<s>", end="<s>"), "two different tokens, not both '<s>'"),
        (
            lambda: ByteTokenizer().decode([65], errors="ignore"),
            "errors is 'strict' or 'replace', not 'ignore'",
        ),
    ],
)
def test_options_out_of_range_are_refused(make: Any, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        make()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: CharacterTokenizer().encode(b"a"), "a text is a string, not bytes: decode it first"),
        (lambda: CLUSTERS.encode(None), "a text is a string, not NoneType"),
        (lambda: ByteTokenizer().encode(1), "a text is a string, not int"),
        (lambda: ByteTokenizer().encode_batch([b"a", 1]), "text 1 is int, not a string"),
        (lambda: CLUSTERS.decode([1]), "graphemes have no fixed ids: decode takes the Tokens"),
        (lambda: CLUSTERS.keys, "graphemes have no fixed ids: firth.read_text numbers those that occur"),
        (lambda: CharacterTokenizer().decode([97, -1]), "ids go from 0 to 1,114,111 here; number 1 is -1"),
        (lambda: ByteTokenizer().decode([256]), "ids go from 0 to 255 here; number 0 is 256"),
        (lambda: ByteTokenizer().decode([1.5]), r"ids are whole numbers in one row; these are float64"),
        (lambda: ByteTokenizer().decode(np.zeros((2, 2), int)), r"of shape \(2, 2\)"),
        (
            lambda: ByteTokenizer().decode([97, 0xE9]),
            "these are not UTF-8: byte 1 is 0xE9.*decode_bytes gives",
        ),
        (lambda: ByteTokenizer().decode([[1], [2, 3]]), "ids are whole numbers in one row: .*inhomogeneous"),
        (lambda: CharacterTokenizer().decode([[1], [2, 3]]), "ids are whole numbers in one row: "),
        (lambda: ByteTokenizer().decode(CLUSTERS.encode("a")), "ids are whole numbers"),
    ],
)
def test_what_cannot_be_is_refused(call: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        call()


def test_every_kind_of_bytes_is_cut() -> None:
    every_second = memoryview(b"abcdef")[::2]
    for data in (b"ace", bytearray(b"ace"), memoryview(b"ace"), every_second):
        tokens = ByteTokenizer().encode(data)  # type: ignore[arg-type]
        assert tokens.texts == ["a", "c", "e"] and tokens.spans.tolist() == [[0, 1], [1, 2], [2, 3]]


def test_no_ids_are_no_text() -> None:
    assert CharacterTokenizer().decode([]) == ByteTokenizer().decode([]) == ""
