"""Sums of table entries and the search in leaves against their twins in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.index.packed import PackedCodes
from firth.kernels import lanemasks, leaves, lookup
from firth.kernels import reference_leaves as twin
from firth.kernels.jit import kernel

SEEDS = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize("add_up", [lookup.add_up, lookup.add_up_plain])
@settings(deadline=None, max_examples=30)
@given(SEEDS, st.integers(1, 128))
def test_sums(add_up, seed, pairs):
    random = np.random.default_rng(seed)
    codes = random.integers(0, 256, (3, pairs, lookup.BLOCK), np.uint8)
    tables = random.integers(0, 256, (pairs, 2, 16), np.uint8)
    sums = np.empty(lookup.BLOCK, np.uint16)
    for block in range(len(codes)):
        add_up(codes, block, tables, pairs, sums)
        assert np.array_equal(sums, twin.add_up(codes, block, tables))


def test_the_greatest_sums_fit():
    codes, tables = np.full((1, 128, 64), 255, np.uint8), np.full((128, 2, 16), 255, np.uint8)
    sums = np.empty(lookup.BLOCK, np.uint16)
    lookup.add_up(codes, 0, tables, 128, sums)
    assert (sums == 256 * 255).all()


@kernel
def bits_in_turn(bits, out):
    """The numbers of the bits that are set, in rising order; returns how many."""
    count = 0
    while bits:
        out[count] = lanemasks.lowest_bit(bits)
        bits &= bits - np.uint64(1)
        count += 1
    return count


@settings(deadline=None, max_examples=60)
@given(SEEDS, st.sampled_from([0, 1, 30_000, 65_535]), st.sampled_from([-np.inf, -5.0, 0.0, 9.0, np.inf]))
def test_rows_that_are_good_enough(seed, bound, least):
    random = np.random.default_rng(seed)
    sums = random.choice(np.array([0, 1, 2, 29_999, 30_000, 40_000, 65_535], np.uint16), 64)
    less = random.choice(np.array([-4, 0, 7, np.inf], np.float32), (2, 64))
    step, least = np.float32(random.choice([0, 1, 2])), np.float32(least)
    assert lanemasks.sums_from(sums, np.uint16(bound)) == twin.sums_from(sums, bound)
    bits = lanemasks.keys_above(sums, less, 1, step, least)
    assert bits == twin.keys_above(sums, less, 1, step, least)
    places = np.empty(64, np.int64)
    assert twin.bits_of(np.isin(np.arange(64), places[: bits_in_turn(np.uint64(bits), places)])) == bits


@settings(deadline=None, max_examples=60)
@given(
    SEEDS,
    st.integers(1, 300),
    st.integers(1, 6),
    st.integers(1, 4),
    st.integers(1, 2),
    st.integers(1, 20),
    st.booleans(),
    st.booleans(),
)
def test_search(seed, n, leaf_count, pairs, size, k, distances, filtered):
    random = np.random.default_rng(seed)
    packed = PackedCodes(leaf_count, pairs, halves=distances)
    of = random.integers(0, leaf_count, n).astype(np.int32)
    codes = random.integers(0, 256, (n, pairs), np.uint8)
    cut = int(random.integers(0, n + 1))
    width = 2 * pairs * size
    centroids = random.normal(size=(leaf_count, width)).astype(np.float32)
    centres = random.normal(size=(2 * pairs, size, 16)).astype(np.float32)
    halves = np.zeros(n, np.float32)
    if distances:
        leaves.half_squares(codes, of, centroids, centres, halves)
    for part in (slice(cut), slice(cut, n)):
        packed.append(of[part], codes[part], halves[part] if distances else None)
    for given_, back in zip((of, codes), packed.unpacked(), strict=True):
        assert np.array_equal(given_, back)
    queries = random.normal(size=(3, width)).astype(np.float32)
    queries[2] = 0  # every entry of its tables is the same
    promise = random.normal(size=leaf_count).astype(np.float32)
    allowed = random.random(n if filtered else 0) < 0.5
    probed = int(random.integers(1, leaf_count + 1))
    keys, found = np.empty((3, k), np.float32), np.empty((3, k), np.int64)
    inside = (
        centroids,
        promise,
        centres,
        packed.blocks,
        packed.rows,
        packed.order,
        packed.first,
        packed.counts,
        packed.half,
    )
    leaves.search_leaves(queries, *inside, allowed, probed, keys, found)
    expected = twin.search_leaves(queries, *inside, allowed, probed, k)
    np.testing.assert_allclose(-np.sort(-keys, axis=1), expected, rtol=1e-4, atol=1e-4)
    assert np.array_equal(found < 0, keys == -np.inf)
    for rows in found:
        there = rows[rows >= 0]
        assert len(set(there.tolist())) == len(there)
        assert not filtered or allowed[there].all()


@settings(deadline=None, max_examples=20)
@given(SEEDS, st.integers(1, 8), st.integers(1, 3))
def test_keys_are_near_the_products_with_decoded_rows(seed, pairs, size):
    """An entry is rounded by at most half a step, and a row has 2 · pairs of them."""
    random = np.random.default_rng(seed)
    n, width = 100, 2 * pairs * size
    of, codes = np.zeros(n, np.int32), random.integers(0, 256, (n, pairs), np.uint8)
    packed = PackedCodes(1, pairs)
    packed.append(of, codes)
    centroids = random.normal(size=(1, width)).astype(np.float32)
    centres = random.normal(size=(2 * pairs, size, 16)).astype(np.float32)
    query = random.normal(size=(1, width)).astype(np.float32)
    keys, found = np.empty((1, n), np.float32), np.empty((1, n), np.int64)
    inside = (packed.blocks, packed.rows, packed.order, packed.first, packed.counts)
    inside = (*inside, np.zeros((0, 64), np.float32), np.zeros(0, bool))
    leaves.search_leaves(
        query,
        centroids,
        np.zeros(1, np.float32),
        centres,
        *inside,
        1,
        keys,
        found,
    )
    numbers = np.stack([codes & 15, codes >> 4], axis=2).reshape(n, -1)
    decoded = centroids + centres[np.arange(2 * pairs), :, numbers].reshape(n, -1)
    _, step, _ = twin.make_tables(query[0], centres)
    assert np.array_equal(np.sort(found[0]), np.arange(n))
    assert np.abs(keys[0] - decoded[found[0]] @ query[0]).max() <= step * pairs + 1e-3
    half = np.empty(n, np.float32)
    leaves.half_squares(codes, of, centroids, centres, half)
    np.testing.assert_allclose(half, (decoded**2).sum(axis=1) / 2, rtol=1e-5)


@settings(deadline=None, max_examples=80)
@given(SEEDS, st.integers(2, 300), st.booleans())
def test_the_greatest_of_the_candidates_are_left_in_their_order(seed, held, ties):
    random = np.random.default_rng(seed)
    kept = int(random.integers(1, held))
    keys = random.integers(-3, 4, held) if ties else random.normal(size=held) * 10.0 ** (seed % 60 - 30)
    keys = keys.astype(np.float32)
    keys[random.random(held) < 0.1] = -np.inf
    expected = np.sort(np.argsort(-keys, kind="stable")[:kept])
    left, found = keys.copy(), np.arange(held)
    bound = leaves.keep_greatest(left, found, held, kept, np.empty(held, np.int32))
    assert np.array_equal(found[:kept], expected)
    assert np.array_equal(left[:kept], keys[expected])
    assert bound == keys[expected].min()
