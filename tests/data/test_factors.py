"""Spellings that are those of the value and not of its type, and columns without a row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import firth
from firth.data.factors import factorize, spell, unspell
from firth.errors import DataError

EDGES = [0, 1, 10**9, 10**10, 1_700_000_000_000, 2**53, 2**62, -(2**63), -(10**10)]


def test_whole_numbers_are_spelt_alike_as_int_and_float():
    texts = [str(value) for value in EDGES]
    assert spell(pa.array(EDGES)).to_pylist() == texts
    assert spell(pa.array([float(value) for value in EDGES])).to_pylist() == texts
    odd = pa.array([-0.0, 2.5, None, float("inf"), 1e19, 2.0**63])
    assert spell(odd).to_pylist() == ["0", "2.5", None, "inf", "1e+19", "9.223372036854776e+18"]


@given(st.lists(st.floats(allow_nan=False)))
def test_numbers_come_back_from_their_spelling(values):
    assert unspell(spell(pa.array(values, pa.float64())), "number").to_pylist() == values


@pytest.mark.parametrize("value", EDGES)
def test_hashes_and_tokens_do_not_depend_on_int_or_float(value):
    whole, real, text = {"user": [value] * 5}, {"user": [float(value)] * 5}, {"user": [str(value)] * 5}
    counts = firth.CountSketch(of="count").fit(whole)
    for table in (whole, real, text):
        assert counts.encode(table).matrix.ravel().tolist() == [5.0] * 5
    assert len({tuple(firth.column_values(table).vocabulary.keys) for table in (whole, real, text)}) == 1


def test_minus_zero_is_zero():
    counts = firth.CountSketch(of="count").fit({"x": [0.0, -0.0, -0.0]})
    assert counts.encode({"x": [0, -0.0]}).matrix.ravel().tolist() == [3.0, 3.0]


EMPTY = [
    {"a": []},
    {"a": np.array([])},
    {"a": pd.Categorical([])},
    {"a": pa.chunked_array([], pa.string())},
    pd.DataFrame({"a": pd.Series([], dtype=str)}),
    pl.DataFrame({"a": pl.Series([], dtype=pl.String)}),
]


@pytest.mark.parametrize("table", EMPTY, ids=range(len(EMPTY)))
def test_tables_without_a_row_become_rows_of_none(table):
    seen = {"a": ["x", "y"] * 3}
    for learner in (firth.OneHot(), firth.Ordinal(), firth.Binary(), firth.Hashing(), firth.CountSketch(),
                    firth.Frequency(), firth.Target()):  # fmt: skip
        model = learner.fit(seen, target=[0, 1] * 3)
        width = model.encode(seen).matrix.shape[1]
        assert model.encode(table).matrix.shape == (0, width)
    with pytest.raises(DataError, match="the table has no value: 0 rows of 1 columns"):
        firth.column_values(table)
    found = firth.read_table(table)["a"].factors()
    assert (found.codes.shape, len(found.values), found.counts.shape) == ((0,), 0, (0,))


def test_a_shared_table_takes_a_table_without_a_row():
    model = firth.SharedTable(dim=4, rows=64).fit({"a": ["x", "y"] * 20, "b": ["u", "v"] * 20})
    assert model.encode({"a": [], "b": []}).matrix.shape == (0, 8)


def test_an_empty_dictionary_keeps_the_type_of_its_values():
    assert factorize(pa.chunked_array([pa.array([1]).dictionary_encode().slice(1)])).values.type == pa.int64()
