"""Categories as whole numbers: those of scikit-learn plus one, in any order that is asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import OrdinalEncoder

from firth import Binary, Ordinal, Table
from firth.errors import DataError, OptionError


@given(st.lists(st.tuples(st.text(max_size=3), st.integers(-3, 3)), min_size=1, max_size=20))
def test_numbers_are_those_of_scikit_learn_plus_one(table):
    texts, numbers = map(list, zip(*table, strict=True))
    peer = [
        OrdinalEncoder().fit_transform(np.array(values, object)[:, None]).ravel()
        for values in (texts, numbers)
    ]
    table = {"t": texts, "n": numbers}
    assert np.array_equal(Ordinal().fit(table).encode(table).matrix, np.stack(peer, axis=1) + 1)


def test_an_order_that_is_given():
    model = Ordinal(order=["low", "middle", "high"]).fit({"risk": ["high", "low"]})
    assert model.encode({"risk": ["low", "middle", "high", None]}).matrix.ravel().tolist() == [1, 2, 3, 0]
    assert model.spaces["risk"].counts.tolist() == [1, 0, 1]
    assert model.decode(np.array([[2], [0], [1]])) == {"risk": ["middle", None, "low"]}


@pytest.mark.parametrize(
    ("options", "expected"),
    [({}, [3, 0]), ({"missing": "zero"}, [0, 0]), ({"unknown": "own"}, [3, 4]),
     ({"missing": "zero", "unknown": "own"}, [0, 3])],
)  # fmt: skip
def test_numbers_of_what_is_missing_or_unknown(options, expected):
    model = Ordinal(**options).fit({"a": ["x", "y", None]})
    features = model.encode({"a": [None, "z"]})
    assert features.matrix.ravel().tolist() == expected
    assert features.report["columns"] == {"a": {"missing": 1, "unknown": 1}}
    assert model.decode(features) == {"a": [None, None]}


def test_refused():
    with pytest.raises(DataError, match="'a' holds 'z', which is not in the order, in row 1"):
        Ordinal(order=("x", "y")).fit({"a": ["x", "z"]})
    with pytest.raises(DataError, match="the order of the column 'a' is of mixed types"):
        Ordinal(order=("x", 1)).fit({"a": ["x"]})
    with pytest.raises(OptionError, match="order holds 'x' twice"):
        Ordinal(order=("x", "y", "x"))
    with pytest.raises(OptionError, match="order is a list of all categories or None, not 'xy'"):
        Ordinal(order="xy")
    with pytest.raises(DataError, match="row 1 is 7, and the numbers go from 0 to 1"):
        Ordinal().fit({"a": ["x"]}).decode(np.array([[1.0], [7.0]]))


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 0.5, 1e300])
def test_a_number_that_is_no_code_does_not_come_back(number):
    with pytest.raises(DataError, match=r"row 0 is .*, and the numbers go from 0 to 1"):
        Ordinal().fit({"a": ["x"]}).decode([[number]])


@pytest.mark.parametrize("learner", [Ordinal, Binary])
@pytest.mark.parametrize(
    ("order", "message"),
    [
        (("\ud800", "a"), r"order holds '\\ud800', half of a pair of surrogates"),
        ((2**70, 1), r"order holds 1180591620717411303424, and whole numbers go from -2\*\*63"),
        (np.array([[1, 2]]), r"order holds strings, numbers or truth values, not \[1, 2\]"),
        (np.array(1), "order is a list of all categories or None, not 1"),
    ],
)
def test_orders_that_no_table_can_hold_are_refused(learner, order, message):
    with pytest.raises(OptionError, match=message):
        learner(order=order)


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64, np.str_, np.bool_])
def test_an_order_may_come_from_numpy(kind):
    values = np.array([1, 0], kind)
    table = Table(columns={"a": Ordinal(order=values)})
    assert table == Table(columns={"a": Ordinal(order=tuple(values))})
    assert table == Table(columns={"a": Ordinal(order=tuple(values.tolist()))})
    assert Table.from_toml(table.to_toml()) == table
    assert table.fit({"a": values}).encode({"a": values}).matrix.ravel().tolist() == [1, 2]
