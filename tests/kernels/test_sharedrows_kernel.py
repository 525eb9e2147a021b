"""The rows of strings: the kernel against its twin, and what must never change."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from firth.kernels import reference_sharedrows, sharedrows

hashes = st.lists(st.integers(0, 2**64 - 1), max_size=20).map(lambda given: np.array(given, np.uint64))


def chosen(module, given, rows, each):
    found = np.full((given.size, each), -1, np.int32)
    module.choose_rows(given, rows, found)
    return found


@given(hashes, st.integers(1, 40), st.integers(1, 6))
def test_the_kernel_and_its_twin_agree(given, rows, each):
    each = min(each, rows)
    found = chosen(sharedrows, given, rows, each)
    np.testing.assert_array_equal(found, chosen(reference_sharedrows, given, rows, each))
    assert (np.diff(found, axis=1) > 0).all()
    assert found.size == 0 or (found.min() >= 0 and found.max() < rows)


@given(st.integers(0, 2**64 - 1), st.integers(5, 2**31 - 1))
def test_one_hash_more_adds_a_row_and_changes_none(value, rows):
    given = np.array([value], np.uint64)
    kept = [set(chosen(sharedrows, given, rows, each)[0].tolist()) for each in (1, 2, 3)]
    assert kept[0] < kept[1] < kept[2]


def test_rows_are_spread_evenly():
    each = np.bincount(
        chosen(sharedrows, np.arange(64_000, dtype=np.uint64), 64, 2).reshape(-1), minlength=64
    )
    # Each row is one of the two of a string with probability 1/32: 2,000 of 64,000, give or take 44.
    assert abs(each - 2000).max() < 5 * 44
