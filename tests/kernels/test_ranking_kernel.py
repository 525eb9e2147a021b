"""Ranked results, beside the NumPy twins."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.kernels import ranking as kernels
from firth.kernels import reference_ranking as reference

KINDS = np.array([*range(9)] * 2, np.int64)
CUTS = np.array([3] * 9 + [1 << 62] * 9, np.int64)
NEEDS_CUT = (kernels.PRECISION, kernels.JUDGED)


def offsets_of(sizes: list[int]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)


def spans(random: np.random.Generator, queries: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the results of each query are: not in the order of the queries, and some have none."""
    ends = offsets_of(random.integers(0, 9, queries).tolist())
    order = random.permutation(queries)
    return ends[:-1][order].copy(), ends[1:][order].copy()


@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.sampled_from([1, 3, 1000]))
@settings(max_examples=60)
def test_places_agree_with_their_twin(seed: int, queries: int, different: int) -> None:
    random = np.random.default_rng(seed)
    starts, stops = spans(random, queries)
    scores = random.integers(0, different, stops.max(initial=0)).astype(np.float32)
    wanted, sizes = [], []
    for start, stop in zip(starts, stops, strict=True):
        own = scores[start:stop][random.random(stop - start) < 0.5].tolist() + [np.nan] * random.integers(
            0, 3
        )
        wanted += own
        sizes.append(len(own))
    offsets = offsets_of(sizes)
    found, expected, equal, expected_equal = np.full((4, len(wanted)), -7, np.int64)
    keys = np.array(wanted, np.float32)
    kernels.place_by_score(scores, starts, stops, keys, offsets, found, equal)
    reference.place_by_score(scores, starts, stops, keys, offsets, expected, expected_equal)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(equal, expected_equal)


@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
@settings(max_examples=60)
def test_rows_are_found_as_by_their_twin(seed: int, queries: int) -> None:
    random = np.random.default_rng(seed)
    starts, stops = spans(random, queries)
    rows = np.zeros(stops.max(initial=0), np.int64)
    for start, stop in zip(starts, stops, strict=True):
        rows[start:stop] = random.permutation(12)[: stop - start]
    offsets = offsets_of(random.integers(0, 5, queries).tolist())
    wanted = random.integers(-1, 15, offsets[-1])
    found, expected = np.full((2, wanted.size), -7, np.int64)
    kernels.find_rows(rows, starts, stops, wanted, offsets, found)
    reference.find_rows(rows, starts, stops, wanted, offsets, expected)
    np.testing.assert_array_equal(found, expected)


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.booleans(), st.integers(1, 2))
@settings(max_examples=100)
def test_figures_agree_with_their_twin(seed: int, queries: int, exponential: bool, level: int) -> None:
    random = np.random.default_rng(seed)
    sizes = random.integers(0, 8, queries).tolist()
    grades = random.integers(-2, 4, sum(sizes)).astype(np.float64)
    places = [np.where(random.random(n) < 0.3, -1, random.permutation(12)[:n]) for n in sizes]
    offsets = offsets_of(sizes)
    found, expected = np.full((2, queries, KINDS.size), np.nan)
    given_places = np.concatenate([*places, np.empty(0, np.int64)]).astype(np.int64)
    kernels.ranking_figures(given_places, grades, offsets, KINDS, CUTS, float(level), exponential, found)
    reference.ranking_figures(given_places, grades, offsets, KINDS, CUTS, float(level), exponential, expected)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert np.all((found >= 0) & (found <= 1 + 1e-12))
    uncut = [f for f in range(9, 18) if KINDS[f] in NEEDS_CUT]
    assert np.all(found[:, uncut] < 1e-9)  # a share of so many results that there are not
