"""Ridge and LowRank: the solutions of scikit-learn and of the formula, between spaces of any dims."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import linear_model

from firth import Vectors, align
from firth.align.ridge import fitted
from firth.errors import OptionError


def planted(p=300, dims=(8, 5), noise=0.1, rank=None, seed=0):
    random = np.random.default_rng(seed)
    x, matrix = random.standard_normal((p, dims[0])), random.standard_normal(dims)
    if rank:
        matrix = random.standard_normal((dims[0], rank)) @ random.standard_normal((rank, dims[1]))
    y = x @ matrix + noise * random.standard_normal((p, dims[1]))
    return Vectors(range(p), x), Vectors(range(p), y), matrix


def test_the_map_is_that_of_scikit_learn():
    source, target, _ = planted()
    x, y = source.matrix.astype(np.float64), target.matrix.astype(np.float64)
    mean_square = np.linalg.svd(x)[1] ** 2
    theirs = linear_model.Ridge(alpha=0.3 * mean_square.mean(), fit_intercept=False).fit(x, y)
    ours = align.Ridge(unit=False, penalty=0.3).fit(source, target)
    np.testing.assert_allclose(ours.matrix, theirs.coef_.T, atol=1e-5)
    assert ours.matrix.shape == (8, 5)
    back = linear_model.Ridge(alpha=0.3 * (y**2).sum() / 5, fit_intercept=False).fit(y, x)
    np.testing.assert_allclose(ours.inverse().matrix, back.coef_.T, atol=1e-5)


def test_centred_it_is_that_with_an_intercept():
    source, target, _ = planted()
    moved = Vectors(target.ids, target.matrix + np.arange(5))
    ours = align.Ridge(unit=False, centre=True, penalty=0.1).fit(source, moved)
    x = source.matrix.astype(np.float64)
    size = ((x - x.mean(axis=0)) ** 2).sum() / 8
    theirs = linear_model.Ridge(alpha=0.1 * size).fit(x, moved.matrix)
    np.testing.assert_allclose(ours.apply(source.matrix[:9]), theirs.predict(x[:9]), atol=1e-4)


def test_the_error_on_pairs_left_out_is_that_of_leaving_each_out():
    source, target, _ = planted(p=30)
    x, y = source.matrix.astype(np.float64), target.matrix.astype(np.float64)
    found = fitted(x, y, (0.05,))
    alone = 0.0
    for i in range(30):
        rest = np.arange(30) != i
        gram = x[rest].T @ x[rest] + found.penalty * np.eye(8)
        alone += np.sum((y[i] - x[i] @ np.linalg.solve(gram, x[rest].T @ y[rest])) ** 2)
    assert found.error == pytest.approx(alone / np.sum(y**2))


def test_the_penalty_that_is_chosen_does_best_on_what_was_left_out():
    source, target, matrix = planted(p=20, dims=(15, 6), noise=2.0)
    chosen = align.Ridge(unit=False).fit(source, target)
    free = align.Ridge(unit=False, penalty=0).fit(source, target)
    assert chosen.report["left_out_residual"] < free.report["left_out_residual"]
    assert np.sum((chosen.matrix - matrix) ** 2) < np.sum((free.matrix - matrix) ** 2)
    assert chosen.report["penalty"] > 0


def test_a_map_of_low_rank_comes_back_better_than_a_full_one():
    source, target, matrix = planted(p=60, dims=(20, 16), noise=1.0, rank=2)
    low = align.LowRank(unit=False, rank=2).fit(source, target)
    full = align.Ridge(unit=False).fit(source, target)
    assert np.linalg.matrix_rank(low.matrix, tol=1e-3) == 2
    assert np.linalg.matrix_rank(low.inverse().matrix, tol=1e-3) == 2
    assert np.sum((low.matrix - matrix) ** 2) < 0.6 * np.sum((full.matrix - matrix) ** 2)


def test_without_a_penalty_low_rank_is_the_best_of_its_rank():
    """The residual is that of the full fit and what the fitted values have beyond the rank."""
    source, target, _ = planted(p=50, dims=(6, 6), noise=1.0)
    x, y = source.matrix.astype(np.float64), target.matrix.astype(np.float64)
    full = x @ np.linalg.lstsq(x, y, rcond=None)[0]
    beyond = np.linalg.svd(full)[1][3:]
    low = align.LowRank(unit=False, penalty=0, rank=3).fit(source, target)
    expected = np.sum((y - full) ** 2) + np.sum(beyond**2)
    assert np.sum((x @ low.matrix - y) ** 2) == pytest.approx(expected, rel=1e-4)


def test_a_full_rank_is_ridge_and_constant_rows_are_no_trouble():
    source, target, _ = planted()
    np.testing.assert_allclose(
        align.LowRank(rank=5).fit(source, target).matrix, align.Ridge().fit(source, target).matrix, atol=1e-6
    )
    same = Vectors(range(10), np.ones((10, 4)))
    assert np.isfinite(align.Ridge().fit(same, same).matrix).all()
    np.testing.assert_allclose(align.Ridge().fit(same, same).apply(np.ones(4)), np.full(4, 0.5), atol=1e-4)


def test_bad_options_are_refused():
    source, target, _ = planted()
    with pytest.raises(OptionError, match="penalty is a number from 0 to 1e\\+09, not -1"):
        align.Ridge(penalty=-1)
    with pytest.raises(OptionError, match="rank=6 is above 5, the smaller dim of the two spaces"):
        align.LowRank(rank=6).fit(source, target)
    with pytest.raises(OptionError, match="rank is a whole number from 1"):
        align.LowRank(rank=0)
