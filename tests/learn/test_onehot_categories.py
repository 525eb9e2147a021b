"""One-hot rows of tables: those of scikit-learn, sparse however many categories there are, and reversible."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import OneHotEncoder

import firth
from firth import OneHot
from firth.errors import DataError, OptionError

CITIES = {"city": ["Oslo", "Rome", None, "Oslo"]}


def rows(model, table):
    return model.encode(table).matrix.toarray().tolist()


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 3)), min_size=1, max_size=30),
    st.sampled_from(
        [{}, {"drop": "first"}, {"drop": "binary"}, {"min_count": 2}, {"min_count": 2, "drop": "first"}]
    ),
)
def test_rows_are_those_of_scikit_learn(table, options):
    texts = np.array([[text, f"n{number}"] for text, number in table], object)
    theirs = {"drop": {"binary": "if_binary"}.get(options.get("drop"), options.get("drop"))}
    peer = OneHotEncoder(**theirs, min_frequency=options.get("min_count")).fit(texts)
    found = OneHot(**options).fit(texts).encode(texts)
    assert np.array_equal(found.matrix.toarray(), peer.transform(texts).toarray())


@given(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=40), st.integers(1, 6))
def test_the_rarest_share_a_place_as_in_scikit_learn(values, most):
    texts = np.array(values, object)[:, None]
    if len(set(values)) <= most:  # then scikit-learn calls the last one rare, though there is room for it
        most = None
    peer = OneHotEncoder(max_categories=most).fit(texts)
    assert np.array_equal(
        OneHot(max_categories=most).fit(texts).encode(texts).matrix.toarray(), peer.transform(texts).toarray()
    )


def test_as_many_categories_as_are_allowed_are_all_kept():
    """Where scikit-learn differs: it calls the rarest one infrequent, and puts it last."""
    table = {"c": list("abbcc")}
    features = OneHot(max_categories=3).fit(table).encode(table)
    assert list(features.names) == ["c=a", "c=b", "c=c"]
    peer = OneHotEncoder(max_categories=3).fit(np.array(table["c"])[:, None])
    assert peer.get_feature_names_out(["c"]).tolist() == ["c_b", "c_c", "c_infrequent_sklearn"]


def test_missing_values_have_a_place_where_there_were_some():
    model = OneHot().fit(CITIES)
    features = model.encode(CITIES)
    assert list(features.names) == ["city=Oslo", "city=Rome", "city=(missing)"]
    assert features.matrix.toarray().tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert features.report["columns"] == {"city": {"missing": 1}}
    assert list(OneHot().fit({"city": ["Oslo"]}).encode({"city": ["Oslo"]}).names) == ["city=Oslo"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [[0, 0, 0], [0, 0, 1]]),
        ({"missing": "zero"}, [[0, 0], [0, 0]]),
        ({"unknown": "own"}, [[0, 0, 1, 0], [0, 0, 0, 1]]),
        ({"unknown": "own", "missing": "zero"}, [[0, 0, 1], [0, 0, 0]]),
        ({"max_categories": 1, "unknown": "own"}, [[1, 0], [0, 1]]),
        ({"max_categories": 2, "unknown": "own"}, [[0, 1, 0], [0, 0, 1]]),
    ],
)
def test_what_becomes_of_unknown_and_missing_values(options, expected):
    model = OneHot(**options).fit(CITIES)
    features = model.encode({"city": ["Paris", None]})
    assert features.matrix.toarray().tolist() == expected
    assert features.report["columns"] == {"city": {"missing": 1, "unknown": 1}}


def test_a_missing_value_that_training_had_none_of_is_unknown():
    for options, expected in (({}, [0]), ({"unknown": "own"}, [0, 1])):
        assert rows(OneHot(**options).fit({"a": ["x"]}), {"a": [None]}) == [expected]
    with pytest.raises(DataError, match="the column 'a' holds no value in row 0"):
        OneHot(unknown="error").fit({"a": ["x"]}).encode({"a": [None]})


def test_errors_name_column_row_and_value():
    with pytest.raises(DataError, match="the column 'city' holds no value in row 2, one of 1 such rows"):
        OneHot(missing="error").fit(CITIES)
    model = OneHot(unknown="error").fit(CITIES)
    with pytest.raises(DataError, match="'city' holds 'Paris', which was not there in training, in row 1"):
        model.encode({"city": ["Oslo", "Paris"]})
    with pytest.raises(DataError, match="the column 'city' holds no value to learn from: all 2 are missing"):
        OneHot().fit({"city": [None, None]})
    with pytest.raises(
        DataError, match="'city' held values of the kind text in training and holds whole number"
    ):
        model.encode({"city": [1]})
    with pytest.raises(DataError, match="the table has no column 'city', which the model was trained with"):
        model.encode({"town": ["Oslo"]})
    with pytest.raises(OptionError, match="drop is 'first', 'binary' or None, not 'last'"):
        OneHot(drop="last")
    with pytest.raises(OptionError, match="missing is 'own', 'zero' or 'error', not 'mean'"):
        OneHot(missing="mean")


@pytest.mark.parametrize(
    "options", [{}, {"drop": "first"}, {"min_count": 2}, {"drop": "first", "min_count": 2}]
)
def test_there_and_back(options):
    table = {"c": ["b", "a", "b", None, "a", "rare"], "n": [3, 1, 1, 3, 2, 2], "t": [True, False] * 3}
    model = OneHot(**options).fit(table)
    features = model.encode(table)
    expected = table if "min_count" not in options else table | {"c": ["b", "a", "b", None, "a", None]}
    assert model.decode(features) == expected
    assert model.decode(features.matrix.toarray()) == expected


def test_whole_numbers_that_became_floats_are_known():
    model = OneHot().fit({"n": [1, 2]})
    assert rows(model, pd.DataFrame({"n": [2, np.nan, 2.5]})) == [[0, 1], [0, 0], [0, 0]]


def test_a_million_rows_of_a_thousand_categories_stay_small():
    codes = np.random.default_rng(1).integers(0, 1000, 200_000)
    table = {"c": pd.Categorical.from_codes(codes, [f"k{i}" for i in range(1000)])}
    matrix = OneHot().fit(table).encode(table).matrix
    assert matrix.shape == (200_000, 1000)
    assert (matrix.dtype, matrix.indices.dtype) == (np.float32, np.int32)
    size = matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes
    assert size <= 12 * 200_000 + 4  # so a million rows take 12 MB
    assert np.array_equal(matrix.indices, np.argsort(np.argsort([f"k{i}" for i in range(1000)]))[codes])


def test_a_saved_model_encodes_and_goes_back(tmp_path):
    table = {"c": ["b", None, "a"], "d": np.array(["2020-01-01", "2021-05-05", "NaT"], "M8[D]")}
    model = OneHot().fit(table)
    model.save(tmp_path / "m.safetensors")
    back = firth.load(tmp_path / "m.safetensors", verify=True)
    assert rows(back, table) == rows(model, table)
    assert back.decode(back.encode(table)) == model.decode(model.encode(table))
    assert back.spaces["c"].counts.tolist() == [1, 1]
    assert list(back.spaces["d"].ids) == ["2020-01-01", "2021-05-05"]


def test_text_still_becomes_words():
    model = OneHot().fit([["to", "be"]] * 5 + [["rare"]])
    assert set(model.vectors.ids) == {"to", "be"}
    assert model.recipe["learner"] == "OneHot"


def test_names_that_would_be_alike_are_told_apart():
    features = OneHot().fit({"c": ["(missing)", None]}).encode({"c": ["(missing)"]})
    assert list(features.names) == ["c=(missing)", "c=(missing) (OneHot)"]


def test_strange_categories_are_categories(tmp_path):
    strange = ["", "\0", " ", "\u202eabc", "e\u0301", "\u00e9", "x" * 1_000_000, "\U0001f468\u200d\U0001f469"]
    model = OneHot().fit({"c": strange})
    model.save(tmp_path / "m.safetensors")
    back = firth.load(tmp_path / "m.safetensors")
    assert back.decode(back.encode({"c": strange})) == {"c": strange}
    assert np.array_equal(np.sort(back.encode({"c": strange}).matrix.indices), np.arange(len(strange)))
    with pytest.raises(DataError, match=r"row 1 of the column 'c' is .*surrogates not allowed"):
        OneHot().fit({"c": ["a", "\udc00"]})
