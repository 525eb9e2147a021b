"""Tables of every kind as columns of one kind each, and what cannot be one."""

from __future__ import annotations

import bz2
import datetime as dt
import gzip
import lzma
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth import read_table
from firth.data.columns import Column, Columns, is_table
from firth.data.factors import MISSING, UNKNOWN, kind_of, look_up, spell, unspell
from firth.errors import DataError, FormatError, OptionError, UnknownIdError

CITIES = {"city": ["Oslo", "Rome", None], "people": [7e5, None, 1e4], "coast": [True, False, None]}


def listed(columns: Columns) -> dict[str, list[Any]]:
    return {name: [None if value != value else value for value in column.values.to_pylist()]
            for name, column in columns.items()}  # fmt: skip


@pytest.mark.parametrize(
    "make",
    [
        lambda table: table,
        lambda table: [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)],
        pa.table,
        pl.DataFrame,
        pd.DataFrame,
        lambda table: pa.table(table).to_batches()[0],
        lambda table: {name: np.array(values, object) for name, values in table.items()},
        lambda table: read_table(table),
        lambda table: {name: pl.Series(values) for name, values in table.items()},
        lambda table: {name: pd.Series(values) for name, values in table.items()},
    ],
    ids=[
        "dict",
        "dicts",
        "arrow",
        "polars",
        "pandas",
        "batch",
        "objects",
        "columns",
        "series",
        "pandas series",
    ],
)
def test_a_table_is_the_same_however_it_comes(make):
    columns = read_table(make(CITIES))
    assert listed(columns) == CITIES
    assert [column.kind for column in columns.values()] == ["text", "number", "bool"]
    assert columns.rows == 3


def test_columns_behave_as_a_mapping():
    columns = read_table(CITIES)
    assert (columns.names, len(columns), "city" in columns, "land" in columns) == (
        ["city", "people", "coast"], 3, True, False,
    )  # fmt: skip
    assert columns.take(["coast", "city"]).names == ["coast", "city"]
    assert repr(columns) == "Columns(3 rows: city text, people number, coast bool)"
    assert repr(columns["city"]) == "Column('city', text, 3 rows, 1 missing)"
    with pytest.raises(UnknownIdError, match="no column 'land'; there are 'city', 'people', 'coast'"):
        columns["land"]
    with pytest.raises(OptionError, match=r"names is a list, not 'city': write \['city'\]"):
        columns.take("city")


def test_categorical_columns_are_text_and_lose_what_no_row_has():
    values = pd.Categorical(["b", "a", None], categories=["z", "b", "a"])
    for frame in (
        pd.DataFrame({"c": values}),
        pl.DataFrame({"c": pl.Series(["b", "a", None], dtype=pl.Categorical)}),
    ):
        factors = read_table(frame)["c"].factors()
        assert factors.codes.tolist() == [1, 0, MISSING]
        assert factors.values.to_pylist() == ["a", "b"]


def test_dictionaries_that_hold_a_value_twice_or_null():
    for values, codes in (
        (["a", "a", "b"], [0, 0, 1, MISSING]),
        (["a", None, "b"], [0, MISSING, 1, MISSING]),
    ):
        factors = read_table({"c": pa.DictionaryArray.from_arrays([0, 1, 2, None], values)})["c"].factors()
        assert factors.codes.tolist() == codes
        assert factors.values.to_pylist() == ["a", "b"]


def test_arrays_and_rows_get_numbers_for_names():
    assert read_table(np.arange(6.0).reshape(3, 2)).names == ["0", "1"]
    assert listed(read_table([[1, "a"], (2, "b")])) == {"0": [1, 2], "1": ["a", "b"]}
    assert listed(read_table(np.array([1, 2]))) == {"0": [1, 2]}
    assert read_table(pd.Series([1.5], name="q")).names == ["q"]
    assert read_table(pa.array([1])).names == ["0"]
    assert read_table(np.array([(1, 2.5)], [("a", "i4"), ("b", "f4")])).names == ["a", "b"]


def test_keys_that_dicts_lack_are_missing_and_counted():
    columns = read_table(iter([{"a": 1}, {"b": "x"}, {"a": 2, "b": None}]))
    assert listed(columns) == {"a": [1, None, 2], "b": [None, "x", None]}
    assert columns.report["absent"] == {"a": 1, "b": 1}


