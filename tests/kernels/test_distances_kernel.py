"""The kernels of distances against their twins."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from firth.kernels import distances, reference_distances


@given(st.integers(0, 2**32 - 1), st.integers(0, 5), st.integers(0, 40), st.integers(1, 9), st.booleans())
def test_distances_are_those_of_the_twin(seed: int, m: int, b: int, dim: int, odd: bool) -> None:
    random = np.random.default_rng(seed)
    q, x = (random.normal(0, 1, (n, dim)).astype(np.float32) for n in (m, b))
    x[: b // 2] = q[0] if m else 0
    products = q @ x.T
    if odd and products.size:
        products.flat[random.integers(products.size)] = random.choice([np.inf, -np.inf, np.nan])
    own, others = (np.square(rows, dtype=np.float64).sum(axis=1) for rows in (q, x))
    means, centres = random.normal(0, 1, m), random.normal(0, 1, b)
    found = []
    for module in (distances, reference_distances):
        scores, counts = np.empty((m, b), np.float32), np.empty(m, np.int64)
        module.minus_distances(
            products, np.full(m, 2.0), own, others, means, centres, float(odd), 1e-3, 0.5, scores, counts
        )
        squares = np.empty(b)
        if m:
            module.squares_away(x, q[0], squares)
            np.testing.assert_allclose(squares[: b // 2], 0)
        found.append((scores, counts))
    (scores, counts), (wanted, wanted_counts) = found
    np.testing.assert_allclose(scores, wanted, atol=1e-6, rtol=1e-6)
    np.testing.assert_array_equal(counts, wanted_counts)
