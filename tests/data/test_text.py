"""`read_text`: from text to sequences, beside plain Python."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth.data.sequences import Sequences
from firth.data.text import read_text
from firth.errors import DataError, OptionError

# Letters that become two in lower case (İ), depend on neighbours (Σ), combine, lie beyond the first plane;
# every sort of white space that str.split knows; signs that separate words, an underscore that does not.
ALPHABET = "aA bB\tİΣσé\u0301ß𝔘_'-.3\u00a0\u2028\u3000\x85\x1c\x0b\r"
texts = st.lists(st.text(alphabet=ALPHABET, max_size=25), min_size=1, max_size=8)


def lines(sequences: Sequences) -> list[list[str]]:
    keys = list(sequences.vocabulary.keys)
    return [[keys[token] for token in sequence] for sequence in sequences]


def plain(
    strings: list[str], *, lowercase: bool = False, words: bool = False, min_count: int = 1
) -> list[list[str]]:
    """What read_text must give, the slow way."""
    tokens = []
    for line in strings:
        cased = line.lower() if lowercase else line
        tokens.append(re.findall(r"\w+", cased) if words else cased.split())
    count = Counter(token for line in tokens for token in line)
    kept = [[token for token in line if count[token] >= min_count] for line in tokens]
    return [line for line in kept if line]


@given(texts, st.booleans(), st.booleans(), st.integers(1, 3))
def test_tokens_are_those_of_plain_python(
    texts: list[str], lowercase: bool, words: bool, min_count: int
) -> None:
    expected = plain(texts, lowercase=lowercase, words=words, min_count=min_count)
    options: dict[str, Any] = {"lowercase": lowercase, "tokenizer": "words" if words else None}
    if not expected:
        with pytest.raises(DataError):
            read_text(texts, min_count=min_count, **options)
        return
    found = read_text(texts, min_count=min_count, **options)
    assert lines(found) == expected
    assert Counter(token for line in expected for token in line) == dict(
        zip(found.vocabulary.keys, found.vocabulary.counts.tolist(), strict=True)
    )


@given(texts)
def test_a_tokenizer_function_sees_each_piece_once(texts: list[str]) -> None:
    seen: list[str] = []

    def halves(piece: str) -> list[str]:
        seen.append(piece)
        return [piece[: len(piece) // 2], piece[len(piece) // 2 :] + " end"]

    pieces = {piece for line in texts for piece in line.split()}
    if not pieces:
        return
    found = read_text(texts, tokenizer=halves, min_count=1)
    # A piece may come to it twice where only Unicode white space held two raw tokens apart.
    assert set(seen) == pieces
    expected = [[half for piece in line.split() for half in (*halves(piece),) if half] for line in texts]
    assert lines(found) == [line for line in expected if line]


def test_a_tokenizer_function_may_return_nothing_and_must_return_lists() -> None:
    found = read_text(["ab, ,", ","], tokenizer=re.compile("[a-z]").findall, min_count=1)
    assert lines(found) == [["a", "b"]]
    for wrong in (str.upper, len, lambda piece: [len(piece)], iter):
        with pytest.raises(DataError, match="must return a list of strings; for 'text'"):
            read_text(["text"], tokenizer=wrong, min_count=1)


def test_apostrophes_and_hyphens_separate_words() -> None:
    found = read_text(["Don't re-read snake_case, O'Neill!"], tokenizer="words", min_count=1)
    assert lines(found) == [["Don", "t", "re", "read", "snake_case", "O", "Neill"]]


def test_min_count_counts_final_tokens() -> None:
    found = read_text(["The the, THE", "cat Cat"], lowercase=True, tokenizer="words", min_count=3)
    assert lines(found) == [["the"] * 3]
    assert found.report["rare_tokens"] == found.report["dropped_tokens"] == 2
    assert (
        found.report["distinct_raw_tokens"] == 2
    )  # in ASCII, capitals and signs go before tokens are counted
    assert found.report["distinct_tokens"] == 2


def test_token_lists_are_taken_as_they_are() -> None:
    lists = [["New York", "a\nb", "", "é", "The"], [], ["é", "New York"]]
    found = read_text(lists, min_count=1)
    assert lines(found) == [lists[0], lists[2]]
    assert found.report["empty_lines"] == 1
    for option in ({"lowercase": True}, {"tokenizer": "words"}):
        with pytest.raises(OptionError, match="token lists are taken as they are"):
            read_text(lists, **option)


def test_what_can_be_used_only_once_is_used_once() -> None:
    assert lines(read_text((text for text in ["a b", "b"]), min_count=1)) == [["a", "b"], ["b"]]
    assert lines(read_text(((c for c in text) for text in ["ab", "b"]), min_count=1)) == [["a", "b"], ["b"]]
    assert lines(read_text(map(str, [10, 20]), min_count=1)) == [["10"], ["20"]]


def test_newlines_within_a_string_are_white_space_and_in_a_file_they_are_not(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_bytes(b"a b\r\nc\n\n\fd")
    assert lines(read_text([path.read_text()], min_count=1)) == [["a", "b", "c", "d"]]
    assert lines(read_text(path, min_count=1)) == [["a", "b"], ["c"], ["d"]]


def test_invalid_utf8_is_replaced_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_bytes(b"ok caf\xe9 \xff\xfe \xe2\x82 caf\xe9 \xed\xa0\x80 NUL\0byte\n")
    found = read_text(path, min_count=1)
    assert lines(found) == [path.read_bytes().decode("utf-8", "replace").split()]
    assert found.report["invalid_utf8_tokens"] == 5
    assert "Not valid UTF-8, so now with U+FFFD: 5 tokens." in found.summary()


def test_lone_surrogates_are_replaced_and_counted() -> None:
    for source in (["a \ud800 a"], [["a", "\ud800", "a"]]):
        found = read_text(source, min_count=1)
        assert lines(found) == [["a", "\ufffd" * 3, "a"]]
        assert found.report["invalid_utf8_tokens"] == 1


def test_long_lines_are_split_and_nothing_is_lost(tmp_path: Path) -> None:
    text = " ".join(str(i % 7) for i in range(700_000))  # one line, longer than a block
    path = tmp_path / "text"
    path.write_text(text + "\nshort line")
    found = read_text(path, min_count=1, max_length=1000)
    assert [sequence.size for sequence in found] == [1000] * 700 + [2]
    assert [token for line in lines(found)[:-1] for token in line] == text.split()
    assert found.report["split_lines"] == 1
    assert "Split because longer than 1,000 tokens: 1 lines." in found.summary()


def test_lines_are_measured_after_dropping() -> None:
    found = read_text(["a b a c a", "d", "a"], min_count=2, max_length=2)
    assert lines(found) == [["a", "a"], ["a"], ["a"]]
    assert (found.report["split_lines"], found.report["empty_lines"], found.report["lines"]) == (1, 1, 3)


def test_the_report_adds_up(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("the the the of of cat\n\nthe stop rare\n")
    found = read_text(path, min_count=2, max_size=1, drop=["stop"])
    seconds = found.report.pop("seconds")
    assert seconds > 0
    assert found.report == {
        "bytes": 37, "lines": 3, "raw_tokens": 9, "distinct_raw_tokens": 5, "distinct_tokens": 5,
        "invalid_utf8_tokens": 0, "tokens": 4, "sequences": 2, "vocabulary": 1, "dropped_tokens": 5,
        "rare_tokens": 2, "surplus_tokens": 2, "listed_tokens": 1, "short_tokens": 0,
        "split_lines": 0, "empty_lines": 1, "min_count": 2, "min_length": 1,
        "lowercase": False, "tokenizer": None, "max_length": 10_000,
    }  # fmt: skip
    assert json.loads(json.dumps(found.report)) == found.report
    assert found.summary() == (
        "4 tokens in 2 sequences, 1 different. Dropped as rare or not wanted: 5 tokens."
    )


def test_keep_and_drop_choose_final_tokens() -> None:
    found = read_text(["Rare common", "common Common"], lowercase=True, min_count=3, keep=["rare"])
    assert lines(found) == [["rare", "common"], ["common", "common"]]
    found = read_text(["Rare common"], lowercase=True, min_count=1, drop=iter(["common"]))
    assert lines(found) == [["rare"]]


def test_the_result_does_not_depend_on_the_number_of_threads(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    numbers = random.zipf(1.3, 1_200_000) % 90_000  # several blocks, so that every worker gets some
    words = [f"W{number:x}" + "é\u00a0x" * (number % 11 == 0) for number in numbers.tolist()]
    path = tmp_path / "text"
    path.write_text(
        "\n".join(" ".join(words[i : i + 40]) for i in range(0, len(words), 40)), encoding="utf-8"
    )
    options: dict[str, Any] = {"lowercase": True, "tokenizer": "words", "min_count": 2}
    one, *more = (read_text(path, threads=threads, **options) for threads in (1, 2, 3))
    assert one.report["bytes"] > 4_000_000
    for other in more:
        np.testing.assert_array_equal(one.tokens, other.tokens)
        np.testing.assert_array_equal(one.offsets, other.offsets)
        assert one.vocabulary == other.vocabulary
        assert one.fingerprint() == other.fingerprint()
        assert one.report | {"seconds": 0} == other.report | {"seconds": 0}


def test_an_error_in_the_source_comes_out_and_leaves_nothing_behind(tmp_path: Path) -> None:
    def broken() -> Any:
        yield from ("some text\n" * 200_000 for _ in range(3))
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError, match="went away"):
        read_text(broken(), work=tmp_path)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_count": "1"}, "min_count is a whole number from 1"),
        ({"max_length": 2.5}, "max_length is a whole number from 1"),
        ({"threads": 0}, "threads is a whole number from 1 to 1,024"),
        ({"tokenizer": "word"}, "'words' or a function.*not 'word'"),
        ({"work": "/nonexistent"}, "work folder /nonexistent .*name another folder"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        read_text(["some text"], **options)


def test_a_text_of_rare_words_says_so() -> None:
    with pytest.raises(DataError, match="none of the 2 different tokens is seen min_count=5 times"):
        read_text(["some text"])