def test_an_index_of_pandas_is_left_out_and_reported():
    assert read_table(pd.DataFrame({"a": [1, 2]}, index=["x", "y"])).report["left_out_index"] == 2
    assert "left_out_index" not in read_table(pd.DataFrame({"a": [1, 2]})).report


# --- columns -------------------------------------------------------------------------------------------


def test_numbers_are_float64_with_nan_for_what_is_missing():
    columns = read_table({"i": [1, None], "b": [True, None], "e": [None, None], "f": [np.inf, 1.0]})
    for name, expected in {
        "i": [1, np.nan],
        "b": [1, np.nan],
        "e": [np.nan, np.nan],
        "f": [np.inf, 1],
    }.items():
        found = columns[name].numbers()
        assert found.dtype == np.float64
        assert np.array_equal(found, expected, equal_nan=True)
    assert columns["f"].first_infinite() == 0
    assert columns["i"].first_infinite() is None


def test_decimals_small_types_and_durations_are_numbers():
    table = pa.table({
        "d": pa.array([1, 2], pa.decimal128(5, 2)),
        "h": pa.array(np.array([1, 2], np.float16)),
        "u": pa.array([1, 2], pa.uint8()),
        "s": pa.array([1_000_000, 2_500_000], pa.duration("us")),
    })  # fmt: skip
    columns = read_table(table)
    assert columns["s"].numbers().tolist() == [1.0, 2.5]
    assert [columns[name].numbers().tolist() for name in "dhu"] == [[1, 2]] * 3


def test_times_keep_their_meaning():
    moment = dt.datetime(2024, 2, 29, 18, 30)
    columns = read_table(
        pa.table({
            "day": pa.array([moment.date(), None]),
            "time": pa.array([moment, None], pa.timestamp("ns")),
            "zone": pa.array([moment, None], pa.timestamp("s", tz="Europe/Rome")),
            "clock": pa.array([moment.time(), None]),
        })
    )  # fmt: skip
    assert [column.kind for column in columns.values()] == ["time"] * 4
    expected = ["2024-02-29", "2024-02-29T18:30", "2024-02-29T18:30", "1970-01-01T18:30"]
    for column, first in zip(columns.values(), expected, strict=True):
        assert column.times().dtype == "datetime64[us]"
        assert column.times()[0] == np.datetime64(first)
        assert np.isnat(column.times()[1])
    assert read_table({"m": np.array(["2020-01", "2020-03"], "M8[M]")})["m"].times()[1] == np.datetime64(
        "2020-03"
    )


def test_a_column_says_which_row_is_no_number_or_time():
    columns = read_table({"a": [None, "x"], "b": [1, 2], "t": [None, dt.date(2020, 1, 1)]})
    with pytest.raises(DataError, match="the column 'a' holds no numbers: row 1 is 'x'"):
        columns["a"].numbers()
    with pytest.raises(DataError, match=r"'t' holds no numbers: row 1 is datetime.date\(2020, 1, 1\)"):
        columns["t"].numbers()
    with pytest.raises(DataError, match="the column 'b' holds no times: row 0 is 1"):
        columns["b"].times()


def test_a_column_that_is_all_missing_is_empty():
    for values in ([None, None], [np.nan, np.nan], np.array([np.nan])):
        column = read_table({"a": values})["a"]
        assert column.kind == "empty"
        assert column.factors().codes.tolist() == [MISSING] * len(values)
        assert np.isnat(column.times()).all()


@given(st.lists(st.none() | st.text(max_size=5), max_size=12))
def test_factors_of_text_are_those_of_python(values):
    chunks = [pa.array(part, pa.string()) for part in (values[:5], values[5:])]
    factors = Column("a", pa.chunked_array(chunks)).factors()
    different = sorted({value for value in values if value is not None})
    assert factors.values.to_pylist() == different
    assert factors.codes.tolist() == [MISSING if v is None else different.index(v) for v in values]
    assert factors.counts.tolist() == [values.count(value) for value in different]


