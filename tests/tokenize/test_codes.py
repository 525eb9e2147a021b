"""Codes as Sequences: nothing is lost, and the vocabulary is in the order of the house."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth import Sequences, SkipGram, TfIdf
from firth.errors import DataError, OptionError
from firth.tokenize import code_sequences

ROWS = st.lists(st.lists(st.integers(0, 300), max_size=12), min_size=1, max_size=8).filter(any)


@given(ROWS)
def test_they_are_the_sequences_that_the_tokens_make(rows: list[list[int]]):
    found = code_sequences([np.array(row, np.int32) for row in rows])
    expected = Sequences.of([[f"v{code}" for code in row] for row in rows if row])
    assert found.vocabulary == expected.vocabulary
    np.testing.assert_array_equal(found.tokens, expected.tokens)
    assert np.diff(found.offsets).tolist() == [len(row) for row in rows]


def test_every_form_of_the_same_codes_is_the_same():
    codes = np.array([[[1, 2], [2, 2]], [[0, 2], [1, 1]]], np.int32)
    forms: list[Any] = [codes, codes.reshape(2, 4), list(codes), [row.ravel() for row in codes]]
    for form in forms:
        made = code_sequences(form)
        keys = list(made.vocabulary.keys)
        assert [[keys[t] for t in row] for row in made] == [
            ["v1", "v2", "v2", "v2"],
            ["v0", "v2", "v1", "v1"],
        ]
    flat = code_sequences(codes.ravel(), length=4, prefix="patch", ids=["a", "b"])
    assert list(flat.ids or ()) == ["a", "b"] and flat.vocabulary.keys[0] == "patch2"
    assert flat.report["vocabulary"] == 3 and flat.report["tokens"] == 8


def test_learners_of_words_take_them():
    rng = np.random.default_rng(1)
    topics = rng.integers(0, 2, 200)
    codes = topics[:, None] * 10 + rng.integers(0, 10, (200, 30))
    vectors = SkipGram(dim=8, min_count=1, epochs=5, subsample=0).fit(code_sequences(codes)).vectors
    near = [int(key[1:]) // 10 for key in vectors.most_similar("v3", topn=9).ids]
    assert sum(near) <= 1  # v0 to v9 keep company with each other
    rows = TfIdf().fit_transform(code_sequences(codes, ids=range(200))).features
    assert rows.shape == (200, 20)


@pytest.mark.parametrize(
    ("codes", "options", "message"),
    [
        (np.array([1, 2, 3]), {}, "a flat array of 3 codes needs length"),
        (np.array([1, 2, 3]), {"length": 2}, "3 codes do not divide into sequences of length=2"),
        (np.array([[1.0]]), {}, "arrays of whole numbers; found float64"),
        (np.array([[-1]]), {}, r"codes are 0 to 2\*\*31 - 1; found -1"),
        (np.array([[2**31]]), {}, "found 2147483648"),
        (np.empty((3, 0), np.int32), {}, "no token is left"),
        ([], {}, "there is no sequence of codes"),
        ([3, 4], {}, r"found int64 of shape \(\)"),
        ([["a"]], {}, "found <U1"),
        ([[[1], [2, 3]]], {}, "the codes of one sequence are one array"),
        (5, {}, "sequences of codes are a list, or come one by one, not int"),
        (None, {}, "not NoneType"),
        ("12", {}, "not str"),
    ],
)
def test_what_is_no_code_is_refused(codes: Any, options: dict[str, Any], message: str):
    with pytest.raises(DataError, match=message):
        code_sequences(codes, **options)


def test_options_outside_their_range_are_refused():
    with pytest.raises(OptionError, match=r"length goes with a flat array; this one has the shape \(1, 2\)"):
        code_sequences(np.array([[1, 2]]), length=2)
    with pytest.raises(OptionError, match="length goes with one flat array"):
        code_sequences([np.array([1, 2])], length=2)
    with pytest.raises(OptionError, match=r"length is a whole number from 1 to .*, not 0"):
        code_sequences(np.array([1, 2]), length=0)
    with pytest.raises(OptionError, match="prefix is a string, not 7"):
        code_sequences(np.array([[1]]), prefix=7)  # type: ignore[arg-type]
