"""Intrinsic dimensions of rows whose dimension is known."""

from __future__ import annotations

import numpy as np
import pytest

from firth import Vectors
from firth.measure.geometry import intrinsic
from firth.measure.geometry.intrinsic import mle_dimension, two_nn


@pytest.mark.parametrize("d", [1, 2, 5])
def test_a_cube_turned_into_many_dimensions_keeps_its_own(d):
    random = np.random.default_rng(d)
    turned = random.random((1500, d)) @ np.linalg.qr(random.standard_normal((20, d)))[0].T
    report = intrinsic(Vectors(range(1500), turned, metric="euclidean"))
    for name in ("twonn", "mle"):
        assert report[name].value == pytest.approx(d, rel=0.12), name
        assert report[name].low < report[name].value < report[name].high


def test_a_sphere_under_the_cosine_has_one_dimension_less():
    v = Vectors(range(1500), np.random.default_rng(0).standard_normal((1500, 4)))
    assert intrinsic(v)["twonn"].value == pytest.approx(3, rel=0.1)


def test_the_estimates_by_hand():
    distances = np.array([[1.0, 2.0, 4.0], [1.0, 1.0, 2.0]])
    inverse = ((np.log(4) + np.log(2)) / 2 + (np.log(2) + np.log(2)) / 2) / 2
    assert mle_dimension(distances) == pytest.approx(1 / inverse)
    ratios = np.array([1.5, 2.0, 4.0])  # F = 1/3, 2/3 over the smallest two
    x, y = np.log(ratios[:2]), -np.log([2 / 3, 1 / 3])
    found = two_nn(np.column_stack([np.ones(3), ratios]))
    assert found == pytest.approx((x @ y) / (x @ x))


def test_ratios_that_the_paper_draws_give_its_dimension():
    ratios = (1 - np.random.default_rng(1).random(4000)) ** (-1 / 7)  # F = 1 - mu^-7
    assert two_nn(np.column_stack([np.ones(4000), ratios])) == pytest.approx(7, rel=0.05)


def test_rows_at_one_place_are_left_out_and_counted():
    x = np.random.default_rng(0).random((400, 2))
    x[:30] = x[30:60]
    report = intrinsic(Vectors(range(400), x, metric="euclidean"))
    assert report["twonn"].n == report["mle"].n == 340
    assert "60 of 400 rows share their place with another and are left out" in report.notes
    assert report["twonn"].value == pytest.approx(2, rel=0.2)
