"""Neighbour tables: the neighbours of a full sort, what is shared, and what is missing and shown as such."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from firth import Run, SubwordSkipGram, Vectors
from firth.errors import DataError, OptionError
from firth.measure.neighbourtables import neighbour_table

WORDS = [f"w{i}" for i in range(40)]


def space(seed, words=WORDS, metric="cosine"):
    return Vectors(words, np.random.default_rng(seed).standard_normal((len(words), 4)), metric=metric)


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
def test_the_neighbours_are_those_of_a_full_sort(metric):
    a, b = space(1, metric=metric), space(2, metric=metric)
    table = neighbour_table({"a": a, "b": b}, ["w3", "w7"], topn=5)
    for i, key in enumerate(table.ids):
        both = []
        for s, v in enumerate((a, b)):
            scores = {other: v.similarity(key, other) for other in WORDS if other != key}
            best = sorted(scores, key=scores.get, reverse=True)[:5]
            assert list(table.neighbours[s][i]) == best
            assert list(table.scores[s][i]) == pytest.approx([scores[other] for other in best], abs=1e-6)
            both.append(set(best))
        shared = both[0] & both[1]
        assert table.shared[i] == dict.fromkeys(shared, 2)
        assert table.overlaps()[i] == len(shared) / 5
    assert table.overlap == np.mean(table.overlaps())


def test_shared_neighbours_are_counted_over_all_spaces():
    spaces = {"a": space(1), "again": space(1), "b": space(2)}
    table = neighbour_table(spaces, ["w0"], topn=3)
    assert set(table.neighbours[0][0]) <= table.shared[0].keys()
    with_b = len(set(table.neighbours[0][0]) & set(table.neighbours[2][0]))
    assert table.overlap == pytest.approx((1 + 2 * with_b / 3) / 3)
    first = next(table.rows())
    assert (first.id, first.rank, first.shared[0]) == ("w0", 1, table.shared[0][first.neighbours[0]])
    assert "+2 in two spaces" in str(table)
    assert f"{first.neighbours[0]} +{first.shared[0]} {first.scores[0]:.3f}" in str(table)


def test_missing_ids_are_shown_and_not_dropped():
    matrix = np.array(space(1).matrix)
    matrix[1], matrix[2, 0] = 0, np.nan
    a, b = Vectors(WORDS, matrix), space(2, words=[*WORDS[:5], "only b"])
    table = neighbour_table({"a": a, "b": b}, ["w0", "w1", "w2", "only b", "nowhere", "w9"], topn=3)
    assert table.missing == {
        "w1": ("a",), "w2": ("a",), "only b": ("a",), "nowhere": ("a", "b"), "w9": ("b",)
    }  # fmt: skip
    assert table.neighbours[0][1] is None
    assert len(table.neighbours[1][1]) == 3
    assert [math.isnan(value) for value in table.overlaps()] == [False, True, True, True, True, True]
    lines = [row for row in table.rows() if row.id == "nowhere"]
    assert [(row.rank, row.neighbours, row.shared) for row in lines] == [(1, (None, None), (0, 0))]
    text = str(table)
    assert text.count("not there") == 7  # six cells and the note
    assert "1 of 6 ids can be compared" in text
    assert "nowhere (a, b)" in text
    assert f"{sum(table.unknown)} of the neighbours are not among the ids of another space" in text
    held = json.loads(json.dumps(table.to_dict(), allow_nan=False))
    assert held["ids"][4]["neighbours"] == {"a": None, "b": None}
    assert held["ids"][1]["overlap"] is None
    assert held["ids"][0]["neighbours"]["a"][0]["id"] == table.neighbours[0][0][0]


def test_only_ids_that_all_spaces_have_when_asked():
    a, b = space(1), space(2, words=[*WORDS[5:20], "x", "y"])
    table = neighbour_table({"a": a, "b": b}, ["w6", "x", "w30"], topn=20, common=True)
    assert table.among == 15
    common = set(WORDS[5:20])
    assert set(table.neighbours[0][0]) == set(table.neighbours[1][0]) == common - {"w6"}
    assert set(table.neighbours[1][1]) == set(table.neighbours[0][2]) == common  # looked up from outside
    assert (table.overlaps()[0], sum(table.unknown)) == (1.0, 0)
    assert "searched among the 15 ids that all spaces have" in str(table)
    with pytest.raises(DataError, match="the spaces have no id in common"):
        neighbour_table({"a": a, "b": space(1, words=range(40))}, ["w6"], common=True)


def test_whole_numbers_equal_rows_and_one_space_alone():
    v = Vectors([3, 5, 8], np.array([[1.0, 0], [1, 0], [0, 1]]))
    table = neighbour_table(v, np.array([3, 8, 9]), topn=2)
    assert table.spaces == ("vectors",)
    assert table.neighbours[0] == ((5, 8), (3, 5), None)
    assert str(table).splitlines()[0] == "2 nearest neighbours"
    assert "shared" not in str(table)
    json.dumps(table.to_dict(), allow_nan=False)
    alone = neighbour_table(Vectors(["a"], np.ones((1, 2))), ["a"])
    assert alone.neighbours == (((),),)
    assert "no other" in str(alone)


def test_a_model_of_subwords_knows_words_that_it_never_saw():
    text = [["kitten", "purrs"], ["puppy", "barks"]] * 30
    model = SubwordSkipGram(dim=8, min_count=1, epochs=2, buckets=1000, subsample=0).fit(
        text, run=Run(threads=1, progress=False)
    )
    asked = ["kittens", "kittenish"]
    table = neighbour_table({"subwords": model, "words": model.vectors}, asked, topn=9)
    assert table.missing == {"kittens": ("words",), "kittenish": ("words",)}
    assert set(table.neighbours[0][0]) == set(model.vectors)  # to look up, and no neighbours themselves


@pytest.mark.parametrize(
    ("spaces", "ids", "options", "error", "message"),
    [
        ({}, ["a"], {}, DataError, "a table needs at least one space"),
        ({"a": space(1)}, [], {}, DataError, "at least one space, .* and one id"),
        ({"a": space(1)}, "w1", {}, DataError, r"for one alone, write \['w1'\]"),
        ({"a": space(1)}, ["w1"], {"topn": 0}, OptionError, "topn is a whole number from 1 .* not 0"),
        ({"a": len}, ["w1"], {}, DataError, "looked up in Vectors or a Model, not in a builtin_function"),
    ],
)
def test_what_cannot_be_a_table(spaces, ids, options, error, message):
    with pytest.raises(error, match=message):
        neighbour_table(spaces, ids, **options)
