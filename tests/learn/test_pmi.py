"""Pointwise mutual information, beside a table worked out by hand."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth.data.edges import Edges
from firth.errors import DataError, OptionError
from firth.learn.pmi import pmi

# How often two words of one text are seen together; 20 times in all.
#            solid  gas  water     Σ
#   ice        6     1     3      10
#   steam      0     4     4       8
#   fashion    0     0     2       2
#   Σ          6     5     9      20
TABLE = [
    ("ice", "solid", 6), ("ice", "gas", 1), ("ice", "water", 3),
    ("steam", "gas", 4), ("steam", "water", 4), ("fashion", "water", 2),
]  # fmt: skip


def values(edges: Edges) -> dict[tuple[str, str], float]:
    lefts, rights = edges.left.keys, edges.right.keys
    return {
        (lefts[i], rights[j]): w
        for i, j, w in zip(edges.i.tolist(), edges.j.tolist(), edges.weight.tolist(), strict=True)
    }


def test_the_plain_definition() -> None:
    found = values(pmi(Edges.of(TABLE), smoothing=1, positive=False))
    assert found == pytest.approx(
        {
            ("ice", "solid"): math.log(6 * 20 / (10 * 6)),
            ("ice", "gas"): math.log(1 * 20 / (10 * 5)),
            ("ice", "water"): math.log(3 * 20 / (10 * 9)),
            ("steam", "gas"): math.log(4 * 20 / (8 * 5)),
            ("steam", "water"): math.log(4 * 20 / (8 * 9)),
            ("fashion", "water"): math.log(2 * 20 / (2 * 9)),
        },
        abs=1e-6,
    )


def test_positive_values_alone_with_shift_and_smoothing() -> None:
    # Column sums to the power ½: √6 = 2.4495, √5 = 2.2361, √9 = 3, together 7.6856; so P(solid) = 0.31871,
    # P(gas) = 0.29095 and P(water) = 0.39034, and with ln 1.5 = 0.40547 taken off:
    #   ice     solid  ln(0.6 / 0.31871) = 0.63265 - 0.40547 = 0.22718
    #   steam   gas    ln(0.5 / 0.29095) = 0.54147 - 0.40547 = 0.13600
    #   fashion water  ln(1.0 / 0.39034) = 0.94074 - 0.40547 = 0.53527
    found = pmi(Edges.of(TABLE), shift=1.5, smoothing=0.5)
    assert values(found) == pytest.approx(
        {("ice", "solid"): 0.22718, ("steam", "gas"): 0.13600, ("fashion", "water"): 0.53527}, abs=2e-5
    )
    assert found.report["negative_pairs"] == 3
    assert found.is_sorted
    assert found.weight.dtype == np.float32


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz"), st.integers(0, 5)), min_size=1),
    st.sampled_from([1.0, 2.0]), st.sampled_from([0.0, 0.75, 1.0]),
)  # fmt: skip
def test_any_table_beside_dense_arithmetic(triples: Any, shift: float, smoothing: float) -> None:
    edges = Edges.of(triples, dtype=np.float64)
    counts = edges.to_sparse().toarray()
    with np.errstate(divide="ignore", invalid="ignore"):
        contexts = np.where(counts.sum(axis=0) > 0, counts.sum(axis=0) ** smoothing, 0)
        expected = np.log(counts / counts.sum(axis=1, keepdims=True) / (contexts / contexts.sum())) - np.log(
            shift
        )
    expected = np.where(counts > 0, expected, 0)
    if not counts.any():
        with pytest.raises(DataError, match="all weights are 0"):
            pmi(edges)
        return
    found = pmi(edges, shift=shift, smoothing=smoothing, positive=False)
    np.testing.assert_allclose(found.to_sparse().toarray(), expected, atol=1e-5)
    assert found.report["unseen_pairs"] == int((edges.weight == 0).sum())


def test_equal_pairs_are_added_up_in_any_order() -> None:
    split = [*TABLE[::-1], ("ice", "solid", 2), ("ice", "solid", -2)]
    edges = Edges.of(TABLE)
    doubled = Edges(
        np.concatenate([edges.i, edges.i])[::-1].copy(), np.concatenate([edges.j, edges.j])[::-1].copy(),
        np.concatenate([edges.weight / 4, edges.weight * 3 / 4])[::-1].copy(),
        left=edges.left, right=edges.right,
    )  # fmt: skip
    assert values(pmi(doubled)) == pytest.approx(values(pmi(edges)), abs=1e-6)
    assert values(pmi(Edges.of(split))) == pytest.approx(values(pmi(edges)), abs=1e-6)


def test_more_edges_than_are_worked_on_together(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = values(pmi(Edges.of(TABLE)))
    monkeypatch.setattr("firth.learn.pmi._STEP", 2)
    assert values(pmi(Edges.of(TABLE))) == whole


def test_what_has_no_pmi_is_refused() -> None:
    with pytest.raises(DataError, match=r"the weight of \('ice', 'gas'\) is -1"):
        pmi(Edges.of([("ice", "gas", -1), ("ice", "water", 3)]))
    with pytest.raises(DataError, match="no pair meets 100 times as often as chance"):
        pmi(Edges.of(TABLE), shift=100)
    for options, message in (
        ({"shift": 0}, "shift is"),
        ({"smoothing": 2}, "smoothing is"),
        ({"positive": 1}, "positive"),
    ):
        with pytest.raises(OptionError, match=message):
            pmi(Edges.of(TABLE), **options)  # type: ignore[arg-type]


def test_what_is_no_edges_is_refused() -> None:
    with pytest.raises(DataError, match=r"pmi weighs Edges, not list; firth\.cooccur makes them"):
        pmi([["a", "b"]])  # type: ignore[arg-type]
