"""The kernels of phrases beside their twins, on random sequences with random connectors."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from firth.data.candidates import Candidates, Grammar, count_candidates
from firth.data.collocations import Collocations, Matcher, join
from firth.data.phraseladder import rungs
from firth.data.sequences import Sequences
from firth.data.vocabulary import Vocabulary
from firth.errors import DataError
from firth.kernels import phrases as kernels
from firth.kernels import reference_phrases as reference
from firth.kernels.hashing import KEY
from firth.run import Run

WORDS = 6
texts = st.lists(st.lists(st.integers(0, WORDS - 1), max_size=12), min_size=1, max_size=12)
connectors = st.sets(st.integers(0, WORDS - 1), max_size=3)
RUN = Run(threads=2)


def sequences_of(lists: list[list[int]]) -> Sequences:
    """Sequences over the words "0" to "5", whose rows are these numbers."""
    tokens = np.array([token for one in lists for token in one], np.int32)
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in lists])]).astype(np.int64)
    vocabulary = Vocabulary.of({str(word): 1 for word in range(WORDS)})
    return Sequences(tokens, offsets, vocabulary)


def as_counter(found: Candidates) -> Counter[tuple[int, ...]]:
    parts = np.split(found.pieces, found.starts[1:-1])
    return Counter(dict(zip((tuple(p.tolist()) for p in parts), found.counts.tolist(), strict=False)))


def rows(words: set[int]) -> NDArray[np.int64]:
    return np.array(sorted(words), np.int64)


@given(lists=texts, linking=connectors, memory=st.sampled_from([100, 400, 1 << 24]), least=st.integers(1, 3))
def test_candidates_are_counted_exactly_in_any_memory(
    lists: list[list[int]], linking: set[int], memory: int, least: int
):
    text = sequences_of(lists)
    found = count_candidates(text, rows(linking), min_count=least, threads=2, memory=memory)
    expected = reference.count(text.tokens, text.offsets, linking)
    assert found.different == len(expected)
    assert found.passed_over == 0
    assert found.words.tolist() == np.bincount(text.tokens, minlength=WORDS).tolist()
    assert as_counter(found) == Counter({words: n for words, n in expected.items() if n >= least})


@given(lists=texts, linking=connectors, data=st.data())
def test_phrases_are_joined_as_by_the_twin(lists: list[list[int]], linking: set[int], data: st.DataObject):
    text = sequences_of(lists)
    counted = reference.count(text.tokens, text.offsets, linking)
    chosen = data.draw(st.sets(st.sampled_from(sorted(counted)))) if counted else set()
    code = {words: WORDS + i for i, words in enumerate(sorted(chosen))}
    expected = reference.join(text.tokens, text.offsets, linking, code)
    spelt = {number: "_".join(map(str, words)) for words, number in code.items()}
    joined = join(collocations(dict.fromkeys(code, 1.0), linking), text, run=RUN)
    keys = list(joined.vocabulary.keys)
    assert [[keys[token] for token in one.tolist()] for one in joined] == [
        [spelt.get(token, str(token)) for token in one] for one in expected
    ]
    np.testing.assert_array_equal(
        joined.vocabulary.counts if joined is not text else np.bincount(text.tokens, minlength=WORDS),
        np.bincount(joined.tokens, minlength=len(keys)),
    )


@given(lists=texts, linking=connectors, data=st.data())
def test_the_ladder_says_what_joining_would_do(
    lists: list[list[int]], linking: set[int], data: st.DataObject
):
    text = sequences_of(lists)
    counted = reference.count(text.tokens, text.offsets, linking)
    if not counted:
        return
    scores = {words: data.draw(st.sampled_from([1.0, 2.0, 3.0])) for words in counted}
    steps = [0.5, 1.0, 2.5]
    found = collocations(scores, linking)
    for rung in rungs(found, text, steps, number=1):
        expected = reference.joined_tokens(text.tokens, text.offsets, linking, scores, rung.threshold)
        assert round(rung.share * text.tokens.size) == expected
        assert rung.phrases == sum(score > rung.threshold for score in scores.values())


def collocations(scores: dict[tuple[int, ...], float], linking: set[int]) -> Collocations:
    """These phrases, the highest score first."""
    ordered = sorted(scores, key=lambda words: -scores[words])
    return Collocations(
        words=Vocabulary.of({str(word): 1 for word in range(WORDS)}).keys,
        pieces=np.array([word for words in ordered for word in words], np.int32),
        starts=np.concatenate([[0], np.cumsum([len(words) for words in ordered])]).astype(np.int64),
        counts=np.ones(len(ordered), np.int64),
        scores=np.array([scores[words] for words in ordered], np.float64),
        connectors=tuple(map(str, sorted(linking))),
        delimiter="_",
    )


@given(st.lists(st.integers(0, 30), max_size=200), st.sampled_from([1, 4, 4096]))
def test_divide_and_tally_count(numbers: list[int], buckets: int):
    keys = np.array(numbers, np.int64)
    ends, divided = np.empty(buckets, np.int64), np.empty_like(keys)
    kernels.divide(keys, KEY, ends, divided)
    assert sorted(divided.tolist()) == sorted(numbers)
    slots, tallies = np.empty((2, 512), np.int64)
    found, counts = np.empty((2, len(numbers)), np.int64)
    different, kept = kernels.tally(divided, ends, 2, KEY, slots, tallies, found, counts)
    assert different == len(set(numbers))
    assert dict(zip(found[:kept].tolist(), counts[:kept].tolist(), strict=True)) == {
        number: n for number, n in Counter(numbers).items() if n >= 2
    }


counters = st.dictionaries(st.integers(0, 20), st.integers(1, 9), max_size=12)


@given(counters, counters)
def test_merge_adds_counts(a: dict[int, int], b: dict[int, int]):
    def arrays(counter: dict[int, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return np.array(sorted(counter), np.int64), np.array([counter[k] for k in sorted(counter)], np.int64)

    keys, counts = np.empty((2, len(a) + len(b)), np.int64)
    n = kernels.merge(*arrays(a), *arrays(b), keys, counts)
    expected = Counter(a) + Counter(b)
    assert keys[:n].tolist() == sorted(expected)
    assert counts[:n].tolist() == [expected[k] for k in sorted(expected)]


def test_runs_beyond_the_room_of_a_key_are_counted_and_passed_over():
    """A vocabulary of 2**30 words would leave 3 bits for the run: seven runs besides the empty one."""
    grammar = Grammar(4, np.array([0], np.int64))
    grammar.bits = 30
    tokens = np.array([1, *[0] * 9, 2, 1, 0, 3], np.int32)
    offsets = np.array([0, tokens.size], np.int64)
    grammar.learn_runs(tokens, offsets)
    assert grammar.used[0] == 8
    out = np.empty(tokens.size, np.int64)
    assert grammar.keys(tokens, offsets, out) == (2, 1)  # 1 0…0 2 has none; 2 1 and 1 0 3 have


def test_the_table_of_runs_grows():
    tokens = np.array([0, *[1] * 3000, 0], np.int32)
    offsets = np.array([0, tokens.size], np.int64)
    grammar = Grammar(2, np.array([1], np.int64))
    grammar.learn_runs(tokens, offsets)
    out = np.empty(tokens.size, np.int64)
    assert grammar.keys(tokens, offsets, out) == (1, 0)
    pieces, starts = grammar.spelt(out[:1])
    np.testing.assert_array_equal(pieces, tokens)
    assert starts.tolist() == [0, 3002]


def test_a_phrase_that_begins_with_a_connector_is_refused():
    text = sequences_of([[0, 1, 2]])
    with pytest.raises(DataError, match="two words that are no connectors"):
        Matcher(collocations({(0, 1): 1.0}, {0}), text.vocabulary.keys)