@given(st.lists(st.none() | st.floats() | st.just(-0.0), max_size=12))
def test_factors_of_numbers_know_nan_and_one_zero(values):
    factors = Column("a", pa.chunked_array([pa.array(values, pa.float64())])).factors()
    different = sorted({value + 0.0 for value in values if value is not None and value == value})
    assert factors.values.to_pylist() == different
    missing = [value is None or value != value for value in values]
    assert (factors.codes == MISSING).tolist() == missing
    assert int(factors.counts.sum()) == len(values) - sum(missing)


@pytest.mark.parametrize(
    "values",
    [["a", "ö\0", ""], [2**62, -3], [0.1, 1e300, np.inf], [True, False],
     [dt.date(1, 1, 1), dt.date(9999, 12, 31)],
     [dt.time(18, 30, 0, 25)], [dt.datetime(2020, 1, 1, 2, 3, 4, 5)],
     [dt.datetime(1950, 1, 1, tzinfo=dt.UTC)]],
    ids=str,
)  # fmt: skip
def test_categories_come_back_from_their_spelling(values):
    values = read_table({"a": values})["a"].values.combine_chunks()
    assert unspell(spell(values).to_pylist(), kind_of(values.type)).equals(values)


def test_a_spelling_of_no_category_is_refused():
    with pytest.raises(DataError, match="not of the kind whole number"):
        unspell(["1", "x"], "whole number")
    with pytest.raises(DataError, match="'pickle' is no kind of category"):
        unspell(["1"], "pickle")


def test_values_are_found_among_known_ones():
    factors = read_table({"a": [1.0, 2.5, None, 3.0]})["a"].factors()
    assert look_up(pa.array([3, 1]), factors, column="a").tolist() == [1, UNKNOWN, MISSING, 0]
    with pytest.raises(
        DataError, match=r"'a' held values of the kind text in training and holds number now, such"
    ):
        look_up(pa.array(["1"]), factors, column="a")


