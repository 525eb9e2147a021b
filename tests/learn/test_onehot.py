"""The baseline: words that have nothing in common."""

import math
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from firth import datasets, measure
from firth.learn.onehot import OneHot
from firth.testing import learners


def test_different_words_have_nothing_in_common() -> None:
    model = OneHot(min_count=1).fit([["to", "be", "or"], ["not", "to", "be"]])
    vectors = model.vectors
    assert vectors.similarity("to", ["be", "or", "not"]).tolist() == [0, 0, 0]
    assert vectors.counts is not None
    assert vectors.counts.tolist() == [2, 2, 1, 1]
    learners.check_round_trip(model)


def test_measures_say_that_there_is_nothing_to_correlate() -> None:
    graded = datasets.wordsim353()
    vectors = OneHot(min_count=1).fit([[word for pair in graded.pairs for word in pair]]).vectors
    assert math.isnan(measure.similarity(vectors, graded).rows[0].value)


@pytest.mark.parametrize("make", [pd.Series, pl.Series, pa.array])
def test_a_series_is_a_column_and_a_list_of_strings_is_text(make: Any) -> None:
    model = OneHot().fit(make(["to be", "or", "to be"]))
    assert model.encode(make(["or"])).matrix.toarray().tolist() == [[1.0, 0.0]]
    assert sorted(OneHot(min_count=1).fit(["to be", "or"]).vectors.ids) == ["be", "or", "to"]
