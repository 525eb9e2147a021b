"""Anisotropic product codes against their twins in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.kernels import anisotropic as ours
from firth.kernels import reference_anisotropic as twin


@st.composite
def worlds(draw):
    """Rows, directions and centres of small whole numbers, whose sums float32 holds exactly; ties abound."""
    seed, n = draw(st.integers(0, 2**32 - 1)), draw(st.integers(1, 40))
    parts, size = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    random = np.random.default_rng(seed)
    rows = random.integers(-4, 5, (n, parts * size)).astype(np.float32)
    along = random.integers(-2, 3, (n, parts * size)).astype(np.float32)
    centres = random.integers(-4, 5, (parts, size, 16)).astype(np.float32)
    return rows, along, centres, float(draw(st.sampled_from([0, 1, 3, 10]))), random


@settings(deadline=None, max_examples=60)
@given(worlds(), st.integers(0, 4))
def test_codes_and_loss(world, sweeps):
    rows, along, centres, extra, _ = world
    codes, expected = (np.empty((len(rows), len(centres)), np.uint8) for _ in range(2))
    unsettled = ours.encode(rows, along, centres, extra, sweeps, codes)
    assert unsettled == twin.encode(rows, along, centres, extra, sweeps, expected)
    assert np.array_equal(codes, expected)
    loss = ours.loss(rows, along, centres, codes, extra)
    assert loss == pytest.approx(twin.loss(rows, along, centres, codes, extra))
    plain = np.empty_like(codes)
    ours.encode(rows, along, centres, 0.0, 0, plain)
    assert loss <= ours.loss(rows, along, centres, plain, extra) + 1e-9


@settings(deadline=None, max_examples=60)
@given(worlds())
def test_centres_move_to_where_the_loss_is_less(world):
    rows, along, centres, extra, random = world
    codes = random.integers(0, 16, (len(rows), len(centres))).astype(np.uint8)
    before = ours.loss(rows, along, centres, codes, extra)
    moved, expected = centres.copy(), centres.copy()
    assert ours.move_centres(rows, along, codes, extra, moved) == twin.move_centres(
        rows, along, codes, extra, expected
    )
    np.testing.assert_allclose(moved, expected, rtol=1e-4, atol=1e-4)
    assert ours.loss(rows, along, moved, codes, extra) <= before * (1 + 1e-5) + 1e-5
    for m in range(len(centres)):  # centres without rows stay
        unused = np.setdiff1d(np.arange(16), codes[:, m])
        assert np.array_equal(moved[m][:, unused], centres[m][:, unused])


def test_by_hand():
    """Two centres as near as each other: the one whose error is across the row is taken."""
    centres = np.full((1, 2, 16), 9.0, np.float32)
    centres[0, :, 3], centres[0, :, 5] = (2, 0), (1, 1)  # errors (-1, 0), along the row, and (0, -1)
    row, codes = np.array([[1, 0]], np.float32), np.empty((1, 1), np.uint8)
    ours.encode(row, row, centres, 0.0, 5, codes)
    assert codes[0, 0] == 3  # the lower of two as near
    ours.encode(row, row, centres, 4.0, 5, codes)
    assert codes[0, 0] == 5
    assert ours.loss(row, row, centres, np.array([[3]], np.uint8), 4.0) == 1 + 4
    assert ours.loss(row, row, centres, codes, 4.0) == 1
