"""Text read line by line with a tokenizer that has ids of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import firth
from firth.data.ids import Strings
from firth.errors import DataError, OptionError
from firth.tokenize import ByteTokenizer, CharacterTokenizer, RuleTokenizer, TextNormalizer


class Halves:
    """Cuts each line in two; ids are 0 for a first half and 1 for a second one."""

    keys = Strings.of(["first", "second"])

    def __init__(self) -> None:
        self.lines: list[str] = []

    def encode_lines(self, lines: list[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        self.lines += lines
        return np.tile(np.array([0, 1], np.int32), len(lines)), np.full(len(lines), 2, np.int64)


def texts_of(sequences: firth.Sequences) -> list[str]:
    keys = list(sequences.vocabulary.keys)
    return ["".join(keys[i] for i in sequence) for sequence in sequences]


def test_a_tokenizer_sees_whole_lines_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_bytes("\ufeff one  two\t\r\n\nthree".encode())
    halves = Halves()
    found = firth.read_text(path, tokenizer=halves, min_count=1)
    assert halves.lines == [" one  two\t", "", "three"]
    assert [line.tolist() for line in found] == [[0, 1]] * 3
    assert found.report["tokenizer"] == "Halves"


def test_lines_longer_than_a_block_stay_whole(tmp_path: Path) -> None:
    long = "word " * 500_000
    path = tmp_path / "text"
    path.write_text(f"short\n{long}\nshort\n{long}")
    halves = Halves()
    firth.read_text(path, tokenizer=halves, min_count=1)
    assert halves.lines == ["short", long, "short", long]


def test_the_report_adds_up() -> None:
    found = firth.read_text(["abca", "", "dd"], tokenizer=CharacterTokenizer(), min_count=2, drop=["d"])
    del found.report["seconds"]
    assert found.report.pop("tokenizer_recipe")["class"] == "CharacterTokenizer"
    assert found.report == {
        "bytes": 9, "lines": 3, "raw_tokens": 6, "distinct_raw_tokens": 4, "distinct_tokens": 4,
        "invalid_utf8_tokens": 0, "tokens": 2, "sequences": 1, "vocabulary": 1, "dropped_tokens": 4,
        "rare_tokens": 2, "surplus_tokens": 0, "listed_tokens": 2, "short_tokens": 0, "split_lines": 0,
        "empty_lines": 2, "min_count": 2, "min_length": 1, "lowercase": False,
        "tokenizer": "CharacterTokenizer", "max_length": 10_000,
    }  # fmt: skip
    assert json.loads(json.dumps(found.report)) == found.report


@pytest.mark.parametrize(
    "tokenizer", [CharacterTokenizer(), ByteTokenizer(), RuleTokenizer(keep_space=True)], ids=repr
)
def test_lossless_tokenizers_keep_every_character_of_a_line(tokenizer: Any, tmp_path: Path) -> None:
    lines = [" leading, trailing ", "tab\tno-break\u00a0 漢字", "👩‍🚀 e\u0301", "nul\x00"]
    path = tmp_path / "text"
    path.write_text("\n".join(lines), encoding="utf-8")
    found = firth.read_text(path, tokenizer=tokenizer, min_count=1)
    keys = list(found.vocabulary.keys)
    tokens = [[keys[i] for i in line] for line in found]
    assert tokens == [tokenizer.encode(line).texts for line in lines]


def test_invalid_utf8_is_replaced_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_bytes(b"good b\xffd \xc3 good\n\xe9t\xe9\n")
    by_line = firth.read_text(path, tokenizer=CharacterTokenizer(), min_count=1)
    assert texts_of(by_line) == ["good b\ufffdd \ufffd good", "\ufffdt\ufffd"]
    by_piece = firth.read_text(path, tokenizer=RuleTokenizer(), min_count=1)
    assert by_line.report["invalid_utf8_tokens"] == by_piece.report["invalid_utf8_tokens"] == 3


def test_documents_are_read_by_line_too(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("to be\nor not")
    (tmp_path / "b.txt").write_text("")
    found = firth.read_documents(tmp_path, tokenizer=RuleTokenizer(pattern=r"\w+ \w+"))
    assert list(found.ids) == ["a.txt", "b.txt"]
    assert [[found.vocabulary.keys[i] for i in line] for line in found] == [["to be", "or not"], []]


def test_the_number_of_threads_does_not_matter() -> None:
    lines = [f"line {i} of {i % 7}, é" for i in range(40_000)]
    for tokenizer in (RuleTokenizer(), CharacterTokenizer(unit="grapheme")):
        one, two = (firth.read_text(lines, tokenizer=tokenizer, threads=n) for n in (1, 2))
        assert one.fingerprint() == two.fingerprint()


def test_new_keys_of_one_reading_do_not_stay_for_the_next() -> None:
    tokenizer = RuleTokenizer(keep_space=True)
    firth.read_text(["only here"], tokenizer=tokenizer, min_count=1)
    again = firth.read_text(["b a"], tokenizer=tokenizer, min_count=1)
    assert sorted(again.vocabulary.keys) == [" ", "a", "b"]
    assert again.report["distinct_tokens"] == 3


@pytest.mark.parametrize(
    "tokenizer",
    [
        RuleTokenizer(contractions="split", normalizer=TextNormalizer(lowercase=True, form="NFC")),
        RuleTokenizer(keep_space=True),
        CharacterTokenizer(unit="grapheme"),
        ByteTokenizer(),
    ],
    ids=repr,
)
def test_a_model_splits_new_text_as_its_own(tokenizer: Any, tmp_path: Path) -> None:
    documents = firth.read_documents(["To be, or don't", "to do é"], tokenizer=tokenizer)
    firth.TfIdf().fit(documents).save(tmp_path / "m.safetensors")
    model = firth.load(tmp_path / "m.safetensors")
    tokens = tokenizer.encode("don't DO é").texts
    found, expected = model.encode(["don't DO é"]), model.encode([tokens])
    assert found.nnz > 1
    assert (found != expected).nnz == 0


def test_what_a_model_cannot_do_again_is_said() -> None:
    tokenizer = RuleTokenizer(pattern=r"\w+")
    documents = firth.read_documents(["to be, or not", "to do"], tokenizer=tokenizer)
    model = firth.TfIdf().fit(documents)
    with pytest.raises(DataError, match=r"made by a RuleTokenizer.*give lists of tokens"):
        model.encode(["to be"])
    assert model.encode([tokenizer.encode("to be").texts]).nnz == 2


def test_a_tokenizer_of_your_own_is_not_taken_for_the_one_it_is_made_of() -> None:
    class Mine(ByteTokenizer):
        """Bytes in my way."""

    model = firth.TfIdf().fit(firth.read_documents(["to be", "to do"], tokenizer=Mine()))
    with pytest.raises(DataError, match="made by a Mine"):
        model.encode(["to be"])


def test_a_tokenizer_is_asked_for_its_recipe() -> None:
    class Twin(Halves):
        recipe: Any = RuleTokenizer().recipe

    class Strange(Halves):
        def recipe(self) -> str:
            return "eggs"

    found = [firth.read_text(["a text"], tokenizer=make(), min_count=1) for make in (Twin, Strange, Halves)]
    assert [each.report.get("tokenizer_recipe") for each in found] == [RuleTokenizer().recipe, None, None]


@pytest.mark.parametrize(
    "recipe",
    [
        3,
        {"class": "Popen"},
        {"class": "RuleTokenizer", "pattern": "(a+)+b"},
        {"class": "RuleTokenizer", "normalizer": {"form": "x"}},
        {"class": "ByteTokenizer", "shell": True},
    ],
)
def test_a_recipe_from_a_file_is_looked_at(recipe: Any) -> None:
    documents = firth.read_documents(["to be, or not", "to do"], tokenizer=RuleTokenizer())
    documents.report["tokenizer_recipe"] = recipe
    model = firth.TfIdf().fit(documents)
    with pytest.raises(DataError, match="does not say rightly how its text was split"):
        model.encode(["to be"])


class Liar(Halves):
    def __init__(self, ids: list[int], lengths: list[int]) -> None:
        super().__init__()
        self.found = np.array(ids, np.int32), np.array(lengths, np.int64)

    def encode_lines(self, lines: list[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        super().encode_lines(lines)
        return self.found


@pytest.mark.parametrize(
    ("ids", "lengths", "message"),
    [
        ([0, 1], [1], "gave 2 ids and 1 lengths that sum to 1 for 1 lines"),
        ([0, 1], [1, 1], "gave 2 ids and 2 lengths that sum to 2 for 1 lines"),
        ([0, -1], [2], "an id from 0 up for each token"),
        ([0, 2], [2], "gave the id 2, and has 2 keys"),
    ],
)
def test_ids_that_cannot_be_are_refused(ids: list[int], lengths: list[int], message: str) -> None:
    with pytest.raises(DataError, match=message):
        firth.read_text(["a text"], tokenizer=Liar(ids, lengths), min_count=1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tokenizer": RuleTokenizer}, r"tokenizer is the class RuleTokenizer; make one: RuleTokenizer\(…\)"),
        ({"tokenizer": RuleTokenizer(), "lowercase": True}, "normalizer=TextNormalizer.lowercase=True"),
        ({"tokenizer": TextNormalizer()}, "or one of firth.tokenize, not TextNormalizer"),
        ({"tokenizer": 7}, "tokenizer is None, 'words' or a function.*not 7"),
    ],
)
def test_what_is_no_tokenizer_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        firth.read_text(["a text"], **options)


def test_token_lists_need_no_tokenizer() -> None:
    with pytest.raises(OptionError, match="token lists are taken as they are"):
        firth.read_text([["a"]], tokenizer=CharacterTokenizer())
