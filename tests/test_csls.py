"""CSLS between two spaces: the formula, hubs, ties, and rows that cannot be compared."""

from __future__ import annotations

import numpy as np
import pytest

from firth import Vectors
from firth.csls import crowding, csls_neighbours
from firth.errors import DataError, OptionError
from firth.neighbours import unit_rows


def spaces(m=300, n=500, dim=12, seed=0):
    random = np.random.default_rng(seed)
    a = random.standard_normal((m, dim)).astype(np.float32)
    b = random.standard_normal((n, dim)).astype(np.float32) + 0.5
    return a, Vectors([f"w{i}" for i in range(n)], b)


def by_the_formula(queries, targets, sources, k):
    """CSLS of all queries with all targets, in float64, (m, n)."""
    x, y, s = (unit_rows(rows).astype(np.float64) for rows in (queries, targets, sources))
    of_x = np.sort(x @ y.T, axis=1)[:, -k:].mean(axis=1)
    of_y = np.sort(y @ s.T, axis=1)[:, -k:].mean(axis=1)
    return 2 * x @ y.T - of_x[:, None] - of_y


@pytest.mark.parametrize("k", [1, 10, 10_000])
def test_the_answers_are_those_of_the_formula(k):
    sources, targets = spaces()
    hits = csls_neighbours(sources[:40], targets, sources=sources, k=min(k, 1_000), topn=7)
    scores = by_the_formula(sources[:40], targets.matrix, sources, min(k, 300))
    if k == 10_000:  # all of both sides
        x, y = (unit_rows(rows).astype(np.float64) for rows in (sources, targets.matrix))
        scores = 2 * x[:40] @ y.T - (x[:40] @ y.T).mean(axis=1)[:, None] - (y @ x.T).mean(axis=1)
    order = np.argsort(-scores, axis=1)[:, :7]
    np.testing.assert_array_equal(hits.rows, order)
    np.testing.assert_allclose(hits.scores, np.take_along_axis(scores, order, 1), atol=1e-6)


def test_the_queries_are_the_sources_unless_others_are_given():
    sources, targets = spaces()
    assert csls_neighbours(sources, targets) == csls_neighbours(sources, targets, sources=sources)
    assert csls_neighbours(sources[:5], targets) != csls_neighbours(sources[:5], targets, sources=sources)
    as_vectors = Vectors(list(range(len(sources))), sources)
    assert csls_neighbours(as_vectors, targets) == csls_neighbours(sources, targets)


def test_crowding_of_blocks_equals_that_of_one_product():
    random = np.random.default_rng(1)
    a = unit_rows(random.standard_normal((700, 5)).astype(np.float32))
    b = unit_rows(random.standard_normal((5_000, 5)).astype(np.float32))
    of_a, of_b = crowding(a, b, k=10)
    products = a @ b.T
    np.testing.assert_allclose(of_a, np.sort(products, axis=1)[:, -10:].mean(axis=1), atol=1e-6)
    np.testing.assert_allclose(of_b, np.sort(products, axis=0)[-10:].mean(axis=0), atol=1e-6)


def test_the_number_of_threads_changes_no_bit():
    sources, targets = spaces(m=2_500, n=700, dim=20)
    matrix = targets.matrix.copy()
    matrix[50:90] = matrix[7]  # equally near, wherever they stand in a block
    targets = Vectors(targets.ids, matrix)
    one, three = (csls_neighbours(sources, targets, topn=3, threads=threads) for threads in (1, 3))
    np.testing.assert_array_equal(one.rows, three.rows)
    np.testing.assert_array_equal(one.scores, three.scores)
    of_one, of_three = (
        crowding(unit_rows(sources), unit_rows(matrix), k=10, threads=threads) for threads in (1, 3)
    )
    np.testing.assert_array_equal(of_one[1], of_three[1])
    assert (of_one[1][50:90] == of_one[1][7]).all()


