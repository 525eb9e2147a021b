"""Quantile: scikit-learn's numbers, ranks whatever the distribution, and the way back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onecolumn import tried

from firth.data.columns import read_table
from firth.errors import DataError, OptionError
from firth.learn.columnwise import Learnt
from firth.learn.quantile import Quantile

preprocessing = pytest.importorskip("sklearn.preprocessing")


@pytest.mark.parametrize("shape", ["uniform", "normal"])
@pytest.mark.parametrize("levels", [2, 10, 1000])
@pytest.mark.parametrize("kind", ["smooth", "many the same", "with NaN"])
def test_numbers_are_those_of_scikit_learn(shape, levels, kind):
    random = np.random.default_rng(1)
    train, later = random.lognormal(3, 2, 500), random.lognormal(3, 2.5, 200)
    if kind == "many the same":
        train, later = np.floor(train / 20), np.floor(later / 20)
    elif kind == "with NaN":
        train[::7] = np.nan
    peer = preprocessing.QuantileTransformer(
        n_quantiles=min(levels, int(np.isfinite(train).sum())), subsample=None, output_distribution=shape
    )
    expected = peer.fit(train[:, None]).transform(later[:, None])[:, 0]
    found = tried(Quantile(levels=levels, shape=shape), train, later)
    np.testing.assert_allclose(found.numbers, expected, rtol=1e-12, atol=1e-12)
    back = peer.inverse_transform(expected[:, None])[:, 0]
    np.testing.assert_allclose(found.back, back, rtol=1e-9)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=40, unique=True))
def test_shares_keep_the_order_and_stay_within_0_and_1(values):
    values = sorted(values)
    found = tried(Quantile(), values)
    assert found.numbers.min() >= 0
    assert found.numbers.max() <= 1
    assert (np.diff(found.numbers) >= -1e-12).all()  # up to rounding in the mean of both directions


@pytest.mark.parametrize("shape", ["uniform", "normal"])
def test_the_way_back_leads_to_the_values(shape):
    values = np.random.default_rng(2).lognormal(size=300)
    np.testing.assert_allclose(tried(Quantile(shape=shape), values).back, values, rtol=1e-9)


@pytest.mark.parametrize("shape", ["uniform", "normal"])
def test_what_is_no_number_comes_back_as_none(shape):
    assert Quantile(shape=shape).fit({"a": [1.0, 2.0]}).decode([[np.nan], [0.0]])["a"][0] is None


def test_the_scale_of_the_column_does_not_matter():
    values = np.random.default_rng(3).normal(size=50)
    plain = tried(Quantile(shape="normal"), values).numbers
    for scale in (
        2.0**-1000,
        2.0**-40,
        2.0**900,
    ):  # scikit-learn's fixed margin of 1e-7 swallows the first two
        np.testing.assert_allclose(tried(Quantile(shape="normal"), values * scale).numbers, plain, rtol=1e-9)


def test_an_outlier_is_one_rank_further():
    found = tried(Quantile(), [*range(100), 1_000_000])
    np.testing.assert_allclose(np.diff(found.numbers), 0.01)


def test_numbers_beyond_those_of_training_are_counted():
    found = tried(Quantile(), [1.0, 2.0, 3.0], [0.0, 2.0, 9.0])
    assert found.numbers.tolist() == [0.0, 0.5, 1.0]
    assert found.block.counts == {"outside": 2}
    assert found.back == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(("shape", "end"), [("uniform", 1.0), ("normal", 5.199337582)])
def test_a_constant_column_becomes_0_and_is_said_to_be_one(shape, end):
    found = tried(Quantile(shape=shape), [7.0, 7.0, 7.0], [7.0, 8.0])
    assert found.learnt.facts["constant"] is True
    np.testing.assert_allclose(found.numbers, [0.0, end])
    assert found.back == [7.0, 7.0]


@pytest.mark.parametrize(("shape", "middle"), [("uniform", 0.5), ("normal", 0.0)])
def test_a_missing_number_gets_the_median_and_a_flag(shape, middle):
    learner = Quantile(shape=shape)
    found = tried(learner, [1.0, None, 4.0, 100.0])
    np.testing.assert_allclose(found.block.matrix[1], [middle, 1.0], atol=1e-12)
    assert found.back[1] is None
    assert learner.names(found.learnt, ["age"]) == ["age", "age=(missing)"]
    assert tried(Quantile(missing="middle"), [1.0, None, 4.0]).block.matrix.shape == (3, 1)


def test_what_is_no_number_is_refused():
    with pytest.raises(DataError, match="'x' holds inf in row 1"):
        tried(Quantile(), [1.0, np.inf])
    with pytest.raises(DataError, match="'x' holds no number to learn from"):
        tried(Quantile(), [None, None])
    with pytest.raises(DataError, match="'x' holds no value"):
        tried(Quantile(missing="error"), [1.0, None])


def test_options_out_of_range_name_value_and_range():
    with pytest.raises(OptionError, match="levels is a whole number from 2 to 1,000,000, not 1"):
        Quantile(levels=1)
    with pytest.raises(OptionError, match="shape is 'uniform' or 'normal', not 'gauss'"):
        Quantile(shape="gauss")


@pytest.mark.parametrize("quantiles", [[], [2.0, 1.0], [0.0, np.nan], [[1.0]], [1, 2], None])
def test_quantiles_that_nobody_learned_are_refused(quantiles):
    arrays = {} if quantiles is None else {"quantiles": np.array(quantiles)}
    with pytest.raises(DataError, match="part 'quantiles' is no rising row"):
        Quantile().encode(Learnt(arrays=arrays), [read_table({"x": [1.0]})["x"]])
