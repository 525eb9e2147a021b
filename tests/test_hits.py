"""Hits: a record of arrays that knows how to be a sequence."""

from __future__ import annotations

import numpy as np
import pytest

from firth import Hits, Strings

TABLE = Strings.of(["paris", "rome", "oslo"])


def one() -> Hits:
    return Hits(np.array([2, 0, -1]), np.array([0.5, 0.25, -np.inf], np.float32), TABLE)


def several() -> Hits:
    return Hits(np.array([[0, 1], [2, -1]]), np.array([[1, 0.5], [0.5, -np.inf]], np.float32), TABLE)


def test_the_hits_of_one_query_are_pairs_without_the_empty_places():
    assert list(one()) == [("oslo", 0.5), ("paris", 0.25)]
    assert (len(one()), one().ids, one()[-1]) == (2, ["oslo", "paris"], ("paris", 0.25))
    assert one()[:1].ids == ["oslo"]
    with pytest.raises(IndexError, match="hit 2 of 2"):
        one()[2]


def test_the_hits_of_several_queries_are_a_sequence_of_hits():
    assert several().ids == [["paris", "rome"], ["oslo"]]
    assert [hits[0] for hits in several()] == [("paris", 1.0), ("oslo", 0.5)]
    assert several()[1:].ids == [["oslo"]]


def test_equality_and_repr():
    assert one() == one()
    assert one() != several()
    assert repr(one()) == "Hits('oslo': 0.500, 'paris': 0.250)"
    assert repr(several()) == "Hits(2 queries, 2 each)"
