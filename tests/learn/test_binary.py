"""Bits of categories: those of category_encoders, which numbers categories as they come."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth import Binary


@pytest.mark.filterwarnings("ignore:.*no_silent_downcasting")  # theirs
def test_bits_are_those_of_category_encoders():
    peers = pytest.importorskip("category_encoders", reason="firth[peers] is not installed")
    pd = pytest.importorskip("pandas")
    for n in (1, 2, 3, 7, 8, 9, 100):
        names = [f"k{i:03}" for i in range(n)]  # sorted, so that both number them alike
        values = names + [names[i] for i in np.random.default_rng(n).integers(0, n, 50)]
        theirs = peers.BinaryEncoder().fit_transform(pd.DataFrame({"c": values})).to_numpy()
        ours = Binary().fit({"c": values}).encode({"c": values}).matrix
        assert np.array_equal(ours, theirs)


@given(st.lists(st.none() | st.text(max_size=2), min_size=1, max_size=30).filter(any))
def test_there_and_back(values):
    model = Binary().fit({"c": values})
    features = model.encode({"c": values})
    assert features.shape[1] == (len(set(values))).bit_length()
    assert model.decode(features) == {"c": values}


def test_what_is_unknown_has_no_bit_or_one_of_its_own():
    table, other = {"c": ["a", "b", "c"]}, {"c": ["d", None]}
    assert Binary().fit(table).encode(other).matrix.tolist() == [[0, 0], [0, 0]]
    assert Binary(unknown="own").fit(table).encode(other).matrix.tolist() == [[1, 0, 0], [1, 0, 0]]
    assert list(Binary().fit(table).encode(other).names) == ["c bit 2", "c bit 1"]
    assert Binary().fit(table).spaces["c"].matrix.tolist() == [[0, 1], [1, 0], [1, 1]]


def test_what_is_no_bit_comes_back_as_none():
    assert Binary().fit({"a": list("xyz")}).decode([[np.nan, 1.0], [0.0, 1.0]]) == {"a": [None, "x"]}
