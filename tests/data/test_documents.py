"""`read_documents`: every document stays, in its place, under its id."""

import gzip
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth.data.documents import read_documents
from firth.data.ids import Integers, Strings
from firth.data.sequences import Sequences
from firth.data.text import read_text
from firth.data.unseen import how_read, read_unseen
from firth.data.vocabulary import Vocabulary
from firth.errors import DataError, OptionError
from firth.run import Run

TEXTS = ["to be or not to be", "", " \t", "to do is to be"]


def words(documents: Sequences) -> list[list[str]]:
    keys = list(documents.vocabulary.keys)
    return [[keys[token] for token in document] for document in documents]


def test_documents_keep_their_places_and_get_numbers() -> None:
    found = read_documents(TEXTS)
    assert words(found) == [text.split() for text in TEXTS]
    assert found.ids == Integers(np.arange(4))
    assert (found.report["sequences"], found.report["empty_documents"]) == (4, 2)
    assert found.report["lines"] == 4


def test_a_long_document_is_not_split(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("word " * 300_000 + "\nshort\n")  # longer than a block
    found = read_documents(path)
    assert np.diff(found.offsets).tolist() == [300_000, 1]


def test_files_of_a_folder_are_documents_named_by_their_paths(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "b/two.txt").write_text("\ufeffthree\r\nfour\n\nfive")
    (tmp_path / "a.txt").write_text("one two")
    (tmp_path / "c").write_bytes(b"")
    (tmp_path / "z.gz").write_bytes(gzip.compress(b"six\n"))
    (tmp_path / ".git/config").write_text("hidden")
    (tmp_path / ".hidden").write_text("hidden")
    found = read_documents(tmp_path)
    assert found.ids == Strings.of(["a.txt", "b/two.txt", "c", "z.gz"])
    assert words(found) == [["one", "two"], ["three", "four", "five"], [], ["six"]]
    assert read_documents(tmp_path, ids=[4, 3, 2, 1]).ids == Integers(np.array([4, 3, 2, 1]))


def test_a_folder_is_one_however_it_is_named_and_stands_alone(tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "one.txt").write_text("a b\nc")
    (folder / "two.txt").write_text("b")
    expected = read_documents(folder)
    assert len(expected) == 2
    for named in (str(folder), [folder], (folder,)):
        found = read_documents(named)
        assert (found.ids, words(found)) == (expected.ids, words(expected))
    unseen = read_unseen(str(folder), expected.vocabulary, how_read(expected), run=Run())
    assert (unseen.ids, words(unseen)) == (expected.ids, words(expected))
    assert words(read_documents([str(folder)])) == [[str(folder)]]  # a text that happens to name a folder
    with pytest.raises(DataError, match="texts is a folder, which is read alone, one document a file"):
        read_documents([folder / "one.txt", folder])


def test_a_folder_without_files_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no file"):
        read_documents(tmp_path)


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (["a", "b"], "2 ids were given for 4 sequences"),
        (["a", "b", "c", "a"], "the id 'a' occurs twice, in rows 0 and 3"),
        ([1, 2, 3, 2], "the id 2 occurs twice, in rows 1 and 3"),
        (["a", 2, "c", "d"], "all strings or all whole numbers"),
    ],
)
def test_ids_that_do_not_fit_are_refused(ids: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_documents(TEXTS, ids=ids)


@pytest.mark.parametrize("texts", [[], ["", " "], iter(())])
def test_no_document_or_no_token_is_an_error(texts: Any) -> None:
    with pytest.raises(DataError, match=r"empty|holds no token"):
        read_documents(texts)


def test_min_count_above_every_count_says_how_often_the_most_frequent_is_seen() -> None:
    with pytest.raises(DataError, match="seen min_count=9 times; the most frequent, 'to', is seen 4 times"):
        read_documents(TEXTS, min_count=9)


@given(st.lists(st.text(alphabet="aB éΣ_-'.\u0301𝔘3", max_size=25), min_size=1, max_size=8))
def test_two_letters_and_words_are_the_tokens_of_scikit_learn(texts: list[str]) -> None:
    pattern = re.compile(r"(?u)\b\w\w+\b")  # its default token_pattern
    expected = [pattern.findall(text.lower()) for text in texts]
    options: dict[str, Any] = {"lowercase": True, "tokenizer": "words", "min_length": 2}
    if not any(expected):
        with pytest.raises(DataError, match="no token"):
            read_documents(texts, **options)
        return
    found = read_documents(texts, **options)
    assert words(found) == expected
    every = [re.findall(r"\w+", text.lower()) for text in texts]
    assert found.report["short_tokens"] == sum(len(token) < 2 for tokens in every for token in tokens)


def test_kept_tokens_may_be_short_and_other_readers_know_the_option_too() -> None:
    found = read_text(["I am here, am I?"], tokenizer="words", min_count=1, min_length=3, keep=["I"])
    assert words(found) == [["I", "here", "I"]]
    assert found.report["short_tokens"] == found.report["dropped_tokens"] == 2
    with pytest.raises(OptionError, match="min_length is a whole number from 1"):
        read_documents(TEXTS, min_length=0)


def test_restriction_keeps_documents_that_become_empty() -> None:
    documents = read_documents(["a a", "b", "", "a b c"], ids=list("wxyz"))
    found = documents.restrict(min_count=3)
    assert words(found) == [["a", "a"], [], [], ["a"]]
    assert found.ids == documents.ids
    assert found.report["empty_documents"] == 2
    assert documents.restrict(min_count=1) is documents


def test_the_fingerprint_covers_the_ids() -> None:
    prints = {read_documents(TEXTS, ids=ids).fingerprint() for ids in (None, list("abcd"), list("abce"))}
    assert len(prints) == 3
    assert read_documents(TEXTS, ids=list("abcd")).fingerprint() in prints


def test_a_document_store_is_closed_like_any_sequences(tmp_path: Path) -> None:
    with read_documents(TEXTS, work=tmp_path) as documents:
        assert len(documents) == 4
    with pytest.raises(DataError, match="were closed"):
        documents.slice(0, 1)
    assert documents.ids is not None


def test_other_vocabularies_drop_what_they_lack_and_count_it() -> None:
    documents = read_documents(["b a", "c c", "", "a"], ids=list("wxyz"))
    found = documents.over(Vocabulary.of(["a", "a", "z"]))
    assert words(found) == [["a"], [], [], ["a"]]
    assert found.ids == documents.ids
    assert (found.report["unknown_tokens"], found.report["dropped_tokens"]) == (3, 3)
    assert (found.report["empty_documents"], found.report["tokens"]) == (2, 2)
    assert documents.over(documents.vocabulary) is documents


@pytest.mark.parametrize("options", [{}, {"lowercase": True, "tokenizer": "words"}])
def test_unseen_documents_are_read_as_those_before(options: dict[str, Any]) -> None:
    seen = read_documents(["The cat, the dog", "a Cat"], **options)
    texts = ["the CAT, again", "", "unknown"]
    found = read_unseen(texts, seen.vocabulary, how_read(seen), run=Run())
    expected = [re.findall(r"\w+", text.lower()) if options else text.split() for text in texts]
    assert words(found) == [[token for token in line if token in seen.vocabulary] for line in expected]
    assert found.vocabulary == seen.vocabulary
    listed = read_unseen(expected, seen.vocabulary, how_read(seen), run=Run())
    assert words(listed) == words(found)
    assert listed.report["unknown_tokens"] == found.report["unknown_tokens"] > 0
    assert words(read_unseen(read_documents(expected), seen.vocabulary, {}, run=Run())) == words(found)


def test_documents_without_any_known_word_are_empty_documents() -> None:
    seen = read_documents(["a b"])
    found = read_unseen(["c", ""], seen.vocabulary, how_read(seen), run=Run())
    assert words(found) == [[], []]
    assert found.report["empty_documents"] == 2


def test_strings_cannot_be_split_as_only_the_caller_knows_how() -> None:
    for seen, how in (
        (read_documents(["a b"], tokenizer=list), "function"),
        (Sequences.of([["a"]]), "before"),
    ):
        with pytest.raises(DataError, match=f"were made .*{how}.*give lists of tokens"):
            read_unseen(["a"], seen.vocabulary, how_read(seen), run=Run())
        assert words(read_unseen([["a"]], seen.vocabulary, how_read(seen), run=Run())) == [["a"]]
