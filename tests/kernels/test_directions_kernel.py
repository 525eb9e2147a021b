"""The kernel of parallel differences against its NumPy twin."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from firth.kernels.directions import best_directions
from firth.kernels.reference_directions import best_directions as twin
from firth.neighbours import unit_rows


def answers(units, rows, step):
    """What the kernel keeps over blocks of so many rows; units (n, d), rows (q, 4)."""
    asked = units[rows[:, :3].ravel()]
    questions = np.arange(3 * len(rows)).reshape(-1, 3)
    a, b, c = (units[rows[:, i]].astype(float) for i in range(3))
    constants = np.stack([(c * (b - a)).sum(1), np.linalg.norm(b - a, axis=1)], axis=1)
    error = (2 * units.shape[1] + 40) * 2.0**-24
    keys, ties, hits = np.full(len(rows), -np.inf), *np.zeros((2, len(rows)), np.int64)
    for first in range(0, len(units), step):
        block = np.ascontiguousarray(units[first : first + step])
        similar = asked @ block.T
        squares = (asked * asked).sum(1)[:, None] + (block * block).sum(1) - 2 * similar
        least = np.sqrt(np.maximum(squares - np.float32(error), 0))
        best_directions(
            similar, least, block, first, asked, questions, rows, error, constants, keys, ties, hits
        )
    return keys, ties, hits


@settings(max_examples=60)
@given(st.integers(4, 300), st.integers(1, 9), st.integers(1, 130), st.booleans(), st.integers(0, 2**32 - 1))
@example(200, 2, 200, True, 7)
def test_best_directions_equal_the_twin(n, dim, step, near, seed):
    """Also where rows are nearly equal, equal, zeros or not finite."""
    random = np.random.default_rng(seed)
    matrix = random.standard_normal((n, dim))
    if near:  # clouds around few points, in which float32 sums say nothing
        matrix = matrix[random.integers(0, 3, n)] + 1e-4 * random.standard_normal((n, dim))
    matrix[random.random(n) < 0.1] = matrix[0]
    matrix[random.random(n) < 0.05] = 0
    units = unit_rows(matrix.astype(np.float32))
    rows = random.integers(0, n, (12, 4))
    units[random.random(n) < 0.05, 0] = np.nan
    keys, ties, hits = answers(units, rows, step)
    twin_keys, twin_ties, twin_hits = twin(units, rows)
    np.testing.assert_allclose(keys, twin_keys, atol=1e-9)
    # The order of a sum decides, in a cloud, whether keys that differ by its rounding are equal.
    sure = ~np.array([near]) | (ties == twin_ties)
    np.testing.assert_array_equal((ties > 0), (twin_ties > 0))
    np.testing.assert_array_equal(ties[sure.ravel()], twin_ties[sure.ravel()])
    np.testing.assert_array_equal(hits[sure.ravel()], twin_hits[sure.ravel()])
