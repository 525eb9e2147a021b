"""The kernels of LSH against their NumPy twins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.kernels import lsh, reference_lsh
from firth.kernels.topk import DOT, EUCLIDEAN

seeds = st.integers(0, 2**32 - 1)


def some_space(random, dim, tables, bits, signs):
    """Directions and factors whose projections are exact in float32, so that both sides round alike."""
    planes = random.integers(-8, 9, (dim, tables * bits)).astype(np.float32)
    planes = planes if signs else planes / np.float32(16)
    shifts = (random.integers(-64, 65, tables * bits) / np.float32(128)).astype(np.float32)
    if signs:
        multipliers = np.tile(np.int64(1) << np.arange(bits, dtype=np.int64), (tables, 1))
        return planes, shifts, multipliers, bits
    return planes, shifts, random.integers(-(2**62), 2**62, (tables, bits)) | 1, 6


def some_points(random, n, dim):
    return (random.integers(-16, 17, (n, dim)) / 4).astype(np.float32)


@settings(max_examples=40)
@given(st.integers(1, 40), st.integers(1, 6), st.integers(1, 4), st.integers(1, 6), st.booleans(), seeds)
def test_slots_equal_the_formula(n, dim, tables, bits, signs, seed):
    random = np.random.default_rng(seed)
    space = some_space(random, dim, tables, bits, signs)
    points = some_points(random, n, dim)
    slots = np.empty((tables, n), np.int32)
    lsh.hash_rows(points, *space, signs, slots)
    np.testing.assert_array_equal(slots, reference_lsh.hash_rows(points, *space, signs))
    assert slots.min() >= 0 and slots.max() < 1 << space[3]


@settings(max_examples=40)
@given(st.lists(st.integers(0, 7), max_size=60))
def test_a_table_lists_the_rows_of_each_slot_in_order(slots):
    offsets, members = np.empty(9, np.int32), np.empty(len(slots), np.int32)
    lsh.fill_table(np.array(slots, np.int32), offsets, members)
    for slot, rows in enumerate(reference_lsh.table_of(np.array(slots), 8)):
        np.testing.assert_array_equal(members[offsets[slot] : offsets[slot + 1]], rows)


@settings(max_examples=60)
@given(st.integers(1, 5), st.booleans(), st.integers(0, 40), seeds)
def test_sets_of_steps_come_cheapest_first_and_all_of_them(bits, signs, count, seed):
    random = np.random.default_rng(seed)
    _, _, multipliers, _ = some_space(random, 1, 1, bits, signs)
    projections = random.normal(size=bits).astype(np.float32) * 3
    most = bits if signs else 2 * bits
    costs, steps = np.empty(most, np.float32), np.empty(most, np.int64)
    twins, sets = np.empty(most, np.int64), np.empty(count, np.int64)
    held = lsh.costs_of(projections, 0, multipliers[0], signs, costs, steps, twins)
    assert held == most and (np.diff(costs) >= 0).all()
    which = [min(j, twin) if twin >= 0 else j for j, twin in enumerate(twins)]
    found = lsh.best_sets(costs, twins, held, np.empty(count + 2), np.empty(count + 2, np.int64), sets)
    expected = reference_lsh.sets_by_cost(costs, which, count)
    assert found == len(expected) and len(set(sets[:found].tolist())) == found
    sums = [sum(float(costs[j]) for j in range(most) if chosen >> j & 1) for chosen in sets[:found].tolist()]
    np.testing.assert_allclose(sums, [cost for cost, _ in expected], rtol=1e-6)


@settings(max_examples=40)
@given(st.integers(0, 60), st.booleans(), st.sampled_from([DOT, EUCLIDEAN]), st.integers(1, 20), seeds)
def test_a_search_finds_the_best_of_the_rows_in_the_slots_near(n, signs, metric, probes, seed):
    random = np.random.default_rng(seed)
    tail, dim, tables, bits = 3, 4, 2, 3
    planes, shifts, multipliers, slot_bits = space = some_space(random, dim, tables, bits, signs)
    rows, queries = some_points(random, n + tail, dim), random.normal(size=(4, dim)).astype(np.float32)
    slots = np.empty((tables, n), np.int32)
    lsh.hash_rows(rows[:n], *space, signs, slots)
    offsets = np.empty((tables, (1 << slot_bits) + 1), np.int32)
    members = np.empty((tables, n), np.int32)
    for t in range(tables):
        lsh.fill_table(slots[t], offsets[t], members[t])
    allowed = random.random(n + tail) < 0.7 if seed % 2 else np.empty(0, bool)
    everyone = allowed if allowed.size else np.ones(n + tail, bool)
    keys, found = np.empty((4, 5), np.float32), np.empty((4, 5), np.int64)
    looked, stamps = np.empty(4, np.int64), np.zeros(n + tail, np.int32)
    lsh.search_tables(
        *(queries, queries, planes, shifts, multipliers, slot_bits, signs, offsets, members, rows),
        *(metric, np.float32(1), allowed, probes, stamps, 0, keys, found, looked),
    )
    for i, query in enumerate(queries):
        near = reference_lsh.slots_near(query, planes, shifts, multipliers, slot_bits, signs, probes)
        there, scores = reference_lsh.search(query, near, slots, rows, metric == EUCLIDEAN, everyone)
        assert looked[i] == len(there)
        best = np.sort(scores)[::-1][:5]
        np.testing.assert_allclose(np.sort(keys[i][found[i] >= 0])[::-1], best, rtol=1e-4, atol=1e-4)
        assert set(found[i][found[i] >= 0].tolist()) <= set(there.tolist())


@pytest.mark.parametrize("signs", [True, False])
def test_points_beyond_all_bounds_have_a_slot(signs):
    random = np.random.default_rng(1)
    space = some_space(random, 2, 2, 4, signs)
    points = np.array([[3e38, 3e38], [-3e38, 3e38], [np.inf, -np.inf], [np.nan, 0]], np.float32)
    slots = np.full((2, 4), -1, np.int32)
    lsh.hash_rows(points, *space, signs, slots)
    assert slots.min() >= 0 and slots.max() < 1 << space[3]