# --- what is no table ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"a": [1, None, "x"]}, r"'a' holds mixed types: row 0 is 1 \(number\) and row 2 is 'x' \(str\)"),
        ({"a": [True, 1]}, r"'a' holds mixed types: row 0 is True \(bool\) and row 1 is 1 \(number\)"),
        (pd.DataFrame({"a": ["x", 2]}, dtype=object), "'a' holds mixed types: row 0 is 'x'"),
        (pl.DataFrame({"a": pl.Series(["x", 2], dtype=pl.Object)}), "'a' holds mixed types: row 0 is 'x'"),
        ({"a": ["fine", "\ud800"]}, "row 1 of the column 'a' is .*surrogates not allowed"),
        ({"a": [2**70]}, r"row 0 of the column 'a' is \d+, which int64 does not hold.*as_text"),
        ({"a": [None, b"x"]}, "'a' holds values of the Arrow type binary, row 1 being b'x'; decode"),
        ({"a": [[1, 2]]}, "'a' holds values of the Arrow type list"),
        ({"a": [1], "b": [1, 2]}, "columns are of equal length: 'b' has 2 rows, not 1"),
        ({"a": "abc"}, "the column 'a' is 'abc'; a dict of columns holds one list each"),
        (pd.DataFrame({"city": ["a"]}).to_dict(), r"'city' is a dict; give a list, or df\.to_dict\('list'\)"),
        ({"a": {"x"}}, "'a' is a set; give a list"),
        ({"a": np.array(5)}, r"'a' is array\(5\); a dict of columns holds one list each"),
        ({"a": np.zeros((2, 2))}, r"(?s)'a' is array.*; a dict of columns holds one list each"),
        ({"\ud800": ["a"]}, r"the column name '\\ud800' cannot be written as UTF-8.*rename it"),
        ([{"a": 1, "\ud800": 2}], r"the column name '\\ud800' cannot be written as UTF-8"),
        ({1: [1], "1": [2]}, "two columns are called '1'"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "two columns are called 'a'"),
        (pa.table([pa.array([1]), pa.array([2])], ["a", "a"]), "two columns are called 'a'"),
        ([{"a": 1}, 3], "row 1 is 3"),
        ([[1, 2], [3]], r"row 0 is \[1, 2\] and row 1 is \[3\]"),
        (np.zeros((2, 2, 2)), r"two dimensions, \(rows, columns\); this array has shape \(2, 2, 2\)"),
        (np.array([1j]), "the column '0' cannot be read"),
        (pl.LazyFrame({"a": [1]}), "this frame is lazy.*collect"),
        (7, "a table is a frame, .* not int"),
        (b"abc", "a table is a frame, .* not bytes"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_table(source, message):
    with pytest.raises(DataError, match=message):
        read_table(source)


def test_mixed_columns_can_be_read_as_text():
    columns = read_table(
        {"a": [1, None, "x", np.nan, True], "b": [1.0, np.nan, 2.5, 0.0, 1.0]}, as_text=["a", "b"]
    )
    assert listed(columns) == {"a": ["1", None, "x", None, "true"], "b": ["1", None, "2.5", "0", "1"]}
    with pytest.raises(DataError, match="as_text names 'c', and there is no such column among a"):
        read_table({"a": [1]}, as_text=["c"])


def test_what_looks_like_a_table():
    frames = [pa.table(CITIES), pd.DataFrame(CITIES), pl.DataFrame(CITIES), read_table(CITIES)]
    series = [make(["a", "b"]) for make in (pd.Series, pl.Series, pa.array, lambda x: pa.chunked_array([x]))]
    files = ["a.csv", Path("b.tsv.gz"), "c.parquet", "UP.CSV", "Up.Tsv.GZ"]
    for table in (CITIES, [CITIES], np.zeros((2, 2)), *frames, *series, *files):
        assert is_table(table)
    for text in ([["to", "be"]], "to be", ["to be"], iter([["a"]]), Path("corpus.txt"), [], np.array(["a"])):
        assert not is_table(text)


# --- files ---------------------------------------------------------------------------------------------


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("suffix", "pack"), [("", bytes), (".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)]
)
def test_csv_files_packed_or_not(tmp_path, suffix, pack):
    path = write(tmp_path / f"a.csv{suffix}", pack(b'city,people\n"Oslo, N",7\nRome,\n'))
    columns = read_table(path)
    assert listed(columns) == {"city": ["Oslo, N", "Rome"], "people": [7, None]}
    assert columns.report["file"] == path.name


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_delimiters_are_found(tmp_path, mark):
    path = write(tmp_path / "a.csv", f"a{mark}b\n1{mark}x\n")
    assert listed(read_table(str(path))) == {"a": [1], "b": ["x"]}
    assert listed(read_table(path, delimiter=mark)) == {"a": [1], "b": ["x"]}


def test_headers(tmp_path):
    path = write(tmp_path / "a.csv", "\ufeffa,b\n1,2\n")
    assert read_table(path).names == ["a", "b"]
    assert read_table(path, header=False).names == ["0", "1"]
    assert read_table(path, header=["x", "y"])["x"].values.to_pylist() == ["a", "1"]


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ('\r\n\n"a\nb",c\r\n1,"x\ny"\r\n', {}, {"a\nb": [1], "c": ["x\ny"]}),
        ("\n\na\n1\n\n2\n", {}, {"a": [1, None, 2]}),
        ('a\tb\n"x\t1\n', {"delimiter": "\t", "quote": None}, {"a": ['"x'], "b": [1]}),
        ('a,b\n"say ""so""",\n', {}, {"a": ['say "so"'], "b": [None]}),
        ("a,b\n1,2", {}, {"a": [1], "b": [2]}),
        ("a,b\n", {}, {"a": [], "b": []}),
        ("a;b\n1,5;x\n", {}, {"a": ["1,5"], "b": ["x"]}),
        ("a,b\n 1 , x\n", {}, {"a": [1], "b": [" x"]}),
    ],
)
def test_quotes_and_blank_lines(tmp_path, text, options, expected):
    assert listed(read_table(write(tmp_path / "a.csv", text), **options)) == expected


def test_types_are_found_from_all_values(tmp_path):
    rows = "\n".join(["1,1,true,2020-01-01,18:30,007,NA,x"] * 5 + ["2,2.5,False,,18:31:00.5,1,3,"])
    path = write(tmp_path / "a.csv", f"i,f,b,d,t,post,n,s\n{rows}\n")
    columns = read_table(path)
    kinds = ["number", "number", "bool", "time", "time", "text", "number", "text"]
    assert [column.kind for column in columns.values()] == kinds
    assert columns["post"].values[0].as_py() == "007"
    assert columns.report["taken_for_missing"] == {"n": 5}


