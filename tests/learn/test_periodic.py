"""Periodic: points on a circle of numbers and of times, and the way back."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onecolumn import tried

from firth.errors import DataError, OptionError
from firth.learn.periodic import Periodic

UNITS = ["minute", "hour", "weekday", "month", "yearday"]


def distance(points: np.ndarray, a: int, b: int) -> float:
    """The euclidean distance of two rows."""
    return float(np.linalg.norm(points[a] - points[b]))


def test_hour_23_and_hour_0_are_as_near_as_0_and_1():
    points = tried(Periodic(unit="hour"), np.arange(24)).block.matrix
    assert distance(points, 23, 0) == pytest.approx(distance(points, 0, 1))
    assert distance(points, 0, 12) == pytest.approx(2.0)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1.0)


@given(st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31)))
def test_times_mean_what_the_calendar_says(time):
    expected = {
        "minute": time.minute + time.second / 60 + time.microsecond / 6e7,
        "hour": time.hour + time.minute / 60 + time.second / 3600 + time.microsecond / 3.6e9,
        "weekday": time.weekday(),
        "month": time.month,
        "yearday": time.timetuple().tm_yday,
    }
    for unit in UNITS:
        found = tried(Periodic(unit=unit), np.array([time], "M8[us]"))
        number = tried(Periodic(unit=unit), [float(expected[unit])])  # numbers stand where their times do
        np.testing.assert_allclose(found.block.matrix, number.block.matrix, atol=1e-9)
        gap = abs(found.back[0] - expected[unit])
        assert min(gap, {"minute": 60, "hour": 24}.get(unit, np.inf) - gap) < 1e-6


@pytest.mark.parametrize(
    ("unit", "values"),
    [("weekday", range(7)), ("month", range(1, 13)), ("yearday", range(1, 367)), ("angle", range(360))],
)
def test_the_way_back_leads_to_the_whole_unit(unit, values):
    found = tried(Periodic(unit=unit), list(values))
    narrow = found.block.matrix.astype(np.float32)
    back = Periodic(unit=unit).decode(found.learnt, narrow)[0]
    np.testing.assert_allclose(back, list(values), atol=1e-3)
    if unit != "angle":
        assert back == list(values)


@given(st.floats(-1e9, 1e9), st.floats(1e-3, 1e6))
def test_any_period_begins_anew(value, period):
    learner = Periodic(period=period)
    found = tried(learner, [value])
    assert 0 <= found.back[0] < period
    again = learner.encode(found.learnt, [_column(found.back[0])]).matrix
    np.testing.assert_allclose(again, found.block.matrix, atol=1e-6)


def test_a_tiny_step_below_0_does_not_become_the_whole_period():
    assert 0 <= tried(Periodic(period=24), [-1e-20]).back[0] < 24


def test_a_million_periods_are_as_good_as_one():
    found = tried(Periodic(period=7), [3.0, 3.0 + 7 * 10**15])
    assert found.block.matrix[0].tolist() == found.block.matrix[1].tolist()


def test_harmonics_go_more_often_round_and_have_names():
    learner = Periodic(unit="hour", harmonics=2)
    found = tried(learner, [0, 3, 6])
    np.testing.assert_allclose(found.block.matrix[1], [0.5**0.5, 0.5**0.5, 1, 0], atol=1e-12)
    assert learner.names(found.learnt, ["start"]) == [
        "start hour sin", "start hour cos", "start hour sin 2", "start hour cos 2",
    ]  # fmt: skip
    assert Periodic(period=24).names(found.learnt, ["start"]) == ["start sin", "start cos"]
    assert found.back == pytest.approx([0, 3, 6])


def test_a_missing_time_is_at_the_centre():
    learner = Periodic(unit="month")
    found = tried(learner, np.array(["2026-11-21", "NaT"], "M8[s]"))
    assert found.block.matrix[1].tolist() == [0.0, 0.0, 1.0]
    assert found.block.counts == {"missing": 1}
    assert found.back == [11.0, None]
    bare = tried(Periodic(unit="month", missing="middle"), [11, None])
    assert bare.block.matrix[1].tolist() == [0.0, 0.0]
    assert bare.back == [11.0, None]
    with pytest.raises(DataError, match=r"'x' holds no value \(NaN\) in row 1"):
        tried(Periodic(unit="month", missing="error"), np.array(["2026-11-21", "NaT"], "M8[s]"))


def test_a_column_of_nothing_stays_at_the_centre():
    assert tried(Periodic(unit="hour"), [None, None]).back == [None, None]


def test_dates_and_times_of_day_are_times():
    assert tried(Periodic(unit="yearday"), [dt.date(2024, 12, 31)]).back == [366.0]
    assert tried(Periodic(unit="hour"), [dt.time(13, 30)]).back == [pytest.approx(13.5)]
    zone = dt.timezone(dt.timedelta(hours=2))
    assert tried(Periodic(unit="hour"), [dt.datetime(2026, 1, 1, 14, tzinfo=zone)]).back == [
        pytest.approx(12.0)
    ]


def test_what_does_not_go_round_is_refused():
    with pytest.raises(DataError, match=r"'x' holds times, of which period=24 takes nothing; .* 'hour'"):
        tried(Periodic(period=24), np.array(["2026-11-21"], "M8[s]"))
    with pytest.raises(DataError, match="unit='angle' takes nothing"):
        tried(Periodic(unit="angle"), np.array(["2026-11-21"], "M8[s]"))
    with pytest.raises(DataError, match="'x' holds inf in row 0"):
        tried(Periodic(unit="hour"), [np.inf])
    with pytest.raises(DataError, match="'x' holds no numbers: row 0 is 'noon'"):
        tried(Periodic(unit="hour"), ["noon"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give unit or period, and one of them"),
        ({"unit": "hour", "period": 24}, "give unit or period, and one of them"),
        ({"unit": "week"}, "unit is one of 'minute', .* not 'week'"),
        ({"unit": ["hour"]}, r"unit is one of 'minute', .* not \['hour'\]"),
        ({"period": 0}, r"period is a number above 0"),
        ({"unit": "hour", "harmonics": 0}, "harmonics is a whole number from 1 to 1,000, not 0"),
        ({"unit": "hour", "missing": "no"}, "missing is 'own'"),
    ],
)
def test_options_out_of_range_name_value_and_range(options, message):
    with pytest.raises(OptionError, match=message):
        Periodic(**options)


def _column(value: float):
    from firth.data.columns import read_table

    return read_table({"x": [value]})["x"]
