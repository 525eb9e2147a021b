"""Half the bytes: the error is bounded, what is too large is refused and what becomes 0 is counted."""

from __future__ import annotations

import numpy as np
import pytest

from firth import Vectors
from firth.compress import Float16
from firth.compress.float16 import Float16Codec
from firth.errors import DataError


def test_the_error_is_at_most_two_to_the_minus_eleven():
    rows = (np.random.default_rng(0).standard_normal((500, 40)) * np.logspace(-3, 4, 40)).astype(np.float32)
    codec = Float16().fit(rows)
    codes = codec.encode_rows(rows)
    decoded = codec.decode_rows(codes)
    assert codes.shape == (500, 80) and codec.width == 80
    usual = np.abs(rows) > 6.2e-5  # below, float16 has fewer digits
    assert (np.abs(decoded - rows) <= np.abs(rows) * 2.0**-11)[usual].all()
    np.testing.assert_array_equal(decoded, rows.astype(np.float16).astype(np.float32))


def test_numbers_beyond_float16_are_refused_with_their_row():
    rows = np.ones((3, 2), np.float32)
    codec = Float16().fit(rows)
    rows[1, 1] = -70_000
    with pytest.raises(DataError, match=r"row 1 holds -70000, beyond 65,504, .*Scalar\(bits=8, per='row'\)"):
        codec.encode_rows(rows)
    rows[1, 1] = 65_519  # rounds to the largest
    assert codec.decode_rows(codec.encode_rows(rows))[1, 1] == 65_504
    with pytest.raises(DataError, match="row 2 holds a number that is not finite"):
        codec.encode_rows(np.array([[1.0, 2], [3, 4], [np.inf, 0]]))


def test_what_becomes_zero_is_counted():
    rows = np.array([[1, 1e-9, 0], [-1e-30, 2, 3e-8]], np.float32)
    codec = Float16().fit(rows)
    assert codec.tally(rows) == {"numbers": 6, "underflowed": 2} and codec.report["underflowed"] == 2
    assert codec.encode(Vectors(["a", "b"], rows)).report == {"rows": 2, "numbers": 6, "underflowed": 2}


def test_a_file_with_parts_is_refused():
    with pytest.raises(DataError, match="Float16 has no parts, and the file names low"):
        Float16Codec.from_parts(Float16(), 3, {"low": np.zeros(3)}, {})
