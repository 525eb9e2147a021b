"""The walks over float32 rows and half floats against their NumPy twins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from firth.kernels import halflanes, halves, reference_scan, scan
from firth.kernels.keys import keep_close, weigh
from firth.kernels.topk import COSINE, DOT, EUCLIDEAN

LANES, PANEL = scan.LANES, scan.PANEL
EVERYONE = np.empty(0, bool)
metrics = st.sampled_from([COSINE, DOT, EUCLIDEAN])
seeds = st.integers(0, 2**32 - 1)


def whole_rows(random, n, d):
    """Small whole numbers, whose products no order of a sum rounds: many are equal."""
    return random.integers(-3, 4, (n, d)).astype(np.float32)


def weights_of(matrix, metric):
    weights = np.empty(len(matrix), np.float32)
    weigh(matrix, metric, np.zeros(matrix.shape[1], np.float32), weights)
    return weights


def heaps(m, k):
    return np.full((m, k), -np.inf, np.float32), np.full((m, k), -1, np.int64)


def check(found, twin):
    """The same keys and rows, in whatever order a heap has them."""
    for keys, rows, other_keys, other_rows in zip(*found, *twin, strict=True):
        order, other = np.lexsort((rows, -keys)), np.lexsort((other_rows, -other_keys))
        np.testing.assert_array_equal(keys[order], other_keys[other])
        np.testing.assert_array_equal(rows[order], other_rows[other])


def laid_one(query):
    laid = np.full(-(-len(query) // LANES) * LANES, np.nan, np.float32)
    scan.lay_one(query, laid)
    return laid


def laid_panels(queries):
    laid = np.full(-(-len(queries) // PANEL) * PANEL * queries.shape[1], np.nan, np.float32)
    scan.lay_panels(queries, laid)
    return laid


@settings(max_examples=60)
@given(seeds, st.integers(1, 70), st.integers(LANES, 5 * LANES), st.integers(1, 9), metrics, st.booleans())
def test_one_query_keeps_what_its_twin_keeps(seed, n, d, k, metric, filtered):
    random = np.random.default_rng(seed)
    matrix, query = whole_rows(random, n, d), whole_rows(random, 1, d)[0]
    allowed = random.random(n) < 0.5 if filtered else EVERYONE
    weights = weights_of(matrix, metric)
    middle = int(random.integers(0, n + 1))
    found, twin = heaps(1, k), heaps(1, k)
    for first, last in ((0, middle), (middle, n)):
        rest = metric, laid_one(query), allowed, first, last
        scan.keep_of_one(matrix, weights, *rest, found[0][0], found[1][0])
        reference_scan.keep_of_one(matrix, weights, *rest, twin[0][0], twin[1][0])
    check(found, twin)


@settings(max_examples=60)
@given(
    seeds,
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(1, 150),
    st.integers(1, 9),
    metrics,
    st.booleans(),
)
def test_panels_keep_what_their_twin_keeps(seed, n, d, m, k, metric, filtered):
    random = np.random.default_rng(seed)
    matrix, queries = whole_rows(random, n, d), whole_rows(random, m, d)
    allowed = random.random(n) < 0.5 if filtered else EVERYONE
    rest = weights_of(matrix, metric), metric, laid_panels(queries), allowed, 0, n
    found, twin = heaps(m, k), heaps(m, k)
    scan.keep_of_panels(matrix, *rest, *found)
    reference_scan.keep_of_panels(matrix, *rest, *twin)
    check(found, twin)


@settings(max_examples=25)
@given(seeds, st.integers(1, 60), st.integers(LANES, 40), st.integers(1, 5), metrics)
def test_half_floats_are_looked_at_as_what_they_stand_for(seed, n, d, k, metric):
    random = np.random.default_rng(seed)
    matrix, query = whole_rows(random, n, d), whole_rows(random, 1, d)
    bits, weights = matrix.astype(np.float16).view(np.uint16), weights_of(matrix, metric)
    for module, laid in (
        (halves.keep_of_one, laid_one(query[0])),
        (halves.keep_of_panels, laid_panels(query)),
    ):
        found, twin = heaps(1, k), heaps(1, k)
        one = module is halves.keep_of_one
        into = (found[0][0], found[1][0]) if one else found
        module(bits, weights, metric, laid, EVERYONE, 0, n, *into)
        reference_scan.keep_sorted(matrix, weights, metric, query, EVERYONE, 0, n, *twin)
        check(found, twin)


def every_finite_half():
    bits = np.arange(1 << 16, dtype=np.uint32).astype(np.uint16)
    return bits[np.isfinite(bits.view(np.float16))][None]


def test_every_finite_half_float_is_widened_as_numpy_widens_it():
    for bits in (every_finite_half(), every_finite_half()[:, 5:]):  # whole vectors, and a rest
        wide, twin = np.empty((2, *bits.shape), np.float32)
        halves.widen(bits, wide)
        reference_scan.widen(bits, twin)
        np.testing.assert_array_equal(wide.view(np.uint32), twin.view(np.uint32))


@pytest.mark.parametrize("way", range(len(halflanes.WAYS)), ids=halflanes.WAYS)
def test_each_way_to_widen_that_this_processor_has_is_right(way):
    if way == 0:
        widen = njit(lambda bits, position, out: halflanes.widen_part(bits, position, out, 0))
    else:
        widen = njit(lambda bits, position, out: halflanes.widen_part(bits, position, out, 1))
    bits = every_finite_half()[0]
    bits = bits[: bits.size // LANES * LANES]
    wide = np.empty(bits.size, np.float32)
    for position in range(0, bits.size, LANES):
        widen(bits, position, wide)
    np.testing.assert_array_equal(
        wide.view(np.uint32), bits.view(np.float16).astype(np.float32).view(np.uint32)
    )


@pytest.mark.parametrize("n", [1, LANES, 3 * LANES + 5])
def test_a_row_that_is_not_finite_is_never_kept_and_spoils_no_other(n):
    matrix = np.ones((n, LANES + 3), np.float32)
    matrix[::2] = np.nan
    keys, rows = heaps(1, n)
    scan.keep_of_one(
        matrix,
        np.empty(0, np.float32),
        DOT,
        laid_one(matrix[0] * 0 + 1 if n < 2 else matrix[1]),
        EVERYONE,
        0,
        n,
        keys[0],
        rows[0],
    )
    assert set(rows[0]) - {-1} == set(range(1, n, 2))


@settings(max_examples=40)
@given(seeds, st.integers(1, 30), st.integers(1, 20), st.integers(1, 6))
def test_the_exact_look_keeps_the_best_of_all_rows_with_such_keys(seed, n, d, k):
    random = np.random.default_rng(seed)
    matrix, query = whole_rows(random, n, d), whole_rows(random, 1, d)[0]
    products = matrix @ query
    least = float(random.choice(products))
    rows, scores = np.full(k, -1, np.int64), np.full(k, -np.inf, np.float32)
    keep_close(matrix, np.empty(0, np.float32), DOT, query, query, least, EVERYONE, 100, rows, scores)
    order = np.lexsort((np.arange(n), -products))
    expected = [int(i) for i in order if products[i] >= least][:k]
    assert rows[rows >= 0].tolist() == [100 + i for i in expected]
    np.testing.assert_array_equal(scores[: len(expected)], products[expected])
