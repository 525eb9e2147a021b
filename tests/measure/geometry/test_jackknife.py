"""Intervals by leaving out groups."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from firth.measure.jackknife import jackknife


def test_of_a_mean_it_is_the_t_interval_of_the_means_of_the_groups():
    x = np.random.default_rng(0).exponential(size=400)
    figure = jackknife(lambda kept: float(x[kept].mean()), 400)
    groups = x.reshape(20, 20).mean(axis=0)  # row i is in group i modulo 20
    half = stats.t.ppf(0.975, 19) * groups.std(ddof=1) / np.sqrt(20)
    assert (figure.low, figure.value, figure.high) == pytest.approx(
        (x.mean() - half, x.mean(), x.mean() + half)
    )


def test_bounds_hold_and_few_rows_have_no_interval():
    x = np.array([0.0] * 19 + [1.0])
    assert jackknife(lambda kept: float(x[kept].mean()), 20, bounds=(0, 1)).low == 0
    assert np.isnan(jackknife(lambda kept: float(x[:9][kept].mean()), 9).low)
    assert np.isnan(jackknife(np.mean, 0).value)
    assert np.isnan(jackknife(lambda kept: 1.0 if kept.all() else np.nan, 50).low)
