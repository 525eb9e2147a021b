"""`SimHash`: angles from bits, and how often their intervals are right."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from firth import Run, Vectors
from firth.compress import SimHash
from firth.errors import DataError, OptionError

RANDOM = np.random.default_rng(6)


def pairs_at(angles: np.ndarray, dim: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows a and b, (n, dim), with these angles between them and lengths of all kinds."""
    n = len(angles)
    a, c = RANDOM.normal(0, 1, (2, n, dim))
    a /= np.linalg.norm(a, axis=1, keepdims=True)
    c -= np.sum(a * c, axis=1, keepdims=True) * a
    c /= np.linalg.norm(c, axis=1, keepdims=True)
    b = np.cos(angles)[:, None] * a + np.sin(angles)[:, None] * c
    return a * RANDOM.uniform(0.1, 10, (n, 1)), b * RANDOM.uniform(0.1, 10, (n, 1))


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_intervals_cover_the_true_angle_as_often_as_they_say(confidence: float) -> None:
    """Over many draws of the planes, since pairs that share them do not err independently."""
    covered = total = 0
    for seed in range(40):
        angles = RANDOM.uniform(0.1, 3.0, 50)
        a, b = pairs_at(angles, 30)
        codec = SimHash(bits=128).fit(a, run=Run(seed=seed))
        found = codec.angle(codec.encode_rows(a), codec.encode_rows(b), confidence=confidence)
        covered += int(np.sum((found.low <= angles) & (angles <= found.high)))
        total += len(angles)
        assert (found.low <= found.angle).all() and (found.angle <= found.high).all()
    assert (
        confidence - 0.02 <= covered / total <= confidence + 0.07
    )  # Clopper and Pearson never promise too much


def test_the_interval_is_that_of_the_binomial() -> None:
    codec = SimHash(bits=64).fit(np.ones((1, 3)))
    a = np.zeros((5, 8), np.uint8)
    b = np.packbits(np.arange(64) < np.array([0, 1, 20, 63, 64])[:, None], axis=1)
    found = codec.angle(a, b)
    for i, count in enumerate([0, 1, 20, 63, 64]):
        wanted = binomtest(count, 64).proportion_ci(0.95, method="exact")
        assert found.low[i] / np.pi == pytest.approx(wanted.low, abs=1e-9)
        assert found.high[i] / np.pi == pytest.approx(wanted.high, abs=1e-9)
        assert found.angle[i] == pytest.approx(np.pi * count / 64)


def test_the_error_of_an_angle_is_what_the_report_says() -> None:
    angles = np.full(400, np.pi / 2)  # where it is largest
    a, b = pairs_at(angles, 200)
    codec = SimHash(bits=512).fit(a)
    errors = codec.angle(codec.encode_rows(a), codec.encode_rows(b)).angle - angles
    assert np.std(errors) == pytest.approx(codec.report["standard_error"], rel=0.15)


def test_lengths_make_products_and_distances_mean_something() -> None:
    a, b = pairs_at(RANDOM.uniform(0.2, 2.5, 60), 25)
    codec = SimHash(bits=8192, lengths=True).fit(b)
    codes, left = codec.encode_rows(b), a.astype(np.float32)
    assert codec.width == 1024 + 4
    lengths = np.linalg.norm(a, axis=1)[:, None] * np.linalg.norm(b, axis=1)
    assert np.abs(codec.scorer(left, "dot")(codes) - a @ b.T).max() < (0.08 * lengths).max()
    away = np.linalg.norm(a[:, None] - b, axis=2)
    np.testing.assert_allclose(
        codec.scorer(left, "euclidean")(codes), -away, atol=0.08 * lengths.max() ** 0.5 * 2
    )
    np.testing.assert_allclose(
        np.linalg.norm(codec.decode_rows(codes), axis=1), np.linalg.norm(b, axis=1), rtol=1e-5
    )


def test_decoding_has_the_direction_of_the_row() -> None:
    rows = RANDOM.normal(0, 3, (50, 20)).astype(np.float32)
    cosines = []
    for bits in (64, 512, 4096):
        codec = SimHash(bits=bits).fit(rows)
        back = codec.decode_rows(codec.encode_rows(rows))
        np.testing.assert_allclose(
            np.linalg.norm(back, axis=1), np.linalg.norm(rows, axis=1).mean(), rtol=1e-4
        )
        cosines.append(Vectors(range(50), back).similarity(back, rows).mean())
    assert cosines[0] < cosines[1] < cosines[2] and cosines[2] > 0.98


def test_rows_of_any_length_have_the_bits_of_their_direction() -> None:
    row = RANDOM.normal(0, 1, (1, 12)).astype(np.float32)
    codec = SimHash(bits=64).fit(row)
    for scale in (1e-30, 1e30):
        np.testing.assert_array_equal(codec.encode_rows(row * np.float32(scale)), codec.encode_rows(row))


def test_a_row_of_zeros_is_similar_to_nothing() -> None:
    rows = np.array([[0, 0, 0], [1, 2, 3]], np.float32)
    codec = SimHash(bits=64, lengths=True).fit(rows)
    codes = codec.encode_rows(rows)
    assert not codec.decode_rows(codes)[0].any()
    np.testing.assert_allclose(codec.scorer(rows, "cosine")(codes), [[0, 0], [0, 1]])
    np.testing.assert_allclose(codec.scorer(rows, "euclidean")(codes)[0], [0, -np.sqrt(14)], rtol=1e-6)


def test_what_is_refused() -> None:
    with pytest.raises(OptionError, match="bits is a multiple of 8, since codes are bytes, not 100"):
        SimHash(bits=100)
    with pytest.raises(OptionError, match="lengths is True or False, not 1"):
        SimHash(lengths=1)  # type: ignore[arg-type]
    codec = SimHash(bits=16).fit(np.ones((2, 3)))
    codes = codec.encode_rows(np.ones((2, 3)))
    with pytest.raises(DataError, match="2 codes cannot be paired with 1"):
        codec.angle(codes, codes[:1])
    with pytest.raises(DataError, match=r"shape \(2, 1\) do not fit a codec of 2 bytes a row"):
        codec.angle(codes[:, :1], codes)
    with pytest.raises(OptionError, match="confidence is a number"):
        codec.angle(codes, codes, confidence=1.0)
    with pytest.raises(DataError, match="its length goes beyond float32"):
        SimHash(bits=8, lengths=True).fit(np.ones((2, 3))).encode_rows(np.full((1, 3), 3e38))
    with pytest.raises(DataError, match="is no length"):
        type(codec).from_parts(codec.recipe, 3, {**codec.parts(), "length": np.array([-1], np.float32)}, {})
