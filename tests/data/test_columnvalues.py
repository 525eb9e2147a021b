"""Rows of a table as sequences of "column=value" tokens."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import firth
from firth import column_values
from firth.errors import DataError, OptionError, UnknownIdError

CITIES = {
    "city": ["Rome", "Milan", None, "Oslo"],
    "country": ["IT", "IT", "IT", "NO"],
    "people": [2.8e6, 1.4e6, 3e5, math.nan],
}


def texts(rows):
    """The tokens of each row as strings."""
    return [[rows.vocabulary.keys[int(token)] for token in row] for row in rows]


def test_each_row_becomes_its_values_in_the_order_of_the_columns():
    rows = column_values(CITIES)
    assert texts(rows) == [
        ["city=Rome", "country=IT", "people=2800000"],
        ["city=Milan", "country=IT", "people=1400000"],
        ["country=IT", "people=300000"],
        ["city=Oslo", "country=NO"],
    ]
    assert rows.vocabulary.keys[0] == "country=IT"
    assert rows.vocabulary.counts.tolist() == [3, 1, 1, 1, 1, 1, 1, 1]
    assert rows.ids is None


def test_what_is_missing_is_counted_or_has_a_token():
    rows = column_values(CITIES)
    assert rows.report["missing_values"] == 2
    assert rows.report["columns"]["city"] == {"values": 3, "missing": 1}
    own = column_values(CITIES, missing="own")
    assert texts(own)[2:] == [
        ["city is missing", "country=IT", "people=300000"],
        ["city=Oslo", "country=NO", "people is missing"],
    ]
    assert own.report["missing_values"] == 2


def test_a_row_without_a_value_stays_and_is_counted():
    rows = column_values({"a": ["x", None, "y"], "b": [None, None, 1]})
    assert texts(rows) == [["a=x"], [], ["a=y", "b=1"]]
    assert rows.report["empty_rows"] == 1
    assert firth.SkipGram(dim=4, min_count=1, subsample=0).fit(rows).vectors.matrix.shape == (3, 4)


def test_numbers_are_cut_at_their_quantiles():
    rows = column_values({"n": np.arange(100.0)}, bins=4)
    assert rows.report["again"]["bins"] == {"n": [24, 49, 74]}
    assert texts(rows)[24:26] == [["n=1 of 4"], ["n=2 of 4"]]
    assert rows.vocabulary.counts.tolist() == [25, 25, 25, 25]


def test_few_different_numbers_stay_what_they_are():
    assert texts(column_values({"n": [1.0, 2.5, 1.0]}, bins=2)) == [["n=1"], ["n=2.5"], ["n=1"]]
    assert texts(column_values({"n": list(range(30))}, bins=0))[29] == ["n=29"]


def test_a_value_that_most_rows_share_has_a_bin_to_itself():
    rows = column_values({"gain": [0] * 90 + list(range(1, 11))}, bins=5)
    assert rows.report["again"]["bins"] == {"gain": [0]}
    assert rows.vocabulary.counts.tolist() == [90, 10]


def test_infinities_fall_in_the_outer_bins_and_are_counted():
    rows = column_values({"n": [*range(20), math.inf, -math.inf, math.nan]}, bins=2)
    assert texts(rows)[-3:] == [["n=2 of 2"], ["n=1 of 2"], []]
    assert rows.report["columns"]["n"] == {"values": 2, "missing": 1, "infinite": 2}
    only = column_values({"n": [math.inf, -math.inf, 1.0]}, bins=2)
    assert texts(only) == [["n=1 of 1"]] * 3


def test_other_rows_get_the_same_tokens():
    rows = column_values({"n": np.arange(100.0), "k": [1, 2] * 50}, bins=4)
    others = column_values({"extra": ["x"] * 2, "k": [2.0, 3.0], "n": [-7, 60.5]}, **rows.report["again"])
    assert texts(others) == [["n=1 of 4", "k=2"], ["n=3 of 4", "k=3"]]


def test_times_become_their_parts():
    rows = column_values(
        {
            "when": [dt.datetime(2024, 2, 29, 13, 5), None, dt.datetime(1969, 12, 31, 0, 0)],
            "day": [dt.date(1970, 1, 1), dt.date(2026, 11, 21), None],
            "at": [dt.time(23, 59), dt.time(0, 0), None],
        }
    )
    assert texts(rows)[0] == [
        "when.year=2024",
        "when.month=2",
        "when.weekday=Thursday",
        "when.hour=13",
        "day.year=1970",
        "day.month=1",
        "day.weekday=Thursday",
        "at.hour=23",
    ]
    assert texts(rows)[1] == ["day.year=2026", "day.month=11", "day.weekday=Saturday", "at.hour=0"]
    assert texts(rows)[2] == ["when.year=1969", "when.month=12", "when.weekday=Wednesday", "when.hour=0"]
    assert rows.report["missing_values"] == 3


def test_many_columns_and_many_rows_are_put_together_in_parts(monkeypatch):
    table = {f"c{j}": [f"{i % (j + 2)}" if (i + j) % 3 else None for i in range(50)] for j in range(7)}
    whole = column_values(table)
    monkeypatch.setattr("firth.data.columnvalues._CODES", 20)
    parts = column_values(table)
    assert parts.fingerprint() == whole.fingerprint()
    assert texts(parts)[1] == [f"c{j}=1" for j in range(7) if (1 + j) % 3]


def test_truth_values_and_text_beyond_ascii_are_kept():
    rows = column_values({"open": [True, False], "name": ["Brzęczyszczkiewicz", "a b\n\0c"]})
    assert texts(rows) == [["open=true", "name=Brzęczyszczkiewicz"], ["open=false", "name=a b\n\0c"]]


def test_ids_of_rows_are_numbers_or_text():
    rows = column_values({"id": [7, 3], "x": ["a", "b"]}, ids="id")
    assert (list(rows.ids), texts(rows)) == ([7, 3], [["x=a"], ["x=b"]])
    rows = column_values({"id": ["q", "é"], "x": ["a", "b"]}, ids="id", only=["x"])
    assert list(rows.ids) == ["q", "é"]


def test_only_chooses_and_orders_columns():
    assert texts(column_values(CITIES, only=["country", "city"]))[0] == ["country=IT", "city=Rome"]


@pytest.mark.parametrize(
    ("table", "options", "error", "message"),
    [
        ({"a=b": ["x"]}, {}, DataError, "the column name 'a=b' holds '='.*rename it"),
        ({"a": [None, None]}, {}, DataError, "no value: 2 rows of 1 columns, and all are missing"),
        ({"id": [1, None], "a": ["x", "y"]}, {"ids": "id"}, DataError, "row 1 has none in the column 'id'"),
        ({"id": [1, 1], "a": ["x", "y"]}, {"ids": "id"}, DataError, "the id 1 occurs twice, in rows 0 and 1"),
        (
            {"id": [0.5], "a": ["x"]},
            {"ids": "id"},
            DataError,
            "whole numbers or text; the column 'id' holds 0.5",
        ),
        ({"a": ["x"]}, {"ids": "id"}, UnknownIdError, "no column 'id'"),
        ({"a": ["x"]}, {"only": ["b"]}, UnknownIdError, "no column 'b'"),
        ({"a": ["x"]}, {"only": "a"}, OptionError, r"write \['a'\]"),
        ({"a": ["x"]}, {"only": []}, OptionError, "no column is left of 'a'"),
        ({"a": ["x"]}, {"bins": -1}, OptionError, "bins is a whole number from 0 to 10,000, not -1"),
        ({"a": ["x"]}, {"bins": {"b": [1]}}, OptionError, "borders for 'b', which is no column"),
        (
            {"a": [1]},
            {"bins": {"a": [2, 1]}},
            OptionError,
            "borders of the bins of 'a' are finite numbers that",
        ),
        ({"a": [1]}, {"bins": {"a": [math.nan]}}, OptionError, "finite numbers that rise, not"),
        ({"a": [1]}, {"bins": {"a": "x"}}, OptionError, "finite numbers that rise, not 'x'"),
        ({"a": ["x"]}, {"bins": {"a": [1]}}, DataError, "'a' holds no numbers: row 0 is 'x'"),
        ({"a": ["x"]}, {"missing": "error"}, OptionError, "'leave out' or 'own', not 'error'"),
        (
            {"t": [dt.date(2024, 1, 1)], "t.year": [1]},
            {},
            DataError,
            "two columns would have tokens that begin with 't.year'",
        ),
    ],
)
def test_what_cannot_be_used_is_named(table, options, error, message):
    with pytest.raises(error, match=message):
        column_values(table, **options)


values = st.one_of(st.none(), st.text(st.characters(exclude_categories=("Cs",)), max_size=4))
numbers = st.one_of(st.none(), st.integers(-20, 20))


@given(
    st.lists(st.tuples(values, values, numbers), min_size=1, max_size=30).filter(
        lambda rows: any(value is not None for row in rows for value in row)
    ),
    st.integers(0, 6),
)
def test_any_table_becomes_the_tokens_that_plain_python_makes(rows, bins):
    names = ("first", "second", "n")
    table = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    made = column_values(firth.read_table(table, as_text=["first", "second"]), bins=bins)
    borders = made.report["again"]["bins"].get("n")
    expected = []
    for row in rows:
        line = [f"{name}={value}" for name, value in zip(names, row[:2], strict=False) if value is not None]
        if row[2] is not None:
            n = sum(border < row[2] for border in borders or ())
            line.append(f"n={row[2]}" if borders is None else f"n={n + 1} of {len(borders) + 1}")
        expected.append(line)
    assert texts(made) == expected
    counts = made.vocabulary.counts
    assert (np.diff(counts) <= 0).all()
    assert counts.sum() == sum(map(len, expected))
    if bins and len({row[2] for row in rows} - {None}) > bins:
        assert borders is not None
        assert len(borders) < bins
