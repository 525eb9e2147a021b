"""Values that Arrow would take for others, or not at all: times of several kinds or far away, odd storage."""

from __future__ import annotations

import datetime as dt
import uuid

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from firth import read_table
from firth.errors import DataError

DAY, NAIVE = dt.date(2020, 1, 1), dt.datetime(2020, 1, 1, 5)
AWARE = NAIVE.replace(tzinfo=dt.timezone(dt.timedelta(hours=2)))


@pytest.mark.parametrize("make", [
    list,
    lambda items: np.array(items, object),
    lambda items: pd.Series(items, dtype=object),
    lambda items: pl.Series(items, dtype=pl.Object),
], ids=["list", "numpy", "pandas", "polars"])  # fmt: skip
@pytest.mark.parametrize(("one", "other", "message"), [
    (DAY, NAIVE, r"row 0 is .* \(date\) and row 2 is .* \(datetime\)"),
    (NAIVE, AWARE, r"row 0 is .* \(datetime\) and row 2 is .* \(datetime with a time zone\)"),
    (AWARE, NAIVE, r"row 0 is .* \(datetime with a time zone\) and row 2 is .* \(datetime\)"),
])  # fmt: skip
def test_times_of_several_kinds_are_mixed(make, one, other, message):
    with pytest.raises(DataError, match=f"'t' holds mixed types: {message}"):
        read_table({"t": make([one, None, other])})
    texts = read_table({"t": make([one, None, other])}, as_text=["t"])["t"].values.to_pylist()
    assert texts == [str(one), None, str(other)]


def test_datetimes_of_pandas_and_python_are_of_one_kind():
    column = read_table({"t": [NAIVE, pd.Timestamp("2021-01-01"), pd.NaT, None]})["t"]
    assert column.values.to_pylist() == [NAIVE, dt.datetime(2021, 1, 1), None, None]
    assert read_table({"t": [dt.timedelta(1), pd.Timedelta("1s")]})["t"].numbers().tolist() == [86400, 1]


@pytest.mark.parametrize(("values", "shown"), [
    (np.array(["2020", "300000"], "M8[s]"), "300000-01-01"),
    (np.array([0, 2**60], "M8[s]"), "36534630048-05-13"),
    (np.array([0, 2**60], "M8[Y]"), "1152921504606848946"),
    (np.array([0, 2**60], "M8[h]"), ""),
    (np.array(["2020-01-01", "30000-01-01"], "M8[D]"), "30000-01-01"),
    (np.array(["2020-01-01", "0000-12-31"], "M8[D]"), "0000-12-31"),
    (pa.array([None, 2**60], pa.timestamp("us", tz="Europe/Oslo")), "38504-08-17"),
    (pa.array([None, 2**60], pa.date64()), "36536598-01-28"),
    (pa.array([None, 2**30], pa.date32()), "2941775-04-07"),
    (pl.Series([0, 2**50], dtype=pl.Datetime("ms")), "3764"),
], ids=str)  # fmt: skip
def test_times_outside_the_years_of_the_calendar_are_refused(values, shown):
    with pytest.raises(DataError, match=f"row 1 of the column 't' is {shown}.*outside the years 1 to 9999"):
        read_table({"t": values})


def test_the_first_and_the_last_time():
    ends = ["0001-01-01T00:00:00.000000", "9999-12-31T23:59:59.999999", "NaT"]
    column = read_table({"t": np.array(ends, "M8[us]")})["t"]
    assert [str(time) for time in column.times()] == ends
    days = read_table({"t": np.array(["0001-01-01", "9999-12-31"], "M8[D]")})["t"]
    assert [str(day) for day in days.times()] == ["0001-01-01T00:00:00.000000", "9999-12-31T00:00:00.000000"]
    fine = read_table({"t": np.array(["2020-01-01T00:00:00.123456789"], "M8[ns]")})["t"]
    assert str(fine.times()[0]) == "2020-01-01T00:00:00.123456"  # nanoseconds are cut off


@pytest.mark.parametrize(("unit", "seconds"), [("s", 2.0**60), ("ms", 2.0**60 / 1e3), ("ns", 2.0**60 / 1e9)])
def test_long_durations_do_not_wrap(unit, seconds):
    column = read_table({"d": np.array([2**60, -1, "NaT"], f"m8[{unit}]")})["d"]
    assert column.numbers()[0] == seconds
    assert column.missing.tolist() == [False, False, True]


def test_sparse_frames_of_pandas_are_read():
    frame = pd.get_dummies(pd.DataFrame({"a": ["x", "y"]}), sparse=True)
    assert read_table(frame)["a_x"].values.to_pylist() == [True, False]
    sparse = pd.arrays.SparseArray([0, 1.5, np.nan])
    assert read_table({"a": sparse})["a"].values.to_pylist() == [0, 1.5, None]


def places(values):
    return pa.DictionaryArray.from_arrays(pa.array([1, None, 0], pa.uint32()), values)


@pytest.mark.parametrize(("values", "expected"), [
    (pc.run_end_encode(pa.array(["x", "x", "y"])).slice(1), ["x", "y"]),
    (pc.run_end_encode(pa.array([1, 1, 2], pa.int8())), [1, 1, 2]),
    (places(pa.array(["a", "b"], pa.large_string())), ["b", None, "a"]),
    (places(pa.array(["a", "b"], pa.string_view())), ["b", None, "a"]),
    (places(pa.array([1, 2], pa.int8())), [2, None, 1]),
])  # fmt: skip
def test_other_ways_to_store_values(values, expected):
    assert read_table({"a": values})["a"].values.to_pylist() == expected
    texts = [None if value is None else str(value) for value in expected]
    assert read_table({"a": values}, as_text=["a"])["a"].values.to_pylist() == texts


def test_storage_that_arrow_does_not_undo_is_named():
    values = pa.RunEndEncodedArray.from_arrays(pa.array([2], pa.int32()), pa.array(["a"]).dictionary_encode())
    with pytest.raises(DataError, match=r"the column 'a' of the Arrow type run_end_encoded.* cannot be read"):
        read_table({"a": values})


PERIOD = pd.period_range("2020-01", periods=1, freq="M")


@pytest.mark.parametrize(("values", "text"), [
    ([uuid.UUID(int=5)], str(uuid.UUID(int=5))),
    (pa.array([uuid.UUID(int=5)], pa.uuid()), str(uuid.UUID(int=5))),
    (pd.Series(PERIOD), "2020-01"),
    (list(PERIOD), "2020-01"),
    (pd.Series(pd.interval_range(0, 1)), "(0, 1]"),
    ([1j], "1j"),
])  # fmt: skip
def test_what_is_no_column_can_be_read_as_text(values, text):
    with pytest.raises(
        DataError, match=r"the column 'a' .*read_table\(…, as_text=\['a'\]\) or \.astype\(str"
    ):
        read_table({"a": values})
    assert read_table({"a": values}, as_text=["a"])["a"].values.to_pylist() == [text]


def test_whole_numbers_are_one_text_whether_they_came_as_floats():
    ids = [1_700_000_000_000, 0, 3]
    for values in (ids, [float(i) for i in ids], np.array(ids, float) * -1 * -1, [*ids[:2], 3.0]):
        assert read_table({"a": values}, as_text=["a"])["a"].values.to_pylist() == [str(i) for i in ids]
    mixed = read_table({"a": [1.7e12, -0.0, "x", 2.5, 1e19]}, as_text=["a"])["a"].values.to_pylist()
    assert mixed == ["1700000000000", "0", "x", "2.5", "1e+19"]
