"""The kernels of the ball tree: it keeps what a tree promises, and its answers are those of a full sort."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.kernels import balltree, reference_balltree, reference_screening, screening
from firth.kernels.topk import COSINE, DOT, EUCLIDEAN

seeds = st.integers(0, 2**32 - 1)


def some_rows(random, n, dim):
    """Few distinct values make many ties and equal rows; a few rows lie far out."""
    rows = random.integers(-3, 4, (n, dim)).astype(np.float32)
    rows[random.random(n) < 0.05] *= 1e6
    return rows


def tree_of(rows, leaf, inside):
    order = np.arange(inside, dtype=np.int32)
    room = np.empty((3, max(1, 2 * inside)), np.int32)
    nodes = balltree.split_rows(rows, leaf, order, *room) if inside else 0
    left, start, stop = (part[:nodes].copy() for part in room)
    centres, radii = np.empty((nodes, rows.shape[1]), np.float32), np.empty(nodes)
    balltree.measure_balls(rows, order, start, stop, centres, radii)
    return order, left, start, stop, centres, radii


def leaves_of(rows, tree):
    leaves = np.empty(len(tree[0]) * rows.shape[1], np.float32)
    screening.lay_leaves(rows, *tree[:4], leaves)
    return leaves


@settings(max_examples=50)
@given(st.integers(1, 200), st.integers(1, 6), st.integers(1, 12), seeds)
def test_a_tree_holds_each_row_once_in_balls_that_reach_it(n, dim, leaf, seed):
    rows = some_rows(np.random.default_rng(seed), n, dim)
    tree = tree_of(rows, leaf, n)
    assert not reference_balltree.broken_promises(rows, leaf, *tree)
    leaves = leaves_of(rows, tree)
    twin = np.empty_like(leaves)
    reference_screening.lay_leaves(rows, *tree[:4], twin)
    np.testing.assert_array_equal(leaves, twin)


@settings(max_examples=100)
@given(
    st.integers(1, 40),
    st.integers(1, 30),
    st.sampled_from([COSINE, DOT, EUCLIDEAN]),
    st.sampled_from([1e-37, 1e-20, 1.0, 1e18, 1e37]),
    st.sampled_from([0, 1000]),
    seeds,
)
@np.errstate(over="ignore", invalid="ignore")  # sums beyond float32 are looked at closely
def test_no_row_is_passed_over_that_is_as_near(size, dim, metric, scale, shift, seed):
    random = np.random.default_rng(seed)
    rows = ((random.normal(size=(size, dim)) + shift) * scale / (1 + shift)).astype(np.float32)
    query = ((random.normal(size=dim) + shift) * (scale if seed % 2 else 1) / (1 + shift)).astype(np.float32)
    if metric == COSINE:
        rows = (rows / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)).astype(np.float32)
    near, exact = np.empty(size, np.float32), np.empty(size)
    leaf = np.ascontiguousarray(rows.T).ravel()
    screening.screen(query, leaf, metric, near)
    reference_screening.screen(query, leaf, metric, exact)
    length = np.linalg.norm(query.astype(np.float64))
    scores = -np.sqrt(-exact) if metric == EUCLIDEAN else exact / length if metric == COSINE else exact
    longest = np.linalg.norm(rows.astype(np.float64), axis=1).max()
    for i in range(size):
        limit = screening.limit_of(np.float32(scores[i]), dim, length, longest, metric)
        assert not (near[scores >= scores[i]] < limit).any()
        assert screening.any_within(near, limit)
    assert not screening.any_within(np.full(size, -1, np.float32), np.float32(0))


@settings(max_examples=80)
@given(st.integers(0, 150), st.integers(1, 5), st.sampled_from([COSINE, DOT, EUCLIDEAN]), seeds)
def test_answers_are_exact_with_ties_in_the_order_of_rows(n, dim, metric, seed):
    random = np.random.default_rng(seed)
    tail, k, leaf = 4, int(random.integers(1, 9)), int(random.integers(1, 9))
    rows, queries = some_rows(random, n + tail, dim), some_rows(random, 6, dim)
    if metric == COSINE:
        rows[~rows.any(axis=1)] = 1
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    allowed = random.random(n + tail) < 0.6 if seed % 2 else np.empty(0, bool)
    everyone = allowed if allowed.size else np.ones(n + tail, bool)
    found, scores = np.empty((6, k), np.int64), np.empty((6, k), np.float32)
    looked = np.empty(6, np.int64)
    tree = tree_of(rows, leaf, n)
    depth = balltree.depth_of(tree[1])
    leaves = leaves_of(rows, tree)
    balltree.search_tree(queries, rows, *tree, leaves, depth, metric, allowed, found, scores, looked)
    expected, best = reference_balltree.best_rows(queries, rows, metric, everyone, n + tail)
    np.testing.assert_allclose(scores[:, : best.shape[1]], best[:, :k], rtol=2e-7, atol=2e-7)
    assert (looked <= everyone.sum()).all()
    if metric != COSINE:  # sums of whole numbers are exact on both sides, and so are their ties
        np.testing.assert_array_equal(found[:, : expected.shape[1]], expected[:, :k])


def test_depth_is_bounded_where_each_row_lies_far_beyond_the_last():
    rows = (2.0 ** np.arange(120) * 1e-10)[:, None].astype(np.float32)
    tree = tree_of(rows, 1, len(rows))
    assert not reference_balltree.broken_promises(rows, 1, *tree)
    assert balltree.depth_of(tree[1]) <= 2 + np.log(120) / np.log(8 / 7)
