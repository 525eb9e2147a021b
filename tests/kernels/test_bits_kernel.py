"""Packed bits and rows times a matrix: the kernels beside their twins in NumPy."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.kernels import bits, project, reference_bits, reference_project

EXAMPLES = settings(max_examples=40)


@EXAMPLES
@given(n=st.integers(0, 9), d=st.integers(0, 27), seed=st.integers(0, 2**32 - 1))
def test_signs_are_packed_as_numpy_packs_them(n: int, d: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    values = random.integers(-2, 3, (n, d)).astype(np.float32)
    values[random.random((n, d)) < 0.1] = np.nan
    thresholds = random.integers(-1, 2, d).astype(np.float32)
    found, wanted = (np.full((n, -(-d // 8)), 7, np.uint8) for _ in range(2))
    bits.pack_signs(values, thresholds, found)
    reference_bits.pack_signs(values, thresholds, wanted)
    np.testing.assert_array_equal(found, wanted)


@EXAMPLES
@given(
    m=st.integers(0, 4),
    n=st.integers(1, 600),
    width=st.integers(0, 26),
    share=st.floats(0, 1),
    seed=st.integers(0, 2**32 - 1),
)
def test_distances(m: int, n: int, width: int, share: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    few = max(1, int(n * (1 - share)))  # copies make ties
    codes = random.integers(0, 256, (few, width), np.uint8)[random.integers(0, few, n)]
    queries = random.integers(0, 256, (m, width), np.uint8)
    found, wanted = (np.full((m, n), -1, np.int32) for _ in range(2))
    bits.hamming(queries, codes, found)
    reference_bits.hamming(queries, codes, wanted)
    np.testing.assert_array_equal(found, wanted)

    pairs, right_pairs = np.empty(n, np.int32), np.empty(n, np.int32)
    bits.count_pairs(codes, np.ascontiguousarray(codes[::-1]), pairs)
    reference_bits.count_pairs(codes, codes[::-1], right_pairs)
    np.testing.assert_array_equal(pairs, right_pairs)


@EXAMPLES
@given(m=st.integers(0, 4), n=st.integers(0, 9), width=st.integers(0, 9), seed=st.integers(0, 2**32 - 1))
def test_scores_by_tables_are_the_same_bits(m: int, n: int, width: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    tables = random.normal(0, 1, (m, width, 256)).astype(np.float32)
    codes = random.integers(0, 256, (n, width), np.uint8)
    found, wanted = np.empty((m, n), np.float32), np.empty((m, n), np.float32)
    bits.table_scores(tables, codes, found)
    reference_bits.table_scores(tables, codes, wanted)
    np.testing.assert_array_equal(found, wanted)


@EXAMPLES
@given(n=st.integers(0, 9), d=st.integers(0, 20), k=st.integers(0, 20), seed=st.integers(0, 2**32 - 1))
def test_projections_are_the_same_bits_for_one_row_as_for_many(n: int, d: int, k: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = random.normal(0, 1, (n, d)).astype(np.float32)
    matrix = random.normal(0, 1, (d, k)).astype(np.float32)
    found, wanted, single = (np.empty((n, k), np.float32) for _ in range(3))
    project.project(rows, matrix, found)
    reference_project.project(rows, matrix, wanted)
    np.testing.assert_array_equal(found, wanted)
    for i in range(n):
        project.project(rows[i : i + 1], matrix, single[i : i + 1])
    np.testing.assert_array_equal(single, found)
