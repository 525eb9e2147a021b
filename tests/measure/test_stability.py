"""Stability: the overlap of neighbours between runs by hand, by chance, and what cannot be looked up."""

from __future__ import annotations

import json

import numpy as np
import pytest
from planted import Got, Planted

from firth import Vectors
from firth.errors import DataError, OptionError, UnknownIdError
from firth.measure.sets import GradedPairs
from firth.measure.stability import stability

WORDS = [f"w{i}" for i in range(300)]
TRUTH = np.random.default_rng(0).standard_normal((300, 12))


def run(amount, seed, words=WORDS, truth=TRUTH):
    return Vectors(words, truth + amount * np.random.default_rng(seed).standard_normal(truth.shape))


def turned(vectors, seed):
    rotation, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((12, 12)))
    return Vectors(vectors.ids, vectors.matrix @ rotation, metric=vectors.metric)


def test_overlap_by_hand():
    """On a line, the two nearest of an id are its neighbours; the second run swaps c and d."""
    line = Vectors(list("abcde"), np.arange(5.0)[:, None], metric="euclidean")
    other = Vectors(list("abdce"), np.arange(5.0)[:, None], metric="euclidean")
    report = stability({"line": line, "other": other}, k=1)
    # nearest: a b, b a, c b, d c, e d against a b, b a, d b, c d, e c (of equally near ones the first)
    least = {one["id"]: one["overlap"] for one in report.details["least_stable"]}
    assert least == {"a": 1.0, "b": 1.0, "c": 0.0, "d": 0.0, "e": 0.0}
    assert report["overlap@1"].value == pytest.approx(0.4)
    assert report["overlap@1"].extra["chance"] == 0.25
    assert (report["overlap@1"].n, report["overlap@1"].total) == (5, 5)


def test_turning_a_space_changes_nothing():
    one = run(0.3, 1)
    assert stability([one, turned(one, 5)]).value > 0.99


def test_more_noise_is_less_stable_and_unrelated_runs_agree_by_chance():
    overlaps = [stability([run(amount, 1), run(amount, 2)]).value for amount in (0.1, 0.4, 1.0)]
    assert overlaps == sorted(overlaps, reverse=True)
    apart = stability([run(0, 1), run(0, 1, truth=np.random.default_rng(9).standard_normal((300, 12)))], k=20)
    row = apart["overlap@20"]
    assert row.low <= row.extra["chance"] <= row.high


def test_pairs_of_runs_figures_and_unstable_ids():
    matrix = TRUTH.copy()
    matrix[7] = -matrix[7]
    runs = {"one": run(0.1, 1), "two": run(0.1, 2), "three": run(0.1, 3, truth=matrix)}
    pairs = GradedPairs(
        name="pairs", pairs=tuple(zip(WORDS[:40], WORDS[40:80], strict=True)), grades=tuple(range(40))
    )
    report = stability(runs, pairs, k=5, sample=None)
    assert [row.name for row in report] == [
        "overlap@5", "overlap@5: one, two", "overlap@5: one, three", "overlap@5: two, three",
        "pairs (spearman)",
    ]  # fmt: skip
    assert report.rows[0].value == pytest.approx(np.mean([row.value for row in report.rows[1:4]]))
    assert report.details["least_stable"][0]["id"] == "w7"
    assert "least stable: w7" in str(report)
    figure = report.rows[-1]
    assert (figure.n, figure.total) == (3, 3)
    assert figure.extra["min"] <= figure.value <= figure.extra["max"]
    assert figure.low < figure.extra["min"]  # of three runs, with 2 degrees of freedom
    assert set(figure.extra["by_run"]) == set(runs)
    json.dumps(report.to_dict(), allow_nan=False)


def test_a_sample_is_stated_and_comes_near_to_all():
    runs = [run(0.3, 1), run(0.3, 2)]
    every, some = stability(runs, sample=None)["overlap@10"], stability(runs, sample=90)["overlap@10"]
    assert (every.n, some.n, some.total) == (300, 90, 300)
    assert some.value == pytest.approx(every.value, abs=0.05)
    assert some.high - some.low > every.high - every.low
    assert "exact neighbours of 90 ids among the 300 that all runs have" in str(stability(runs, sample=90))
    asked = stability(runs, ids=["w3", "w1", "w3"])
    assert asked.rows[0].n == 2


def test_ids_that_only_some_have_and_rows_that_cannot_be_looked_up():
    matrix = TRUTH.copy()
    matrix[0], matrix[1] = np.nan, 0.0
    order = [*WORDS[299:0:-1], "new"]
    other = Vectors(order, np.vstack([TRUTH[299:0:-1], np.ones(12)]))
    report = stability([Vectors(WORDS, matrix), other], sample=None)
    assert report.value > 0.99  # the same rows in another order; w1 is a neighbour in none
    assert (report.rows[0].n, report.rows[0].total) == (298, 301)
    assert "2 of 301 ids are not in all runs and are left out" in str(report)
    assert "1 ids whose row is zero or not finite in some run are left out, also as neighbours" in str(report)


def test_rows_that_cannot_be_looked_up_are_no_neighbours_that_two_runs_could_share():
    """Two equal runs agree in all, also where half of their rows are not finite."""
    matrix = TRUTH[:20].copy()
    matrix[::2] = np.nan
    one = Vectors(WORDS[:20], matrix)
    row = stability([one, one], k=6).rows[0]
    assert (row.value, row.n, row.total, row.extra["chance"]) == (1.0, 10, 20, 6 / 9)
    with pytest.raises(OptionError, match="k is at most 9, for 10 ids have neighbours; it is 10"):
        stability([one, one], k=10)


def test_other_dims_and_numbered_ids():
    one = Vectors(np.arange(300), TRUTH)
    assert stability([one, Vectors(np.arange(300), np.hstack([TRUTH, TRUTH]))]).value > 0.99


def test_what_is_refused():
    one = run(0.1, 1)
    with pytest.raises(OptionError, match="k is at most 299, for 300 ids have neighbours; it is 300"):
        stability([one, one], k=300)
    with pytest.raises(DataError, match="at least 2 spaces"):
        stability([one])
    with pytest.raises(DataError, match="no id is in all of the runs"):
        stability([one, Vectors(["x", "y"], np.eye(2))])
    with pytest.raises(DataError, match="finite and not of zeros"):
        stability([Vectors(WORDS, np.zeros((300, 3))), one])
    with pytest.raises(UnknownIdError, match="'nowhere'"):
        stability([one, one], ids=["nowhere"])
    with pytest.raises(DataError, match="Got"):
        stability([Got([1.0]), Got([1.0])], Planted())
