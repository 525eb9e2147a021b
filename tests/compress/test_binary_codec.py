"""`Binary`: one bit a dim, by sign, by a learned threshold, after a learned rotation."""

from __future__ import annotations

import numpy as np
import pytest

from firth import Run, Vectors
from firth.compress import Binary
from firth.errors import DataError, OptionError

RANDOM = np.random.default_rng(12)


def correlated(n: int = 1500, dim: int = 32) -> np.ndarray:
    """Rows whose dims go together in six groups, with a little noise each, about a mean."""
    random = np.random.default_rng(12)
    groups = random.normal(0, 1, (n, 6))[:, np.arange(dim) % 6]
    return (groups + random.normal(0, 0.2, (n, dim)) + 0.1).astype(np.float32)


def recall(codec, rows: np.ndarray, k: int = 10) -> float:
    """The share of the k nearest by distance that the codes find among their k nearest."""
    vectors = Vectors(np.arange(len(rows)), rows, metric="euclidean")
    queries = rows[:100] + RANDOM.normal(0, 0.01, (100, rows.shape[1])).astype(np.float32)
    wanted = vectors.search(queries, topn=k).rows
    found = codec.encode(vectors).search(queries, k).rows
    return float(np.mean([len(set(a) & set(b)) / k for a, b in zip(found, wanted, strict=True)]))


def test_bits_are_signs_and_levels_the_means_of_each_side() -> None:
    rows = RANDOM.normal(0.3, 1, (200, 11)).astype(np.float32)
    codec = Binary().fit(rows)
    codes = codec.encode_rows(rows)
    assert codec.width == 2
    np.testing.assert_array_equal(codes, np.packbits(rows > 0, axis=1))
    column = rows[:, 3]
    wanted = np.where(column > 0, column[column > 0].mean(), column[column <= 0].mean())
    np.testing.assert_allclose(codec.decode_rows(codes)[:, 3], wanted, rtol=1e-5)


def test_the_mean_of_each_side_is_the_best_value() -> None:
    """Any other value for a bit errs more on the rows it was fitted to."""
    rows = correlated()
    codec = Binary(how="threshold").fit(rows)
    codes = codec.encode_rows(rows)
    least = np.square(rows - codec.decode_rows(codes)).sum()
    for step in (-0.01, 0.01):
        parts = {**codec.parts(), "levels": codec.levels + np.array([[-step], [step]], np.float32) * 0.5}
        other = type(codec).from_parts(codec.recipe, codec.dim, parts, {})
        assert np.square(rows - other.decode_rows(codes)).sum() > least


@pytest.mark.parametrize("threshold", ["median", "mean"])
def test_a_threshold_makes_bits_of_shifted_rows_tell_something(threshold: str) -> None:
    rows = correlated() + 10  # all signs are the same
    learned, sign = Binary(how="threshold", threshold=threshold).fit(rows), Binary().fit(rows)
    assert len(np.unique(sign.encode_rows(rows), axis=0)) < 3
    ones = np.unpackbits(learned.encode_rows(rows), axis=1).mean(0)
    assert np.abs(ones - 0.5).max() <= (0.001 if threshold == "median" else 0.1)
    assert recall(learned, rows) > 0.1 + recall(sign, rows)


def test_itq_keeps_more_neighbours_than_signs_of_dims_or_of_principal_directions() -> None:
    rows = correlated()
    itq, sign = Binary(how="itq").fit(rows), Binary().fit(rows)
    turn = itq.report
    assert turn["error_after"] < turn["error_before"] and 1 <= turn["iterations"] <= 50
    assert recall(itq, rows) > 0.03 + recall(sign, rows)
    few, unturned = (Binary(how="itq", bits=16, iterations=i).fit(rows) for i in (50, 1))
    error = [np.square(rows - c.decode_rows(c.encode_rows(rows))).mean() for c in (few, unturned)]
    assert error[0] < error[1]


def test_more_turns_never_err_more() -> None:
    rows = correlated(400, 16)
    errors = [Binary(how="itq", iterations=i).fit(rows).report["error_after"] for i in (1, 2, 4, 8, 16)]
    assert (np.diff(errors) <= 1e-6).all() and errors[-1] < errors[0]


@pytest.mark.parametrize("how", ["sign", "threshold", "itq"])
def test_whole_queries_find_more_than_bits_of_queries(how: str) -> None:
    rows = correlated()
    codec = Binary(how=how).fit(rows)
    codes = codec.encode_rows(rows)
    wanted = np.argsort(np.square(rows[:80, None] - rows).sum(2), axis=1)[:, 1:11]
    by_bits = np.argsort(codec.hamming(codes[:80], codes), axis=1, kind="stable")
    whole = np.argsort(-codec.scorer(rows[:80], "euclidean")(codes), axis=1, kind="stable")

    def found(order: np.ndarray) -> float:
        return float(np.mean([len(set(a[:11]) & set(b)) for a, b in zip(order, wanted, strict=True)]))

    assert found(whole) > found(by_bits)


def test_distances_count_no_bit_that_is_none() -> None:
    codec = Binary().fit(np.ones((2, 5)))
    odd = np.array([[0b11111111], [0b11111000], [0b00000111]], np.uint8)
    np.testing.assert_array_equal(codec.hamming(odd, odd[1:]), [[0, 5], [0, 5], [5, 0]])


def test_another_seed_is_another_rotation() -> None:
    rows = correlated(300, 12)
    a, b = (Binary(how="itq").fit(rows, run=Run(seed=seed)) for seed in (1, 2))
    assert not np.array_equal(a.encode_rows(rows), b.encode_rows(rows))


def test_what_is_refused() -> None:
    with pytest.raises(OptionError, match="how is one of sign, threshold, itq, not 'pca'"):
        Binary(how="pca")
    with pytest.raises(OptionError, match="bits is of how='itq'; 'sign' has a bit for each dim"):
        Binary(bits=8)
    with pytest.raises(OptionError, match="threshold is 'median' or 'mean', not 'mode'"):
        Binary(how="threshold", threshold="mode")
    with pytest.raises(DataError, match="rows of dim 6 have at most 6 bits, not 8"):
        Binary(how="itq", bits=8).fit(np.ones((9, 6)))
    codec = Binary(how="itq").fit(correlated(50, 6))
    with pytest.raises(DataError, match="do not fit a codec of 1 bytes"):
        codec.hamming(np.zeros((2, 3), np.uint8), np.zeros((2, 1), np.uint8))
    with pytest.raises(DataError, match="decodes a 0 to more than a 1"):
        parts = {**codec.parts(), "levels": codec.levels[::-1].copy()}
        type(codec).from_parts(codec.recipe, 6, parts, {})
    with pytest.raises(DataError, match="the part 'rotation' of Binary is not orthonormal"):
        parts = {**codec.parts(), "rotation": codec.rotation + np.float32(1)}
        type(codec).from_parts(codec.recipe, 6, parts, {})
    with pytest.raises(DataError, match="goes beyond float32"):
        codec.encode_rows(np.full((1, 6), 3e38) * np.sign(codec.rotation[0]))


def test_options_of_another_way_are_refused() -> None:
    with pytest.raises(OptionError, match="threshold is of how='threshold'; 'sign' has none, not 'mean'"):
        Binary(threshold="mean")
    with pytest.raises(OptionError, match="iterations is of how='itq'; 'threshold' has none, not 3"):
        Binary(how="threshold", iterations=3)
