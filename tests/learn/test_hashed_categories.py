"""Hashed categories: alike everywhere, right on average, without a list of categories."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import firth
from firth import Hashing
from firth.errors import DataError, OptionError

TABLE = {"city": ["Oslo", "Rome", None, "Oslo"], "n": [1, 2, 3, 1]}
CODE = """
import firth
table = {"c": ["a", "b", "c"]}
print(firth.Hashing(size=50).fit(table).encode(table).matrix.indices.tolist())
"""


def dense(features):
    return features.matrix.toarray() if features.is_sparse else features.matrix


def test_every_process_makes_the_same_rows():
    found = [subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True).stdout
             for _ in range(2)]  # fmt: skip
    table = {"c": ["a", "b", "c"]}
    assert found[0] == found[1] == f"{Hashing(size=50).fit(table).encode(table).matrix.indices.tolist()}\n"


@pytest.mark.parametrize("size", [4, 64])
def test_rows_do_not_depend_on_how_the_table_came(size):
    model = Hashing(size=size).fit(TABLE)
    expected = dense(model.encode(TABLE))
    values = pa.chunked_array([pa.array(["Oslo"]), pa.array(["x", "Rome", None, "Oslo"]).slice(1)])
    for table in (
        pd.DataFrame(TABLE),
        pl.DataFrame(TABLE),
        {"city": pd.Categorical(TABLE["city"]), "n": [1.0, 2.0, 3.0, 1.0]},
        pa.table({"city": values.dictionary_encode(), "n": ["1", "2", "3", "1"]}),
        pa.table({"city": values, "n": TABLE["n"]}),
    ):
        assert np.array_equal(dense(model.encode(table)), expected)


def test_sparse_and_dense_rows_are_one():
    rng = np.random.default_rng(1)
    table = {f"c{j}": [f"v{i}" for i in rng.integers(0, 40, 200)] for j in range(5)}
    wide = Hashing(size=16).fit(table).encode(table)
    parts = {name: {name: values} for name, values in table.items()}
    alone = sum(dense(Hashing(size=16).fit(part).encode(part)) for part in parts.values())
    assert not wide.is_sparse
    assert np.array_equal(wide.matrix, alone)
    assert Hashing(size=64).fit(table).encode(table).is_sparse


def test_products_of_rows_are_right_on_average():
    """Weinberger et al. 2009, lemma 2: signed hashing leaves inner products as they are, on average."""
    table = {f"c{j}": ["a", "a" if j < 3 else "b"] for j in range(10)}
    products = []
    for seed in range(400):
        rows = dense(Hashing(size=16, seed=seed).fit(table).encode(table))
        products.append(rows[0] @ rows[1])
    # Variance of one product: below 2 · 10 · 10 / 16, so that of the mean of 400 is below 0.18².
    assert np.mean(products) == pytest.approx(3, abs=4 * 0.18)
    unsigned = [
        float(
            np.prod(dense(Hashing(size=16, seed=seed, signed=False).fit(table).encode(table)), axis=0).sum()
        )
        for seed in range(100)
    ]
    assert np.mean(unsigned) > 6  # collisions add up


def test_collisions_are_counted():
    table = {"c": [f"v{i}" for i in range(1000)]}
    facts = Hashing(size=100).fit(table).report["columns"]["c"]
    assert facts["values"] == 1000
    assert facts["places"] == 100
    assert facts["collisions"] == 900
    assert Hashing(size=2**16).fit(table).report["columns"]["c"]["collisions"] <= 30  # 7.6 are to be expected


def test_missing_values_are_hashed_or_left_out_and_counted():
    features = Hashing(size=64).fit(TABLE).encode(TABLE)
    assert features.report["columns"] == {"city": {"missing": 1}}
    assert np.abs(features.matrix).sum(axis=1).tolist() == [2, 2, 2, 2]
    assert np.abs(Hashing(size=64, missing="zero").fit(TABLE).encode(TABLE).matrix).sum(axis=1).tolist() == [
        2,
        2,
        1,
        2,
    ]
    with pytest.raises(DataError, match="the column 'city' holds no value in row 2"):
        Hashing(missing="error").fit(TABLE)
    blank, nothing = (
        Hashing(size=4096).fit(t).encode(t).matrix.indices for t in ({"c": [""]}, {"c": [None]})
    )
    assert blank[0] != nothing[0]


def test_columns_hash_differently_and_seeds_too():
    one, other, third = (
        Hashing(size=4096, seed=seed).fit({name: ["x"]}).encode({name: ["x"]}).matrix.indices[0]
        for name, seed in (("a", 0), ("b", 0), ("a", 1))
    )
    assert len({one, other, third}) == 3


def test_a_saved_model_makes_the_same_rows(tmp_path):
    model = Hashing(size=64).fit(TABLE)
    model.save(tmp_path / "m.safetensors")
    back = firth.load(tmp_path / "m.safetensors")
    assert np.array_equal(dense(back.encode(TABLE)), dense(model.encode(TABLE)))
    with pytest.raises(DataError, match="no way back from hashed categories"):
        back.decode(back.encode(TABLE))


def test_refused():
    with pytest.raises(OptionError, match="size is a whole number from 1 to"):
        Hashing(size=0)
    with pytest.raises(OptionError, match="signed is True or False, not 1"):
        Hashing(signed=1)
