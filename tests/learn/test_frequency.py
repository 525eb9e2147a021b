"""Categories as how often they occur: counted by hand, and by category_encoders."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth import Frequency
from firth.errors import DataError


@given(st.lists(st.none() | st.sampled_from("abc"), min_size=1, max_size=30).filter(any))
def test_shares_and_counts(values):
    counts = np.array([values.count(value) for value in values])
    table = {"c": values}
    found = Frequency(of="count").fit(table).encode(table).matrix.ravel()
    assert np.array_equal(found, counts)
    found = Frequency().fit(table).encode(table).matrix.ravel()
    assert np.array_equal(found, (counts / len(values)).astype(np.float32))


@pytest.mark.filterwarnings("ignore:.*no_silent_downcasting")  # theirs
def test_counts_are_those_of_category_encoders():
    peers = pytest.importorskip("category_encoders", reason="firth[peers] is not installed")
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"c": list("abacabad")})
    theirs = peers.CountEncoder().fit_transform(frame).to_numpy()
    assert np.array_equal(Frequency(of="count").fit(frame).encode(frame).matrix, theirs)


def test_what_was_never_there_is_zero():
    model = Frequency().fit({"c": ["a", "b"]})
    features = model.encode({"c": ["z", None, "a"]})
    assert features.matrix.ravel().tolist() == [0, 0, 0.5]
    assert features.report["columns"] == {"c": {"missing": 1, "unknown": 1}}
    with pytest.raises(DataError, match=r"the column 'c' does not come back: .* several may occur as often"):
        model.decode(features)
