"""Spectrum and isotropy beside their definitions and hand-computed cases."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

from firth import Vectors
from firth.measure.geometry import isotropy, spectrum
from firth.measure.geometry.isotropy import isoscore
from firth.measure.geometry.moments import moments_of
from firth.measure.geometry.spectrum import effective_rank, participation_ratio


def stretched(n=500, d=6, seed=0):
    random = np.random.default_rng(seed)
    return (random.standard_normal((n, d)) * np.arange(1, d + 1) + 3).astype(np.float32)


def test_the_shares_are_those_of_the_singular_values():
    x = stretched()
    report = spectrum(Vectors(range(len(x)), x))
    singular = np.linalg.svd(x.astype(np.float64) - x.mean(0, dtype=np.float64), compute_uv=False)
    np.testing.assert_allclose(report.details["spectrum"], singular**2 / (singular**2).sum(), rtol=1e-9)
    shares = singular / singular.sum()
    assert report["effective_rank"].value == pytest.approx(np.exp(-(shares * np.log(shares)).sum()))
    assert report["leading_direction"].value == pytest.approx(report.details["spectrum"][0])


def test_even_and_single_directions_are_the_ends_of_the_scales():
    even, single = np.ones(7), np.array([2.0, 0, 0, 0])
    assert effective_rank(even) == pytest.approx(7)
    assert participation_ratio(even) == pytest.approx(7)
    assert isoscore(even) == pytest.approx(1)
    assert effective_rank(single) == participation_ratio(single) == pytest.approx(1)
    assert isoscore(single) == pytest.approx(0)
    assert np.isnan(isoscore(np.ones(1)))
    assert np.isnan(effective_rank(np.zeros(3)))


def test_isoscore_follows_the_steps_of_its_paper():
    variances = np.random.default_rng(3).random(9) ** 3
    n = len(variances)
    scaled = np.sqrt(n) * variances / np.linalg.norm(variances)
    defect = np.linalg.norm(scaled - 1) / np.sqrt(2 * (n - np.sqrt(n)))
    fraction = (n - defect**2 * (n - np.sqrt(n))) ** 2 / n**2
    assert isoscore(variances) == pytest.approx((n * fraction - 1) / (n - 1))


def test_the_mean_cosine_is_that_of_all_pairs():
    x = stretched(200)
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    pairs = (unit @ unit.T)[np.triu_indices(len(x), 1)]
    for metric in ("cosine", "euclidean"):
        row = isotropy(Vectors(range(len(x)), x, metric=metric))["mean_cosine"]
        assert row.value == pytest.approx(pairs.mean(), abs=1e-6)
        assert row.low < row.value < row.high


def test_partition_isotropy_is_the_least_sum_over_the_greatest():
    x = stretched(150) / 4
    axes = np.linalg.eigh(x.T.astype(np.float64) @ x)[1]
    sums = np.exp(x @ np.hstack([axes, -axes])).sum(axis=0)
    found = isotropy(Vectors(range(len(x)), x))["partition_isotropy"].value
    assert found == pytest.approx(sums.min() / sums.max(), rel=1e-5)


def test_intervals_cover_what_other_rows_of_the_same_kind_give():
    """The true mean cosine and effective rank are taken from many rows; 40 intervals of 200 rows each."""
    truth = stretched(200_000, seed=99)
    whole = Vectors(range(len(truth)), truth)
    cosine, rank = isotropy(whole)["mean_cosine"].value, spectrum(whole)["effective_rank"].value
    covered = np.zeros(2)
    for seed in range(40):
        x = stretched(200, seed=seed)
        v = Vectors(range(200), x)
        rows = isotropy(v)["mean_cosine"], spectrum(v)["effective_rank"]
        covered += [row.low <= true <= row.high for row, true in zip(rows, (cosine, rank), strict=True)]
    assert (covered >= 34).all()  # of 40 at 95 %, fewer come once in some 2,000 times


def test_moments_without_a_group_are_those_of_the_other_rows():
    x = stretched(101)
    moments = moments_of(x)
    kept = x[np.arange(101) % 20 != 4].astype(np.float64)
    np.testing.assert_allclose(moments.covariance(4), np.cov(kept.T, bias=True), rtol=1e-9)


def test_more_dimensions_than_an_interval_is_worth_say_so(monkeypatch):
    v = Vectors(range(500), stretched())
    usual = spectrum(v)["effective_rank"]
    for module in ("moments", "spectrum"):
        monkeypatch.setattr(import_module(f"firth.measure.geometry.{module}"), "MOST_DIMS", 5)
    report = spectrum(v)
    assert np.isnan(report["effective_rank"].low)
    assert report["effective_rank"].value == pytest.approx(usual.value)
    assert "no intervals for the spectrum of more than 5 dimensions" in report.notes
