"""BranchAndBound: exact in every metric, ties and all; it leaves rows out and counts them; and its files."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from firth import Run, Vectors
from firth.errors import DataError, OptionError
from firth.index import BranchAndBound, Exact
from firth.index.branchandbound import BallTreeEngine
from firth.kernels.reference_balltree import best_rows
from firth.neighbours import METRICS as METRIC
from firth.testing.indexes import clustered_vectors

ONE = Run(threads=1)
METRICS = ["cosine", "dot", "euclidean"]


def some_vectors(n=2500, dim=4, seed=1):
    """Clustered rows, some of them several times."""
    matrix = clustered_vectors(n, dim, seed=seed).matrix.copy()
    matrix[n // 2 : n // 2 + 40] = matrix[3]
    return Vectors(np.arange(n), matrix)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("dim", [1, 3, 24])
def test_answers_equal_those_of_exact(metric, dim):
    vectors = some_vectors(dim=dim)
    queries = np.concatenate([vectors.matrix[:40], np.random.default_rng(2).normal(size=(40, dim))])
    queries = np.concatenate([queries, np.zeros((1, dim))]).astype(np.float32)
    index, exact = (kind.build(vectors, metric=metric, run=ONE) for kind in (BranchAndBound(), Exact()))
    for k in (1, 10, 60):
        ours, theirs = index.search(queries, k), exact.search(queries, k)
        np.testing.assert_array_equal(ours.rows, theirs.rows)
        np.testing.assert_allclose(ours.scores, theirs.scores, rtol=1e-6, atol=1e-6)
    assert (
        index.search(queries[0], len(vectors)).rows.tolist()
        == exact.search(queries[0], len(vectors)).rows.tolist()
    )


@pytest.mark.parametrize("metric", METRICS)
def test_answers_among_some_rows_equal_those_of_exact(metric):
    vectors = some_vectors(6000)
    mask = np.random.default_rng(3).random(6000) < 0.6
    index, exact = (kind.build(vectors, metric=metric, run=ONE) for kind in (BranchAndBound(), Exact()))
    ours, theirs = (one.search(vectors.matrix[:50], 10, only=mask) for one in (index, exact))
    np.testing.assert_array_equal(ours.rows, theirs.rows)
    assert index.engine.looked.of == 50 * mask.sum()


def test_few_dims_are_pruned_and_many_are_not():
    random, shares = np.random.default_rng(4), []
    for dim in (2, 4, 8, 16, 64):
        vectors = Vectors(np.arange(4000), random.normal(size=(4000, dim)).astype(np.float32))
        index = BranchAndBound().build(vectors, metric="dot", run=ONE)
        index.search(random.normal(size=(50, dim)).astype(np.float32), 1)
        looked = index.engine.looked
        assert (looked.queries, looked.of) == (50, 50 * 4000)
        shares.append(looked.share)
    assert shares[0] < 0.03 and shares[-1] > 0.9
    assert all(a < b for a, b in itertools.pairwise(shares)), shares


def test_threads_find_and_count_the_same():
    vectors = some_vectors()
    one, two = (BranchAndBound().build(vectors, metric="dot", run=Run(threads=threads)) for threads in (1, 2))
    for a, b in zip(one.engine.tree, two.engine.tree, strict=True):
        np.testing.assert_array_equal(a, b)
    found, counted = [], []
    for threads in (1, 2):
        found.append(one.search(vectors.matrix[:200], 5, threads=threads).ids)
        counted.append(one.engine.looked)
    assert found[0] == found[1] and counted[0] == counted[1]


@pytest.mark.parametrize("metric", METRICS)
def test_rows_that_are_added_are_found_behind_the_tree_and_in_it(metric):
    vectors = some_vectors(3000, 3)
    index = BranchAndBound(leaf=8).build(vectors.take(range(500)), metric=metric, run=ONE)
    again = Vectors(vectors.ids, vectors.matrix, fingerprint=index.fingerprint)
    nodes = []
    for first in range(500, 3000, 500):
        index.add(again.take(range(first, first + 500)))
        nodes.append(len(index.engine.tree.left))
        exact = Exact().build(vectors.take(range(first + 500)), metric=metric).search(vectors.matrix[:30], 20)
        np.testing.assert_array_equal(index.search(vectors.matrix[:30], 20).rows, exact.rows)
    assert (
        nodes[0] == nodes[1] < nodes[-1]
    )  # a tail of 1,000 rows is looked at, a longer one is put into the tree


def test_equal_rows_make_one_leaf_and_rows_far_out_no_deep_tree():
    equal = BranchAndBound(leaf=1).build(Vectors(np.arange(500), np.ones((500, 3), np.float32)), run=ONE)
    assert len(equal.engine.tree.left) == 1
    assert equal.search(np.ones(3), 4).ids == [0, 1, 2, 3]
    rows = np.float32(1.5) ** np.arange(-100, 100)[:, None]
    far = BranchAndBound(leaf=1).build(Vectors(np.arange(200), rows), metric="dot", run=ONE)
    assert far.engine._depth < 60
    assert far.search([1.0], 3).ids == [199, 198, 197]


@pytest.mark.parametrize("scale", [1e-37, 1e37])
@pytest.mark.parametrize("metric", METRICS)
def test_very_long_and_very_short_rows(metric, scale):
    rows = (np.random.default_rng(5).normal(size=(500, 3)) * scale).astype(np.float32)
    queries = np.random.default_rng(6).normal(size=(20, 3)).astype(np.float32)
    queries *= np.float32(scale if metric == "euclidean" else 1)
    index = BranchAndBound(leaf=4).build(Vectors(np.arange(500), rows), metric=metric, run=ONE)
    expected, _ = best_rows(queries, rows, METRIC[metric], np.ones(500, bool), 5)
    np.testing.assert_array_equal(index.search(queries, 5).rows, expected)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"leaf": 0}, "leaf is a whole number from 1 to 1,048,576, not 0"),
        ({"keep": "int8"}, "keep is 'float32', not 'int8'"),
    ],
)
def test_options_outside_their_range(options, message):
    with pytest.raises(OptionError, match=message):
        BranchAndBound(**options)


@pytest.fixture(scope="module")
def state():
    return BranchAndBound(leaf=4).build(some_vectors(100, 3), run=ONE).engine.state()[0]


def changed(array, place, value):
    array = array.copy()
    array[place] = value
    return array


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("rows", lambda a: a.astype("f8"), "keeps its rows as float32"),
        ("rows", lambda a: a[:50], "do not fit each other and 50 rows"),
        ("rows", lambda a: a[:, :2], "do not fit each other"),
        ("radii", lambda a: a.astype("f4"), "keeps radii as float64"),
        ("centres", lambda a: a[:, 0], "keeps centres as float32"),
        ("left", lambda _: None, "keeps left as int32"),
        ("left", lambda a: a[:-1], "do not fit each other"),
        ("order", lambda a: changed(a, 0, a[1]), "does not hold each of its rows once"),
        ("order", lambda a: changed(a, 0, -1), "does not hold each of its rows once"),
        ("left", lambda a: changed(a, 0, 0), "not each the child of one node"),
        ("left", lambda a: changed(a, 1, a[0]), "not each the child of one node"),
        ("left", lambda a: changed(a, 0, len(a) + 5), "not each the child of one node"),
        ("left", lambda a: changed(a, 0, -3), "not each the child of one node"),
        (
            "left",
            lambda a: np.where(a, a[::-1].max() + 1 - a, 0).astype("i4"),
            "not each the child|do not share",
        ),
        ("start", lambda a: changed(a, 1, 2), "do not share the rows"),
        ("stop", lambda a: changed(a, -1, 10**6), "do not share the rows"),
        ("stop", lambda a: changed(a, 0, 99), "do not share the rows"),
        ("radii", lambda a: changed(a, 0, np.nan), "has no centre or no radius"),
        ("radii", lambda a: changed(a, 0, -1), "has no centre or no radius"),
        ("centres", lambda a: changed(a, 0, np.inf), "has no centre or no radius"),
    ],
)
def test_damaged_trees_are_refused(state, name, change, message):
    arrays = {**state, name: change(state[name])}
    arrays = {name: array for name, array in arrays.items() if array is not None}
    with pytest.raises(DataError, match=message):
        BallTreeEngine.from_state(BranchAndBound(leaf=4), "cosine", arrays, {})


def test_any_damage_is_refused_or_searched_to_an_end(state):
    """Numbers changed anywhere: no row outside, no endless way through the tree."""
    random = np.random.default_rng(6)
    queries = random.normal(size=(4, 3)).astype(np.float32)
    opened = 0
    for _ in range(400):
        name = str(random.choice(["order", "left", "start", "stop"]))
        array = state[name].copy()
        array[random.integers(len(array))] = random.integers(-3, len(array) + 3)
        try:
            engine = BallTreeEngine.from_state(BranchAndBound(leaf=4), "cosine", {**state, name: array}, {})
        except DataError:
            continue
        rows, _ = engine.search(queries, 5, allowed=None, settings={}, threads=1)
        assert rows.max() < 100
        opened += 1
    assert opened < 40  # those where the number was the same by chance