def test_namibia_is_not_missing(tmp_path):
    path = write(tmp_path / "a.csv", "land\nNA\nNO\n")
    assert read_table(path)["land"].values.to_pylist() == ["NA", "NO"]
    assert read_table(path, missing=["NA"])["land"].values.to_pylist() == [None, "NO"]
    assert read_table(path, as_text=["land"])["land"].kind == "text"


def test_a_type_that_changes_after_megabytes(tmp_path):
    path = write(tmp_path / "a.csv", "a,b\n" + "1,x\n" * 5_000_000 + "y,x\n")
    columns = read_table(path)
    assert columns["a"].kind == "text"
    assert columns["a"].values[-1].as_py() == "y"
    assert columns.rows == 5_000_001


@pytest.mark.parametrize(
    ("text", "line", "fields"),
    [("a,b\n1,2\n1,2,3\n1,2\n", 3, 3), ("a,b\n\n1,2\n1\n", 4, 1), ('a,b\n"1\n2",3\n1,2,3,4\n', 4, 4),
     ("a,b\n11,2,3\n", 2, 3)],
)  # fmt: skip
def test_ragged_lines_are_named(tmp_path, text, line, fields):
    path = write(tmp_path / "a.csv", text)
    with pytest.raises(FormatError, match=f"a.csv: line {line} has {fields} fields and not 2"):
        read_table(path)


@pytest.mark.parametrize(
    ("name", "data", "error", "message"),
    [
        ("a.csv", b"", DataError, "the file is empty"),
        ("a.csv", b"a" * 200_000 + b"\n1\n", FormatError, "the first line holds no names"),
        ("a.csv", b"a\n\xff\n", FormatError, r"a.csv, byte 2: line 2 is not valid UTF-8"),
        ("a.csv", "a\n1\n".encode("utf-16"), FormatError, "UTF-16"),
        ("a.csv", b"a,a\n1,2\n", DataError, "two columns are called 'a'"),
        ("a.csv.gz", gzip.compress(b"a\n1\n", mtime=0)[:-3], FormatError, "the gzip data end too early"),
        ("a.parquet", b"PAR1 nothing", FormatError, "the table cannot be read"),
        ("a.parquet", b"a,b\n", FormatError, "ends in .parquet but the data are nothing of the kind"),
        ("a.arrow", b"ARROW1 nothing", FormatError, "the table cannot be read"),
    ],
)
def test_damaged_files(tmp_path, name, data, error, message):
    with pytest.raises(error, match=message):
        read_table(write(tmp_path / name, data))


def test_missing_files_and_bad_marks(tmp_path):
    with pytest.raises(DataError, match=r"there is no file 'nowhere\.csv'"):
        read_table("nowhere.csv")
    with pytest.raises(DataError, match=r"the file 'a{50,60}… cannot be read: File name too long"):
        read_table("a" * 5000 + ".csv")
    path = write(tmp_path / "a.csv", "a\n1\n")
    with pytest.raises(OptionError, match="delimiter is one ASCII character, not ', '"):
        read_table(path, delimiter=", ")


def test_binary_tables(tmp_path):
    table = pa.table(CITIES)
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    pyarrow.feather.write_feather(table, tmp_path / "a.feather")
    with pa.ipc.new_file(tmp_path / "a.arrow", table.schema) as file:
        file.write_table(table)
    for name in ("a.parquet", "a.feather", "a.arrow"):
        assert listed(read_table(tmp_path / name)) == CITIES


def test_damaged_binary_tables_never_end_in_anything_else(tmp_path):
    pyarrow.parquet.write_table(pa.table(CITIES), tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    rng = np.random.default_rng(1)
    for _ in range(200):
        mutant = bytearray(whole)
        for place in rng.integers(4, len(whole), 3):
            mutant[place] = rng.integers(256)
        try:
            read_table(write(tmp_path / "b.parquet", bytes(mutant)))
        except (FormatError, DataError):
            continue
