"""Products of tall matrices, beside the NumPy twins."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from firth.kernels import dense as kernels
from firth.kernels import reference_counts as reference


@given(st.integers(1, 600), st.sampled_from([16, 48, 64, 80, 144]), st.integers(0, 2**32))
def test_products_agree_with_their_twins(rows: int, d: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    q = random.standard_normal((rows, d), dtype=np.float32)
    first, last = sorted(random.integers(0, rows + 1, 2).tolist())
    total = random.standard_normal((d, d))
    expected = reference.add_gram(q, first, last, total)
    kernels.add_gram(q, first, last, np.empty(d * (kernels.GRAM_ROWS + d), np.float32), total)
    np.testing.assert_allclose(np.triu(total), expected, rtol=1e-4, atol=1e-3)

    matrix = random.standard_normal((d, d), dtype=np.float32)
    scratch = np.full(d * (d + 2 * kernels.TURN_ROWS), np.nan, np.float32)
    scratch[: d * d] = matrix.reshape(-1)
    expected_q = reference.turn(q, first, last, matrix)
    kernels.turn(q, first, last, scratch)
    np.testing.assert_allclose(q, expected_q, rtol=1e-4, atol=1e-3)