def test_a_hub_loses_what_it_takes_from_its_neighbours():
    """A target in the direction that all queries share is the nearest of most by the cosine, of few by
    CSLS."""
    random = np.random.default_rng(2)
    shared = np.ones(30)
    rows = random.standard_normal((200, 30))
    queries = rows + 0.5 * random.standard_normal(rows.shape) + shared
    targets = Vectors(range(201), np.vstack([rows, shared]))
    by_cosine = targets.search(queries, topn=1).rows[:, 0]
    by_csls = csls_neighbours(queries, targets, topn=1).rows[:, 0]
    assert np.count_nonzero(by_cosine == 200) > 100
    assert np.count_nonzero(by_csls == 200) < 10
    assert np.mean(by_csls == np.arange(200)) > np.mean(by_cosine == np.arange(200)) + 0.3


def test_rows_that_are_no_numbers_are_no_answer_and_crowd_nobody():
    sources, targets = spaces(m=60, n=80)
    matrix = targets.matrix.copy()
    matrix[3] = np.nan
    matrix[4, 0] = np.inf
    broken = sources.copy()
    broken[7] = np.nan
    hits = csls_neighbours(sources[:5], Vectors(targets.ids, matrix), sources=broken, topn=80)
    assert not {3, 4} & set(hits.rows.ravel().tolist())
    assert (np.count_nonzero(hits.rows < 0, axis=1) == 2).all()
    left = np.delete(np.arange(80), [3, 4])
    scores = by_the_formula(sources[:5], targets.matrix[left], np.delete(sources, 7, axis=0), 10)
    np.testing.assert_allclose(hits.scores[:, :78], -np.sort(-scores, axis=1), atol=1e-6)


def test_equal_rows_answer_in_their_order():
    targets = Vectors(range(100), np.ones((100, 4)))
    hits = csls_neighbours(np.ones((3, 4)), targets, topn=5)
    np.testing.assert_allclose(hits.scores, 0, atol=1e-6)
    assert hits.rows.tolist() == [[0, 1, 2, 3, 4]] * 3


def test_a_sample_gives_nearly_the_same_answers():
    sources, targets = spaces(m=400, n=400, dim=6)
    exact = csls_neighbours(sources, targets, topn=1).rows[:, 0]
    again = csls_neighbours(sources, targets, topn=1, sample=200, seed=3).rows[:, 0]
    assert np.mean(exact == again) > 0.7
    assert csls_neighbours(sources, targets, sample=9_999) == csls_neighbours(sources, targets)


def test_what_cannot_be_searched_is_refused():
    sources, targets = spaces()
    with pytest.raises(DataError, match=r"the queries are of shape \(300, 11\); rows of dim 12 are needed"):
        csls_neighbours(sources[:, :11], targets)
    with pytest.raises(DataError, match=r"the sources are of shape \(0, 12\)"):
        csls_neighbours(sources, targets, sources=sources[:0])
    sources[2, 1] = np.nan
    with pytest.raises(DataError, match="query 2 has a value that is not a finite number"):
        csls_neighbours(sources, targets)
    with pytest.raises(OptionError, match="k is a whole number from 1 to 1,000, not 0"):
        csls_neighbours(sources[:1], targets, k=0)
    with pytest.raises(OptionError, match="threads is a whole number from 1 to 1,024, not 0"):
        csls_neighbours(sources[:1], targets, threads=0)
    with pytest.raises(OptionError, match="topn is a whole number from 1"):
        csls_neighbours(sources[:1], targets, topn=0)


def test_a_row_without_a_direction_is_no_answer():
    rows = np.random.default_rng(5).standard_normal((30, 6)).astype(np.float32)
    rows[4] = 0
    vectors = Vectors(range(30), rows)
    hits = csls_neighbours(rows[:4], vectors, sources=rows, topn=30)
    assert (hits.rows[:, :29] != 4).all()
    assert (hits.rows[:, 29] == -1).all()
