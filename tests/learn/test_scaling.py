"""Standardize, Normalize and Robust: scikit-learn's numbers, the way back, and what columns may hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onecolumn import tried

from firth.errors import DataError, OptionError
from firth.learn.columnwise import Learnt
from firth.learn.scaling import Normalize, Robust, Standardize

preprocessing = pytest.importorskip("sklearn.preprocessing")

PEERS = [
    (Standardize(), preprocessing.StandardScaler()),
    (Standardize(center=False), preprocessing.StandardScaler(with_mean=False)),
    (Standardize(scale=False), preprocessing.StandardScaler(with_std=False)),
    (Normalize(), preprocessing.MinMaxScaler()),
    (Normalize(low=-1, high=3), preprocessing.MinMaxScaler((-1, 3))),
    (Normalize(clip=True), preprocessing.MinMaxScaler(clip=True)),
    (Robust(), preprocessing.RobustScaler()),
    (Robust(low=10, high=90), preprocessing.RobustScaler(quantile_range=(10, 90))),
]
LEARNERS = [learner for learner, _ in PEERS]
SCALES = [Standardize(), Normalize(), Robust()]
names = [repr(learner) for learner in LEARNERS]


@pytest.mark.parametrize(("learner", "scaler"), PEERS, ids=names)
@pytest.mark.parametrize("missing", [0, 40], ids=["full", "with NaN"])
def test_numbers_are_those_of_scikit_learn(learner, scaler, missing):
    random = np.random.default_rng(1)
    train, later = 1000 + 50 * random.standard_t(3, 400), 1000 + 80 * random.standard_t(3, 100)
    train[random.choice(400, missing, replace=False)] = np.nan
    expected = scaler.fit(train[:, None]).transform(later[:, None])[:, 0]
    np.testing.assert_allclose(tried(learner, train, later).numbers, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("learner", SCALES, ids=repr)
@given(values=st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=50))
def test_the_way_back_leads_to_the_values(learner, values):
    back = tried(learner, values).back
    np.testing.assert_allclose(back, values, rtol=1e-9, atol=1e-9 * max(map(abs, values)))


@pytest.mark.parametrize("learner", SCALES, ids=repr)
@given(
    values=st.lists(
        st.none() | st.floats(allow_nan=True, allow_infinity=False) | st.integers(-(2**60), 2**60).map(float),
        min_size=1,
        max_size=20,
    )
)
def test_any_column_of_numbers_is_encoded_or_refused_by_name(learner, values):
    if all(value is None or np.isnan(value) for value in values):
        with pytest.raises(DataError, match="'x' holds no number to learn from"):
            tried(learner, np.array(values, float))
        return
    try:
        found = tried(learner, np.array(values, float))
    except DataError as error:
        assert "spreads wider" in str(error) or "so far from" in str(error)
        return
    assert np.isfinite(found.block.matrix).all()
    lacking = [value is None or bool(np.isnan(value)) for value in values]
    assert [value is None for value in found.back] == lacking
    assert found.block.counts.get("missing", 0) == sum(lacking)


@pytest.mark.parametrize("learner", SCALES, ids=repr)
@pytest.mark.parametrize("size", [1e-300, 1e-30, 1.0, 1e30, 1e307])
def test_the_size_of_the_numbers_does_not_matter(learner, size):
    values = np.array([-1.0, 0.5, 2.0, 7.0, 3.0])
    np.testing.assert_allclose(
        tried(learner, values * size).numbers, tried(learner, values).numbers, rtol=1e-12
    )


def test_the_whole_range_of_float64_fits_on_a_scale():
    ends = [-1.7e308, 0.0, 1.7e308]
    np.testing.assert_allclose(tried(Standardize(), ends).numbers, [-(1.5**0.5), 0, 1.5**0.5])
    np.testing.assert_allclose(tried(Normalize(), ends).numbers, [0, 0.5, 1])
    assert tried(Normalize(), ends).back == ends
    with pytest.raises(DataError, match=r"'x' spreads wider than a float64 can tell.*divide"):
        tried(Robust(), [-1.7e308, -1.7e308, 1.7e308, 1.7e308])


@pytest.mark.parametrize(
    ("learner", "scaler"),
    [(Normalize(), preprocessing.MinMaxScaler()), (Robust(), preprocessing.RobustScaler())],
    ids=str,
)
def test_tiny_numbers_are_no_constant_in_any_unit(learner, scaler):
    """Where scikit-learn differs, as docs/numbers.md says."""
    radii = np.array([1.0, 2, 3, 4]) * 1e-16
    assert np.ptp(scaler.fit_transform(radii[:, None])) < 1e-14
    found = tried(learner, radii)
    assert "constant" not in found.learnt.facts
    assert np.allclose(found.numbers, tried(learner, radii * 2.0**60).numbers, rtol=0, atol=1e-14)


def test_next_to_constant():
    """Beside the largest number: what docs/numbers.md says of each."""
    for spread, expected in [(5e-14, []), (5e-15, ["Robust"]), (1e-15, ["Robust", "Standardize"])]:
        values = np.linspace(1, 1 + spread, 5)
        constant = [
            type(learner).__name__
            for learner in (Normalize(), Robust(), Standardize())
            if "constant" in tried(learner, values).learnt.facts
        ]
        assert constant == expected


def test_a_spread_below_the_smallest_normal_number_is_none():
    found = tried(Standardize(), [5e-324, 1e-323, 0.0])
    assert found.learnt.facts["constant"] is True
    assert np.isfinite(found.block.matrix).all()


@pytest.mark.parametrize("learner", LEARNERS, ids=names)
@pytest.mark.parametrize("value", [0.0, 3.0, -1e300, 5e-324, 0.1])
def test_a_constant_column_is_said_to_be_one_and_divided_by_1(learner, value):
    found = tried(learner, [value] * 7)
    assert found.learnt.facts["constant"] is True
    expected = 0.0
    if isinstance(learner, Normalize):
        expected = learner.low
    elif isinstance(learner, Standardize) and not learner.center:
        expected = value
    np.testing.assert_allclose(found.numbers, expected, rtol=1e-12, atol=1e-300)
    assert found.back == pytest.approx([value] * 7, abs=1e-322)


@pytest.mark.parametrize("learner", SCALES, ids=repr)
def test_a_missing_number_gets_the_middle_and_a_flag(learner):
    found = tried(learner, [1.0, None, 4.0, 1.0], [None, 4.0])
    assert learner.names(found.learnt, ["age"]) == ["age", "age=(missing)"]
    assert found.block.matrix[:, 1].tolist() == [1.0, 0.0]
    middle = 2.0 if not isinstance(learner, Robust) else 1.0
    assert found.numbers[0] == pytest.approx(tried(learner, [1.0, 4.0, 1.0], [middle]).numbers[0])
    assert found.back == [None, pytest.approx(4.0)]
    assert found.learnt.facts["missing"] == 1
    assert found.block.counts["missing"] == 1


@pytest.mark.parametrize("learner", SCALES, ids=repr)
def test_a_number_that_is_missing_for_the_first_time_is_counted(learner):
    found = tried(learner, [1.0, 4.0], [None, 4.0])
    assert learner.names(found.learnt, ["age"]) == ["age"]
    assert found.block.counts["missing"] == 1


@pytest.mark.parametrize("make", [Standardize, Normalize, Robust])
def test_missing_may_be_the_middle_alone_or_an_error(make):
    found = tried(make(missing="middle"), [1.0, None, 4.0])
    assert found.block.matrix.shape == (3, 1)
    with pytest.raises(DataError, match=r"'x' holds no value \(NaN\) in row 1, one of 2 such rows"):
        tried(make(missing="error"), [1.0, None, 4.0, None])
    with pytest.raises(OptionError, match="missing is 'own', 'middle' or 'error', not 'mean'"):
        make(missing="mean")


@pytest.mark.parametrize("learner", SCALES, ids=repr)
def test_what_is_no_finite_number_is_refused_by_column_and_row(learner):
    with pytest.raises(DataError, match="'x' holds -inf in row 2; numbers are finite"):
        tried(learner, [1.0, np.nan, -np.inf])
    with pytest.raises(DataError, match="'x' holds inf in row 0"):
        tried(learner, [1.0, 2.0], [np.inf])
    with pytest.raises(DataError, match="'x' holds no numbers: row 0 is 'tall'"):
        tried(learner, ["tall", "small"])
    with pytest.raises(DataError, match="'x' holds no number to learn from: all 3 values are missing"):
        tried(learner, [None, None, None])
    with pytest.raises(DataError, match=r"holds 1e\+308 in row 1, which lies so far"):
        tried(learner, [0.0, 1e-9, 2e-9, 3e-9], [0.0, 1e308])


def test_truth_values_are_0_and_1():
    assert tried(Normalize(), [True, False, True]).numbers.tolist() == [1.0, 0.0, 1.0]


def test_whole_numbers_that_float64_does_not_hold_are_counted():
    found = tried(Normalize(), [2**53 + 1, 0, 2**53, -(2**60) - 1])
    assert found.learnt.facts["rounded"] == 2
    assert found.block.counts["rounded"] == 2
    assert "rounded" not in tried(Normalize(), [2**62, 5, 0]).block.counts
    assert tried(Normalize(), [2**63 - 1, 0]).block.counts["rounded"] == 1


def test_numbers_beyond_those_of_training_are_counted_and_may_be_clipped():
    found = tried(Normalize(), [0.0, 10.0], [-5.0, 5.0, 20.0])
    assert found.numbers.tolist() == [-0.5, 0.5, 2.0]
    assert found.block.counts == {"outside": 2}
    clipped = tried(Normalize(clip=True), [0.0, 10.0], [-5.0, 5.0, 20.0])
    assert clipped.numbers.tolist() == [0.0, 0.5, 1.0]
    assert clipped.back == [0.0, 5.0, 10.0]
    assert clipped.block.counts == {"outside": 2}


def test_an_outlier_moves_the_mean_but_not_the_median():
    values = [*range(100), 1_000_000]
    assert np.ptp(tried(Standardize(), values).numbers[:100]) < 0.001
    assert np.ptp(tried(Normalize(), values).numbers[:100]) < 0.001
    assert np.ptp(tried(Robust(), values).numbers[:100]) > 1.9


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Standardize(center=1), "center is True or False, not 1"),
        (lambda: Standardize(scale="yes"), "scale is True or False, not 'yes'"),
        (lambda: Normalize(low=1, high=1), "low=1 is not below high=1"),
        (lambda: Normalize(low=float("nan")), "low is a number from -1e"),
        (lambda: Robust(low=75, high=25), "low=75 is not below high=25"),
        (lambda: Robust(high=101), "high is a number from 0 to 100, not 101"),
    ],
)
def test_options_out_of_range_name_value_and_range(make, message):
    with pytest.raises(OptionError, match=message):
        make()


@pytest.mark.parametrize(
    ("learner", "arrays", "message"),
    [
        (Standardize(), {"mean": [0.0]}, "part 'deviation' is no single finite float64"),
        (Standardize(), {"mean": [0.0], "deviation": [0.0]}, "part 'deviation' is 0.0, which is not above 0"),
        (Standardize(), {"mean": [np.nan], "deviation": [1.0]}, "part 'mean' is no single finite"),
        (Normalize(), {"least": [2.0], "greatest": [1.0], "mean": [1.0]}, "least value 2.0 is above"),
        (Robust(), {"median": [0.0, 1.0], "distance": [1.0]}, "part 'median' is no single"),
    ],
)
def test_parts_that_nobody_learned_are_refused(learner, arrays, message):
    from firth.data.columns import read_table

    learnt = Learnt(arrays={name: np.array(array) for name, array in arrays.items()})
    with pytest.raises(DataError, match=message):
        learner.encode(learnt, [read_table({"x": [1.0]})["x"]])
