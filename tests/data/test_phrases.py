"""Phrases: what is found, how it is scored and joined, beside gensim, and what is refused."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest

import firth
from firth import Phrases, PhraseTable, Run, Sequences, datasets
from firth.data.phrases import ENGLISH_CONNECTORS
from firth.errors import DataError, ExistsError, FormatError, OptionError

RUN = Run(threads=2)
VOCABULARY = firth.Vocabulary.of(["a"])
CITY = [["in", "new", "york"], ["new", "york", "is", "new"], ["the", "bank", "of", "america"]] * 3


def lines(sequences: Sequences) -> list[str]:
    """Each sequence as a string."""
    keys = list(sequences.vocabulary.keys)
    return [" ".join(keys[token] for token in one.tolist()) for one in sequences]


@pytest.fixture(scope="module")
def wiki() -> list[list[str]]:
    """Three thousand lines of Wikipedia, in lower case and without underscores."""
    with firth.read_text(datasets.wiki_text(), lowercase=True, tokenizer="words", min_count=1) as text:
        keys = [key.replace("_", "") for key in text.vocabulary.keys]
        return [[keys[token] for token in text[i].tolist() if keys[token]] for i in range(3000)]


# --- what is found --------------------------------------------------------------------------------------


def test_the_default_score_by_hand():
    table = Phrases(min_count=2, threshold=0.5, connectors=["the", "of"]).find(CITY, run=RUN)
    different = 6 + 5  # in new york is bank america; in_new new_york york_is is_new bank_of_america
    scores = dict(zip(table.phrases, table.scores.tolist(), strict=True))
    assert scores["bank_of_america"] == pytest.approx((3 - 2) * different / (3 * 3))
    assert scores["new_york"] == pytest.approx((6 - 2) * different / (9 * 6))
    assert dict(zip(table.phrases, table.counts.tolist(), strict=True))["new_york"] == 6
    assert sorted(table.scores, reverse=True) == table.scores.tolist()


def test_npmi_by_hand():
    table = Phrases(min_count=2, threshold=-1, scoring="npmi").find(CITY, run=RUN)
    n = 33
    expected = math.log((6 / n) / ((9 / n) * (6 / n))) / -math.log(6 / n)
    scores = dict(zip(table.phrases, table.scores.tolist(), strict=True))
    assert scores["new_york"] == pytest.approx(expected, rel=1e-12)


def test_connectors_stand_within_phrases_and_not_at_their_ends():
    joined = Phrases(min_count=1, threshold=0.5, connectors="english").convert(CITY, run=RUN)
    assert lines(joined)[2] == "the bank_of_america"
    assert "of" not in joined.vocabulary


def test_words_are_counted_in_the_text_itself():
    """A vocabulary may carry the counts of another text."""
    foreign = firth.Vocabulary.of({"new": 900, "york": 900, "is": 1, "unseen": 5})
    text = Sequences.of(CITY)
    own = text.restrict(keep=["new", "york", "is"], min_count=10)
    found, expected = (
        Phrases(min_count=1, threshold=0.1).find(one, run=RUN) for one in (text.over(foreign), own)
    )
    assert found.phrases == expected.phrases
    np.testing.assert_array_equal(found.scores, expected.scores)


def test_what_was_joined_is_not_joined_again():
    table = Phrases(min_count=1, threshold=0.1).find([["a", "b", "c"]] * 4, run=RUN)
    assert set(table.phrases) == {"a_b", "b_c"}
    assert lines(table.apply([["a", "b", "c"], ["b", "c"], ["c", "a"]])) == ["a_b c", "b_c", "c a"]


def test_a_second_pass_makes_longer_phrases():
    text = [["world", "war", "two"]] * 4 + [["two", "days"]] * 2
    table = Phrases(min_count=1, threshold=0.6, passes=2).find(text, run=RUN)
    assert [found.phrases for found in table.passes] == [["world_war", "war_two"], ["world_war_two"]]
    assert lines(table.apply(text, run=RUN)) == ["world_war_two"] * 4 + ["two days"] * 2
    assert [seen["tokens"] for seen in table.report["passes"]] == [16, 12]
    assert table.apply(text, run=RUN).report["joined_tokens"] == 12


def test_phrases_of_one_text_are_joined_in_another():
    table = Phrases(min_count=1, threshold=0.5).find(CITY, run=RUN)
    joined = table.apply([["york", "new", "york", "unseen"], ["nothing", "here"]], run=RUN)
    assert lines(joined) == ["york new_york unseen", "nothing here"]
    assert joined.report["joined_tokens"] == 2
    assert joined.vocabulary.counts.tolist() == [1] * 5


def test_a_text_in_which_no_phrase_can_occur_stays_itself():
    text = Sequences.of([["quite", "different"]])
    assert Phrases(min_count=1, threshold=0.5).find(CITY, run=RUN).apply(text, run=RUN) is text


def test_a_joined_word_that_the_text_has_already_is_the_same_word():
    text = [["new", "york"], ["new_york", "city"]] * 3
    joined = Phrases(min_count=1, threshold=0.5).convert(text, run=RUN)
    assert "new_york" in joined.vocabulary
    assert lines(joined)[0] == "new_york"
    assert len(set(joined.vocabulary.keys)) == len(joined.vocabulary)


def test_documents_keep_their_ids_and_empty_ones_their_places():
    documents = firth.read_documents(["new york", "", "new york new york"], ids=["a", "b", "c"])
    joined = Phrases(min_count=1, threshold=0.1).convert(documents, run=RUN)
    assert lines(joined) == ["new_york", "", "new_york new_york"]
    assert list(joined.ids) == ["a", "b", "c"]


def test_learners_drop_rare_words_of_a_text_whose_phrases_were_joined():
    """The text was read with a min_count of its own, but joining made new rare words."""
    text = firth.read_text([" ".join(one) for one in CITY], min_count=2)
    assert Phrases(min_count=1, threshold=0.5).convert(text, run=RUN).report["min_count"] == 1


def test_the_result_does_not_depend_on_threads_or_memory(wiki: list[list[str]]):
    text = Sequences.of(wiki)
    recipe = Phrases(connectors="english", threshold=5)
    tables = [
        recipe.find(text, run=Run(threads=threads), memory=memory)
        for threads, memory in ((1, 1 << 30), (2, 1 << 20), (3, 1 << 18))
    ]
    assert len(tables[0]) > 100
    for other in tables[1:]:
        assert other.phrases == tables[0].phrases
        np.testing.assert_array_equal(other.scores, tables[0].scores)
        assert other.report == tables[0].report


# --- beside gensim --------------------------------------------------------------------------------------


@pytest.mark.parametrize("connectors", [(), "english"])
@pytest.mark.parametrize(("scoring", "threshold"), [("default", 10.0), ("npmi", 0.4)])
def test_the_same_phrases_and_scores_as_gensim(
    wiki: list[list[str]], scoring: str, threshold: float, connectors: object
):
    gensim = pytest.importorskip("gensim.models.phrases")
    theirs = gensim.Phrases(
        wiki,
        min_count=5,
        threshold=threshold,
        scoring=scoring,
        connector_words=gensim.ENGLISH_CONNECTOR_WORDS if connectors else frozenset(),
    )
    text = Sequences.of(wiki)
    table = Phrases(scoring=scoring, threshold=threshold, connectors=connectors).find(text, run=RUN)
    assert len(table) > 200
    ours = dict(zip(table.phrases, table.scores.tolist(), strict=True))
    exported = theirs.export_phrases()
    assert ours.keys() == exported.keys()
    for phrase, score in exported.items():
        assert ours[phrase] == pytest.approx(score, rel=1e-12)
    assert lines(table.apply(text, run=RUN)) == [" ".join(theirs[one]) for one in wiki]


def test_the_connectors_are_those_of_gensim():
    gensim = pytest.importorskip("gensim.models.phrases")
    assert set(ENGLISH_CONNECTORS) == gensim.ENGLISH_CONNECTOR_WORDS


# --- the ladder -----------------------------------------------------------------------------------------


def test_the_ladder_agrees_with_what_joining_does(wiki: list[list[str]]):
    text = Sequences.of(wiki)
    ladder = Phrases(threshold=50).ladder(text, thresholds=[5, 200], run=RUN)
    assert [row.threshold for row in ladder.rows] == [5, 50, 200]
    for row in ladder.rows:
        recipe = Phrases(threshold=row.threshold)
        table = recipe.find(text, run=RUN)
        assert row.phrases == len(table)
        assert row.share * text.offsets[-1] == pytest.approx(table.apply(text).report["joined_tokens"])
        scores = dict(zip(table.phrases, table.scores.tolist(), strict=True))
        assert all(scores[phrase] > row.threshold for phrase in row.above)
        assert not set(row.below) & set(scores)


def test_the_ladder_is_a_plain_table():
    printed = str(Phrases(min_count=1, threshold=2).ladder(CITY, thresholds=[0.5], run=RUN)).splitlines()
    assert re.split(r"\s{2,}", printed[0].strip()) == [
        "pass", "threshold", "phrases", "joined", "just above", "just below",
    ]  # fmt: skip
    assert [line.split()[1] for line in printed[1:3]] == ["0.5", "*2"]


# --- files ----------------------------------------------------------------------------------------------


def test_a_table_that_is_taken_for_vectors_says_what_it_is(tmp_path: Path):
    path = tmp_path / "phrases.safetensors"
    Phrases(min_count=1, threshold=0.4).find(CITY, run=RUN).save(path)
    with pytest.raises(FormatError, match=r"holds no vectors; firth\.PhraseTable\.load reads it"):
        firth.load(path)


@pytest.fixture
def table() -> PhraseTable:
    return Phrases(min_count=1, threshold=0.4, passes=2, connectors="english", delimiter="·").find(
        CITY, run=RUN
    )


def test_a_saved_table_joins_as_before(table: PhraseTable, tmp_path: Path):
    path = tmp_path / "phrases.safetensors"
    table.save(path)
    loaded = PhraseTable.load(path)
    assert loaded.phrases == table.phrases
    assert (dict(loaded.recipe), dict(loaded.report)) == (dict(table.recipe), dict(table.report))
    np.testing.assert_array_equal(loaded.scores, table.scores)
    assert lines(loaded.apply(CITY, run=RUN)) == lines(table.apply(CITY, run=RUN))
    with pytest.raises(ExistsError):
        table.save(path)


def test_a_table_without_phrases_can_be_saved(tmp_path: Path):
    table = Phrases(threshold=1e9).find(CITY, run=RUN)
    assert len(table) == 0
    table.save(tmp_path / "none.safetensors")
    assert len(PhraseTable.load(tmp_path / "none.safetensors")) == 0


def test_files_that_hold_no_phrases_are_refused(tmp_path: Path):
    path = tmp_path / "vectors.safetensors"
    firth.Vectors(["a"], [[1.0]]).save(path)
    with pytest.raises(FormatError, match="holds no phrases"):
        PhraseTable.load(path)


def test_a_damaged_table_loads_or_raises_a_format_error(table: PhraseTable, tmp_path: Path):
    path = tmp_path / "phrases.safetensors"
    table.save(path)
    whole = path.read_bytes()
    random = np.random.default_rng(3)
    refused = 0
    for _ in range(300):
        mutant = bytearray(whole)
        mutant[random.integers(len(whole))] ^= 1 << random.integers(8)
        path.write_bytes(mutant)
        try:
            PhraseTable.load(path).apply(CITY, run=RUN)
        except FormatError:
            refused += 1
    assert refused > 250  # a flipped bit in the padding harms nobody


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("pieces", np.array([0, 9], np.int32), "not made of its words"),
        ("starts", np.array([0, 1], np.int64), "do not fit together"),
        ("scores", np.array([np.nan]), "not finite"),
        ("counts", np.array([1], np.int32), "of another kind"),
    ],
)
def test_a_table_that_was_written_wrong_is_refused(
    tmp_path: Path, name: str, value: np.ndarray, message: str
):
    from firth.formats.strict_json import dump
    from firth.formats.tensors import write_tensors

    tensors = {
        "1.bytes": np.frombuffer(b"ab", np.uint8),
        "1.offsets": np.array([0, 1, 2], np.int64),
        "1.pieces": np.array([0, 1], np.int32),
        "1.starts": np.array([0, 2], np.int64),
        "1.counts": np.array([3], np.int64),
        "1.scores": np.array([12.0]),
    }
    entry = {"firth.phrases": dump({"format": 1, "recipe": Phrases().recipe, "report": {}})}
    path = tmp_path / "table.safetensors"
    write_tensors(path, tensors, entry)
    assert PhraseTable.load(path).phrases == ["a_b"]
    write_tensors(path, tensors | {f"1.{name}": value}, entry, force=True)
    with pytest.raises(FormatError, match=message):
        PhraseTable.load(path)


# --- what is refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": 0}, "threshold is a number above 0"),
        ({"threshold": 2, "scoring": "npmi"}, "threshold is a number from -1 to 1, not 2"),
        ({"scoring": "pmi"}, "scoring is 'default' or 'npmi', not 'pmi'"),
        ({"min_count": 0}, "min_count is a whole number from 1"),
        ({"passes": 0}, "passes is a whole number from 1"),
        ({"delimiter": " "}, "delimiter is a string without white space"),
        ({"delimiter": ""}, "delimiter is a string without white space"),
        ({"connectors": "french"}, "'english' or a list of words"),
        ({"connectors": [1]}, "connectors are words; 1 is int"),
        ({"connectors": 5}, "'english' or a list of words, not 5"),
        ({"connectors": [["of"]]}, "'english' or a list of words, not [['of']]"),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], message: str):
    with pytest.raises(OptionError, match=re.escape(message)):
        Phrases(**options)


def test_nothing_to_read_is_refused():
    for nothing in ([], [[]], iter(())):
        with pytest.raises(DataError):
            Phrases().find(nothing, run=RUN)
    with pytest.raises(DataError, match="without a token"):
        Phrases().find(Sequences(np.empty(0, np.int32), np.zeros(1, np.int64), VOCABULARY), run=RUN)


def test_a_line_of_nothing_but_connectors():
    """Every further connector makes another run; spelling them all would take the square of their number."""
    text = firth.read_documents([["king", *["the"] * 200_000, "queen"], ["king", "of", "the", "castle"]] * 2)
    table = Phrases(min_count=1, threshold=0.1, connectors="english").find(text, run=RUN)
    assert sorted(map(len, table.phrases)) == [
        len("king_of_the_castle"),
        len("king" + "_the" * 200_000 + "_queen"),
    ]
    assert [one.size for one in table.apply(text, run=RUN)] == [1, 1, 1, 1]


def test_one_word_and_min_count_above_every_count_make_no_phrase():
    assert len(Phrases().find([["word"]], run=RUN)) == 0
    table = Phrases(min_count=10**6).find(CITY, run=RUN)
    assert len(table) == 0
    assert table.report["passes"][0]["pairs"] == 7
    assert table.report["passes"][0]["frequent_pairs"] == 0


def test_each_score_has_a_usual_threshold_of_its_own():
    for scoring, usual in (("default", 10), ("npmi", 0.5)):
        recipe = Phrases(scoring=scoring)
        assert recipe.limit == recipe.recipe["threshold"] == recipe.ladder(CITY, run=RUN).threshold == usual
        assert (
            recipe.find(CITY, run=RUN).phrases == Phrases(scoring=scoring, threshold=usual).find(CITY).phrases
        )
