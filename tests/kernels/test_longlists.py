"""Long lists of answers against their twin."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.kernels import longlists, reference_longlists
from firth.kernels.rerank import best_of, in_order
from firth.kernels.topk import DOT


@settings(max_examples=60)
@given(st.integers(0, 80), st.integers(1, 90), st.integers(0, 2**32 - 1))
def test_the_best_come_in_order_each_once(c: int, k: int, seed: int):
    random = np.random.default_rng(seed)
    candidates = random.integers(-2, 40, c)
    of_rows = random.integers(-3, 4, 43).astype(np.float32)  # few values make many ties
    of_rows[random.random(43) < 0.1] = np.nan
    keys = of_rows[candidates]
    found = np.full(k, -7), np.full(k, -7, np.float32)
    expected = np.full(k, -7), np.full(k, -7, np.float32)
    held = longlists.sort_best(candidates, keys, *found)
    assert held == reference_longlists.sort_best(candidates, keys, *expected)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])


def test_a_long_list_begins_as_a_short_one():
    random = np.random.default_rng(2)
    matrix = random.integers(-2, 3, (700, 3)).astype(np.float32)
    queries = random.integers(-2, 3, (4, 3)).astype(np.float32)
    candidates = random.integers(-5, 700, (4, 900))
    keys = np.where(candidates < 0, np.nan, np.einsum("md,mcd->mc", queries, matrix[candidates]))
    lists = []
    for k in (longlists.LONG, longlists.LONG + 1, 900):
        for run in (
            lambda rows, scores: best_of(queries, matrix, candidates, DOT, rows, scores),
            lambda rows, scores: in_order(candidates, keys.astype(np.float32), rows, scores),
        ):
            rows, scores = np.zeros((4, k), np.int64), np.zeros((4, k), np.float32)
            run(rows, scores)
            lists.append((rows, scores))
    for rows, scores in lists[1:]:
        np.testing.assert_array_equal(rows[:, : longlists.LONG], lists[0][0])
        np.testing.assert_array_equal(scores[:, : longlists.LONG], lists[0][1])
    rows, scores = lists[-1]
    for i in range(4):
        there = len(np.unique(candidates[i][candidates[i] >= 0]))
        assert (rows[i, :there] >= 0).all() and (rows[i, there:] == -1).all()
        assert (scores[i, there:] == -np.inf).all()
