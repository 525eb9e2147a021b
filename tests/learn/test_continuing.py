"""Going on from a model: what becomes of old and of new words."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from firth import CBOW, GloVe, Run, SkipGram, SubwordSkipGram, Vectors, Vocabulary
from firth.errors import DataError, ExistsError, OptionError
from firth.learn.continuing import Start, merged_vocabulary
from firth.testing import topic_world

ONE = Run(threads=1, progress=False)
SMALL = SkipGram(dim=16, min_count=1, epochs=3, subsample=0)
OLD = [["a", "b", "c", "a"], ["c", "b"]] * 40
NEW = [["a", "x", "b", "y"], ["y", "x"]] * 40


@pytest.fixture(scope="module")
def model():
    return SMALL.fit(OLD, run=ONE)


def test_vocabularies_are_joined_and_their_counts_added():
    old = Vocabulary.of({"a": 5, "b": 3, "c": 1})
    merged = merged_vocabulary(old.keys, old.counts, Vocabulary.of({"b": 4, "x": 2}))
    assert dict(zip(merged.keys, merged.counts.tolist(), strict=True)) == {"b": 7, "a": 5, "x": 2, "c": 1}
    assert list(merged.keys) == ["b", "a", "x", "c"]


@pytest.mark.parametrize(
    "learner",
    [SMALL, CBOW(dim=16, min_count=1, epochs=3, subsample=0), replace(SMALL, loss="softmax")],
    ids=["skipgram", "cbow", "softmax"],
)
def test_words_are_added_and_old_rows_are_where_training_begins(learner):
    first = learner.fit(OLD, run=ONE)
    more = replace(learner, epochs=1, learning_rate=1e-6, min_learning_rate=0).fit(NEW, start=first, run=ONE)
    assert set(more.vectors.ids) == set("abcxy")
    assert more.report["start"]["words"] == 3
    assert more.report["start"]["new_words"] == 2
    for name in ("words", "contexts"):
        for word in "abc":
            np.testing.assert_allclose(more.spaces[name][word], first.spaces[name][word], atol=1e-3)
    counts = dict(zip(more.vectors.ids, more.vectors.counts.tolist(), strict=True))
    assert counts == {"a": 120, "b": 120, "c": 80, "x": 80, "y": 80}


def test_old_words_move_and_are_held_by_the_anchor(model):
    moved = {}
    for anchor in (0.0, 2.0, math.inf):
        more = replace(SMALL, epochs=10).fit(NEW, start=model, anchor=anchor, run=ONE)
        moved[anchor] = more.report["start"]["drift"]
        assert moved[anchor]["ids"] == 3
        if math.isinf(anchor):
            for word in "abc":
                np.testing.assert_array_equal(more.vectors[word], model.vectors[word])
        assert more.vectors["x"].any()
    assert moved[0.0]["mean"] > moved[2.0]["mean"] > moved[math.inf]["mean"] == 0
    assert moved[0.0]["largest"] >= moved[0.0]["mean"]
    assert set(moved[0.0]["most_moved"]) == set("abc")


def test_new_words_find_their_place_among_frozen_ones():
    world = topic_world()
    learner = SkipGram(dim=24, min_count=1, epochs=15, subsample=1e-2)
    old = [[word for word in sentence if not word.endswith("w7")] for sentence in world.sentences]
    first = learner.fit(old, run=ONE)
    more = learner.fit(world.sentences, start=first, anchor=math.inf, run=ONE)
    for topic in range(5):
        near = more.vectors.most_similar(f"t{topic}w7", topn=3).ids
        assert sum(word.startswith(f"t{topic}") for word in near) >= 2


def test_a_hierarchical_softmax_keeps_its_words_and_grows_a_new_tree():
    learner = replace(SMALL, loss="hierarchical_softmax")
    first = learner.fit(OLD, run=ONE)
    more = learner.fit(NEW, start=first, anchor=math.inf, run=ONE)
    assert len(more.spaces["nodes"]) == 4
    np.testing.assert_array_equal(more.vectors["c"], first.vectors["c"])


def test_vectors_from_elsewhere_are_a_start_too():
    foreign = Vectors(["a", "zebra"], np.array([[1.0] * 16, [2.0] * 16], np.float32))
    more = SMALL.fit(NEW, start=foreign, anchor=math.inf, run=ONE)
    assert more.vectors["a"].tolist() == [1.0] * 16
    assert more.vectors["zebra"].tolist() == [2.0] * 16


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_start_that_is_not_finite_is_refused(bad):
    matrix = np.ones((2, 16), np.float32)
    matrix[1, 3] = bad
    with pytest.raises(DataError, match="row 1 of words, 'b', holds a number that is infinite or NaN"):
        SMALL.fit(NEW, start=Vectors(["a", "b"], matrix), run=ONE)


def test_a_start_of_another_dimension_is_refused(model):
    with pytest.raises(DataError, match="in start have 16 numbers, the learner's dim is 8"):
        replace(SMALL, dim=8).fit(NEW, start=model, run=ONE)


def test_a_start_without_words_is_refused():
    with pytest.raises(DataError, match="vectors of words"):
        SMALL.fit(NEW, start=Vectors([1, 2], np.ones((2, 16), np.float32)), run=ONE)


@pytest.mark.parametrize("anchor", [-1, math.nan, "strong"])
def test_an_anchor_is_a_strength(model, anchor):
    with pytest.raises(OptionError, match="anchor="):
        SMALL.fit(NEW, start=model, anchor=anchor, run=ONE)


def test_a_checkpoint_belongs_to_its_start(model, tmp_path):
    run = Run(threads=1, progress=False, checkpoint=tmp_path / "work")
    SMALL.fit(NEW, start=model, run=run)
    again = Run(threads=1, progress=False, checkpoint=tmp_path / "work", resume=True)
    SMALL.fit(NEW, start=model, run=again)
    other = replace(SMALL, epochs=1).fit(OLD, run=ONE)
    with pytest.raises((DataError, ExistsError)):
        SMALL.fit(NEW, start=other, run=again)


@pytest.mark.parametrize("kind", [str, Path])
def test_the_path_of_a_file_is_a_start_too(model, tmp_path, kind):
    path = tmp_path / "first.safetensors"
    model.save(path)
    more = SMALL.fit(NEW, start=kind(path), run=ONE)
    assert more.vectors == SMALL.fit(NEW, start=model, run=ONE).vectors


def test_what_is_no_start_is_refused():
    with pytest.raises(DataError, match="start is a model, vectors or the file of one, not dict"):
        SMALL.fit(NEW, start={"a": [1.0]}, run=ONE)


@pytest.mark.parametrize("learner", [SMALL, GloVe(dim=16, min_count=1)], ids=["skipgram", "glove"])
@pytest.mark.parametrize("anchor", [5, math.inf])
def test_an_anchor_without_a_start_is_refused(learner, anchor):
    with pytest.raises(OptionError, match=f"anchor={anchor} needs a start"):
        learner.fit(NEW, anchor=anchor, run=ONE)


@pytest.mark.parametrize("counts", [[3, -7], [1, 2**62], [1.0, math.nan], ["many", "few"]])
def test_counts_that_are_none_are_refused(counts):
    start = Vectors(["a", "b"], np.ones((2, 16), np.float32), columns={"counts": np.array(counts)})
    with pytest.raises(DataError, match=r"the count of '[ab]' in words is"):
        SMALL.fit(NEW, start=start, run=ONE)


@pytest.mark.parametrize("learner", [SMALL, SubwordSkipGram(dim=16, min_count=1)], ids=["words", "subwords"])
def test_the_memory_that_an_anchor_takes_is_counted(learner):
    """Both matrices of the old words are copied, so that they can be pulled back."""
    first = replace(learner, epochs=1, subsample=0).fit(OLD, run=ONE)
    vocabulary = Vocabulary.of({"a": 5, "b": 3, "c": 1})
    free, held = (
        learner._memory(vocabulary, Start(first, dim=16, anchor=anchor), ONE) for anchor in (0.0, 1.0)
    )
    rows = sum(len(vectors) for name, vectors in first.spaces.items() if name != "words" or learner is SMALL)
    assert held - free == rows * 16 * 4


def test_infinity_freezes_words_whose_start_had_no_ngrams(model):
    learner = SubwordSkipGram(dim=16, min_count=1, epochs=5, subsample=0)
    more = learner.fit([["a", "ab", "b"], ["ab", "abc"]] * 40, start=model.vectors, anchor=math.inf, run=ONE)
    np.testing.assert_allclose(more.vectors[["a", "b", "c"]], model.vectors[["a", "b", "c"]], atol=1e-6)
    assert more.report["start"]["drift"]["largest"] < 1e-6
